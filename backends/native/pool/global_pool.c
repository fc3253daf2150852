/* GlobalAveragePool and GlobalMaxPool: channels in groups, each over all pixels. Channels-last. */
#include "ops/lib/util.h"

#include "backends/native/common/post.h"
#include "backends/native/kernels.h"

enum { GROUP = 64 /* channels: four vectors of the widest tier, a line or more of each pixel */ };

typedef struct job {
    sard_global_function *pool;
    const float *x;
    float *y;
    int64_t channels, groups, pixels;
    int64_t x_picture, x_row, y_row;
} job;

static void work(void *arg, size_t i)
{
    const job *j = arg;
    const int64_t n = (int64_t)i / j->groups, first = (int64_t)i % j->groups * GROUP, left = j->channels - first;
    j->pool(j->x + n * j->x_picture + first, j->x_row, j->pixels, left < GROUP ? left : GROUP, j->y + n * j->y_row + first);
}

static bool matches(const sard_node *node, const sard_target *target, const char **why)
{
    (void)target;
    *why = "native kernels are channels-last, float32";
    if (node->layout != SARD_NHWC || node->inputs[0]->rank < 3)
        return false;
    *why = "native kernels are float32";
    if (node->inputs[0]->dtype != SARD_F32)
        return false;
    *why = "an epilogue of other functions";
    return sard_post_takes(node);
}

static sard_status pool(const sard_call *call, bool largest)
{
    const sard_tensor *x = &call->inputs[0], *y = &call->outputs[0];
    const sard_tier *tier = sard_tier_of(call->target);
    const sard_spatial in = sard_spatial_of(SARD_NHWC, x->rank, x->dims, x->ld), out = sard_spatial_of(SARD_NHWC, y->rank, y->dims, y->ld);
    job j = {.pool = largest ? tier->pool.global_max : tier->pool.global_sum,
             .x = x->data,
             .y = y->data,
             .channels = in.c,
             .groups = (in.c + GROUP - 1) / GROUP,
             .pixels = 1,
             .x_picture = in.stride_n,
             .x_row = in.stride[in.count - 1],
             .y_row = out.stride_n};
    for (int i = 0; i < in.count; i++)
        j.pixels *= in.size[i];
    sard_call_parallel(call, (size_t)(in.n * j.groups), work, &j);
    const sard_post post = sard_post_steps(call->node, call->inputs, call->target);
    return sard_post_rest(&post, call);
}

static sard_status run_max(const sard_call *call) { return pool(call, true); }
static sard_status run_average(const sard_call *call) { return pool(call, false); }

const sard_kernel sard_native_global_max_pool = {.struct_size = sizeof(sard_kernel),
                                                 .name = "global_max_pool",
                                                 .op = "GlobalMaxPool",
                                                 .flags = SARD_KERNEL_STRIDED,
                                                 .matches = matches,
                                                 .run = run_max};

const sard_kernel sard_native_global_average_pool = {.struct_size = sizeof(sard_kernel),
                                                     .name = "global_average_pool",
                                                     .op = "GlobalAveragePool",
                                                     .flags = SARD_KERNEL_STRIDED,
                                                     .matches = matches,
                                                     .run = run_average};
