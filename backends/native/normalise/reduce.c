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

typedef struct job {
    const sard_lines_functions *lines;
    const float *x;
    float *y;
    mode mode;
    int64_t outer, reduced, inner, strips;
} job;

static bool read(const sard_node *node, job *j)
{
    const sard_value *x = node->inputs[0];
    uint32_t mask;
    int64_t all;
    int stage = 0; /* outer, reduced, inner */
    if (!sard_reduce_mask(node, &mask) || !mask || !sard_count(x->dims, x->rank, &all))
        return false;
    *j = (job){.outer = 1, .reduced = 1, .inner = 1};
    for (int i = 0; i < x->rank; i++) {
        const bool in = mask >> i & 1;
        if (x->dims[i] == 1)
            continue;
        if ((stage == 0 && in) || (stage == 1 && !in))
            stage++;
        if (stage == 2 && in)
            return false;
        *(stage == 0 ? &j->outer : stage == 1 ? &j->reduced : &j->inner) *= x->dims[i];
    }
    return j->reduced > 0;
}

static bool matches(const sard_node *node, const sard_target *target, const char **why)
{
    job j;
    (void)target;
    *why = "native kernels are float32";
    if (node->inputs[0]->dtype != SARD_F32 || node->inputs[0]->rank < 1)
        return false;
    *why = "axes that are not neighbours, or not known";
    return read(node, &j) && !node->epilogue_count;
}

static float finish(const job *j, double sum) { return (float)(j->mode == MEAN ? sum / (double)j->reduced : sum); }

static void rows(void *arg, size_t task)
{
    const job *j = arg;
    for (int64_t i = (int64_t)task * j->strips; i < ((int64_t)task + 1) * j->strips && i < j->outer; i++) {
        const float *x = j->x + i * j->reduced;
        j->y[i] = j->mode == MAX ? j->lines->max(x, j->reduced) : finish(j, j->lines->sum(x, j->reduced));
    }
}

static void columns(void *arg, size_t task)
{
    const job *j = arg;
    const int64_t first = (int64_t)task % j->strips * STRIP, left = j->inner - first, n = left < STRIP ? left : STRIP;
    const int64_t outer = (int64_t)task / j->strips;
    const float *x = j->x + outer * j->reduced * j->inner + first;
    float *y = j->y + outer * j->inner + first;
    double totals[STRIP] = {0};
    if (j->mode == MAX) {
        j->lines->columns_max(x, j->reduced, j->inner, n, y);
        return;
    }
    j->lines->columns_sum(x, j->reduced, j->inner, n, NULL, false, totals);
    for (int64_t i = 0; i < n; i++)
        y[i] = finish(j, totals[i]);
}

static sard_status run(const sard_call *call)
{
    job j;
    const sard_op_id op = sard_node_id(call->node);
    if (!read(call->node, &j))
        return sard_call_fail(call, SARD_UNSUPPORTED, "reduces axes that are not neighbours");
    j.lines = &sard_tier_of(call->target)->normalise;
    j.x = call->inputs[0].data;
    j.y = call->outputs[0].data;
    j.mode = op == SARD_OP_reduce_mean ? MEAN : op == SARD_OP_reduce_max ? MAX : SUM;
    j.strips = j.inner == 1 ? (j.reduced < 8192 ? 8192 / j.reduced : 1) : (j.inner + STRIP - 1) / STRIP;
    if (j.outer && j.inner == 1)
        sard_call_parallel(call, (size_t)((j.outer + j.strips - 1) / j.strips), rows, &j);
    else if (j.outer && j.inner)
        sard_call_parallel(call, (size_t)(j.outer * j.strips), columns, &j);
    return SARD_OK;
}

#define REDUCE(row, op_) \
    const sard_kernel sard_native_##row = {.struct_size = sizeof(sard_kernel), .name = #row, .op = op_, .matches = matches, .run = run};

REDUCE(reduce_sum, "ReduceSum")
REDUCE(reduce_mean, "ReduceMean")
REDUCE(reduce_max, "ReduceMax")
