/* Invariants of a graph. A broken one is a mistake of sard or of a plugin, never of a model. */
#include "ir/graph.h"

static sard_status broken(const sard_graph *graph, const char *who, const char *what, sard_error *error)
{
    return sard_fail(error, SARD_MODEL, "graph '%.100s': '%.100s' %s", graph->name, who, what);
}

static bool captures_fit(const sard_node *node)
{
    const sard_graph *graph;
    for (size_t i = 0; (graph = sard_node_subgraph(node, i)); i++)
        for (size_t k = 0; k < graph->capture_count; k++)
            if (graph->capture_first + k >= node->input_count || graph->captures[k].outer != node->inputs[graph->capture_first + k] ||
                !graph->captures[k].inner->is_input)
                return false;
    return true;
}

static sard_status check_value(const sard_graph *graph, const sard_value *value, size_t *uses, sard_error *error)
{
    size_t count = 0, places = 0;
    const sard_use *previous = NULL;
    for (const sard_use *use = value->uses; use; previous = use, use = use->next, count++)
        if (use->previous != previous || use->index >= use->node->input_count || use->node->inputs[use->index] != value)
            return broken(graph, value->name, "has a use that is none", error);
    for (size_t i = value->first_output; places < value->output_count && i < graph->output_count; i++)
        places += graph->outputs[i] == value;
    if (count != value->use_count || places != value->output_count)
        return broken(graph, value->name, "counts its uses wrongly", error);
    if (sard_graph_find(graph, value->name) != value)
        return broken(graph, value->name, "is not found by its name", error);
    if (value->producer && value->producer->outputs[value->output] != value)
        return broken(graph, value->name, "is not an output of its producer", error);
    if (value->constant && (value->producer || value->is_input || value->constant->dtype != value->dtype))
        return broken(graph, value->name, "is a constant and something else", error);
    if (sard_value_use_count(value) && !value->producer && !value->constant && !value->is_input)
        return broken(graph, value->name, "is used but nobody makes it", error);
    *uses += count;
    return SARD_OK;
}

/* seen: bit per value, set when it is made. */
static sard_status check_node(const sard_graph *graph, const sard_node *node, bool *seen, size_t *inputs, sard_error *error)
{
    size_t extra = 0;
    for (size_t i = 0; i < node->epilogue_count; i++)
        extra += node->epilogue[i].input_count - 1;
    for (size_t i = 0; sard_node_subgraph(node, i); i++)
        extra += sard_node_subgraph(node, i)->capture_count;
    if (node->graph != graph || node->input_count != node->own_count + extra)
        return broken(graph, node->name, "has another number of inputs than it should", error);
    if (!captures_fit(node))
        return broken(graph, node->name, "has a subgraph that reads something else than the node does", error);
    for (size_t i = 0; i < node->input_count; i++) {
        const sard_value *value = node->inputs[i];
        if (!value)
            continue;
        (*inputs)++;
        if (value->graph != graph)
            return broken(graph, node->name, "reads a value of another graph", error);
        if (!value->is_input && !value->constant && !seen[value->id])
            return broken(graph, node->name, "stands before a node that it needs", error);
    }
    for (size_t i = 0; i < node->output_count; i++) {
        if (node->outputs[i] && (node->outputs[i]->producer != node || node->outputs[i]->output != i))
            return broken(graph, node->name, "is not the producer of its output", error);
        if (node->outputs[i])
            seen[node->outputs[i]->id] = true;
    }
    return SARD_OK;
}

static sard_status verify(const sard_graph *graph, sard_arena *scratch, sard_error *error)
{
    bool *seen = SARD_NEW(scratch, bool, graph->value_count);
    size_t uses = 0, inputs = 0, nodes = 0, places = 0;
    if (!seen)
        return sard_no_memory(error);
    for (size_t i = 0; i < graph->value_count; i++) {
        const sard_status status = check_value(graph, graph->values[i], &uses, error);
        if (status)
            return status;
        places += graph->values[i]->output_count;
    }
    for (const sard_node *node = graph->first; node; node = node->next, nodes++) {
        sard_status status = check_node(graph, node, seen, &inputs, error);
        for (size_t i = 0; !status && sard_node_subgraph(node, i); i++)
            status = verify(sard_node_subgraph(node, i), scratch, error);
        if (status)
            return status;
    }
    if (uses != inputs || nodes != graph->node_count || places != graph->output_count)
        return broken(graph, graph->name, "counts nodes, uses or outputs wrongly", error);
    return SARD_OK;
}

sard_status sard_graph_verify(const sard_graph *graph, sard_error *error)
{
    sard_arena scratch;
    sard_arena_init(&scratch, graph->arena->allocator);
    const sard_status status = verify(graph, &scratch, error);
    sard_arena_reset(&scratch);
    return status;
}
