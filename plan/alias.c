/* Values that lie in the memory of others, so that nothing has to be copied.
 *
 * Concats are taken from the last to the first: the last one that joins a value owns its place. An earlier one whose parts lie side by
 * side in a later one already (DenseNet) is a view as well. What is decided is checked as a whole; a step whose views meet a kernel that
 * wants dense tensors is given up, and the rest decided again. */
#include "plan/alias.h"

sard_alias *sard_alias_of(const sard_deciding *d, const sard_value *value) { return &d->plan->aliases[value->id]; }

bool sard_is_own(const sard_deciding *d, const sard_value *value) { return sard_alias_of(d, value)->root == value->id; }

const sard_step *sard_step_of_value(const sard_deciding *d, const sard_value *value)
{
    return d->step_of[value->id] ? &d->plan->steps[d->step_of[value->id] - 1] : NULL;
}

bool sard_is_inner(const sard_deciding *d, const sard_value *value)
{
    const sard_step *step = sard_step_of_value(d, value);
    return value->rank > 0 && step && !step->dynamic && !value->output_count && !value->constant && !value->is_input;
}

static const sard_step *step_of_node(const sard_deciding *d, const sard_node *node)
{
    for (size_t i = 0; i < node->output_count; i++)
        if (node->outputs[i])
            return sard_step_of_value(d, node->outputs[i]);
    return NULL;
}

size_t sard_last_use(const sard_deciding *d, const sard_value *value)
{
    size_t last = 0;
    for (const sard_use *use = value->uses; use; use = use->next) {
        const sard_step *step = step_of_node(d, use->node);
        const size_t at = step ? (size_t)(step - d->plan->steps) : SIZE_MAX;
        last = at > last ? at : last;
    }
    return last;
}

static bool takes_rows(const sard_step *step)
{
    return step && !step->dynamic && (step->gone || step->kernel->flags & SARD_KERNEL_STRIDED);
}

/* A view whose maker or one of whose users cannot read or write rows that lie apart. */
static bool is_broken(const sard_deciding *d, const sard_value *value)
{
    if (!sard_alias_of(d, value)->ld)
        return false;
    if (!takes_rows(sard_step_of_value(d, value)))
        return true;
    for (const sard_use *use = value->uses; use; use = use->next)
        if (!takes_rows(step_of_node(d, use->node)))
            return true;
    return false;
}

/* Gives up one step whose parts are broken; false if there is none. */
static bool give_up_one(const sard_deciding *d)
{
    for (size_t s = 0; s < d->plan->step_count; s++) {
        const sard_step *step = &d->plan->steps[s];
        bool broken = false;
        for (size_t i = 0; step->gone && i < step->node->own_count; i++)
            broken |= step->node->inputs[i] && is_broken(d, step->node->inputs[i]);
        for (size_t i = 0; step->gone && i < step->node->output_count; i++)
            broken |= step->node->outputs[i] && is_broken(d, step->node->outputs[i]);
        if (broken && !d->given_up[s]) {
            d->given_up[s] = true;
            return true;
        }
    }
    return false;
}

/* A step of several nodes does more than the one that it is named after. */
static bool may_go(const sard_step *step) { return !step->dynamic && !step->joined_count && !step->node->epilogue_count; }

static void decide_views(const sard_deciding *d)
{
    sard_plan *plan = d->plan;
    for (size_t i = 0; i < plan->graph->value_count; i++)
        plan->aliases[i] = (sard_alias){.root = i};
    for (size_t s = 0; s < plan->step_count; s++)
        plan->steps[s].gone = false;
    for (size_t s = plan->step_count; s-- > 0;)
        if (may_go(&plan->steps[s])) {
            sard_try_concat(d, &plan->steps[s]);
            sard_try_rename_back(d, &plan->steps[s]);
        }
    for (size_t s = 0; s < plan->step_count; s++)
        if (may_go(&plan->steps[s]) && !plan->steps[s].gone) {
            sard_try_cut(d, &plan->steps[s]);
            sard_try_rename(d, &plan->steps[s]);
        }
}

sard_status sard_plan_alias(sard_plan *plan, sard_error *error)
{
    sard_deciding d = {plan, SARD_NEW(&plan->arena, size_t, plan->graph->value_count), SARD_NEW(&plan->arena, bool, plan->step_count)};
    plan->aliases = SARD_NEW(&plan->arena, sard_alias, plan->graph->value_count);
    if (!d.step_of || !d.given_up || !plan->aliases)
        return sard_no_memory(error);
    for (size_t s = 0; s < plan->step_count; s++)
        for (size_t i = 0; i < plan->steps[s].node->output_count; i++)
            if (plan->steps[s].node->outputs[i])
                d.step_of[plan->steps[s].node->outputs[i]->id] = s + 1;
    do
        decide_views(&d);
    while (give_up_one(&d));
    if (!sard_decide_in_place(&d))
        return sard_no_memory(error);
    for (size_t i = 0; i < plan->graph->value_count; i++)
        if (plan->aliases[i].root != i)
            plan->aliases[plan->aliases[i].root].shared = true;
    return SARD_OK;
}
