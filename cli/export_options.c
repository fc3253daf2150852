/* Options of what is written: the edits in the order edit, optimise, save. */
#include "cli/export_options.h"

#include "cli/load.h"
#include "cli/save.h"

enum { OPSET = 512, EXTERNAL, LAYOUT, BATCH, SHAPE, EXTRACT };

static error_t parse(int key, char *arg, struct argp_state *state)
{
    cli_export *o = state->input;
    switch (key) {
    case 'o':
        o->output = arg;
        return 0;
    case OPSET:
        return cli_integer(arg, 1, 1000, &o->opset) ? 0 : cli_refuse(o->options, "--opset %s: a number is wanted", arg);
    case EXTERNAL:
        o->external_data = true;
        return 0;
    case LAYOUT:
        cli_words_add(o->options->cli, &o->edits.layouts, arg);
        return 0;
    case BATCH:
        o->edits.batch = arg;
        return 0;
    case SHAPE:
        cli_words_add(o->options->cli, &o->edits.shapes, arg);
        return 0;
    case EXTRACT:
        cli_words_add(o->options->cli, &o->edits.extracts, arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option export_options[] = {
    {NULL, 0, NULL, 0, "What is written:", 20},
    {"output", 'o', "FILE.onnx", 0, "Write the result; it may take the place of the model", 0},
    {"opset", OPSET, "N", 0, "Opset of the result [the model's, or what its operators need]", 0},
    {"external-data", EXTERNAL, NULL, 0, "Put large constants into FILE.onnx.data [models over 2 GB]", 0},
    {NULL, 0, NULL, 0, "Changes made before the passes run, first --extract, then shapes, last --layout:", 30},
    {"extract", EXTRACT, "FROM,TO", 0,
     "Keep the part between two values only; may be repeated for more of them; an empty FROM or TO stands for the model's own", 0},
    {"input-shape", SHAPE, "[NAME=]1x3xHxW", 0, "Another shape of an input: numbers, names, or ? for each dim", 0},
    {"batch", BATCH, "N", 0, "Another batch, a number or a name: the first dim of the first input, and of those that have the same there",
     0},
    {"layout", LAYOUT, "[NAME=]nchw|nhwc", 0, "Order of the dims of inputs and outputs that have four", 0},
    {0},
};

const struct argp cli_export_argp = {
    .options = export_options,
    .parser = parse,
};

/* What is free in the graph, as with a name for the batch, hides what is written into it: so the edits are tried with a number. */
static sard_status check_batch(cli_export *o, sard_context *context, const sard_graph *graph)
{
    const sard_model_options plain = {.struct_size = sizeof plain, .level = SARD_O0};
    cli_edits trial = o->edits;
    sard_graph *edited;
    sard_model *model;
    trial.batch = cli_trial_batch(&o->edits, graph);
    if (!trial.batch)
        return SARD_OK;
    trial.layouts.count = 0;
    sard_status status = cli_edit(o->options->cli, &trial, graph, &edited);
    if (!status)
        status = cli_open_graph(o->options, context, edited, &plain, &model);
    return status ? status : cli_check_batch(o->options->cli, &o->edits, graph, model);
}

/* The passes see the graph as it is in the file, with the edits. */
static sard_status open_edited(cli_export *o, sard_context *context, const sard_model_options *model_options, sard_model **out)
{
    cli_state *cli = o->options->cli;
    const sard_model_options plain = {.struct_size = sizeof plain, .level = SARD_O0};
    sard_model *source;
    sard_graph *graph;
    sard_status status = cli_open_model(o->options, context, o->options->model, &plain, &source);
    if (!status)
        status = cli_edit(cli, &o->edits, sard_model_graph(source), &graph);
    if (!status)
        status = check_batch(o, context, sard_model_graph(source));
    return status ? status : cli_open_graph(o->options, context, graph, model_options, out);
}

sard_status cli_open_edited(cli_export *o, sard_context *context, const sard_model_options *model_options, sard_model **out)
{
    sard_model_options wanted = *model_options;
    wanted.portable = o->output != NULL;
    if (cli_wants_edits(&o->edits))
        return open_edited(o, context, &wanted, out);
    return cli_open_model(o->options, context, o->options->model, &wanted, out);
}

sard_status cli_save_model(const cli_export *o, const sard_model *model)
{
    const sard_export_options options = {.struct_size = sizeof options, .opset = (int)o->opset, .external_data = o->external_data};
    return o->output ? cli_save_graph(o->options->cli, sard_model_graph(model), o->output, &options) : SARD_OK;
}
