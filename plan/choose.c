/* Who runs each node: of the first backend in the user's order that has matching kernels, the cheapest. */
#include "plan/kernel.h"
#include "plan/plan.h"

typedef struct chooser {
    sard_plan *plan;
    const sard_backend *const *backends; /* the last one is the reference */
    size_t backend_count;
} chooser;

typedef struct choice {
    const sard_backend *backend;
    const sard_kernel *kernel;
    double cost;
    size_t candidates;
    const char *why; /* what kept the last one that did not match away */
} choice;

/* Kernels sum in orders of their own, and a picture has the same bits in any batch: so those of spatial sums are chosen by what one picture
 * costs, however many there are. The graph is the plan's own. */
static double cost_of_one(const sard_kernel *kernel, const sard_node *node, const sard_target *target)
{
    const uint32_t sums = SARD_SPATIAL | SARD_MACS;
    sard_value *x = node->inputs[0], *y = node->outputs[0];
    if (!kernel->cost)
        return 0;
    if ((node->op->traits & sums) != sums || !x || !y || x->rank < 1 || y->rank < 1)
        return kernel->cost(node, target);
    const int64_t from = x->dims[0], to = y->dims[0];
    x->dims[0] = y->dims[0] = 1;
    const double cost = kernel->cost(node, target);
    x->dims[0] = from;
    y->dims[0] = to;
    return cost;
}

/* Kernels of which one picture costs more than `floor`. */
static void look_at(const chooser *c, const sard_backend *backend, const sard_node *node, double floor, choice *best)
{
    const sard_target *target = &c->plan->target;
    double least = 0;
    for (size_t i = 0; i < backend->kernel_count; i++) {
        const sard_kernel *kernel = backend->kernels[i];
        const char *why = NULL;
        if (kernel->join || !sard_kernel_runs(kernel, node->op))
            continue;
        if (backend->usable && !backend->usable(target, &why)) { /* asked only now: it may load a library */
            best->why = why ? why : best->why;
            return;
        }
        why = NULL;
        if (kernel->matches && !kernel->matches(node, target, &why)) {
            best->why = why ? why : best->why;
            continue;
        }
        const double cost = cost_of_one(kernel, node, target);
        if (cost <= floor)
            continue;
        best->candidates++;
        if (!best->kernel || cost < least) {
            best->backend = backend;
            best->kernel = kernel;
            best->cost = kernel->cost ? kernel->cost(node, target) : 0;
            least = cost;
        }
    }
}

/* All backends but the reference, which takes everything. */
static bool find_fast(const chooser *c, const sard_node *node, choice *best)
{
    for (size_t i = 0; !best->kernel && i + 1 < c->backend_count; i++)
        look_at(c, c->backends[i], node, -1, best);
    return best->kernel != NULL;
}

static bool is_dynamic(const sard_node *node)
{
    for (size_t i = 0; i < node->input_count; i++)
        if (node->inputs[i] && !sard_value_is_static(node->inputs[i]))
            return true;
    for (size_t i = 0; i < node->output_count; i++)
        if (node->outputs[i] && !sard_value_is_static(node->outputs[i]))
            return true;
    return false;
}

/* Finds the best kernel for the node with as much of its epilogue as any takes; the rest become nodes again. */
static sard_status choose_static(const chooser *c, sard_node *node, choice *best, sard_error *error)
{
    const size_t full = node->epilogue_count;
    size_t taken = full;
    bool found = find_fast(c, node, best);
    while (!found && taken) {
        node->epilogue_count = --taken;
        found = find_fast(c, node, best);
        node->epilogue_count = full;
    }
    while (found && node->epilogue_count > taken) {
        const sard_status status = sard_node_split_epilogue(node, error);
        if (status)
            return status;
    }
    if (!found)
        look_at(c, c->backends[c->backend_count - 1], node, -1, best);
    return SARD_OK;
}

static const char *reason_of(const chooser *c, const choice *best)
{
    sard_arena *arena = &c->plan->arena;
    if (best->backend != c->backends[c->backend_count - 1] && best->candidates > 1)
        return sard_arena_printf(arena, "cheapest of %zu: %.0f us", best->candidates, best->cost / 1000);
    if (best->backend != c->backends[c->backend_count - 1])
        return "the only kernel that matches";
    if (best->why)
        return sard_arena_printf(arena, "no other kernel: %s", best->why);
    return c->backend_count > 1 ? "no other kernel" : "the only backend";
}

/* Results that no run could have fail before weights are packed for them. */
static sard_status check_results(const sard_plan *plan, const sard_node *node, sard_error *error)
{
    const sard_limits *limits = plan->source->limits;
    const uint64_t most = limits->value_bytes < limits->arena_bytes ? limits->value_bytes : limits->arena_bytes;
    for (size_t i = 0; i < node->output_count; i++) {
        const sard_value *value = node->outputs[i];
        size_t bytes;
        if (value && (!sard_bytes(value->dtype, value->dims, value->rank, &bytes) || bytes > most))
            return sard_node_fail(node, error, SARD_LIMIT, "result '%.100s' is larger than the limit of %llu bytes (%s)", value->name,
                                  (unsigned long long)most, most == limits->value_bytes ? "value" : "arena");
    }
    return SARD_OK;
}

static sard_status make_step(const chooser *c, sard_node *node, sard_step *step, sard_error *error)
{
    choice best = {.backend = NULL};
    *step = (sard_step){.node = node, .dynamic = is_dynamic(node)};
    if (step->dynamic) {
        best.backend = c->backends[c->backend_count - 1];
        best.kernel = best.backend->kernels[0];
        step->reason = "shapes are known only while it runs";
    } else {
        sard_status status = check_results(c->plan, node, error);
        if (!status)
            status = choose_static(c, node, &best, error);
        if (status)
            return status;
        step->reason = reason_of(c, &best);
    }
    step->backend = best.backend;
    step->kernel = best.kernel;
    step->cost = best.cost;
    return step->reason ? SARD_OK : sard_no_memory(error);
}

static sard_status make_steps(const chooser *c, sard_error *error)
{
    sard_plan *plan = c->plan;
    size_t capacity = 0;
    for (sard_node *node = plan->graph->first; node; node = node->next) {
        if (!SARD_GROW(&plan->arena, plan->steps, plan->step_count, capacity))
            return sard_no_memory(error);
        const sard_status status = make_step(c, node, &plan->steps[plan->step_count++], error);
        if (status)
            return status;
    }
    return SARD_OK;
}

sard_status sard_step_choose_next(sard_plan *plan, const sard_plan_request *request, sard_step *step, sard_error *error)
{
    const chooser c = {plan, request->backends, request->backend_count};
    choice best = {.backend = NULL};
    size_t i = 0;
    while (c.backends[i] != step->backend)
        i++;
    for (double floor = cost_of_one(step->kernel, step->node, &plan->target); !best.kernel && i < c.backend_count; i++, floor = -1)
        look_at(&c, c.backends[i], step->node, floor, &best);
    step->reason = sard_arena_printf(&plan->arena, "%s's scratch of %zu bytes is over the limit", step->kernel->name, step->scratch);
    if (!best.kernel || !step->reason)
        return sard_node_fail(step->node, error, SARD_LIMIT, "needs %zu bytes of scratch, more than the limit (arena)", step->scratch);
    step->backend = best.backend;
    step->kernel = best.kernel;
    step->cost = best.cost;
    step->is_packed = false;
    step->packed_count = 0;
    return SARD_OK;
}

sard_status sard_plan_choose(sard_plan *plan, const sard_plan_request *request, sard_error *error)
{
    const chooser c = {plan, request->backends, request->backend_count};
    return make_steps(&c, error);
}
