/* Winograd's convolutions: from tiles of the input to frequencies, and from sums of products to tiles of the output. */
#include "backends/native/winograd/winograd.h"

#include <string.h>

/* ---- inputs to frequencies ---- */

typedef struct corner {
    int64_t n, at[2]; /* the first output of a tile */
} corner;

static corner corner_of(const sard_winograd *w, int64_t tile)
{
    const int64_t row = tile / w->count[1];
    return (corner){row / w->count[0], {row % w->count[0] * w->step[0], tile % w->count[1] * w->step[1]}};
}

/* A pointer to the channels of each pixel of a tile, from one of them on; zeros in the padding. */
static void fill_pointers(const sard_winograd_job *j, int64_t tile, int64_t channel, const float **out)
{
    const sard_winograd *w = j->plan;
    const corner c = corner_of(w, tile);
    const int64_t x = c.at[1] - w->window.begin[1];
    for (int i = 0; i < w->points[0]; i++) {
        const int64_t y = c.at[0] - w->window.begin[0] + i;
        const float *row = j->x + c.n * w->in.stride_n + y * w->in.stride[0] + x * w->in.stride[1] + channel;
        const bool inside = (uint64_t)y < (uint64_t)w->in.size[0];
        for (int k = 0; k < w->points[1]; k++)
            *out++ = inside && (uint64_t)(x + k) < (uint64_t)w->in.size[1] ? row + k * w->in.stride[1] : w->zeros;
    }
}

/* The channels beyond the last whole vector; skip: vectors before them. */
static void transform_rest(const sard_winograd_job *j, const float *const *pointers, int64_t skip, float *v)
{
    const sard_winograd *w = j->plan;
    const int64_t lanes = w->tier->lanes, whole = w->channels / lanes * lanes;
    float rows[SARD_WINOGRAD_FREQUENCIES * SARD_MOST_LANES];
    const float *own[SARD_WINOGRAD_FREQUENCIES];
    memset(rows, 0, (size_t)(w->frequencies * lanes) * sizeof *rows);
    for (int i = 0; i < w->frequencies; i++) {
        own[i] = rows + i * lanes;
        memcpy(rows + i * lanes, pointers[i] + skip * lanes, (size_t)(w->channels - whole) * sizeof *rows);
    }
    w->tier->winograd.in[w->id](own, own, 1, v + whole / lanes * w->v_vector, w->v_vector);
}

void sard_winograd_transform(const sard_winograd_job *j, int64_t g, int64_t from, int64_t to, float *v)
{
    const sard_winograd *w = j->plan;
    const int64_t first = sard_winograd_first(w, g), count = sard_winograd_first(w, g + 1) - first, lanes = w->tier->lanes;
    const int64_t whole = w->channels / lanes, end = to < whole ? to : whole;
    const float *pointers[2][SARD_WINOGRAD_FREQUENCIES];
    fill_pointers(j, first, from * lanes, pointers[0]);
    for (int64_t t = 0; t < count; t++, v += lanes) {
        const float *const *x = pointers[t % 2], *const *next = pointers[(t + 1) % 2];
        if (first + t + 1 < w->tiles)
            fill_pointers(j, first + t + 1, from * lanes, pointers[(t + 1) % 2]);
        else
            next = x;
        w->tier->winograd.in[w->id](x, next, end - from, v + from * w->v_vector, w->v_vector);
        if (to > whole)
            transform_rest(j, x, whole - from, v);
    }
}

/* ---- sums to outputs ---- */

/* Through a tile of its own: not all of it is wanted. */
static void finish_part(const sard_winograd_job *j, const float *m, int width, sard_winograd_place to, int64_t rows, int64_t columns,
                        int64_t channels)
{
    const sard_winograd *w = j->plan;
    float own[SARD_WINOGRAD_OUTPUTS * SARD_MOST_VECTORS * SARD_MOST_LANES],
        residual[SARD_WINOGRAD_OUTPUTS * SARD_MOST_VECTORS * SARD_MOST_LANES];
    const int64_t ld = width * w->tier->lanes, row = ld * w->step[1];
    const size_t bytes = (size_t)channels * sizeof(float);
    sard_winograd_place part = to;
    part.y = own;
    part.row = part.residual_row = row;
    part.pixel = part.residual_pixel = ld;
    for (int64_t i = 0; to.residual && i < rows; i++)
        for (int64_t k = 0; k < columns; k++)
            memcpy(residual + i * row + k * ld, to.residual + i * to.residual_row + k * to.residual_pixel, bytes);
    part.residual = to.residual ? residual : NULL;
    w->tier->winograd.out[w->id][width - 1](m, &part);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t k = 0; k < columns; k++)
            memcpy(to.y + i * to.row + k * to.pixel, own + i * row + k * ld, bytes);
}

static void finish_whole(const sard_winograd *w, const float *m, int width, sard_winograd_place to)
{
    if (w->step[0] > w->step[1]) { /* a kernel with one dimension has pixels only */
        to.pixel = to.row;
        to.residual_pixel = to.residual_row;
    }
    w->tier->winograd.out[w->id][width - 1](m, &to);
}

void sard_winograd_finish(const sard_winograd_job *j, int64_t tile, int64_t panel, const float *m)
{
    const sard_winograd *w = j->plan;
    const corner c = corner_of(w, tile);
    const int64_t *size = w->window.out, channel = sard_panel_first(&w->panels, panel);
    const int64_t end = sard_panel_first(&w->panels, panel + 1), channels = (end < w->results ? end : w->results) - channel;
    const int64_t rows = size[0] - c.at[0] < w->step[0] ? size[0] - c.at[0] : w->step[0];
    const int64_t columns = size[1] - c.at[1] < w->step[1] ? size[1] - c.at[1] : w->step[1];
    const int64_t pixel = (c.n * size[0] + c.at[0]) * size[1] + c.at[1];
    const int width = sard_panel_width(&w->panels, panel);
    sard_winograd_place to = {.y = j->y + pixel * w->y_row + channel, .bias = w->bias + channel, .low = w->post.low, .high = w->post.high};
    const float *residual = sard_post_residual(&w->post, j->inputs, pixel);
    to.residual = residual ? residual + channel : NULL;
    to.row = size[1] * w->y_row;
    to.pixel = w->y_row;
    to.residual_row = size[1] * w->post.residual_row;
    to.residual_pixel = w->post.residual_row;
    if (rows < w->step[0] || columns < w->step[1] || channels < width * w->tier->lanes)
        finish_part(j, m, width, to, rows, columns, channels);
    else
        finish_whole(w, m, width, to);
    for (int64_t i = 0; w->post.count && i < rows; i++)
        sard_post_apply(&w->post, j->inputs, to.y + i * to.row, w->y_row, pixel + i * size[1], columns, channel, channels);
}
