/* Rows of convolutions over pictures of a few channels: parted into tiles. */
#include "backends/native/conv/stem.h"

#include <string.h>

enum {
    MOST_TAPS = 400,  /* of a window, in all channels */
    MOST_COPY = 2048, /* floats that a tile's windows span */
};

/* The windows of a tile: where its taps lie, and of which lines. */
typedef struct taps {
    int64_t at[MOST_TAPS];
    int64_t count, first_line;
} taps;

static int64_t line_taps(const sard_stem *j) { return j->planes * j->run; }
static int most_outputs(const sard_stem *j)
{
    return j->tier->gemm.rows[1] > j->tier->gemm.rows[2] ? j->tier->gemm.rows[1] : j->tier->gemm.rows[2];
}
int64_t sard_stem_taps(const sard_stem *j) { return j->window.kernel[0] * line_taps(j); }
int64_t sard_stem_weights(const sard_stem *j) { return sard_panels_padded(&j->panels) * sard_stem_taps(j); }

/* Columns of the picture that the windows of `outputs` outputs span. */
static int64_t span(const sard_stem *j, int64_t outputs) { return (outputs - 1) * j->window.stride[1] + j->window.kernel[1]; }

bool sard_stem_of(const sard_node *node, const sard_target *target, bool channels_first, sard_stem *j)
{
    const sard_value *x = node->inputs[0], *w = node->inputs[1];
    *j = (sard_stem){.tier = sard_tier_of(target), .n = x->dims[0], .height = x->dims[1], .width = x->dims[2], .channels = x->dims[3]};
    if (sard_conv_window(node, &j->window, NULL))
        return false;
    j->panels = sard_panels_of(j->tier, w->dims[0]);
    j->planes = channels_first ? j->channels : 1;
    j->unit = channels_first ? 1 : j->channels;
    j->run = j->window.kernel[1] * j->unit;
    j->step = j->window.stride[1] * j->unit;
    j->x_line = j->width * j->unit;
    j->x_plane = j->height * j->x_line;
    return j->window.dilation[0] == 1 && j->window.dilation[1] == 1 && sard_stem_taps(j) <= MOST_TAPS &&
           j->window.kernel[0] * j->channels * span(j, most_outputs(j)) <= MOST_COPY && j->window.out[1] >= most_outputs(j);
}

void sard_stem_pack(const sard_stem *j, const sard_tensor *w, float *out)
{
    const int64_t kw = j->window.kernel[1], area = j->window.kernel[0] * kw, taps_of_all = sard_stem_taps(j);
    memset(out, 0, (size_t)(sard_panels_padded(&j->panels) * taps_of_all) * sizeof *out);
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

void sard_stem_lines(const sard_stem *j, int64_t row, int64_t *first, int64_t *end, int64_t *top)
{
    const int64_t start = row * j->window.stride[0] - j->window.begin[0], left = j->height - start;
    *first = start < 0 ? -start : 0;
    *end = left < j->window.kernel[0] ? left : j->window.kernel[0];
    *end = *end < *first ? *first : *end;
    *top = *end > *first ? start + *first : 0;
}

/* The taps of output row `row` whose lines lie in the picture; from line to line and plane to plane as in what they are read from. */
static void find_taps(const sard_stem *j, int64_t row, int64_t line, int64_t plane, taps *out)
{
    int64_t end, top;
    sard_stem_lines(j, row, &out->first_line, &end, &top);
    out->count = 0;
    for (int64_t i = out->first_line; i < end; i++)
        for (int64_t p = 0; p < j->planes; p++)
            for (int64_t k = 0; k < j->run; k++)
                out->at[out->count++] = (i - out->first_line) * line + p * plane + k;
}

/* The columns of `outputs` outputs whose first window begins at column `at`: [line][plane][column], zeros beside the picture. */
static void copy_columns(const sard_stem *j, const float *x, int64_t x_plane, int64_t lines, int64_t at, int64_t outputs, float *out)
{
    const int64_t columns = span(j, outputs), first = at < 0 ? -at : 0, end = j->width - at < columns ? j->width - at : columns;
    memset(out, 0, (size_t)(lines * j->planes * columns * j->unit) * sizeof *out);
    for (int64_t i = 0; i < lines; i++)
        for (int64_t p = 0; p < j->planes && first < end; p++, out += columns * j->unit)
            memcpy(out + first * j->unit, x + p * x_plane + i * j->x_line + (at + first) * j->unit,
                   (size_t)((end - first) * j->unit) * sizeof *out);
}

/* Where a panel of a row is computed. */
typedef struct place {
    const float *x; /* the first line of the windows, column 0, plane 0 */
    int64_t x_plane;
    float *y;
    int64_t panel, channel, rest; /* rest: channels where the panel is not full, else 0 */
} place;

/* `tiles` tiles from output `first` on, whose taps are `t`, read from x. */
static void run_tiles(const sard_stem *j, const place *at, const taps *t, const float *x, int64_t first, int64_t tiles)
{
    const int width = sard_panel_width(&j->panels, at->panel), rows = j->tier->gemm.rows[width];
    const int64_t ld = width * j->panels.lanes;
    const float *w = j->weights + at->channel * sard_stem_taps(j) + t->first_line * line_taps(j) * ld;
    float *y = at->y + first * j->y_row + at->channel, own[SARD_MOST_TILE];
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
        j->tier->conv.stem[width - 1](x, t->at, w, y, &tile, tiles);
        return;
    }
    for (int64_t i = 0; i < tiles; i++, x += tile.x_step, y += tile.out_step) {
        j->tier->conv.stem[width - 1](x, t->at, w, own, &tile, 1);
        for (int r = 0; r < rows; r++)
            memcpy(y + r * j->y_row, own + r * ld, (size_t)at->rest * sizeof *y);
    }
}

/* A tile at a side. */
static void run_copied(const sard_stem *j, const place *at, int64_t row, int64_t first)
{
    const int64_t outputs = j->tier->gemm.rows[sard_panel_width(&j->panels, at->panel)], columns = span(j, outputs) * j->unit;
    float copy[MOST_COPY];
    taps own;
    find_taps(j, row, j->planes * columns, columns, &own);
    copy_columns(j, at->x, at->x_plane, own.count / line_taps(j), first * j->window.stride[1] - j->window.begin[1], outputs, copy);
    run_tiles(j, at, &own, copy, first, 1);
}

static void run_panel(const sard_stem *j, const place *at, int64_t row, const taps *inner)
{
    const int64_t rows = j->tier->gemm.rows[sard_panel_width(&j->panels, at->panel)], outputs = j->window.out[1],
                  stride = j->window.stride[1];
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

void sard_stem_run(const sard_stem *j, const sard_stem_place *in, int64_t n, int64_t row)
{
    const int64_t pixel = (n * j->window.out[0] + row) * j->window.out[1];
    place at = {.x = in->x, .x_plane = in->x_plane, .y = in->y + pixel * j->y_row};
    taps inner;
    find_taps(j, row, j->x_line, in->x_plane, &inner);
    for (at.panel = 0; at.panel < j->panels.count; at.panel++) {
        at.channel = sard_panel_first(&j->panels, at.panel);
        at.rest = sard_panel_first(&j->panels, at.panel + 1) > j->panels.channels ? j->panels.channels - at.channel : 0;
        run_panel(j, &at, row, &inner);
    }
    sard_post_apply(&j->post, NULL, at.y, j->y_row, pixel, j->window.out[1], 0, j->panels.channels);
}
