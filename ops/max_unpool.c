/* MaxUnpool: puts what MaxPool took back where it stood, zeros elsewhere
 *
 * in   X: N, C, spatial; I: int64, like X: numbers in the flat tensor that MaxPool saw; output_shape: optional
 * out  output: (size - 1) * stride + kernel - pads, the size that MaxPool saw; or output_shape, whose places are those of the former */
#include "ops/lib/util.h"

#include <inttypes.h>
#include <string.h>

typedef struct max_unpool {
    sard_ints kernel_shape, strides, pads;
} max_unpool;

static const sard_attr_spec attrs[] = {
    {.name = "kernel_shape", .kind = SARD_ATTR_INTS, .flags = SARD_REQUIRED, .offset = offsetof(max_unpool, kernel_shape)},
    SARD_LIST(max_unpool, strides),
    SARD_LIST(max_unpool, pads),
    SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("X", 'T', SARD_SET_FLOAT), SARD_PORT("I", 'I', SARD_SET(I64)),
                                   SARD_PORT_OPTIONAL("output_shape", 'I', SARD_SET(I64)), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("output", 'T', SARD_SET_FLOAT), SARD_PORTS_END};

/* The shape that MaxPool saw. */
static sard_status shape_before(const sard_node *node, int rank, const int64_t *x, int64_t *dims, sard_error *error)
{
    const max_unpool *a = node->attrs;
    const int64_t unknown[SARD_MAX_SPATIAL] = {-1, -1, -1, -1, -1, -1};
    sard_window w;
    memcpy(dims, x, (size_t)rank * sizeof *dims);
    if (rank < 3 || a->kernel_shape.count != (size_t)rank - 2)
        return sard_node_fail(node, error, SARD_SHAPE, "kernel_shape has %zu elements for an input of rank %d", a->kernel_shape.count,
                              rank);
    const sard_status status = sard_window_make(node, rank - 2, unknown, a->kernel_shape.data, a->strides, (sard_ints){NULL, 0}, a->pads,
                                                SARD_AUTO_NOTSET, false, &w, error);
    for (int i = 0; !status && i < rank; i++) {
        if (i >= 2 && x[i] < 0)
            dims[i] = SARD_UNKNOWN_DIM;
        if (i < 2 || x[i] < 0)
            continue;
        if (x[i] > INT64_MAX / 4 || __builtin_mul_overflow(x[i] - 1, w.stride[i - 2], &dims[i]) || dims[i] > INT64_MAX / 4)
            return sard_node_fail(node, error, SARD_SHAPE, "spatial dimension %d is %" PRId64, i - 2, x[i]);
        dims[i] += w.kernel[i - 2] - w.begin[i - 2] - w.end[i - 2];
        if (dims[i] < 0)
            return sard_node_fail(node, error, SARD_SHAPE, "spatial dimension %d of the result would be %" PRId64, i - 2, dims[i]);
    }
    return status;
}

static sard_status infer(sard_node *node, sard_error *error)
{
    const sard_value *x = node->inputs[0], *places = node->inputs[1];
    int64_t dims[SARD_MAX_RANK], wanted[SARD_MAX_RANK];
    size_t count;
    const sard_status status = shape_before(node, x->rank, x->dims, dims, error);
    if (status)
        return status;
    for (int i = 0; i < x->rank; i++)
        if (places->rank != x->rank || (places->dims[i] >= 0 && x->dims[i] >= 0 && places->dims[i] != x->dims[i]))
            return sard_node_fail(node, error, SARD_SHAPE, "X and I differ in shape");
    if (!sard_has_input(node, 2))
        return sard_node_set_output(node, 0, x->dtype, x->rank, dims, error);
    const bool known = sard_node_input_ints(node, 2, wanted, SARD_MAX_RANK, &count);
    if (known && count != (size_t)x->rank)
        return sard_node_fail(node, error, SARD_SHAPE, "output_shape has %zu elements, must have %d", count, x->rank);
    for (int i = 0; i < x->rank; i++) {
        if (known && (wanted[i] < 0 || (dims[i] >= 0 && wanted[i] < dims[i])))
            return sard_node_fail(node, error, SARD_SHAPE, "output_shape[%d] is %" PRId64 ", must be %" PRId64 " at least", i, wanted[i],
                                  dims[i]);
        dims[i] = known ? wanted[i] : SARD_UNKNOWN_DIM;
    }
    return sard_node_set_output(node, 0, x->dtype, x->rank, dims, error);
}

static sard_status check_shape(const sard_call *call, const int64_t *seen, int64_t *dims)
{
    const sard_tensor *x = &call->inputs[0], *shape = &call->inputs[2];
    memcpy(dims, seen, (size_t)x->rank * sizeof *dims);
    if (call->input_count < 3 || !shape->dtype)
        return SARD_OK;
    if (sard_tensor_count(shape) != (size_t)x->rank)
        return sard_call_fail(call, SARD_DATA, "output_shape has %zu elements, must have %d", sard_tensor_count(shape), x->rank);
    for (int i = 0; i < x->rank; i++) {
        dims[i] = sard_get_int(shape, (size_t)i);
        if (dims[i] < seen[i])
            return sard_call_fail(call, SARD_DATA, "output_shape[%d] is %" PRId64 ", must be %" PRId64 " at least", i, dims[i], seen[i]);
    }
    return SARD_OK;
}

static sard_status eval(const sard_call *call)
{
    const sard_tensor *x = &call->inputs[0], *y = &call->outputs[0];
    const int64_t *places = call->inputs[1].data;
    int64_t seen[SARD_MAX_RANK], dims[SARD_MAX_RANK], strides[SARD_MAX_RANK], total;
    sard_status status = shape_before(call->node, x->rank, x->dims, seen, call->error);
    if (!status)
        status = check_shape(call, seen, dims);
    if (!status)
        status = sard_call_output(call, 0, x->rank, dims);
    if (status)
        return status;
    const size_t size = sard_dtype_size(x->dtype), count = sard_tensor_count(x);
    if (!sard_count(seen, x->rank, &total))
        return sard_call_fail(call, SARD_LIMIT, "the result is too large");
    sard_strides(dims, x->rank, strides);
    memset(y->data, 0, sard_tensor_count(y) * size);
    for (size_t i = 0; i < count; i++) {
        int64_t left = places[i], at = 0;
        if (left < 0 || left >= total)
            return sard_call_fail(call, SARD_DATA, "I[%zu] is %" PRId64 ", must be 0 to %" PRId64, i, left, total - 1);
        for (int k = x->rank - 1; k >= 0; left /= seen[k--])
            at += left % seen[k] * strides[k];
        memcpy((char *)y->data + (size_t)at * size, (const char *)x->data + i * size, size);
    }
    return SARD_OK;
}

const sard_op sard_op_max_unpool = {.struct_size = sizeof(sard_op),
                                    .domain = "",
                                    .name = "MaxUnpool",
                                    .since = 22,
                                    .traits = SARD_DATA_DEPENDENT,
                                    .inputs = inputs,
                                    .outputs = outputs,
                                    .attrs = attrs,
                                    .attrs_size = sizeof(max_unpool),
                                    .infer = infer,
                                    .eval = eval};
