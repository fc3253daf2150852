/* Products from packed panels by the flat register tiles, in slices of K so that a panel's slice stays in L1. */
#include "backends/native/gemm/product.h"

#include <string.h>

enum { SLICE = 512 }; /* steps of K at once */

/* The place of one panel's tiles. */
typedef struct place {
    const float *x, *w;
    float *y;
    const float *residual;
    int width, rows;
    int64_t rest; /* channels where the last panel is not full, else 0 */
} place;

/* `tiles` tiles into a buffer of their own, from which the channels that exist are copied. */
static const float *run_narrow(const sard_tiles *t, const place *at, sard_tile *tile, int64_t tiles, const float *ahead)
{
    float own[SARD_MOST_ROWS * SARD_MOST_VECTORS * 16], own_residual[SARD_MOST_ROWS * SARD_MOST_VECTORS * 16];
    const int64_t ld = at->width * t->panels.lanes, residual_row = tile->residual_row;
    const size_t bytes = (size_t)at->rest * sizeof(float);
    sard_tile narrow = *tile;
    narrow.out_row = narrow.residual_row = ld;
    for (int64_t i = 0; i < tiles * at->rows; i += at->rows) {
        for (int r = 0; r < at->rows; r++) {
            if (!tile->bias)
                memcpy(own + r * ld, at->y + (i + r) * t->y_row, bytes);
            if (at->residual)
                memcpy(own_residual + r * ld, at->residual + (i + r) * residual_row, bytes);
        }
        ahead = t->tier->gemm.flat[at->width - 1][at->rows](at->x + i * t->x_row, at->w, own, at->residual ? own_residual : NULL, ahead,
                                                            &narrow, 1);
        for (int r = 0; r < at->rows; r++)
            memcpy(at->y + (i + r) * t->y_row, own + r * ld, bytes);
    }
    return ahead;
}

/* `tiles` tiles of at->rows rows; moves `at` behind them. */
static const float *run_tiles(const sard_tiles *t, place *at, sard_tile *tile, int64_t tiles, const float *ahead)
{
    tile->x_step = at->rows * t->x_row;
    tile->out_step = at->rows * t->y_row;
    tile->residual_step = at->rows * tile->residual_row;
    ahead = at->rest && !t->tier->tails
              ? run_narrow(t, at, tile, tiles, ahead)
              : t->tier->gemm.flat[at->width - 1][at->rows](at->x, at->w, at->y, at->residual, ahead, tile, tiles);
    at->x += tiles * tile->x_step;
    at->y += tiles * tile->out_step;
    at->residual = at->residual ? at->residual + tiles * tile->residual_step : NULL;
    return ahead;
}

static void run_panel(const sard_tiles *t, sard_tile *tile, int64_t p, int64_t next, int64_t step)
{
    static const float zeros[SARD_MOST_VECTORS * 16];
    const int64_t channel = sard_panel_first(&t->panels, p), end = sard_panel_first(&t->panels, p + 1);
    const float *ahead = t->weights + sard_panel_offset(&t->panels, next, t->k, step);
    const float *residual = sard_post_residual(t->post, t->inputs, t->pixel);
    place at = {.x = t->x + step, .y = t->y + channel, .width = sard_panel_width(&t->panels, p)};
    at.w = t->weights + sard_panel_offset(&t->panels, p, t->k, step);
    at.rest = end > t->panels.channels ? t->panels.channels - channel : 0;
    tile->absent = at.rest ? end - t->panels.channels : 0;
    at.residual = residual ? residual + channel : NULL;
    tile->bias = step ? NULL : t->bias ? t->bias + channel : zeros;
    tile->ahead_end = ahead + tile->k * sard_panel_width(&t->panels, next) * t->panels.lanes;
    const int64_t most = t->tier->gemm.rows[at.width], tiles = (t->rows + most - 1) / most, higher = t->rows % tiles;
    tile->ahead_lines = sard_panel_ahead(&t->panels, at.width, tiles);
    at.rows = (int)(t->rows / tiles) + 1;
    if (higher)
        ahead = run_tiles(t, &at, tile, higher, ahead);
    at.rows--;
    if (tiles > higher)
        run_tiles(t, &at, tile, tiles - higher, ahead);
    if (tile->last)
        sard_post_apply(t->post, t->inputs, t->y + channel, t->y_row, t->pixel, t->rows, channel, at.rest ? at.rest : end - channel);
}

int64_t sard_product_slice(int64_t k, int lanes)
{
    const int64_t slices = k ? (k + SLICE + 31) / (SLICE + 32) : 1;
    return (k + slices * lanes - 1) / (slices * lanes) * lanes;
}

void sard_tiles_run(const sard_tiles *t, int64_t first, int64_t end)
{
    const int64_t slice = sard_product_slice(t->k, t->panels.lanes);
    sard_tile tile = {.x_row = t->x_row, .x_block = t->panels.lanes, .out_row = t->y_row, .low = t->post->low, .high = t->post->high};
    tile.residual_row = t->post->residual_row;
    for (int64_t step = 0; t->rows && (step < t->k || !step); step += slice ? slice : 1) {
        tile.k = t->k - step < slice ? t->k - step : slice;
        tile.last = step + tile.k == t->k;
        for (int64_t p = first; p < end; p++)
            run_panel(t, &tile, p, p + 1 < end ? p + 1 : first, step);
    }
}
