/* Edits of what a graph is from outside: its inputs and outputs. */
#include "ir/graph.h"

#include <string.h>

/* Of a claim about an output only the type and the rank still hold when inputs change. */
static const sard_claim *without_dims(const sard_graph *graph, const sard_claim *claim)
{
    sard_claim *rest = claim ? SARD_NEW(graph->arena, sard_claim, 1) : NULL;
    if (rest)
        *rest = (sard_claim){.dtype = claim->dtype, .rank = claim->rank};
    for (int i = 0; rest && i < rest->rank; i++)
        rest->dims[i] = SARD_UNKNOWN_DIM;
    return rest;
}

bool sard_value_set_shape(sard_value *input, int rank, const int64_t *dims)
{
    if (!input || (rank > 0 && !dims))
        return false;
    sard_graph *graph = input->graph;
    int64_t known[SARD_MAX_RANK], count;
    int known_count = 0;
    bool valid = input->is_input && !input->constant && rank >= -1 && rank <= SARD_MAX_RANK;
    for (int i = 0; valid && i < rank; i++) {
        valid = dims[i] >= SARD_UNKNOWN_DIM || sard_graph_symbol_name(graph, dims[i]);
        if (dims[i] >= 0)
            known[known_count++] = dims[i];
    }
    if (!valid || !sard_count(known, known_count, &count))
        return false;
    sard_value_set_type(input, input->dtype, rank, dims);
    for (size_t i = 0; i < graph->output_count; i++)
        graph->claims[i] = without_dims(graph, graph->claims[i]);
    return true;
}

bool sard_graph_set_output(sard_graph *graph, size_t i, sard_value *value)
{
    if (!graph || !value || i >= graph->output_count)
        return false;
    graph->outputs[i]->output_count--;
    graph->outputs[i] = value;
    value->first_output = value->output_count && value->first_output < i ? value->first_output : i;
    graph->claims[i] = NULL;
    value->output_count++;
    return true;
}

bool sard_graph_remove_output(sard_graph *graph, size_t i)
{
    if (!graph || i >= graph->output_count)
        return false;
    const size_t behind = --graph->output_count - i;
    graph->outputs[i]->output_count--;
    memmove(graph->outputs + i, graph->outputs + i + 1, behind * sizeof *graph->outputs);
    memmove(graph->output_names + i, graph->output_names + i + 1, behind * sizeof *graph->output_names);
    for (size_t k = 0; k < graph->output_count; k++)
        graph->outputs[k]->first_output = 0;
    memmove(graph->claims + i, graph->claims + i + 1, behind * sizeof *graph->claims);
    return true;
}

bool sard_graph_remove_input(sard_graph *graph, size_t i)
{
    if (!graph || i >= graph->input_count || sard_value_use_count(graph->inputs[i]))
        return false;
    graph->inputs[i]->is_input = false;
    graph->input_count--;
    memmove(graph->inputs + i, graph->inputs + i + 1, (graph->input_count - i) * sizeof *graph->inputs);
    return true;
}
