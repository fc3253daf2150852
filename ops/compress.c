/* Compress-28: the slices along an axis for which a condition is true
 *
 * in   input; condition: a vector of bool; what lies beyond its end is false
 * out  output. Without `axis` the input is taken as a vector */
#include "ops/lib/contents.h"

#include <string.h>

typedef struct compress {
    int64_t axis; /* INT64_MIN: not given */
} compress;

static const sard_attr_spec attrs[] = {SARD_INT(compress, axis, INT64_MIN), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("input", 'T', SARD_SET_ANY), SARD_PORT("condition", 'C', SARD_SET(BOOL)), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("output", 'T', SARD_SET_ANY), SARD_PORTS_END};

static sard_status infer(sard_node *node, sard_error *error)
{
    const compress *a = node->attrs;
    const sard_value *x = node->inputs[0], *condition = node->inputs[1];
    int64_t dims[SARD_MAX_RANK] = {SARD_UNKNOWN_DIM};
    int axis;
    if (condition->rank != 1)
        return sard_node_fail(node, error, SARD_SHAPE, "condition has rank %d, must be 1", condition->rank);
    if (a->axis == INT64_MIN)
        return sard_node_set_output(node, 0, x->dtype, 1, dims, error);
    const sard_status status = sard_axis(node, a->axis, x->rank, "axis", &axis, error);
    if (status)
        return status;
    for (int i = 0; i < x->rank; i++)
        dims[i] = i == axis ? SARD_UNKNOWN_DIM : x->dims[i];
    return sard_node_set_output(node, 0, x->dtype, x->rank, dims, error);
}

/* The input as outer x size x inner. */
typedef struct view {
    int64_t outer, size, inner;
} view;

static view view_of(const sard_tensor *x, int64_t axis)
{
    view v = {1, 1, 1};
    for (int i = 0; i < x->rank; i++)
        *(axis == INT64_MIN || i == axis ? &v.size : i < axis ? &v.outer : &v.inner) *= x->dims[i];
    return v;
}

static sard_status eval(const sard_call *call)
{
    const compress *a = call->attrs;
    const sard_tensor *x = &call->inputs[0], *condition = &call->inputs[1];
    const bool flat = a->axis == INT64_MIN;
    const int64_t axis = !flat && a->axis < 0 ? a->axis + x->rank : a->axis;
    const view v = view_of(x, axis);
    const int64_t limit = condition->dims[0] < v.size ? condition->dims[0] : v.size;
    const uint8_t *take = condition->data;
    int64_t count = 0, dims[SARD_MAX_RANK];
    for (int64_t i = 0; i < limit; i++)
        count += take[i] != 0;
    memcpy(dims, x->dims, sizeof dims);
    dims[flat ? 0 : axis] = count;
    const sard_status status = sard_call_output(call, 0, flat ? 1 : x->rank, dims);
    if (status)
        return status;
    const size_t run = (size_t)v.inner * sard_dtype_size(x->dtype);
    char *to = call->outputs[0].data;
    for (int64_t o = 0; run && o < v.outer; o++)
        for (int64_t i = 0; i < limit; i++)
            if (take[i]) {
                memcpy(to, (const char *)x->data + (size_t)(o * v.size + i) * run, run);
                to += run;
            }
    return SARD_OK;
}

const sard_op sard_op_compress = {.struct_size = sizeof(sard_op),
                                  .domain = "",
                                  .name = "Compress",
                                  .since = 28,
                                  .traits = SARD_DATA_DEPENDENT,
                                  .inputs = inputs,
                                  .outputs = outputs,
                                  .attrs = attrs,
                                  .attrs_size = sizeof(compress),
                                  .infer = infer,
                                  .eval = eval};
