/* Reading an epilogue: [Add of the result's shape] [Relu or Clip] is done in registers. */
#include "backends/native/post.h"

#include "ir/graph.h"

#include <math.h>
#include <string.h>

static bool is(const sard_epilogue *entry, const char *name) { return !strcmp(entry->op->name, name) && !*entry->op->domain; }

/* Operand k of an entry, which is not the running result. */
static const sard_tensor *operand(const sard_call *call, const sard_epilogue *entry, size_t k)
{
    if (k >= entry->input_count)
        return NULL;
    const sard_tensor *tensor = &call->inputs[entry->first + k - (k > entry->slot)];
    return tensor->dtype ? tensor : NULL;
}

static float bound(const sard_call *call, const sard_epilogue *entry, size_t k, float otherwise)
{
    const sard_tensor *tensor = operand(call, entry, k);
    return tensor ? *(const float *)tensor->data : otherwise;
}

static bool is_like_result(const sard_call *call, const sard_tensor *tensor)
{
    const sard_tensor *result = &call->outputs[0];
    return tensor && tensor->rank == result->rank && !memcmp(tensor->dims, result->dims, (size_t)result->rank * sizeof *result->dims);
}

sard_post sard_post_of(const sard_call *call)
{
    const sard_node *node = call->node;
    sard_post post = {.low = -INFINITY, .high = INFINITY};
    size_t i = 0;
    if (i < node->epilogue_count && is(&node->epilogue[i], "Add") &&
        is_like_result(call, operand(call, &node->epilogue[i], 1 - node->epilogue[i].slot))) {
        post.residual = operand(call, &node->epilogue[i], 1 - node->epilogue[i].slot);
        i++;
    }
    if (i < node->epilogue_count && is(&node->epilogue[i], "Relu")) {
        post.low = 0;
        i++;
    } else if (i < node->epilogue_count && is(&node->epilogue[i], "Clip") && node->epilogue[i].slot == 0) {
        post.low = bound(call, &node->epilogue[i], 1, -INFINITY);
        post.high = bound(call, &node->epilogue[i], 2, INFINITY);
        i++;
    }
    if (i < node->epilogue_count) /* all or nothing: entries have their order */
        post = (sard_post){.low = -INFINITY, .high = INFINITY, .rest = true};
    return post;
}

sard_status sard_post_rest(const sard_post *post, const sard_call *call) { return post->rest ? sard_call_epilogue(call) : SARD_OK; }
