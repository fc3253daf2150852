/* Sessions: backends in the user's order, plans by shape, runs. */
#include "runtime/session.h"

#include "ir/options.h"

#include <string.h>

/* ---- backends ---- */

static bool add_backend(sard_session *session, const sard_backend *backend)
{
    for (size_t i = 0; i < session->backend_count; i++)
        if (session->backends[i] == backend)
            return false;
    session->backends[session->backend_count++] = backend;
    return true;
}

static bool is_usable(const sard_context *context, const sard_backend *backend)
{
    const char *why = NULL;
    const bool usable = !backend->usable || backend->usable(&context->target, &why);
    if (!usable)
        sard_log(context, SARD_LOG_WARNING, "backend %s cannot be used: %s", backend->name, why ? why : "it says so");
    return usable;
}

/* One name of the list; the reference stands at the end whatever the list says. Backends that nobody asked for are looked at when a node
 * needs them. */
static sard_status add_named(sard_session *session, const char *name, size_t size, bool asked, sard_error *error)
{
    const sard_context *context = session->model->context;
    for (size_t i = 0; i < context->backend_count; i++) {
        const sard_backend *backend = context->backends[i];
        if (strlen(backend->name) != size || memcmp(backend->name, name, size))
            continue;
        if (strcmp(backend->name, "reference") && (!asked || is_usable(context, backend)))
            add_backend(session, backend);
        return SARD_OK;
    }
    return sard_fail(error, SARD_ARGUMENT, "there is no backend '%.*s'", size > 60 ? 60 : (int)size, name);
}

static sard_status choose_backends(sard_session *session, const char *list, sard_error *error)
{
    const sard_context *context = session->model->context;
    session->backends = SARD_NEW(&session->arena, const sard_backend *, context->backend_count + 1);
    if (!session->backends)
        return sard_no_memory(error);
    for (size_t i = 0; !list && i < context->backend_count; i++) {
        const char *name = context->backends[i]->name;
        if (context->backends[i]->on_request)
            continue;
        const sard_status status = add_named(session, name, strlen(name), false, error);
        if (status)
            return status;
    }
    while (list && *list) {
        const size_t size = strcspn(list, ",");
        const sard_status status = add_named(session, list, size, true, error);
        if (status)
            return status;
        list += size + (list[size] == ',');
    }
    add_backend(session, sard_context_find_backend(context, "reference"));
    return SARD_OK;
}

/* ---- plans ---- */

/* The place of the plan that was used least lately, or of none. */
static size_t oldest(const sard_session *session)
{
    size_t place = 0;
    for (size_t i = 0; i < SARD_KEPT_PLANS; i++) {
        if (!session->plans[i])
            return i;
        if (session->plans[i]->last_use < session->plans[place]->last_use)
            place = i;
    }
    return place;
}

static sard_status use_plan(sard_session *session, const sard_tensor *inputs, sard_error *error)
{
    session->clock++;
    for (size_t i = 0; i < SARD_KEPT_PLANS; i++)
        if (session->plans[i] && sard_plan_fits(session->plans[i], inputs)) {
            session->current = session->plans[i];
            session->current->last_use = session->clock;
            return SARD_OK;
        }
    const size_t place = oldest(session);
    if (session->current == session->plans[place])
        session->current = NULL;
    sard_plan_free(session->plans[place]);
    session->plans[place] = NULL;
    const sard_plan_request request = {.target = &session->target,
                                       .backends = session->backends,
                                       .backend_count = session->backend_count,
                                       .threads = session->threads,
                                       .inputs = inputs,
                                       .arena = session->given,
                                       .arena_bytes = session->given_bytes};
    const sard_status status = sard_plan_new(&session->model->source, &request, &session->plans[place], error);
    if (status)
        return status;
    session->current = session->plans[place];
    session->current->last_use = session->clock;
    return SARD_OK;
}

/* A plan from the model alone, if it tells all shapes. */
static sard_status plan_ahead(sard_session *session, sard_error *error)
{
    const sard_graph *graph = session->model->graph;
    sard_tensor *inputs = SARD_NEW(&session->arena, sard_tensor, graph->input_count);
    if (!inputs)
        return sard_no_memory(error);
    for (size_t i = 0; i < graph->input_count; i++) {
        const sard_value *value = graph->inputs[i];
        size_t bytes;
        if (!sard_value_is_static(value) || !sard_bytes(value->dtype, value->dims, value->rank, &bytes))
            return SARD_OK;
        inputs[i] = sard_tensor_make(value->dtype, value->rank, value->dims, NULL);
    }
    return use_plan(session, inputs, error);
}

/* ---- the public functions ---- */

sard_status sard_session_new(sard_model *model, const sard_session_options *given, sard_session **out, sard_error *error)
{
    sard_session_options options = {.struct_size = sizeof options};
    if (!model || !out)
        return sard_null(error, model ? "out" : "model");
    const sard_allocator *allocator = &model->context->allocator;
    sard_status status = sard_take_options(&options, sizeof options, given, "sard_session_options", error);
    if (status)
        return status;
    if ((uintptr_t)options.arena % 64)
        return sard_fail(error, SARD_ARGUMENT, "the arena is not aligned to 64");
    if (options.threads < 0)
        return sard_fail(error, SARD_ARGUMENT, "%d threads: a number from 0 on is wanted", options.threads);
    if ((int)options.accuracy < 0 || options.accuracy > SARD_FAST)
        return sard_fail(error, SARD_ARGUMENT, "there is no accuracy %d", (int)options.accuracy);
    sard_session *session = allocator->alloc(allocator->user, sizeof *session);
    if (!session)
        return sard_no_memory(error);
    *session = (sard_session){.model = model,
                              .target = model->context->target,
                              .profile = options.profile,
                              .on_value = options.on_value,
                              .on_value_user = options.on_value_user,
                              .given = options.arena,
                              .given_bytes = options.arena_bytes};
    session->target.accuracy = options.accuracy;
    sard_arena_init(&session->arena, allocator);
    sard_arena_init(&session->values, allocator);
    session->values.budget = &session->budget;
    sard_arena_init(&session->info_arena, allocator);
    pthread_mutex_init(&session->memory, NULL);
    atomic_init(&session->cancel, false);
    const int most = model->context->threads;
    session->threads = options.threads > 0 && options.threads < most ? options.threads : most;
    status = choose_backends(session, options.backends, error);
    if (!status)
        status = plan_ahead(session, error);
    if (status) {
        sard_session_free(session);
        return status;
    }
    *out = session;
    return SARD_OK;
}

void sard_session_free(sard_session *session)
{
    if (!session)
        return;
    for (size_t i = 0; i < SARD_KEPT_PLANS; i++)
        sard_plan_free(session->plans[i]);
    sard_arena_reset(&session->info_arena);
    sard_arena_reset(&session->values);
    sard_arena_reset(&session->arena);
    pthread_mutex_destroy(&session->memory);
    const sard_allocator allocator = session->model->context->allocator;
    allocator.free(allocator.user, session);
}

/* Items of a list, and of lists in it. */
static sard_status check_items(const sard_tensor *list, const char *name, sard_error *error)
{
    const sard_dtype type = sard_dtype_item(list->dtype);
    const sard_tensor *items = list->data;
    if (list->rank != 1 || (list->dtype >= SARD_MAYBE && list->dims[0] > 1))
        return sard_fail(error, SARD_ARGUMENT, "input '%.200s' is %s, which is no list of that kind", name, sard_dtype_name(list->dtype));
    for (int64_t i = 0; i < list->dims[0]; i++) {
        size_t bytes;
        const sard_tensor *item = &items[i];
        if (item->dtype != type)
            return sard_fail(error, SARD_ARGUMENT, "item %lld of input '%.200s' is %s, must be %s", (long long)i, name,
                             sard_dtype_name(item->dtype), sard_dtype_name(type));
        if (item->rank < 0 || item->rank > SARD_MAX_RANK || !sard_bytes(type, item->dims, item->rank, &bytes) || item->bytes < bytes ||
            (bytes && !item->data) || item->ld)
            return sard_fail(error, SARD_ARGUMENT, "item %lld of input '%.200s' has an impossible shape, or too few bytes for it",
                             (long long)i, name);
        const sard_status status = sard_dtype_is_list(type) ? check_items(item, name, error) : SARD_OK;
        if (status)
            return status;
    }
    return SARD_OK;
}

static sard_status check_inputs(const sard_session *session, const sard_tensor *inputs, size_t count, bool with_data, sard_error *error)
{
    if (!session || (count && !inputs))
        return sard_null(error, session ? "inputs" : "session");
    const sard_graph *graph = session->model->graph;
    sard_status status = SARD_OK;
    if (count != graph->input_count)
        return sard_fail(error, SARD_ARGUMENT, "%zu inputs are given, the model has %zu", count, graph->input_count);
    for (size_t i = 0; i < count; i++) {
        size_t bytes;
        const char *name = graph->inputs[i]->name;
        if (inputs[i].rank < 0 || inputs[i].rank > SARD_MAX_RANK || !sard_bytes(inputs[i].dtype, inputs[i].dims, inputs[i].rank, &bytes))
            return sard_fail(error, SARD_ARGUMENT, "input '%.200s' has an impossible type or shape", name);
        if (with_data && (inputs[i].bytes < bytes || (bytes && !inputs[i].data)))
            return sard_fail(error, SARD_ARGUMENT, "input '%.200s' has %zu bytes of data, its shape needs %zu", name,
                             inputs[i].data ? inputs[i].bytes : 0, bytes);
        if (inputs[i].ld)
            return sard_fail(error, SARD_ARGUMENT, "input '%.200s' is not dense (ld is %lld)", name, (long long)inputs[i].ld);
        if (with_data && sard_dtype_is_list(inputs[i].dtype) && (status = check_items(&inputs[i], name, error)))
            return status;
    }
    return status;
}

sard_status sard_session_plan(sard_session *session, const sard_tensor *inputs, size_t input_count, sard_error *error)
{
    const sard_status status = check_inputs(session, inputs, input_count, false, error);
    return status ? status : use_plan(session, inputs, error);
}

sard_status sard_session_run(sard_session *session, const sard_tensor *inputs, size_t input_count, sard_tensor *outputs,
                             size_t output_count, sard_error *error)
{
    if (!session || (output_count && !outputs))
        return sard_null(error, session ? "outputs" : "session");
    if (output_count > session->model->graph->output_count)
        return sard_fail(error, SARD_ARGUMENT, "%zu outputs are wanted, the model has %zu", output_count,
                         session->model->graph->output_count);
    sard_status status = check_inputs(session, inputs, input_count, true, error);
    atomic_store(&session->cancel, false);
    if (!status)
        status = use_plan(session, inputs, error);
    return status ? status : sard_execute(session, inputs, outputs, output_count, error);
}

void sard_session_cancel(sard_session *session)
{
    if (session)
        atomic_store(&session->cancel, true);
}
