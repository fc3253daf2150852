/* Concat-13: joins tensors along an axis
 *
 * in   inputs: any number, with the same dims but for `axis`
 * out  concat_result: their dims, along `axis` the sum */
#include "ops/axis.h"
#include "ops/lib/contents.h"
#include "ops/lib/move.h"

#include <inttypes.h>

static const sard_attr_spec attrs[] = {SARD_INT_REQUIRED(sard_concat, axis), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT_VARIADIC("inputs", 'T', SARD_SET_ANY), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("concat_result", 'T', SARD_SET_ANY), SARD_PORTS_END};

/* 0 gives way to anything; two unknown sizes make an unknown one. */
static bool add_dims(int64_t a, int64_t b, int64_t *out)
{
    if (a == 0 || b == 0)
        *out = a == 0 ? b : a;
    else if (a > 0 && b > 0) {
        int64_t sum; /* where there is none, *out stays as it is */
        if (__builtin_add_overflow(a, b, &sum))
            return false;
        *out = sum;
    } else
        *out = SARD_UNKNOWN_DIM;
    return true;
}

static sard_status join(const sard_node *node, const sard_value *value, int axis, int64_t *dims, sard_error *error)
{
    const int rank = node->inputs[0]->rank;
    if (value->rank != rank)
        return sard_node_fail(node, error, SARD_SHAPE, "'%.100s' has rank %d, but '%.100s' has rank %d", value->name, value->rank,
                              node->inputs[0]->name, rank);
    for (int i = 0; i < rank; i++) {
        if (!(i == axis ? add_dims : sard_dim_merge)(dims[i], value->dims[i], &dims[i]))
            return sard_node_fail(node, error, SARD_SHAPE, "'%.100s' has size %" PRId64 " in dimension %d, where it was %" PRId64,
                                  value->name, value->dims[i], i, dims[i]);
    }
    return SARD_OK;
}

static sard_status infer_contents(sard_node *node, sard_error *error)
{
    sard_content all[SARD_MAX_CONTENTS], some[SARD_MAX_CONTENTS];
    size_t count = 0;
    if (node->inputs[0]->rank != 1)
        return SARD_OK;
    for (size_t i = 0; i < node->own_count; i++) {
        int found = sard_input_contents(node, i, some);
        if (found < 0 && node->inputs[i]->dims[0] >= 0 && node->inputs[i]->dims[0] <= SARD_MAX_CONTENTS) {
            found = (int)node->inputs[i]->dims[0];
            for (int k = 0; k < found; k++)
                some[k] = sard_content_of(SARD_UNKNOWN_DIM);
        }
        if (found < 0 || count + (size_t)found > SARD_MAX_CONTENTS)
            return SARD_OK;
        for (int k = 0; k < found; k++)
            all[count++] = some[k];
    }
    return sard_output_contents(node, 0, all, count, error);
}

static sard_status infer(sard_node *node, sard_error *error)
{
    const sard_concat *a = node->attrs;
    const sard_value *x = node->inputs[0];
    int64_t dims[SARD_MAX_RANK];
    int axis;
    sard_status status = sard_axis(node, a->axis, x->rank, "axis", &axis, error);
    for (int i = 0; i < x->rank; i++)
        dims[i] = x->dims[i];
    for (size_t i = 1; !status && i < node->own_count; i++)
        status = join(node, node->inputs[i], axis, dims, error);
    if (!status)
        status = sard_node_set_output(node, 0, x->dtype, x->rank, dims, error);
    return status ? status : infer_contents(node, error);
}

static sard_status eval(const sard_call *call)
{
    const sard_concat *a = call->attrs;
    const sard_tensor *y = &call->outputs[0];
    const int axis = (int)(a->axis < 0 ? a->axis + y->rank : a->axis);
    const size_t size = sard_dtype_size(y->dtype);
    int64_t outer = 1, inner = 1, at = 0;
    for (int i = 0; i < axis; i++)
        outer *= y->dims[i];
    for (int i = axis + 1; i < y->rank; i++)
        inner *= y->dims[i];
    for (size_t i = 0; i < call->input_count; i++) {
        const int64_t run = call->inputs[i].dims[axis] * inner;
        sard_move(call, (char *)y->data + at * (int64_t)size, (int64_t[]){y->dims[axis] * inner, 1}, call->inputs[i].data,
                  (int64_t[]){run, 1}, (int64_t[]){outer, run}, 2, size);
        at += run;
    }
    return SARD_OK;
}

const sard_op sard_op_concat = {.struct_size = sizeof(sard_op),
                                .domain = "",
                                .name = "Concat",
                                .since = 13,
                                .inputs = inputs,
                                .outputs = outputs,
                                .attrs = attrs,
                                .attrs_size = sizeof(sard_concat),
                                .infer = infer,
                                .eval = eval};
