/* sard bench: load, first run, steady runs, memory; where the time goes. */
#include "cli/explain.h"
#include "cli/input.h"
#include "cli/load.h"
#include "cli/plan.h"
#include "cli/table.h"
#include "cli/tensor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

typedef struct bench {
    cli_options options;
    cli_words inputs;
    double seconds;
    int64_t seed;
    bool profile;
    /* what was measured, in ms */
    double load, first, *runs;
    size_t run_count, room;
    cli_explain passes;
    int threads;
} bench;

/* The kernel's high-water mark of this program; getrusage's would include what the shell had before exec. */
static double peak_rss(void)
{
    struct rusage usage;
    long kib = 0;
    char line[256];
    FILE *status = fopen("/proc/self/status", "r");
    while (status && kib == 0 && fgets(line, sizeof line, status))
        if (strncmp(line, "VmHWM:", 6) == 0)
            kib = strtol(line + 6, NULL, 10);
    if (status)
        fclose(status);
    if (kib == 0 && getrusage(RUSAGE_SELF, &usage) == 0)
        kib = usage.ru_maxrss;
    return (double)kib * 1024;
}

static void add_run(bench *b, double ms)
{
    if (b->run_count == b->room) {
        double *runs = cli_alloc(b->options.cli, b->room = 2 * b->room + 1024, sizeof *runs);
        if (b->run_count)
            memcpy(runs, b->runs, b->run_count * sizeof *runs);
        b->runs = runs;
    }
    b->runs[b->run_count++] = ms;
}

static sard_status run_once(const bench *b, sard_session *session, const cli_inputs *inputs, sard_tensor *outputs, size_t count, double *ms)
{
    memset(outputs, 0, count * sizeof *outputs);
    const double start = cli_now();
    const sard_status status = cli_run_session(&b->options, session, inputs, outputs, count);
    *ms = cli_now() - start;
    return status;
}

/* At least one run after the first, however slow. */
static sard_status measure(bench *b, sard_session *session, const sard_model *model, const cli_inputs *inputs)
{
    const size_t count = sard_model_output_count(model);
    sard_tensor *outputs = cli_alloc(b->options.cli, count, sizeof *outputs);
    double ms = 0;
    sard_status status = run_once(b, session, inputs, outputs, count, &ms);
    b->first += ms;
    const double end = cli_now() + b->seconds * 1e3;
    while (!status && (b->run_count == 0 || cli_now() < end)) {
        status = run_once(b, session, inputs, outputs, count, &ms);
        add_run(b, ms);
        cli_progress(b->options.cli, "%zu runs, %.0f s to go", b->run_count, (end - cli_now()) / 1e3);
    }
    cli_progress_end(b->options.cli);
    return status;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Of sorted runs: the smallest one that is not exceeded by a share of p. */
static double quantile(const bench *b, double p)
{
    const size_t i = (size_t)(p * (double)b->run_count);
    return b->runs[i < b->run_count ? i : b->run_count - 1];
}

static double median(const bench *b) { return (b->runs[(b->run_count - 1) / 2] + b->runs[b->run_count / 2]) / 2; }

static sard_status print_json(const bench *b, const sard_model *model, const cli_inputs *inputs, const sard_session *session)
{
    cli_state *cli = b->options.cli;
    cJSON *json = cli_json_new(cli);
    cli_json_number(json, "load_ms", b->load);
    cli_json_number(json, "first_run_ms", b->first);
    cli_json_number(json, "min_ms", b->runs[0]);
    cli_json_number(json, "median_ms", median(b));
    cli_json_number(json, "p99_ms", quantile(b, 0.99));
    cli_json_number(json, "runs", (double)b->run_count);
    cli_json_number(json, "threads", b->threads);
    cli_json_number(json, "peak_rss_bytes", peak_rss());
    cli_json_slow_steps(cli, json, session);
    cJSON *array = cli_json_array(json, "inputs");
    for (size_t i = 0; i < inputs->count; i++)
        cli_json_tensor(array, sard_model_input(model, i)->name, &inputs->tensors[i]);
    if (b->profile) {
        cli_json_number(json, "passes_ms", cli_explain_ms(&b->passes));
        cli_json_steps(cli, cli_json_array(json, "steps"), session, true);
    }
    return cli_json_print(cli, json);
}

static void print_table(const bench *b, const sard_model *model, const cli_inputs *inputs)
{
    cli_state *cli = b->options.cli;
    for (size_t i = 0; i < inputs->count; i++)
        cli_print("%s %s %s%s\n", sard_model_input(model, i)->name, sard_dtype_name(inputs->tensors[i].dtype),
                  cli_shape(cli, &inputs->tensors[i]), inputs->files[i] ? "" : ", random");
    cli_table *table = cli_table_new(cli, ">load|>first run|>min|>median|>p99|>runs|>threads|>peak memory");
    cli_cell(table, "%.1f ms", b->load);
    cli_cell(table, "%.2f ms", b->first);
    cli_cell(table, "%.3f ms", b->runs[0]);
    cli_cell(table, "%.3f ms", median(b));
    cli_cell(table, "%.3f ms", quantile(b, 0.99));
    cli_cell(table, "%zu", b->run_count);
    cli_cell(table, "%d", b->threads);
    cli_cell(table, "%s", cli_human(cli, peak_rss(), "B"));
    cli_table_print(table, false);
}

static void print_profile(const bench *b, const sard_session *session)
{
    cli_print("passes %.2f ms of the load\n", cli_explain_ms(&b->passes));
    cli_print_profile(b->options.cli, session);
}

enum { SECONDS = 256, PROFILE, SEED };

static error_t parse(int key, char *arg, struct argp_state *state)
{
    bench *b = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        cli_init_children(state, 4);
        return 0;
    case ARGP_KEY_ARG:
        return cli_take_model(&b->options, arg);
    case ARGP_KEY_NO_ARGS:
        return cli_refuse(&b->options, "which model? sard bench MODEL.onnx");
    case 'i':
        cli_words_add(b->options.cli, &b->inputs, arg);
        return 0;
    case SECONDS:
        return cli_number(arg, 0, 1e6, &b->seconds) ? 0 : cli_refuse(&b->options, "--seconds %s: a number of seconds is wanted", arg);
    case PROFILE:
        b->profile = true;
        return 0;
    case SEED:
        return cli_integer(arg, 0, INT64_MAX, &b->seed) ? 0 : cli_refuse(&b->options, "--seed %s: a number is wanted", arg);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"seconds", SECONDS, "S", 0, "Run for S seconds, at least once after the first run [3]", 1},
    {"profile", PROFILE, NULL, 0, "The time of the passes, and a row per step, slowest first: time, share, GFLOP/s, bytes, kernel", 0},
    {"input", 'i', "[NAME=]FILE", 0, "An input, .npy, .npz or .pb [random]", 0},
    {"seed", SEED, "N", 0, "Seed of random inputs [0]", 0},
    {0},
};

static const struct argp_child children[] = {
    {&cli_set_argp, 0, NULL, 0}, {&cli_model_argp, 0, NULL, 0}, {&cli_load_argp, 0, NULL, 0}, {&cli_general_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "MODEL.onnx",
    .doc = "Measures how long loading, the first run and further runs take, and the peak of memory."
           "\vp99: 99 of 100 runs took no longer. For example:\n"
           "  sard bench inception_v3.onnx --threads 2 --seconds 3 --profile",
    .children = children,
};

/* Inputs get elements when the plan is made: a shape that is too large fails by name. The first run's time includes the plan. */
static sard_status prepare(bench *b, sard_session *session, cli_sizes *sizes, cli_inputs *inputs)
{
    sard_status status = cli_sizes_init(&b->options, sizes->model, sizes);
    if (!status)
        status = cli_read_inputs(sizes, &b->inputs, inputs);
    if (!status)
        status = cli_shape_inputs(sizes, inputs);
    if (status)
        return status;
    const double start = cli_now();
    status = cli_plan_session(&b->options, session, inputs);
    b->first = cli_now() - start;
    return status ? status : cli_fill_inputs(sizes, inputs, (uint64_t)b->seed);
}

int cli_bench(cli_state *cli, int argc, char **argv)
{
    bench b = {.options = {.cli = cli}, .seconds = 3, .passes = {.cli = cli}};
    sard_context *context;
    sard_model *model;
    sard_session *session;
    if (cli_parse(cli, &argp, 0, argc, argv, &b) || cli_open_context(&b.options, &context))
        return CLI_FAILED;
    b.threads = sard_context_threads(context);
    const sard_model_options model_options = {
        .struct_size = sizeof model_options, .on_pass = b.profile ? cli_explain_add : NULL, .on_pass_user = &b.passes};
    const sard_session_options session_options = {.struct_size = sizeof session_options, .profile = b.profile};
    const double start = cli_now();
    if (cli_open_model(&b.options, context, b.options.model, &model_options, &model) ||
        cli_open_session(&b.options, model, &session_options, &session))
        return CLI_FAILED;
    b.load = cli_now() - start;
    cli_sizes sizes = {.model = model};
    cli_inputs inputs;
    if (prepare(&b, session, &sizes, &inputs) || measure(&b, session, model, &inputs))
        return CLI_FAILED;
    qsort(b.runs, b.run_count, sizeof *b.runs, ascending);
    if (b.options.json) {
        if (print_json(&b, model, &inputs, session))
            return CLI_FAILED;
    } else {
        print_table(&b, model, &inputs);
        const char *slow = cli_slow_steps(cli, session);
        if (*slow)
            cli_print("%s\n", slow);
        if (b.profile)
            print_profile(&b, session);
    }
    cli_tell_guesses(cli, &inputs);
    return CLI_DONE;
}
