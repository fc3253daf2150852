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

void sard_graph_work(const sard_graph *graph, double *macs, double *bytes)
{
    *macs = *bytes = 0;
    for (const sard_node *node = graph->first; node; node = node->next) {
        const bool read = add_bytes(node->inputs, node->input_count, bytes);
        if (add_bytes(node->outputs, node->output_count, bytes) && read && node->op->macs)
            *macs += node->op->macs(node);
    }
}
