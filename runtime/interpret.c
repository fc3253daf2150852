/* Running nodes whose shapes are known only while they run: dynamic nodes of a plan, and all nodes of subgraphs. Each first infers its
 * shapes from the tensors at hand, as if they were constants. */
#include "runtime/interpret.h"

#include "runtime/float_state.h"

#include <string.h>

typedef struct watched_work {
    void (*work)(void *arg, size_t i);
    void *arg;
    const atomic_bool *cancel;
} watched_work;

/* What is left of a cancelled step is skipped; its results are not looked at. */
static void run_watched(void *arg, size_t i)
{
    const watched_work *own = arg;
    if (!atomic_load_explicit(own->cancel, memory_order_relaxed))
        own->work(own->arg, i);
}

static void run_flushing(void *arg, size_t i)
{
    const uint64_t state = sard_float_state_set();
    run_watched(arg, i);
    sard_float_state_restore(state);
}

static bool is_stopped(const sard_host *host)
{
    return atomic_load_explicit(&((const sard_level_run *)host)->session->cancel, memory_order_relaxed);
}

static void run_parallel(const sard_host *host, size_t count, void (*work)(void *arg, size_t i), void *arg)
{
    const sard_level_run *l = (const sard_level_run *)host;
    sard_context *context = l->session->model->context;
    watched_work watched = {work, arg, &l->session->cancel};
    sard_context_parallel(context, l->session->threads, count, l->flushes ? run_flushing : run_watched, &watched);
}

static void *allocate(sard_level_run *l, sard_arena *arena, size_t bytes)
{
    pthread_mutex_lock(&l->session->memory);
    void *memory = sard_arena_tensor(arena, bytes);
    pthread_mutex_unlock(&l->session->memory);
    return memory;
}

static void *host_keep(const sard_host *host, size_t bytes)
{
    sard_level_run *l = (sard_level_run *)host;
    return allocate(l, l->values, bytes);
}

static void *host_hold(const sard_host *host, size_t bytes)
{
    sard_level_run *l = (sard_level_run *)host;
    return allocate(l, &l->session->values, bytes);
}

void *sard_level_keep(sard_level_run *level, size_t bytes) { return allocate(level, level->values, bytes); }

sard_status sard_level_copy_list(sard_level_run *l, const sard_tensor *from, sard_tensor *to)
{
    sard_status status = SARD_OK;
    *to = sard_tensor_make(from->dtype, from->rank, from->dims, NULL);
    to->data = host_hold(&l->host, to->bytes);
    if (!to->data)
        return sard_fail(l->error, SARD_NOMEM, "no memory for a list, or an item of one, of %zu bytes", to->bytes);
    if (!sard_dtype_is_list(from->dtype) && to->bytes)
        memcpy(to->data, from->data, to->bytes);
    for (int64_t i = 0; !status && sard_dtype_is_list(from->dtype) && i < from->dims[0]; i++)
        status = sard_level_copy_list(l, (const sard_tensor *)from->data + i, (sard_tensor *)to->data + i);
    return status;
}

static void *host_alloc(const sard_host *host, size_t bytes)
{
    sard_level_run *l = (sard_level_run *)host;
    return allocate(l, l->keep_all ? l->values : &l->temp, bytes);
}

static sard_status run_subgraph(const sard_host *host, const sard_call *call, const sard_graph *graph, const sard_tensor *inputs,
                                size_t input_count, sard_tensor *outputs, size_t output_count);

/* All arenas of a run share its limit. */
static void init_arena(const sard_level_run *l, sard_arena *arena)
{
    sard_arena_init(arena, &l->session->model->context->allocator);
    arena->budget = &l->session->budget;
}

sard_level_run sard_level_make(sard_session *session, sard_arena *values, sard_tensor *table, sard_error *error)
{
    sard_level_run l = {.host = {.parallel = run_parallel,
                                 .alloc = host_alloc,
                                 .keep = host_keep,
                                 .hold = host_hold,
                                 .subgraph = run_subgraph,
                                 .stopped = is_stopped,
                                 .threads = session->threads,
                                 .value_bytes = session->model->context->limits.value_bytes},
                        .session = session,
                        .values = values,
                        .table = table,
                        .error = error};
    init_arena(&l, &l.temp);
    for (int i = 0; i < 2; i++)
        init_arena(&l, &l.results[i]);
    return l;
}

void sard_level_forget(sard_level_run *l)
{
    sard_arena_reset(&l->temp);
    for (int i = 0; i < 2; i++)
        sard_arena_reset(&l->results[i]);
}

sard_status sard_level_check(sard_level_run *l, const sard_node *node)
{
    const uint64_t most = l->session->model->context->limits.steps;
    if (atomic_load_explicit(&l->session->cancel, memory_order_relaxed))
        return sard_fail(l->error, SARD_CANCELLED, "cancelled before %s '%.200s'", node->op->name, node->name);
    if (++l->session->steps > most)
        return sard_node_fail(node, l->error, SARD_LIMIT, "more than %llu nodes were executed", (unsigned long long)most);
    return SARD_OK;
}

sard_status sard_level_finish(const sard_level_run *l, const sard_node *node, sard_status status)
{
    if (status == SARD_CANCELLED || !is_stopped(&l->host))
        return status;
    return sard_fail(l->error, SARD_CANCELLED, "cancelled in %s '%.200s'", node->op->name, node->name);
}

sard_status sard_level_spend(sard_level_run *l, const sard_node *node, double work)
{
    const uint64_t most = l->session->model->context->limits.work;
    l->session->work += work;
    if (l->session->work > (double)most)
        return sard_node_fail(node, l->error, SARD_LIMIT, "would take the run over the limit of %llu operations (work)",
                              (unsigned long long)most);
    return SARD_OK;
}

/* ---- dynamic nodes ---- */

/* Inputs look like constants while the node infers its shapes. */
static void show_inputs(const sard_level_run *l, sard_node *node, bool shown)
{
    for (size_t i = 0; i < node->input_count; i++) {
        sard_value *value = node->inputs[i];
        const sard_tensor *tensor = value ? &l->table[value->id] : NULL;
        if (!tensor || (value->constant && value->constant != tensor))
            continue;
        value->constant = shown ? tensor : NULL;
        sard_value_set_type(value, tensor->dtype, tensor->rank, tensor->dims);
    }
}

static sard_status make_outputs(sard_level_run *l, const sard_node *node, sard_tensor *outputs)
{
    const uint64_t most = l->session->model->context->limits.value_bytes;
    for (size_t i = 0; i < node->output_count; i++) {
        const sard_value *value = node->outputs[i];
        size_t bytes;
        outputs[i] = (sard_tensor){.dtype = value ? value->dtype : SARD_NONE};
        if (!value || (node->op->traits & SARD_DATA_DEPENDENT && !sard_value_is_static(value)))
            continue;
        if (!sard_value_is_static(value))
            return sard_node_fail(node, l->error, SARD_SHAPE, "the shape of '%.100s' cannot be told", value->name);
        if (!sard_bytes(value->dtype, value->dims, value->rank, &bytes) || bytes > most)
            return sard_node_fail(node, l->error, SARD_LIMIT, "result '%.100s' is larger than the limit of %llu bytes", value->name,
                                  (unsigned long long)most);
        outputs[i] = sard_tensor_make(value->dtype, value->rank, value->dims, sard_level_keep(l, bytes));
        if (!outputs[i].data)
            return sard_node_fail(node, l->error, SARD_NOMEM, "no memory for result '%.100s' of %zu bytes", value->name, bytes);
    }
    return SARD_OK;
}

bool sard_makes_strings(const sard_node *node)
{
    for (size_t i = 0; i < node->output_count; i++)
        if (node->outputs[i] && node->outputs[i]->dtype == SARD_STRING)
            return true;
    return false;
}

/* What the node made goes into the table. */
static sard_status take_outputs(sard_level_run *l, const sard_node *node, const sard_tensor *outputs)
{
    for (size_t i = 0; i < node->output_count; i++) {
        if (!node->outputs[i])
            continue;
        if (!outputs[i].data)
            return sard_node_fail(node, l->error, SARD_SHAPE, "result %zu was not made", i);
        l->table[node->outputs[i]->id] = outputs[i];
    }
    return SARD_OK;
}

static sard_status evaluate(sard_level_run *l, sard_node *node, sard_tensor *inputs, sard_tensor *outputs)
{
    for (size_t i = 0; i < node->input_count; i++)
        inputs[i] = node->inputs[i] ? l->table[node->inputs[i]->id] : (sard_tensor){.dtype = SARD_NONE};
    show_inputs(l, node, true);
    sard_status status = sard_node_infer(node, l->error);
    show_inputs(l, node, false);
    if (!status)
        status = sard_level_spend(l, node, sard_node_work(node));
    if (!status)
        status = make_outputs(l, node, outputs);
    if (status)
        return status;
    const sard_call call = {.struct_size = sizeof call,
                            .node = node,
                            .attrs = node->attrs,
                            .inputs = inputs,
                            .input_count = node->input_count,
                            .outputs = outputs,
                            .output_count = node->output_count,
                            .error = l->error,
                            .host = &l->host};
    l->keep_all = sard_makes_strings(node);
    status = sard_level_finish(l, node, sard_eval(&call));
    return status ? status : take_outputs(l, node, outputs);
}

sard_status sard_level_run_dynamic(sard_level_run *l, sard_node *node)
{
    sard_status status = sard_level_check(l, node);
    if (status)
        return status;
    sard_tensor *inputs = SARD_NEW(&l->temp, sard_tensor, node->input_count);
    sard_tensor *outputs = SARD_NEW(&l->temp, sard_tensor, node->output_count);
    status = inputs && outputs ? evaluate(l, node, inputs, outputs) : sard_no_memory(l->error);
    sard_level_forget(l);
    return status;
}

/* ---- subgraphs ---- */

static void bind_value(sard_level_run *l, sard_value *value, const sard_tensor *tensor)
{
    l->table[value->id] = *tensor;
    sard_value_set_type(value, tensor->dtype, tensor->rank, tensor->dims);
}

static bool bind_constants(sard_level_run *l, const sard_graph *graph)
{
    for (size_t i = 0; i < graph->value_count; i++) {
        const sard_value *value = graph->values[i];
        if (!value->constant)
            continue;
        const sard_tensor *aligned = sard_tensor_align(l->values, sard_value_constant(value));
        if (!aligned)
            return false;
        l->table[value->id] = *aligned;
    }
    return true;
}

/* The bytes of strings stay until the run is over: elements are copied without them. */
static bool keep_strings(const sard_call *call, const sard_tensor *tensor)
{
    sard_string *strings = tensor->data;
    const size_t count = sard_tensor_count(tensor);
    for (size_t i = 0; i < count; i++) {
        char *copy = call->host->keep(call->host, strings[i].size);
        if (!copy)
            return false;
        if (strings[i].size)
            memcpy(copy, strings[i].data, strings[i].size);
        strings[i].data = copy;
    }
    return true;
}

/* A result leaves the subgraph's memory for that of the level around it. */
static sard_status give_output(sard_level_run *outer, const sard_level_run *inner, const sard_call *call, const sard_value *value,
                               sard_tensor *out)
{
    const sard_tensor *tensor = &inner->table[value->id];
    if (!tensor->dtype || (!tensor->data && tensor->bytes))
        return sard_call_fail(call, SARD_SHAPE, "result '%.100s' of its subgraph was not made", value->name);
    *out = *tensor;
    out->data = allocate(outer, &outer->results[outer->turn], tensor->bytes);
    if (!out->data)
        return sard_call_fail(call, SARD_NOMEM, "no memory for result '%.100s' of its subgraph", value->name);
    if (tensor->bytes)
        memcpy(out->data, tensor->data, tensor->bytes);
    if (out->dtype == SARD_STRING && !keep_strings(call, out))
        return sard_call_fail(call, SARD_NOMEM, "no memory for the strings of '%.100s'", value->name);
    return SARD_OK;
}

static sard_status run_nodes(sard_level_run *inner, const sard_call *call, const sard_graph *graph, const sard_tensor *inputs)
{
    if (!inner->table || !bind_constants(inner, graph))
        return sard_call_fail(call, SARD_NOMEM, "out of memory");
    for (size_t i = 0; i < graph->input_count; i++)
        bind_value(inner, graph->inputs[i], &inputs[i]);
    for (size_t i = 0; i < graph->capture_count; i++)
        bind_value(inner, graph->captures[i].inner, &call->inputs[graph->capture_first + i]);
    for (sard_node *node = graph->first; node; node = node->next) {
        const sard_status status = sard_level_run_dynamic(inner, node);
        if (status)
            return status;
    }
    return SARD_OK;
}

static sard_status run_subgraph(const sard_host *host, const sard_call *call, const sard_graph *graph, const sard_tensor *inputs,
                                size_t input_count, sard_tensor *outputs, size_t output_count)
{
    sard_level_run *outer = (sard_level_run *)host;
    sard_arena values;
    sard_status status = sard_level_check(outer, call->node);
    if (status)
        return status;
    if (input_count != graph->input_count || output_count > graph->output_count)
        return sard_call_fail(call, SARD_MODEL, "its subgraph has %zu inputs and %zu outputs, %zu and %zu are needed", graph->input_count,
                              graph->output_count, input_count, output_count);
    init_arena(outer, &values);
    sard_level_run inner = sard_level_make(outer->session, &values, SARD_NEW(&values, sard_tensor, graph->value_count), outer->error);
    status = run_nodes(&inner, call, graph, inputs);
    outer->turn = !outer->turn;
    sard_arena_reset(&outer->results[outer->turn]);
    for (size_t i = 0; !status && i < output_count; i++)
        status = give_output(outer, &inner, call, graph->outputs[i], &outputs[i]);
    sard_level_forget(&inner);
    sard_arena_reset(&values);
    return status;
}
