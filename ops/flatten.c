/* Flatten-25: a matrix of the same elements
 *
 * in   input
 * out  output: rows are the dims before `axis` multiplied, columns those from there on; axis may be the rank */
#include "ops/axis.h"
#include "ops/lib/contents.h"
#include "ops/lib/move.h"

static const sard_attr_spec attrs[] = {SARD_INT(sard_flatten, axis, 1), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("input", 'T', SARD_SET_ALL), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("output", 'T', SARD_SET_ALL), SARD_PORTS_END};

static sard_status infer(sard_node *node, sard_error *error)
{
    const sard_flatten *a = node->attrs;
    const sard_value *x = node->inputs[0];
    int axis = x->rank;
    const sard_status status = a->axis == x->rank ? SARD_OK : sard_axis(node, a->axis, x->rank, "axis", &axis, error);
    if (status)
        return status;
    const int64_t dims[] = {sard_dim_product(x->dims, axis), sard_dim_product(x->dims + axis, x->rank - axis)};
    return sard_node_set_output(node, 0, x->dtype, 2, dims, error);
}

const sard_op sard_op_flatten = {.struct_size = sizeof(sard_op),
                                 .domain = "",
                                 .name = "Flatten",
                                 .since = 25,
                                 .traits = SARD_IN_PLACE,
                                 .inputs = inputs,
                                 .outputs = outputs,
                                 .attrs = attrs,
                                 .attrs_size = sizeof(sard_flatten),
                                 .infer = infer,
                                 .eval = sard_move_whole};
