/* Kernels that run several nodes at once: where one costs less than the kernels that were chosen for each, its step takes in theirs. It
 * takes none from a backend that stands before its own in the user's order. */
#include "plan/kernel.h"
#include "plan/plan.h"

typedef struct joiner {
    sard_plan *plan;
    const sard_backend *const *backends; /* in the user's order */
    size_t backend_count;
} joiner;

typedef struct joint {
    const sard_backend *backend;
    const sard_kernel *kernel;
    const sard_node *joined[SARD_MOST_JOINED];
    size_t count;
    double cost, apart; /* apart: of the steps as they are */
} joint;

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

static bool is_usable(const joiner *j, const sard_backend *backend)
{
    const char *why = NULL;
    return !backend->usable || backend->usable(&j->plan->target, &why);
}

/* Place in the user's order. */
static size_t place_of(const joiner *j, const sard_backend *backend)
{
    size_t i = 0;
    while (i < j->backend_count && j->backends[i] != backend)
        i++;
    return i;
}

/* Whether step `s` and all that would join it may, and what they cost apart. */
static bool may_join(const joiner *j, size_t s, size_t place, joint *found)
{
    const sard_step *last = &j->plan->steps[s];
    found->apart = last->cost;
    if (place_of(j, last->backend) < place)
        return false;
    for (size_t i = 0; i < found->count; i++) {
        const sard_step *step = step_before(j->plan, s, found->joined[i]);
        if (!step || step->dynamic || step->joined_count || place_of(j, step->backend) < place || !is_private(found->joined[i]))
            return false;
        found->apart += step->cost;
    }
    return true;
}

/* Looks at the kernels of the backend in that place. */
static void look_at(const joiner *j, size_t s, size_t place, joint *best)
{
    const sard_target *target = &j->plan->target;
    const sard_node *node = j->plan->steps[s].node;
    for (size_t i = 0; i < j->backends[place]->kernel_count; i++) {
        joint found = {.backend = j->backends[place], .kernel = j->backends[place]->kernels[i]};
        if (!found.kernel->join || !sard_kernel_runs(found.kernel, node->op) || !is_usable(j, found.backend))
            continue;
        found.count = found.kernel->join(node, target, found.joined);
        if (!found.count || !may_join(j, s, place, &found))
            continue;
        found.cost = found.kernel->cost ? found.kernel->cost(node, target) : 0;
        if (found.cost < found.apart && (!best->kernel || found.apart - found.cost > best->apart - best->cost))
            *best = found;
    }
}

/* Of the first backend that has one, the joint that saves most. */
static joint find_joint(const joiner *j, size_t s)
{
    joint best = {.kernel = NULL};
    const sard_step *step = &j->plan->steps[s];
    for (size_t i = 0; step->node && !step->dynamic && !best.kernel && i < j->backend_count; i++)
        look_at(j, s, i, &best);
    return best;
}

static sard_status take_in(sard_plan *plan, size_t s, const joint *j, sard_error *error)
{
    sard_step *step = &plan->steps[s];
    for (size_t i = 0; i < j->count; i++) {
        sard_step *other = step_before(plan, s, j->joined[i]);
        if (!sard_node_join(step->node, other->node))
            return sard_no_memory(error);
        other->node = NULL;
        step->joined[i] = j->joined[i];
    }
    step->joined_count = j->count;
    step->backend = j->backend;
    step->kernel = j->kernel;
    step->cost = j->cost;
    step->reason = sard_arena_printf(&plan->arena, "with %zu before it: %.0f us, apart %.0f", j->count, j->cost / 1000, j->apart / 1000);
    return step->reason ? SARD_OK : sard_no_memory(error);
}

sard_status sard_plan_join(sard_plan *plan, const sard_plan_request *request, sard_error *error)
{
    const joiner all = {plan, request->backends, request->backend_count};
    for (size_t s = plan->step_count; s-- > 0;) {
        const joint j = find_joint(&all, s);
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
