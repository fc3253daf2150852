/* Conv over a picture of a few channels (stem.h): of floats, of floats channels-first before the Transpose that would turn it, and of bytes
 * in either order, as a decoder leaves them, before the Cast (and Transpose). */
#include "backends/native/common/cost.h"
#include "backends/native/conv/stem.h"
#include "backends/native/kernels.h"
#include "backends/slots.h"
#include "ops/ops.h"
#include "ops/transpose.h"

#include <string.h>

enum {
    MOST_CHANNELS = 4,
    LEAST_MACS = 1 << 17, /* of a piece of work */
    PIECES = 16,          /* of a picture, if they are large enough */
};

typedef struct job {
    sard_stem stem;
    const float *x;
    const uint8_t *bytes;  /* instead of x, */
    float *lines;          /* converted: those of a piece, for each slot */
    int64_t slot;          /* floats of a slot */
    int64_t piece, pieces; /* rows of outputs of a piece of work; of a picture */
    sard_slots slots;
} job;

static int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

static bool describe(const sard_node *node, const sard_target *target, bool channels_first, job *j)
{
    const sard_stem *s = &j->stem;
    *j = (job){0};
    if (!sard_stem_of(node, target, channels_first, &j->stem))
        return false;
    const int64_t macs = s->window.out[1] * s->panels.channels * sard_stem_taps(s) + 1, rows = s->window.out[0];
    j->piece = divide_up(LEAST_MACS, macs);
    if (j->piece * PIECES < rows)
        j->piece = divide_up(rows, PIECES);
    j->pieces = divide_up(rows, j->piece);
    j->slot = ((j->piece - 1) * s->window.stride[0] + s->window.kernel[0]) * s->planes * s->x_line;
    return true;
}

static bool takes(const sard_node *node, const sard_target *target, bool channels_first, const char **why)
{
    const sard_value *x = node->inputs[0], *w = node->inputs[1];
    job j;
    *why = "native kernels are channels-last, float32";
    if (node->layout != SARD_NHWC || x->dtype != SARD_F32 || x->rank != 4)
        return false;
    *why = "not a picture of a few channels";
    if (x->dims[3] > MOST_CHANNELS || ((const sard_conv_attrs *)node->attrs)->group != 1 || !w->dims[0] || !w->dims[1])
        return false;
    *why = "the weights are not constant";
    if (!w->constant || (sard_has_input(node, 2) && !node->inputs[2]->constant))
        return false;
    *why = "an epilogue of other functions";
    if (!sard_post_takes(node) || sard_post_reads(node))
        return false;
    *why = "a window, or a picture, of another size";
    return describe(node, target, channels_first, &j);
}

/* Channels of a window are one run of taps here, where the direct kernel ends each of its rows in single steps. */
static double cost(const sard_node *node, const sard_target *target)
{
    sard_stem s;
    if (!sard_stem_of(node, target, false, &s))
        return 0;
    const double steps = (double)s.panels.vectors * (double)sard_stem_taps(&s) * (double)(s.window.out[0] * s.window.out[1]);
    return (0.9 * sard_cost_products(steps) + SARD_COST_STEP) / SARD_COST_GHZ;
}

/* ---- before the first run ---- */

static sard_status prepare_as(const sard_node *node, sard_packing *packing, bool channels_first, bool bytes, sard_error *error)
{
    job j;
    const sard_stem *s = &j.stem;
    bool fresh, fresh_bias;
    if (!describe(node, sard_packing_target(packing), channels_first, &j))
        return sard_node_fail(node, error, SARD_UNSUPPORTED, "not a picture's window");
    const size_t bias_bytes = (size_t)(s->panels.vectors * s->panels.lanes) * sizeof(float);
    float *weights = sard_packing_memory(packing, 0, (size_t)sard_stem_weights(s) * sizeof(float), &fresh);
    float *bias = sard_packing_memory(packing, 1, bias_bytes, &fresh_bias);
    if (!weights || !bias)
        return sard_node_fail(node, error, SARD_NOMEM, "no memory for packed weights");
    if (fresh)
        sard_stem_pack(s, sard_value_constant(node->inputs[1]), weights);
    if (fresh_bias) {
        memset(bias, 0, bias_bytes);
        if (sard_has_input(node, 2))
            memcpy(bias, sard_value_constant(node->inputs[2])->data, (size_t)s->panels.channels * sizeof *bias);
    }
    if (bytes)
        sard_packing_scratch(packing, SARD_SLOTS * (size_t)j.slot * sizeof(float));
    return SARD_OK;
}

/* ---- the run ---- */

/* Lines first .. end-1 of all planes of picture n as floats, one plane behind the other. */
static void convert(const job *j, int64_t n, int64_t first, int64_t end, float *out)
{
    const sard_stem *s = &j->stem;
    const int64_t count = (end - first) * s->x_line;
    for (int64_t p = 0; p < s->planes; p++, out += count) {
        const uint8_t *from = j->bytes + (n * s->planes + p) * s->x_plane + first * s->x_line;
        for (int64_t i = 0; i < count; i++)
            out[i] = from[i];
    }
}

/* Rows of outputs of picture n. */
typedef struct piece {
    int64_t n, row, end;
} piece;

static piece piece_of(const job *j, size_t i)
{
    const int64_t row = (int64_t)i % j->pieces * j->piece, rows = j->stem.window.out[0];
    return (piece){(int64_t)i / j->pieces, row, row + j->piece < rows ? row + j->piece : rows};
}

/* x: line `low` of the picture. */
static void run_piece(const sard_stem *s, const float *x, int64_t low, piece p)
{
    for (int64_t r = p.row, first, end, top; r < p.end; r++) {
        sard_stem_lines(s, r, &first, &end, &top);
        sard_stem_run(s, end > first ? x + (top - low) * s->x_line : x, p.n, r);
    }
}

static int64_t inside(int64_t line, int64_t height) { return line < 0 ? 0 : line < height ? line : height; }

static void work_on_bytes(void *arg, size_t i)
{
    job *j = arg;
    sard_stem s = j->stem;
    const piece p = piece_of(j, i);
    const int64_t low = inside(p.row * s.window.stride[0] - s.window.begin[0], s.height);
    const int64_t high = inside((p.end - 1) * s.window.stride[0] - s.window.begin[0] + s.window.kernel[0], s.height);
    const unsigned slot = sard_slot_take(&j->slots);
    float *lines = j->lines + slot * j->slot;
    convert(j, p.n, low, high, lines);
    s.x_plane = (high - low) * s.x_line;
    run_piece(&s, lines, low, p);
    sard_slot_give(&j->slots, slot);
}

static void work(void *arg, size_t i)
{
    const job *j = arg;
    const piece p = piece_of(j, i);
    run_piece(&j->stem, j->x + p.n * j->stem.planes * j->stem.x_plane, 0, p);
}

static sard_status run_as(const sard_call *call, const sard_tensor *x, bool channels_first)
{
    job j;
    const sard_tensor *y = &call->outputs[0];
    if (!describe(call->node, call->target, channels_first, &j))
        return sard_call_fail(call, SARD_UNSUPPORTED, "not a picture's window");
    const bool bytes = x->dtype == SARD_U8;
    j.x = x->data;
    j.bytes = x->data;
    j.lines = call->scratch;
    sard_slots_init(&j.slots, SARD_SLOTS);
    j.stem.y = y->data;
    j.stem.y_row = sard_row_of(y);
    j.stem.weights = call->packed[0];
    j.stem.bias = call->packed[1];
    j.stem.post = sard_post_of(call->node, call->inputs, call->target);
    j.stem.post.applied = true;
    j.stem.inputs = call->inputs;
    sard_call_parallel(call, (size_t)(j.stem.n * j.pieces), bytes ? work_on_bytes : work, &j);
    return sard_post_rest(&j.stem.post, call);
}

/* ---- channels last ---- */

static bool matches(const sard_node *node, const sard_target *target, const char **why) { return takes(node, target, false, why); }

static sard_status prepare(const sard_node *node, sard_packing *packing, sard_error *error)
{
    return prepare_as(node, packing, false, false, error);
}

static sard_status run(const sard_call *call) { return run_as(call, &call->inputs[0], false); }

const sard_kernel sard_native_conv_stem = {
    .struct_size = sizeof(sard_kernel),
    .name = "conv_stem",
    .op = "Conv",
    .flags = SARD_KERNEL_UNALIGNED,
    .matches = matches,
    .cost = cost,
    .pack = prepare,
    .run = run,
};

/* ---- what lies before the convolution ---- */

/* From NCHW to NHWC. */
static bool is_turn(const sard_node *node)
{
    static const int64_t order[] = {0, 2, 3, 1};
    bool turns = sard_is_plain(node, SARD_OP_transpose) && node->inputs[0]->rank == 4;
    for (int i = 0; turns && i < 4; i++)
        turns = sard_transpose_axis(node->attrs, 4, i) == order[i];
    return turns;
}

static bool is_conversion(const sard_node *node)
{
    return sard_is_plain(node, SARD_OP_cast) && node->inputs[0]->dtype == SARD_U8 && node->outputs[0]->dtype == SARD_F32;
}

static size_t join_turn(const sard_node *node, const sard_target *target, const sard_node *joined[SARD_MOST_JOINED])
{
    const char *why;
    joined[0] = node->inputs[0]->producer;
    return is_turn(joined[0]) && takes(node, target, true, &why);
}

static sard_status prepare_turned(const sard_node *node, sard_packing *packing, sard_error *error)
{
    return prepare_as(node, packing, true, false, error);
}

static sard_status run_turned(const sard_call *call) { return run_as(call, &call->inputs[call->input_count - 1], true); }

const sard_kernel sard_native_conv_stem_nchw = {
    .struct_size = sizeof(sard_kernel),
    .name = "conv_stem_nchw",
    .op = "Conv",
    .flags = SARD_KERNEL_UNALIGNED,
    .cost = cost,
    .pack = prepare_turned,
    .run = run_turned,
    .join = join_turn,
};

/* A conversion alone, or with a turn on either side of it. */
static size_t join_bytes(const sard_node *node, const sard_target *target, const sard_node *joined[SARD_MOST_JOINED])
{
    const char *why;
    joined[0] = node->inputs[0]->producer;
    if (!is_conversion(joined[0]) && !is_turn(joined[0]))
        return 0;
    joined[1] = joined[0]->inputs[0]->producer;
    const bool two = is_conversion(joined[0]) ? is_turn(joined[1]) : is_conversion(joined[1]);
    return (two || is_conversion(joined[0])) && takes(node, target, two, &why) ? 1 + (size_t)two : 0;
}

/* Kernels of other backends, which would convert, say no cost: the picture that is not made of floats counts here. */
static double cost_bytes(const sard_node *node, const sard_target *target) { return 0.9 * cost(node, target); }

static sard_status prepare_bytes(const sard_node *node, sard_packing *packing, sard_error *error)
{
    return prepare_as(node, packing, sard_packing_joined(packing, 1), true, error);
}

static sard_status run_bytes(const sard_call *call) { return run_as(call, &call->inputs[call->input_count - 1], call->joined_count > 1); }

const sard_kernel sard_native_conv_stem_bytes = {
    .struct_size = sizeof(sard_kernel),
    .name = "conv_stem_bytes",
    .op = "Conv",
    .flags = SARD_KERNEL_UNALIGNED,
    .cost = cost_bytes,
    .pack = prepare_bytes,
    .run = run_bytes,
    .join = join_bytes,
};
