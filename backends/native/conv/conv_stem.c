/* Conv over a picture of a few channels (stem.h): of floats, of floats channels-first before the Transpose that would turn it, and of bytes
 * in either order, as a decoder leaves them, before the Cast (and Transpose). */
#include "backends/native/common/columns.h"
#include "backends/native/common/cost.h"
#include "backends/native/conv/stem.h"
#include "backends/native/kernels.h"
#include "ir/slots.h"
#include "ops/ops.h"
#include "ops/transpose.h"

enum {
    MOST_CHANNELS = 4,
    LEAST_MACS = 1 << 17, /* of a piece of work */
    PIECES = 16,          /* of a picture, if they are large enough */
};

/* What a plan knows. */
typedef struct conv_stem {
    sard_stem stem;
    size_t x;              /* the input that is the picture */
    int64_t slot;          /* floats of a slot: lines of bytes that were converted */
    int64_t piece, pieces; /* rows of outputs of a piece of work; of a picture */
} conv_stem;

typedef struct job {
    const conv_stem *plan;
    const void *x;
    float *y;
    float *lines; /* of the first slot */
    sard_slots slots;
} job;

static bool describe(const sard_node *node, const sard_target *target, bool channels_first, conv_stem *c)
{
    const sard_stem *s = &c->stem;
    *c = (conv_stem){0};
    if (!sard_stem_of(node, target, channels_first, &c->stem))
        return false;
    const int64_t macs = s->window.out[1] * s->panels.channels * sard_stem_taps(s) + 1, rows = s->window.out[0];
    c->piece = sard_divide_up(LEAST_MACS, macs);
    if (c->piece * PIECES < rows)
        c->piece = sard_divide_up(rows, PIECES);
    c->pieces = sard_divide_up(rows, c->piece);
    c->slot = ((c->piece - 1) * s->window.stride[0] + s->window.kernel[0]) * s->planes * s->x_line;
    return true;
}

static bool takes(const sard_node *node, const sard_target *target, bool channels_first, const char **why)
{
    const sard_value *x = node->inputs[0], *w = node->inputs[1];
    conv_stem c;
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
    return describe(node, target, channels_first, &c);
}

/* Channels of a window are one run of taps here, where the direct kernel ends each of its rows in single steps. */
static double conv_stem_cost(const sard_node *node, const sard_target *target)
{
    sard_stem s;
    if (!sard_stem_of(node, target, false, &s))
        return 0;
    const double steps = (double)s.panels.vectors * (double)sard_stem_taps(&s) * (double)(s.window.out[0] * s.window.out[1]);
    return (0.9 * sard_cost_products(steps) + SARD_COST_STEP) / SARD_COST_GHZ;
}

/* ---- before the first run ---- */

static sard_status pack_as(const sard_node *node, sard_packing *packing, bool channels_first, sard_error *error)
{
    conv_stem c;
    const sard_stem *s = &c.stem;
    bool fresh, fresh_bias;
    if (!describe(node, sard_packing_target(packing), channels_first, &c))
        return sard_node_fail(node, error, SARD_UNSUPPORTED, "not a picture's window");
    float *weights = sard_packing_memory(packing, 0, (size_t)sard_stem_weights(s) * sizeof(float), &fresh);
    float *bias = sard_packing_memory(packing, 1, (size_t)sard_panels_padded(&s->panels) * sizeof(float), &fresh_bias);
    if (!weights || !bias)
        return sard_node_fail(node, error, SARD_NOMEM, "no memory for packed weights");
    if (fresh)
        sard_stem_pack(s, sard_value_constant(node->inputs[1]), weights);
    if (fresh_bias)
        sard_columns_pack_bias(&s->panels, 1, sard_has_input(node, 2) ? sard_value_constant(node->inputs[2]) : NULL, bias);
    return SARD_OK;
}

/* x: the input that is the picture. */
static sard_status bind_as(sard_binding *binding, size_t x, bool channels_first, sard_error *error)
{
    conv_stem *c = sard_binding_alloc(binding, sizeof *c);
    if (!c)
        return sard_no_memory(error);
    if (!describe(binding->node, binding->target, channels_first, c))
        return sard_node_fail(binding->node, error, SARD_UNSUPPORTED, "not a picture's window");
    c->x = x;
    c->stem.y_row = sard_row_of(&binding->outputs[0]);
    c->stem.weights = binding->packed[0];
    c->stem.bias = binding->packed[1];
    c->stem.post = sard_post_of(binding->node, binding->inputs, binding->target);
    if (binding->inputs[x].dtype == SARD_U8)
        sard_binding_scratch(binding, SARD_SLOTS * (size_t)c->slot * sizeof(float));
    binding->state = c;
    return SARD_OK;
}

/* ---- the run ---- */

/* Lines first .. end-1 of all planes of picture n as floats, one plane after the other. */
static void convert(const job *j, int64_t n, int64_t first, int64_t end, float *out)
{
    const sard_stem *s = &j->plan->stem;
    const int64_t count = (end - first) * s->x_line;
    for (int64_t p = 0; p < s->planes; p++, out += count) {
        const uint8_t *from = (const uint8_t *)j->x + (n * s->planes + p) * s->x_plane + first * s->x_line;
        for (int64_t i = 0; i < count; i++)
            out[i] = from[i];
    }
}

/* Rows of outputs of picture n. */
typedef struct piece {
    int64_t n, row, end;
} piece;

static piece piece_of(const conv_stem *c, size_t i)
{
    const int64_t row = (int64_t)i % c->pieces * c->piece, rows = c->stem.window.out[0];
    return (piece){(int64_t)i / c->pieces, row, row + c->piece < rows ? row + c->piece : rows};
}

/* picture.x: its line `low`. */
static void run_piece(const sard_stem *s, sard_stem_place picture, int64_t low, piece p)
{
    for (int64_t r = p.row, first, end, top; r < p.end; r++) {
        sard_stem_lines(s, r, &first, &end, &top);
        sard_stem_place at = picture;
        at.x += end > first ? (top - low) * s->x_line : 0;
        sard_stem_run(s, &at, p.n, r);
    }
}

static int64_t inside(int64_t line, int64_t height) { return line < 0 ? 0 : line < height ? line : height; }

static void conv_stem_work_on_bytes(void *arg, size_t i)
{
    job *j = arg;
    const sard_stem *s = &j->plan->stem;
    const piece p = piece_of(j->plan, i);
    const int64_t low = inside(p.row * s->window.stride[0] - s->window.begin[0], s->height);
    const int64_t high = inside((p.end - 1) * s->window.stride[0] - s->window.begin[0] + s->window.kernel[0], s->height);
    const unsigned slot = sard_slot_take(&j->slots);
    float *lines = j->lines + slot * j->plan->slot;
    convert(j, p.n, low, high, lines);
    run_piece(s, (sard_stem_place){lines, (high - low) * s->x_line, j->y}, low, p);
    sard_slot_give(&j->slots, slot);
}

static void conv_stem_work(void *arg, size_t i)
{
    const job *j = arg;
    const sard_stem *s = &j->plan->stem;
    const piece p = piece_of(j->plan, i);
    run_piece(s, (sard_stem_place){(const float *)j->x + p.n * s->planes * s->x_plane, s->x_plane, j->y}, 0, p);
}

static sard_status conv_stem_run(const sard_call *call)
{
    const conv_stem *c = call->state;
    const sard_tensor *x = &call->inputs[c->x];
    job j = {.plan = c, .x = x->data, .y = call->outputs[0].data, .lines = call->scratch};
    sard_slots_init(&j.slots, SARD_SLOTS);
    sard_call_parallel(call, (size_t)(c->stem.n * c->pieces), x->dtype == SARD_U8 ? conv_stem_work_on_bytes : conv_stem_work, &j);
    return SARD_OK;
}

/* ---- channels last ---- */

static bool conv_stem_matches(const sard_node *node, const sard_target *target, const char **why)
{
    return takes(node, target, false, why);
}

static sard_status conv_stem_pack(const sard_node *node, sard_packing *packing, sard_error *error)
{
    return pack_as(node, packing, false, error);
}
static sard_status conv_stem_bind(sard_binding *binding, sard_error *error) { return bind_as(binding, 0, false, error); }

const sard_kernel sard_native_conv_stem = {
    .struct_size = sizeof(sard_kernel),
    .name = "conv_stem",
    .op = "Conv",
    .flags = SARD_KERNEL_UNALIGNED,
    .matches = conv_stem_matches,
    .cost = conv_stem_cost,
    .pack = conv_stem_pack,
    .bind = conv_stem_bind,
    .run = conv_stem_run,
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

static sard_status conv_stem_pack_turned(const sard_node *node, sard_packing *packing, sard_error *error)
{
    return pack_as(node, packing, true, error);
}

static sard_status conv_stem_bind_turned(sard_binding *binding, sard_error *error)
{
    return bind_as(binding, binding->input_count - 1, true, error);
}

const sard_kernel sard_native_conv_stem_nchw = {
    .struct_size = sizeof(sard_kernel),
    .name = "conv_stem_nchw",
    .op = "Conv",
    .flags = SARD_KERNEL_UNALIGNED,
    .cost = conv_stem_cost,
    .pack = conv_stem_pack_turned,
    .bind = conv_stem_bind_turned,
    .run = conv_stem_run,
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
static double cost_bytes(const sard_node *node, const sard_target *target) { return 0.9 * conv_stem_cost(node, target); }

static sard_status conv_stem_pack_bytes(const sard_node *node, sard_packing *packing, sard_error *error)
{
    return pack_as(node, packing, sard_packing_joined(packing, 1), error);
}

static sard_status conv_stem_bind_bytes(sard_binding *binding, sard_error *error)
{
    return bind_as(binding, binding->input_count - 1, binding->joined_count > 1, error);
}

const sard_kernel sard_native_conv_stem_bytes = {
    .struct_size = sizeof(sard_kernel),
    .name = "conv_stem_bytes",
    .op = "Conv",
    .flags = SARD_KERNEL_UNALIGNED,
    .cost = cost_bytes,
    .pack = conv_stem_pack_bytes,
    .bind = conv_stem_bind_bytes,
    .run = conv_stem_run,
    .join = join_bytes,
};
