/* The order of dims at the inputs and outputs: Transposes, which passes then cancel with those of the graph where they can. */
#include "cli/edit.h"

#include "cli/shape.h"

#include <string.h>

enum { PICTURE_RANK = 4 };

static const int64_t to_nchw[] = {0, 3, 1, 2}, to_nhwc[] = {0, 2, 3, 1};

/* ONNX's order, unless the dims look like a picture in the other one. */
static bool is_nhwc(const sard_value *input)
{
    return cli_is_channels(sard_value_dim(input, 3)) && !cli_is_channels(sard_value_dim(input, 1));
}

/* What the inputs have, the outputs are taken to have as well. */
static bool graph_is_nhwc(const sard_graph *graph)
{
    for (size_t i = 0; i < sard_graph_input_count(graph); i++)
        if (sard_value_rank(sard_graph_input(graph, i)) == PICTURE_RANK)
            return is_nhwc(sard_graph_input(graph, i));
    return false;
}

static sard_status add_transpose(cli_state *cli, sard_graph *graph, sard_node *before, sard_value *from, const char *name,
                                 const int64_t *order, sard_node **out)
{
    const sard_attr perm = {.name = "perm", .kind = SARD_ATTR_INTS, .count = PICTURE_RANK, .ints = order};
    const sard_node_spec transpose = {.struct_size = sizeof transpose,
                                      .op = "Transpose",
                                      .name = name,
                                      .inputs = &from,
                                      .input_count = 1,
                                      .attrs = &perm,
                                      .attr_count = 1,
                                      .output_count = 1,
                                      .before = before};
    return sard_graph_insert_node(graph, &transpose, out, &cli->error);
}

/* The input gets the other order; what used it reads it through a Transpose. */
static sard_status turn_input(cli_state *cli, sard_graph *graph, sard_value *input, bool nhwc)
{
    const int64_t *order = nhwc ? to_nhwc : to_nchw;
    int64_t dims[PICTURE_RANK];
    sard_node *transpose;
    for (int i = 0; i < PICTURE_RANK; i++)
        dims[i] = sard_value_dim(input, (int)order[i]);
    if (!sard_value_set_shape(input, PICTURE_RANK, dims))
        return sard_fail(&cli->error, SARD_ARGUMENT, "--layout: '%.200s' is no input", sard_value_name(input));
    const char *name = cli_format(cli, "%s/%s", sard_value_name(input), nhwc ? "nchw" : "nhwc");
    const sard_status status = add_transpose(cli, graph, sard_graph_first(graph), input, name, nhwc ? to_nchw : to_nhwc, &transpose);
    if (status)
        return status;
    sard_value_replace(input, sard_node_output(transpose, 0));
    sard_node_set_input(transpose, 0, input);
    return SARD_OK;
}

static sard_status turn_output(cli_state *cli, sard_graph *graph, size_t i, bool nhwc)
{
    sard_node *transpose;
    sard_value *value = sard_graph_output(graph, i);
    const char *name = cli_format(cli, "%s/%s", sard_graph_output_name(graph, i), nhwc ? "nhwc" : "nchw");
    const sard_status status = add_transpose(cli, graph, NULL, value, name, nhwc ? to_nhwc : to_nchw, &transpose);
    if (!status)
        sard_graph_set_output(graph, i, sard_node_output(transpose, 0));
    return status;
}

/* name NULL: all of them. outputs_nhwc: what the outputs have. *found: whether there is one. */
static sard_status turn(cli_state *cli, sard_graph *graph, const char *name, bool nhwc, bool outputs_nhwc, bool *found)
{
    sard_status status = SARD_OK;
    for (size_t i = 0; i < sard_graph_output_count(graph) && !status; i++) {
        if (sard_value_rank(sard_graph_output(graph, i)) != PICTURE_RANK || (name && strcmp(sard_graph_output_name(graph, i), name) != 0))
            continue;
        *found = true;
        status = outputs_nhwc == nhwc ? SARD_OK : turn_output(cli, graph, i, nhwc);
    }
    for (size_t i = 0; i < sard_graph_input_count(graph) && !status; i++) {
        sard_value *input = sard_graph_input(graph, i);
        if (sard_value_rank(input) != PICTURE_RANK || (name && strcmp(sard_value_name(input), name) != 0))
            continue;
        *found = true;
        status = is_nhwc(input) == nhwc ? SARD_OK : turn_input(cli, graph, input, nhwc);
    }
    return status;
}

sard_status cli_set_layouts(cli_state *cli, sard_graph *graph, const cli_words *layouts)
{
    const bool outputs_nhwc = graph_is_nhwc(graph);
    sard_status status = SARD_OK;
    for (size_t i = 0; i < layouts->count && !status; i++) {
        const char *text = layouts->items[i], *equals = strrchr(text, '='), *word = equals ? equals + 1 : text;
        const char *name = equals ? cli_format(cli, "%.*s", (int)(equals - text), text) : NULL;
        bool found = false;
        if (strcmp(word, "nchw") != 0 && strcmp(word, "nhwc") != 0)
            return sard_fail(&cli->error, SARD_ARGUMENT, "--layout %.200s: it is nchw or nhwc", text);
        status = turn(cli, graph, name, strcmp(word, "nhwc") == 0, outputs_nhwc, &found);
        if (!status && !found)
            return sard_fail(&cli->error, SARD_ARGUMENT, "--layout %.200s: no %s of 4 dims%s", text,
                             name ? "input or output of that name" : "input or output", name ? "" : " to put in another order");
    }
    return status;
}
