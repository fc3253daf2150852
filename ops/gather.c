/* Gather-13: takes slices along an axis by their numbers
 *
 * in   data; indices: negative ones count from the end
 * out  output[i..., j..., k...] = data[i..., indices[j...], k...], i before the axis and k behind it */
#include "ops/axis.h"
#include "ops/lib/contents.h"

#include <inttypes.h>
#include <string.h>

static const sard_attr_spec attrs[] = {SARD_INT(sard_gather, axis, 0), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("data", 'T', SARD_SET_ANY), SARD_PORT("indices", 'I', SARD_SET_INDEX), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("output", 'T', SARD_SET_ANY), SARD_PORTS_END};

/* Indices that are known already are checked here. */
static sard_status infer_contents(sard_node *node, int64_t size, sard_error *error)
{
    sard_content all[SARD_MAX_CONTENTS], which[SARD_MAX_CONTENTS], out[SARD_MAX_CONTENTS];
    const int count = sard_input_contents(node, 1, which), found = sard_input_contents(node, 0, all);
    bool known = found >= 0 && node->inputs[0]->rank == 1;
    for (int i = 0; i < count; i++) {
        if (which[i].known && size >= 0 && (which[i].value < -size || which[i].value >= size))
            return sard_node_fail(node, error, SARD_SHAPE, "index %" PRId64 " is out of range for size %" PRId64, which[i].value, size);
        known &= which[i].known;
        if (known) {
            const int64_t k = which[i].value < 0 ? which[i].value + found : which[i].value;
            known = k >= 0 && k < found;
            out[i] = known ? all[k] : out[i];
        }
    }
    return known && count >= 0 ? sard_output_contents(node, 0, out, (size_t)count, error) : SARD_OK;
}

static sard_status infer(sard_node *node, sard_error *error)
{
    const sard_gather *a = node->attrs;
    const sard_value *x = node->inputs[0], *indices = node->inputs[1];
    int64_t dims[2 * SARD_MAX_RANK];
    int axis, rank = 0;
    sard_status status = sard_axis(node, a->axis, x->rank, "axis", &axis, error);
    if (status)
        return status;
    for (int i = 0; i < axis; i++)
        dims[rank++] = x->dims[i];
    for (int i = 0; i < indices->rank; i++)
        dims[rank++] = indices->dims[i];
    for (int i = axis + 1; i < x->rank; i++)
        dims[rank++] = x->dims[i];
    status = sard_node_set_output(node, 0, x->dtype, rank, dims, error);
    return status ? status : infer_contents(node, x->dims[axis], error);
}

static sard_status eval(const sard_call *call)
{
    const sard_gather *a = call->attrs;
    const sard_tensor *x = &call->inputs[0], *indices = &call->inputs[1];
    const int axis = (int)(a->axis < 0 ? a->axis + x->rank : a->axis);
    const int64_t count = (int64_t)sard_tensor_count(indices), size = x->dims[axis];
    int64_t outer = 1, inner = 1;
    for (int i = 0; i < axis; i++)
        outer *= x->dims[i];
    for (int i = axis + 1; i < x->rank; i++)
        inner *= x->dims[i];
    const size_t run = (size_t)inner * sard_dtype_size(x->dtype);
    for (int64_t k = 0; k < count; k++) {
        const int64_t given = sard_get_int(indices, (size_t)k), index = given < 0 ? given + size : given;
        if (index < 0 || index >= size)
            return sard_call_fail(call, SARD_DATA, "index %" PRId64 " is out of range for size %" PRId64, given, size);
        for (int64_t i = 0; run && i < outer; i++)
            memcpy((char *)call->outputs[0].data + (size_t)(i * count + k) * run, (const char *)x->data + (size_t)(i * size + index) * run,
                   run);
    }
    return SARD_OK;
}

const sard_op sard_op_gather = {.struct_size = sizeof(sard_op),
                                .domain = "",
                                .name = "Gather",
                                .since = 13,
                                .inputs = inputs,
                                .outputs = outputs,
                                .attrs = attrs,
                                .attrs_size = sizeof(sard_gather),
                                .infer = infer,
                                .eval = eval,
                                .work = sard_outputs_work};
