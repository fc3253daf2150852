/* Products from packed panels by the flat register tiles, in slices of K so that a panel's slice stays in L1. */
#include "backends/native/common/panel_walk.h"
#include "backends/native/gemm/product.h"

enum { SLICE = 512 }; /* steps of K at once */

int64_t sard_product_slice(int64_t k, int lanes)
{
    const int64_t slices = k ? (k + SLICE + 31) / (SLICE + 32) : 1;
    return (k + slices * lanes - 1) / (slices * lanes) * lanes;
}

void sard_tiles_run(const sard_tiles *t, int64_t first, int64_t end)
{
    const int64_t slice = sard_product_slice(t->k, t->panels.lanes);
    sard_panel_walk walk = {.tier = t->tier,
                            .panels = &t->panels,
                            .weights = t->weights,
                            .bias = t->bias,
                            .k = t->k,
                            .prefetches = true,
                            .y = t->y,
                            .residual = sard_post_residual(t->post, t->inputs, t->pixel),
                            .rows = t->rows,
                            .post = t->post,
                            .inputs = t->inputs,
                            .pixel = t->pixel,
                            .tile = {.taps = 1,
                                     .x_row = t->x_row,
                                     .x_block = t->panels.lanes,
                                     .out_row = t->y_row,
                                     .residual_row = t->post->residual_row,
                                     .low = t->post->low,
                                     .high = t->post->high}};
    for (; t->rows && (walk.step < t->k || !walk.step); walk.step += slice ? slice : 1) {
        walk.x = t->x + walk.step;
        walk.goes_on = walk.step;
        walk.tile.k = t->k - walk.step < slice ? t->k - walk.step : slice;
        walk.tile.last = walk.step + walk.tile.k == t->k;
        for (int64_t p = first; p < end; p++)
            sard_panel_run(&walk, p, p + 1 < end ? p + 1 : first);
    }
}
