/* Kernels are bound to dims and distances once these are final; what they make of them lasts as long as the plan. */
#include "plan/plan.h"

#include <string.h>

struct sard_bind {
    sard_plan *plan;
    sard_step *step;
};

void *sard_binding_alloc(sard_binding *binding, size_t bytes)
{
    void *memory = sard_arena_tensor(&binding->maker->plan->arena, bytes);
    return memory ? memset(memory, 0, bytes) : NULL;
}

size_t sard_binding_scratch(sard_binding *binding, size_t bytes)
{
    if (binding->maker->step->scratch < bytes)
        binding->maker->step->scratch = bytes;
    return binding->maker->step->scratch;
}

static const sard_tensor none = {.dtype = SARD_NONE};

static bool set_tensors(sard_plan *plan, sard_step *step)
{
    const sard_node *node = step->node;
    step->inputs = SARD_NEW(&plan->arena, sard_tensor, node->input_count);
    step->outputs = SARD_NEW(&plan->arena, sard_tensor, node->output_count);
    if (!step->inputs || !step->outputs)
        return false;
    for (size_t i = 0; i < node->input_count; i++)
        step->inputs[i] = node->inputs[i] ? plan->tensors[node->inputs[i]->id] : none;
    for (size_t i = 0; i < node->output_count; i++)
        step->outputs[i] = node->outputs[i] ? plan->tensors[node->outputs[i]->id] : none;
    return true;
}

static sard_status bind_step(sard_plan *plan, sard_step *step, sard_error *error)
{
    struct sard_bind maker = {plan, step};
    if (!set_tensors(plan, step))
        return sard_no_memory(error);
    sard_binding binding = {.struct_size = sizeof binding,
                            .node = step->node,
                            .attrs = step->node->attrs,
                            .inputs = step->inputs,
                            .input_count = step->node->input_count,
                            .outputs = step->outputs,
                            .output_count = step->node->output_count,
                            .packed = step->packed,
                            .packed_count = step->packed_count,
                            .joined = step->joined,
                            .joined_count = step->joined_count,
                            .target = &plan->target,
                            .threads = plan->threads,
                            .maker = &maker};
    step->scratch = 0;
    const sard_status status = step->kernel->bind ? step->kernel->bind(&binding, error) : SARD_OK;
    step->call.state = binding.state;
    return status;
}

bool sard_step_may_choose_again(const sard_plan *plan, const sard_step *step)
{
    return step->scratch > plan->source->limits->arena_bytes && !step->joined_count;
}

sard_status sard_plan_bind(sard_plan *plan, const sard_plan_request *request, bool *rechosen, sard_error *error)
{
    *rechosen = false;
    for (size_t i = 0; i < plan->step_count; i++) {
        sard_step *step = &plan->steps[i];
        if (step->dynamic || step->gone)
            continue;
        sard_status status = bind_step(plan, step, error);
        if ((!status || status == SARD_NOMEM) && sard_step_may_choose_again(plan, step)) {
            status = sard_step_choose_next(plan, request, step, error);
            *rechosen = true;
        }
        if (status)
            return status;
    }
    return SARD_OK;
}
