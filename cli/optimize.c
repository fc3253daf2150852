/* sard optimize: what each pass does to a model, and the result as text or as a model file. */
#include "cli/json.h"
#include "cli/load.h"
#include "cli/save.h"
#include "cli/table.h"
#include "cli/text.h"

#include <sard/graph.h>
#include <string.h>

/* nodes: how many more there are afterwards. */
typedef struct pass_row {
    const char *name, *reason;
    size_t edits;
    double nodes, milliseconds;
} pass_row;

typedef struct optimize {
    cli_options options;
    const char *output;
    int64_t opset;
    bool explain, text;
    pass_row *rows;
    size_t row_count;
} optimize;

/* Passes run in rounds: a row holds what a pass did in all of them. */
static pass_row *row_of(optimize *o, const sard_pass_report *report)
{
    for (size_t i = 0; i < o->row_count; i++)
        if (strcmp(o->rows[i].name, report->name) == 0)
            return &o->rows[i];
    pass_row *rows = cli_alloc(o->options.cli, o->row_count + 1, sizeof *rows);
    if (o->row_count)
        memcpy(rows, o->rows, o->row_count * sizeof *rows);
    o->rows = rows;
    pass_row *row = &rows[o->row_count++];
    row->name = cli_format(o->options.cli, "%s", report->name);
    row->reason = cli_format(o->options.cli, "%s", report->reason ? report->reason : "");
    return row;
}

static void add_report(void *user, const sard_pass_report *report, const sard_graph *graph)
{
    pass_row *row = row_of(user, report);
    (void)graph;
    row->edits += report->edits;
    row->nodes += (double)report->nodes_after - (double)report->nodes_before;
    row->milliseconds += report->milliseconds;
}

static void print_table(const optimize *o, const sard_graph *graph)
{
    pass_row all = {0};
    cli_table *table = cli_table_new(o->options.cli, "pass|>edits|>nodes|>ms|what it does");
    for (size_t i = 0; i < o->row_count; i++) {
        const pass_row *row = &o->rows[i];
        cli_cell(table, "%s", row->name);
        cli_cell(table, "%zu", row->edits);
        cli_cell(table, "%+.0f", row->nodes);
        cli_cell(table, "%.1f", row->milliseconds);
        cli_cell(table, "%s", row->reason);
        all.edits += row->edits;
        all.milliseconds += row->milliseconds;
    }
    cli_table_print(table, false);
    cli_print("%zu edits in %.1f ms, %zu nodes are left\n", all.edits, all.milliseconds, sard_graph_node_count(graph));
}

static sard_status print_json(const optimize *o, const sard_graph *graph)
{
    cJSON *json = cli_json_new(o->options.cli), *passes = cli_json_array(json, "passes");
    for (size_t i = 0; i < o->row_count; i++) {
        const pass_row *row = &o->rows[i];
        cJSON *object = cli_json_object(passes);
        cli_json_text(object, "name", row->name);
        cli_json_text(object, "reason", row->reason);
        cli_json_number(object, "edits", (double)row->edits);
        cli_json_number(object, "nodes_added", row->nodes);
        cli_json_number(object, "ms", row->milliseconds);
    }
    cli_json_number(json, "nodes", (double)sard_graph_node_count(graph));
    return cli_json_print(o->options.cli, json);
}

static sard_status print(optimize *o, const sard_graph *graph)
{
    if (o->options.json)
        return print_json(o, graph);
    if (o->explain)
        print_table(o, graph);
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

static const struct argp_option options[] = {
    {"explain", EXPLAIN, NULL, 0, "A row for each pass: edits, nodes added or taken out, time, what it does", 1},
    {"output", 'o', "FILE.onnx", 0, "Write the result", 0},
    {"opset", OPSET, "N", 0, "Opset of the result [17, or what its operators need]", 0},
    {"text", TEXT, NULL, 0, "Print the graph after the passes", 0},
    {0},
};

static const struct argp_child children[] = {{&cli_model_argp, 0, NULL, 0}, {&cli_general_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "MODEL.onnx",
    .doc = "Applies the passes of a level to a model. Without --output and --text it explains them."
           "\vFor example:\n"
           "  sard optimize inception_v3.onnx -O3 --explain -o smaller.onnx",
    .children = children,
};

int cli_optimize(cli_state *cli, int argc, char **argv)
{
    optimize o = {.options = {.cli = cli}};
    sard_context *context;
    sard_model *model;
    if (cli_parse(cli, &argp, 0, argc, argv, &o))
        return CLI_FAILED;
    o.explain |= !o.output && !o.text;
    const sard_model_options model_options = {.struct_size = sizeof model_options, .pass = add_report, .pass_user = &o};
    if (cli_open_context(&o.options, &context) || cli_open_model(&o.options, context, o.options.model, &model_options, &model))
        return CLI_FAILED;
    if (o.output && cli_save_graph(cli, sard_model_graph(model), o.output, (int)o.opset))
        return CLI_FAILED;
    return print(&o, sard_model_graph(model)) ? CLI_FAILED : CLI_DONE;
}
