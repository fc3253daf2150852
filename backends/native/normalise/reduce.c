/* ReduceSum, ReduceMean and ReduceMax over neighbouring axes: [outer][reduced][inner]. */
#include "ops/reduce.h"
#include "backends/native/common/post.h"
#include "backends/native/kernels.h"
#include "ir/dtype.h"
#include "ops/lib/util.h"
#include "ops/ops.h"

#include <string.h>

enum { STRIP = 512 }; /* columns of a task */

typedef enum mode { SUM, MEAN, MAX } mode;

/* What a plan knows. */
typedef struct reduce {
    const sard_lines_functions *lines;
    mode mode;
    int64_t outer, reduced, inner, strips;
} reduce;

typedef struct job {
    const reduce *plan;
    const float *x;
    float *y;
} job;

static bool read(const sard_node *node, reduce *r)
{
    const sard_value *x = node->inputs[0];
    uint32_t mask;
    int64_t all;
    int stage = 0; /* outer, reduced, inner */
    if (!sard_reduce_mask(node, &mask) || !mask || !sard_count(x->dims, x->rank, &all))
        return false;
    *r = (reduce){.outer = 1, .reduced = 1, .inner = 1};
    for (int i = 0; i < x->rank; i++) {
        const bool in = mask >> i & 1;
        if (x->dims[i] == 1)
            continue;
        if ((stage == 0 && in) || (stage == 1 && !in))
            stage++;
        if (stage == 2 && in)
            return false;
        *(stage == 0 ? &r->outer : stage == 1 ? &r->reduced : &r->inner) *= x->dims[i];
    }
    return r->reduced > 0;
}

static bool matches(const sard_node *node, const sard_target *target, const char **why)
{
    reduce r;
    (void)target;
    *why = "native kernels are float32";
    if (node->inputs[0]->dtype != SARD_F32 || node->inputs[0]->rank < 1)
        return false;
    *why = "axes that are not neighbours, or not known";
    return read(node, &r) && !node->epilogue_count;
}

static sard_status bind(sard_binding *binding, sard_error *error)
{
    const sard_op_id op = sard_node_id(binding->node);
    reduce *r = sard_binding_alloc(binding, sizeof *r);
    if (!r)
        return sard_no_memory(error);
    if (!read(binding->node, r))
        return sard_node_fail(binding->node, error, SARD_UNSUPPORTED, "reduces axes that are not neighbours");
    r->lines = &sard_tier_of(binding->target)->normalise;
    r->mode = op == SARD_OP_reduce_mean ? MEAN : op == SARD_OP_reduce_max ? MAX : SUM;
    r->strips = r->inner == 1 ? (r->reduced < 8192 ? 8192 / r->reduced : 1) : (r->inner + STRIP - 1) / STRIP;
    binding->state = r;
    return SARD_OK;
}

static float finish(const reduce *r, double sum) { return (float)(r->mode == MEAN ? sum / (double)r->reduced : sum); }

static void reduce_rows(void *arg, size_t task)
{
    const job *j = arg;
    const reduce *r = j->plan;
    for (int64_t i = (int64_t)task * r->strips; i < ((int64_t)task + 1) * r->strips && i < r->outer; i++) {
        const float *x = j->x + i * r->reduced;
        j->y[i] = r->mode == MAX ? r->lines->max(x, r->reduced) : finish(r, r->lines->sum(x, r->reduced));
    }
}

static void reduce_columns(void *arg, size_t task)
{
    const job *j = arg;
    const reduce *r = j->plan;
    const int64_t first = (int64_t)task % r->strips * STRIP, left = r->inner - first, n = left < STRIP ? left : STRIP;
    const int64_t outer = (int64_t)task / r->strips;
    const float *x = j->x + outer * r->reduced * r->inner + first;
    float *y = j->y + outer * r->inner + first;
    double totals[STRIP] = {0};
    if (r->mode == MAX) {
        r->lines->columns_max(x, r->reduced, r->inner, n, y);
        return;
    }
    r->lines->columns_sum(x, r->reduced, r->inner, n, NULL, false, totals);
    for (int64_t i = 0; i < n; i++)
        y[i] = finish(r, totals[i]);
}

static sard_status reduce_run(const sard_call *call)
{
    const reduce *r = call->state;
    job j = {.plan = r, .x = call->inputs[0].data, .y = call->outputs[0].data};
    if (r->outer && r->inner == 1)
        sard_call_parallel(call, (size_t)((r->outer + r->strips - 1) / r->strips), reduce_rows, &j);
    else if (r->outer && r->inner)
        sard_call_parallel(call, (size_t)(r->outer * r->strips), reduce_columns, &j);
    return SARD_OK;
}

#define REDUCE(row, op_)                    \
    const sard_kernel sard_native_##row = { \
        .struct_size = sizeof(sard_kernel), \
        .name = #row,                       \
        .op = op_,                          \
        .matches = matches,                 \
        .bind = bind,                       \
        .run = reduce_run,                  \
    };

REDUCE(reduce_sum, "ReduceSum")
REDUCE(reduce_mean, "ReduceMean")
REDUCE(reduce_max, "ReduceMax")
