/* The accessors of <sard/graph.h>. */
#include "ir/graph.h"

#include <string.h>

const char *sard_graph_name(const sard_graph *graph) { return graph ? graph->name : NULL; }
size_t sard_graph_input_count(const sard_graph *graph) { return graph ? graph->input_count : 0; }
size_t sard_graph_output_count(const sard_graph *graph) { return graph ? graph->output_count : 0; }
size_t sard_graph_value_count(const sard_graph *graph) { return graph ? graph->value_count : 0; }
size_t sard_graph_node_count(const sard_graph *graph) { return graph ? graph->node_count : 0; }
sard_node *sard_graph_first(const sard_graph *graph) { return graph ? graph->first : NULL; }
sard_node *sard_node_next(const sard_node *node) { return node ? node->next : NULL; }
sard_value *sard_graph_input(const sard_graph *graph, size_t i) { return graph && i < graph->input_count ? graph->inputs[i] : NULL; }
sard_value *sard_graph_output(const sard_graph *graph, size_t i) { return graph && i < graph->output_count ? graph->outputs[i] : NULL; }
const char *sard_graph_output_name(const sard_graph *graph, size_t i)
{
    return graph && i < graph->output_count ? graph->output_names[i] : NULL;
}

size_t sard_graph_find_input(const sard_graph *graph, const char *name)
{
    const sard_value *value = sard_graph_find(graph, name);
    for (size_t i = 0; value && value->is_input && i < graph->input_count; i++)
        if (graph->inputs[i] == value)
            return i;
    return SIZE_MAX;
}

size_t sard_graph_find_output(const sard_graph *graph, const char *name)
{
    for (size_t i = 0; graph && name && i < graph->output_count; i++)
        if (strcmp(graph->output_names[i], name) == 0)
            return i;
    return SIZE_MAX;
}

sard_value *sard_graph_value(const sard_graph *graph, size_t i) { return graph && i < graph->value_count ? graph->values[i] : NULL; }

const char *sard_node_name(const sard_node *node) { return node ? node->name : NULL; }
const char *sard_node_op(const sard_node *node) { return node ? node->op->name : NULL; }
const char *sard_node_domain(const sard_node *node) { return node ? node->op->domain : NULL; }
sard_layout sard_node_layout(const sard_node *node) { return node ? node->layout : SARD_NCHW; }
size_t sard_node_input_count(const sard_node *node) { return node ? node->own_count : 0; }
size_t sard_node_output_count(const sard_node *node) { return node ? node->output_count : 0; }
sard_value *sard_node_input(const sard_node *node, size_t i) { return node && i < node->own_count ? node->inputs[i] : NULL; }
size_t sard_node_operand_count(const sard_node *node) { return node ? node->input_count - node->own_count : 0; }
sard_value *sard_node_operand(const sard_node *node, size_t i)
{
    return node && i < sard_node_operand_count(node) ? node->inputs[node->own_count + i] : NULL;
}
sard_value *sard_node_output(const sard_node *node, size_t i) { return node && i < node->output_count ? node->outputs[i] : NULL; }
const void *sard_node_attrs(const sard_node *node) { return node ? node->attrs : NULL; }
size_t sard_node_epilogue_count(const sard_node *node) { return node ? node->epilogue_count : 0; }
const char *sard_node_epilogue_op(const sard_node *node, size_t i)
{
    return node && i < node->epilogue_count ? node->epilogue[i].op->name : NULL;
}
const char *sard_node_epilogue_name(const sard_node *node, size_t i)
{
    return node && i < node->epilogue_count ? node->epilogue[i].name : NULL;
}

bool sard_node_epilogue(const sard_node *node, size_t i, sard_epilogue_info *out)
{
    if (!node || i >= node->epilogue_count)
        return false;
    const sard_epilogue *e = &node->epilogue[i];
    *out =
        (sard_epilogue_info){e->op->domain, e->op->name, e->name, sard_op_id_of(e->op) != 0, e->attrs, e->slot, e->input_count, e->first};
    return true;
}

const char *sard_value_name(const sard_value *value) { return value ? value->name : NULL; }
sard_dtype sard_value_dtype(const sard_value *value) { return value ? value->dtype : SARD_NONE; }
int sard_value_rank(const sard_value *value) { return value ? value->rank : -1; }
int64_t sard_value_dim(const sard_value *value, int i) { return value && i >= 0 && i < value->rank ? value->dims[i] : SARD_UNKNOWN_DIM; }
sard_node *sard_value_producer(const sard_value *value) { return value ? value->producer : NULL; }
size_t sard_value_use_count(const sard_value *value) { return value ? value->use_count + value->output_count : 0; }
