/* How much a graph computes and moves in one run, as far as its shapes tell. */
#include "ir/graph.h"

static double bytes_of(const sard_value *value)
{
    double bytes = (double)sard_dtype_size(value->dtype);
    for (int i = 0; i < value->rank; i++)
        bytes *= sard_extent(value->dims[i]);
    return value->rank < 0 ? 0 : bytes;
}

/* Adds what the values of a list take; false where the rank of one is not known. */
static bool add_bytes(sard_value *const *values, size_t count, double *bytes)
{
    bool known = true;
    for (size_t i = 0; i < count; i++) {
        if (!values[i])
            continue;
        *bytes += bytes_of(values[i]);
        known &= values[i]->rank >= 0;
    }
    return known;
}

double sard_value_elements(const sard_value *value)
{
    double count = value && value->rank >= 0;
    for (int i = 0; value && i < value->rank; i++)
        count *= sard_extent(value->dims[i]);
    return count;
}

double sard_outputs_work(const sard_node *node)
{
    double count = 0;
    for (size_t i = 0; i < node->output_count; i++)
        count += sard_value_elements(node->outputs[i]);
    return count;
}

static double own_work(const sard_node *node)
{
    if (node->op->work)
        return node->op->work(node);
    double count = sard_outputs_work(node);
    for (size_t i = 0; i < node->own_count; i++)
        count += sard_value_elements(node->inputs[i]);
    return count + (node->op->macs ? node->op->macs(node) : 0);
}

double sard_node_work(const sard_node *node)
{
    for (size_t i = 0; i < node->own_count; i++)
        if (node->inputs[i] && node->inputs[i]->rank < 0)
            return 0; /* what infer has not seen */
    const double results = node->epilogue_count ? sard_value_elements(node->outputs[0]) : 0;
    return own_work(node) + (double)node->epilogue_count * results;
}

void sard_graph_work(const sard_graph *graph, double *macs, double *bytes)
{
    *macs = *bytes = 0;
    for (const sard_node *node = graph->first; node; node = node->next) {
        const bool read = add_bytes(node->inputs, node->input_count, bytes);
        if (add_bytes(node->outputs, node->output_count, bytes) && read && node->op->macs)
            *macs += node->op->macs(node);
    }
}
