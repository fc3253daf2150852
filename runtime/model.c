/* From a file, from memory, or from a graph to a model: import, infer, optimise. */
#include "runtime/model.h"

#include "ir/options.h"

#include <string.h>

/* ---- problems ---- */

/* Collects what keeps a model from running: the first goes into the error, all of them to the caller's function. */
typedef struct problems {
    const sard_model_options *options;
    sard_error first;
    size_t count;
} problems;

static void add_problem(void *user, const sard_error *problem)
{
    problems *p = user;
    if (!p->count++)
        p->first = *problem;
    if (p->options->on_problem)
        p->options->on_problem(p->options->on_problem_user, problem->text);
}

/* The error of a model: where it is, what is wrong first, and how much more. A failure that is no problem of the model is one itself. */
static sard_status give_up(problems *p, const char *where, sard_status status, const sard_error *own, sard_error *error)
{
    if (!p->count)
        add_problem(p, own);
    if (p->count > 1)
        return sard_fail(error, status, "%.400s: %s (and %zu more)", where, p->first.text, p->count - 1);
    return sard_fail(error, status, "%.400s: %s", where, p->first.text);
}

/* ---- making ---- */

static void parallel(void *owner, int threads, size_t count, void (*work)(void *arg, size_t i), void *arg)
{
    const sard_model *model = owner;
    sard_context_parallel(model->context, threads, count, work, arg);
}

static void release(void *owner, const void *data, size_t bytes)
{
    const sard_model *model = owner;
    if (model->origin)
        model->origin->frontend->release(model->origin, data, bytes);
}

static sard_status allocate(sard_context *context, sard_model **out, sard_error *error)
{
    sard_model *model = context->allocator.alloc(context->allocator.user, sizeof *model);
    if (!model)
        return sard_no_memory(error);
    *model = (sard_model){.context = context};
    sard_arena_init(&model->arena, &context->allocator);
    model->source = (sard_plan_source){
        .allocator = &context->allocator, .limits = &context->limits, .parallel = parallel, .release = release, .owner = model};
    sard_store_init(&model->source.store, &context->allocator);
    *out = model;
    return SARD_OK;
}

/* What the caller asked for, checked before anything is read. */
static sard_status read_options(const sard_context *context, const sard_model_options *given, sard_model_options *options,
                                sard_error *error)
{
    *options = (sard_model_options){.struct_size = sizeof *options};
    sard_status status = sard_take_options(options, sizeof *options, given, "sard_model_options", error);
    if (status)
        return status;
    if ((int)options->level < 0 || options->level > SARD_O3)
        return sard_fail(error, SARD_ARGUMENT, "there is no level %d", (int)options->level);
    if ((int)options->precision < 0 || options->precision > SARD_PRECISION_F64)
        return sard_fail(error, SARD_ARGUMENT, "there is no precision %d", (int)options->precision);
    for (size_t i = 0; i < options->keep_count; i++)
        if (!options->keep || !options->keep[i])
            return sard_null(error, "a name in keep");
    status = sard_check_passes(context, options->pass_filter, error);
    return status ? status : sard_check_passes(context, options->pass_exclude, error);
}

static sard_status start(sard_context *context, const sard_model_options *given, sard_model_options *options, sard_model **out,
                         sard_error *error)
{
    const sard_status status = read_options(context, given, options, error);
    return status ? status : allocate(context, out, error);
}

void sard_model_free(sard_model *model)
{
    if (!model)
        return;
    sard_store_destroy(&model->source.store);
    sard_arena_reset(&model->arena);
    sard_origin_close(model->origin);
    const sard_allocator allocator = model->context->allocator;
    allocator.free(allocator.user, model);
}

static size_t alike(const char *a, const char *b)
{
    size_t n = 0;
    while (a[n] && a[n] == b[n])
        n++;
    return n;
}

/* Names the values that begin most alike. */
static sard_status no_such_value(const sard_graph *graph, const char *name, sard_error *error)
{
    enum { FEW = 3 };
    const char *near[FEW] = {"", "", ""};
    for (size_t i = 0; i < graph->value_count; i++) {
        size_t at = FEW;
        while (at && (!*near[at - 1] || alike(graph->values[i]->name, name) > alike(near[at - 1], name)))
            at--;
        if (at == FEW || !*graph->values[i]->name)
            continue;
        memmove(&near[at + 1], &near[at], (FEW - 1 - at) * sizeof *near);
        near[at] = graph->values[i]->name;
    }
    return sard_fail(error, SARD_ARGUMENT, "there is no value '%.100s'; there are %zu, among them '%.60s%s%.60s%s%.60s%s", name,
                     graph->value_count, near[0], *near[1] ? "', '" : "", near[1], *near[2] ? "', '" : "", near[2], "'");
}

static sard_status keep_outputs(sard_model *model, const sard_model_options *options, sard_error *error)
{
    for (size_t i = 0; i < options->keep_count; i++) {
        sard_value *value = sard_graph_find(model->graph, options->keep[i]);
        if (!value)
            return no_such_value(model->graph, options->keep[i], error);
        if (!sard_graph_add_output(model->graph, value))
            return sard_no_memory(error);
    }
    return SARD_OK;
}

static sard_status describe(sard_model *model, sard_error *error)
{
    const sard_graph *graph = model->source.graph = model->graph;
    model->inputs = SARD_NEW(&model->arena, sard_value_info, graph->input_count);
    model->outputs = SARD_NEW(&model->arena, sard_value_info, graph->output_count);
    if (!model->inputs || !model->outputs)
        return sard_no_memory(error);
    for (size_t i = 0; i < graph->input_count; i++)
        sard_value_describe(graph->inputs[i], graph->inputs[i]->name, &model->inputs[i]);
    for (size_t i = 0; i < graph->output_count; i++)
        sard_value_describe(graph->outputs[i], graph->output_names[i], &model->outputs[i]);
    return SARD_OK;
}

/* From a graph as it was imported to a model that can be planned. */
static sard_status finish(sard_model *model, problems *p, sard_error *error)
{
    const sard_model_options *options = p->options;
    sard_status status = sard_graph_infer(model->graph, add_problem, p, error);
    if (!status)
        status = keep_outputs(model, options, error);
    if (!status && options->precision == SARD_PRECISION_F64)
        status = sard_graph_widen(model->graph, error);
    if (!status)
        status = sard_optimize(model->context, model->graph, options, error);
    return status ? status : describe(model, error);
}

/* Imports the model's file and finishes it. An import that found problems still infers, so that all are told at once. */
static sard_status import(sard_model *model, problems *p, sard_error *error)
{
    const sard_context *context = model->context;
    const sard_status status = model->origin->frontend->import(model->origin, &model->arena, &context->ops, &context->limits, add_problem,
                                                               p, &model->graph, error);
    if (status && model->graph && p->count && status != SARD_NOMEM) {
        sard_error ignored;
        const sard_status more = sard_graph_infer(model->graph, add_problem, p, &ignored);
        (void)more;
    }
    return status ? status : finish(model, p, error);
}

static sard_status complete(sard_model *model, const char *where, sard_status opened, const sard_model_options *options, sard_model **out,
                            sard_error *own, sard_error *error)
{
    problems p = {.options = options};
    const sard_status status = opened ? opened : import(model, &p, own);
    if (!status) {
        *out = model;
        return SARD_OK;
    }
    sard_model_free(model);
    return give_up(&p, where, status, own, error);
}

/* where: what errors begin with. */
static sard_status load(sard_context *context, sard_read_request request, const char *where, const sard_model_options *given,
                        sard_model **out, sard_error *error)
{
    sard_model *model;
    sard_model_options options;
    sard_error own = {.text = ""};
    sard_status status = start(context, given, &options, &model, error);
    if (status)
        return status;
    request.flags = (options.follow_links ? SARD_READ_LINKS : 0) | (options.copy ? SARD_READ_COPY : 0);
    request.limits = &context->limits;
    request.allocator = &context->allocator;
    status = sard_origin_open(&request, &model->origin, &own);
    return complete(model, where, status, &options, out, &own, error);
}

sard_status sard_model_load(sard_context *context, const char *path, const sard_model_options *given, sard_model **out, sard_error *error)
{
    if (!context || !path || !out)
        return sard_null(error, !context ? "context" : !path ? "path" : "out");
    return load(context, (sard_read_request){.path = path}, path, given, out, error);
}

sard_status sard_model_load_memory(sard_context *context, const void *bytes, size_t size, const sard_model_options *given, sard_model **out,
                                   sard_error *error)
{
    if (!context || (size && !bytes) || !out)
        return sard_null(error, !context ? "context" : !out ? "out" : "bytes");
    return load(context, (sard_read_request){.bytes = bytes, .size = size}, "model in memory", given, out, error);
}

sard_status sard_model_from_graph(sard_context *context, const sard_graph *graph, const sard_model_options *given, sard_model **out,
                                  sard_error *error)
{
    sard_model *model;
    sard_model_options options;
    sard_error own = {.text = ""};
    if (!context || !graph || !out)
        return sard_null(error, !context ? "context" : !graph ? "graph" : "out");
    sard_status status = start(context, given, &options, &model, error);
    if (status)
        return status;
    problems p = {.options = &options};
    model->graph = sard_graph_clone(&model->arena, graph);
    status = model->graph ? finish(model, &p, &own) : sard_fail(&own, SARD_NOMEM, "out of memory");
    if (!status) {
        *out = model;
        return SARD_OK;
    }
    status = give_up(&p, graph->name, status, &own, error);
    sard_model_free(model);
    return status;
}

sard_status sard_model_save(const sard_model *model, const char *path, const sard_export_options *options, sard_error *error)
{
    return sard_graph_save(model ? model->graph : NULL, path, options, error);
}
