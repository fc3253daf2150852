/* Softmax and LogSoftmax along any axis. */
#include "backends/native/common/post.h"
#include "backends/native/kernels.h"
#include "ir/dtype.h"
#include "ops/axis.h"
#include "ops/ops.h"

enum { PIECE = 8192 }; /* elements of a task */

/* What a plan knows. */
typedef struct softmax {
    const sard_tier *tier;
    int64_t outer, axis, inner, x_row, y_row; /* rows: where the axis is the last one */
    int64_t strips, together, tasks;          /* strips of columns, else rows; together: of a task */
    bool last, logarithm;
    sard_post_whole post;
} softmax;

typedef struct job {
    const softmax *plan;
    const float *x;
    float *y;
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

static void softmax_rows(void *arg, size_t task)
{
    const job *j = arg;
    const softmax *s = j->plan;
    const int64_t first = (int64_t)task * s->together, end = first + s->together < s->outer ? first + s->together : s->outer;
    for (int64_t i = first; i < end; i++)
        s->tier->normalise.softmax(j->x + i * s->x_row, j->y + i * s->y_row, s->axis, s->logarithm);
}

static void softmax_strips(void *arg, size_t task)
{
    const job *j = arg;
    const softmax *s = j->plan;
    const int64_t count = s->outer * s->strips, first = (int64_t)task * s->together, lanes = s->tier->lanes;
    for (int64_t i = first; i < first + s->together && i < count; i++) {
        const int64_t column = i % s->strips * lanes, left = s->inner - column, at = i / s->strips * s->axis * s->inner + column;
        s->tier->normalise.columns_softmax(j->x + at, j->y + at, s->axis, s->inner, left < lanes ? left : lanes, s->logarithm);
    }
}

static sard_status bind(sard_binding *binding, sard_error *error)
{
    const sard_tensor *x = &binding->inputs[0];
    const int axis = sard_axis_of(binding->node);
    softmax *s = sard_binding_alloc(binding, sizeof *s);
    if (!s)
        return sard_no_memory(error);
    *s = (softmax){.tier = sard_tier_of(binding->target),
                   .outer = 1,
                   .axis = x->dims[axis],
                   .inner = 1,
                   .x_row = sard_row_of(x),
                   .y_row = sard_row_of(&binding->outputs[0]),
                   .last = axis == x->rank - 1,
                   .logarithm = sard_is(binding->node, SARD_OP_log_softmax),
                   .post = sard_post_whole_of(binding)};
    for (int i = 0; i < x->rank; i++)
        *(i < axis ? &s->outer : i > axis ? &s->inner : &(int64_t){0}) *= x->dims[i];
    const int64_t line = s->axis * (s->last ? 1 : s->tier->lanes);
    s->together = line && line < PIECE ? PIECE / line : 1;
    s->strips = (s->inner + s->tier->lanes - 1) / s->tier->lanes;
    const int64_t lines = s->last ? s->outer : s->outer * s->strips;
    s->tasks = sard_tensor_count(x) ? (lines + s->together - 1) / s->together : 0;
    binding->state = s;
    return SARD_OK;
}

static sard_status softmax_run(const sard_call *call)
{
    const softmax *s = call->state;
    job j = {.plan = s, .x = call->inputs[0].data, .y = call->outputs[0].data};
    if (!s->tasks)
        return SARD_OK;
    sard_call_parallel(call, (size_t)s->tasks, s->last ? softmax_rows : softmax_strips, &j);
    sard_post_whole_run(&s->post, call);
    return SARD_OK;
}

#define SOFTMAX(row, op_)                   \
    const sard_kernel sard_native_##row = { \
        .struct_size = sizeof(sard_kernel), \
        .name = #row,                       \
        .op = op_,                          \
        .flags = SARD_KERNEL_IN_PLACE,      \
        .matches = matches,                 \
        .bind = bind,                       \
        .run = softmax_run,                 \
    };

SOFTMAX(softmax, "Softmax")
SOFTMAX(log_softmax, "LogSoftmax")
