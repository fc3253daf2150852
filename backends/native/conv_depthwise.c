/* Conv with as many groups as channels: each channel by itself; and with groups of 4 or 8 channels that make as many. A row of outputs is tiles whose windows lie inside the picture, and a few
 * columns at each side whose windows have fewer taps; windows that stick out above or below have fewer rows. Channels-last.
 *
 * A dilated row without stride is as many rows without dilation as the dilation says, interleaved. */
#include "backends/native/cost.h"
#include "backends/native/kernels.h"
#include "backends/native/post.h"
#include "ops/conv.h"

#include <string.h>

enum {
    PIECES = 16,          /* of a picture, if they are large enough */
    LEAST_MACS = 1 << 17, /* of a piece of work */
};

/* One dimension of the window; a picture with one dimension has one row. */
typedef struct side {
    int64_t size, kernel, stride, dilation, begin, out;
} side;

typedef struct job {
    const sard_tier *tier;
    side rows, columns;
    int64_t n, channels, padded;
    int64_t width, taps; /* channels of a group; taps of a window times that */
    const float *x, *weights, *bias;
    float *y;
    sard_post post;
    int64_t x_row, y_row, residual_row; /* from pixel to pixel */
    int64_t piece, pieces;              /* rows of outputs of a piece of work; of a picture */
} job;

static int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

static side side_of(const sard_window *w, const sard_spatial *in, int i)
{
    if (i < 0)
        return (side){1, 1, 1, 1, 0, 1};
    return (side){in->size[i], w->kernel[i], w->stride[i], w->dilation[i], w->begin[i], w->out[i]};
}

static sard_status describe(const sard_node *node, const sard_tier *tier, job *j, sard_error *error)
{
    const sard_value *x = node->inputs[0];
    sard_window w;
    *j = (job){.tier = tier};
    const sard_status status = sard_conv_window(node, &w, error);
    if (status)
        return status;
    const sard_spatial in = sard_spatial_of(SARD_NHWC, x->rank, x->dims, 0);
    j->rows = side_of(&w, &in, w.count - 2);
    j->columns = side_of(&w, &in, w.count - 1);
    j->n = in.n;
    j->channels = in.c;
    j->padded = divide_up(in.c, tier->lanes) * tier->lanes;
    j->width = node->inputs[1]->dims[1];
    j->taps = j->rows.kernel * j->columns.kernel * j->width;
    const int64_t macs = j->columns.out * j->channels * j->taps + 1;
    j->piece = divide_up(LEAST_MACS, macs);
    if (j->piece * PIECES < j->rows.out)
        j->piece = divide_up(j->rows.out, PIECES);
    j->pieces = divide_up(j->rows.out, j->piece);
    return SARD_OK;
}

static bool is_plain(const side *c)
{
    return c->kernel < 3 || c->kernel > 7 || c->kernel % 2 == 0 || c->stride > 2 || (c->dilation > 1 && c->stride > 1);
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
    return j.width == 1 && node->inputs[1]->dims[0] == ((const sard_conv_attrs *)node->attrs)->group;
}

static bool matches_grouped(const sard_node *node, const sard_target *target, const char **why)
{
    job j;
    if (!matches_both(node, target, &j, why))
        return false;
    *why = "not groups of 4 or 8 that make as many, windows 3 wide";
    return (j.width == 4 || j.width == 8) && j.width <= j.tier->lanes && node->inputs[1]->dims[0] == j.channels && j.columns.kernel == 3 &&
           !is_plain(&j.columns);
}

/* The share of products that registers allow: memory is the limit of single channels. */
static double cost(const sard_node *node, const sard_target *target)
{
    job j;
    if (describe(node, sard_tier_of(target), &j, NULL))
        return 0;
    const double outputs = (double)(j.n * j.rows.out * j.columns.out), share = j.width == 1 ? 0.4 : 0.8;
    const double vectors = outputs * (double)j.taps * (double)(j.padded / j.tier->lanes);
    return (sard_cost_products(vectors) / share + SARD_COST_STEP) / SARD_COST_GHZ;
}

/* ---- before the first run ---- */

/* 0 beyond the last channel. */
static void pack(const job *j, const sard_tensor *w, float *out)
{
    const int64_t lanes = j->tier->lanes, area = j->rows.kernel * j->columns.kernel;
    memset(out, 0, (size_t)(j->taps * j->padded) * sizeof *out);
    for (int64_t m = 0; m < j->channels; m++)
        for (int64_t c = 0; c < j->width; c++)
            for (int64_t t = 0; t < area; t++) {
                const int64_t line = t / j->columns.kernel, tap = t % j->columns.kernel;
                float *to = out + (m / lanes * j->taps + (line * j->width + c) * j->columns.kernel + tap) * lanes + m % lanes;
                memcpy(to, (const char *)w->data + (size_t)((m * j->width + c) * area + t) * sizeof *to, sizeof *to);
            }
}

static sard_status prepare(const sard_node *node, sard_prepare *prepare, sard_error *error)
{
    job j;
    bool fresh_weights, fresh_bias;
    const sard_status status = describe(node, sard_tier_of(sard_prepare_target(prepare)), &j, error);
    if (status)
        return status;
    const size_t row = (size_t)j.padded * sizeof(float), size = row * (size_t)j.taps;
    float *packed = sard_prepare_pack(prepare, 0, size, &fresh_weights), *padded = sard_prepare_pack(prepare, 1, row, &fresh_bias);
    if (!packed || !padded)
        return sard_node_fail(node, error, SARD_NOMEM, "no memory for packed weights");
    if (fresh_weights)
        pack(&j, node->inputs[1]->constant, packed);
    if (fresh_bias) {
        memset(padded, 0, row);
        if (sard_has_input(node, 2))
            memcpy(padded, node->inputs[2]->constant->data, (size_t)j.channels * sizeof(float));
    }
    return SARD_OK;
}

/* ---- the run ---- */

/* A row of outputs: pointers to its column 0 and to the window's first row and tap there, which may lie left of the picture. */
typedef struct row {
    const float *x, *weights, *residual;
    float *y;
    int64_t lines;
} row;

/* Taps first .. end-1 of the window of output `at` lie in the picture. */
static void taps_inside(const side *s, int64_t at, int64_t *first, int64_t *end)
{
    const int64_t start = at * s->stride - s->begin;
    *first = start >= 0 ? 0 : divide_up(-start, s->dilation);
    *end = start >= s->size ? 0 : divide_up(s->size - start, s->dilation);
    *end = *end > s->kernel ? s->kernel : *end;
    *end = *end < *first ? *first : *end;
}

/* From row to row of the window. */
static int64_t w_line(const job *j) { return j->columns.kernel * j->width * j->tier->lanes; }

static row find_row(const job *j, int64_t n, int64_t at)
{
    int64_t first, end;
    taps_inside(&j->rows, at, &first, &end);
    const int64_t line = end > first ? at * j->rows.stride - j->rows.begin + first * j->rows.dilation : 0;
    const int64_t pixel = (n * j->rows.out + at) * j->columns.out;
    row r = {.x = j->x + (n * j->rows.size + line) * j->columns.size * j->x_row,
             .weights = j->weights + first * w_line(j),
             .y = j->y + pixel * j->y_row,
             .lines = end - first};
    if (j->post.residual)
        r.residual = (const float *)j->post.residual->data + pixel * j->residual_row;
    return r;
}

static sard_depthwise_tile tile_of(const job *j, const row *r)
{
    return (sard_depthwise_tile){.channels = j->channels,
                                 .lines = r->lines,
                                 .taps = j->columns.kernel,
                                 .x_step = j->columns.stride * j->x_row,
                                 .x_tap = j->columns.dilation * j->x_row,
                                 .x_line = j->rows.dilation * j->columns.size * j->x_row,
                                 .w_line = w_line(j),
                                 .w_vector = j->taps * j->tier->lanes,
                                 .out_step = j->y_row,
                                 .residual_step = j->residual_row,
                                 .bias = j->bias,
                                 .low = j->post.low,
                                 .high = j->post.high};
}

/* A tile from output `first` on; column: where the first tap of its window stands. */
static void run_tile(const job *j, const row *r, sard_depthwise_function *run, const sard_depthwise_tile *tile, int64_t first,
                     int64_t column)
{
    run(r->x + column * j->x_row, r->weights, r->y + first * j->y_row, r->residual ? r->residual + first * j->residual_row : NULL, tile);
}

/* One output of the plain form whose window sticks out at the side. */
static void run_border(const job *j, const row *r, int64_t at)
{
    int64_t first, end;
    sard_depthwise_tile tile = tile_of(j, r);
    taps_inside(&j->columns, at, &first, &end);
    tile.taps = end - first;
    tile.lines = tile.taps ? tile.lines : 0;
    row own = *r;
    own.weights += first * j->tier->lanes;
    run_tile(j, &own, j->tier->depthwise_plain_one, &tile, at,
             tile.taps ? at * j->columns.stride - j->columns.begin + first * j->columns.dilation : 0);
}

static void run_plain(const job *j, const row *r)
{
    const side *c = &j->columns;
    const sard_depthwise_tile tile = tile_of(j, r);
    const int64_t reach = (c->kernel - 1) * c->dilation, room = c->size + c->begin - reach;
    int64_t at = 0, end = room > 0 ? divide_up(room, c->stride) : 0;
    end = end < c->out ? end : c->out;
    for (; at < c->out && at * c->stride < c->begin; at++)
        run_border(j, r, at);
    for (; at + SARD_DEPTHWISE_PLAIN <= end; at += SARD_DEPTHWISE_PLAIN)
        run_tile(j, r, j->tier->depthwise_plain, &tile, at, at * c->stride - c->begin);
    for (; at < c->out; at++)
        run_border(j, r, at);
}

/* Every dilation-th output from `phase` on, as a row without dilation: its columns start at `start` and are `dilation` apart. A tile goes
 * down all rows before the next one begins, so that what its windows share is still in L1. */
static void run_phase(const job *j, int64_t n, int64_t row_first, int64_t row_end, int64_t phase)
{
    const side *c = &j->columns;
    const int64_t outputs = divide_up(c->out - phase, c->dilation), start = phase * c->stride - c->begin;
    const int64_t present = start < 0 ? divide_up(-start, c->dilation) : 0,
                  gone = start < c->size ? divide_up(c->size - start, c->dilation) : 0;
    const int64_t tiles = divide_up(outputs, SARD_DEPTHWISE_OUTPUTS), higher = outputs % tiles;
    for (int64_t i = 0, at = 0; i < tiles; i++) {
        const int64_t height = outputs / tiles + (i < higher), first = present - at * c->stride, end = gone - at * c->stride;
        const bool edge = first > 0 || end < (height - 1) * c->stride + c->kernel;
        sard_depthwise_function *run = j->width == 1 ? j->tier->depthwise[c->kernel / 2 - 1][c->stride - 1][height][edge]
                                                     : j->tier->grouped[j->width / 8][c->stride - 1][height][edge];
        for (int64_t row_at = row_first; row_at < row_end; row_at++) {
            const row r = find_row(j, n, row_at);
            sard_depthwise_tile tile = tile_of(j, &r);
            tile.x_step *= c->dilation;
            tile.out_step *= c->dilation;
            tile.residual_step *= c->dilation;
            tile.first = first;
            tile.end = end;
            run_tile(j, &r, run, &tile, phase + at * c->dilation, start + at * c->stride * c->dilation);
        }
        at += height;
    }
}

static void work(void *arg, size_t i)
{
    const job *j = arg;
    const int64_t n = (int64_t)i / j->pieces, first = (int64_t)i % j->pieces * j->piece;
    const int64_t end = first + j->piece < j->rows.out ? first + j->piece : j->rows.out;
    if (is_plain(&j->columns))
        for (int64_t at = first; at < end; at++) {
            const row r = find_row(j, n, at);
            run_plain(j, &r);
        }
    else
        for (int64_t phase = 0; phase < j->columns.dilation && phase < j->columns.out; phase++)
            run_phase(j, n, first, end, phase);
    const int64_t pixel = (n * j->rows.out + first) * j->columns.out;
    sard_post_apply(&j->post, j->y + pixel * j->y_row, j->y_row, pixel, (end - first) * j->columns.out, 0, j->channels);
}

/* Distance of rows of the last dimension. */
static int64_t row_of(const sard_tensor *tensor) { return tensor->ld ? tensor->ld : tensor->dims[tensor->rank - 1]; }

static sard_status run(const sard_call *call)
{
    job j;
    const sard_tensor *x = &call->inputs[0], *y = &call->outputs[0];
    const sard_status status = describe(call->node, sard_tier_of(call->target), &j, call->error);
    if (status)
        return status;
    j.x = x->data;
    j.y = y->data;
    j.x_row = row_of(x);
    j.y_row = row_of(y);
    j.weights = call->packed[0];
    j.bias = call->packed[1];
    j.post = sard_post_of(call);
    j.post.applied = true;
    j.residual_row = j.post.residual ? row_of(j.post.residual) : 0;
    sard_call_parallel(call, (size_t)(j.n * j.pieces), work, &j);
    return sard_post_rest(&j.post, call);
}

const sard_kernel sard_native_conv_depthwise = {
    .struct_size = sizeof(sard_kernel),
    .name = "conv_depthwise",
    .op = "Conv",
    .flags = SARD_KERNEL_UNALIGNED | SARD_KERNEL_STRIDED,
    .matches = matches_depthwise,
    .cost = cost,
    .prepare = prepare,
    .run = run,
};

const sard_kernel sard_native_conv_grouped = {
    .struct_size = sizeof(sard_kernel),
    .name = "conv_grouped",
    .op = "Conv",
    .flags = SARD_KERNEL_UNALIGNED | SARD_KERNEL_STRIDED,
    .matches = matches_grouped,
    .cost = cost,
    .prepare = prepare,
    .run = run,
};
