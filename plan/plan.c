/* Making a plan from its parts. */
#include "plan/plan.h"

#include <string.h>

bool sard_plan_fits(const sard_plan *plan, const sard_tensor *inputs)
{
    for (size_t i = 0; i < plan->graph->input_count; i++) {
        const sard_value *value = plan->graph->inputs[i];
        if (value->dtype == inputs[i].dtype && sard_dtype_is_list(value->dtype))
            continue; /* of any length */
        if (value->dtype != inputs[i].dtype || value->rank != inputs[i].rank ||
            memcmp(value->dims, inputs[i].dims, (size_t)value->rank * sizeof *value->dims))
            return false;
    }
    return true;
}

static sard_status make(sard_plan *plan, const sard_plan_request *request, sard_error *error)
{
    plan->graph = sard_graph_clone(&plan->arena, plan->source->graph);
    if (!plan->graph)
        return sard_no_memory(error);
    sard_status status = sard_plan_settle(plan, request->inputs, error);
    if (!status)
        status = sard_plan_choose(plan, request, error);
    if (!status)
        status = sard_plan_join(plan, request, error);
    bool rechosen = true;
    while (!status && rechosen) {
        status = sard_plan_pack(plan, request, error);
        if (!status)
            status = sard_plan_alias(plan, error);
        if (!status)
            status = sard_plan_place(plan, error);
        if (!status)
            status = sard_plan_bind(plan, request, &rechosen, error);
    }
    return status ? status : sard_plan_locate(plan, request, error);
}

sard_status sard_plan_new(sard_plan_source *source, const sard_plan_request *request, sard_plan **out, sard_error *error)
{
    const sard_allocator *allocator = source->allocator;
    sard_plan *plan = allocator->alloc(allocator->user, sizeof *plan);
    if (!plan)
        return sard_no_memory(error);
    *plan = (sard_plan){.source = source, .target = *request->target, .threads = request->threads};
    sard_arena_init_large(&plan->arena, allocator);
    sard_store_lock(&source->store);
    const sard_status status = make(plan, request, error);
    sard_store_unlock(&source->store);
    if (status) {
        sard_plan_free(plan);
        return status;
    }
    *out = plan;
    return SARD_OK;
}

void sard_plan_free(sard_plan *plan)
{
    if (!plan)
        return;
    const sard_allocator *allocator = plan->source->allocator;
    sard_arena_reset(&plan->arena);
    allocator->free(allocator->user, plan);
}
