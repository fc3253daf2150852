/* Types are settled by rounds: what comes out of a body goes in again until nothing changes. They only ever get wider, so that ends. */
#include "ops/lib/subgraph.h"

#include <string.h>

/* Rounds after which all states that are left lose their shapes, and depth of nesting from which on they have none to begin with: a
 * model of bodies within bodies must not take time exponential in its depth. */
enum { MOST_ROUNDS = 4, DEEPEST = 3 };

sard_status sard_flow(sard_value *to, const sard_value *from, bool contents, sard_error *error)
{
    sard_content elements[SARD_MAX_CONTENTS];
    const int count = contents ? sard_value_contents(from, elements) : -1;
    sard_value_set_type(to, from->dtype, from->rank, from->dims);
    to->content_count = -1;
    if (count >= 0 && !sard_value_set_contents(to, elements, (size_t)count))
        return sard_no_memory(error);
    return SARD_OK;
}

sard_status sard_flow_out(sard_node *node, size_t i, const sard_value *from, sard_error *error)
{
    if (i >= node->output_count || !node->outputs[i])
        return SARD_OK;
    return sard_flow(node->outputs[i], from, false, error);
}

bool sard_widen_type(sard_value *to, const sard_value *from)
{
    bool wider = false;
    if (to->rank < 0)
        return false;
    if (to->rank != from->rank) {
        to->rank = -1;
        return true;
    }
    for (int i = 0; i < to->rank; i++)
        if (to->dims[i] != from->dims[i] && to->dims[i] != SARD_UNKNOWN_DIM) {
            to->dims[i] = SARD_UNKNOWN_DIM;
            wider = true;
        }
    return wider;
}

sard_status sard_subgraph_infer(const sard_node *node, sard_graph *graph, sard_error *error)
{
    for (size_t i = 0; i < graph->capture_count; i++) {
        const size_t place = graph->capture_first + i;
        const sard_status status = place < node->input_count && node->inputs[place]
                                     ? sard_flow(graph->captures[i].inner, node->inputs[place], true, error)
                                     : SARD_OK;
        if (status)
            return status;
    }
    return sard_graph_infer(graph, NULL, NULL, error);
}

static int depth_of(const sard_graph *graph)
{
    int depth = 0;
    for (; graph->parent && depth <= DEEPEST; graph = graph->parent)
        depth++;
    return depth;
}

static sard_status check_states(const sard_node *node, const sard_graph *graph, size_t in, size_t out, size_t count, bool *wider,
                                sard_error *error)
{
    *wider = false;
    for (size_t i = 0; i < count; i++) {
        sard_value *before = graph->inputs[in + i];
        const sard_value *after = graph->outputs[out + i];
        if (before->dtype >= SARD_MAYBE && after->dtype == sard_dtype_item(before->dtype)) /* optional in the first round alone */
            continue;
        if (before->dtype && after->dtype && before->dtype != after->dtype)
            return sard_node_fail(node, error, SARD_SHAPE, "'%.100s' goes into the body as %s and comes out as %s", before->name,
                                  sard_dtype_name(before->dtype), sard_dtype_name(after->dtype));
        *wider |= sard_widen_type(before, after);
    }
    return SARD_OK;
}

sard_status sard_subgraph_infer_states(const sard_node *node, sard_graph *graph, size_t in, size_t out, size_t count, sard_error *error)
{
    bool wider = true;
    for (int round = depth_of(graph) > DEEPEST ? MOST_ROUNDS : 0; wider; round++) {
        for (size_t i = 0; round >= MOST_ROUNDS && i < count; i++)
            graph->inputs[in + i]->rank = -1;
        sard_status status = sard_subgraph_infer(node, graph, error);
        if (!status)
            status = check_states(node, graph, in, out, count, &wider, error);
        if (status)
            return status;
    }
    return SARD_OK;
}

sard_status sard_call_give(const sard_call *call, size_t i, const sard_tensor *from)
{
    if (i >= call->node->output_count || !call->node->outputs[i])
        return SARD_OK;
    sard_tensor *to = &call->outputs[i];
    if (!to->dtype)
        to->dtype = from->dtype;
    if (to->dtype != from->dtype)
        return sard_call_fail(call, SARD_SHAPE, "output %zu is %s, but the subgraph gave %s", i, sard_dtype_name(to->dtype),
                              sard_dtype_name(from->dtype));
    const sard_status status = sard_call_output(call, i, from->rank, from->dims);
    const size_t bytes = sard_tensor_count(from) * sard_dtype_size(from->dtype);
    if (!status && bytes && to->data != from->data)
        memcpy(to->data, from->data, bytes);
    return status;
}

int sard_empty_shape(const sard_value *value, int64_t dims[SARD_MAX_RANK])
{
    for (int i = 0; i < value->rank; i++)
        dims[i] = value->dims[i] < 0 ? 0 : value->dims[i];
    return value->rank < 0 ? 0 : value->rank;
}
