/* Moving an element-wise node into the epilogue of the node before it, and back. */
#include "ir/node.h"

#include <string.h>

/* Output 0 changes hands: from the node that ends to the one that stays. */
static void take_output(sard_node *node, sard_value *value)
{
    if (node->outputs[0])
        node->outputs[0]->producer = NULL;
    node->outputs[0] = value;
    value->producer = node;
    value->output = 0;
}

void sard_node_take_over(sard_node *producer, sard_node *node)
{
    sard_value *result = node->outputs[0];
    sard_node_unlink(node);
    take_output(producer, result);
}

bool sard_node_absorb(sard_node *producer, sard_node *node, size_t slot)
{
    sard_arena *arena = producer->graph->arena;
    const size_t old = producer->input_count, count = producer->epilogue_count;
    sard_epilogue *list = SARD_NEW(arena, sard_epilogue, count + 1);
    if (!list || !sard_node_resize_inputs(producer, old + node->own_count - 1))
        return false;
    if (count)
        memcpy(list, producer->epilogue, count * sizeof *list);
    list[count] = (sard_epilogue){node->op, node->name, node->attrs, slot, old, node->own_count};
    producer->epilogue = list;
    producer->epilogue_count = count + 1;
    for (size_t i = 0, k = old; i < node->own_count; i++)
        if (i != slot)
            sard_node_put_input(producer, k++, node->inputs[i]);
    sard_node_take_over(producer, node);
    return true;
}

sard_status sard_node_split_epilogue(sard_node *node, sard_error *error)
{
    sard_graph *graph = node->graph;
    const sard_epilogue *last = &node->epilogue[node->epilogue_count - 1];
    sard_value **inputs = SARD_NEW(graph->arena, sard_value *, last->input_count);
    sard_value *inner = sard_graph_add_value(graph, node->name);
    if (!inputs || !inner)
        return sard_no_memory(error);
    for (size_t i = 0, k = last->first; i < last->input_count; i++)
        inputs[i] = i == last->slot ? inner : node->inputs[k++];
    sard_value *result = node->outputs[0];
    sard_value_set_type(inner, result->dtype, result->rank, result->dims);
    const sard_node_parts parts = {.op = last->op,
                                   .name = last->name,
                                   .inputs = inputs,
                                   .input_count = last->input_count,
                                   .ready = last->attrs,
                                   .output_names = (const char *const[]){""},
                                   .output_count = 1,
                                   .before = node->next};
    sard_node *split;
    const sard_status status = sard_graph_make_node(graph, &parts, &split, error);
    if (status)
        return status;
    if (!sard_node_resize_inputs(node, last->first))
        return sard_no_memory(error);
    split->layout = node->layout;
    node->epilogue_count--;
    take_output(node, inner);
    result->producer = NULL;
    take_output(split, result);
    return SARD_OK;
}
