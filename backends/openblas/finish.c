/* Bias and clamp, while sums are in the cache. */
#include "backends/openblas/finish.h"

#include <math.h>
#include <string.h>

/* The input of the call that is the bound of a Clip, its operand k (1: min, 2: max); 0: it has none. */
static size_t bound_of(const sard_binding *binding, const sard_epilogue_info *clip, size_t k)
{
    const size_t i = clip->first + k - 1;
    return k < clip->input_count && binding->inputs[i].dtype == SARD_F32 ? i : 0;
}

sard_finish_plan sard_finish_plan_of(const sard_binding *binding, size_t bias)
{
    const sard_node *node = binding->node;
    sard_finish_plan plan = {.bias = sard_node_input(node, bias) ? bias : 0, .rest = sard_node_epilogue_count(node) > 0};
    sard_epilogue_info info;
    if (sard_node_epilogue_count(node) != 1 || !sard_node_epilogue(node, 0, &info) || info.slot != 0 || !info.built_in || *info.domain)
        return plan;
    plan.relu = !strcmp(info.op, "Relu");
    plan.clamps = plan.relu || !strcmp(info.op, "Clip");
    plan.rest = !plan.clamps;
    if (plan.clamps && !plan.relu) {
        plan.low = bound_of(binding, &info, 1);
        plan.high = bound_of(binding, &info, 2);
    }
    return plan;
}

static float bound(const sard_call *call, size_t i, float otherwise)
{
    return i ? *(const sard_unaligned_float *)call->inputs[i].data : otherwise;
}

sard_finish sard_finish_start(const sard_finish_plan *plan, const sard_call *call)
{
    return (sard_finish){.bias = plan->bias ? call->inputs[plan->bias].data : NULL,
                         .low = bound(call, plan->low, plan->relu ? 0 : -INFINITY),
                         .high = bound(call, plan->high, INFINITY),
                         .clamps = plan->clamps};
}

static float clamp(float value, float low, float high)
{
    const float raised = value < low ? low : value;
    return raised > high ? high : raised;
}

void sard_finish_channel(const sard_finish *finish, int64_t channel, float *sums, int64_t n)
{
    const float bias = finish->bias ? finish->bias[channel] : 0, low = finish->low, high = finish->high;
    if (finish->clamps)
        for (int64_t i = 0; i < n; i++)
            sums[i] = clamp(sums[i] + bias, low, high);
    else if (finish->bias)
        for (int64_t i = 0; i < n; i++)
            sums[i] += bias;
}

void sard_finish_pixel(const sard_finish *finish, int64_t first, float *sums, int64_t n)
{
    const sard_unaligned_float *bias = finish->bias ? finish->bias + first : NULL;
    const float low = finish->low, high = finish->high;
    for (int64_t i = 0; bias && i < n; i++)
        sums[i] += bias[i];
    for (int64_t i = 0; finish->clamps && i < n; i++)
        sums[i] = clamp(sums[i], low, high);
}

sard_status sard_finish_rest(const sard_finish_plan *plan, const sard_call *call)
{
    return plan->rest ? sard_call_epilogue(call) : SARD_OK;
}
