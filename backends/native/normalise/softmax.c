/* Softmax and LogSoftmax along any axis. */
#include "backends/native/common/post.h"
#include "backends/native/kernels.h"
#include "ir/dtype.h"
#include "ops/axis.h"
#include "ops/ops.h"

enum { PIECE = 8192 }; /* elements of a task */

typedef struct job {
    const sard_tier *tier;
    const float *x;
    float *y;
    int64_t outer, axis, inner, x_row, y_row; /* rows: where the axis is the last one */
    int64_t strips, together;                 /* strips of columns, else rows; together: of a task */
    bool logarithm;
} job;

static bool matches(const sard_node *node, const sard_target *target, const char **why)
{
    (void)target;
    *why = "native kernels are float32";
    if (node->inputs[0]->dtype != SARD_F32 || node->inputs[0]->rank < 1)
        return false;
    *why = "an epilogue of other functions";
    return sard_post_takes(node);
}

static void rows(void *arg, size_t task)
{
    const job *j = arg;
    const int64_t first = (int64_t)task * j->together, end = first + j->together < j->outer ? first + j->together : j->outer;
    for (int64_t i = first; i < end; i++)
        j->tier->normalise.softmax(j->x + i * j->x_row, j->y + i * j->y_row, j->axis, j->logarithm);
}

static void strips(void *arg, size_t task)
{
    const job *j = arg;
    const int64_t count = j->outer * j->strips, first = (int64_t)task * j->together, lanes = j->tier->lanes;
    for (int64_t i = first; i < first + j->together && i < count; i++) {
        const int64_t column = i % j->strips * lanes, left = j->inner - column, at = i / j->strips * j->axis * j->inner + column;
        j->tier->normalise.columns_softmax(j->x + at, j->y + at, j->axis, j->inner, left < lanes ? left : lanes, j->logarithm);
    }
}

static sard_status run(const sard_call *call)
{
    const sard_tensor *x = &call->inputs[0], *y = &call->outputs[0];
    const int axis = sard_axis_of(call->node);
    job j = {.tier = sard_tier_of(call->target),
             .x = x->data,
             .y = y->data,
             .outer = 1,
             .axis = x->dims[axis],
             .inner = 1,
             .x_row = sard_row_of(x),
             .y_row = sard_row_of(y),
             .logarithm = sard_is(call->node, SARD_OP_log_softmax)};
    for (int i = 0; i < x->rank; i++)
        *(i < axis ? &j.outer : i > axis ? &j.inner : &(int64_t){0}) *= x->dims[i];
    if (!sard_tensor_count(x))
        return SARD_OK;
    const int64_t line = j.axis * (axis == x->rank - 1 ? 1 : j.tier->lanes);
    j.together = line < PIECE ? PIECE / line : 1;
    j.strips = (j.inner + j.tier->lanes - 1) / j.tier->lanes;
    const int64_t lines = axis == x->rank - 1 ? j.outer : j.outer * j.strips;
    sard_call_parallel(call, (size_t)((lines + j.together - 1) / j.together), axis == x->rank - 1 ? rows : strips, &j);
    const sard_post post = sard_post_steps(call->node, call->inputs, call->target);
    return sard_post_rest(&post, call);
}

#define SOFTMAX(row, op_)                   \
    const sard_kernel sard_native_##row = { \
        .struct_size = sizeof(sard_kernel), .name = #row, .op = op_, .flags = SARD_KERNEL_IN_PLACE, .matches = matches, .run = run};

SOFTMAX(softmax, "Softmax")
SOFTMAX(log_softmax, "LogSoftmax")
