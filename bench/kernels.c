/* Every kernel of the native backend on every layer of the zoo: time, GFLOP/s, and the share of the multiply-adds that the machine can do,
 * measured between the networks. The tier is the best of the machine, or the one that SARD_ISA names.
 *
 * usage: SARD_ISA=avx2 bench_kernels PEAK [NETWORK...]     PEAK: GFLOP/s of a core (bench_peak tells)
 *
 * Each kernel gets a backend of its own that stands before native, and runs wherever it matches. Layers with the same shapes count once. */
#include "zoo/zoo.h"

#include <sard/plugin.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RUNS 5
#define MOST_ROWS 4096
#define MOST_KERNELS 256

typedef char backend_name[32];

/* A kernel on a shape. */
typedef struct row {
    char kernel[64], layer[224];
    double ms, macs, bytes;
} row;

typedef struct table {
    row rows[MOST_ROWS];
    size_t count;
} table;

static const char *const wanted[] = {"Conv",        "ConvTranspose",     "Gemm",          "MatMul", "MaxPool",
                                     "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "Softmax"};

static bool is_wanted(const char *op)
{
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (strcmp(op, wanted[i]) == 0)
            return true;
    return false;
}

static size_t add_shape(char *text, size_t size, size_t at, const sard_value_info *info)
{
    for (int i = 0; i < info->rank && at < size; i++)
        at += (size_t)snprintf(text + at, size - at, "%s%lld", i ? "x" : " ", (long long)info->dims[i]);
    return at;
}

/* "Conv+Relu 1x35x35x192 64x192x1x1 -> 1x35x35x64". */
static void name_layer(const sard_step_info *step, char *text, size_t size)
{
    size_t at = (size_t)snprintf(text, size, "%s", step->op);
    for (size_t i = 0; i < step->epilogue_count && at < size; i++)
        at += (size_t)snprintf(text + at, size - at, "+%s", step->epilogue[i]);
    for (size_t i = 0; i < step->input_count && i < 2 && at < size; i++)
        at = add_shape(text, size, at, &step->inputs[i]);
    if (at < size)
        at += (size_t)snprintf(text + at, size - at, " ->");
    if (step->output_count && at < size)
        add_shape(text, size, at, &step->outputs[0]);
}

static void note(table *t, const sard_step_info *step)
{
    row one = {.ms = step->milliseconds, .macs = step->macs, .bytes = step->bytes};
    snprintf(one.kernel, sizeof one.kernel, "%s", step->kernel);
    name_layer(step, one.layer, sizeof one.layer);
    for (size_t i = 0; i < t->count; i++)
        if (strcmp(t->rows[i].kernel, one.kernel) == 0 && strcmp(t->rows[i].layer, one.layer) == 0) {
            if (one.ms < t->rows[i].ms)
                t->rows[i].ms = one.ms;
            return;
        }
    if (t->count < MOST_ROWS)
        t->rows[t->count++] = one;
}

/* Runs the network with one backend first and notes the steps that it took. */
static sard_status measure(sard_model *model, const char *backend, const sard_tensor *input, table *t, sard_error *error)
{
    char order[96];
    snprintf(order, sizeof order, "%s,native", backend);
    const sard_session_options options = {
        .struct_size = sizeof options, .backends = order, .threads = 1, .profile = true, .accuracy = SARD_FAST};
    sard_session *session;
    sard_status status = sard_session_new(model, &options, &session, error);
    if (status)
        return status;
    sard_step_info step = {.struct_size = sizeof step};
    bool any = false;
    for (size_t i = 0; !any && sard_session_step(session, i, &step); i++)
        any = strcmp(step.backend, backend) == 0;
    for (int n = 0; any && !status && n < RUNS; n++) {
        sard_tensor output = {0};
        status = sard_session_run(session, input, 1, &output, 1, error);
    }
    for (size_t i = 0; any && !status && sard_session_step(session, i, &step); i++)
        if (strcmp(step.backend, backend) == 0 && is_wanted(step.op))
            note(t, &step);
    sard_session_free(session);
    return status;
}

static const sard_backend *find_native(const sard_context *context)
{
    const sard_backend *backend;
    for (size_t i = 0; (backend = sard_context_backend(context, i)); i++)
        if (strcmp(backend->name, "native") == 0)
            return backend;
    return NULL;
}

/* A backend "only_0", "only_1", ... for each kernel. */
static sard_status split_native(sard_context *context, const sard_backend *native, backend_name *names, sard_error *error)
{
    sard_status status = SARD_OK;
    for (size_t i = 0; i < native->kernel_count && i < MOST_KERNELS && !status; i++) {
        snprintf(names[i], sizeof names[i], "only_%zu", i);
        const sard_backend one = {
            .struct_size = sizeof one, .name = names[i], .usable = native->usable, .kernels = &native->kernels[i], .kernel_count = 1};
        status = sard_context_register_backend(context, &one, error);
    }
    return status;
}

static sard_status run_network(sard_context *context, const char *name, size_t kernels, const backend_name *names, table *t,
                               sard_error *error)
{
    sard_graph *graph;
    sard_model *model;
    sard_status status = sard_zoo_build(context, name, 0, &graph, error);
    if (status)
        return status;
    status = sard_model_from_graph(context, graph, NULL, &model, error);
    if (!status) {
        const sard_value_info *info = sard_model_input(model, 0);
        sard_tensor input = {.dtype = SARD_F32, .rank = info->rank};
        size_t count = 1;
        for (int i = 0; i < info->rank; i++)
            count *= (size_t)(input.dims[i] = info->dims[i] > 0 ? info->dims[i] : 1);
        float *data = aligned_alloc(64, (count * sizeof *data + 63) / 64 * 64);
        for (size_t i = 0; data && i < count; i++)
            data[i] = (float)(i * 2654435761u % 2001) / 1000 - 1;
        input.data = data;
        input.bytes = count * sizeof *data;
        for (size_t k = 0; data && !status && k < kernels && k < MOST_KERNELS; k++)
            status = measure(model, names[k], &input, t, error);
        free(data);
        sard_model_free(model);
    }
    sard_graph_free(graph);
    return status;
}

static int by_layer(const void *a, const void *b)
{
    const row *x = a, *y = b;
    const int order = strcmp(x->layer, y->layer);
    return order ? order : (x->ms > y->ms) - (x->ms < y->ms);
}

static void print_table(table *t, double peak)
{
    qsort(t->rows, t->count, sizeof *t->rows, by_layer);
    printf("%9s %9s %7s %7s  %-24s %s\n", "ms", "GFLOP/s", "peak", "GB/s", "kernel", "layer");
    for (size_t i = 0; i < t->count; i++) {
        const row *r = &t->rows[i];
        const double rate = r->ms > 0 ? 2e-6 * r->macs / r->ms : 0;
        printf("%9.4f %9.1f %6.1f%% %7.1f  %-24s %s\n", r->ms, rate, 100 * rate / peak, r->ms > 0 ? 1e-6 * r->bytes / r->ms : 0, r->kernel,
               r->layer);
    }
}

static int fail(const sard_error *error) { return fprintf(stderr, "bench_kernels: %s\n", error->text), 2; }

int main(int argc, char **argv)
{
    static table t;
    static backend_name names[MOST_KERNELS];
    sard_context *context;
    sard_error error;
    const double peak = argc > 1 ? atof(argv[1]) : 0;
    if (!(peak > 0))
        return fprintf(stderr, "usage: bench_kernels PEAK [NETWORK...]\n"), 2;
    const sard_context_options options = {.struct_size = sizeof options, .threads = 1};
    if (sard_context_new(&options, &context, &error))
        return fail(&error);
    const sard_backend *native = find_native(context);
    if (!native || split_native(context, native, names, &error))
        return native ? fail(&error) : (fprintf(stderr, "bench_kernels: no native backend\n"), 2);
    const sard_zoo_network *network;
    for (size_t i = 0; (network = sard_zoo_at(i)); i++) {
        bool wanted_here = argc < 3;
        for (int k = 2; k < argc; k++)
            wanted_here |= strcmp(argv[k], network->name) == 0;
        if (wanted_here && run_network(context, network->name, native->kernel_count, names, &t, &error))
            return fail(&error);
    }
    print_table(&t, peak);
    sard_context_free(context);
    return 0;
}
