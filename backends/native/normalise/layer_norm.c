/* LayerNormalization and RMSNormalization over the last dimensions. */
#include "backends/native/common/post.h"
#include "backends/native/kernels.h"
#include "ir/dtype.h"
#include "ops/norm.h"
#include "ops/ops.h"

#include <math.h>

enum { PIECE = 8192 }; /* elements of a task */

typedef struct job {
    const sard_lines_functions *lines;
    const float *x, *scale, *shift;
    float *y;
    int64_t count, length, x_row, y_row, together;
    double epsilon;
    bool centred;
} job;

static int axis_of(const sard_node *node)
{
    const int64_t axis = ((const sard_layer_normalization_attrs *)node->attrs)->axis;
    return (int)(axis < 0 ? axis + node->inputs[0]->rank : axis);
}

/* One number for each element that is normalised together. */
static bool is_whole(const sard_node *node, size_t i)
{
    const sard_value *x = node->inputs[0], *v = i < node->own_count ? node->inputs[i] : NULL;
    int64_t want = 1, have = 1;
    if (!v)
        return i == 2;
    for (int k = axis_of(node); k < x->rank; k++)
        want *= x->dims[k];
    for (int k = 0; k < v->rank; k++)
        have *= v->dims[k];
    return v->dtype == SARD_F32 && have == want;
}

static bool matches(const sard_node *node, const sard_target *target, const char **why)
{
    (void)target;
    *why = "native kernels are float32";
    if (node->inputs[0]->dtype != SARD_F32 || !node->outputs[0])
        return false;
    *why = "the scale is broadcast, or mean and deviation are wanted";
    if (!is_whole(node, 1) || !is_whole(node, 2))
        return false;
    for (size_t i = 1; i < node->output_count; i++)
        if (node->outputs[i])
            return false;
    *why = "an epilogue of other functions";
    return sard_post_takes(node);
}

static void work(void *arg, size_t task)
{
    const job *j = arg;
    const int64_t first = (int64_t)task * j->together, end = first + j->together < j->count ? first + j->together : j->count;
    for (int64_t i = first; i < end; i++) {
        const float *x = j->x + i * j->x_row;
        const double n = (double)j->length, mean = j->centred ? j->lines->sum(x, j->length) / n : 0;
        const double off = mean - (double)(float)mean, variance = j->lines->square(x, j->length, (float)mean) / n - off * off;
        j->lines->scale(x, j->y + i * j->y_row, j->length, (float)mean, (float)(1 / sqrt(variance + j->epsilon)), j->scale, j->shift);
    }
}

static sard_status run(const sard_call *call)
{
    const sard_node *node = call->node;
    const sard_tensor *x = &call->inputs[0], *y = &call->outputs[0];
    job j = {.lines = &sard_tier_of(call->target)->normalise,
             .x = x->data,
             .y = y->data,
             .count = 1,
             .length = 1,
             .scale = call->inputs[1].data,
             .epsilon = ((const sard_layer_normalization_attrs *)node->attrs)->epsilon,
             .centred = sard_is(node, SARD_OP_layer_normalization)};
    const int axis = axis_of(node);
    for (int i = 0; i < x->rank; i++)
        *(i < axis ? &j.count : &j.length) *= x->dims[i];
    if (node->own_count > 2 && call->inputs[2].dtype)
        j.shift = call->inputs[2].data;
    if (!j.count || !j.length)
        return SARD_OK;
    j.x_row = axis == x->rank - 1 ? sard_row_of(x) : j.length;
    j.y_row = axis == x->rank - 1 ? sard_row_of(y) : j.length;
    j.together = j.length < PIECE ? PIECE / j.length : 1;
    sard_call_parallel(call, (size_t)((j.count + j.together - 1) / j.together), work, &j);
    const sard_post post = sard_post_steps(call->node, call->inputs, call->target);
    return sard_post_rest(&post, call);
}

#define NORM(row, op_)                      \
    const sard_kernel sard_native_##row = { \
        .struct_size = sizeof(sard_kernel), .name = #row, .op = op_, .flags = SARD_KERNEL_IN_PLACE, .matches = matches, .run = run};

NORM(layer_norm, "LayerNormalization")
NORM(rms_norm, "RMSNormalization")
