/* What passes share that recognise operators written out. */
#include "passes/lib/match.h"

#include "ops/lib/util.h"
#include "ops/reduce.h"

#include <math.h>

bool sard_is_made_by(const sard_value *value, sard_op_id op) { return value && sard_is_plain(value->producer, op); }

bool sard_is_between(const sard_value *value, sard_op_id op) { return sard_is_made_by(value, op) && sard_value_use_count(value) == 1; }

bool sard_is_near(sard_dtype dtype, double a, double b) { return fabs(a - b) <= (dtype == SARD_F64 ? 1e-13 : 1e-5) * fabs(b); }

bool sard_read_number(const sard_node *node, size_t i, double *out) { return sard_node_input_floats(node, i, out, 1) == 1; }

bool sard_is_number(const sard_node *node, size_t i, double want)
{
    double have;
    return sard_read_number(node, i, &have) && sard_is_near(node->inputs[i]->dtype, have, want);
}

uint32_t sard_reduced_axes(const sard_value *value, sard_op_id op)
{
    uint32_t mask;
    if (!sard_is_made_by(value, op))
        return 0;
    const sard_node *node = value->producer;
    if (!((const sard_reduce *)node->attrs)->keepdims || !sard_has_input(node, SARD_REDUCE_AXES) || node->inputs[0]->rank < 1 ||
        !sard_input_axes(node, SARD_REDUCE_AXES, node->inputs[0]->rank, &mask))
        return 0;
    return mask;
}

sard_status sard_replace_node(sard_node *node, sard_op_id op, sard_value *const *inputs, size_t input_count, const sard_attr *attrs,
                              size_t attr_count, bool *edited, sard_error *error)
{
    sard_node *made;
    const sard_status status = sard_insert(node->graph, node, op, node->name, inputs, input_count, attrs, attr_count, &made, error);
    if (status)
        return status;
    sard_value_replace(node->outputs[0], made->outputs[0]);
    *edited = true;
    return SARD_OK;
}
