/* LayerNormalization and RMSNormalization over the last dimensions. */
#include "backends/native/common/post.h"
#include "backends/native/kernels.h"
#include "ir/dtype.h"
#include "ops/norm.h"
#include "ops/ops.h"

#include <math.h>

enum { PIECE = 8192 }; /* elements of a task */

/* What a plan knows. */
typedef struct layer_norm {
    const sard_lines_functions *lines;
    int64_t count, length, x_row, y_row, together; /* together: lines of a task */
    double epsilon;
    bool centred, shifts;
    sard_post_whole post;
} layer_norm;

typedef struct job {
    const layer_norm *plan;
    const float *x, *scale, *shift;
    float *y;
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

static sard_status bind(sard_binding *binding, sard_error *error)
{
    const sard_node *node = binding->node;
    const sard_tensor *x = &binding->inputs[0], *y = &binding->outputs[0];
    const int axis = axis_of(node);
    layer_norm *l = sard_binding_alloc(binding, sizeof *l);
    if (!l)
        return sard_no_memory(error);
    *l = (layer_norm){.lines = &sard_tier_of(binding->target)->normalise,
                      .count = 1,
                      .length = 1,
                      .epsilon = ((const sard_layer_normalization_attrs *)node->attrs)->epsilon,
                      .centred = sard_is(node, SARD_OP_layer_normalization),
                      .shifts = sard_has_input(node, 2),
                      .post = sard_post_whole_of(binding)};
    for (int i = 0; i < x->rank; i++)
        *(i < axis ? &l->count : &l->length) *= x->dims[i];
    l->count = l->length ? l->count : 0;
    l->x_row = axis == x->rank - 1 ? sard_row_of(x) : l->length;
    l->y_row = axis == x->rank - 1 ? sard_row_of(y) : l->length;
    l->together = l->length && l->length < PIECE ? PIECE / l->length : 1;
    binding->state = l;
    return SARD_OK;
}

static void layer_norm_work(void *arg, size_t task)
{
    const job *j = arg;
    const layer_norm *l = j->plan;
    const int64_t first = (int64_t)task * l->together, end = first + l->together < l->count ? first + l->together : l->count;
    for (int64_t i = first; i < end; i++) {
        const float *x = j->x + i * l->x_row;
        const double n = (double)l->length, mean = l->centred ? l->lines->sum(x, l->length) / n : 0;
        const double off = mean - (double)(float)mean, variance = l->lines->square(x, l->length, (float)mean) / n - off * off;
        l->lines->scale(x, j->y + i * l->y_row, l->length, (float)mean, (float)(1 / sqrt(variance + l->epsilon)), j->scale, j->shift);
    }
}

static sard_status layer_norm_run(const sard_call *call)
{
    const layer_norm *l = call->state;
    job j = {.plan = l, .x = call->inputs[0].data, .y = call->outputs[0].data, .scale = call->inputs[1].data};
    j.shift = l->shifts ? call->inputs[2].data : NULL;
    if (!l->count)
        return SARD_OK;
    sard_call_parallel(call, (size_t)((l->count + l->together - 1) / l->together), layer_norm_work, &j);
    sard_post_whole_run(&l->post, call);
    return SARD_OK;
}

#define NORM(row, op_)                      \
    const sard_kernel sard_native_##row = { \
        .struct_size = sizeof(sard_kernel), \
        .name = #row,                       \
        .op = op_,                          \
        .flags = SARD_KERNEL_IN_PLACE,      \
        .matches = matches,                 \
        .bind = bind,                       \
        .run = layer_norm_run,              \
    };

NORM(layer_norm, "LayerNormalization")
NORM(rms_norm, "RMSNormalization")
