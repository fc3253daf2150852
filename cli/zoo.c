/* sard zoo: writes full-size networks, to try and to measure without a download. */
#include "zoo/zoo.h"

#include "cli/json.h"
#include "cli/load.h"
#include "cli/save.h"
#include "cli/table.h"

#include <stdio.h>

typedef struct zoo {
    cli_options options; /* model: the network's name */
    const char *output;
    int64_t seed;
} zoo;

static void free_graph(void *graph) { sard_graph_free(graph); }

static int list_networks(const zoo *z)
{
    cli_state *cli = z->options.cli;
    cli_table *table = cli_table_new(cli, "name|what it is");
    cJSON *json = cli_json_new(cli), *list = cli_json_array(json, "networks");
    const sard_zoo_network *network;
    for (size_t i = 0; (network = sard_zoo_at(i)); i++) {
        cli_cell(table, "%s", network->name);
        cli_cell(table, "%s", network->summary);
        cJSON *row = cli_json_object(list);
        cli_json_text(row, "name", network->name);
        cli_json_text(row, "summary", network->summary);
    }
    if (z->options.json)
        return cli_json_print(cli, json) ? CLI_FAILED : CLI_DONE;
    cli_table_print(table, false);
    return CLI_DONE;
}

/* --help lists the networks; argp frees the text with free(). */
static char *list_in_help(int key, const char *text, void *input)
{
    char *list = NULL;
    size_t size;
    (void)input;
    FILE *out = key == ARGP_KEY_HELP_POST_DOC ? open_memstream(&list, &size) : NULL;
    if (!out)
        return (char *)(uintptr_t)text;
    fputs("Networks:\n", out);
    const sard_zoo_network *network;
    for (size_t i = 0; (network = sard_zoo_at(i)); i++)
        fprintf(out, "  %-20s %s\n", network->name, network->summary);
    fputs(text, out);
    fclose(out);
    return list;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    zoo *z = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        cli_init_children(state, 1);
        return 0;
    case ARGP_KEY_ARG:
        return cli_take_model(&z->options, arg);
    case 'o':
        z->output = arg;
        return 0;
    case 's':
        return cli_integer(arg, 0, INT64_MAX, &z->seed) ? 0 : cli_refuse(&z->options, "--seed %s: a number is wanted", arg);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"output", 'o', "FILE.onnx", 0, "The file to write", 1},
    {"seed", 's', "N", 0, "Seed of the weights [0]", 0},
    {0},
};

static const struct argp_child children[] = {{&cli_general_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "[NAME]",
    .doc = "Writes a full-size network with made-up weights as an ONNX file. Without a name it lists the networks."
           "\v\nFor example:\n"
           "  sard zoo inception_v3 -o inception_v3.onnx && sard bench inception_v3.onnx",
    .children = children,
    .help_filter = list_in_help,
};

int cli_zoo(cli_state *cli, int argc, char **argv)
{
    zoo z = {.options = {.cli = cli}};
    if (cli_parse(cli, &argp, 0, argc, argv, &z))
        return CLI_FAILED;
    if (!z.options.model)
        return list_networks(&z);
    if (!z.output) {
        sard_fail(&cli->error, SARD_ARGUMENT, "which file? sard zoo %s -o %s.onnx", z.options.model, z.options.model);
        return CLI_FAILED;
    }
    sard_context *context;
    sard_graph *graph;
    if (cli_open_context(&z.options, &context) || sard_zoo_build(context, z.options.model, (uint64_t)z.seed, &graph, &cli->error))
        return CLI_FAILED;
    cli_defer(cli, free_graph, graph);
    return cli_save_graph(cli, graph, z.output, NULL) ? CLI_FAILED : CLI_DONE;
}
