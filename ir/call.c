/* Calling an operator: what eval may ask for, the epilogue behind it, and evaluation ahead of time. */
#include "ir/call.h"

#include "ir/slots.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int sard_call_threads(const sard_call *call) { return call->host && call->host->threads > 1 ? call->host->threads : 1; }

void sard_call_parallel(const sard_call *call, size_t count, void (*work)(void *arg, size_t i), void *arg)
{
    call->host->parallel(call->host, count, work, arg);
}

typedef struct slotted {
    void (*work)(void *arg, size_t i, unsigned slot);
    void *arg;
    sard_slots slots;
} slotted;

static void slotted_work(void *arg, size_t i)
{
    slotted *s = arg;
    const unsigned slot = sard_slot_take(&s->slots);
    s->work(s->arg, i, slot);
    sard_slot_give(&s->slots, slot);
}

void sard_call_parallel_slots(const sard_call *call, size_t count, void (*work)(void *arg, size_t i, unsigned slot), void *arg)
{
    slotted s = {.work = work, .arg = arg};
    sard_slots_init(&s.slots, SARD_SLOTS);
    sard_call_parallel(call, count, slotted_work, &s);
}

bool sard_call_stopped(const sard_call *call) { return call->host->stopped && call->host->stopped(call->host); }

void *sard_call_alloc(const sard_call *call, size_t bytes) { return call->host->alloc(call->host, bytes); }

sard_status sard_call_output(const sard_call *call, size_t i, int rank, const int64_t *dims)
{
    sard_tensor *tensor = &call->outputs[i];
    size_t bytes;
    if (tensor->data && tensor->rank == rank && (!rank || !memcmp(tensor->dims, dims, (size_t)rank * sizeof *dims)))
        return SARD_OK; /* known before the run after all */
    if (rank > SARD_MAX_RANK || !sard_bytes(tensor->dtype, dims, rank, &bytes) || bytes > call->host->value_bytes)
        return sard_call_fail(call, SARD_LIMIT, "result %zu is too large", i);
    *tensor = sard_tensor_make(tensor->dtype, rank, dims, call->host->keep(call->host, bytes));
    return tensor->data ? SARD_OK : sard_call_fail(call, SARD_NOMEM, "no memory for result %zu of %zu bytes", i, bytes);
}

sard_status sard_call_subgraph(const sard_call *call, const sard_graph *graph, const sard_tensor *inputs, size_t input_count,
                               sard_tensor *outputs, size_t output_count)
{
    if (!call->host->subgraph)
        return sard_call_fail(call, SARD_UNSUPPORTED, "subgraphs cannot be run here");
    return call->host->subgraph(call->host, call, graph, inputs, input_count, outputs, output_count);
}

sard_status sard_call_fail(const sard_call *call, sard_status status, const char *format, ...)
{
    char text[700];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    return sard_node_fail(call->node, call->error, status, "%s", text);
}

/* One entry, in place on output 0, as if it were a node of its own. */
static sard_status eval_entry(const sard_call *call, const sard_epilogue *entry)
{
    const sard_node *host = call->node;
    sard_tensor *inputs = sard_call_alloc(call, entry->input_count * sizeof *inputs);
    sard_value **values = sard_call_alloc(call, entry->input_count * sizeof *values);
    if (!inputs || !values)
        return sard_call_fail(call, SARD_NOMEM, "out of memory");
    for (size_t i = 0, next = entry->first; i < entry->input_count; i++) {
        inputs[i] = i == entry->slot ? call->outputs[0] : call->inputs[next];
        values[i] = i == entry->slot ? host->outputs[0] : host->inputs[next];
        next += i != entry->slot;
    }
    const sard_node node = {.graph = host->graph,
                            .name = entry->name,
                            .op = entry->op,
                            .attrs = entry->attrs,
                            .layout = host->layout,
                            .inputs = values,
                            .own_count = entry->input_count,
                            .input_count = entry->input_count,
                            .outputs = host->outputs,
                            .output_count = 1};
    sard_call inner = *call;
    inner.node = &node;
    inner.attrs = entry->attrs;
    inner.inputs = inputs;
    inner.input_count = entry->input_count;
    inner.output_count = 1;
    return entry->op->eval(&inner);
}

sard_status sard_call_epilogue(const sard_call *call)
{
    sard_status status = SARD_OK;
    for (size_t i = 0; !status && i < call->node->epilogue_count; i++)
        status = eval_entry(call, &call->node->epilogue[i]);
    return status;
}

sard_status sard_eval(const sard_call *call)
{
    sard_call own = *call;
    own.input_count = call->node->own_count;
    const sard_status status = call->node->op->eval(&own);
    return status ? status : sard_call_epilogue(call);
}

/* ---- ahead of time ---- */

/* What evaluation may need besides its outputs. */
#define SCRATCH_BYTES ((size_t)256 << 20)

typedef struct arena_host {
    sard_host host;
    sard_arena *arena;
    size_t outputs, scratch; /* bytes that may still be asked for */
    bool over;               /* more was asked for */
} arena_host;

static void serial(const sard_host *host, size_t count, void (*work)(void *arg, size_t i), void *arg)
{
    (void)host;
    for (size_t i = 0; i < count; i++)
        work(arg, i);
}

static void *bounded(arena_host *host, size_t *left, size_t bytes)
{
    host->over |= bytes > *left;
    if (bytes > *left)
        return NULL;
    *left -= bytes;
    return sard_arena_tensor(host->arena, bytes);
}

static void *bounded_alloc(const sard_host *host, size_t bytes)
{
    arena_host *own = (arena_host *)host;
    return bounded(own, &own->scratch, bytes);
}

static void *bounded_keep(const sard_host *host, size_t bytes)
{
    arena_host *own = (arena_host *)host;
    return bounded(own, &own->outputs, bytes);
}

static sard_status make_outputs(const sard_node *node, arena_host *host, sard_tensor *outputs, sard_error *error)
{
    for (size_t i = 0; i < node->output_count; i++) {
        const sard_value *value = node->outputs[i];
        outputs[i] = (sard_tensor){.dtype = value ? value->dtype : SARD_NONE};
        if (!value || (node->op->traits & SARD_DATA_DEPENDENT && !sard_value_is_static(value)))
            continue;
        size_t bytes;
        if (!sard_value_is_static(value) || !sard_bytes(value->dtype, value->dims, value->rank, &bytes))
            return sard_node_fail(node, error, SARD_LIMIT, "the shape of '%.100s' is not known, or too large", value->name);
        outputs[i] = sard_tensor_make(value->dtype, value->rank, value->dims, bounded_keep(&host->host, bytes));
        if (!outputs[i].data)
            return sard_node_fail(node, error, host->over ? SARD_LIMIT : SARD_NOMEM, "no room for '%.100s' of %zu bytes", value->name,
                                  bytes);
    }
    return SARD_OK;
}

sard_status sard_eval_constant(sard_node *node, sard_arena *arena, size_t max_bytes, sard_tensor *outputs, sard_error *error)
{
    arena_host host = {.host = {.parallel = serial,
                                .alloc = bounded_alloc,
                                .keep = bounded_keep,
                                .hold = bounded_keep,
                                .threads = 1,
                                .value_bytes = UINT64_MAX},
                       .arena = arena,
                       .outputs = max_bytes,
                       .scratch = SCRATCH_BYTES};
    sard_tensor *inputs = SARD_NEW(arena, sard_tensor, node->input_count);
    if (!inputs)
        return sard_no_memory(error);
    for (size_t i = 0; i < node->input_count; i++) {
        const sard_tensor *aligned = node->inputs[i] ? sard_tensor_align(arena, sard_value_constant(node->inputs[i])) : NULL;
        if (node->inputs[i] && !aligned)
            return sard_no_memory(error);
        if (aligned)
            inputs[i] = *aligned;
    }
    sard_status status = make_outputs(node, &host, outputs, error);
    if (status)
        return status;
    const sard_call call = {.struct_size = sizeof call,
                            .node = node,
                            .attrs = node->attrs,
                            .inputs = inputs,
                            .input_count = node->input_count,
                            .outputs = outputs,
                            .output_count = node->output_count,
                            .error = error,
                            .host = &host.host};
    status = sard_eval(&call);
    return status == SARD_NOMEM && host.over ? SARD_LIMIT : status;
}
