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

typedef struct job {
    const sard_lines_functions *lines;
    const float *x;
    float *y, *mean, *scale, *shift;    /* the last three: [picture][channel], or [channel] */
    const float *weight, *bias;         /* inputs 1 and 2 */
    int64_t n, channels, pixels, group; /* group: channels that share mean and variance; 0: they are given */
    int64_t x_row, y_row, together;     /* of pixels, channels-last */
    double epsilon;
    bool last; /* channels-last */
    sard_post post;
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

static job describe(const sard_node *node, const sard_tensor *x, const sard_tensor *y)
{
    const sard_spatial s = sard_spatial_of(node->layout, x->rank, x->dims, 0);
    const bool grouped = sard_is(node, SARD_OP_group_normalization);
    const int64_t groups = grouped ? ((const sard_group_normalization_attrs *)node->attrs)->num_groups : s.c;
    job j = {.n = s.n, .channels = s.c, .pixels = 1, .last = node->layout == SARD_NHWC || x->rank == 2};
    for (int i = 0; i < s.count; i++)
        j.pixels *= s.size[i];
    j.epsilon = epsilon_of(node);
    j.group = is_batch(node) || !groups ? 0 : s.c / groups;
    j.x_row = j.last && x->ld ? x->ld : s.c;
    j.y_row = j.last && y->ld ? y->ld : s.c;
    return j;
}

/* ---- mean and variance ---- */

static void set_channel(const job *j, int64_t at, int64_t c, double mean, double variance)
{
    j->mean[at] = (float)mean;
    j->scale[at] = (float)(j->weight[c] / sqrt(variance + j->epsilon));
    j->shift[at] = j->bias[c] - (float)((mean - (double)(float)mean) * (double)j->scale[at]);
}

/* Into `rows`: mean, scale and shift of each channel. */
static void set_given(job *j, float *rows, const float *means, const float *variances)
{
    j->mean = rows;
    j->scale = rows + j->channels;
    j->shift = j->scale + j->channels;
    for (int64_t c = 0; c < j->channels; c++)
        set_channel(j, c, c, means[c], variances[c]);
}

/* Channels-first: a group is one run. */
static void measure_run(const job *j, int64_t n, int64_t first)
{
    const int64_t count = j->group * j->pixels;
    const float *x = j->x + (n * j->channels + first) * j->pixels;
    const double mean = j->lines->sum(x, count) / (double)count, off = mean - (double)(float)mean;
    const double variance = j->lines->square(x, count, (float)mean) / (double)count - off * off;
    for (int64_t c = first; c < first + j->group; c++)
        set_channel(j, n * j->channels + c, c, mean, variance);
}

/* Sums of x - shift over a group's columns. */
static double sum_columns(const job *j, const float *x, const float *shift, bool square)
{
    double total = 0;
    for (int64_t c = 0; c < j->group; c += STRIP) {
        const int64_t count = j->group - c < STRIP ? j->group - c : STRIP;
        double totals[STRIP] = {0};
        j->lines->columns_sum(x + c, j->pixels, j->x_row, count, shift, square, totals);
        for (int64_t i = 0; i < count; i++)
            total += totals[i];
    }
    return total;
}

static void measure_columns(const job *j, int64_t n, int64_t first)
{
    const double count = (double)j->group * (double)j->pixels;
    const float *x = j->x + n * j->pixels * j->x_row + first;
    float shift[STRIP];
    const double mean = sum_columns(j, x, NULL, false) / count, off = mean - (double)(float)mean;
    for (int i = 0; i < STRIP; i++)
        shift[i] = (float)mean;
    const double variance = sum_columns(j, x, shift, true) / count - off * off;
    for (int64_t c = first; c < first + j->group; c++)
        set_channel(j, n * j->channels + c, c, mean, variance);
}

/* Channels-last and each for itself: side by side. */
static void measure_channels(const job *j, int64_t n, int64_t first)
{
    const int64_t left = j->channels - first, count = left < STRIP ? left : STRIP;
    const float *x = j->x + n * j->pixels * j->x_row + first;
    double sums[STRIP] = {0}, squares[STRIP] = {0};
    float means[STRIP];
    j->lines->columns_sum(x, j->pixels, j->x_row, count, NULL, false, sums);
    for (int64_t c = 0; c < count; c++)
        means[c] = (float)(sums[c] / (double)j->pixels);
    j->lines->columns_sum(x, j->pixels, j->x_row, count, means, true, squares);
    for (int64_t c = 0; c < count; c++) {
        const double mean = sums[c] / (double)j->pixels, off = mean - (double)means[c];
        set_channel(j, n * j->channels + first + c, first + c, mean, squares[c] / (double)j->pixels - off * off);
    }
}

/* Channels that are measured together. */
static int64_t step_of(const job *j) { return j->last && j->group == 1 ? STRIP : j->group; }

static void measure(void *arg, size_t i)
{
    const job *j = arg;
    const int64_t step = step_of(j), each = (j->channels + step - 1) / step, n = (int64_t)i / each, first = (int64_t)i % each * step;
    if (!j->last)
        measure_run(j, n, first);
    else if (j->group == 1)
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

static sard_status prepare(const sard_node *node, sard_packing *packing, sard_error *error)
{
    const sard_tensor x = sard_tensor_make(SARD_F32, node->inputs[0]->rank, node->inputs[0]->dims, NULL);
    job j = describe(node, &x, &x);
    const size_t bytes = (size_t)(3 * j.channels) * sizeof(float);
    if (!has_constants(node)) {
        sard_packing_scratch(packing, bytes * (size_t)(j.group ? j.n : 1));
        return SARD_OK;
    }
    bool fresh;
    const sard_tensor *own[4];
    sard_arena *arena = node->graph->arena;
    float *rows = sard_packing_memory(packing, 0, bytes, &fresh);
    for (size_t i = 0; rows && i < 4; i++)
        if (!(own[i] = sard_tensor_align(arena, sard_value_constant(node->inputs[i + 1]))))
            rows = NULL;
    if (!rows)
        return sard_node_fail(node, error, SARD_NOMEM, "no memory for packed weights");
    j.weight = own[0]->data;
    j.bias = own[1]->data;
    if (fresh)
        set_given(&j, rows, own[2]->data, own[3]->data);
    return SARD_OK;
}

/* ---- the result ---- */

static void map_rows(void *arg, size_t task)
{
    const job *j = arg;
    const int64_t first = (int64_t)task * j->together, count = j->n * j->pixels;
    const int64_t rows = count - first < j->together ? count - first : j->together;
    for (int64_t i = first; i < first + rows; i++) {
        const int64_t at = j->group ? i / j->pixels * j->channels : 0;
        const sard_channels_scale s = {j->mean + at, j->scale + at, j->shift + at, j->post.low, j->post.high};
        j->lines->channels_scale(j->x + i * j->x_row, j->y + i * j->y_row, j->channels, &s);
    }
    sard_post_apply(&j->post, j->inputs, j->y + first * j->y_row, j->y_row, first, rows, 0, j->channels);
}

static void map_planes(void *arg, size_t i)
{
    const job *j = arg;
    const float *x = j->x + (int64_t)i * j->pixels;
    float *y = j->y + (int64_t)i * j->pixels;
    const int64_t at = j->group ? (int64_t)i : (int64_t)i % j->channels;
    const float mean = j->mean[at], scale = j->scale[at], shift = j->shift[at];
    for (int64_t k = 0; k < j->pixels; k++)
        y[k] = (x[k] - mean) * scale + shift;
}

/* The residual, which comes before the clamp, is left to a step of its own; of planes the whole epilogue. */
static sard_post post_of(const sard_call *call, bool last)
{
    sard_post post = sard_post_of(call->node, call->inputs, call->target);
    if (!last || post.residual)
        post = sard_post_steps(call->node, call->inputs, call->target);
    post.applied = last;
    return post;
}

static sard_status run(const sard_call *call)
{
    const sard_tensor *x = &call->inputs[0], *y = &call->outputs[0];
    job j = describe(call->node, x, y);
    if (!sard_tensor_count(x))
        return SARD_OK;
    j.lines = &sard_tier_of(call->target)->normalise;
    j.x = x->data;
    j.y = y->data;
    j.weight = call->inputs[1].data;
    j.bias = call->inputs[2].data;
    j.mean = call->packed_count ? call->packed[0] : call->scratch;
    j.scale = j.mean + (j.group ? j.n : 1) * j.channels;
    j.shift = j.scale + (j.group ? j.n : 1) * j.channels;
    j.post = post_of(call, j.last);
    j.inputs = call->inputs;
    if (j.group) {
        const int64_t step = step_of(&j);
        sard_call_parallel(call, (size_t)(j.n * ((j.channels + step - 1) / step)), measure, &j);
    } else if (!call->packed_count)
        set_given(&j, call->scratch, call->inputs[3].data, call->inputs[4].data);
    j.together = j.channels < PIECE ? PIECE / j.channels : 1;
    if (j.last)
        sard_call_parallel(call, (size_t)((j.n * j.pixels + j.together - 1) / j.together), map_rows, &j);
    else
        sard_call_parallel(call, (size_t)(j.n * j.channels), map_planes, &j);
    return sard_post_rest(&j.post, call);
}

#define NORM(row, op_, flags_, matches_)    \
    const sard_kernel sard_native_##row = { \
        .struct_size = sizeof(sard_kernel), \
        .name = #row,                       \
        .op = op_,                          \
        .flags = flags_,                    \
        .matches = matches_,                \
        .pack = prepare,                    \
        .run = run,                         \
    };

NORM(batch_norm, "BatchNormalization", SARD_KERNEL_IN_PLACE | SARD_KERNEL_STRIDED, matches_last)
NORM(batch_norm_nchw, "BatchNormalization", SARD_KERNEL_IN_PLACE, matches_first)
NORM(instance_norm, "InstanceNormalization", SARD_KERNEL_IN_PLACE, matches)
NORM(group_norm, "GroupNormalization", SARD_KERNEL_IN_PLACE, matches)
