/* The values of a graph that are in use. */
#include "cli/outline.h"

#include <stdlib.h>

typedef struct cli_numbered {
    const sard_value *value;
    size_t number;
} cli_numbered;

static int by_address(const void *a, const void *b)
{
    const cli_numbered *x = a, *y = b;
    return (x->value > y->value) - (x->value < y->value);
}

cli_outline cli_outline_of(cli_state *cli, const sard_graph *graph)
{
    const size_t room = sard_graph_value_count(graph);
    cli_outline o = {.graph = graph, .values = cli_alloc(cli, room, sizeof *o.values), .sorted = cli_alloc(cli, room, sizeof *o.sorted)};
    for (size_t i = 0; i < room; i++) {
        const sard_value *value = sard_graph_value(graph, i);
        if (!sard_value_use_count(value) && !sard_value_producer(value))
            continue;
        o.sorted[o.count] = (cli_numbered){value, o.count};
        o.values[o.count++] = value;
    }
    if (o.count)
        qsort(o.sorted, o.count, sizeof *o.sorted, by_address);
    return o;
}

size_t cli_outline_find(const cli_outline *outline, const sard_value *value)
{
    const cli_numbered key = {value, 0};
    const cli_numbered *found = outline->count ? bsearch(&key, outline->sorted, outline->count, sizeof key, by_address) : NULL;
    return found ? found->number : SIZE_MAX;
}

bool cli_is_constant(const cli_outline *outline, const sard_value *value)
{
    if (sard_value_producer(value))
        return false;
    for (size_t i = 0; i < sard_graph_input_count(outline->graph); i++)
        if (sard_graph_input(outline->graph, i) == value)
            return false;
    return true;
}

size_t cli_reads(const sard_node *node) { return sard_node_input_count(node) + sard_node_operand_count(node); }

const sard_value *cli_read(const sard_node *node, size_t i)
{
    const size_t own = sard_node_input_count(node);
    return i < own ? sard_node_input(node, i) : sard_node_operand(node, i - own);
}

sard_value_info cli_describe(const cli_outline *outline, const sard_value *value)
{
    sard_value_info info = {.name = sard_value_name(value), .dtype = sard_value_dtype(value), .rank = sard_value_rank(value)};
    for (int i = 0; i < info.rank; i++) {
        const int64_t dim = sard_value_dim(value, i);
        info.dims[i] = dim >= 0 ? dim : SARD_UNKNOWN_DIM;
        info.dim_names[i] = sard_graph_symbol_name(outline->graph, dim);
    }
    return info;
}
