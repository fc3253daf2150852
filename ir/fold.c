/* Nodes that are known before the run, and nodes that nobody needs. */
#include "ir/call.h"
#include "ir/graph.h"

#include <string.h>

#define MOST_OUTPUTS 16

bool sard_node_drop_outputs(sard_node *node)
{
    bool dropped = false;
    for (size_t i = sard_op_output_min(node->op); i < node->output_count; i++)
        if (node->outputs[i] && !sard_value_use_count(node->outputs[i])) {
            node->outputs[i]->producer = NULL;
            node->outputs[i] = NULL;
            dropped = true;
        }
    return dropped;
}

size_t sard_graph_remove_dead(sard_graph *graph)
{
    size_t removed = 0;
    for (sard_node *node = graph->last, *previous; node; node = previous) { /* backwards: what dies with its user dies too */
        previous = node->previous;
        if (sard_node_remove(node))
            removed++;
        else
            sard_node_drop_outputs(node);
    }
    return removed;
}

/* A small integer value all of whose elements inference knows is a constant, whoever makes it. */
static sard_status fold_contents(sard_value *value, uint64_t *bytes, bool *folded, sard_error *error)
{
    int64_t numbers[SARD_MAX_CONTENTS];
    if (value->content_count < 0 || value->rank > 1 || !sard_value_is_static(value) || !sard_dtype_is_integral(value->dtype))
        return SARD_OK;
    for (int i = 0; i < value->content_count; i++) {
        if (!value->contents[i].known)
            return SARD_OK;
        numbers[i] = value->contents[i].value;
    }
    sard_tensor tensor = sard_tensor_make(value->dtype, value->rank, value->dims, NULL);
    if (sard_tensor_count(&tensor) != (size_t)value->content_count || tensor.bytes > *bytes)
        return SARD_OK;
    tensor.data = sard_arena_tensor(value->graph->arena, tensor.bytes);
    if (!tensor.data)
        return sard_no_memory(error);
    sard_narrow_int(value->dtype, numbers, (size_t)value->content_count, tensor.data);
    *bytes -= tensor.bytes;
    *folded = true;
    return sard_value_set_constant(value, &tensor) ? SARD_OK : sard_no_memory(error);
}

static bool can_evaluate(const sard_node *node, uint64_t bytes)
{
    size_t one, sum = 0, wanted = 0;
    if (node->op->traits & (SARD_NO_FOLD | SARD_DATA_DEPENDENT) || sard_node_subgraph(node, 0) || node->output_count > MOST_OUTPUTS)
        return false;
    for (size_t i = 0; i < node->input_count; i++)
        if (node->inputs[i] && !node->inputs[i]->constant)
            return false;
    for (size_t i = 0; i < node->output_count; i++) {
        const sard_value *value = node->outputs[i];
        if (!value)
            continue;
        if (!sard_value_is_static(value) || value->dtype == SARD_STRING || !sard_bytes(value->dtype, value->dims, value->rank, &one) ||
            one > bytes)
            return false;
        sum += one;
        wanted++;
    }
    return wanted && sum <= bytes;
}

/* Takes the node's work from what may be computed; false: it is too much. */
static bool take_work(const sard_node *node, sard_fold_budget *budget)
{
    const double work = sard_node_work(node);
    const bool enough = work <= (double)budget->work;
    budget->work -= enough ? (uint64_t)work : 0;
    return enough;
}

/* Moves results from the memory they were evaluated in to the graph's own. */
static sard_status keep_outputs(sard_node *node, const sard_tensor *tensors, uint64_t *bytes, sard_error *error)
{
    for (size_t i = 0; i < node->output_count; i++) {
        sard_value *value = node->outputs[i];
        if (!value)
            continue;
        sard_tensor tensor = tensors[i];
        tensor.data = sard_arena_tensor(node->graph->arena, tensor.bytes);
        if (!tensor.data)
            return sard_no_memory(error);
        if (tensor.bytes)
            memcpy(tensor.data, tensors[i].data, tensor.bytes);
        if (!sard_value_set_constant(value, &tensor))
            return sard_no_memory(error);
        *bytes -= tensor.bytes < *bytes ? tensor.bytes : *bytes;
    }
    return SARD_OK;
}

sard_status sard_node_fold(sard_node *node, sard_fold_budget *budget, bool *folded, sard_error *error)
{
    uint64_t *bytes = &budget->bytes;
    sard_tensor tensors[MOST_OUTPUTS];
    sard_arena arena;
    *folded = false;
    for (size_t i = 0; i < node->output_count; i++) {
        const sard_status status = node->outputs[i] ? fold_contents(node->outputs[i], bytes, folded, error) : SARD_OK;
        if (status)
            return status;
    }
    if (!can_evaluate(node, *bytes) || !take_work(node, budget))
        return SARD_OK;
    sard_arena_init(&arena, node->graph->arena->allocator);
    sard_status status = sard_eval_constant(node, &arena, *bytes, tensors, NULL);
    if (!status) {
        status = keep_outputs(node, tensors, bytes, error);
        *folded = true;
    } else if (status != SARD_NOMEM)
        status = SARD_OK; /* it fails when it runs, if it does, and then says why */
    else
        status = sard_no_memory(error);
    sard_arena_reset(&arena);
    return status;
}
