/* sard run: a model on tensors from files, or on pictures. */
#include "cli/classify.h"
#include "cli/input.h"
#include "cli/load.h"
#include "cli/output.h"
#include "cli/picture.h"
#include "cli/plan.h"

#include <string.h>

typedef struct run {
    cli_options options;
    cli_pictures pictures;
    cli_picture_input picture_input;
    cli_words inputs, outputs, fetch_names, fetch_files;
    int64_t seed; /* -1: inputs have to be given */
} run;

enum { FETCH = 256, RANDOM };

static error_t add_fetch(run *r, const char *word)
{
    const char *equals = strrchr(word, '=');
    if (!equals || equals == word || !equals[1])
        return cli_refuse(&r->options, "--fetch %s: VALUE=FILE is wanted", word);
    cli_words_add(r->options.cli, &r->fetch_names, cli_format(r->options.cli, "%.*s", (int)(equals - word), word));
    cli_words_add(r->options.cli, &r->fetch_files, equals + 1);
    return 0;
}

static error_t add_argument(run *r, const char *arg)
{
    if (!r->options.model)
        r->options.model = arg;
    else
        cli_words_add(r->options.cli, &r->pictures.files, arg);
    return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    run *r = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        cli_init_children(state, 5);
        state->child_inputs[0] = &r->picture_input;
        return 0;
    case ARGP_KEY_ARG:
        return add_argument(r, arg);
    case ARGP_KEY_NO_ARGS:
        return cli_refuse(&r->options, "which model? sard run MODEL.onnx --image cat.jpg");
    case 'i':
        cli_words_add(r->options.cli, &r->inputs, arg);
        return 0;
    case 'o':
        cli_words_add(r->options.cli, &r->outputs, arg);
        return 0;
    case FETCH:
        return add_fetch(r, arg);
    case RANDOM:
        return cli_integer(arg, 0, INT64_MAX, &r->seed) ? 0 : cli_refuse(&r->options, "--random %s: a number is wanted", arg);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"input", 'i', "[NAME=]FILE", 0, "An input: .npy, .npz, ONNX .pb, or - for stdin", 1},
    {"output", 'o', "[NAME=]FILE", 0, "Write an output: .npy, .pb, - (stdout, .npy), or .npz for all of them", 0},
    {"fetch", FETCH, "VALUE=FILE", 0, "Write any value of the graph, as --output", 0},
    {"random", RANDOM, "SEED", 0, "Make up inputs that are not given", 0},
    {0},
};

static const struct argp_child children[] = {{&cli_picture_argp, 0, NULL, 0}, {&cli_set_argp, 0, NULL, 0},
                                             {&cli_model_argp, 0, NULL, 0},   {&cli_load_argp, 0, NULL, 0},
                                             {&cli_general_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "MODEL.onnx [PICTURE|DIR...]",
    .doc = "Runs a model on pictures or on tensors. Of pictures it prints the best classes: softmax of the first output, or that output"
           " as it is where the graph ends in Softmax or Sigmoid. Of tensors it prints what the outputs hold, if they are not written."
           "\vFor example:\n"
           "  sard run inception_v3.onnx --image cat.jpg --labels imagenet.txt\n"
           "  sard run model.onnx --input x=x.npy --output y=y.npy --fetch conv1=conv1.npy",
    .children = children,
};

static sard_status run_tensors(run *r, sard_session *session, cli_sizes *sizes, cli_inputs *inputs, const cli_targets *targets)
{
    cli_state *cli = r->options.cli;
    sard_tensor *outputs = cli_alloc(cli, targets->count, sizeof *outputs);
    sard_status status = r->seed < 0 ? cli_need_inputs(sizes, inputs, NULL) : cli_shape_inputs(sizes, inputs);
    if (!status && r->seed >= 0)
        status = cli_fill_inputs(sizes, inputs, (uint64_t)r->seed);
    if (!status)
        status = cli_run_session(&r->options, session, inputs, outputs, targets->count);
    if (!status && targets->any)
        status = cli_write_outputs(cli, targets, outputs);
    if (!status && (!targets->told || r->options.json))
        status = cli_print_outputs(cli, targets, outputs, r->options.json);
    if (!status) {
        cli_tell_guesses(cli, inputs);
        cli_tell_steps(&r->options, session);
    }
    return status;
}

/* One of --json and outputs on stdout would spoil the other. */
static sard_status check_stdout(const run *r, const cli_targets *targets)
{
    size_t uses = r->options.json;
    for (size_t i = 0; i < targets->count; i++)
        uses += targets->paths[i] && strcmp(targets->paths[i], "-") == 0;
    return uses <= 1 ? SARD_OK : sard_fail(&r->options.cli->error, SARD_ARGUMENT, "stdout can take one thing: one output, or --json");
}

static sard_status open_all(run *r, sard_model **model, sard_session **session)
{
    sard_context *context;
    const sard_model_options o = {.struct_size = sizeof o, .keep = r->fetch_names.items, .keep_count = r->fetch_names.count};
    sard_status status = cli_open_context(&r->options, &context);
    if (!status)
        status = cli_open_model(&r->options, context, r->options.model, &o, model);
    return status ? status : cli_open_session(&r->options, *model, NULL, session);
}

static sard_status run_model(run *r)
{
    cli_state *cli = r->options.cli;
    sard_model *model;
    sard_session *session;
    cli_sizes sizes;
    cli_inputs inputs;
    cli_targets targets;
    sard_status status = open_all(r, &model, &session);
    if (!status)
        status = cli_targets_init(cli, model, &r->outputs, &r->fetch_files, &targets);
    if (!status)
        status = check_stdout(r, &targets);
    if (!status)
        status = cli_sizes_init(&r->options, model, &sizes);
    if (!status)
        status = cli_read_inputs(&sizes, &r->inputs, &inputs);
    if (status)
        return status;
    return r->pictures.files.count ? cli_classify(&r->options, &r->pictures, session, &sizes, &inputs, &targets)
                                   : run_tensors(r, session, &sizes, &inputs, &targets);
}

int cli_run(cli_state *cli, int argc, char **argv)
{
    run r = {.options = {.cli = cli}, .pictures = {.top = 5, .how = {.struct_size = sizeof r.pictures.how}}, .seed = -1};
    r.picture_input = (cli_picture_input){&r.options, &r.pictures};
    return cli_parse(cli, &argp, 0, argc, argv, &r) || run_model(&r) ? CLI_FAILED : CLI_DONE;
}
