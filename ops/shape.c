/* Shape-25, Size-25: the dims of a tensor, or their product, as int64
 *
 * Shape: those from `start` up to `end`, which are clamped; negative ones count from the end. */
#include "ops/shape.h"

#include "ops/lib/contents.h"

#include <string.h>

static const sard_attr_spec attrs[] = {SARD_INT(sard_shape, start, 0), SARD_INT(sard_shape, end, INT64_MAX), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("data", 'T', SARD_SET_ALL), SARD_PORTS_END};
static const sard_port shape_outputs[] = {SARD_PORT("shape", 'S', SARD_SET(I64)), SARD_PORTS_END};
static const sard_port size_outputs[] = {SARD_PORT("size", 'S', SARD_SET(I64)), SARD_PORTS_END};

static int clamp(int64_t at, int rank)
{
    at = at < 0 ? at + rank : at;
    return (int)(at < 0 ? 0 : at > rank ? rank : at);
}

int sard_shape_taken(const sard_shape *attrs, int rank, int *first)
{
    const int end = clamp(attrs->end, rank);
    *first = clamp(attrs->start, rank);
    return end > *first ? end - *first : 0;
}

static sard_status infer_shape(sard_node *node, sard_error *error)
{
    const sard_value *x = node->inputs[0];
    sard_content contents[SARD_MAX_RANK];
    int first;
    if (x->rank < 0)
        return sard_node_set_output(node, 0, SARD_I64, 1, (int64_t[]){SARD_UNKNOWN_DIM}, error);
    const int count = sard_shape_taken(node->attrs, x->rank, &first);
    for (int i = 0; i < count; i++)
        contents[i] = sard_content_of(x->dims[first + i]);
    const sard_status status = sard_node_set_output(node, 0, SARD_I64, 1, (int64_t[]){count}, error);
    return status ? status : sard_output_contents(node, 0, contents, (size_t)count, error);
}

static sard_status eval_shape(const sard_call *call)
{
    int first;
    const int count = sard_shape_taken(call->attrs, call->inputs[0].rank, &first);
    memcpy(call->outputs[0].data, call->inputs[0].dims + first, (size_t)count * sizeof(int64_t));
    return SARD_OK;
}

static sard_status infer_size(sard_node *node, sard_error *error)
{
    const sard_value *x = node->inputs[0];
    const sard_content size = sard_content_of(x->rank < 0 ? SARD_UNKNOWN_DIM : sard_dim_product(x->dims, x->rank));
    const sard_status status = sard_node_set_output(node, 0, SARD_I64, 0, NULL, error);
    return status ? status : sard_output_contents(node, 0, &size, 1, error);
}

static sard_status eval_size(const sard_call *call)
{
    *(int64_t *)call->outputs[0].data = (int64_t)sard_tensor_count(&call->inputs[0]);
    return SARD_OK;
}

const sard_op sard_op_shape = {.struct_size = sizeof(sard_op),
                               .domain = "",
                               .name = "Shape",
                               .since = 25,
                               .traits = SARD_UNKNOWN_RANKS,
                               .inputs = inputs,
                               .outputs = shape_outputs,
                               .attrs = attrs,
                               .attrs_size = sizeof(sard_shape),
                               .infer = infer_shape,
                               .eval = eval_shape,
                               .work = sard_outputs_work};
const sard_op sard_op_size = {.struct_size = sizeof(sard_op),
                              .domain = "",
                              .name = "Size",
                              .since = 25,
                              .traits = SARD_UNKNOWN_RANKS,
                              .inputs = inputs,
                              .outputs = size_outputs,
                              .infer = infer_size,
                              .eval = eval_size,
                              .work = sard_outputs_work};
