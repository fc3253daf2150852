/* Scratch and packed weights. What derives from the model's own constants is shared; what derives from constants that a plan folded
 * is the plan's. */
#include "plan/pack.h"

#include <string.h>

size_t sard_prepare_scratch(sard_prepare *prepare, size_t bytes)
{
    if (prepare->step->scratch < bytes)
        prepare->step->scratch = bytes;
    return prepare->step->scratch;
}

bool sard_needs_too_much(const sard_plan *plan, const sard_step *step) { return step->scratch > plan->source->limits->arena_bytes; }

const sard_target *sard_prepare_target(const sard_prepare *prepare) { return &prepare->plan->target; }

const sard_node *sard_prepare_joined(const sard_prepare *prepare, size_t i)
{
    return i < prepare->step->joined_count ? prepare->step->joined[i] : NULL;
}

/* The inputs that weights may come from: the operator's own, and all of joined nodes. */
static size_t weight_inputs(const sard_step *step) { return step->joined_count ? step->node->input_count : step->node->own_count; }

/* A value of the plan keeps the id that it has in the model. */
static bool is_of_model(const sard_plan *plan, const sard_value *value)
{
    return value->id < plan->source->graph->value_count && plan->source->graph->values[value->id]->constant &&
           plan->source->graph->values[value->id]->constant->data == value->constant->data;
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

void *sard_prepare_pack(sard_prepare *prepare, size_t slot, size_t bytes, bool *fresh)
{
    sard_step *step = prepare->step;
    sard_plan *plan = prepare->plan;
    if (sard_needs_too_much(plan, step))
        return NULL;
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

void sard_prepare_parallel(const sard_prepare *prepare, size_t count, void (*work)(void *arg, size_t i), void *arg)
{
    const sard_plan *plan = prepare->plan;
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

sard_status sard_step_prepare(sard_plan *plan, sard_step *step, sard_error *error)
{
    sard_prepare prepare = {plan, step};
    const sard_status status = step->kernel->prepare ? step->kernel->prepare(step->node, &prepare, error) : SARD_OK;
    release_weights(plan, step);
    return status;
}

const sard_tensor *sard_plan_align(sard_plan *plan, const sard_value *value)
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
