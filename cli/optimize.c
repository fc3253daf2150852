/* sard optimize: what each pass does to a model, and the result as text or as a model file. */
#include "cli/json.h"
#include "cli/load.h"
#include "cli/save.h"
#include "cli/table.h"
#include "cli/text.h"

#include <sard/graph.h>

typedef struct optimize {
    cli_options options;
    const char *output;
    int64_t opset;
    bool explain, text;
    cli_table *table;
    cJSON *passes;
    size_t edits;
    double milliseconds;
} optimize;

static void report(void *user, const sard_pass_report *report, const sard_graph *graph)
{
    optimize *o = user;
    (void)graph;
    cli_cell(o->table, "%s", report->name);
    cli_cell(o->table, "%zu", report->edits);
    cli_cell(o->table, "%zu", report->nodes_before);
    cli_cell(o->table, "%zu", report->nodes_after);
    cli_cell(o->table, "%.1f", report->milliseconds);
    cli_cell(o->table, "%s", report->reason ? report->reason : "");
    o->edits += report->edits;
    o->milliseconds += report->milliseconds;
    cJSON *row = cli_json_object(o->passes);
    cli_json_text(row, "name", report->name);
    cli_json_text(row, "reason", report->reason);
    cli_json_number(row, "edits", (double)report->edits);
    cli_json_number(row, "nodes_before", (double)report->nodes_before);
    cli_json_number(row, "nodes_after", (double)report->nodes_after);
    cli_json_number(row, "ms", report->milliseconds);
}

static sard_status print(optimize *o, cJSON *json, const sard_graph *graph)
{
    if (o->options.json) {
        cli_json_number(json, "nodes", (double)sard_graph_node_count(graph));
        return cli_json_print(o->options.cli, json);
    }
    if (o->explain) {
        cli_table_print(o->table, false);
        cli_print("%zu edits in %.1f ms, %zu nodes are left\n", o->edits, o->milliseconds, sard_graph_node_count(graph));
    }
    return o->text ? cli_print_graph(o->options.cli, graph) : SARD_OK;
}

enum { EXPLAIN = 256, TEXT, OPSET };

static error_t parse(int key, char *arg, struct argp_state *state)
{
    optimize *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        cli_init_children(state, 2);
        return 0;
    case ARGP_KEY_ARG:
        return cli_take_model(&o->options, arg);
    case ARGP_KEY_NO_ARGS:
        return cli_refuse(&o->options, "which model? sard optimize MODEL.onnx --explain");
    case 'o':
        o->output = arg;
        return 0;
    case EXPLAIN:
        o->explain = true;
        return 0;
    case TEXT:
        o->text = true;
        return 0;
    case OPSET:
        return cli_integer(arg, 1, 1000, &o->opset) ? 0 : cli_refuse(&o->options, "--opset %s: a number is wanted", arg);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = (const struct argp_option[]){
        {"explain", EXPLAIN, NULL, 0, "A row for each pass: edits, nodes before and after, what it is for", 1},
        {"output", 'o', "FILE.onnx", 0, "Write the result", 0},
        {"opset", OPSET, "N", 0, "Opset of the result [17]", 0},
        {"text", TEXT, NULL, 0, "Print the graph after the passes", 0},
        {0},
    },
    .parser = parse,
    .args_doc = "MODEL.onnx",
    .doc = "Applies the passes of a level to a model. Without --output and --text it explains them."
           "\vFor example:\n"
           "  sard optimize inception_v3.onnx -O3 --explain -o smaller.onnx",
    .children = (const struct argp_child[]){{&cli_model_argp, 0, NULL, 0}, {&cli_general_argp, 0, NULL, 0}, {0}},
};

int cli_optimize(cli *cli, int argc, char **argv)
{
    optimize o = {.options = {.cli = cli}};
    sard_context *context;
    sard_model *model;
    cJSON *json = cli_json_new(cli);
    o.passes = cli_json_array(json, "passes");
    o.table = cli_table_new(cli, "pass|>edits|>nodes|>after|>ms|what it is for");
    if (cli_parse(cli, &argp, 0, argc, argv, &o))
        return CLI_FAILED;
    o.explain |= !o.output && !o.text;
    const sard_model_options options = {.struct_size = sizeof options, .pass = report, .pass_user = &o};
    if (cli_open_context(&o.options, &context) || cli_open_model(&o.options, context, o.options.model, &options, &model))
        return CLI_FAILED;
    if (o.output && cli_save_graph(cli, sard_model_graph(model), o.output, (int)o.opset))
        return CLI_FAILED;
    return print(&o, json, sard_model_graph(model)) ? CLI_FAILED : CLI_DONE;
}
