/* The axis of operators that work along one. */
#include "ops/axis.h"

#include "ops/ops.h"

/* The member of a struct of attributes; NULL: the operator has none. */
static int64_t *member(sard_op_id id, void *attrs)
{
    switch (id) {
    case SARD_OP_concat:
        return &((sard_concat *)attrs)->axis;
    case SARD_OP_split:
        return &((sard_split *)attrs)->axis;
    case SARD_OP_gather:
        return &((sard_gather *)attrs)->axis;
    case SARD_OP_flatten:
        return &((sard_flatten *)attrs)->axis;
    case SARD_OP_softmax:
    case SARD_OP_log_softmax:
    case SARD_OP_hardmax:
        return &((sard_softmax *)attrs)->axis;
    case SARD_OP_lp_normalization:
        return &((sard_lp_normalization *)attrs)->axis;
    case SARD_OP_arg_max:
    case SARD_OP_arg_min:
        return &((sard_arg *)attrs)->axis;
    case SARD_OP_quantize_linear:
    case SARD_OP_dequantize_linear:
        return &((sard_quantize *)attrs)->axis;
    default:
        return NULL;
    }
}

int sard_axis_of(const sard_node *node)
{
    const int64_t *axis = member(sard_node_id(node), node->attrs);
    return axis ? (int)(*axis < 0 ? *axis + node->inputs[0]->rank : *axis) : 0;
}

bool sard_set_axis(sard_node *node, int axis)
{
    void *attrs = sard_arena_copy(node->graph->arena, node->attrs, node->op->attrs_size);
    int64_t *place = attrs ? member(sard_node_id(node), attrs) : NULL;
    if (!place)
        return false;
    *place = axis;
    node->attrs = attrs;
    return true;
}

bool sard_gather_place(const sard_node *node, int64_t *place)
{
    size_t count;
    const int64_t size = node->inputs[0]->dims[sard_axis_of(node)];
    if (!sard_node_input_ints(node, 1, place, 1, &count) || count != 1)
        return false;
    *place = *place < 0 && size >= 0 ? *place + size : *place;
    return *place >= 0 && (size < 0 || *place < size);
}
