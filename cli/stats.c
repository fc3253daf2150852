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
    list nodes, constants, settings, weights; /* settings: running means and variances, scales, zero points; weights: quantised ones */
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

static void visit_graph(walk *w, const sard_graph *graph);

/* Which inputs of an operator are no parameters, a bit each; quantised: whether its other ones are, also where they are integers. */
static const struct {
    const char *op;
    unsigned settings;
    bool quantised;
} roles[] = {
    {"BatchNormalization", 1 << 3 | 1 << 4, false},
    {"QuantizeLinear", 1 << 1 | 1 << 2, false},
    {"DequantizeLinear", 1 << 1 | 1 << 2, true},
    {"ConvInteger", 1 << 2 | 1 << 3, true},
    {"MatMulInteger", 1 << 2 | 1 << 3, true},
    {"QLinearConv", 1 << 1 | 1 << 2 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7, true},
    {"QLinearMatMul", 1 << 1 | 1 << 2 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7, true},
    {"QGemm", 1 << 1 | 1 << 2 | 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8, true},
    {"DynamicQuantizeMatMul", 1 << 2 | 1 << 3, true},
    {"MatMulIntegerToFloat", 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5, true},
    {"QAttention", 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7, true},
    {"DynamicQuantizeLSTM", 1 << 4 | 1 << 8 | 1 << 9 | 1 << 10 | 1 << 11, true},
};

static void note_roles(walk *w, const sard_node *node)
{
    for (size_t k = 0; k < sizeof roles / sizeof *roles; k++) {
        if (strcmp(sard_node_op(node), roles[k].op) != 0)
            continue;
        for (size_t i = 0; i < sard_node_input_count(node); i++) {
            const bool setting = i < 32 && roles[k].settings >> i & 1;
            if (setting || roles[k].quantised)
                add(setting ? &w->settings : &w->weights, sard_node_input(node, i));
        }
    }
}

static void visit_node(walk *w, const sard_node *node)
{
    sard_attr attr;
    add(&w->nodes, node);
    note_roles(w, node);
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

static void sort(list *l)
{
    if (l->count)
        qsort(l->items, l->count, sizeof *l->items, by_address);
}

static bool has(const list *l, const void *item) { return l->count && bsearch(&item, l->items, l->count, sizeof *l->items, by_address); }

/* Scalars are bounds and factors: Constant nodes in exports. */
static bool is_parameter(const walk *w, const sard_value *value, const sard_tensor *tensor)
{
    const bool may_be = cli_is_float(tensor->dtype) || has(&w->weights, value);
    return may_be && tensor->rank > 0 && tensor->dtype != SARD_STRING && !has(&w->settings, value);
}

static void count_constants(walk *w, cli_stats *stats)
{
    sort(&w->settings);
    sort(&w->weights);
    for (size_t i = 0; i < w->constants.count; i++) {
        const sard_value *value = w->constants.items[i];
        const sard_tensor *tensor = sard_value_constant(value);
        stats->parameters += is_parameter(w, value, tensor) ? cli_count(tensor) : 0;
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
    walk w = {.nodes = {.cli = cli}, .constants = {.cli = cli}, .settings = {.cli = cli}, .weights = {.cli = cli}};
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
