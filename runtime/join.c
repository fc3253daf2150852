/* Kernels that run several nodes at once: where one costs less than the kernels that were chosen for each, its step takes in theirs. */
#include "runtime/plan.h"

#include <string.h>

typedef struct joint {
    const sard_kernel *kernel;
    const sard_node *joined[SARD_MOST_JOINED];
    size_t count;
    double cost, apart; /* apart: of the steps as they are */
} joint;

static bool is_for(const sard_kernel *kernel, const sard_node *node)
{
    return kernel->join && !strcmp(kernel->op, node->op->name) && !strcmp(kernel->domain ? kernel->domain : "", node->op->domain);
}

/* The step of a node that stands before step `end`; NULL: it has none. */
static sard_step *step_before(const sard_plan *plan, size_t end, const sard_node *node)
{
    while (end-- > 0)
        if (plan->steps[end].node == node)
            return &plan->steps[end];
    return NULL;
}

/* Read by one node, once, and known before the run. */
static bool is_private(const sard_node *node)
{
    for (size_t i = 1; i < node->output_count; i++)
        if (node->outputs[i])
            return false;
    const sard_value *value = node->outputs[0];
    return value && value->use_count == 1 && !value->output_count;
}

/* Whether all that would join may, and what they cost apart. */
static bool may_join(const sard_plan *plan, size_t s, joint *j)
{
    const sard_step *last = &plan->steps[s];
    j->apart = last->cost;
    for (size_t i = 0; i < j->count; i++) {
        const sard_step *step = step_before(plan, s, j->joined[i]);
        if (!step || step->dynamic || step->joined_count || step->backend != last->backend || !is_private(j->joined[i]))
            return false;
        j->apart += step->cost;
    }
    return true;
}

static joint find_joint(const sard_plan *plan, size_t s)
{
    const sard_step *step = &plan->steps[s];
    joint best = {.kernel = NULL};
    for (size_t i = 0; !step->dynamic && i < step->backend->kernel_count; i++) {
        joint j = {.kernel = step->backend->kernels[i]};
        if (!is_for(j.kernel, step->node))
            continue;
        j.count = j.kernel->join(step->node, &plan->target, j.joined);
        if (!j.count || !may_join(plan, s, &j))
            continue;
        j.cost = j.kernel->cost ? j.kernel->cost(step->node, &plan->target) : 0;
        if (j.cost < j.apart && (!best.kernel || j.apart - j.cost > best.apart - best.cost))
            best = j;
    }
    return best;
}

static sard_status take_in(sard_plan *plan, size_t s, const joint *j, sard_error *error)
{
    sard_step *step = &plan->steps[s];
    for (size_t i = 0; i < j->count; i++) {
        sard_step *other = step_before(plan, s, j->joined[i]);
        if (!sard_node_join(step->node, other->node))
            return sard_fail(error, SARD_NOMEM, "out of memory");
        other->node = NULL;
        step->joined[i] = j->joined[i];
    }
    step->joined_count = j->count;
    step->kernel = j->kernel;
    step->cost = j->cost;
    step->reason = sard_arena_printf(&plan->arena, "with %zu before it: %.0f us, apart %.0f", j->count, j->cost / 1000, j->apart / 1000);
    return step->reason ? SARD_OK : sard_fail(error, SARD_NOMEM, "out of memory");
}

sard_status sard_plan_join(sard_plan *plan, sard_error *error)
{
    for (size_t s = plan->step_count; s-- > 0;) {
        const joint j = plan->steps[s].node ? find_joint(plan, s) : (joint){.kernel = NULL};
        const sard_status status = j.kernel ? take_in(plan, s, &j, error) : SARD_OK;
        if (status)
            return status;
    }
    size_t kept = 0;
    for (size_t s = 0; s < plan->step_count; s++)
        if (plan->steps[s].node)
            plan->steps[kept++] = plan->steps[s];
    plan->step_count = kept;
    return SARD_OK;
}
