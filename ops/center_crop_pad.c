/* CenterCropPad-18: the middle of a larger tensor, or a smaller one amid zeros
 *
 * in   input_data; shape: the new sizes of `axes` (all)
 * out  output_data. What is odd is cut, or added, at the end */
#include "ops/lib/contents.h"
#include "ops/lib/move.h"

#include <inttypes.h>
#include <string.h>

typedef struct center_crop_pad {
    sard_ints axes;
} center_crop_pad;

static const sard_attr_spec attrs[] = {SARD_LIST(center_crop_pad, axes), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("input_data", 'T', SARD_SET_ANY), SARD_PORT("shape", 'S', SARD_SET_INDEX), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("output_data", 'T', SARD_SET_ANY), SARD_PORTS_END};

static sard_status infer(sard_node *node, sard_error *error)
{
    const sard_ints axes = ((const center_crop_pad *)node->attrs)->axes;
    const sard_value *x = node->inputs[0];
    const int count = axes.data ? (int)axes.count : x->rank;
    int64_t dims[SARD_MAX_RANK], shape[SARD_MAX_RANK];
    uint32_t mask;
    int length;
    sard_status status = sard_axes(node, axes, x->rank, &mask, error);
    if (!status)
        status = sard_input_dims(node, 1, &length, shape, error);
    if (!status && length >= 0 && length != count)
        status = sard_node_fail(node, error, SARD_SHAPE, "shape has %d elements for %d axes", length, count);
    if (status)
        return status;
    for (int i = 0; i < x->rank; i++)
        dims[i] = x->dims[i];
    for (int i = 0; i < count; i++) {
        const int64_t axis = axes.data ? axes.data[i] : i;
        dims[axis < 0 ? axis + x->rank : axis] = length < 0 ? SARD_UNKNOWN_DIM : shape[i];
    }
    return sard_node_set_output(node, 0, x->dtype, x->rank, dims, error);
}

static sard_status eval(const sard_call *call)
{
    const sard_tensor *x = &call->inputs[0], *y = &call->outputs[0];
    const size_t size = sard_dtype_size(x->dtype);
    int64_t from[SARD_MAX_RANK], to[SARD_MAX_RANK], dims[SARD_MAX_RANK], first = 0, place = 0;
    sard_strides(x->dims, x->rank, from);
    sard_strides(y->dims, y->rank, to);
    for (int i = 0; i < x->rank; i++) {
        const int64_t more = y->dims[i] - x->dims[i];
        dims[i] = more < 0 ? y->dims[i] : x->dims[i];
        *(more < 0 ? &first : &place) += (more < 0 ? -more / 2 * from[i] : more / 2 * to[i]);
    }
    memset(y->data, 0, sard_tensor_count(y) * size);
    if (sard_tensor_count(x) && sard_tensor_count(y))
        sard_move(call, (char *)y->data + (size_t)place * size, to, (const char *)x->data + (size_t)first * size, from, dims, x->rank,
                  size);
    return SARD_OK;
}

const sard_op sard_op_center_crop_pad = {.struct_size = sizeof(sard_op),
                                         .domain = "",
                                         .name = "CenterCropPad",
                                         .since = 18,
                                         .inputs = inputs,
                                         .outputs = outputs,
                                         .attrs = attrs,
                                         .attrs_size = sizeof(center_crop_pad),
                                         .infer = infer,
                                         .eval = eval};
