/* Conv as an indirect matrix product: for each output pixel and tap a pointer to a row of channels, or to zeros in the padding (Dukhan,
 * "The Indirect Convolution Algorithm", 2019). Any window, stride and dilation is the same loop; a 1x1 window without stride reads its
 * rows by their stride. Channels-last; one thread's work is a block of pixels times a range of panels, and the order in which an output
 * is summed depends on neither.
 *
 * Groups narrower than a vector are merged: a panel then spans several groups, with zeros where they do not meet. */
#include "backends/native/columns.h"
#include "backends/native/cost.h"
#include "backends/native/kernels.h"
#include "backends/native/panel.h"
#include "backends/native/post.h"
#include "backends/native/rows.h"
#include "backends/slots.h"
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

typedef struct job {
    const sard_tier *tier;
    sard_rows rows;
    bool flat;
    const float *x, *weights, *bias;
    float *y;
    char *slot; /* scratch of the first slot: pointers, then copies */
    size_t slot_bytes;
    const sard_tensor *residual;
    sard_post post;
    int64_t x_row, y_row, residual_row;
    int64_t groups, channels, results, taps, k; /* per merged group; channels of merged taps count as many times */
    sard_panels panels;
    int64_t slice_taps, slice_channels;
    int64_t pixels, block, blocks, split; /* of a picture; block: the most of one; split: ranges of panels */
    int threads;
    sard_slots slots;
} job;

static int64_t pixels_of(const sard_window *w)
{
    int64_t pixels = 1;
    for (int i = 0; i < w->count; i++)
        pixels *= w->out[i];
    return pixels;
}

static int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

static bool is_flat(const sard_window *w)
{
    for (int i = 0; i < w->count; i++)
        if (w->kernel[i] != 1 || w->stride[i] != 1 || w->begin[i] || w->end[i])
            return false;
    return true;
}

/* A slice is several whole taps, or a part of one tap's channels, a multiple of the lanes. */
static void choose_slices(job *j, int64_t most)
{
    j->slice_taps = 1;
    j->slice_channels = j->channels;
    if (j->channels < most) {
        const int64_t slices = divide_up(j->k, most + 32);
        j->slice_taps = divide_up(j->taps, slices > 0 ? slices : 1);
    } else {
        const int64_t slices = divide_up(j->channels, most + 32);
        j->slice_channels = divide_up(divide_up(j->channels, slices), j->tier->lanes) * j->tier->lanes;
    }
}

/* The first pixel of a block; whole tiles lie before it. */
static int64_t block_first(const job *j, int64_t block)
{
    const int64_t rows = j->tier->rows[2], first = divide_up(j->pixels, rows) * block / j->blocks * rows;
    return first < j->pixels ? first : j->pixels;
}

/* A thread that makes the pixels which it made of the layer before finds them in its cache: pixels are parted first, panels only where
 * that gives too few pieces, or where weights would be read too often. */
static void choose_blocks(job *j)
{
    const int64_t row_bytes = (j->slice_taps * j->slice_channels + j->results) * (int64_t)sizeof(float);
    int64_t block = BLOCK_BYTES / row_bytes;
    block = block < LEAST_BLOCK ? LEAST_BLOCK : block;
    const double macs = (double)j->pixels * (double)j->results * (double)j->k * (double)j->groups;
    int64_t pieces = (int64_t)(macs / LEAST_MACS);
    pieces = pieces > WORK_ITEMS ? WORK_ITEMS : pieces;
    const int64_t tiles = divide_up(j->pixels, j->tier->rows[2]), small = tiles / SMALL_BLOCK;
    j->blocks = divide_up(j->pixels, block);
    if (j->threads < 2)
        pieces = 1;
    if (j->k * j->results * (int64_t)sizeof(float) <= SMALL_WEIGHTS && j->blocks < pieces)
        j->blocks = small < pieces ? small : pieces;
    j->blocks = j->blocks < 1 ? 1 : j->blocks > tiles ? tiles : j->blocks;
    j->block = divide_up(tiles, j->blocks) * j->tier->rows[2];
    j->split = divide_up(pieces, j->blocks * j->groups);
    j->split = j->split > j->panels.count ? j->panels.count : j->split < 1 ? 1 : j->split;
}

/* The taps of a row become one where their channels alone are no whole vectors. The order of weights and sums stays the same. */
static void merge_taps(job *j)
{
    sard_rows *r = &j->rows;
    const int last = r->window.count - 1;
    const int64_t run = r->window.kernel[last];
    if (j->groups > 1 || run == 1 || r->window.dilation[last] > 1 || r->in.stride[last] != r->in.c || j->channels % j->tier->lanes == 0 ||
        run * j->channels >= SLICE)
        return;
    r->run = run;
    j->taps /= run;
    j->channels *= run;
}

/* ld: of the input; 0: dense */
static sard_status describe(const sard_node *node, const sard_target *target, int64_t ld, int threads, job *j, sard_error *error)
{
    const sard_tier *tier = sard_tier_of(target);
    const sard_value *x = node->inputs[0], *w = node->inputs[1];
    const sard_conv_attrs *attrs = node->attrs;
    *j = (job){.tier = tier, .taps = 1, .rows.run = 1, .threads = threads};
    const sard_status status = sard_conv_window(node, &j->rows.window, error);
    if (status)
        return status;
    j->rows.in = sard_spatial_of(node->layout, x->rank, x->dims, ld);
    j->flat = is_flat(&j->rows.window);
    int64_t merged = 1, results = w->dims[0] / attrs->group;
    while (merged < attrs->group && merged * results < tier->lanes && attrs->group % (2 * merged) == 0)
        merged *= 2;
    j->groups = attrs->group / merged;
    j->channels = w->dims[1] * merged;
    j->results = results * merged;
    for (int i = 2; i < w->rank; i++)
        j->taps *= w->dims[i];
    j->k = j->taps * j->channels;
    if (merged == 1)
        merge_taps(j);
    j->rows.taps = j->taps;
    j->pixels = pixels_of(&j->rows.window);
    j->panels = sard_panels_of(tier, j->results);
    choose_slices(j, target->accuracy == SARD_EXACT && !j->flat ? EXACT_SLICE : SLICE);
    choose_blocks(j);
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
    job j;
    return w->dims[0] && w->dims[1] && !describe(node, target, 0, 1, &j, NULL);
}

static bool matches(const sard_node *node, const sard_target *target, const char **why) { return takes(node, target, false, why); }
static bool matches_computed(const sard_node *node, const sard_target *target, const char **why) { return takes(node, target, true, why); }

static double cost(const sard_node *node, const sard_target *target)
{
    job j;
    if (describe(node, target, 0, 1, &j, NULL))
        return 0;
    const double steps = (double)j.panels.vectors * (double)j.k * (double)j.groups;
    const double share = j.groups > 1 && j.panels.vectors == 1 ? 0.5 : 1;         /* narrow groups read as many pointers as wide ones */
    const double products = sard_cost_products(steps * (double)j.pixels) / share; /* of one picture: the choice is the same in a batch */
    const int passes = sard_is_computed(node, 1) ? 3 : 1;                         /* computed weights are read, packed, read */
    return (products + passes * steps * j.tier->lanes * sizeof(float) / SARD_COST_WEIGHTS + SARD_COST_STEP) / SARD_COST_GHZ;
}

/* ---- before the first run ---- */

/* Elements of the file may have any address. */
typedef float loose_float __attribute__((aligned(1), may_alias));

typedef struct packing {
    const job *j;
    const sard_tensor *weights;
    const double *factors; /* of the results; NULL: none */
    float *out;
} packing;

/* Groups that were merged: results first .. end-1 become columns of their panel, where their own channels stand; the rest of it is 0. */
static void pack_merged(const packing *p, int64_t g, int64_t first, int64_t end, int64_t width, float *panel)
{
    const job *j = p->j;
    const int64_t each = p->weights->dims[1], taps = j->taps, rows = j->results * each / j->channels;
    memset(panel, 0, (size_t)(width * j->k) * sizeof *panel);
    for (int64_t m = first; m < end; m++) {
        const int64_t result = g * j->results + m;
        const loose_float *from = (const loose_float *)p->weights->data + result * each * taps;
        float *column = panel + m / rows * each * width + m - first;
        for (int64_t i = 0; i < each * taps; i++)
            column[(i % taps * j->channels + i / taps) * width] = p->factors ? (float)((double)from[i] * p->factors[result]) : from[i];
    }
}

/* [merged group][panel][tap][channel][vector][lane] */
static void pack_panel(void *arg, size_t i)
{
    const packing *p = arg;
    const job *j = p->j;
    const int64_t g = (int64_t)i / j->panels.count, panel = (int64_t)i % j->panels.count;
    const int64_t first = sard_panel_first(&j->panels, panel), next = sard_panel_first(&j->panels, panel + 1);
    const int64_t end = next < j->results ? next : j->results, result = g * j->results;
    float *out = p->out + g * sard_panels_size(&j->panels, j->k) + sard_panel_offset(&j->panels, panel, j->k, 0);
    if (p->weights->dims[1] * j->rows.run < j->channels)
        pack_merged(p, g, first, end, next - first, out);
    else
        sard_columns_pack(j->tier, &j->panels, (const loose_float *)p->weights->data + result * j->k,
                          p->factors ? p->factors + result : NULL, j->k, j->taps * j->rows.run, panel, out);
}

static size_t pack_items(const job *j) { return (size_t)(j->groups * j->panels.count); }

static void pack(const job *j, const sard_value *weights, const sard_prepare *prepare, float *out)
{
    packing p = {.j = j, .out = out};
    p.weights = sard_value_unscaled(weights, &p.factors);
    sard_prepare_parallel(prepare, pack_items(j), pack_panel, &p);
}

static int64_t padded_results(const job *j) { return j->panels.vectors * j->panels.lanes; }

static void pack_bias(const job *j, const sard_tensor *bias, float *out)
{
    memset(out, 0, (size_t)(j->groups * padded_results(j)) * sizeof *out);
    for (int64_t g = 0; bias && g < j->groups; g++)
        memcpy(out + g * padded_results(j), (const float *)bias->data + g * j->results, (size_t)j->results * sizeof *out);
}

static size_t pointer_bytes(const job *j) { return j->flat ? 0 : (size_t)(j->taps * j->block) * sizeof(float *); }

/* Of one slot: whole lines. */
static size_t slot_bytes(const job *j)
{
    const size_t copies = j->flat ? 0 : (size_t)sard_rows_copies(&j->rows, j->block) * sizeof(float);
    return (pointer_bytes(j) + copies + 63) / 64 * 64;
}

static size_t weights_bytes(const job *j) { return (size_t)(j->groups * sard_panels_size(&j->panels, j->k)) * sizeof(float); }
static size_t bias_bytes(const job *j) { return (size_t)(j->groups * padded_results(j)) * sizeof(float); }

/* Slots, zeros, then the weights and the bias that come with the run: whole vectors each. */
static size_t own_bytes(const job *j) { return SARD_SLOTS * slot_bytes(j) + ((size_t)j->channels * sizeof(float) + 63) / 64 * 64; }

static size_t scratch_bytes(const job *j, const sard_node *node)
{
    return own_bytes(j) + (sard_is_computed(node, 1) ? weights_bytes(j) : 0) + (sard_is_computed(node, 2) ? bias_bytes(j) : 0);
}

/* Whether the input is dense is known only in the run. Both ways have the same weights; one thread has the largest blocks. */
static sard_status prepare(const sard_node *node, sard_prepare *prepare, sard_error *error)
{
    job dense, j;
    bool fresh_weights = false, fresh_bias = false;
    const sard_target *target = sard_prepare_target(prepare);
    sard_status status = describe(node, target, 0, 1, &dense, error);
    if (!status)
        status = describe(node, target, dense.rows.in.c + 1, 1, &j, error);
    if (status)
        return status;
    sard_prepare_scratch(prepare, scratch_bytes(&dense, node));
    sard_prepare_scratch(prepare, scratch_bytes(&j, node));
    float *packed = sard_is_computed(node, 1) ? NULL : sard_prepare_pack(prepare, 0, weights_bytes(&j), &fresh_weights);
    float *padded = sard_is_computed(node, 2) ? NULL : sard_prepare_pack(prepare, 1, bias_bytes(&j), &fresh_bias);
    if ((!packed && !sard_is_computed(node, 1)) || (!padded && !sard_is_computed(node, 2)))
        return sard_node_fail(node, error, SARD_NOMEM, "no memory for packed weights");
    if (fresh_weights)
        pack(&j, node->inputs[1], prepare, packed);
    if (fresh_bias)
        pack_bias(&j, sard_has_input(node, 2) ? sard_value_constant(node->inputs[2]) : NULL, padded);
    return SARD_OK;
}

/* ---- the run ---- */

/* Where the tiles of a panel read and write: the first pixel of the block. */
typedef struct place {
    const float *x;               /* flat: rows of the block */
    const float *const *pointers; /* else: pointers of the block */
    int64_t count;                /* pixels of the block */
    int64_t pixel;                /* the first one's number */
    float *y;
    const float *residual;
} place;

/* `tiles` tiles of T rows from pixel t of the block on; what is beyond the last channel goes through a tile of its own. */
static const float *run_tiles(const job *j, const place *at, sard_tile *tile, int width, int64_t rest, int64_t t, int rows, int64_t tiles,
                              const float *weights, int64_t pointer, const float *ahead)
{
    float *y = at->y + t * j->y_row;
    const float *residual = at->residual ? at->residual + t * j->residual_row : NULL;
    tile->x_step = j->flat ? rows * j->x_row : rows;
    tile->out_step = rows * j->y_row;
    tile->residual_step = rows * j->residual_row;
    tile->out_row = j->y_row;
    tile->residual_row = j->residual_row;
    if (!rest || j->tier->tails)
        return j->flat ? j->tier->flat[width - 1][rows](at->x + t * j->x_row + tile->from, weights, y, residual, ahead, tile, tiles)
                       : j->tier->rowwise[width - 1][rows](at->pointers + pointer + t, weights, y, residual, ahead, tile, tiles);
    float own[SARD_MOST_ROWS * SARD_MOST_VECTORS * 16], own_residual[SARD_MOST_ROWS * SARD_MOST_VECTORS * 16];
    const int64_t ld = width * j->panels.lanes;
    const size_t bytes = (size_t)rest * sizeof(float);
    tile->out_row = tile->residual_row = ld;
    for (int64_t i = 0; i < tiles; i++, t += rows, y += rows * j->y_row) {
        for (int r = 0; r < rows; r++) {
            if (!tile->bias)
                memcpy(own + r * ld, y + r * j->y_row, bytes);
            if (residual)
                memcpy(own_residual + r * ld, residual + (i * rows + r) * j->residual_row, bytes);
        }
        const float *from = residual ? own_residual : NULL;
        ahead = j->flat ? j->tier->flat[width - 1][rows](at->x + t * j->x_row + tile->from, weights, own, from, ahead, tile, 1)
                        : j->tier->rowwise[width - 1][rows](at->pointers + pointer + t, weights, own, from, ahead, tile, 1);
        for (int r = 0; r < rows; r++)
            memcpy(y + r * j->y_row, own + r * ld, bytes);
    }
    return ahead;
}

/* One slice of K for panels first .. end-1 of a block: the tiles are of nearly equal height. */
static void run_slice(const job *j, const place *at, sard_tile *tile, int64_t g, int64_t first, int64_t end, int64_t tap)
{
    const float *weights = j->weights + g * sard_panels_size(&j->panels, j->k), *bias = j->bias + g * padded_results(j);
    const int64_t step = tap * j->channels + tile->from, steps = tile->taps * tile->k;
    for (int64_t p = first; p < end; p++) {
        const int width = sard_panel_width(&j->panels, p), most = j->tier->rows[width];
        const int64_t channel = sard_panel_first(&j->panels, p), next = p + 1 < end ? p + 1 : first;
        const float *w = weights + sard_panel_offset(&j->panels, p, j->k, step);
        const int64_t rest = sard_panel_first(&j->panels, p + 1) > j->results ? j->results - channel : 0;
        place own = *at;
        own.y += channel;
        own.residual = at->residual ? at->residual + channel : NULL;
        tile->bias = step ? NULL : bias + channel;
        tile->absent = rest ? width * j->panels.lanes - rest : 0;
        const float *ahead = weights + sard_panel_offset(&j->panels, next, j->k, step);
        tile->ahead_end = ahead + steps * sard_panel_width(&j->panels, next) * j->panels.lanes;
        const int64_t tiles = divide_up(at->count, most), rows = at->count / tiles, higher = at->count % tiles;
        tile->ahead_lines = sard_panel_ahead(&j->panels, width, tiles);
        if (higher)
            ahead = run_tiles(j, &own, tile, width, rest, 0, (int)rows + 1, higher, w, tap * at->count, ahead);
        if (tiles > higher)
            run_tiles(j, &own, tile, width, rest, higher * (rows + 1), (int)rows, tiles - higher, w, tap * at->count, ahead);
        if (tile->last)
            sard_post_apply(&j->post, own.y, j->y_row, at->pixel, at->count, g * j->results + channel,
                            rest ? rest : width * j->panels.lanes);
    }
}

static void run_block(const job *j, const place *at, int64_t g, int64_t first, int64_t end)
{
    sard_tile tile = {.x_row = j->x_row, .x_block = j->panels.lanes, .x_tap = at->count, .low = j->post.low, .high = j->post.high};
    for (int64_t tap = 0; tap < j->taps; tap += j->slice_taps)
        for (tile.from = 0; tile.from < j->channels; tile.from += j->slice_channels) {
            tile.taps = j->taps - tap < j->slice_taps ? j->taps - tap : j->slice_taps;
            tile.k = j->channels - tile.from < j->slice_channels ? j->channels - tile.from : j->slice_channels;
            tile.last = tap + tile.taps == j->taps && tile.from + tile.k == j->channels;
            run_slice(j, at, &tile, g, first, end, tap);
        }
}

static void work(void *arg, size_t i)
{
    job *j = arg;
    const int64_t part = (int64_t)i % j->split, b = (int64_t)i / j->split % j->blocks, outer = (int64_t)i / j->split / j->blocks;
    const int64_t g = outer % j->groups, n = outer / j->groups, first = block_first(j, b);
    const float *x = j->x + n * j->rows.in.stride_n + g * j->channels;
    const int64_t pixel = n * j->pixels + first;
    place at = {.count = block_first(j, b + 1) - first, .pixel = pixel, .y = j->y + pixel * j->y_row + g * j->results};
    if (j->post.residual)
        at.residual = (const float *)j->post.residual->data + pixel * j->residual_row + g * j->results;
    unsigned slot = 0;
    if (j->flat)
        at.x = x + first * j->x_row;
    else {
        slot = sard_slot_take(&j->slots);
        char *own = j->slot + slot * j->slot_bytes;
        const float **pointers = (const float **)own;
        sard_rows_fill(&j->rows, x, first, at.count, pointers, (float *)(own + pointer_bytes(j)));
        at.pointers = pointers;
    }
    run_block(j, &at, g, j->panels.count * part / j->split, j->panels.count * (part + 1) / j->split);
    if (!j->flat)
        sard_slot_give(&j->slots, slot);
}

/* Weights and bias, packed before the first run or now. */
static void set_weights(job *j, const sard_call *call)
{
    char *own = (char *)call->scratch + own_bytes(j);
    j->weights = sard_is_computed(call->node, 1) ? (float *)own : call->packed[0];
    if (sard_is_computed(call->node, 1)) {
        packing p = {.j = j, .weights = &call->inputs[1], .out = (float *)own};
        sard_call_parallel(call, pack_items(j), pack_panel, &p);
        own += weights_bytes(j);
    }
    j->bias = sard_is_computed(call->node, 2) ? (float *)own : call->packed[1];
    if (sard_is_computed(call->node, 2))
        pack_bias(j, &call->inputs[2], (float *)own);
}

static sard_status run(const sard_call *call)
{
    job j;
    const sard_tensor *x = &call->inputs[0], *y = &call->outputs[0];
    const sard_status status = describe(call->node, call->target, x->ld, sard_call_threads(call), &j, call->error);
    if (status)
        return status;
    j.x = x->data;
    j.y = y->data;
    j.x_row = sard_row_of(x);
    j.y_row = sard_row_of(y);
    set_weights(&j, call);
    j.post = sard_post_of(call);
    j.post.applied = true;
    j.residual_row = j.post.residual ? sard_row_of(j.post.residual) : 0;
    j.slot = call->scratch;
    j.slot_bytes = slot_bytes(&j);
    float *zeros = (float *)(j.slot + SARD_SLOTS * j.slot_bytes);
    memset(zeros, 0, (size_t)j.channels * sizeof *zeros);
    j.rows.zeros = zeros;
    sard_slots_init(&j.slots, SARD_SLOTS);
    sard_call_parallel(call, (size_t)(j.rows.in.n * j.groups * j.blocks * j.split), work, &j);
    return sard_post_rest(&j.post, call);
}

const sard_kernel sard_native_conv_direct = {
    .struct_size = sizeof(sard_kernel),
    .name = "conv_direct",
    .op = "Conv",
    .flags = SARD_KERNEL_UNALIGNED | SARD_KERNEL_STRIDED | SARD_KERNEL_PACKED,
    .matches = matches,
    .cost = cost,
    .prepare = prepare,
    .run = run,
};

/* The weights' rows lie together. */
const sard_kernel sard_native_conv_direct_computed = {
    .struct_size = sizeof(sard_kernel),
    .name = "conv_direct_computed",
    .op = "Conv",
    .flags = SARD_KERNEL_UNALIGNED | SARD_KERNEL_PACKED,
    .matches = matches_computed,
    .cost = cost,
    .prepare = prepare,
    .run = run,
};
