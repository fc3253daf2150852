/* Conv with as many groups as channels: each channel by itself; and with groups of 4 or 8 channels that make as many. Channels-last. */
#include "backends/native/cost.h"
#include "backends/native/depthwise.h"
#include "backends/native/kernels.h"

#include <string.h>

enum {
    PIECES = 16,          /* of a picture, if they are large enough */
    LEAST_MACS = 1 << 17, /* of a piece of work */
    MOST_ROWS = 16,       /* of a piece that run together */
};

typedef struct job {
    sard_depthwise d;
    const float *x;
    float *y;
    int64_t piece, pieces; /* rows of outputs of a piece of work; of a picture */
} job;

static int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

static sard_status describe(const sard_node *node, const sard_tier *tier, job *j, sard_error *error)
{
    const sard_status status = sard_depthwise_of(node, tier, &j->d, error);
    if (status)
        return status;
    const int64_t macs = j->d.columns.out * j->d.channels * j->d.taps + 1, rows = j->d.rows.out;
    j->piece = divide_up(LEAST_MACS, macs);
    if (j->piece * PIECES < rows)
        j->piece = divide_up(rows, PIECES);
    j->pieces = divide_up(rows, j->piece);
    return SARD_OK;
}

static bool matches_both(const sard_node *node, const sard_target *target, job *j, const char **why)
{
    const sard_value *x = node->inputs[0], *w = node->inputs[1];
    *why = "native kernels are channels-last";
    if (node->layout != SARD_NHWC)
        return false;
    *why = "native kernels are float32";
    if (x->dtype != SARD_F32)
        return false;
    *why = "the weights are not constant";
    if (!w->constant || (sard_has_input(node, 2) && !node->inputs[2]->constant))
        return false;
    *why = "an epilogue of other functions";
    if (!sard_post_takes(node))
        return false;
    *why = "more than two dimensions";
    return x->rank <= 4 && w->dims[0] && !describe(node, sard_tier_of(target), j, NULL);
}

static bool matches_depthwise(const sard_node *node, const sard_target *target, const char **why)
{
    job j;
    if (!matches_both(node, target, &j, why))
        return false;
    *why = "not depthwise";
    return j.d.width == 1 && node->inputs[1]->dims[0] == ((const sard_conv_attrs *)node->attrs)->group;
}

static bool matches_grouped(const sard_node *node, const sard_target *target, const char **why)
{
    job j;
    if (!matches_both(node, target, &j, why))
        return false;
    *why = "not groups of 4 or 8 that make as many, windows 3 wide";
    return (j.d.width == 4 || j.d.width == 8) && j.d.width <= j.d.tier->lanes && node->inputs[1]->dims[0] == j.d.channels &&
           j.d.columns.kernel == 3 && !sard_depthwise_is_plain(&j.d);
}

/* The share of products that registers allow: memory is the limit of single channels. */
static double cost(const sard_node *node, const sard_target *target)
{
    job j;
    if (describe(node, sard_tier_of(target), &j, NULL))
        return 0;
    const sard_depthwise *d = &j.d;
    const double outputs = (double)(d->n * d->rows.out * d->columns.out), share = d->width == 1 ? 0.4 : 0.8;
    const double vectors = outputs * (double)d->taps * (double)(d->padded / d->tier->lanes);
    return (sard_cost_products(vectors) / share + SARD_COST_STEP) / SARD_COST_GHZ;
}

static sard_status prepare(const sard_node *node, sard_prepare *prepare, sard_error *error)
{
    sard_depthwise d;
    const sard_status status = sard_depthwise_of(node, sard_tier_of(sard_prepare_target(prepare)), &d, error);
    if (status)
        return status;
    return sard_depthwise_prepare(&d, node, prepare, 0, error);
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
    if (d->post.residual)
        r.residual = (const float *)d->post.residual->data + pixel * d->residual_row;
    return r;
}

static void work(void *arg, size_t i)
{
    const job *j = arg;
    const sard_depthwise *d = &j->d;
    const int64_t n = (int64_t)i / j->pieces, first = (int64_t)i % j->pieces * j->piece;
    const int64_t end = first + j->piece < d->rows.out ? first + j->piece : d->rows.out;
    sard_depthwise_row rows[MOST_ROWS];
    for (int64_t at = first, count; at < end; at += count) {
        count = end - at < MOST_ROWS ? end - at : MOST_ROWS;
        for (int64_t r = 0; r < count; r++)
            rows[r] = find_row(j, n, at + r);
        sard_depthwise_run(d, rows, count);
    }
}

static sard_status run(const sard_call *call)
{
    job j;
    const sard_tensor *x = &call->inputs[0], *y = &call->outputs[0];
    const sard_status status = describe(call->node, sard_tier_of(call->target), &j, call->error);
    if (status)
        return status;
    j.x = x->data;
    j.y = y->data;
    j.d.x_row = sard_row_of(x);
    j.d.y_row = sard_row_of(y);
    j.d.weights = call->packed[0];
    j.d.bias = call->packed[1];
    j.d.post = sard_post_of(call);
    j.d.post.applied = true;
    j.d.residual_row = j.d.post.residual ? sard_row_of(j.d.post.residual) : 0;
    sard_call_parallel(call, (size_t)(j.d.n * j.pieces), work, &j);
    return sard_post_rest(&j.d.post, call);
}

const sard_kernel sard_native_conv_depthwise = {
    .struct_size = sizeof(sard_kernel),
    .name = "conv_depthwise",
    .op = "Conv",
    .flags = SARD_KERNEL_UNALIGNED | SARD_KERNEL_STRIDED | SARD_KERNEL_PACKED,
    .matches = matches_depthwise,
    .cost = cost,
    .prepare = prepare,
    .run = run,
};

const sard_kernel sard_native_conv_grouped = {
    .struct_size = sizeof(sard_kernel),
    .name = "conv_grouped",
    .op = "Conv",
    .flags = SARD_KERNEL_UNALIGNED | SARD_KERNEL_STRIDED | SARD_KERNEL_PACKED,
    .matches = matches_grouped,
    .cost = cost,
    .prepare = prepare,
    .run = run,
};
