/* Conv as a matrix product: weights [M][K] times pixels [K][P] in NCHW, pixels [P][K] times weights [K][M] in NHWC, where K is channels
 * times taps. Pixels are laid out block by block (Chellapilla, Puri, Simard, "High Performance Convolutional Neural Networks for
 * Document Processing", 2006, section 3.1); a 1x1 window without stride reads them where they are. */
#include "ops/conv.h"
#include "backends/openblas/columns.h"
#include "backends/openblas/finish.h"
#include "backends/openblas/kernels.h"
#include "backends/slots.h"

#include <limits.h>
#include <string.h>

/* Bytes of a block of pixels: half of a common second-level cache. */
#define BLOCK_BYTES (512 << 10)

typedef struct job {
    const sard_call *call;
    sard_window window;
    sard_spatial in, out;
    sard_layout layout;
    bool direct; /* pixels are read where they are */
    const float *x, *weights;
    float *y, *scratch;
    int64_t group, channels, results, k; /* per group: channels, output channels, channels * taps */
    int64_t pixels, block, blocks;       /* per picture */
    sard_finish finish;
    sard_slots slots;
} job;

/* A multiple of 16 pixels, at most BLOCK_BYTES of them, at least four blocks a picture where that leaves 64 pixels in each. */
static int64_t block_size(int64_t pixels, int64_t k)
{
    int64_t most = BLOCK_BYTES / (int64_t)sizeof(float) / k;
    const int64_t quarter = (pixels + 3) / 4;
    if (most > quarter)
        most = quarter;
    if (most < 64)
        most = 64;
    most = (most + 15) / 16 * 16;
    return most < pixels ? most : pixels;
}

static sard_status describe(const sard_node *node, job *j, sard_error *error)
{
    const sard_value *x = node->inputs[0], *w = node->inputs[1], *y = node->outputs[0];
    const sard_conv_attrs *attrs = node->attrs;
    const sard_status status = sard_conv_window(node, &j->window, error);
    if (status)
        return status;
    j->layout = node->layout;
    j->in = sard_spatial_of(node->layout, x->rank, x->dims, 0);
    j->out = sard_spatial_of(node->layout, y->rank, y->dims, 0);
    j->direct = sard_window_is_point(&j->window);
    j->group = attrs->group;
    j->channels = w->dims[1];
    j->results = w->dims[0] / attrs->group;
    j->k = j->channels * sard_window_taps(&j->window);
    j->pixels = sard_window_pixels(&j->window);
    j->block = block_size(j->pixels, j->k > 0 ? j->k : 1);
    j->blocks = j->block ? (j->pixels + j->block - 1) / j->block : 0;
    return SARD_OK;
}

/* A kernel of its own for each way to read, so that a plan tells which it is. */
static bool matches(const sard_node *node, bool direct, const char **why)
{
    const sard_value *x = node->inputs[0], *w = node->inputs[1];
    job j;
    if (x->dtype != SARD_F32 || describe(node, &j, NULL) || j.direct != direct)
        return false;
    *why = "no channels";
    if (!j.channels)
        return false;
    *why = "depthwise";
    if (j.channels == 1 && j.group > 1)
        return false;
    *why = "too large for the library's int";
    return j.k <= INT_MAX && j.pixels <= INT_MAX && w->dims[0] <= INT_MAX && j.in.c <= INT_MAX;
}

static bool matches_direct(const sard_node *node, const sard_target *target, const char **why)
{
    (void)target;
    return matches(node, true, why);
}

static bool matches_columns(const sard_node *node, const sard_target *target, const char **why)
{
    (void)target;
    return matches(node, false, why);
}

/* NHWC wants each output channel's weights with the taps before the channels. */
static void pack_weights(const job *j, const sard_unaligned_float *from, float *to)
{
    const int64_t taps = j->k / j->channels;
    for (int64_t m = 0; m < j->results * j->group; m++)
        for (int64_t t = 0; t < taps; t++)
            for (int64_t c = 0; c < j->channels; c++)
                to[(m * taps + t) * j->channels + c] = from[(m * j->channels + c) * taps + t];
}

/* Weights that are computed in the graph are packed by each run, at the end of the scratch. */
static size_t packed_bytes(const job *j) { return (size_t)(j->results * j->group * j->k) * sizeof(float); }
static size_t slot_bytes(const job *j) { return (size_t)(j->block * j->k) * sizeof(float); }

static sard_status prepare(const sard_node *node, sard_packing *packing, sard_error *error)
{
    job j;
    const sard_status status = describe(node, &j, error);
    if (status || j.direct)
        return status;
    const sard_tensor *weights = sard_value_constant(node->inputs[1]);
    const bool packs = j.layout == SARD_NHWC;
    sard_packing_scratch(packing, SARD_SLOTS * slot_bytes(&j) + (packs && !weights ? packed_bytes(&j) : 0));
    if (!packs || !weights)
        return SARD_OK;
    bool fresh;
    float *packed = sard_packing_memory(packing, 0, packed_bytes(&j), &fresh);
    if (!packed)
        return sard_node_fail(node, error, SARD_NOMEM, "no memory for packed weights");
    if (fresh)
        pack_weights(&j, weights->data, packed);
    return SARD_OK;
}

static void block_nchw(job *j, int64_t n, int64_t g, int64_t first, int64_t count)
{
    const float *x = j->x + n * j->in.stride_n + g * j->channels * j->in.stride_c, *pixels = x + first;
    const int64_t m = g * j->results;
    float *y = j->y + n * j->out.stride_n + m * j->out.stride_c + first;
    unsigned slot = 0;
    if (!j->direct) {
        slot = sard_slot_take(&j->slots);
        float *columns = j->scratch + (int64_t)slot * j->block * j->k;
        sard_columns_nchw(&(sard_columns){&j->window, j->in, x, j->channels, first, count}, columns);
        pixels = columns;
    }
    sard_blas_multiply(false, false, j->results, count, j->k, 1, j->weights + m * j->k, j->k, pixels, j->direct ? j->pixels : count, y,
                       j->pixels);
    if (!j->direct)
        sard_slot_give(&j->slots, slot);
    for (int64_t i = 0; i < j->results; i++)
        sard_finish_channel(&j->finish, m + i, y + i * j->pixels, count);
}

static void block_nhwc(job *j, int64_t n, int64_t g, int64_t first, int64_t count)
{
    const float *x = j->x + n * j->in.stride_n + g * j->channels, *pixels = x + first * j->in.c;
    const int64_t m = g * j->results;
    float *y = j->y + n * j->out.stride_n + first * j->out.c + m;
    unsigned slot = 0;
    if (!j->direct) {
        slot = sard_slot_take(&j->slots);
        float *columns = j->scratch + (int64_t)slot * j->block * j->k;
        sard_columns_nhwc(&(sard_columns){&j->window, j->in, x, j->channels, first, count}, columns);
        pixels = columns;
    }
    sard_blas_multiply(false, true, count, j->results, j->k, 1, pixels, j->direct ? j->in.c : j->k, j->weights + m * j->k, j->k, y,
                       j->out.c);
    if (!j->direct)
        sard_slot_give(&j->slots, slot);
    for (int64_t i = 0; i < count; i++)
        sard_finish_pixel(&j->finish, m, y + i * j->out.c, j->results);
}

static void work(void *arg, size_t i)
{
    job *j = arg;
    const int64_t b = (int64_t)i % j->blocks, g = (int64_t)i / j->blocks % j->group, n = (int64_t)i / j->blocks / j->group;
    const int64_t first = b * j->block, left = j->pixels - first, count = left < j->block ? left : j->block;
    if (j->layout == SARD_NCHW)
        block_nchw(j, n, g, first, count);
    else
        block_nhwc(j, n, g, first, count);
}

static sard_status run(const sard_call *call)
{
    job j;
    const sard_status status = describe(call->node, &j, call->error);
    if (status)
        return status;
    j.call = call;
    j.x = call->inputs[0].data;
    j.weights = call->inputs[1].data;
    j.y = call->outputs[0].data;
    j.scratch = call->scratch;
    j.finish = sard_finish_make(call, 2);
    sard_slots_init(&j.slots, SARD_SLOTS);
    if (!j.direct && j.layout == SARD_NHWC) {
        float *packed = call->packed_count ? call->packed[0] : (float *)((char *)call->scratch + SARD_SLOTS * slot_bytes(&j));
        if (!call->packed_count)
            pack_weights(&j, call->inputs[1].data, packed);
        j.weights = packed;
    }
    sard_call_parallel(call, (size_t)(j.in.n * j.group * j.blocks), work, &j);
    return sard_finish_rest(&j.finish, call);
}

const sard_kernel sard_openblas_conv_1x1 = {
    .struct_size = sizeof(sard_kernel),
    .name = "conv_1x1_sgemm",
    .op = "Conv",
    .flags = SARD_KERNEL_UNALIGNED,
    .matches = matches_direct,
    .run = run,
};

const sard_kernel sard_openblas_conv = {
    .struct_size = sizeof(sard_kernel),
    .name = "conv_im2col_sgemm",
    .op = "Conv",
    .flags = SARD_KERNEL_UNALIGNED,
    .matches = matches_columns,
    .pack = prepare,
    .run = run,
};
