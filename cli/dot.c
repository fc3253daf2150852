/* Graphs for Graphviz. Ids are numbers, so that names need to be right as labels only. */
#include "cli/dot.h"

#include "cli/cli.h"
#include "cli/draft.h"
#include "cli/kinds.h"
#include "cli/outline.h"
#include "cli/plan.h"
#include "cli/tensor.h"

/* The text between quotes. A backslash gets another one, as Graphviz has escapes of its own in labels. */
static void put_text(FILE *out, const char *text)
{
    for (size_t size; *text; text += size ? size : 1) {
        size = cli_control_size(text);
        if (*text == '"' || *text == '\\')
            fputc('\\', out);
        fputc(size ? ' ' : *text, out);
    }
}

/* A node has the number of the first value that it makes. */
static size_t id_of(const cli_outline *o, const sard_node *node)
{
    for (size_t i = 0; i < sard_node_output_count(node); i++)
        if (sard_node_output(node, i))
            return cli_outline_find(o, sard_node_output(node, i));
    return SIZE_MAX;
}

static void put_node(cli_state *cli, FILE *out, const cli_outline *o, const sard_node *node)
{
    fprintf(out, "    v%zu [fillcolor=\"%s\", label=\"", id_of(o, node), cli_kinds[cli_kind_of(sard_node_op(node))].colour);
    put_text(out, cli_op_name(cli, sard_node_domain(node), sard_node_op(node)));
    for (size_t i = 0; i < sard_node_epilogue_count(node); i++) {
        fputc('+', out);
        put_text(out, sard_node_epilogue_op(node, i));
    }
    for (size_t i = 0; i < cli_reads(node); i++) {
        const sard_value *value = cli_read(node, i);
        if (!value || !cli_is_constant(o, value))
            continue;
        const sard_value_info info = cli_describe(o, value);
        fprintf(out, "\\n%s ", sard_dtype_name(info.dtype));
        put_text(out, cli_info_shape(cli, &info));
    }
    fprintf(out, "\", tooltip=\"");
    put_text(out, sard_node_name(node));
    fprintf(out, "\"]\n");
}

/* An input or output of the graph. */
static void put_end(cli_state *cli, FILE *out, const cli_outline *o, const sard_value *value, const char *name)
{
    const sard_value_info info = cli_describe(o, value);
    fprintf(out, " [shape=oval, fillcolor=\"#444444\", label=\"");
    put_text(out, name);
    fprintf(out, "\\n%s ", sard_dtype_name(info.dtype));
    put_text(out, cli_info_shape(cli, &info));
    fprintf(out, "\"]\n");
}

static void put_edge(cli_state *cli, FILE *out, const cli_outline *o, const sard_value *value, const char *prefix, size_t to)
{
    const sard_node *from = sard_value_producer(value);
    const sard_value_info info = cli_describe(o, value);
    fprintf(out, "    v%zu -> %s%zu [label=\"", from ? id_of(o, from) : cli_outline_find(o, value), prefix, to);
    put_text(out, cli_info_shape(cli, &info));
    fprintf(out, "\"]\n");
}

static void put_graph(cli_state *cli, FILE *out, const cli_outline *o)
{
    const sard_graph *graph = o->graph;
    fprintf(out, "digraph \"");
    put_text(out, sard_graph_name(graph));
    fprintf(out, "\" {\n"
                 "    node [shape=box, style=\"filled,rounded\", fontname=\"sans-serif\", fontsize=11, fontcolor=white, color=none]\n"
                 "    edge [fontname=\"sans-serif\", fontsize=9, color=\"#888888\", arrowsize=0.6]\n");
    for (size_t i = 0; i < sard_graph_input_count(graph); i++)
        if (cli_outline_find(o, sard_graph_input(graph, i)) != SIZE_MAX) {
            fprintf(out, "    v%zu", cli_outline_find(o, sard_graph_input(graph, i)));
            put_end(cli, out, o, sard_graph_input(graph, i), sard_value_name(sard_graph_input(graph, i)));
        }
    for (const sard_node *node = sard_graph_first(graph); node; node = sard_node_next(node)) {
        if (id_of(o, node) == SIZE_MAX)
            continue;
        put_node(cli, out, o, node);
        for (size_t i = 0; i < cli_reads(node); i++)
            if (cli_read(node, i) && !cli_is_constant(o, cli_read(node, i)))
                put_edge(cli, out, o, cli_read(node, i), "v", id_of(o, node));
    }
    for (size_t i = 0; i < sard_graph_output_count(graph); i++) {
        const sard_value *value = sard_graph_output(graph, i);
        fprintf(out, "    out%zu", i);
        put_end(cli, out, o, value, sard_graph_output_name(graph, i));
        if (!cli_is_constant(o, value))
            put_edge(cli, out, o, value, "out", i);
    }
    fprintf(out, "}\n");
}

sard_status cli_draw_dot(cli_state *cli, const sard_graph *graph, cli_file *out)
{
    const cli_outline outline = cli_outline_of(cli, graph);
    cli_draft draft;
    const sard_status status = cli_draft_open(cli, &draft);
    if (status)
        return status;
    put_graph(cli, draft.out, &outline);
    return cli_draft_close(cli, &draft, out);
}
