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

typedef struct job {
    sard_depthwise d;
    const float *x;
    float *y;
    int64_t pieces;       /* of the rows of a picture */
    int64_t parts, split; /* of the channels; pieces of work of them */
} job;

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

/* How the work is cut for several threads: by rows, as that of the layer before. */
static void choose_pieces(job *j, int64_t threads)
{
    const int64_t rows = j->d.rows.out, macs = rows * j->d.columns.out * j->d.channels * j->d.taps, most = smaller(macs / LEAST_MACS, rows);
    const int64_t each = rows < 2 * threads * LEAST_ROWS ? 1 : smaller(rows / (threads * LEAST_ROWS), PIECES);
    j->parts = sard_depthwise_parts(&j->d);
    j->split = threads > 1 && rows <= FEW_ROWS && most > 1 ? j->parts : 1;
    j->pieces = threads < 2 || j->split > 1 ? 1 : smaller(most, threads * each);
    j->pieces += !j->pieces;
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
           !sard_depthwise_is_plain(&d);
}

/* The share of products that registers allow: memory is the limit of single channels. */
static double cost(const sard_node *node, const sard_target *target)
{
    sard_depthwise d;
    if (sard_depthwise_of(node, sard_tier_of(target), &d, NULL))
        return 0;
    const double outputs = (double)(d.n * d.rows.out * d.columns.out), share = d.width == 1 ? 0.4 : 0.8;
    const int64_t vectors = d.padded / d.tier->lanes * d.taps; /* for each output */
    return (sard_cost_products(outputs * (double)vectors) / share + SARD_COST_STEP) / SARD_COST_GHZ;
}

static sard_status prepare(const sard_node *node, sard_packing *packing, sard_error *error)
{
    sard_depthwise d;
    const sard_status status = sard_depthwise_of(node, sard_tier_of(sard_packing_target(packing)), &d, error);
    if (status)
        return status;
    return sard_depthwise_prepare(&d, node, packing, 0, error);
}

/* ---- the run ---- */

static sard_depthwise_row find_row(const job *j, int64_t n, int64_t at)
{
    const sard_depthwise *d = &j->d;
    int64_t first, end;
    sard_depthwise_lines(d, at, &first, &end);
    const int64_t top = end > first ? at * d->rows.stride - d->rows.begin + first * d->rows.dilation : 0;
    const int64_t pixel = (n * d->rows.out + at) * d->columns.out;
    sard_depthwise_row r = {.x = j->x + (n * d->rows.size + top) * d->columns.size * d->x_row,
                            .weights = d->weights + first * sard_depthwise_w_line(d),
                            .y = j->y + pixel * d->y_row,
                            .pixel = pixel,
                            .lines = end - first,
                            .x_line = d->rows.dilation * d->columns.size * d->x_row};
    r.residual = sard_post_residual(&d->post, d->inputs, pixel);
    return r;
}

static void work(void *arg, size_t i)
{
    const job *j = arg;
    const sard_depthwise *d = &j->d;
    const int64_t split = (int64_t)i % j->split, outer = (int64_t)i / j->split, n = outer / j->pieces, piece = outer % j->pieces;
    const int64_t first = d->rows.out * piece / j->pieces, end = d->rows.out * (piece + 1) / j->pieces;
    sard_depthwise_row rows[MOST_ROWS];
    for (int64_t at = first, count; at < end; at += count) {
        count = end - at < MOST_ROWS ? end - at : MOST_ROWS;
        for (int64_t r = 0; r < count; r++)
            rows[r] = find_row(j, n, at + r);
        sard_depthwise_run(d, rows, count, j->parts * split / j->split, j->parts * (split + 1) / j->split);
    }
}

static sard_status run(const sard_call *call)
{
    job j;
    const sard_tensor *x = &call->inputs[0], *y = &call->outputs[0];
    const sard_status status = sard_depthwise_of(call->node, sard_tier_of(call->target), &j.d, call->error);
    if (status)
        return status;
    choose_pieces(&j, sard_call_threads(call));
    j.x = x->data;
    j.y = y->data;
    j.d.x_row = sard_row_of(x);
    j.d.y_row = sard_row_of(y);
    sard_depthwise_weights(&j.d, call);
    j.d.post = sard_post_of(call->node, call->inputs, call->target);
    j.d.post.applied = true;
    j.d.inputs = call->inputs;
    sard_call_parallel(call, (size_t)(j.d.n * j.pieces * j.split), work, &j);
    return sard_post_rest(&j.d.post, call);
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
        .cost = cost,                                                                             \
        .pack = prepare,                                                                          \
        .run = run,                                                                               \
    };

CONV(depthwise, depthwise, false, SARD_KERNEL_STRIDED)
CONV(grouped, grouped, false, SARD_KERNEL_STRIDED)
/* Rows of weights lie together. */
CONV(depthwise_computed, depthwise, true, 0)
CONV(grouped_computed, grouped, true, 0)
