/* Bias and clamp, while sums are in the cache. */
#include "backends/openblas/finish.h"

#include "ops/ops.h"

#include <math.h>
#include <string.h>

/* The bound of a Clip: its operand k (1: min, 2: max), if it is there. */
static float bound(const sard_call *call, const sard_epilogue *entry, size_t k, float otherwise)
{
    const sard_tensor *tensor = k < entry->input_count ? &call->inputs[entry->first + k - 1] : NULL;
    return tensor && tensor->dtype == SARD_F32 ? *(const sard_unaligned_float *)tensor->data : otherwise;
}

sard_finish sard_finish_make(const sard_call *call, size_t bias)
{
    const sard_node *node = call->node;
    const sard_epilogue *entry = node->epilogue;
    sard_finish finish = {.low = -INFINITY, .high = INFINITY, .rest = node->epilogue_count > 0};
    if (bias < node->own_count && node->inputs[bias])
        finish.bias = call->inputs[bias].data;
    if (node->epilogue_count != 1 || entry->slot != 0)
        return finish;
    switch (sard_op_id_of(entry->op)) {
    case SARD_OP_relu:
        finish.low = 0;
        break;
    case SARD_OP_clip:
        finish.low = bound(call, entry, 1, -INFINITY);
        finish.high = bound(call, entry, 2, INFINITY);
        break;
    default:
        return finish;
    }
    finish.clamps = true;
    finish.rest = false;
    return finish;
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

sard_status sard_finish_rest(const sard_finish *finish, const sard_call *call) { return finish->rest ? sard_call_epilogue(call) : SARD_OK; }
