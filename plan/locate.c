/* Addresses: the slab of all values, the scratch after it, and what the calls of a run find where. */
#include "plan/plan.h"

/* Steps that have nothing to run. */
static bool drop_gone(sard_plan *plan)
{
    size_t kept = 0;
    plan->gone = SARD_NEW(&plan->arena, sard_gone, plan->step_count);
    for (size_t s = 0; plan->gone && s < plan->step_count; s++)
        if (plan->steps[s].gone)
            plan->gone[plan->gone_count++] = (sard_gone){plan->steps[s].node, kept};
        else
            plan->steps[kept++] = plan->steps[s];
    plan->step_count = kept;
    return plan->gone;
}

static sard_status find_memory(sard_plan *plan, const sard_plan_request *request, sard_error *error)
{
    const uint64_t most = plan->source->limits->arena_bytes;
    char *arena = request->arena;
    for (size_t s = 0; s < plan->step_count; s++)
        if (plan->scratch_bytes < plan->steps[s].scratch)
            plan->scratch_bytes = plan->steps[s].scratch;
    if (plan->slab_bytes > most || plan->scratch_bytes > most - plan->slab_bytes)
        return sard_fail(error, SARD_LIMIT, "the plan needs %zu bytes of values and %zu of scratch, the limit (arena) is %llu",
                         plan->slab_bytes, plan->scratch_bytes, (unsigned long long)most);
    if (arena && request->arena_bytes < plan->slab_bytes + plan->scratch_bytes)
        return sard_fail(error, SARD_LIMIT, "the plan needs %zu bytes of values and %zu of scratch, the arena has %zu", plan->slab_bytes,
                         plan->scratch_bytes, request->arena_bytes);
    plan->slab = arena ? arena : sard_arena_tensor(&plan->arena, plan->slab_bytes);
    plan->scratch = arena ? arena + plan->slab_bytes : sard_arena_tensor(&plan->arena, plan->scratch_bytes);
    if (!plan->slab || !plan->scratch)
        return sard_fail(error, SARD_NOMEM, "no memory for %zu bytes of values and %zu of scratch", plan->slab_bytes, plan->scratch_bytes);
    return SARD_OK;
}

static bool has_place(const sard_plan *plan, const sard_value *value) { return plan->offsets[value->id] != SIZE_MAX; }

/* Its address may differ from run to run: the caller's, or that of what a dynamic step makes. */
static bool value_varies(const sard_plan *plan, const sard_value *value)
{
    return value->output_count || (!has_place(plan, value) && !value->constant);
}

/* Kernels that evaluate may be given, or make, other memory than planned. */
static bool step_varies(const sard_plan *plan, const sard_step *step)
{
    const sard_node *node = step->node;
    bool varies = step->kernel->flags & SARD_KERNEL_EVALUATES;
    for (size_t i = 0; i < node->input_count; i++)
        varies |= node->inputs[i] && value_varies(plan, node->inputs[i]);
    for (size_t i = 0; i < node->output_count; i++)
        varies |= node->outputs[i] && value_varies(plan, node->outputs[i]);
    return varies;
}

/* Values whose entries in the table runs write. */
static bool list_varying(sard_plan *plan)
{
    const sard_graph *graph = plan->graph;
    plan->varying = SARD_NEW(&plan->arena, size_t, graph->value_count);
    for (size_t i = 0; plan->varying && i < graph->value_count; i++)
        if (value_varies(plan, graph->values[i]))
            plan->varying[plan->varying_count++] = i;
    return plan->varying;
}

static void set_call(sard_plan *plan, sard_step *step)
{
    const sard_node *node = step->node;
    step->varies = step_varies(plan, step);
    for (size_t i = 0; i < node->input_count; i++)
        if (node->inputs[i])
            step->inputs[i].data = plan->tensors[node->inputs[i]->id].data;
    for (size_t i = 0; i < node->output_count; i++)
        if (node->outputs[i])
            step->outputs[i].data = plan->tensors[node->outputs[i]->id].data;
    step->call = (sard_call){.struct_size = sizeof step->call,
                             .node = node,
                             .attrs = node->attrs,
                             .inputs = step->inputs,
                             .input_count = node->input_count,
                             .outputs = step->outputs,
                             .output_count = node->output_count,
                             .packed = step->packed,
                             .packed_count = step->packed_count,
                             .scratch = plan->scratch,
                             .scratch_bytes = step->scratch,
                             .target = &plan->target,
                             .joined = step->joined,
                             .joined_count = step->joined_count,
                             .state = step->call.state};
}

static void set_work(sard_step *step)
{
    step->work = sard_node_work(step->node);
    for (size_t i = 0; i < step->joined_count; i++)
        step->work += sard_node_work(step->joined[i]);
}

sard_status sard_plan_locate(sard_plan *plan, const sard_plan_request *request, sard_error *error)
{
    const size_t count = plan->graph->value_count;
    const sard_status status = find_memory(plan, request, error);
    if (status)
        return status;
    for (size_t i = 0; i < count; i++)
        if (plan->offsets[i] != SIZE_MAX)
            plan->tensors[i].data = (char *)plan->slab + plan->offsets[i];
    plan->table = sard_arena_copy(&plan->arena, plan->tensors, count * sizeof *plan->tensors);
    if (!plan->table || !drop_gone(plan) || !list_varying(plan))
        return sard_no_memory(error);
    for (size_t s = 0; s < plan->step_count; s++) {
        set_work(&plan->steps[s]);
        if (!plan->steps[s].dynamic)
            set_call(plan, &plan->steps[s]);
    }
    return SARD_OK;
}
