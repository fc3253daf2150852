/* Conv as a matrix product: weights [M][K] times pixels [K][P] in NCHW, pixels [P][K] times weights [K][M] in NHWC, where K is channels
 * times taps. Pixels are laid out block by block (Chellapilla, Puri, Simard, "High Performance Convolutional Neural Networks for
 * Document Processing", 2006, section 3.1); a 1x1 window without stride reads them where they are. */
#include "backends/openblas/columns.h"
#include "backends/openblas/finish.h"
#include "backends/openblas/kernels.h"

#include <limits.h>
#include <string.h>

/* Bytes of a block of pixels: half of a common second-level cache. */
#define BLOCK_BYTES (512 << 10)

/* What a plan knows. */
typedef struct conv {
    sard_window window;
    sard_spatial in, out;
    sard_layout layout;
    bool direct;                         /* pixels are read where they are */
    bool packs;                          /* weights come with the run, and in another order */
    int64_t group, channels, results, k; /* per group: channels, output channels, channels * taps */
    int64_t pixels, block, blocks;       /* per picture */
    sard_finish_plan finish;
} conv;

typedef struct job {
    const conv *plan;
    const float *x, *weights;
    float *y, *scratch;
    sard_finish finish;
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

static sard_spatial spatial_of(sard_layout layout, const sard_value *value)
{
    int64_t dims[SARD_MAX_RANK];
    for (int i = 0; i < sard_value_rank(value); i++)
        dims[i] = sard_value_dim(value, i);
    return sard_spatial_of(layout, sard_value_rank(value), dims, 0);
}

static sard_status describe(const sard_node *node, conv *c, sard_error *error)
{
    const sard_value *w = sard_node_input(node, 1);
    *c = (conv){.layout = sard_node_layout(node), .group = (int64_t)sard_blas_attr(node, "group", 1)};
    const sard_status status = sard_node_window(node, &c->window, error);
    if (status)
        return status;
    c->in = spatial_of(c->layout, sard_node_input(node, 0));
    c->out = spatial_of(c->layout, sard_node_output(node, 0));
    c->direct = sard_window_is_point(&c->window);
    c->channels = sard_value_dim(w, 1);
    c->results = sard_value_dim(w, 0) / c->group;
    c->k = c->channels * sard_window_taps(&c->window);
    c->pixels = sard_window_pixels(&c->window);
    c->block = block_size(c->pixels, c->k > 0 ? c->k : 1);
    c->blocks = c->block ? (c->pixels + c->block - 1) / c->block : 0;
    c->packs = !c->direct && c->layout == SARD_NHWC && !sard_value_constant(w);
    return SARD_OK;
}

/* A kernel of its own for each way to read, so that a plan tells which it is. */
static bool matches(const sard_node *node, bool direct, const char **why)
{
    conv c;
    if (!sard_blas_is_float(node, 0) || describe(node, &c, NULL) || c.direct != direct)
        return false;
    *why = "no channels";
    if (!c.channels)
        return false;
    *why = "depthwise";
    if (c.channels == 1 && c.group > 1)
        return false;
    *why = "too large for the library's int";
    return c.k <= INT_MAX && c.pixels <= INT_MAX && sard_value_dim(sard_node_input(node, 1), 0) <= INT_MAX && c.in.c <= INT_MAX;
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
static void pack_weights(const conv *c, const sard_unaligned_float *from, float *to)
{
    const int64_t taps = c->k / c->channels;
    for (int64_t m = 0; m < c->results * c->group; m++)
        for (int64_t t = 0; t < taps; t++)
            for (int64_t i = 0; i < c->channels; i++)
                to[(m * taps + t) * c->channels + i] = from[(m * c->channels + i) * taps + t];
}

/* Weights that are computed in the graph are packed by each run, at the end of the scratch. */
static size_t packed_bytes(const conv *c) { return (size_t)(c->results * c->group * c->k) * sizeof(float); }
static size_t slot_bytes(const conv *c) { return (size_t)(c->block * c->k) * sizeof(float); }

static sard_status pack(const sard_node *node, sard_packing *packing, sard_error *error)
{
    conv c;
    bool fresh;
    const sard_status status = describe(node, &c, error);
    if (status || c.direct || c.packs || c.layout != SARD_NHWC)
        return status;
    float *packed = sard_packing_memory(packing, 0, packed_bytes(&c), &fresh);
    const sard_tensor *weights = sard_value_constant(sard_node_input(node, 1));
    if (!packed || !weights)
        return sard_node_fail(node, error, SARD_NOMEM, "no memory for packed weights");
    if (fresh)
        pack_weights(&c, weights->data, packed);
    return SARD_OK;
}

static sard_status bind(sard_binding *binding, sard_error *error)
{
    conv *c = sard_binding_alloc(binding, sizeof *c);
    if (!c)
        return sard_no_memory(error);
    const sard_status status = describe(binding->node, c, error);
    if (status)
        return status;
    c->finish = sard_finish_plan_of(binding, 2);
    if (!c->direct)
        sard_binding_scratch(binding, SARD_SLOTS * slot_bytes(c) + (c->packs ? packed_bytes(c) : 0));
    binding->state = c;
    return SARD_OK;
}

static void block_nchw(const job *j, unsigned slot, int64_t n, int64_t g, int64_t first, int64_t count)
{
    const conv *c = j->plan;
    const float *x = j->x + n * c->in.stride_n + g * c->channels * c->in.stride_c, *pixels = x + first;
    const int64_t m = g * c->results;
    float *y = j->y + n * c->out.stride_n + m * c->out.stride_c + first;
    if (!c->direct) {
        float *columns = j->scratch + (int64_t)slot * c->block * c->k;
        sard_columns_nchw(&(sard_columns){&c->window, c->in, x, c->channels, first, count}, columns);
        pixels = columns;
    }
    sard_blas_multiply(false, false, c->results, count, c->k, 1, j->weights + m * c->k, c->k, pixels, c->direct ? c->pixels : count, y,
                       c->pixels);
    for (int64_t i = 0; i < c->results; i++)
        sard_finish_channel(&j->finish, m + i, y + i * c->pixels, count);
}

static void block_nhwc(const job *j, unsigned slot, int64_t n, int64_t g, int64_t first, int64_t count)
{
    const conv *c = j->plan;
    const float *x = j->x + n * c->in.stride_n + g * c->channels, *pixels = x + first * c->in.c;
    const int64_t m = g * c->results;
    float *y = j->y + n * c->out.stride_n + first * c->out.c + m;
    if (!c->direct) {
        float *columns = j->scratch + (int64_t)slot * c->block * c->k;
        sard_columns_nhwc(&(sard_columns){&c->window, c->in, x, c->channels, first, count}, columns);
        pixels = columns;
    }
    sard_blas_multiply(false, true, count, c->results, c->k, 1, pixels, c->direct ? c->in.c : c->k, j->weights + m * c->k, c->k, y,
                       c->out.c);
    for (int64_t i = 0; i < count; i++)
        sard_finish_pixel(&j->finish, m, y + i * c->out.c, c->results);
}

static void blas_conv_work(void *arg, size_t i, unsigned slot)
{
    const job *j = arg;
    const conv *c = j->plan;
    const int64_t b = (int64_t)i % c->blocks, g = (int64_t)i / c->blocks % c->group, n = (int64_t)i / c->blocks / c->group;
    const int64_t first = b * c->block, left = c->pixels - first, count = left < c->block ? left : c->block;
    if (c->layout == SARD_NCHW)
        block_nchw(j, slot, n, g, first, count);
    else
        block_nhwc(j, slot, n, g, first, count);
}

static void blas_conv_direct_work(void *arg, size_t i) { blas_conv_work(arg, i, 0); }

static const float *set_weights(const conv *c, const sard_call *call)
{
    if (!c->packs)
        return c->direct || c->layout == SARD_NCHW ? call->inputs[1].data : call->packed[0];
    float *packed = (float *)((char *)call->scratch + SARD_SLOTS * slot_bytes(c));
    pack_weights(c, call->inputs[1].data, packed);
    return packed;
}

static sard_status blas_conv_run(const sard_call *call)
{
    const conv *c = call->state;
    job j = {.plan = c, .x = call->inputs[0].data, .weights = set_weights(c, call), .y = call->outputs[0].data, .scratch = call->scratch};
    j.finish = sard_finish_start(&c->finish, call);
    const size_t tasks = (size_t)(c->in.n * c->group * c->blocks);
    if (c->direct)
        sard_call_parallel(call, tasks, blas_conv_direct_work, &j);
    else
        sard_call_parallel_slots(call, tasks, blas_conv_work, &j);
    return sard_finish_rest(&c->finish, call);
}

const sard_kernel sard_openblas_conv_1x1 = {
    .struct_size = sizeof(sard_kernel),
    .name = "conv_1x1_sgemm",
    .op = "Conv",
    .flags = SARD_KERNEL_UNALIGNED,
    .matches = matches_direct,
    .bind = bind,
    .run = blas_conv_run,
};

const sard_kernel sard_openblas_conv = {
    .struct_size = sizeof(sard_kernel),
    .name = "conv_im2col_sgemm",
    .op = "Conv",
    .flags = SARD_KERNEL_UNALIGNED,
    .matches = matches_columns,
    .pack = pack,
    .bind = bind,
    .run = blas_conv_run,
};
