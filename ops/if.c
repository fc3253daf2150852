/* If: runs one of two subgraphs
 *
 * in   cond: one bool
 * out  outputs of then_branch where it is true, else of else_branch; both have as many
 *
 * A branch that cannot have these shapes is no mistake as long as it is not taken: models ask for a shape first. */
#include "ops/lib/subgraph.h"

typedef struct branches {
    sard_graph *then_branch, *else_branch;
} branches;

static const sard_attr_spec attrs[] = {SARD_GRAPH(branches, then_branch), SARD_GRAPH(branches, else_branch), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("cond", 'B', SARD_SET(BOOL)), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT_ANYTHING("outputs"), SARD_PORTS_END};

static sard_status check_counts(const sard_node *node, sard_error *error)
{
    const branches *a = node->attrs;
    if (a->then_branch->input_count || a->else_branch->input_count)
        return sard_node_fail(node, error, SARD_MODEL, "a branch has inputs");
    if (a->then_branch->output_count != a->else_branch->output_count || a->then_branch->output_count < node->output_count)
        return sard_node_fail(node, error, SARD_MODEL, "%zu outputs, but the branches have %zu and %zu", node->output_count,
                              a->then_branch->output_count, a->else_branch->output_count);
    return SARD_OK;
}

static sard_status flow_branch(sard_node *node, const sard_graph *branch, sard_error *error)
{
    sard_status status = SARD_OK;
    for (size_t i = 0; !status && i < node->output_count; i++)
        status = sard_flow_out(node, i, branch->outputs[i], error);
    return status;
}

static sard_status join_branch(sard_node *node, const sard_graph *branch, sard_error *error)
{
    for (size_t i = 0; i < node->output_count; i++) {
        sard_value *out = node->outputs[i];
        const sard_value *other = branch->outputs[i];
        if (!out)
            continue;
        if (out->dtype && other->dtype && out->dtype != other->dtype)
            return sard_node_fail(node, error, SARD_SHAPE, "output %zu is %s in one branch, %s in the other", i,
                                  sard_dtype_name(out->dtype), sard_dtype_name(other->dtype));
        out->dtype = out->dtype ? out->dtype : other->dtype;
        sard_widen_type(out, other);
    }
    return SARD_OK;
}

static sard_status fail_with(sard_error *error, const sard_error *cause)
{
    if (error)
        *error = *cause;
    return cause->status;
}

static sard_status infer_both(sard_node *node, const branches *a, sard_error *error)
{
    sard_error first = {.status = SARD_OK}, second = {.status = SARD_OK};
    const sard_status then_status = sard_subgraph_infer(node, a->then_branch, &first);
    const sard_status else_status = sard_subgraph_infer(node, a->else_branch, &second);
    if (then_status && (then_status != SARD_SHAPE || else_status))
        return fail_with(error, &first);
    if (else_status && else_status != SARD_SHAPE)
        return fail_with(error, &second);
    const sard_status status = flow_branch(node, then_status ? a->else_branch : a->then_branch, error);
    return status || then_status || else_status ? status : join_branch(node, a->else_branch, error);
}

static sard_status infer(sard_node *node, sard_error *error)
{
    const branches *a = node->attrs;
    int64_t cond;
    size_t count;
    sard_status status = check_counts(node, error);
    if (status)
        return status;
    if (sard_node_input_ints(node, 0, &cond, 1, &count) && count == 1) {
        sard_graph *taken = cond ? a->then_branch : a->else_branch;
        status = sard_subgraph_infer(node, taken, error);
        return status ? status : flow_branch(node, taken, error);
    }
    return infer_both(node, a, error);
}

static sard_status eval(const sard_call *call)
{
    const branches *a = call->attrs;
    const sard_tensor *cond = &call->inputs[0];
    if (sard_tensor_count(cond) != 1)
        return sard_call_fail(call, SARD_SHAPE, "cond has %zu elements, must have 1", sard_tensor_count(cond));
    const sard_graph *branch = *(const uint8_t *)cond->data ? a->then_branch : a->else_branch;
    sard_tensor *results = sard_call_alloc(call, branch->output_count * sizeof *results);
    if (!results)
        return sard_call_fail(call, SARD_NOMEM, "out of memory");
    sard_status status = sard_call_subgraph(call, branch, NULL, 0, results, branch->output_count);
    for (size_t i = 0; !status && i < call->node->output_count; i++)
        status = sard_call_give(call, i, &results[i]);
    return status;
}

const sard_op sard_op_if = {.struct_size = sizeof(sard_op),
                            .domain = "",
                            .name = "If",
                            .since = 25,
                            .traits = SARD_DATA_DEPENDENT | SARD_UNKNOWN_RANKS,
                            .inputs = inputs,
                            .outputs = outputs,
                            .attrs = attrs,
                            .attrs_size = sizeof(branches),
                            .infer = infer,
                            .eval = eval};
