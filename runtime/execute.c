/* Running a plan. Tensors stand in a table by value id; planned ones have their memory before the run. */
#include "runtime/float_state.h"
#include "runtime/interpret.h"

#include <string.h>
#include <time.h>

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Consecutive steps of backends that count denormals as zero share one change of the thread's state. */
static void set_flushing(sard_level_run *l, bool flushes)
{
    if (flushes == l->flushes)
        return;
    if (flushes)
        l->float_state = sard_float_state_set();
    else
        sard_float_state_restore(l->float_state);
    l->flushes = flushes;
}

/* Tensors of this run for a step some of whose values lie elsewhere than in the last one. */
static void fill_call(const sard_level_run *l, sard_step *step)
{
    const sard_node *node = step->node;
    for (size_t i = 0; i < node->input_count; i++)
        if (node->inputs[i])
            step->inputs[i] = l->table[node->inputs[i]->id];
    for (size_t i = 0; i < node->output_count; i++)
        if (node->outputs[i])
            step->outputs[i] = l->table[node->outputs[i]->id];
}

static sard_status check_outputs(const sard_level_run *l, const sard_step *step)
{
    const sard_node *node = step->node;
    for (size_t i = 0; i < node->output_count; i++)
        if (node->outputs[i] && step->outputs[i].data != l->table[node->outputs[i]->id].data)
            return sard_node_fail(node, l->error, SARD_SHAPE, "result %zu is not of the shape that was planned", i);
    return SARD_OK;
}

static sard_status run_planned(sard_level_run *l, sard_step *step)
{
    sard_status status = sard_level_check(l, step->node);
    if (!status)
        status = sard_level_spend(l, step->node, step->work);
    if (status)
        return status;
    if (step->varies)
        fill_call(l, step);
    step->call.error = l->error;
    step->call.host = &l->host;
    l->keep_all = step->varies && sard_makes_strings(step->node);
    set_flushing(l, step->backend->flushes);
    status = sard_level_finish(l, step->node, step->kernel->run(&step->call));
    sard_level_forget(l);
    return status || !step->varies ? status : check_outputs(l, step);
}

static sard_status run_step(sard_level_run *l, sard_step *step)
{
    const int64_t start = l->session->profile ? now() : 0;
    if (step->dynamic)
        set_flushing(l, false);
    const sard_status status = step->dynamic ? sard_level_run_dynamic(l, step->node) : run_planned(l, step);
    const int64_t taken = l->session->profile ? now() - start : 0;
    if (taken && (!step->nanoseconds || taken < step->nanoseconds))
        step->nanoseconds = taken;
    return status;
}

/* The caller's function runs in the caller's state. */
static sard_status report(sard_level_run *l, const sard_node *node, size_t step)
{
    set_flushing(l, false);
    return sard_level_tell(l, node, step);
}

static sard_status run_reported(sard_level_run *l, sard_plan *plan)
{
    sard_status status = SARD_OK;
    size_t gone = 0;
    for (size_t i = 0; !status && i <= plan->step_count; i++) {
        for (; !status && gone < plan->gone_count && plan->gone[gone].steps == i; gone++)
            status = report(l, plan->gone[gone].node, SIZE_MAX);
        if (!status && i < plan->step_count)
            status = run_step(l, &plan->steps[i]);
        if (!status && i < plan->step_count)
            status = report(l, plan->steps[i].node, i);
    }
    return status;
}

static sard_status run_steps(sard_level_run *l, sard_plan *plan)
{
    sard_status status = SARD_OK;
    if (l->session->on_value)
        status = run_reported(l, plan);
    else
        for (size_t i = 0; !status && i < plan->step_count; i++)
            status = run_step(l, &plan->steps[i]);
    set_flushing(l, false);
    return status;
}

/* Values that a step writes may lie in the caller's memory. */
static bool can_bind(const sard_plan *plan, const sard_value *value, const sard_tensor *out)
{
    const sard_alias *alias = &plan->aliases[value->id];
    const sard_tensor given = {.dtype = value->dtype, .data = out->data};
    return out->data && value->producer && plan->tensors[value->id].data && alias->root == value->id && !alias->shared &&
           sard_tensor_is_aligned(&given);
}

static sard_status deliver(sard_level_run *l, const sard_value *value, const char *name, sard_tensor *out)
{
    const sard_tensor *made = &l->table[value->id];
    const sard_tensor given = *out;
    if (!made->data && made->bytes)
        return sard_fail(l->error, SARD_SHAPE, "output '%.200s' was not made", name);
    if (given.data && given.bytes < made->bytes)
        return sard_fail(l->error, SARD_ARGUMENT, "output '%.200s' has %zu bytes, there is room for %zu", name, made->bytes, given.bytes);
    *out = *made;
    if (given.data == made->data)
        return SARD_OK;
    if (given.data)
        out->data = given.data;
    else if (!value->producer) /* an input or a constant: not ours to give */
        out->data = sard_level_keep(l, made->bytes);
    if (!out->data)
        return sard_fail(l->error, SARD_NOMEM, "no memory for output '%.200s'", name);
    if (out->data != made->data && made->bytes)
        memcpy(out->data, made->data, made->bytes);
    return SARD_OK;
}

static sard_status bind_inputs(sard_level_run *l, const sard_graph *graph, const sard_tensor *inputs)
{
    for (size_t i = 0; i < graph->input_count; i++) {
        const sard_value *value = graph->inputs[i];
        if (sard_dtype_is_list(value->dtype)) {
            const sard_status status = sard_level_copy_list(l, &inputs[i], &l->table[value->id]);
            if (status)
                return status;
            continue;
        }
        sard_tensor tensor = sard_tensor_make(value->dtype, value->rank, value->dims, inputs[i].data);
        if (!sard_tensor_is_aligned(&tensor)) {
            tensor.data = sard_level_keep(l, tensor.bytes);
            if (!tensor.data)
                return sard_fail(l->error, SARD_NOMEM, "no memory for a copy of input '%.200s'", value->name);
            memcpy(tensor.data, inputs[i].data, tensor.bytes);
        }
        l->table[value->id] = tensor;
    }
    return SARD_OK;
}

/* Memory that the limit refused is told as such. */
static sard_status tell_limit(const sard_session *session, sard_status status, sard_error *error)
{
    if (status != SARD_NOMEM || !session->budget.over)
        return status;
    const sard_error why = error ? *error : (sard_error){.text = ""};
    return sard_fail(error, SARD_LIMIT, "%.900s: the run needs more than the limit of %llu bytes (arena)", why.text,
                     (unsigned long long)session->model->context->limits.arena_bytes);
}

sard_status sard_execute(sard_session *session, const sard_tensor *inputs, sard_tensor *outputs, size_t output_count, sard_error *error)
{
    sard_plan *plan = session->current;
    const sard_graph *graph = plan->graph;
    sard_arena_reset(&session->values);
    session->steps = 0;
    session->work = 0;
    session->budget = (sard_budget){session->model->context->limits.arena_bytes - plan->slab_bytes - plan->scratch_bytes, false};
    sard_tensor *table = plan->table;
    for (size_t i = 0; i < plan->varying_count; i++)
        table[plan->varying[i]] = plan->tensors[plan->varying[i]];
    sard_level_run l = sard_level_make(session, &session->values, table, error);
    sard_status status = bind_inputs(&l, graph, inputs);
    for (size_t i = 0; !status && i < output_count; i++) {
        const sard_value *value = graph->outputs[i];
        if (can_bind(plan, value, &outputs[i]) && outputs[i].bytes >= table[value->id].bytes)
            table[value->id].data = outputs[i].data;
    }
    if (!status)
        status = run_steps(&l, plan);
    for (size_t i = 0; !status && i < output_count; i++)
        status = deliver(&l, graph->outputs[i], graph->output_names[i], &outputs[i]);
    sard_level_forget(&l);
    return tell_limit(session, status, error);
}
