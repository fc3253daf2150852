/* An element-wise result may take the place of an operand that nobody needs any more, whatever other names that has. */
#include "plan/alias.h"

/* The value in whose memory another lies. While places are being taken a root may itself have moved into another. */
static size_t root_of(const sard_deciding *d, const sard_value *value)
{
    size_t id = value->id;
    while (d->plan->aliases[id].root != id)
        id = d->plan->aliases[id].root;
    return id;
}

static bool covers(const sard_deciding *d, const sard_value *value, size_t root)
{
    const sard_value *whole = d->plan->graph->values[root];
    const sard_alias *at = sard_alias_of(d, value);
    size_t bytes, all;
    return !at->offset && !at->ld && sard_bytes(value->dtype, value->dims, value->rank, &bytes) &&
           sard_bytes(whole->dtype, whole->dims, whole->rank, &all) && bytes == all;
}

/* Whether input `i` of the node is the only one that lies in that memory. */
static bool alone_reads(const sard_deciding *d, const sard_node *node, size_t i, size_t root)
{
    for (size_t k = 0; k < node->input_count; k++)
        if (k != i && node->inputs[k] && root_of(d, node->inputs[k]) == root)
            return false;
    return true;
}

static bool works_in_place(const sard_step *step)
{
    const sard_node *node = step->node;
    const bool evaluates = step->kernel->flags & SARD_KERNEL_EVALUATES && node->op->traits & SARD_IN_PLACE && !node->epilogue_count;
    return !step->dynamic && !step->gone && (evaluates || step->kernel->flags & SARD_KERNEL_IN_PLACE);
}

/* ends: by root, the last step that reads anything in its memory. The first operand of the result's type and shape counts. */
static void try_in_place(const sard_deciding *d, size_t s, size_t *ends)
{
    const sard_node *node = d->plan->steps[s].node;
    const sard_value *out = node->output_count ? node->outputs[0] : NULL;
    if (!works_in_place(&d->plan->steps[s]) || !out || !sard_is_inner(d, out) || !sard_is_own(d, out))
        return;
    for (size_t i = 0; i < node->own_count; i++) {
        const sard_value *in = node->inputs[i];
        if (!in || in->dtype != out->dtype || !sard_value_same_shape(in, out))
            continue;
        const size_t root = root_of(d, in);
        if (sard_is_inner(d, in) && covers(d, in, root) && ends[root] <= s && alone_reads(d, node, i, root)) {
            sard_alias_of(d, out)->root = root;
            ends[root] = ends[out->id] > ends[root] ? ends[out->id] : ends[root];
        }
        return;
    }
}

bool sard_decide_in_place(const sard_deciding *d)
{
    const sard_graph *graph = d->plan->graph;
    size_t *ends = SARD_NEW(&d->plan->arena, size_t, graph->value_count);
    if (!ends)
        return false;
    for (size_t i = 0; i < graph->value_count; i++) {
        const sard_value *value = graph->values[i];
        const size_t root = root_of(d, value), end = value->output_count ? SIZE_MAX : sard_last_use(d, value);
        ends[root] = end > ends[root] ? end : ends[root];
    }
    for (size_t s = 0; s < d->plan->step_count; s++)
        try_in_place(d, s, ends);
    for (size_t i = 0; i < graph->value_count; i++)
        d->plan->aliases[i].root = root_of(d, graph->values[i]);
    return true;
}
