/* Tile-13: a tensor several times along each dimension
 *
 * in   input; repeats: int64, a number for each dimension
 * out  output[i] = input[i % dim] */
#include "ops/lib/contents.h"
#include "ops/lib/move.h"

#include <inttypes.h>

static const sard_port inputs[] = {SARD_PORT("input", 'T', SARD_SET_ANY), SARD_PORT("repeats", 'R', SARD_SET(I64)), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("output", 'T', SARD_SET_ANY), SARD_PORTS_END};

static sard_status infer_contents(sard_node *node, sard_error *error)
{
    sard_content one[SARD_MAX_CONTENTS], all[SARD_MAX_CONTENTS];
    const sard_value *y = node->outputs[0];
    const int count = sard_input_contents(node, 0, one);
    if (count < 1 || !y || y->rank != 1 || y->dims[0] < 0 || y->dims[0] > SARD_MAX_CONTENTS)
        return SARD_OK;
    for (int64_t i = 0; i < y->dims[0]; i++)
        all[i] = one[i % count];
    return sard_output_contents(node, 0, all, (size_t)y->dims[0], error);
}

static sard_status infer(sard_node *node, sard_error *error)
{
    const sard_value *x = node->inputs[0];
    int64_t repeats[SARD_MAX_RANK], dims[SARD_MAX_RANK];
    int rank;
    sard_status status = sard_input_dims(node, 1, &rank, repeats, error);
    if (!status && rank >= 0 && rank != x->rank)
        status = sard_node_fail(node, error, SARD_SHAPE, "%d repeats for rank %d", rank, x->rank);
    if (status)
        return status;
    for (int i = 0; i < x->rank; i++) {
        dims[i] = rank < 0 ? SARD_UNKNOWN_DIM : sard_dim_product((int64_t[]){x->dims[i], repeats[i]}, 2);
        if (dims[i] < 0 && rank >= 0 && x->dims[i] >= 0 && repeats[i] >= 0)
            return sard_node_fail(node, error, SARD_SHAPE, "size %" PRId64 " times %" PRId64 " is too large", x->dims[i], repeats[i]);
    }
    status = sard_node_set_output(node, 0, x->dtype, x->rank, dims, error);
    return status ? status : infer_contents(node, error);
}

/* A dimension of size 1 is broadcast; of the others the whole input is copied for each tuple of repeats. */
static sard_status eval(const sard_call *call)
{
    const sard_tensor *x = &call->inputs[0], *y = &call->outputs[0];
    int64_t from[SARD_MAX_RANK], to[SARD_MAX_RANK], dims[SARD_MAX_RANK], times[SARD_MAX_RANK], jump[SARD_MAX_RANK];
    if (!sard_tensor_count(y))
        return SARD_OK;
    sard_strides(x->dims, x->rank, from);
    sard_strides(y->dims, y->rank, to);
    for (int i = 0; i < x->rank; i++) {
        const bool spread = x->dims[i] == 1;
        from[i] = spread ? 0 : from[i];
        dims[i] = spread ? y->dims[i] : x->dims[i];
        times[i] = y->dims[i] / dims[i];
        jump[i] = dims[i] * to[i];
    }
    const size_t size = sard_dtype_size(x->dtype);
    for (sard_walk w = sard_walk_start(x->rank, times, jump, NULL, NULL); w.more; sard_walk_next(&w))
        sard_move(call, (char *)y->data + (size_t)w.offset[0] * size, to, x->data, from, dims, x->rank, size);
    return SARD_OK;
}

const sard_op sard_op_tile = {.struct_size = sizeof(sard_op),
                              .domain = "",
                              .name = "Tile",
                              .since = 13,
                              .inputs = inputs,
                              .outputs = outputs,
                              .infer = infer,
                              .eval = eval};
