/* Conv over a picture of a few channels, mostly a network's first layer, read where it lies: channels-last, or channels-first before the
 * Transpose that would turn it. A row of outputs is tiles of equal height, the last of which overlaps the one before it; taps that lie
 * above or below the picture are left out, and a tile that sticks out at a side reads a copy of its columns. */
#include "backends/native/cost.h"
#include "backends/native/kernels.h"
#include "backends/native/panel.h"
#include "backends/native/post.h"
#include "ops/conv.h"
#include "ops/transpose.h"

#include <string.h>

enum {
    MOST_CHANNELS = 4,
    MOST_TAPS = 400,      /* of a window, in all channels */
    MOST_COPY = 2048,     /* floats that a tile's windows span */
    LEAST_MACS = 1 << 17, /* of a piece of work */
    PIECES = 16,          /* of a picture, if they are large enough */
};

/* A window's line is `planes` runs of `run` elements that lie side by side; an output's step over columns is `step` elements. With
 * channels last there is one plane, and a column is `unit` elements. Weights: [line][plane][element of the run]. */
typedef struct job {
    const sard_tier *tier;
    sard_window window;
    sard_panels panels;
    int64_t n, channels, height, width;
    int64_t planes, run, unit, step;
    int64_t x_picture, x_plane, x_line; /* floats of the picture from picture to picture, plane to plane, line to line */
    const float *x, *weights, *bias;
    float *y;
    int64_t y_row;
    int64_t piece, pieces; /* rows of outputs of a piece of work; of a picture */
    sard_post post;
} job;

/* The windows of a tile: where its taps lie, and of which lines. */
typedef struct taps {
    int64_t at[MOST_TAPS];
    int64_t count, first_line;
} taps;

static int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }
static int64_t padded(const job *j) { return j->panels.vectors * j->panels.lanes; }
static int64_t line_taps(const job *j) { return j->planes * j->run; }
static int64_t all_taps(const job *j) { return j->window.kernel[0] * line_taps(j); }
static int most_outputs(const job *j) { return j->tier->rows[1] > j->tier->rows[2] ? j->tier->rows[1] : j->tier->rows[2]; }

/* Columns of the picture that the windows of `outputs` outputs span. */
static int64_t span(const job *j, int64_t outputs) { return (outputs - 1) * j->window.stride[1] + j->window.kernel[1]; }

static bool describe(const sard_node *node, const sard_target *target, bool channels_first, job *j)
{
    const sard_value *x = node->inputs[0], *w = node->inputs[1];
    *j = (job){.tier = sard_tier_of(target), .n = x->dims[0], .height = x->dims[1], .width = x->dims[2], .channels = x->dims[3]};
    if (sard_conv_window(node, &j->window, NULL))
        return false;
    j->panels = sard_panels_of(j->tier, w->dims[0]);
    j->planes = channels_first ? j->channels : 1;
    j->unit = channels_first ? 1 : j->channels;
    j->run = j->window.kernel[1] * j->unit;
    j->step = j->window.stride[1] * j->unit;
    j->x_line = j->width * j->unit;
    j->x_plane = j->height * j->x_line;
    j->x_picture = j->planes * j->x_plane;
    const int64_t macs = j->window.out[1] * w->dims[0] * all_taps(j) + 1, rows = j->window.out[0];
    j->piece = divide_up(LEAST_MACS, macs);
    if (j->piece * PIECES < rows)
        j->piece = divide_up(rows, PIECES);
    j->pieces = divide_up(rows, j->piece);
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
    return describe(node, target, channels_first, &j) && j.window.dilation[0] == 1 && j.window.dilation[1] == 1 &&
           all_taps(&j) <= MOST_TAPS && j.window.kernel[0] * j.channels * span(&j, most_outputs(&j)) <= MOST_COPY &&
           j.window.out[1] >= most_outputs(&j);
}

/* Channels of a window are one run of taps here, where the direct kernel ends each of its rows in single steps. */
static double cost(const sard_node *node, const sard_target *target)
{
    job j;
    if (!describe(node, target, false, &j))
        return 0;
    const double steps = (double)j.panels.vectors * (double)all_taps(&j) * (double)(j.window.out[0] * j.window.out[1]);
    return (0.9 * sard_cost_products(steps) + SARD_COST_STEP) / SARD_COST_GHZ;
}

/* ---- before the first run ---- */

static void pack(const job *j, const sard_tensor *w, float *out)
{
    const int64_t kw = j->window.kernel[1], area = j->window.kernel[0] * kw, taps_of_all = all_taps(j);
    memset(out, 0, (size_t)(padded(j) * taps_of_all) * sizeof *out);
    for (int64_t p = 0; p < j->panels.count; p++) {
        const int64_t first = sard_panel_first(&j->panels, p), next = sard_panel_first(&j->panels, p + 1);
        for (int64_t m = first; m < next && m < j->panels.channels; m++)
            for (int64_t c = 0; c < j->channels; c++)
                for (int64_t t = 0; t < area; t++) {
                    const int64_t plane = j->planes > 1 ? c : 0, in_run = j->planes > 1 ? t % kw : t % kw * j->unit + c;
                    const int64_t tap = t / kw * line_taps(j) + plane * j->run + in_run;
                    memcpy(out + first * taps_of_all + tap * (next - first) + m - first,
                           (const char *)w->data + (size_t)((m * j->channels + c) * area + t) * sizeof *out, sizeof *out);
                }
    }
}

static sard_status prepare_as(const sard_node *node, sard_prepare *prepare, bool channels_first, sard_error *error)
{
    job j;
    bool fresh, fresh_bias;
    if (!describe(node, sard_prepare_target(prepare), channels_first, &j))
        return sard_node_fail(node, error, SARD_UNSUPPORTED, "not a picture's window");
    float *weights = sard_prepare_pack(prepare, 0, (size_t)(padded(&j) * all_taps(&j)) * sizeof(float), &fresh);
    float *bias = sard_prepare_pack(prepare, 1, (size_t)padded(&j) * sizeof(float), &fresh_bias);
    if (!weights || !bias)
        return sard_node_fail(node, error, SARD_NOMEM, "no memory for packed weights");
    if (fresh)
        pack(&j, sard_value_constant(node->inputs[1]), weights);
    if (fresh_bias) {
        memset(bias, 0, (size_t)padded(&j) * sizeof *bias);
        if (sard_has_input(node, 2))
            memcpy(bias, sard_value_constant(node->inputs[2])->data, (size_t)j.panels.channels * sizeof *bias);
    }
    return SARD_OK;
}

/* ---- the run ---- */

/* The taps of output row `row` whose lines lie in the picture; from line to line and plane to plane as in what they are read from. */
static void find_taps(const job *j, int64_t row, int64_t line, int64_t plane, taps *out)
{
    const int64_t top = row * j->window.stride[0] - j->window.begin[0], left = j->height - top;
    const int64_t end = left < j->window.kernel[0] ? left : j->window.kernel[0];
    out->first_line = top < 0 ? -top : 0;
    out->count = 0;
    for (int64_t i = out->first_line; i < end; i++)
        for (int64_t p = 0; p < j->planes; p++)
            for (int64_t k = 0; k < j->run; k++)
                out->at[out->count++] = (i - out->first_line) * line + p * plane + k;
}

/* The columns of `outputs` outputs whose first window begins at column `at`: [line][plane][column], zeros beside the picture. */
static void copy_columns(const job *j, const float *x, int64_t lines, int64_t at, int64_t outputs, float *out)
{
    const int64_t columns = span(j, outputs), first = at < 0 ? -at : 0, end = j->width - at < columns ? j->width - at : columns;
    memset(out, 0, (size_t)(lines * j->planes * columns * j->unit) * sizeof *out);
    for (int64_t i = 0; i < lines; i++)
        for (int64_t p = 0; p < j->planes && first < end; p++, out += columns * j->unit)
            memcpy(out + first * j->unit, x + p * j->x_plane + i * j->x_line + (at + first) * j->unit,
                   (size_t)((end - first) * j->unit) * sizeof *out);
}

/* Where a panel of a row is computed. */
typedef struct place {
    const float *x; /* the first line of the windows, column 0, plane 0 */
    float *y;
    int64_t panel, channel, rest; /* rest: channels where the panel is not full, else 0 */
} place;

/* `tiles` tiles from output `first` on, whose taps are `t`, read from x. */
static void run_tiles(const job *j, const place *at, const taps *t, const float *x, int64_t first, int64_t tiles)
{
    const int width = sard_panel_width(&j->panels, at->panel), rows = j->tier->rows[width];
    const int64_t ld = width * j->panels.lanes;
    const float *w = j->weights + at->channel * all_taps(j) + t->first_line * line_taps(j) * ld;
    float *y = at->y + first * j->y_row + at->channel, own[SARD_MOST_ROWS * SARD_MOST_VECTORS * 16];
    const bool apart = at->rest && !j->tier->tails;
    const sard_tile tile = {.taps = t->count,
                            .absent = at->rest ? ld - at->rest : 0,
                            .x_row = j->step,
                            .x_step = rows * j->step,
                            .out_row = apart ? ld : j->y_row,
                            .out_step = rows * j->y_row,
                            .bias = j->bias + at->channel,
                            .last = true,
                            .low = j->post.low,
                            .high = j->post.high};
    if (!apart) {
        j->tier->stem[width - 1](x, t->at, w, y, &tile, tiles);
        return;
    }
    for (int64_t i = 0; i < tiles; i++, x += tile.x_step, y += tile.out_step) {
        j->tier->stem[width - 1](x, t->at, w, own, &tile, 1);
        for (int r = 0; r < rows; r++)
            memcpy(y + r * j->y_row, own + r * ld, (size_t)at->rest * sizeof *y);
    }
}

/* A tile at a side. */
static void run_copied(const job *j, const place *at, int64_t row, int64_t first)
{
    const int64_t outputs = j->tier->rows[sard_panel_width(&j->panels, at->panel)], columns = span(j, outputs) * j->unit;
    float copy[MOST_COPY];
    taps own;
    find_taps(j, row, j->planes * columns, columns, &own);
    copy_columns(j, at->x, own.count / line_taps(j), first * j->window.stride[1] - j->window.begin[1], outputs, copy);
    run_tiles(j, at, &own, copy, first, 1);
}

static void run_panel(const job *j, const place *at, int64_t row, const taps *inner)
{
    const int64_t rows = j->tier->rows[sard_panel_width(&j->panels, at->panel)], outputs = j->window.out[1], stride = j->window.stride[1];
    const int64_t begin = j->window.begin[1];
    int64_t first = 0;
    while (first + rows <= outputs) {
        const int64_t column = first * stride - begin, room = j->width - column - span(j, rows);
        int64_t tiles = column < 0 || room < 0 ? 0 : room / (rows * stride) + 1;
        tiles = tiles < (outputs - first) / rows ? tiles : (outputs - first) / rows;
        if (tiles)
            run_tiles(j, at, inner, at->x + column * j->unit, first, tiles);
        else
            run_copied(j, at, row, first);
        first += (tiles ? tiles : 1) * rows;
    }
    if (first < outputs)
        run_copied(j, at, row, outputs - rows);
}

static void work(void *arg, size_t i)
{
    const job *j = arg;
    const int64_t n = (int64_t)i / j->pieces, first = (int64_t)i % j->pieces * j->piece;
    const int64_t end = first + j->piece < j->window.out[0] ? first + j->piece : j->window.out[0];
    taps inner;
    for (int64_t row = first; row < end; row++) {
        const int64_t top = row * j->window.stride[0] - j->window.begin[0], pixel = (n * j->window.out[0] + row) * j->window.out[1];
        place at = {.y = j->y + pixel * j->y_row};
        find_taps(j, row, j->x_line, j->x_plane, &inner);
        at.x = j->x + n * j->x_picture + (inner.count ? top + inner.first_line : 0) * j->x_line;
        for (at.panel = 0; at.panel < j->panels.count; at.panel++) {
            at.channel = sard_panel_first(&j->panels, at.panel);
            at.rest = sard_panel_first(&j->panels, at.panel + 1) > j->panels.channels ? j->panels.channels - at.channel : 0;
            run_panel(j, &at, row, &inner);
        }
        sard_post_apply(&j->post, at.y, j->y_row, pixel, j->window.out[1], 0, j->panels.channels);
    }
}

static sard_status run_as(const sard_call *call, const sard_tensor *x, bool channels_first)
{
    job j;
    const sard_tensor *y = &call->outputs[0];
    if (!describe(call->node, call->target, channels_first, &j))
        return sard_call_fail(call, SARD_UNSUPPORTED, "not a picture's window");
    j.x = x->data;
    j.y = y->data;
    j.y_row = y->ld ? y->ld : y->dims[3];
    j.weights = call->packed[0];
    j.bias = call->packed[1];
    j.post = sard_post_of(call);
    j.post.applied = true;
    sard_call_parallel(call, (size_t)(j.n * j.pieces), work, &j);
    return sard_post_rest(&j.post, call);
}

/* ---- channels last ---- */

static bool matches(const sard_node *node, const sard_target *target, const char **why) { return takes(node, target, false, why); }

static sard_status prepare(const sard_node *node, sard_prepare *prepare, sard_error *error)
{
    return prepare_as(node, prepare, false, error);
}

static sard_status run(const sard_call *call) { return run_as(call, &call->inputs[0], false); }

const sard_kernel sard_native_conv_stem = {
    .struct_size = sizeof(sard_kernel),
    .name = "conv_stem",
    .op = "Conv",
    .flags = SARD_KERNEL_UNALIGNED,
    .matches = matches,
    .cost = cost,
    .prepare = prepare,
    .run = run,
};

/* ---- channels first ---- */

static size_t join(const sard_node *node, const sard_target *target, const sard_node *joined[SARD_MOST_JOINED])
{
    static const int64_t order[] = {0, 2, 3, 1};
    const char *why;
    const sard_node *turn = node->inputs[0]->producer;
    if (!turn || strcmp(turn->op->name, "Transpose") || *turn->op->domain || turn->epilogue_count || !takes(node, target, true, &why))
        return 0;
    for (int i = 0; i < 4; i++)
        if (sard_transpose_axis(turn->attrs, 4, i) != order[i])
            return 0;
    joined[0] = turn;
    return 1;
}

static sard_status prepare_turned(const sard_node *node, sard_prepare *prepare, sard_error *error)
{
    return prepare_as(node, prepare, true, error);
}

static sard_status run_turned(const sard_call *call) { return run_as(call, &call->inputs[call->input_count - 1], true); }

const sard_kernel sard_native_conv_stem_nchw = {
    .struct_size = sizeof(sard_kernel),
    .name = "conv_stem_nchw",
    .op = "Conv",
    .flags = SARD_KERNEL_UNALIGNED,
    .cost = cost,
    .prepare = prepare_turned,
    .run = run_turned,
    .join = join,
};
