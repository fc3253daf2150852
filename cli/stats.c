/* Counting nodes, operators and parameters, subgraphs included. */
#include "cli/stats.h"

#include "cli/tensor.h"

#include <sard/graph.h>
#include <stdlib.h>
#include <string.h>

/* What was met, to be sorted and counted afterwards. */
typedef struct list {
    cli_state *cli;
    const void **items;
    size_t count, room;
} list;

typedef struct walk {
    list nodes, constants, statistics; /* statistics: running means and variances */
} walk;

static void add(list *l, const void *item)
{
    if (l->count == l->room) {
        const void **items = cli_alloc(l->cli, l->room = 2 * l->room + 256, sizeof *items);
        if (l->count)
            memcpy(items, l->items, l->count * sizeof *items);
        l->items = items;
    }
    l->items[l->count++] = item;
}

static bool is_op(const sard_node *node, const char *name) { return !*sard_node_domain(node) && strcmp(sard_node_op(node), name) == 0; }

static void visit_graph(walk *w, const sard_graph *graph);

static void visit_node(walk *w, const sard_node *node)
{
    sard_attr attr;
    add(&w->nodes, node);
    if (is_op(node, "BatchNormalization"))
        for (size_t i = 3; i <= 4; i++)
            add(&w->statistics, sard_node_input(node, i));
    for (size_t i = 0; sard_node_attr(node, i, &attr); i++)
        if (attr.kind == SARD_ATTR_GRAPH)
            visit_graph(w, attr.graph);
}

static void visit_graph(walk *w, const sard_graph *graph)
{
    for (size_t i = 0; i < sard_graph_value_count(graph); i++) {
        const sard_value *value = sard_graph_value(graph, i);
        if (sard_value_constant(value) && sard_value_use_count(value))
            add(&w->constants, value);
    }
    for (const sard_node *node = sard_graph_first(graph); node; node = sard_node_next(node))
        visit_node(w, node);
}

static int by_address(const void *a, const void *b)
{
    const void *const *x = a, *const *y = b;
    return (*x > *y) - (*x < *y);
}

static void count_constants(walk *w, cli_stats *stats)
{
    if (w->statistics.count)
        qsort(w->statistics.items, w->statistics.count, sizeof *w->statistics.items, by_address);
    for (size_t i = 0; i < w->constants.count; i++) {
        const void *const *value = &w->constants.items[i];
        const sard_tensor *tensor = sard_value_constant(*value);
        const bool statistic =
            w->statistics.count && bsearch(value, w->statistics.items, w->statistics.count, sizeof *w->statistics.items, by_address);
        if (cli_is_float(tensor->dtype) && tensor->rank > 0 && !statistic) /* scalars are bounds and factors: Constant nodes in exports */
            stats->parameters += cli_count(tensor);
        stats->elements += cli_count(tensor);
    }
}

static int by_op(const void *a, const void *b)
{
    const sard_node *x = *(const sard_node *const *)a, *y = *(const sard_node *const *)b;
    const int order = strcmp(sard_node_op(x), sard_node_op(y));
    return order ? order : strcmp(sard_node_domain(x), sard_node_domain(y));
}

cli_stats cli_stats_of(cli_state *cli, const sard_graph *graph)
{
    walk w = {.nodes = {.cli = cli}, .constants = {.cli = cli}, .statistics = {.cli = cli}};
    visit_graph(&w, graph);
    cli_stats stats = {.nodes = w.nodes.count};
    count_constants(&w, &stats);
    stats.ops = cli_alloc(cli, w.nodes.count, sizeof *stats.ops);
    if (w.nodes.count)
        qsort(w.nodes.items, w.nodes.count, sizeof *w.nodes.items, by_op);
    for (size_t i = 0; i < w.nodes.count; i++) {
        const sard_node *node = w.nodes.items[i];
        if (i == 0 || by_op(&w.nodes.items[i - 1], &w.nodes.items[i]) != 0)
            stats.ops[stats.op_count++] = (cli_op_count){sard_node_domain(node), sard_node_op(node), 0};
        stats.ops[stats.op_count - 1].count++;
    }
    return stats;
}
