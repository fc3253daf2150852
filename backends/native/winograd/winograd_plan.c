/* Which convolutions Winograd's algorithms take, and how they are cut into pieces. */
#include "backends/native/winograd/winograd.h"

#include <string.h>

#define KIND(id, name, points, outputs, plane) {&points, outputs, plane},
const sard_winograd_kind sard_winograd_kinds[SARD_WINOGRADS] = {SARD_WINOGRAD_LIST(KIND)};
#undef KIND

enum {
    V_FLOATS = 300 << 8, /* of a block */
    M_FLOATS = 300 << 8, /* of a block and chunk */
    LEAST_TILES = 54,    /* of a block, so that weights are read for enough of them */
    OWN_BLOCKS = 12,     /* from so many on each block has a V of its own */
    REMOTE = 4,          /* what lies in another core's cache costs so many times what weights do that tiles prefetch */
    WORK_ITEMS = 16,     /* pieces of work worth making, so that threads have equal shares */
};

/* Another line where their number is even: pieces then do not share the sets of a cache. */
static int64_t odd_lines(int64_t floats)
{
    return sard_divide_up(floats, 16) % 2 ? sard_divide_up(floats, 16) * 16 : sard_divide_up(floats, 16) * 16 + 16;
}

static bool fits(const sard_winograd_kind *kind, const sard_window *window, int points)
{
    const int64_t taps = points + 1 - kind->outputs, *k = window->kernel;
    if (window->count != 2 || window->stride[0] != 1 || window->stride[1] != 1 || window->dilation[0] != 1 || window->dilation[1] != 1)
        return false;
    return kind->plane ? k[0] == taps && k[1] == taps : (k[0] == taps && k[1] == 1) || (k[0] == 1 && k[1] == taps);
}

static void choose_tiles(sard_winograd *w)
{
    const int points = 2 * w->kind.points->pairs + 2;
    int64_t tiles = w->in.n;
    w->frequencies = 1;
    for (int i = 0; i < 2; i++) {
        const bool along = w->window.kernel[i] > 1;
        w->taps[i] = (int)w->window.kernel[i];
        w->points[i] = along ? points : 1;
        w->step[i] = along ? w->kind.outputs : 1;
        w->frequencies *= w->points[i];
        w->count[i] = sard_divide_up(w->window.out[i], w->step[i]);
        tiles *= w->count[i];
    }
    w->tiles = tiles;
    w->groups = sard_divide_up(tiles, w->rows);
}

static void choose_blocks(sard_winograd *w)
{
    const int lanes = w->tier->lanes;
    w->v_vector = odd_lines((int64_t)w->frequencies * w->rows * lanes);
    w->v_group = odd_lines(w->v_vector * w->vectors);
    int64_t block = V_FLOATS / w->v_group, least = sard_divide_up(LEAST_TILES, w->rows);
    block = block < least ? least : block;
    w->blocks = sard_divide_up(w->groups, block);
    w->shared = w->blocks < OWN_BLOCKS;
    const int64_t even = sard_divide_up(w->blocks, 4) * 4;
    if (!w->shared && even <= w->groups)
        w->blocks = even;
    w->block = sard_divide_up(w->groups, w->blocks);
    w->parts = sard_divide_up(WORK_ITEMS, w->groups);
    w->parts = w->parts > w->vectors ? w->vectors : w->parts;
}

void sard_winograd_share(sard_winograd *w, int threads)
{
    if (threads < 2 || !w->shared || w->tiles * REMOTE < w->results)
        return;
    w->groups += w->groups % 2 && w->groups < w->tiles;
    w->blocks = sard_divide_up(w->blocks, 2) * 2;
    w->block = sard_divide_up(w->groups, w->blocks);
}

/* Nothing here depends on the number of tiles: weights are packed once for all sizes of pictures. */
static void choose_chunks(sard_winograd *w)
{
    w->panels = sard_panels_of(w->tier, w->results);
    w->m_panel = odd_lines((int64_t)w->frequencies * w->rows * 2 * w->tier->lanes);
    const int64_t most = M_FLOATS / (w->m_panel * sard_divide_up(LEAST_TILES, w->rows));
    w->chunks = sard_divide_up(w->panels.count, most < 1 ? 1 : most);
    if (w->chunks < WORK_ITEMS)
        w->chunks = w->panels.count < WORK_ITEMS ? w->panels.count : WORK_ITEMS;
    w->m_group = odd_lines(w->m_panel * sard_divide_up(w->panels.count, w->chunks) + (int64_t)w->frequencies * w->rows * w->tier->lanes);
}

bool sard_winograd_describe(sard_winograd_id id, const sard_node *node, const sard_target *target, sard_winograd *w, const char **why)
{
    const sard_value *x = node->inputs[0], *weights = node->inputs[1], *y = node->outputs[0];
    *w = (sard_winograd){.id = id, .kind = sard_winograd_kinds[id], .tier = sard_tier_of(target), .l2 = target->l2};
    *why = "native kernels are channels-last, float32";
    if (node->layout != SARD_NHWC)
        return false;
    *why = "native kernels are float32";
    if (x->dtype != SARD_F32)
        return false;
    *why = "the weights are not constant";
    if (!weights->constant || (sard_has_input(node, 2) && !node->inputs[2]->constant))
        return false;
    *why = "another window, stride, dilation or group";
    if (((const sard_conv_attrs *)node->attrs)->group != 1 || sard_conv_window(node, &w->window, NULL) ||
        !fits(&w->kind, &w->window, 2 * w->kind.points->pairs + 2))
        return false;
    w->in = sard_spatial_of(node->layout, x->rank, x->dims, 0);
    w->out = sard_spatial_of(node->layout, y->rank, y->dims, 0);
    w->rows = w->tier->gemm.rows[2];
    w->channels = weights->dims[1];
    w->results = weights->dims[0];
    w->vectors = sard_divide_up(w->channels, w->tier->lanes);
    choose_tiles(w);
    *why = "nothing to compute";
    if (!w->channels || !w->results || !w->tiles)
        return false;
    choose_blocks(w);
    choose_chunks(w);
    return true;
}
