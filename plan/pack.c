/* Packed weights, and constants where kernels can read them. What derives from the model's own constants is shared; what derives from
 * constants that a plan folded is the plan's. */
#include "plan/plan.h"

#include <string.h>

struct sard_packing {
    sard_plan *plan;
    sard_step *step;
};

const sard_target *sard_packing_target(const sard_packing *packing) { return &packing->plan->target; }

const sard_node *sard_packing_joined(const sard_packing *packing, size_t i)
{
    return i < packing->step->joined_count ? packing->step->joined[i] : NULL;
}

bool sard_packing_fits(sard_packing *packing, size_t scratch)
{
    const bool fits = scratch <= packing->plan->source->limits->arena_bytes;
    if (!fits)
        packing->step->scratch = scratch;
    return fits;
}

/* The inputs that weights may come from: the operator's own, and all of joined nodes. */
static size_t weight_inputs(const sard_step *step) { return step->joined_count ? step->node->input_count : step->node->own_count; }

/* A value of the plan keeps the id that it has in the model. */
static bool is_of_model(const sard_plan *plan, const sard_value *value)
{
    const sard_graph *model = plan->source->graph;
    return value->id < model->value_count && model->values[value->id]->constant &&
           model->values[value->id]->constant->data == value->constant->data;
}

/* Fills the key with the constants of the step; false if one of them is the plan's own, or there are too many. */
static bool collect(const sard_plan *plan, const sard_step *step, sard_store_key *key)
{
    size_t count = 0;
    for (size_t i = 0; i < weight_inputs(step); i++) {
        const sard_value *value = step->node->inputs[i];
        if (!value || !value->constant)
            continue;
        if (!is_of_model(plan, value) || count == sizeof key->constants / sizeof *key->constants)
            return false;
        key->constants[count++] = value->constant->data;
    }
    return true;
}

void *sard_packing_memory(sard_packing *packing, size_t slot, size_t bytes, bool *fresh)
{
    sard_step *step = packing->step;
    sard_plan *plan = packing->plan;
    while (step->packed_count <= slot) {
        if (!SARD_GROW(&plan->arena, step->packed, step->packed_count, step->packed_capacity))
            return NULL;
        step->packed[step->packed_count++] = NULL;
    }
    sard_store_key key;
    memset(&key, 0, sizeof key); /* its bytes are compared */
    key.kernel = step->kernel;
    key.attrs = step->node->attrs;
    key.slot = slot;
    key.bytes = bytes;
    key.layout = step->node->layout;
    *fresh = true;
    step->packed[slot] =
        collect(plan, step, &key) ? sard_store_get(&plan->source->store, &key, fresh) : sard_arena_tensor(&plan->arena, bytes);
    plan->packed_bytes += bytes;
    return step->packed[slot];
}

void sard_packing_parallel(const sard_packing *packing, size_t count, void (*work)(void *arg, size_t i), void *arg)
{
    const sard_plan *plan = packing->plan;
    plan->source->parallel(plan->source->owner, plan->threads, count, work, arg);
}

/* Constants that were packed are read no more: the copies are what the runs read. Another session or kernel that reads them again gets
 * their pages from the file again. */
static void release_weights(const sard_plan *plan, const sard_step *step)
{
    const sard_plan_source *source = plan->source;
    const double *factors;
    for (size_t i = 0; source->release && step->packed_count && i < weight_inputs(step); i++) {
        const sard_value *value = step->node->inputs[i];
        const sard_tensor *read = value ? sard_value_unscaled(value, &factors) : NULL;
        if (read)
            source->release(source->owner, read->data, read->bytes);
    }
}

static sard_status pack_step(sard_plan *plan, sard_step *step, sard_error *error)
{
    sard_packing packing = {plan, step};
    const sard_status status = step->kernel->pack ? step->kernel->pack(step->node, &packing, error) : SARD_OK;
    step->is_packed = true;
    release_weights(plan, step);
    return status;
}

/* ---- constants ---- */

/* The elements of a constant at an address that suits their type; NULL when memory runs out. */
static const sard_tensor *align(sard_plan *plan, const sard_value *value)
{
    const sard_tensor *tensor = sard_value_constant(value);
    if (sard_tensor_is_aligned(tensor) || !is_of_model(plan, value))
        return sard_tensor_align(&plan->arena, tensor);
    bool fresh;
    sard_store_key key;
    memset(&key, 0, sizeof key);
    key.constants[0] = tensor->data;
    key.bytes = tensor->bytes;
    sard_tensor *copy = sard_arena_copy(&plan->arena, tensor, sizeof *tensor);
    void *data = sard_store_get(&plan->source->store, &key, &fresh);
    if (!copy || !data)
        return NULL;
    if (fresh)
        memcpy(data, tensor->data, tensor->bytes);
    copy->data = data;
    return copy;
}

/* Constants that are results of the whole graph. */
static sard_status set_constant_outputs(sard_plan *plan, sard_error *error)
{
    for (size_t i = 0; i < plan->graph->output_count; i++) {
        const sard_value *value = plan->graph->outputs[i];
        const sard_tensor *constant = value->constant ? align(plan, value) : NULL;
        if (value->constant && !constant)
            return sard_no_memory(error);
        if (constant)
            plan->tensors[value->id] = *constant;
    }
    return SARD_OK;
}

static sard_status set_constants(sard_plan *plan, const sard_step *step, sard_error *error)
{
    for (size_t k = 0; k < step->node->input_count; k++) {
        const sard_value *value = step->node->inputs[k];
        if (!value || !value->constant)
            continue;
        sard_tensor *tensor = &plan->tensors[value->id];
        const bool own = k < step->node->own_count || step->joined_count, packed = own && step->kernel->flags & SARD_KERNEL_PACKED;
        const bool any = packed || (own && step->kernel->flags & SARD_KERNEL_UNALIGNED), seen = tensor->data != NULL;
        const sard_tensor *constant = packed ? value->constant : sard_value_constant(value);
        if (seen && (any || sard_tensor_is_aligned(tensor)))
            continue;
        constant = any ? constant : align(plan, value);
        if (!constant)
            return sard_no_memory(error);
        *tensor = *constant;
        plan->weight_bytes += seen ? 0 : constant->bytes;
    }
    return SARD_OK;
}

/* Packs for the step's kernel, or for one whose scratch fits into the limit. */
static sard_status pack_bounded(sard_plan *plan, const sard_plan_request *request, sard_step *step, sard_error *error)
{
    step->scratch = 0;
    sard_status status = pack_step(plan, step, error);
    while (status == SARD_NOMEM && sard_step_may_choose_again(plan, step)) {
        status = sard_step_choose_next(plan, request, step, error);
        step->scratch = 0;
        if (!status)
            status = pack_step(plan, step, error);
    }
    return status;
}

sard_status sard_plan_pack(sard_plan *plan, const sard_plan_request *request, sard_error *error)
{
    plan->tensors = SARD_NEW(&plan->arena, sard_tensor, plan->graph->value_count);
    plan->weight_bytes = 0;
    if (!plan->tensors)
        return sard_no_memory(error);
    for (size_t i = 0; i < plan->step_count; i++) {
        sard_step *step = &plan->steps[i];
        sard_status status = step->dynamic || step->is_packed ? SARD_OK : pack_bounded(plan, request, step, error);
        if (!status)
            status = set_constants(plan, step, error);
        if (status)
            return status;
    }
    return set_constant_outputs(plan, error);
}
