/* OneHot-28: a new axis, on which the place that an index names has one value and all others another
 *
 * in   indices; depth: one element, the size of the axis; values: off, on
 * out  output: dims of indices with the axis in between. Indices from -depth to depth-1 count; others are off everywhere */
#include "ops/lib/contents.h"
#include "ops/lib/index.h"
#include "ops/lib/move.h"

#include <inttypes.h>

typedef struct one_hot {
    int64_t axis;
} one_hot;

static const sard_attr_spec attrs[] = {SARD_INT(one_hot, axis, -1), SARD_ATTRS_END};
#define NUMBERS (SARD_SET_NUMBER & ~SARD_SET(BF16))

static const sard_port inputs[] = {SARD_PORT("indices", 'I', NUMBERS), SARD_PORT("depth", 'D', NUMBERS),
                                   SARD_PORT("values", 'V', SARD_SET_ANY), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("output", 'V', SARD_SET_ANY), SARD_PORTS_END};

static sard_status infer_depth(const sard_node *node, int64_t *depth, sard_error *error)
{
    sard_content contents[SARD_MAX_CONTENTS];
    double number;
    const sard_value *value = node->inputs[1];
    const int64_t elements = sard_dim_product(value->dims, value->rank);
    *depth = SARD_UNKNOWN_DIM;
    if (elements >= 0 && elements != 1)
        return sard_node_fail(node, error, SARD_SHAPE, "depth has %" PRId64 " elements, must have one", elements);
    if (sard_dtype_is_float(value->dtype)) {
        if (sard_node_input_floats(node, 1, &number, 1) != 1)
            return SARD_OK;
        *depth = number >= 0 && number < 0x1p62 ? (int64_t)number : -1;
    } else {
        if (sard_input_contents(node, 1, contents) != 1)
            return SARD_OK;
        *depth = contents[0].known ? contents[0].value : contents[0].dim;
        if (!contents[0].known)
            return SARD_OK;
    }
    return *depth < 0 ? sard_node_fail(node, error, SARD_SHAPE, "depth is negative or too large") : SARD_OK;
}

static sard_status infer(sard_node *node, sard_error *error)
{
    const one_hot *a = node->attrs;
    const sard_value *indices = node->inputs[0], *values = node->inputs[2];
    int64_t dims[SARD_MAX_RANK + 1], depth;
    int axis;
    if (values->rank != 1 || (values->dims[0] >= 0 && values->dims[0] != 2))
        return sard_node_fail(node, error, SARD_SHAPE, "values must be a vector of two elements");
    sard_status status = sard_axis(node, a->axis, indices->rank + 1, "axis", &axis, error);
    if (!status)
        status = infer_depth(node, &depth, error);
    if (status)
        return status;
    for (int i = 0; i < indices->rank; i++)
        dims[i + (i >= axis)] = indices->dims[i];
    dims[axis] = depth;
    return sard_node_set_output(node, 0, values->dtype, indices->rank + 1, dims, error);
}

static sard_status eval(const sard_call *call)
{
    const one_hot *a = call->attrs;
    const sard_tensor *indices = &call->inputs[0], *y = &call->outputs[0];
    const char *values = call->inputs[2].data;
    const size_t size = sard_dtype_size(y->dtype), count = sard_tensor_count(indices);
    const int axis = (int)(a->axis < 0 ? a->axis + y->rank : a->axis);
    const int64_t depth = y->dims[axis], all = (int64_t)sard_tensor_count(y);
    int64_t inner = 1;
    for (int i = axis + 1; i < y->rank; i++)
        inner *= y->dims[i];
    sard_move(call, y->data, (int64_t[]){1}, values, (int64_t[]){0}, &all, 1, size);
    const bool floats = sard_dtype_is_float(indices->dtype);
    for (size_t i = 0; depth && i < count; i++) {
        int64_t index;
        if (floats)
            sard_narrow(SARD_I64, &(double){sard_get(indices, i)}, 1, &index);
        else
            index = sard_get_int(indices, i);
        if (!sard_index_wrap(&index, depth))
            continue;
        const int64_t to = ((int64_t)i / inner * depth + index) * inner + (int64_t)i % inner;
        sard_element_copy((char *)y->data + (size_t)to * size, values + size, size);
    }
    return SARD_OK;
}

const sard_op sard_op_one_hot = {.struct_size = sizeof(sard_op),
                                 .domain = "",
                                 .name = "OneHot",
                                 .since = 28,
                                 .inputs = inputs,
                                 .outputs = outputs,
                                 .attrs = attrs,
                                 .attrs_size = sizeof(one_hot),
                                 .infer = infer,
                                 .eval = eval};
