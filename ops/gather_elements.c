/* GatherElements-13: takes elements along an axis by their numbers
 *
 * in   data; indices: of the same rank, in the other dimensions not larger than data; negative ones count from the end
 * out  output[i, j, k] = data[i, indices[i, j, k], k] where axis is 1; like indices */
#include "ops/lib/index.h"
#include "ops/lib/util.h"

#include <inttypes.h>

typedef struct gather_elements {
    int64_t axis;
} gather_elements;

static const sard_attr_spec attrs[] = {SARD_INT(gather_elements, axis, 0), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("data", 'T', SARD_SET_ANY), SARD_PORT("indices", 'I', SARD_SET_INDEX), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("output", 'T', SARD_SET_ANY), SARD_PORTS_END};

static sard_status infer(sard_node *node, sard_error *error)
{
    const gather_elements *a = node->attrs;
    const sard_value *x = node->inputs[0], *indices = node->inputs[1];
    int axis;
    if (indices->rank != x->rank)
        return sard_node_fail(node, error, SARD_SHAPE, "indices has rank %d, but data has %d", indices->rank, x->rank);
    const sard_status status = sard_axis(node, a->axis, x->rank, "axis", &axis, error);
    if (status)
        return status;
    for (int i = 0; i < x->rank; i++)
        if (i != axis && x->dims[i] >= 0 && indices->dims[i] > x->dims[i])
            return sard_node_fail(node, error, SARD_SHAPE, "indices has size %" PRId64 " in dimension %d, but data has %" PRId64,
                                  indices->dims[i], i, x->dims[i]);
    return sard_node_set_output(node, 0, x->dtype, x->rank, indices->dims, error);
}

static sard_status eval(const sard_call *call)
{
    const gather_elements *a = call->attrs;
    const sard_tensor *x = &call->inputs[0], *indices = &call->inputs[1], *y = &call->outputs[0];
    const int axis = (int)(a->axis < 0 ? a->axis + x->rank : a->axis);
    const size_t size = sard_dtype_size(x->dtype);
    int64_t strides[SARD_MAX_RANK];
    sard_strides(x->dims, x->rank, strides);
    const int64_t stride = strides[axis];
    strides[axis] = 0;
    int64_t at = 0;
    for (sard_walk w = sard_walk_start(y->rank, y->dims, strides, NULL, NULL); w.more; sard_walk_next(&w), at++) {
        int64_t index = sard_index_at(indices, at);
        if (!sard_index_wrap(&index, x->dims[axis]))
            return sard_call_fail(call, SARD_DATA, "index %" PRId64 " is out of range for size %" PRId64, sard_index_at(indices, at),
                                  x->dims[axis]);
        sard_element_copy((char *)y->data + (size_t)at * size, (const char *)x->data + (size_t)(w.offset[0] + index * stride) * size, size);
    }
    return SARD_OK;
}

const sard_op sard_op_gather_elements = {.struct_size = sizeof(sard_op),
                                         .domain = "",
                                         .name = "GatherElements",
                                         .since = 13,
                                         .inputs = inputs,
                                         .outputs = outputs,
                                         .attrs = attrs,
                                         .attrs_size = sizeof(gather_elements),
                                         .infer = infer,
                                         .eval = eval,
                                         .work = sard_outputs_work};
