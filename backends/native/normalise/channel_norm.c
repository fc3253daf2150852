/* Normalisation by channels: BatchNormalization, InstanceNormalization, GroupNormalization, in both layouts.
 *
 * y = (x - mean[c]) * scale[c] + shift[c] in the end: the mean is taken away first, so that nothing is lost where it is large. What the
 * channels of one picture need is worked out into scratch, a row for each picture; where mean and variance are given there is one row,
 * ahead of time if they are constant. */
#include "backends/native/common/post.h"
#include "backends/native/kernels.h"
#include "ir/dtype.h"
#include "ops/norm.h"
#include "ops/ops.h"

#include <math.h>
#include <string.h>

enum {
    PIECE = 8192, /* elements of a task */
    STRIP = 256,  /* channels whose sums are taken at once */
};

/* What a plan knows. */
typedef struct channel_norm {
    const sard_lines_functions *lines;
    int64_t n, channels, pixels, group; /* group: channels that share mean and variance; 0: they are given */
    int64_t x_row, y_row, together;     /* of pixels, channels-last; together: of a task */
    int64_t step;                       /* channels that are measured together */
    double epsilon;
    bool last;   /* channels-last */
    bool packed; /* all but x is constant */
    sard_post_whole post;
} channel_norm;

typedef struct job {
    const channel_norm *plan;
    const float *x;
    float *y, *mean, *scale, *shift; /* the last three: [picture][channel], or [channel] */
    const float *weight, *bias;      /* inputs 1 and 2 */
    const sard_tensor *inputs;
} job;

static bool is_batch(const sard_node *node) { return sard_is(node, SARD_OP_batch_normalization); }

static bool is_training(const sard_node *node)
{
    return is_batch(node) && ((const sard_batch_normalization_attrs *)node->attrs)->training_mode;
}

static float epsilon_of(const sard_node *node)
{
    return is_batch(node) ? ((const sard_batch_normalization_attrs *)node->attrs)->epsilon
                          : ((const sard_group_normalization_attrs *)node->attrs)->epsilon;
}

static bool matches(const sard_node *node, const sard_target *target, const char **why)
{
    (void)target;
    *why = "native kernels are float32";
    for (size_t i = 0; i < node->own_count; i++)
        if (!node->inputs[i] || node->inputs[i]->dtype != SARD_F32)
            return false;
    *why = "training";
    if (is_training(node) || node->inputs[0]->rank < 2)
        return false;
    *why = "an epilogue of other functions";
    return sard_post_takes(node);
}

/* Rows of a tensor, which may lie apart, are the channels of a pixel. */
static bool matches_last(const sard_node *node, const sard_target *target, const char **why)
{
    *why = "channels-first";
    return (node->layout == SARD_NHWC || node->inputs[0]->rank == 2) && matches(node, target, why);
}

static bool matches_first(const sard_node *node, const sard_target *target, const char **why)
{
    return !matches_last(node, target, why) && matches(node, target, why);
}

static channel_norm describe(const sard_node *node, const sard_tensor *x, const sard_tensor *y)
{
    const sard_spatial s = sard_spatial_of(node->layout, x->rank, x->dims, 0);
    const bool grouped = sard_is(node, SARD_OP_group_normalization);
    const int64_t groups = grouped ? ((const sard_group_normalization_attrs *)node->attrs)->num_groups : s.c;
    channel_norm c = {.n = s.n, .channels = s.c, .pixels = 1, .last = node->layout == SARD_NHWC || x->rank == 2};
    for (int i = 0; i < s.count; i++)
        c.pixels *= s.size[i];
    c.epsilon = epsilon_of(node);
    c.group = is_batch(node) || !groups ? 0 : s.c / groups;
    c.step = c.last && c.group == 1 ? STRIP : c.group;
    c.together = c.channels && c.channels < PIECE ? PIECE / c.channels : 1;
    c.x_row = c.last && x->ld ? x->ld : s.c;
    c.y_row = c.last && y->ld ? y->ld : s.c;
    return c;
}

/* ---- mean and variance ---- */

static void set_channel(const job *j, int64_t at, int64_t c, double mean, double variance)
{
    j->mean[at] = (float)mean;
    j->scale[at] = (float)(j->weight[c] / sqrt(variance + j->plan->epsilon));
    j->shift[at] = j->bias[c] - (float)((mean - (double)(float)mean) * (double)j->scale[at]);
}

/* Where mean, scale and shift of so many pictures lie. */
static void set_rows(job *j, float *rows, int64_t pictures)
{
    j->mean = rows;
    j->scale = j->mean + pictures * j->plan->channels;
    j->shift = j->scale + pictures * j->plan->channels;
}

/* Into `rows`: mean, scale and shift of each channel. */
static void set_given(job *j, float *rows, const float *means, const float *variances)
{
    set_rows(j, rows, 1);
    for (int64_t c = 0; c < j->plan->channels; c++)
        set_channel(j, c, c, means[c], variances[c]);
}

/* Channels-first: a group is one run. */
static void measure_run(const job *j, int64_t n, int64_t first)
{
    const int64_t count = j->plan->group * j->plan->pixels;
    const float *x = j->x + (n * j->plan->channels + first) * j->plan->pixels;
    const double mean = j->plan->lines->sum(x, count) / (double)count, off = mean - (double)(float)mean;
    const double variance = j->plan->lines->square(x, count, (float)mean) / (double)count - off * off;
    for (int64_t c = first; c < first + j->plan->group; c++)
        set_channel(j, n * j->plan->channels + c, c, mean, variance);
}

/* Sums of x - shift over a group's columns. */
static double sum_columns(const job *j, const float *x, const float *shift, bool square)
{
    double total = 0;
    for (int64_t c = 0; c < j->plan->group; c += STRIP) {
        const int64_t count = j->plan->group - c < STRIP ? j->plan->group - c : STRIP;
        double totals[STRIP] = {0};
        j->plan->lines->columns_sum(x + c, j->plan->pixels, j->plan->x_row, count, shift, square, totals);
        for (int64_t i = 0; i < count; i++)
            total += totals[i];
    }
    return total;
}

static void measure_columns(const job *j, int64_t n, int64_t first)
{
    const double count = (double)j->plan->group * (double)j->plan->pixels;
    const float *x = j->x + n * j->plan->pixels * j->plan->x_row + first;
    float shift[STRIP];
    const double mean = sum_columns(j, x, NULL, false) / count, off = mean - (double)(float)mean;
    for (int i = 0; i < STRIP; i++)
        shift[i] = (float)mean;
    const double variance = sum_columns(j, x, shift, true) / count - off * off;
    for (int64_t c = first; c < first + j->plan->group; c++)
        set_channel(j, n * j->plan->channels + c, c, mean, variance);
}

/* Channels-last and each for itself: side by side. */
static void measure_channels(const job *j, int64_t n, int64_t first)
{
    const int64_t left = j->plan->channels - first, count = left < STRIP ? left : STRIP;
    const float *x = j->x + n * j->plan->pixels * j->plan->x_row + first;
    double sums[STRIP] = {0}, squares[STRIP] = {0};
    float means[STRIP];
    j->plan->lines->columns_sum(x, j->plan->pixels, j->plan->x_row, count, NULL, false, sums);
    for (int64_t c = 0; c < count; c++)
        means[c] = (float)(sums[c] / (double)j->plan->pixels);
    j->plan->lines->columns_sum(x, j->plan->pixels, j->plan->x_row, count, means, true, squares);
    for (int64_t c = 0; c < count; c++) {
        const double mean = sums[c] / (double)j->plan->pixels, off = mean - (double)means[c];
        set_channel(j, n * j->plan->channels + first + c, first + c, mean, squares[c] / (double)j->plan->pixels - off * off);
    }
}

static void channel_norm_measure_work(void *arg, size_t i)
{
    const job *j = arg;
    const int64_t step = j->plan->step, each = (j->plan->channels + step - 1) / step, n = (int64_t)i / each,
                  first = (int64_t)i % each * step;
    if (!j->plan->last)
        measure_run(j, n, first);
    else if (j->plan->group == 1)
        measure_channels(j, n, first);
    else
        measure_columns(j, n, first);
}

/* ---- before the first run ---- */

static bool has_constants(const sard_node *node)
{
    for (size_t i = 1; i < node->own_count; i++)
        if (!node->inputs[i]->constant)
            return false;
    return is_batch(node);
}

static sard_status pack(const sard_node *node, sard_packing *packing, sard_error *error)
{
    const sard_tensor x = sard_tensor_make(SARD_F32, node->inputs[0]->rank, node->inputs[0]->dims, NULL);
    const channel_norm c = describe(node, &x, &x);
    bool fresh;
    const sard_tensor *own[4];
    sard_arena *arena = node->graph->arena;
    if (!has_constants(node))
        return SARD_OK;
    float *rows = sard_packing_memory(packing, 0, (size_t)(3 * c.channels) * sizeof(float), &fresh);
    for (size_t i = 0; rows && i < 4; i++)
        if (!(own[i] = sard_tensor_align(arena, sard_value_constant(node->inputs[i + 1]))))
            rows = NULL;
    if (!rows)
        return sard_node_fail(node, error, SARD_NOMEM, "no memory for packed weights");
    job j = {.plan = &c, .weight = own[0]->data, .bias = own[1]->data};
    if (fresh)
        set_given(&j, rows, own[2]->data, own[3]->data);
    return SARD_OK;
}

/* The residual, which comes before the clamp, is left to a step of its own. */
static sard_post post_of(const sard_binding *binding)
{
    const sard_post post = sard_post_of(binding->node, binding->inputs, binding->target);
    return post.residual ? sard_post_steps(binding->node, binding->inputs, binding->target) : post;
}

static sard_status bind(sard_binding *binding, sard_error *error)
{
    channel_norm *c = sard_binding_alloc(binding, sizeof *c);
    if (!c)
        return sard_no_memory(error);
    *c = describe(binding->node, &binding->inputs[0], &binding->outputs[0]);
    c->lines = &sard_tier_of(binding->target)->normalise;
    c->packed = has_constants(binding->node);
    if (c->last)
        c->post.post = post_of(binding);
    else
        c->post = sard_post_whole_of(binding);
    if (!c->packed)
        sard_binding_scratch(binding, (size_t)(3 * c->channels * (c->group ? c->n : 1)) * sizeof(float));
    binding->state = c;
    return SARD_OK;
}

/* ---- the result ---- */

static void channel_norm_rows_work(void *arg, size_t task)
{
    const job *j = arg;
    const channel_norm *p = j->plan;
    const int64_t first = (int64_t)task * p->together, count = p->n * p->pixels;
    const int64_t rows = count - first < p->together ? count - first : p->together;
    for (int64_t i = first; i < first + rows; i++) {
        const int64_t at = p->group ? i / p->pixels * p->channels : 0;
        const sard_channels_scale s = {j->mean + at, j->scale + at, j->shift + at, p->post.post.low, p->post.post.high};
        p->lines->channels_scale(j->x + i * p->x_row, j->y + i * p->y_row, p->channels, &s);
    }
    sard_post_apply(&p->post.post, j->inputs, j->y + first * p->y_row, p->y_row, first, rows, 0, p->channels);
}

static void channel_norm_planes_work(void *arg, size_t i)
{
    const job *j = arg;
    const float *x = j->x + (int64_t)i * j->plan->pixels;
    float *y = j->y + (int64_t)i * j->plan->pixels;
    const int64_t at = j->plan->group ? (int64_t)i : (int64_t)i % j->plan->channels;
    const float mean = j->mean[at], scale = j->scale[at], shift = j->shift[at];
    for (int64_t k = 0; k < j->plan->pixels; k++)
        y[k] = (x[k] - mean) * scale + shift;
}

static sard_status channel_norm_run(const sard_call *call)
{
    const channel_norm *c = call->state;
    const sard_tensor *in = call->inputs;
    job j = {.plan = c, .x = in[0].data, .y = call->outputs[0].data, .weight = in[1].data, .bias = in[2].data, .inputs = in};
    if (!c->n || !c->channels || !c->pixels)
        return SARD_OK;
    set_rows(&j, c->packed ? call->packed[0] : call->scratch, c->group ? c->n : 1);
    if (c->group)
        sard_call_parallel(call, (size_t)(c->n * ((c->channels + c->step - 1) / c->step)), channel_norm_measure_work, &j);
    else if (!c->packed)
        set_given(&j, call->scratch, in[3].data, in[4].data);
    if (c->last) {
        sard_call_parallel(call, (size_t)((c->n * c->pixels + c->together - 1) / c->together), channel_norm_rows_work, &j);
        return SARD_OK;
    }
    sard_call_parallel(call, (size_t)(c->n * c->channels), channel_norm_planes_work, &j);
    sard_post_whole_run(&c->post, call);
    return SARD_OK;
}

#define NORM(row, op_, flags_, matches_)    \
    const sard_kernel sard_native_##row = { \
        .struct_size = sizeof(sard_kernel), \
        .name = #row,                       \
        .op = op_,                          \
        .flags = flags_,                    \
        .matches = matches_,                \
        .pack = pack,                       \
        .bind = bind,                       \
        .run = channel_norm_run,            \
    };

NORM(batch_norm, "BatchNormalization", SARD_KERNEL_IN_PLACE | SARD_KERNEL_STRIDED, matches_last)
NORM(batch_norm_nchw, "BatchNormalization", SARD_KERNEL_IN_PLACE, matches_first)
NORM(instance_norm, "InstanceNormalization", SARD_KERNEL_IN_PLACE, matches)
NORM(group_norm, "GroupNormalization", SARD_KERNEL_IN_PLACE, matches)
