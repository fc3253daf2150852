/* Cuts rows into tiles, and leads the last panel through a buffer where tiles cannot leave lanes out. */
#include "backends/native/common/panel_walk.h"

#include <string.h>

/* Where the next tile reads and writes. */
typedef struct place {
    int width;        /* vectors of the panel */
    int64_t channels; /* that it has */
    const float *w, *x;
    const float *const *pointers;
    float *y;
    const float *residual;
} place;

static const float *run_tiles(const sard_tier *tier, const place *at, int rows, const sard_tile *tile, int64_t tiles, const float *ahead)
{
    return at->pointers ? tier->gemm.rowwise[at->width - 1][rows](at->pointers, at->w, at->y, at->residual, ahead, tile, tiles)
                        : tier->gemm.flat[at->width - 1][rows](at->x, at->w, at->y, at->residual, ahead, tile, tiles);
}

static void move_on(place *at, const sard_tile *tile, int64_t tiles)
{
    if (at->pointers)
        at->pointers += tiles * tile->x_step;
    else
        at->x += tiles * tile->x_step;
    at->y += tiles * tile->out_step;
    at->residual = at->residual ? at->residual + tiles * tile->residual_step : NULL;
}

/* A tile through a buffer of its own, of which the channels that exist are copied. */
static const float *run_narrow(const sard_tier *tier, const place *at, int rows, const sard_tile *tile, const float *ahead)
{
    float y[SARD_MOST_TILE], residual[SARD_MOST_TILE];
    const int64_t ld = at->width * tier->lanes;
    const size_t bytes = (size_t)at->channels * sizeof(float);
    sard_tile narrow = *tile;
    place own = *at;
    narrow.out_row = narrow.residual_row = ld;
    own.y = y;
    own.residual = at->residual ? residual : NULL;
    for (int r = 0; r < rows; r++) {
        if (!tile->bias)
            memcpy(y + r * ld, at->y + r * tile->out_row, bytes);
        if (at->residual)
            memcpy(residual + r * ld, at->residual + r * tile->residual_row, bytes);
    }
    ahead = run_tiles(tier, &own, rows, &narrow, 1, ahead);
    for (int r = 0; r < rows; r++)
        memcpy(at->y + r * tile->out_row, y + r * ld, bytes);
    return ahead;
}

/* `tiles` tiles of one height; moves `at` past them. */
static const float *run_height(const sard_tier *tier, place *at, int rows, sard_tile *tile, int64_t tiles, const float *ahead)
{
    tile->x_step = at->pointers ? rows : rows * tile->x_row;
    tile->out_step = rows * tile->out_row;
    tile->residual_step = rows * tile->residual_row;
    if (!tile->absent || tier->tails) {
        ahead = run_tiles(tier, at, rows, tile, tiles, ahead);
        move_on(at, tile, tiles);
        return ahead;
    }
    for (int64_t i = 0; i < tiles; i++, move_on(at, tile, 1))
        ahead = run_narrow(tier, at, rows, tile, ahead);
    return ahead;
}

static place place_of(const sard_panel_walk *walk, int64_t panel)
{
    const sard_panels *p = walk->panels;
    const int64_t channel = sard_panel_first(p, panel), end = sard_panel_first(p, panel + 1);
    return (place){.width = sard_panel_width(p, panel),
                   .channels = (end < p->channels ? end : p->channels) - channel,
                   .w = walk->weights + sard_panel_offset(p, panel, walk->k, walk->step),
                   .x = walk->x,
                   .pointers = walk->pointers,
                   .y = walk->y + channel,
                   .residual = walk->residual ? walk->residual + channel : NULL};
}

void sard_panel_run(const sard_panel_walk *walk, int64_t panel, int64_t next)
{
    static const float zeros[SARD_MOST_VECTORS * SARD_MOST_LANES];
    const sard_panels *p = walk->panels;
    const int64_t channel = sard_panel_first(p, panel);
    const float *ahead = walk->weights + sard_panel_offset(p, next, walk->k, walk->step);
    place at = place_of(walk, panel);
    float *const y = at.y;
    const int64_t most = walk->tier->gemm.rows[at.width], tiles = sard_divide_up(walk->rows, most), higher = walk->rows % tiles;
    const int rows = (int)(walk->rows / tiles);
    sard_tile tile = walk->tile;
    tile.bias = walk->goes_on ? NULL : walk->bias ? walk->bias + channel : zeros;
    tile.absent = at.width * p->lanes - at.channels;
    tile.ahead_end = ahead + tile.taps * tile.k * sard_panel_width(p, next) * p->lanes;
    tile.ahead_lines = walk->prefetches ? sard_panel_ahead(p, at.width, tiles) : 0;
    if (higher)
        ahead = run_height(walk->tier, &at, rows + 1, &tile, higher, ahead);
    run_height(walk->tier, &at, rows, &tile, tiles - higher, ahead);
    if (tile.last && walk->post)
        sard_post_apply(walk->post, walk->inputs, y, tile.out_row, walk->pixel, walk->rows, walk->channel + channel, at.channels);
}
