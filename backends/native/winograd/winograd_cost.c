/* What Winograd's convolutions cost for one picture: products, or the weights where they come more slowly, and transforms. The batch does
 * not count: a picture shall get the same bits alone and among others. */
#include "backends/native/common/cost.h"
#include "backends/native/winograd/winograd.h"

/* Cycles of one vector of channels of one tile, with the cache misses that it brings. */
typedef struct transforms {
    double in, out;
} transforms;

static const transforms wide[SARD_WINOGRADS] = {{115, 170}, {400, 570}, {500, 650}, {30, 200}, {60, 140}}; /* AVX-512 */
static const transforms middle[SARD_WINOGRADS] = {{60, 85}, {135, 300}, {250, 400}, {45, 60}, {60, 100}};  /* AVX2 */
static const transforms narrow[SARD_WINOGRADS] = {{50, 50}, {120, 200}, {250, 300}, {45, 50}, {30, 60}};   /* four lanes */

enum { LATENCY = 4 }; /* of a product, in cycles: fewer rows of a tile wait for it */

double sard_winograd_cost(const sard_winograd *w)
{
    const transforms *t = w->tier->lanes == 16 ? wide : w->tier->lanes == 8 ? middle : narrow;
    const int64_t one = w->in.n ? w->tiles / w->in.n : 0, most = w->tier->gemm.rows[2];
    const double tiles = (double)one, rows = one ? tiles / (double)((one + most - 1) / most) : 1, vectors = (double)w->panels.vectors;
    const double steps = (double)w->channels * w->frequencies * vectors;
    const double products = sard_cost_products(steps * tiles) * (rows < LATENCY ? LATENCY / rows : 1);
    const double weights = steps * w->tier->lanes * sizeof(float) / sard_cost_prefetched(w->tier, w->l2);
    const double transformed = tiles * (t[w->id].in * (double)w->vectors + t[w->id].out * vectors);
    return ((products > weights ? products : weights) + transformed + 1.5 * SARD_COST_STEP) / SARD_COST_GHZ;
}
