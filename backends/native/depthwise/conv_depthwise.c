/* Conv with as many groups as channels: each channel by itself; and with groups of 4 or 8 channels that make as many. Channels-last. */
#include "backends/native/common/cost.h"
#include "backends/native/depthwise/depthwise.h"
#include "backends/native/kernels.h"

#include <string.h>

enum {
    PIECES = 4,           /* of a thread's share, if they are large enough: others take the last ones of who is late */
    LEAST_ROWS = 6,       /* of such a piece: each reads the rows at its borders anew */
    LEAST_MACS = 1 << 17, /* of a piece of work */
    MOST_ROWS = 16,       /* of a piece that run together */
    FEW_ROWS = 8,         /* of a picture: channels are parted instead, as those of the layer before are that has as few pixels */
};

/* What a plan knows. */
typedef struct conv_depthwise {
    sard_depthwise d;
    int64_t pieces;                       /* of the rows of a picture */
    int64_t split;                        /* pieces of work of the channels' parts */
    bool weights_computed, bias_computed; /* they come with the run */
} conv_depthwise;

typedef struct job {
    const conv_depthwise *plan;
    sard_depthwise_job d;
    const float *x;
    float *y;
} job;

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

/* How the work is cut for several threads: by rows, as that of the layer before. */
static void choose_pieces(conv_depthwise *c, int64_t threads)
{
    const sard_depthwise *d = &c->d;
    const int64_t rows = d->rows.out, macs = rows * d->columns.out * d->channels * d->taps, most = smaller(macs / LEAST_MACS, rows);
    const int64_t each = rows < 2 * threads * LEAST_ROWS ? 1 : smaller(rows / (threads * LEAST_ROWS), PIECES);
    c->split = threads > 1 && rows <= FEW_ROWS && most > 1 ? d->parts : 1;
    c->pieces = threads < 2 || c->split > 1 ? 1 : smaller(most, threads * each);
    c->pieces += !c->pieces;
}

/* computed: weights or bias come with the run. */
static bool takes(const sard_node *node, const sard_target *target, bool computed, sard_depthwise *d, const char **why)
{
    const sard_value *x = node->inputs[0], *w = node->inputs[1];
    *why = "native kernels are channels-last, float32";
    if (node->layout != SARD_NHWC)
        return false;
    *why = "native kernels are float32";
    if (x->dtype != SARD_F32)
        return false;
    *why = computed ? "the weights are constant" : "the weights are not constant";
    if (computed != (sard_is_computed(node, 1) || sard_is_computed(node, 2)))
        return false;
    *why = "an epilogue of other functions";
    if (!sard_post_takes(node))
        return false;
    *why = "more than two dimensions";
    return x->rank <= 4 && w->dims[0] && !sard_depthwise_of(node, sard_tier_of(target), d, NULL);
}

static bool takes_depthwise(const sard_node *node, const sard_target *target, bool computed, const char **why)
{
    sard_depthwise d;
    if (!takes(node, target, computed, &d, why))
        return false;
    *why = "not depthwise";
    return d.width == 1 && node->inputs[1]->dims[0] == ((const sard_conv_attrs *)node->attrs)->group;
}

static bool takes_grouped(const sard_node *node, const sard_target *target, bool computed, const char **why)
{
    sard_depthwise d;
    if (!takes(node, target, computed, &d, why))
        return false;
    *why = "not groups of 4 or 8 that make as many, windows 3 wide";
    return (d.width == 4 || d.width == 8) && d.width <= d.tier->lanes && node->inputs[1]->dims[0] == d.channels && d.columns.kernel == 3 &&
           !d.plain;
}

/* The share of products that registers allow: memory is the limit of single channels. */
static double conv_depthwise_cost(const sard_node *node, const sard_target *target)
{
    sard_depthwise d;
    if (sard_depthwise_of(node, sard_tier_of(target), &d, NULL))
        return 0;
    const double outputs = (double)(d.n * d.rows.out * d.columns.out), share = d.width == 1 ? 0.4 : 0.8;
    const int64_t vectors = d.padded / d.tier->lanes * d.taps; /* for each output */
    return (sard_cost_products(outputs * (double)vectors) / share + SARD_COST_STEP) / SARD_COST_GHZ;
}

static sard_status conv_depthwise_pack(const sard_node *node, sard_packing *packing, sard_error *error)
{
    sard_depthwise d;
    const sard_status status = sard_depthwise_of(node, sard_tier_of(sard_packing_target(packing)), &d, error);
    return status ? status : sard_depthwise_pack(&d, node, packing, 0, error);
}

static sard_status conv_depthwise_bind(sard_binding *binding, sard_error *error)
{
    conv_depthwise *c = sard_binding_alloc(binding, sizeof *c);
    if (!c)
        return sard_no_memory(error);
    sard_depthwise *d = &c->d;
    const sard_status status = sard_depthwise_of(binding->node, sard_tier_of(binding->target), d, error);
    if (status)
        return status;
    d->x_row = sard_row_of(&binding->inputs[0]);
    d->y_row = sard_row_of(&binding->outputs[0]);
    d->post = sard_post_of(binding->node, binding->inputs, binding->target);
    choose_pieces(c, binding->threads);
    c->weights_computed = sard_is_computed(binding->node, 1);
    c->bias_computed = sard_is_computed(binding->node, 2);
    const int64_t floats = (c->weights_computed ? sard_depthwise_weights(d) : 0) + (c->bias_computed ? sard_depthwise_bias(d) : 0);
    sard_binding_scratch(binding, (size_t)floats * sizeof(float));
    binding->state = c;
    return SARD_OK;
}

/* ---- the run ---- */

static sard_depthwise_row find_row(const job *j, int64_t n, int64_t at)
{
    const sard_depthwise *d = &j->plan->d;
    int64_t first, end;
    sard_depthwise_lines(d, at, &first, &end);
    const int64_t top = end > first ? at * d->rows.stride - d->rows.begin + first * d->rows.dilation : 0;
    const int64_t pixel = (n * d->rows.out + at) * d->columns.out;
    sard_depthwise_row r = {.x = j->x + (n * d->rows.size + top) * d->columns.size * d->x_row,
                            .weights = j->d.weights + first * sard_depthwise_w_line(d),
                            .y = j->y + pixel * d->y_row,
                            .pixel = pixel,
                            .lines = end - first,
                            .x_line = d->rows.dilation * d->columns.size * d->x_row};
    r.residual = sard_post_residual(&d->post, j->d.inputs, pixel);
    return r;
}

static void conv_depthwise_work(void *arg, size_t i)
{
    const job *j = arg;
    const conv_depthwise *c = j->plan;
    const int64_t split = (int64_t)i % c->split, outer = (int64_t)i / c->split, n = outer / c->pieces, piece = outer % c->pieces;
    const int64_t rows_of_all = c->d.rows.out, parts = c->d.parts;
    const int64_t first = rows_of_all * piece / c->pieces, end = rows_of_all * (piece + 1) / c->pieces;
    sard_depthwise_row rows[MOST_ROWS];
    for (int64_t at = first, count; at < end; at += count) {
        count = end - at < MOST_ROWS ? end - at : MOST_ROWS;
        for (int64_t r = 0; r < count; r++)
            rows[r] = find_row(j, n, at + r);
        sard_depthwise_run(&j->d, rows, count, parts * split / c->split, parts * (split + 1) / c->split);
    }
}

/* Weights and bias, packed before the first run or now. */
static void set_weights(job *j, const sard_call *call)
{
    const conv_depthwise *c = j->plan;
    float *own = call->scratch;
    j->d.weights = c->weights_computed ? own : call->packed[0];
    if (c->weights_computed) {
        sard_depthwise_pack_weights(&c->d, &call->inputs[1], NULL, own);
        own += sard_depthwise_weights(&c->d);
    }
    j->d.bias = c->bias_computed ? own : call->packed[1];
    if (c->bias_computed)
        sard_depthwise_pack_bias(&c->d, &call->inputs[2], own);
}

static sard_status conv_depthwise_run(const sard_call *call)
{
    const conv_depthwise *c = call->state;
    job j = {.plan = c, .d = {.plan = &c->d, .inputs = call->inputs}, .x = call->inputs[0].data, .y = call->outputs[0].data};
    set_weights(&j, call);
    sard_call_parallel(call, (size_t)(c->d.n * c->pieces * c->split), conv_depthwise_work, &j);
    return SARD_OK;
}

#define CONV(row, kind, computed, strided)                                                        \
    static bool matches_##row(const sard_node *node, const sard_target *target, const char **why) \
    {                                                                                             \
        return takes_##kind(node, target, computed, why);                                         \
    }                                                                                             \
    const sard_kernel sard_native_conv_##row = {                                                  \
        .struct_size = sizeof(sard_kernel),                                                       \
        .name = "conv_" #row,                                                                     \
        .op = "Conv",                                                                             \
        .flags = SARD_KERNEL_UNALIGNED | SARD_KERNEL_PACKED | strided,                            \
        .matches = matches_##row,                                                                 \
        .cost = conv_depthwise_cost,                                                              \
        .pack = conv_depthwise_pack,                                                              \
        .bind = conv_depthwise_bind,                                                              \
        .run = conv_depthwise_run,                                                                \
    };

CONV(depthwise, depthwise, false, SARD_KERNEL_STRIDED)
CONV(grouped, grouped, false, SARD_KERNEL_STRIDED)
/* Rows of weights lie together. */
CONV(depthwise_computed, depthwise, true, 0)
CONV(grouped_computed, grouped, true, 0)
