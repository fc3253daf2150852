/* GlobalAveragePool and GlobalMaxPool: channels in groups, each over all pixels. Channels-last. */
#include "ops/lib/util.h"

#include "backends/native/common/post.h"
#include "backends/native/kernels.h"

enum { GROUP = 64 /* channels: four vectors of the widest tier, a line or more of each pixel */ };

/* What a plan knows. */
typedef struct global_pool {
    sard_global_function *pool;
    int64_t pictures, channels, groups, pixels;
    int64_t x_picture, x_row, y_row;
    sard_post_whole post;
} global_pool;

typedef struct job {
    const global_pool *plan;
    const float *x;
    float *y;
} job;

static void global_pool_work(void *arg, size_t i)
{
    const job *j = arg;
    const global_pool *g = j->plan;
    const int64_t n = (int64_t)i / g->groups, first = (int64_t)i % g->groups * GROUP, left = g->channels - first;
    g->pool(j->x + n * g->x_picture + first, g->x_row, g->pixels, left < GROUP ? left : GROUP, j->y + n * g->y_row + first);
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

static sard_status bind(sard_binding *binding, bool largest, sard_error *error)
{
    const sard_tensor *x = &binding->inputs[0], *y = &binding->outputs[0];
    const sard_pool_table *functions = &sard_tier_of(binding->target)->pool;
    const sard_spatial in = sard_spatial_of(SARD_NHWC, x->rank, x->dims, x->ld), out = sard_spatial_of(SARD_NHWC, y->rank, y->dims, y->ld);
    global_pool *g = sard_binding_alloc(binding, sizeof *g);
    if (!g)
        return sard_no_memory(error);
    *g = (global_pool){.pool = largest ? functions->global_max : functions->global_sum,
                       .pictures = in.n,
                       .channels = in.c,
                       .groups = (in.c + GROUP - 1) / GROUP,
                       .pixels = 1,
                       .x_picture = in.stride_n,
                       .x_row = in.stride[in.count - 1],
                       .y_row = out.stride_n,
                       .post = sard_post_whole_of(binding)};
    for (int i = 0; i < in.count; i++)
        g->pixels *= in.size[i];
    binding->state = g;
    return SARD_OK;
}

static sard_status bind_max(sard_binding *binding, sard_error *error) { return bind(binding, true, error); }
static sard_status bind_average(sard_binding *binding, sard_error *error) { return bind(binding, false, error); }

static sard_status global_pool_run(const sard_call *call)
{
    const global_pool *g = call->state;
    job j = {.plan = g, .x = call->inputs[0].data, .y = call->outputs[0].data};
    sard_call_parallel(call, (size_t)(g->pictures * g->groups), global_pool_work, &j);
    sard_post_whole_run(&g->post, call);
    return SARD_OK;
}

const sard_kernel sard_native_global_max_pool = {.struct_size = sizeof(sard_kernel),
                                                 .name = "global_max_pool",
                                                 .op = "GlobalMaxPool",
                                                 .flags = SARD_KERNEL_STRIDED,
                                                 .matches = matches,
                                                 .bind = bind_max,
                                                 .run = global_pool_run};

const sard_kernel sard_native_global_average_pool = {.struct_size = sizeof(sard_kernel),
                                                     .name = "global_average_pool",
                                                     .op = "GlobalAveragePool",
                                                     .flags = SARD_KERNEL_STRIDED,
                                                     .matches = matches,
                                                     .bind = bind_average,
                                                     .run = global_pool_run};
