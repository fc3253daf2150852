/* sard diff: two models, levels or backends, a model and stored answers; where they part, by node and by pass. */
#include "cli/diff.h"
#include "cli/file.h"
#include "cli/load.h"

#include <string.h>

enum { AGAINST = 256, TOLERANCE, SEED, COUNT, DATA, PER_NODE, PER_PASS };

static error_t parse_number(int key, const char *arg, cli_comparison *d)
{
    if (key == TOLERANCE)
        return cli_number(arg, 0, 1e300, &d->tolerance) ? 0 : cli_refuse(&d->options, "--tol %s: a number is wanted", arg);
    if (key == SEED)
        return cli_integer(arg, 0, INT64_MAX, &d->source.seed) ? 0 : cli_refuse(&d->options, "--seed %s: a number is wanted", arg);
    return cli_integer(arg, 1, 10000, &d->source.count) ? 0
                                                        : cli_refuse(&d->options, "--count %s: a number from 1 to 10000 is wanted", arg);
}

static error_t check(const cli_comparison *d)
{
    const cli_options *o = &d->options;
    if (!o->model)
        return cli_refuse(o, "which model? sard diff A.onnx [B]");
    if (d->per_node && d->per_pass)
        return cli_refuse(o, "--per-node and --per-pass are two questions");
    if (d->per_pass && (d->other || d->against))
        return cli_refuse(o, "--per-pass compares a model with itself: B and --against have no meaning");
    if (d->per_pass && d->tolerance >= 0)
        return cli_refuse(o, "--per-pass measures what rounding may do: --tol has no meaning");
    return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    cli_comparison *d = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        cli_init_children(state, 4);
        return 0;
    case ARGP_KEY_ARG:
        if (!d->options.model || d->other)
            return cli_take_model(&d->options, arg);
        d->other = arg;
        return 0;
    case ARGP_KEY_END:
        return check(d);
    case 'i':
        cli_words_add(d->options.cli, &d->source.inputs, arg);
        return 0;
    case DATA:
        cli_words_add(d->options.cli, &d->source.folders, arg);
        return 0;
    case AGAINST:
        d->against = arg;
        return 0;
    case PER_NODE:
        d->per_node = true;
        return 0;
    case PER_PASS:
        d->per_pass = true;
        return 0;
    case TOLERANCE:
    case SEED:
    case COUNT:
        return parse_number(key, arg, d);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"per-node", PER_NODE, NULL, 0, "Compare all values that both sides make; name the first that parts beyond rounding", 1},
    {"per-pass", PER_PASS, NULL, 0, "Run A behind each pass; name the first pass, edit and node that moves the answer beyond rounding", 0},
    {"against", AGAINST, "A,B,...", 0, "The other side: backends, and perhaps a level (O0) and f64: reference,O0", 0},
    {"input", 'i', "[NAME=]FILE", 0, "An input of A, .npy, .npz or .pb [random]; B gets the same, in order", 0},
    {"data", DATA, "DIR", 0, "Inputs and expected outputs: input_0.pb, output_0.pb, ..., or folders test_data_set_0, ...; may be repeated",
     0},
    {"seed", SEED, "N", 0, "Seed of random inputs [0]", 0},
    {"count", COUNT, "N", 0, "Take so many random inputs, of seeds N, N+1, ... [1; --per-pass 8]", 0},
    {"tol", TOLERANCE, "T", 0, "An element may be off by T [1e-3 of itself + 1e-4 of the output's deviation + 1e-7; integers by nothing]",
     0},
    {0},
};

static const struct argp_child children[] = {
    {&cli_set_argp, 0, NULL, 0}, {&cli_model_argp, 0, NULL, 0}, {&cli_load_argp, 0, NULL, 0}, {&cli_general_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "A.onnx [B.onnx|DIR]",
    .doc = "Runs two models, or one model in two ways, on the same inputs and tells how far the outputs are apart. Without B and --against"
           " A is compared with itself, unoptimised on the reference backend; with --data alone with the answers that are stored there."
           " With --per-node B may be a folder of stored values, files NAME.npy or NAME.pb."
           "\vExit status: 0 the same, 1 they differ, 2 could not do it.\nFor example:\n"
           "  sard diff net.onnx --backend openblas --against reference\n"
           "  sard diff net.onnx --per-pass -O3 --accuracy exact\n"
           "  sard diff net.onnx --data test_data_set_0",
    .children = children,
};

/* A model that comes through stdin is loaded several times, but can be read once. */
static sard_status read_piped(cli_comparison *d)
{
    if (strcmp(d->options.model, "-") != 0 && (!d->other || strcmp(d->other, "-") != 0))
        return SARD_OK;
    return cli_read_file(d->options.cli, "-", &d->options.piped, &d->options.piped_size);
}

int cli_diff(cli_state *cli, int argc, char **argv)
{
    cli_comparison d = {.options = {.cli = cli}, .tolerance = -1};
    if (cli_parse(cli, &argp, 0, argc, argv, &d) || read_piped(&d) || cli_open_context(&d.options, &d.context))
        return CLI_FAILED;
    const int answer = d.per_pass ? cli_diff_passes(&d) : d.per_node ? cli_diff_nodes(&d) : cli_diff_outputs(&d);
    if (answer != CLI_FAILED && d.samples.count)
        cli_tell_guesses(cli, &d.samples.items[0].inputs);
    return answer;
}
