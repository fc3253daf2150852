/* Values that lie in the memory of others, so that nothing has to be copied:
 *
 * - the parts of a Concat over the last dimension, and of a Split or Slice of it, are columns of the whole (sard_tensor.ld);
 * - an element-wise result may take the place of an operand that nobody needs any more.
 *
 * Concats are taken from the last to the first: the last one that joins a value owns its place. An earlier one whose parts lie side by
 * side in a later one already (DenseNet) is a view as well. What is decided is checked as a whole; a Concat or Split whose parts meet a
 * kernel that wants dense tensors is given up, and the rest decided again. */
#include "runtime/plan.h"

#include "ops/concat.h"

#include <string.h>

typedef struct deciding {
    sard_plan *plan;
    size_t *step_of; /* by value id: the step that makes it + 1 */
    bool *given_up;  /* by step */
} deciding;

static bool is(const sard_node *node, const char *name) { return !strcmp(node->op->name, name) && !*node->op->domain; }

static sard_alias *alias_of(const deciding *d, const sard_value *value) { return &d->plan->aliases[value->id]; }
static bool is_own(const deciding *d, const sard_value *value) { return alias_of(d, value)->root == value->id; }

static const sard_step *producer_of(const deciding *d, const sard_value *value)
{
    return d->step_of[value->id] ? &d->plan->steps[d->step_of[value->id] - 1] : NULL;
}

static const sard_step *step_of_node(const deciding *d, const sard_node *node)
{
    for (size_t i = 0; i < node->output_count; i++)
        if (node->outputs[i])
            return producer_of(d, node->outputs[i]);
    return NULL;
}

/* Made while running, and nobody's but the plan's. */
static bool is_inner(const deciding *d, const sard_value *value)
{
    const sard_step *step = producer_of(d, value);
    return value->rank > 0 && step && !step->dynamic && !value->output_count && !value->constant && !value->is_input;
}

static int64_t columns(const sard_value *value) { return value->dims[value->rank - 1]; }
static int64_t row_of(const deciding *d, const sard_value *value)
{
    return alias_of(d, value)->ld ? alias_of(d, value)->ld : columns(value);
}

static void place_in(const deciding *d, const sard_value *part, const sard_value *whole, int64_t column)
{
    const sard_alias *at = alias_of(d, whole);
    *alias_of(d, part) =
        (sard_alias){.root = at->root, .offset = at->offset + column * (int64_t)sard_dtype_size(part->dtype), .ld = row_of(d, whole)};
}

/* ---- Concat ---- */

/* All parts lie side by side in one place already. */
static bool parts_are_joined(const deciding *d, const sard_node *node)
{
    const sard_alias *first = alias_of(d, node->inputs[0]);
    int64_t offset = first->offset;
    for (size_t i = 0; i < node->own_count; i++) {
        const sard_value *part = node->inputs[i];
        const sard_alias *at = alias_of(d, part);
        if (is_own(d, part) || at->root != first->root || at->ld != first->ld || at->offset != offset)
            return false;
        offset += columns(part) * (int64_t)sard_dtype_size(part->dtype);
    }
    return true;
}

static bool parts_are_free(const deciding *d, const sard_node *node)
{
    for (size_t i = 0; i < node->own_count; i++) {
        if (!is_inner(d, node->inputs[i]) || !is_own(d, node->inputs[i]))
            return false;
        for (size_t k = 0; k < i; k++)
            if (node->inputs[k] == node->inputs[i])
                return false;
    }
    return true;
}

static void try_concat(const deciding *d, sard_step *step)
{
    const sard_node *node = step->node;
    const sard_value *whole = node->outputs[0];
    const int64_t axis = is(node, "Concat") ? ((const sard_concat *)node->attrs)->axis : 0;
    if (!is(node, "Concat") || node->epilogue_count || (axis != -1 && axis != whole->rank - 1) || whole->rank < 2)
        return;
    if (is_inner(d, whole) && is_own(d, whole) && parts_are_joined(d, node)) {
        *alias_of(d, whole) = *alias_of(d, node->inputs[0]);
        step->gone = true;
        return;
    }
    if (!parts_are_free(d, node))
        return;
    int64_t column = 0;
    for (size_t i = 0; i < node->own_count; i++) {
        place_in(d, node->inputs[i], whole, column);
        column += columns(node->inputs[i]);
    }
    step->gone = true;
}

/* ---- Split and Slice ---- */

/* The column at which output 0 of a Slice that cuts columns only begins; -1: it is something else. */
static int64_t slice_column(const sard_node *node)
{
    const sard_value *from = node->inputs[0], *to = node->outputs[0];
    int64_t start, axis = 0, step = 1;
    size_t count = 1;
    if (!sard_node_input_ints(node, 1, &start, 1, &count) || count != 1)
        return -1;
    if ((node->own_count > 3 && node->inputs[3] && !sard_node_input_ints(node, 3, &axis, 1, &count)) ||
        (node->own_count > 4 && node->inputs[4] && !sard_node_input_ints(node, 4, &step, 1, &count)))
        return -1;
    if (step != 1 || (axis < 0 ? axis + from->rank : axis) != from->rank - 1)
        return -1;
    start = start < 0 ? start + columns(from) : start;
    start = start < 0 ? 0 : start;
    return start + columns(to) <= columns(from) ? start : -1;
}

static bool cuts_columns(const sard_node *node)
{
    sard_attr axis;
    const int rank = node->inputs[0]->rank;
    if (!is(node, "Split"))
        return false;
    for (size_t i = 0; sard_node_attr(node, i, &axis); i++)
        if (!strcmp(axis.name, "axis"))
            return (axis.i < 0 ? axis.i + rank : axis.i) == rank - 1;
    return rank == 1; /* 0 is the default */
}

static void try_cut(const deciding *d, sard_step *step)
{
    const sard_node *node = step->node;
    const sard_value *whole = node->own_count ? node->inputs[0] : NULL;
    int64_t column = whole && is(node, "Slice") && node->outputs[0] ? slice_column(node) : 0;
    if (!whole || (!is(node, "Slice") && !cuts_columns(node)) || column < 0 || !is_inner(d, whole) || whole->rank < 2)
        return;
    size_t count = node->output_count; /* without those at the end that nobody wants */
    while (count && !node->outputs[count - 1])
        count--;
    for (size_t i = 0; i < count; i++)
        if (!node->outputs[i] || !is_inner(d, node->outputs[i]) || !is_own(d, node->outputs[i]))
            return;
    for (size_t i = 0; i < count; i++) {
        place_in(d, node->outputs[i], whole, column);
        column += columns(node->outputs[i]);
    }
    step->gone = true;
}

/* ---- the whole ---- */

static bool takes_rows(const sard_step *step)
{
    return step && !step->dynamic && (step->gone || step->kernel->flags & SARD_KERNEL_STRIDED);
}

/* A view whose maker or one of whose users cannot read or write rows that lie apart. */
static bool is_broken(const deciding *d, const sard_value *value)
{
    if (!alias_of(d, value)->ld)
        return false;
    if (!takes_rows(producer_of(d, value)))
        return true;
    for (const sard_use *use = value->uses; use; use = use->next)
        if (!takes_rows(step_of_node(d, use->node)))
            return true;
    return false;
}

/* Gives up one step whose parts are broken; false if there is none. */
static bool give_up_one(const deciding *d)
{
    for (size_t s = 0; s < d->plan->step_count; s++) {
        const sard_step *step = &d->plan->steps[s];
        bool broken = false;
        for (size_t i = 0; step->gone && i < step->node->own_count; i++)
            broken |= step->node->inputs[i] && is_broken(d, step->node->inputs[i]);
        for (size_t i = 0; step->gone && i < step->node->output_count; i++)
            broken |= step->node->outputs[i] && is_broken(d, step->node->outputs[i]);
        if (broken) {
            d->given_up[s] = true;
            return true;
        }
    }
    return false;
}

static void decide_views(const deciding *d)
{
    sard_plan *plan = d->plan;
    for (size_t i = 0; i < plan->graph->value_count; i++)
        plan->aliases[i] = (sard_alias){.root = i};
    for (size_t s = 0; s < plan->step_count; s++)
        plan->steps[s].gone = false;
    for (size_t s = plan->step_count; s-- > 0;)
        if (!plan->steps[s].dynamic && !d->given_up[s])
            try_concat(d, &plan->steps[s]);
    for (size_t s = 0; s < plan->step_count; s++)
        if (!plan->steps[s].dynamic && !d->given_up[s] && !plan->steps[s].gone)
            try_cut(d, &plan->steps[s]);
}

/* Does anything else lie in the value's memory? */
static bool is_shared(const deciding *d, const sard_value *value, const bool *roots) { return !is_own(d, value) || roots[value->id]; }

/* The last step that uses a value. */
static size_t last_use(const deciding *d, const sard_value *value)
{
    size_t last = 0;
    for (const sard_use *use = value->uses; use; use = use->next) {
        const sard_step *step = step_of_node(d, use->node);
        const size_t at = step ? (size_t)(step - d->plan->steps) : SIZE_MAX;
        last = at > last ? at : last;
    }
    return last;
}

/* An element-wise result takes the place of the first operand of its type and shape, if that ends here. */
static void try_in_place(const deciding *d, size_t s, bool *roots)
{
    const sard_step *step = &d->plan->steps[s];
    const sard_node *node = step->node;
    const sard_value *out = node->output_count ? node->outputs[0] : NULL;
    const bool evaluates = !strcmp(step->kernel->name, "eval") && node->op->traits & SARD_IN_PLACE && !node->epilogue_count;
    if (step->dynamic || step->gone || !out || !is_inner(d, out) || is_shared(d, out, roots) ||
        (!evaluates && !(step->kernel->flags & SARD_KERNEL_IN_PLACE)))
        return;
    for (size_t i = 0; i < node->own_count; i++) {
        const sard_value *in = node->inputs[i];
        if (!in || in->dtype != out->dtype || !sard_value_same_shape(in, out))
            continue;
        if (is_inner(d, in) && !is_shared(d, in, roots) && last_use(d, in) == s) {
            *alias_of(d, out) = (sard_alias){.root = in->id};
            roots[in->id] = roots[out->id] = true; /* no longer than one step: chains would have to share one lifetime */
        }
        return;
    }
}

static bool decide_in_place(const deciding *d)
{
    bool *roots = SARD_NEW(&d->plan->arena, bool, d->plan->graph->value_count);
    if (!roots)
        return false;
    for (size_t i = 0; i < d->plan->graph->value_count; i++)
        if (d->plan->aliases[i].root != i)
            roots[d->plan->aliases[i].root] = true;
    for (size_t s = 0; s < d->plan->step_count; s++)
        try_in_place(d, s, roots);
    return true;
}

sard_status sard_plan_alias(sard_plan *plan, sard_error *error)
{
    deciding d = {plan, SARD_NEW(&plan->arena, size_t, plan->graph->value_count), SARD_NEW(&plan->arena, bool, plan->step_count)};
    plan->aliases = SARD_NEW(&plan->arena, sard_alias, plan->graph->value_count);
    if (!d.step_of || !d.given_up || !plan->aliases)
        return sard_fail(error, SARD_NOMEM, "out of memory");
    for (size_t s = 0; s < plan->step_count; s++)
        for (size_t i = 0; i < plan->steps[s].node->output_count; i++)
            if (plan->steps[s].node->outputs[i])
                d.step_of[plan->steps[s].node->outputs[i]->id] = s + 1;
    do
        decide_views(&d);
    while (give_up_one(&d));
    if (!decide_in_place(&d))
        return sard_fail(error, SARD_NOMEM, "out of memory");
    for (size_t i = 0; i < plan->graph->value_count; i++)
        if (plan->aliases[i].root != i)
            plan->aliases[plan->aliases[i].root].shared = true;
    return SARD_OK;
}
