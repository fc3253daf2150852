/* Conv as an indirect matrix product: for each output pixel and tap a pointer to a row of channels, or to zeros in the padding (Dukhan,
 * "The Indirect Convolution Algorithm", 2019). Any window, stride and dilation is the same loop; a 1x1 window without stride reads its
 * rows by their stride. Channels-last; one thread's work is a block of pixels times a range of panels, and the order in which an output
 * is summed depends on neither.
 *
 * Groups narrower than a vector are merged: a panel then spans several groups, with zeros where they do not meet. */
#include "backends/native/common/columns.h"
#include "backends/native/common/cost.h"
#include "backends/native/common/panel.h"
#include "backends/native/common/panel_walk.h"
#include "backends/native/common/post.h"
#include "backends/native/common/rows.h"
#include "backends/native/kernels.h"
#include "ir/slots.h"
#include "ops/conv.h"

#include <string.h>

enum {
    SLICE = 512,             /* steps of K at once: 64 KB of weights of a panel in AVX-512, */
    EXACT_SLICE = 96,        /* and of windows where accuracy counts: sums of short sums have half the error of long ones */
    BLOCK_BYTES = 320 << 10, /* of the pixels that a block reads and writes */
    LEAST_BLOCK = 96,        /* pixels, so that weights are read for enough of them, */
    SMALL_BLOCK = 2,         /* tiles, where each thread's cache has all weights */
    SMALL_WEIGHTS = 1 << 19, /* bytes of such weights */
    WORK_ITEMS = 16,         /* pieces of work worth making of one step */
    LEAST_MACS = 200000,     /* of a piece */
};

/* What a plan knows: the geometry, and how the work is cut. */
typedef struct conv_direct {
    const sard_tier *tier;
    sard_rows rows;
    bool flat;
    size_t slot_bytes;
    bool weights_computed, bias_computed; /* they come with the run */
    sard_post post;
    int64_t x_row, y_row;
    int64_t groups, channels, results, taps, k; /* per merged group; channels of merged taps count as many times */
    sard_panels panels;
    int64_t slice_taps, slice_channels;
    int64_t pixels, block, blocks, split; /* of a picture; block: the most of one; split: ranges of panels */
    int threads;
} conv_direct;

static int64_t pixels_of(const sard_window *w)
{
    int64_t pixels = 1;
    for (int i = 0; i < w->count; i++)
        pixels *= w->out[i];
    return pixels;
}

/* A slice is several whole taps, or a part of one tap's channels, a multiple of the lanes. */
static void choose_slices(conv_direct *c, int64_t most)
{
    c->slice_taps = 1;
    c->slice_channels = c->channels;
    if (c->channels < most) {
        const int64_t slices = sard_divide_up(c->k, most + 32);
        c->slice_taps = sard_divide_up(c->taps, slices > 0 ? slices : 1);
    } else {
        const int64_t slices = sard_divide_up(c->channels, most + 32);
        c->slice_channels = sard_divide_up(sard_divide_up(c->channels, slices), c->tier->lanes) * c->tier->lanes;
    }
}

/* The first pixel of a block; whole tiles lie before it. */
static int64_t block_first(const conv_direct *c, int64_t block)
{
    const int64_t rows = c->tier->gemm.rows[2], first = sard_divide_up(c->pixels, rows) * block / c->blocks * rows;
    return first < c->pixels ? first : c->pixels;
}

/* A thread that makes the pixels which it made of the layer before finds them in its cache: pixels are parted first, panels only where
 * that gives too few pieces, or where weights would be read too often. */
static void choose_blocks(conv_direct *c)
{
    const int64_t row_bytes = (c->slice_taps * c->slice_channels + c->results) * (int64_t)sizeof(float);
    int64_t block = BLOCK_BYTES / row_bytes;
    block = block < LEAST_BLOCK ? LEAST_BLOCK : block;
    const double macs = (double)c->pixels * (double)c->results * (double)c->k * (double)c->groups;
    int64_t pieces = (int64_t)(macs / LEAST_MACS);
    pieces = pieces > WORK_ITEMS ? WORK_ITEMS : pieces;
    const int64_t tiles = sard_divide_up(c->pixels, c->tier->gemm.rows[2]), small = tiles / SMALL_BLOCK;
    c->blocks = sard_divide_up(c->pixels, block);
    if (c->threads < 2)
        pieces = 1;
    if (c->k * c->results * (int64_t)sizeof(float) <= SMALL_WEIGHTS && c->blocks < pieces)
        c->blocks = small < pieces ? small : pieces;
    c->blocks = c->blocks < 1 ? 1 : c->blocks > tiles ? tiles : c->blocks;
    c->block = sard_divide_up(tiles, c->blocks) * c->tier->gemm.rows[2];
    c->split = sard_divide_up(pieces, c->blocks * c->groups);
    c->split = c->split > c->panels.count ? c->panels.count : c->split < 1 ? 1 : c->split;
}

/* The taps of a row become one where their channels alone are no whole vectors. The order of weights and sums stays the same. */
static void merge_taps(conv_direct *c)
{
    sard_rows *r = &c->rows;
    const int last = r->window.count - 1;
    const int64_t run = r->window.kernel[last];
    if (c->groups > 1 || run == 1 || r->window.dilation[last] > 1 || r->in.stride[last] != r->in.c || c->channels % c->tier->lanes == 0 ||
        run * c->channels >= SLICE)
        return;
    r->run = run;
    c->taps /= run;
    c->channels *= run;
}

/* ld: of the input; 0: dense */
static sard_status describe(const sard_node *node, const sard_target *target, int64_t ld, int threads, conv_direct *c, sard_error *error)
{
    const sard_tier *tier = sard_tier_of(target);
    const sard_value *x = node->inputs[0], *w = node->inputs[1];
    const sard_conv_attrs *attrs = node->attrs;
    *c = (conv_direct){.tier = tier, .taps = 1, .rows.run = 1, .threads = threads};
    const sard_status status = sard_conv_window(node, &c->rows.window, error);
    if (status)
        return status;
    c->rows.in = sard_spatial_of(node->layout, x->rank, x->dims, ld);
    c->flat = sard_window_is_point(&c->rows.window);
    int64_t merged = 1, results = w->dims[0] / attrs->group;
    while (merged < attrs->group && merged * results < tier->lanes && attrs->group % (2 * merged) == 0)
        merged *= 2;
    c->groups = attrs->group / merged;
    c->channels = w->dims[1] * merged;
    c->results = results * merged;
    for (int i = 2; i < w->rank; i++)
        c->taps *= w->dims[i];
    c->k = c->taps * c->channels;
    if (merged == 1)
        merge_taps(c);
    c->rows.taps = c->taps;
    c->pixels = pixels_of(&c->rows.window);
    c->panels = sard_panels_of(tier, c->results);
    choose_slices(c, target->accuracy == SARD_EXACT && !c->flat ? EXACT_SLICE : SLICE);
    choose_blocks(c);
    return SARD_OK;
}

/* computed: weights or bias come with the run. */
static bool takes(const sard_node *node, const sard_target *target, bool computed, const char **why)
{
    const sard_value *x = node->inputs[0], *w = node->inputs[1];
    *why = "native kernels are channels-last, float32";
    if (node->layout != SARD_NHWC)
        return false;
    *why = "native kernels are float32";
    if (x->dtype != SARD_F32)
        return false;
    *why = computed ? "the weights are constant" : "the weights are not constant";
    if (computed != (sard_is_computed(node, 1) || sard_is_computed(node, 2)))
        return false;
    *why = "an epilogue of other functions";
    if (!sard_post_takes(node))
        return false;
    *why = "nothing to compute";
    conv_direct c;
    return w->dims[0] && w->dims[1] && !describe(node, target, 0, 1, &c, NULL);
}

static bool conv_direct_matches(const sard_node *node, const sard_target *target, const char **why)
{
    return takes(node, target, false, why);
}
static bool conv_direct_matches_computed(const sard_node *node, const sard_target *target, const char **why)
{
    return takes(node, target, true, why);
}

static double conv_direct_cost(const sard_node *node, const sard_target *target)
{
    conv_direct c;
    if (describe(node, target, 0, 1, &c, NULL))
        return 0;
    const double steps = (double)c.panels.vectors * (double)c.k * (double)c.groups;
    const double share = c.groups > 1 && c.panels.vectors == 1 ? 0.5 : 1;         /* narrow groups read as many pointers as wide ones */
    const double products = sard_cost_products(steps * (double)c.pixels) / share; /* of one picture: the choice is the same in a batch */
    const int passes = sard_is_computed(node, 1) ? 3 : 1;                         /* computed weights are read, packed, read */
    return (products + passes * steps * c.tier->lanes * sizeof(float) / SARD_COST_WEIGHTS + SARD_COST_STEP) / SARD_COST_GHZ;
}

/* ---- before the first run ---- */

/* Elements of the file may have any address. */
typedef float loose_float __attribute__((aligned(1), may_alias));

typedef struct packer {
    const conv_direct *c;
    const sard_tensor *weights;
    const double *factors; /* of the results; NULL: none */
    float *out;
} packer;

/* Groups that were merged: results first .. end-1 become columns of their panel, where their own channels stand; the rest of it is 0. */
static void pack_merged(const packer *p, int64_t g, int64_t first, int64_t end, int64_t width, float *panel)
{
    const conv_direct *c = p->c;
    const int64_t each = p->weights->dims[1], taps = c->taps, rows = c->results * each / c->channels;
    memset(panel, 0, (size_t)(width * c->k) * sizeof *panel);
    for (int64_t m = first; m < end; m++) {
        const int64_t result = g * c->results + m;
        const loose_float *from = (const loose_float *)p->weights->data + result * each * taps;
        float *column = panel + m / rows * each * width + m - first;
        for (int64_t i = 0; i < each * taps; i++)
            column[(i % taps * c->channels + i / taps) * width] = p->factors ? (float)((double)from[i] * p->factors[result]) : from[i];
    }
}

/* [merged group][panel][tap][channel][vector][lane] */
static void pack_panel(void *arg, size_t i)
{
    const packer *p = arg;
    const conv_direct *c = p->c;
    const int64_t g = (int64_t)i / c->panels.count, panel = (int64_t)i % c->panels.count;
    const int64_t first = sard_panel_first(&c->panels, panel), next = sard_panel_first(&c->panels, panel + 1);
    const int64_t end = next < c->results ? next : c->results, result = g * c->results;
    float *out = p->out + g * sard_panels_size(&c->panels, c->k) + sard_panel_offset(&c->panels, panel, c->k, 0);
    if (p->weights->dims[1] * c->rows.run < c->channels)
        pack_merged(p, g, first, end, next - first, out);
    else
        sard_columns_pack(c->tier, &c->panels, (const loose_float *)p->weights->data + result * c->k,
                          p->factors ? p->factors + result : NULL, c->k, c->taps * c->rows.run, panel, out);
}

static size_t pack_items(const conv_direct *c) { return (size_t)(c->groups * c->panels.count); }

static void pack_all(const conv_direct *c, const sard_value *weights, const sard_packing *packing, float *out)
{
    packer p = {.c = c, .out = out};
    p.weights = sard_value_unscaled(weights, &p.factors);
    sard_packing_parallel(packing, pack_items(c), pack_panel, &p);
}

static size_t pointer_bytes(const conv_direct *c) { return c->flat ? 0 : (size_t)(c->taps * c->block) * sizeof(float *); }

/* Of one slot: whole lines. */
static size_t slot_bytes(const conv_direct *c)
{
    const size_t copies = c->flat ? 0 : (size_t)sard_rows_copies(&c->rows, c->block) * sizeof(float);
    return (pointer_bytes(c) + copies + 63) / 64 * 64;
}

static size_t weights_bytes(const conv_direct *c) { return (size_t)(c->groups * sard_panels_size(&c->panels, c->k)) * sizeof(float); }
static size_t bias_bytes(const conv_direct *c) { return (size_t)(c->groups * sard_panels_padded(&c->panels)) * sizeof(float); }

/* Weights or a bias that come with the run are packed into scratch there. Merged taps have the same weights as taps apart. */
static sard_status conv_direct_pack(const sard_node *node, sard_packing *packing, sard_error *error)
{
    conv_direct c;
    bool fresh_weights = false, fresh_bias = false;
    const sard_status status = describe(node, sard_packing_target(packing), 0, 1, &c, error);
    if (status)
        return status;
    if (!sard_packing_fits(packing, SARD_SLOTS * slot_bytes(&c))) /* one thread has the largest blocks */
        return sard_no_memory(error);
    float *packed = sard_is_computed(node, 1) ? NULL : sard_packing_memory(packing, 0, weights_bytes(&c), &fresh_weights);
    float *padded = sard_is_computed(node, 2) ? NULL : sard_packing_memory(packing, 1, bias_bytes(&c), &fresh_bias);
    if ((!packed && !sard_is_computed(node, 1)) || (!padded && !sard_is_computed(node, 2)))
        return sard_node_fail(node, error, SARD_NOMEM, "no memory for packed weights");
    if (fresh_weights)
        pack_all(&c, node->inputs[1], packing, packed);
    if (fresh_bias)
        sard_columns_pack_bias(&c.panels, c.groups, sard_has_input(node, 2) ? sard_value_constant(node->inputs[2]) : NULL, padded);
    return SARD_OK;
}

static sard_status conv_direct_bind(sard_binding *binding, sard_error *error)
{
    const sard_tensor *x = &binding->inputs[0];
    conv_direct *c = sard_binding_alloc(binding, sizeof *c);
    if (!c)
        return sard_no_memory(error);
    const sard_status status = describe(binding->node, binding->target, x->ld, binding->threads, c, error);
    if (status)
        return status;
    c->rows.zeros = sard_binding_alloc(binding, (size_t)c->channels * sizeof(float));
    c->x_row = sard_row_of(x);
    c->y_row = sard_row_of(&binding->outputs[0]);
    c->post = sard_post_of(binding->node, binding->inputs, binding->target);
    c->slot_bytes = slot_bytes(c);
    c->weights_computed = sard_is_computed(binding->node, 1);
    c->bias_computed = sard_is_computed(binding->node, 2);
    sard_binding_scratch(binding, SARD_SLOTS * c->slot_bytes + (c->weights_computed ? weights_bytes(c) : 0) +
                                      (c->bias_computed ? bias_bytes(c) : 0));
    binding->state = c;
    return c->rows.zeros ? SARD_OK : sard_no_memory(error);
}

/* ---- the run ---- */

typedef struct job {
    const conv_direct *plan;
    const float *x, *weights, *bias;
    float *y;
    const sard_tensor *inputs;
    char *slot; /* scratch of the first slot: pointers, then copies */
    sard_slots slots;
} job;

/* Where a block reads and writes. */
typedef struct place {
    const float *x;               /* flat: rows of the block */
    const float *const *pointers; /* else: pointers of the block */
    int64_t g, count, pixel;      /* the group; pixels of the block; the first one's number */
    float *y;
    const float *residual;
} place;

static sard_panel_walk walk_of(const job *j, const place *at)
{
    const conv_direct *c = j->plan;
    return (sard_panel_walk){.tier = c->tier,
                             .panels = &c->panels,
                             .weights = j->weights + at->g * sard_panels_size(&c->panels, c->k),
                             .bias = j->bias + at->g * sard_panels_padded(&c->panels),
                             .k = c->k,
                             .prefetches = true,
                             .y = at->y,
                             .residual = at->residual,
                             .rows = at->count,
                             .post = &c->post,
                             .inputs = j->inputs,
                             .pixel = at->pixel,
                             .channel = at->g * c->results,
                             .tile = {.x_row = c->x_row,
                                      .x_block = c->panels.lanes,
                                      .x_tap = at->count,
                                      .out_row = c->y_row,
                                      .residual_row = c->post.residual_row,
                                      .low = c->post.low,
                                      .high = c->post.high}};
}

/* Panels first .. end-1 of a block, a slice of K after the other. */
static void run_block(const job *j, const place *at, int64_t first, int64_t end)
{
    const conv_direct *c = j->plan;
    sard_panel_walk walk = walk_of(j, at);
    sard_tile *tile = &walk.tile;
    for (int64_t tap = 0; tap < c->taps; tap += c->slice_taps)
        for (tile->from = 0; tile->from < c->channels; tile->from += c->slice_channels) {
            tile->taps = c->taps - tap < c->slice_taps ? c->taps - tap : c->slice_taps;
            tile->k = c->channels - tile->from < c->slice_channels ? c->channels - tile->from : c->slice_channels;
            tile->last = tap + tile->taps == c->taps && tile->from + tile->k == c->channels;
            walk.step = tap * c->channels + tile->from;
            walk.goes_on = walk.step;
            if (c->flat)
                walk.x = at->x + tile->from;
            else
                walk.pointers = at->pointers + tap * at->count;
            for (int64_t p = first; p < end; p++)
                sard_panel_run(&walk, p, p + 1 < end ? p + 1 : first);
        }
}

static void conv_direct_work(void *arg, size_t i)
{
    job *j = arg;
    const conv_direct *c = j->plan;
    const int64_t part = (int64_t)i % c->split, b = (int64_t)i / c->split % c->blocks, outer = (int64_t)i / c->split / c->blocks;
    const int64_t g = outer % c->groups, n = outer / c->groups, first = block_first(c, b);
    const float *x = j->x + n * c->rows.in.stride_n + g * c->channels;
    const int64_t pixel = n * c->pixels + first;
    place at = {.g = g, .count = block_first(c, b + 1) - first, .pixel = pixel, .y = j->y + pixel * c->y_row + g * c->results};
    const float *residual = sard_post_residual(&c->post, j->inputs, pixel);
    at.residual = residual ? residual + g * c->results : NULL;
    unsigned slot = 0;
    if (c->flat)
        at.x = x + first * c->x_row;
    else {
        slot = sard_slot_take(&j->slots);
        char *own = j->slot + slot * c->slot_bytes;
        const float **pointers = (const float **)own;
        sard_rows_fill(&c->rows, x, first, at.count, pointers, (float *)(own + pointer_bytes(c)));
        at.pointers = pointers;
    }
    run_block(j, &at, c->panels.count * part / c->split, c->panels.count * (part + 1) / c->split);
    if (!c->flat)
        sard_slot_give(&j->slots, slot);
}

/* Weights and bias, packed before the first run or now. */
static void set_weights(job *j, const sard_call *call)
{
    const conv_direct *c = j->plan;
    char *own = (char *)call->scratch + SARD_SLOTS * c->slot_bytes;
    j->weights = c->weights_computed ? (float *)own : call->packed[0];
    if (c->weights_computed) {
        packer p = {.c = c, .weights = &call->inputs[1], .out = (float *)own};
        sard_call_parallel(call, pack_items(c), pack_panel, &p);
        own += weights_bytes(c);
    }
    j->bias = c->bias_computed ? (float *)own : call->packed[1];
    if (c->bias_computed)
        sard_columns_pack_bias(&c->panels, c->groups, &call->inputs[2], (float *)own);
}

static sard_status conv_direct_run(const sard_call *call)
{
    const conv_direct *c = call->state;
    job j = {.plan = c, .x = call->inputs[0].data, .y = call->outputs[0].data, .inputs = call->inputs, .slot = call->scratch};
    set_weights(&j, call);
    sard_slots_init(&j.slots, SARD_SLOTS);
    sard_call_parallel(call, (size_t)(c->rows.in.n * c->groups * c->blocks * c->split), conv_direct_work, &j);
    return SARD_OK;
}

const sard_kernel sard_native_conv_direct = {
    .struct_size = sizeof(sard_kernel),
    .name = "conv_direct",
    .op = "Conv",
    .flags = SARD_KERNEL_UNALIGNED | SARD_KERNEL_STRIDED | SARD_KERNEL_PACKED,
    .matches = conv_direct_matches,
    .cost = conv_direct_cost,
    .pack = conv_direct_pack,
    .bind = conv_direct_bind,
    .run = conv_direct_run,
};

/* The weights' rows lie together. */
const sard_kernel sard_native_conv_direct_computed = {
    .struct_size = sizeof(sard_kernel),
    .name = "conv_direct_computed",
    .op = "Conv",
    .flags = SARD_KERNEL_UNALIGNED | SARD_KERNEL_PACKED,
    .matches = conv_direct_matches_computed,
    .cost = conv_direct_cost,
    .pack = conv_direct_pack,
    .bind = conv_direct_bind,
    .run = conv_direct_run,
};
