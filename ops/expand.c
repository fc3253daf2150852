/* Expand-13: numpy's broadcasting to a shape
 *
 * in   input; shape: int64; 1 leaves a dimension as it is
 * out  output */
#include "ops/lib/contents.h"
#include "ops/lib/move.h"

#include <inttypes.h>

static const sard_port inputs[] = {SARD_PORT("input", 'T', SARD_SET_ANY), SARD_PORT("shape", 'S', SARD_SET(I64)), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("output", 'T', SARD_SET_ANY), SARD_PORTS_END};

/* Size a of the input meets size b of the shape. */
static bool meet(int64_t a, int64_t b, int64_t *out)
{
    if (a == b || b == 1)
        *out = a;
    else if (a == 1)
        *out = b;
    else if (a >= 0 && b >= 0)
        return false;
    else if (a >= 0 || b >= 0)
        *out = a > b ? a : b; /* the one that is known: the other is 1, or the same */
    else
        *out = SARD_UNKNOWN_DIM;
    return true;
}

/* One element to all elements of a small vector. */
static sard_status infer_contents(sard_node *node, sard_error *error)
{
    sard_content contents[SARD_MAX_CONTENTS];
    const sard_value *y = node->outputs[0];
    const int count = sard_input_contents(node, 0, contents);
    if (count < 0 || !y || y->rank != 1 || y->dims[0] < 0 || y->dims[0] > SARD_MAX_CONTENTS)
        return SARD_OK;
    for (int64_t i = 1; count == 1 && i < y->dims[0]; i++)
        contents[i] = contents[0];
    return sard_output_contents(node, 0, contents, (size_t)y->dims[0], error);
}

static sard_status infer(sard_node *node, sard_error *error)
{
    const sard_value *x = node->inputs[0];
    int64_t dims[SARD_MAX_RANK], shape[SARD_MAX_RANK];
    int rank;
    sard_status status = sard_input_dims(node, 1, &rank, shape, error);
    if (status || rank < 0)
        return status;
    const int all = rank > x->rank ? rank : x->rank;
    for (int i = 0; i < all; i++) {
        const int64_t a = i < all - x->rank ? 1 : x->dims[i - all + x->rank], b = i < all - rank ? 1 : shape[i - all + rank];
        if (!meet(a, b, &dims[i]))
            return sard_node_fail(node, error, SARD_SHAPE, "size %" PRId64 " in dimension %d cannot be broadcast to %" PRId64, a, i, b);
    }
    status = sard_node_set_output(node, 0, x->dtype, all, dims, error);
    return status ? status : infer_contents(node, error);
}

static sard_status eval(const sard_call *call)
{
    const sard_tensor *x = &call->inputs[0], *y = &call->outputs[0];
    int64_t from[SARD_MAX_RANK], to[SARD_MAX_RANK];
    sard_broadcast_strides(x, y->rank, y->dims, from);
    sard_strides(y->dims, y->rank, to);
    sard_move(call, y->data, to, x->data, from, y->dims, y->rank, sard_dtype_size(x->dtype));
    return SARD_OK;
}

const sard_op sard_op_expand = {.struct_size = sizeof(sard_op),
                                .domain = "",
                                .name = "Expand",
                                .since = 13,
                                .inputs = inputs,
                                .outputs = outputs,
                                .infer = infer,
                                .eval = eval};
