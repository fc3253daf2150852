/* sard optimize: what each pass does to a model, and the result as text or as a model file. */
#include "cli/explain.h"
#include "cli/export_options.h"
#include "cli/load.h"
#include "cli/table.h"
#include "cli/text.h"

#include <sard/plugin.h>
#include <string.h>

typedef struct optimize {
    cli_options options;
    cli_export export;
    const char *dump_after;
    bool explain, text;
    cli_explain passes;
    sard_status dumped;
} optimize;

/* The graph after the pass that the user wants to see, under a line that says which edits it has. */
static void dump(optimize *o, const sard_pass_report *report, const sard_graph *graph)
{
    cli_print("# %s, edits %zu to %zu\n", report->name, report->first_edit, report->first_edit + report->edits - 1);
    o->dumped = cli_print_graph(o->options.cli, graph);
}

static void add_report(void *user, const sard_pass_report *report, const sard_graph *graph)
{
    optimize *o = user;
    cli_explain_add(&o->passes, report, graph);
    if (!o->dumped && report->edits && o->dump_after && strcmp(report->name, o->dump_after) == 0)
        dump(o, report, graph);
}

static sard_status print(optimize *o, const sard_graph *graph)
{
    if (o->options.json) {
        cJSON *json = cli_json_new(o->options.cli);
        cli_json_explain(&o->passes, json);
        cli_json_number(json, "nodes", (double)sard_graph_node_count(graph));
        return cli_json_print(o->options.cli, json);
    }
    if (o->explain)
        cli_print_explain(&o->passes);
    return o->text ? cli_print_graph(o->options.cli, graph) : SARD_OK;
}

static bool is_pass(const sard_context *context, const char *name)
{
    size_t i = 0;
    while (sard_context_pass(context, i) && strcmp(sard_context_pass(context, i)->name, name) != 0)
        i++;
    return sard_context_pass(context, i) != NULL;
}

static sard_status check(optimize *o, const sard_context *context)
{
    sard_error *error = &o->options.cli->error;
    if (o->export.output && strcmp(o->export.output, "-") == 0 && (o->explain || o->text || o->dump_after || o->options.json))
        return sard_fail(error, SARD_ARGUMENT, "stdout can take one thing: --output -, or --explain, --text, --dump-after or --json");
    if (o->text && o->options.json)
        return sard_fail(error, SARD_ARGUMENT, "--text prints text: not together with --json");
    if (o->dump_after && o->options.json)
        return sard_fail(error, SARD_ARGUMENT, "--dump-after prints text: not together with --json");
    if (o->dump_after && !is_pass(context, o->dump_after))
        return sard_fail(error, SARD_ARGUMENT, "--dump-after %.64s: there is no such pass", o->dump_after);
    return SARD_OK;
}

enum { EXPLAIN = 256, TEXT, DUMP_AFTER };

static error_t parse(int key, char *arg, struct argp_state *state)
{
    optimize *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        cli_init_children(state, 4);
        state->child_inputs[0] = &o->export;
        return 0;
    case ARGP_KEY_ARG:
        return cli_take_model(&o->options, arg);
    case ARGP_KEY_NO_ARGS:
        return cli_refuse(&o->options, "which model? sard optimize MODEL.onnx --explain");
    case EXPLAIN:
        o->explain = true;
        return 0;
    case TEXT:
        o->text = true;
        return 0;
    case DUMP_AFTER:
        o->dump_after = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"explain", EXPLAIN, NULL, 0, "A row for each pass: edits, nodes, multiply-adds, bytes read and written, time, what it does", 1},
    {"text", TEXT, NULL, 0, "Print the graph after the passes", 0},
    {"dump-after", DUMP_AFTER, "PASS", 0, "Print the graph after this pass, each time it made edits", 0},
    {0},
};

static const struct argp_child children[] = {
    {&cli_export_argp, 0, NULL, 0}, {&cli_model_argp, 0, NULL, 0}, {&cli_load_argp, 0, NULL, 0}, {&cli_general_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "MODEL.onnx",
    .doc = "Applies the passes of a level to a model. Without --output, --text and --dump-after it explains them."
           " With --output passes are left out that suit sard's own kernels only."
           " Passes run in rounds until none finds anything; those of later rounds have rows of their own."
           "\vFor example:\n"
           "  sard optimize inception_v3.onnx -O3 --explain -o smaller.onnx",
    .children = children,
};

int cli_optimize(cli_state *cli, int argc, char **argv)
{
    optimize o = {.options = {.cli = cli}, .passes = {.cli = cli}};
    o.export.options = &o.options;
    sard_context *context;
    sard_model *model;
    if (cli_parse(cli, &argp, 0, argc, argv, &o))
        return CLI_FAILED;
    o.explain |= !o.export.output && !o.text && !o.dump_after;
    const sard_model_options model_options = {.struct_size = sizeof model_options, .on_pass = add_report, .on_pass_user = &o};
    if (cli_open_context(&o.options, &context) || check(&o, context) || cli_open_edited(&o.export, context, &model_options, &model) ||
        o.dumped)
        return CLI_FAILED;
    if (cli_save_model(&o.export, model))
        return CLI_FAILED;
    return print(&o, sard_model_graph(model)) ? CLI_FAILED : CLI_DONE;
}
