/* sard diff: how far outputs are apart, of two models, two levels or two backends. */
#include "cli/input.h"
#include "cli/json.h"
#include "cli/load.h"
#include "cli/table.h"
#include "cli/tensor.h"

#include <math.h>
#include <string.h>

typedef struct diff {
    cli_options options;
    const char *other, *against;
    cli_words inputs;
    int64_t seed;
    double tolerance; /* negative: any difference is fine */
} diff;

/* A model with what it made of the inputs. options: with its name. */
typedef struct side {
    cli_options options;
    sard_model *model;
    sard_session *session;
    sard_tensor *outputs;
} side;

typedef struct distance {
    double max, mean;
} distance;

/* Elements that are equal, or both NaN, are 0 apart; NaN is infinitely far from a number. */
static double apart(double a, double b)
{
    if (a == b || (isnan(a) && isnan(b)))
        return 0;
    const double d = fabs(a - b);
    return isnan(d) ? (double)INFINITY : d;
}

static double strings_apart(const sard_tensor *a, const sard_tensor *b, size_t i)
{
    const sard_string x = ((const sard_string *)a->data)[i], y = ((const sard_string *)b->data)[i];
    return x.size == y.size && (x.size == 0 || memcmp(x.data, y.data, x.size) == 0) ? 0 : (double)INFINITY;
}

static distance measure(const sard_tensor *a, const sard_tensor *b)
{
    distance d = {0, 0};
    const size_t count = cli_count(a);
    for (size_t i = 0; i < count; i++) {
        const double x = a->dtype == SARD_STRING ? strings_apart(a, b, i) : apart(cli_get(a, i), cli_get(b, i));
        d.max = x > d.max ? x : d.max;
        d.mean += x / (double)count;
    }
    return d;
}

static bool same_kind(const sard_tensor *a, const sard_tensor *b)
{
    bool same = a->rank == b->rank && (a->dtype == SARD_STRING) == (b->dtype == SARD_STRING);
    for (int i = 0; same && i < a->rank; i++)
        same = a->dims[i] == b->dims[i];
    return same;
}

/* plain: unoptimised. */
static sard_status open_side(const diff *d, sard_context *context, const char *path, bool plain, const char *backends, side *s)
{
    *s = (side){.options = d->options};
    s->options.model = path;
    if (plain) {
        s->options.level = SARD_O0;
        s->options.passes = NULL;
    }
    const sard_status status = cli_open_model(&s->options, context, path, NULL, &s->model);
    return status ? status : cli_open_session(&s->options, s->model, backends, false, &s->session);
}

static sard_status run_side(const cli_inputs *inputs, side *s)
{
    const size_t count = sard_model_output_count(s->model);
    s->outputs = cli_alloc(s->options.cli, count, sizeof *s->outputs);
    return cli_run_session(&s->options, s->session, inputs, s->outputs, count);
}

static sard_status get_inputs(diff *d, const sard_model *model, cli_sizes *sizes, cli_inputs *inputs)
{
    sard_status status = cli_sizes_init(&d->options, model, sizes);
    if (!status)
        status = cli_read_inputs(sizes, &d->inputs, inputs);
    if (!status)
        status = cli_shape_inputs(sizes, inputs);
    return status ? status : cli_fill_inputs(sizes, inputs, (uint64_t)d->seed);
}

/* Without another model: the same one. Without another backend: unoptimised on reference, or the options' backends for another model. */
static sard_status run_both(diff *d, cli_inputs *inputs, side *a, side *b)
{
    sard_context *context;
    cli_sizes sizes;
    const bool plain = !d->other && !d->against;
    const char *path = d->other ? d->other : d->options.model;
    sard_status status = cli_open_context(&d->options, &context);
    if (!status)
        status = open_side(d, context, d->options.model, false, NULL, a);
    if (!status)
        status = open_side(d, context, path, plain, plain ? "reference" : d->against, b);
    if (!status)
        status = get_inputs(d, a->model, &sizes, inputs);
    if (!status)
        status = run_side(inputs, a);
    return status ? status : run_side(inputs, b);
}

static void report(const diff *d, const char *name, distance x, bool good, cli_table *table, cJSON *array)
{
    cli_cell(table, "%s", name);
    cli_cell(table, "%.6g", x.max);
    cli_cell(table, "%.6g", x.mean);
    cli_cell(table, "%s", d->tolerance < 0 ? "" : good ? "ok" : "too far");
    cJSON *row = cli_json_object(array);
    cli_json_text(row, "name", name);
    cli_json_number(row, "max_abs", x.max);
    cli_json_number(row, "mean_abs", x.mean);
    cJSON_AddBoolToObject(row, "ok", good);
}

/* Outputs of other shapes are a negative answer, told on stderr. */
static int compare(const diff *d, const side *a, const side *b)
{
    cli_state *cli = d->options.cli;
    cJSON *json = cli_json_new(cli), *array = cli_json_array(json, "outputs");
    cli_table *table = cli_table_new(cli, "output|>max abs|>mean abs|");
    const size_t count = sard_model_output_count(a->model), others = sard_model_output_count(b->model);
    bool good = count == others;
    if (!good)
        cli_say(cli_format(cli, "%zu outputs against %zu", count, others));
    for (size_t i = 0; i < count && i < others; i++) {
        const sard_tensor *x = &a->outputs[i], *y = &b->outputs[i];
        const char *name = sard_model_output(a->model, i)->name;
        const bool same = same_kind(x, y);
        const distance far = same ? measure(x, y) : (distance){INFINITY, INFINITY};
        const bool near = same && (d->tolerance < 0 || far.max <= d->tolerance);
        if (!same)
            cli_say(cli_format(cli, "output '%s' is %s %s against %s %s", name, sard_dtype_name(x->dtype), cli_shape(cli, x),
                               sard_dtype_name(y->dtype), cli_shape(cli, y)));
        report(d, name, far, near, table, array);
        good &= near;
    }
    if (!d->options.json)
        cli_table_print(table, false);
    else if (cli_json_print(cli, json))
        return CLI_FAILED;
    return good ? CLI_DONE : CLI_NO;
}

enum { AGAINST = 256, TOLERANCE, SEED };

static error_t parse(int key, char *arg, struct argp_state *state)
{
    diff *d = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        cli_init_children(state, 3);
        return 0;
    case ARGP_KEY_ARG:
        if (!d->options.model || d->other)
            return cli_take_model(&d->options, arg);
        d->other = arg;
        return 0;
    case ARGP_KEY_NO_ARGS:
        return cli_refuse(&d->options, "which model? sard diff A.onnx [B.onnx]");
    case 'i':
        cli_words_add(d->options.cli, &d->inputs, arg);
        return 0;
    case AGAINST:
        d->against = arg;
        return 0;
    case TOLERANCE:
        return cli_number(arg, 0, 1e300, &d->tolerance) ? 0 : cli_refuse(&d->options, "--tol %s: a number is wanted", arg);
    case SEED:
        return cli_integer(arg, 0, INT64_MAX, &d->seed) ? 0 : cli_refuse(&d->options, "--seed %s: a number is wanted", arg);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"input", 'i', "[NAME=]FILE", 0, "An input of A, .npy, .npz or .pb [random]; B gets the same, in order", 1},
    {"against", AGAINST, "A,B,...", 0, "Backends of the other side", 0},
    {"tol", TOLERANCE, "T", 0, "Exit with 1 where an element differs by more than T", 0},
    {"seed", SEED, "N", 0, "Seed of random inputs [0]", 0},
    {0},
};

static const struct argp_child children[] = {
    {&cli_set_argp, 0, NULL, 0}, {&cli_model_argp, 0, NULL, 0}, {&cli_general_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "A.onnx [B.onnx]",
    .doc = "Runs two models, or one model in two ways, on the same inputs and tells how far the outputs are apart. Without B and --against"
           " A is compared with itself, unoptimised on the reference backend."
           "\vExit status: 0 done, 1 above --tol or of other shapes, 2 could not do it.\nFor example:\n"
           "  sard diff net.onnx --backend openblas --against reference --tol 1e-4",
    .children = children,
};

int cli_diff(cli_state *cli, int argc, char **argv)
{
    diff d = {.options = {.cli = cli}, .tolerance = -1};
    side a, b;
    cli_inputs inputs;
    if (cli_parse(cli, &argp, 0, argc, argv, &d) || run_both(&d, &inputs, &a, &b))
        return CLI_FAILED;
    const int answer = compare(&d, &a, &b);
    cli_tell_guesses(cli, &inputs);
    return answer;
}
