/* Split-18: cuts a tensor along an axis
 *
 * in   input; split: int64, the size of each part, optional
 * out  outputs: the parts. Without `split` num_outputs parts (or as many as the node has outputs) of the same size, the last one
 *      smaller where the axis does not divide */
#include "ops/axis.h"
#include "ops/lib/contents.h"
#include "ops/lib/move.h"

#include <inttypes.h>
#include <string.h>

static const sard_attr_spec attrs[] = {SARD_INT(sard_split, axis, 0), SARD_INT(sard_split, num_outputs, 0), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("input", 'T', SARD_SET_ANY), SARD_PORT_OPTIONAL("split", 'S', SARD_SET(I64)), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT_VARIADIC("outputs", 'T', SARD_SET_ANY), SARD_PORTS_END};

/* Of part i of an axis that is cut evenly. */
static int64_t even_size(int64_t axis, int64_t parts, int64_t i)
{
    const int64_t size = axis / parts + (axis % parts != 0);
    return i < parts - 1 ? size : axis - size * (parts - 1);
}

/* Element i of a constant that may have any address. */
static int64_t element(const sard_tensor *tensor, size_t i)
{
    int64_t value;
    memcpy(&value, (const char *)tensor->data + i * sizeof value, sizeof value);
    return value;
}

static sard_status check_sizes(const sard_node *node, const sard_tensor *sizes, int64_t axis, sard_error *error)
{
    int64_t sum = 0;
    for (size_t i = 0; i < node->output_count; i++) {
        const int64_t size = element(sizes, i);
        if (size < 0 || __builtin_add_overflow(sum, size, &sum))
            return sard_node_fail(node, error, SARD_SHAPE, "part %zu has size %" PRId64, i, size);
    }
    if (axis >= 0 && sum != axis)
        return sard_node_fail(node, error, SARD_SHAPE, "the parts make %" PRId64 ", but the axis has size %" PRId64, sum, axis);
    return SARD_OK;
}

static sard_status check(const sard_node *node, int axis, sard_error *error)
{
    const sard_split *a = node->attrs;
    const int64_t size = node->inputs[0]->dims[axis], parts = (int64_t)node->output_count;
    int64_t length;
    if (!sard_has_input(node, 1)) {
        if (a->num_outputs && a->num_outputs != parts)
            return sard_node_fail(node, error, SARD_SHAPE, "num_outputs is %" PRId64 ", but there are %" PRId64 " outputs", a->num_outputs,
                                  parts);
        if (size >= 0 && even_size(size, parts, parts - 1) < 0)
            return sard_node_fail(node, error, SARD_SHAPE, "an axis of size %" PRId64 " cannot be cut into %" PRId64 " parts", size, parts);
        return SARD_OK;
    }
    const sard_status status = sard_input_length(node, 1, INT64_MAX, "split", &length, error);
    if (status)
        return status;
    if (length >= 0 && length != parts)
        return sard_node_fail(node, error, SARD_SHAPE, "split has %" PRId64 " elements, but there are %" PRId64 " outputs", length, parts);
    return node->inputs[1]->constant ? check_sizes(node, node->inputs[1]->constant, size, error) : SARD_OK;
}

static int64_t size_of_part(const sard_node *node, int64_t axis, size_t i)
{
    sard_content contents[SARD_MAX_CONTENTS];
    if (!sard_has_input(node, 1))
        return axis < 0 && node->output_count > 1 ? SARD_UNKNOWN_DIM : even_size(axis, (int64_t)node->output_count, (int64_t)i);
    if (node->inputs[1]->constant)
        return element(node->inputs[1]->constant, i);
    return sard_input_contents(node, 1, contents) > (int)i ? sard_content_dim(contents[i]) : SARD_UNKNOWN_DIM;
}

static sard_status infer(sard_node *node, sard_error *error)
{
    const sard_split *a = node->attrs;
    const sard_value *x = node->inputs[0];
    int axis;
    sard_content contents[SARD_MAX_CONTENTS];
    sard_status status = sard_axis(node, a->axis, x->rank, "axis", &axis, error);
    if (!status)
        status = check(node, axis, error);
    const int found = sard_input_contents(node, 0, contents);
    int64_t dims[SARD_MAX_RANK], at = 0;
    for (int i = 0; i < x->rank; i++)
        dims[i] = x->dims[i];
    for (size_t i = 0; !status && i < node->output_count; i++) {
        dims[axis] = size_of_part(node, x->dims[axis], i);
        status = sard_node_set_output(node, i, x->dtype, x->rank, dims, error);
        if (found < 0 || at < 0 || dims[axis] < 0 || at + dims[axis] > found) {
            at = -1; /* where the next part begins is not known */
            continue;
        }
        if (!status)
            status = sard_output_contents(node, i, contents + at, (size_t)dims[axis], error);
        at += dims[axis];
    }
    return status;
}

static sard_status eval(const sard_call *call)
{
    const sard_split *a = call->attrs;
    const sard_tensor *x = &call->inputs[0];
    const int axis = (int)(a->axis < 0 ? a->axis + x->rank : a->axis);
    const size_t size = sard_dtype_size(x->dtype);
    int64_t outer = 1, inner = 1, at = 0;
    for (int i = 0; i < axis; i++)
        outer *= x->dims[i];
    for (int i = axis + 1; i < x->rank; i++)
        inner *= x->dims[i];
    for (size_t i = 0; i < call->output_count; i++) {
        const int64_t part = sard_call_has(call, 1) ? ((const int64_t *)call->inputs[1].data)[i]
                                                    : even_size(x->dims[axis], (int64_t)call->output_count, (int64_t)i);
        const int64_t run = part * inner;
        if (sard_call_wants(call, i))
            sard_move(call, call->outputs[i].data, (int64_t[]){run, 1}, (const char *)x->data + at * (int64_t)size,
                      (int64_t[]){x->dims[axis] * inner, 1}, (int64_t[]){outer, run}, 2, size);
        at += run;
    }
    return SARD_OK;
}

const sard_op sard_op_split = {.struct_size = sizeof(sard_op),
                               .domain = "",
                               .name = "Split",
                               .since = 18,
                               .inputs = inputs,
                               .outputs = outputs,
                               .attrs = attrs,
                               .attrs_size = sizeof(sard_split),
                               .infer = infer,
                               .eval = eval};
