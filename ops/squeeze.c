/* Squeeze-25, Unsqueeze-25: without, or with more, dimensions of size 1
 *
 * Squeeze    in data; axes: int64, optional: all of size 1.   out squeezed
 * Unsqueeze  in data; axes: int64, places in the result.      out expanded */
#include "ops/lib/contents.h"
#include "ops/lib/move.h"

#include <inttypes.h>

static const sard_port squeeze_inputs[] = {SARD_PORT("data", 'T', SARD_SET_ALL), SARD_PORT_OPTIONAL("axes", 'A', SARD_SET(I64)),
                                           SARD_PORTS_END};
static const sard_port squeeze_outputs[] = {SARD_PORT("squeezed", 'T', SARD_SET_ALL), SARD_PORTS_END};
static const sard_port unsqueeze_inputs[] = {SARD_PORT("data", 'T', SARD_SET_ALL), SARD_PORT("axes", 'A', SARD_SET(I64)), SARD_PORTS_END};
static const sard_port unsqueeze_outputs[] = {SARD_PORT("expanded", 'T', SARD_SET_ALL), SARD_PORTS_END};

/* Of input 1. *count -1: how many is not known; *known: which. */
static sard_status read_axes(const sard_node *node, int64_t *count, bool *known, int64_t axes[SARD_MAX_RANK], sard_error *error)
{
    size_t found = 0;
    *count = -1;
    *known = false;
    const sard_value *value = node->inputs[1];
    if (value->rank == 0) /* some exporters write a scalar */
        *count = 1;
    const sard_status status = value->rank ? sard_input_length(node, 1, SARD_MAX_RANK, "axes", count, error) : SARD_OK;
    if (status)
        return status;
    *known = sard_node_input_ints(node, 1, axes, SARD_MAX_RANK, &found);
    if (*known)
        *count = (int64_t)found;
    return SARD_OK;
}

/* Dims that are not known. */
static sard_status set_rank(sard_node *node, int64_t rank, sard_error *error)
{
    int64_t dims[SARD_MAX_RANK];
    for (int64_t i = 0; i < rank && i < SARD_MAX_RANK; i++)
        dims[i] = SARD_UNKNOWN_DIM;
    return sard_node_set_output(node, 0, node->inputs[0]->dtype, (int)rank, dims, error);
}

/* The dimensions of size 1, if it can be told. */
static bool mask_of_ones(const sard_value *x, uint32_t *mask)
{
    *mask = 0;
    for (int i = 0; i < x->rank; i++) {
        if (x->dims[i] < 0)
            return false;
        *mask |= (uint32_t)(x->dims[i] == 1) << i;
    }
    return true;
}

static sard_status remove_dims(sard_node *node, uint32_t mask, sard_error *error)
{
    const sard_value *x = node->inputs[0];
    int64_t dims[SARD_MAX_RANK];
    int rank = 0;
    for (int i = 0; i < x->rank; i++) {
        if (!(mask >> i & 1))
            dims[rank++] = x->dims[i];
        else if (x->dims[i] >= 0 && x->dims[i] != 1)
            return sard_node_fail(node, error, SARD_SHAPE, "axis %d has size %" PRId64 ", must be 1", i, x->dims[i]);
    }
    const sard_status status = sard_node_set_output(node, 0, x->dtype, rank, dims, error);
    return status ? status : sard_pass_contents(node, error);
}

static sard_status infer_squeeze(sard_node *node, sard_error *error)
{
    const sard_value *x = node->inputs[0];
    int64_t axes[SARD_MAX_RANK], count;
    uint32_t mask;
    bool known;
    if (!sard_has_input(node, 1))
        return mask_of_ones(x, &mask) ? remove_dims(node, mask, error) : set_rank(node, -1, error);
    sard_status status = read_axes(node, &count, &known, axes, error);
    if (!status && count > x->rank)
        status = sard_node_fail(node, error, SARD_SHAPE, "%" PRId64 " axes for rank %d", count, x->rank);
    if (!status && !known && count == x->rank) /* all of them, whatever their order */
        return remove_dims(node, UINT32_MAX, error);
    if (status || !known)
        return status ? status : set_rank(node, count < 0 ? -1 : x->rank - count, error);
    status = sard_axes(node, (sard_ints){axes, (size_t)count}, x->rank, &mask, error);
    return status ? status : remove_dims(node, mask, error);
}

static sard_status infer_unsqueeze(sard_node *node, sard_error *error)
{
    const sard_value *x = node->inputs[0];
    int64_t axes[SARD_MAX_RANK], count, dims[SARD_MAX_RANK];
    uint32_t mask;
    bool known;
    sard_status status = read_axes(node, &count, &known, axes, error);
    if (status || !known || x->rank + count > SARD_MAX_RANK)
        return status ? status : set_rank(node, count < 0 ? -1 : x->rank + count, error);
    const int rank = x->rank + (int)count;
    status = sard_axes(node, (sard_ints){axes, (size_t)count}, rank, &mask, error);
    for (int i = 0, k = 0; !status && i < rank; i++)
        dims[i] = mask >> i & 1 ? 1 : x->dims[k++];
    if (!status)
        status = sard_node_set_output(node, 0, x->dtype, rank, dims, error);
    return status ? status : sard_pass_contents(node, error);
}

const sard_op sard_op_squeeze = {.struct_size = sizeof(sard_op),
                                 .domain = "",
                                 .name = "Squeeze",
                                 .since = 25,
                                 .traits = SARD_IN_PLACE,
                                 .inputs = squeeze_inputs,
                                 .outputs = squeeze_outputs,
                                 .infer = infer_squeeze,
                                 .eval = sard_move_whole};
const sard_op sard_op_unsqueeze = {.struct_size = sizeof(sard_op),
                                   .domain = "",
                                   .name = "Unsqueeze",
                                   .since = 25,
                                   .traits = SARD_IN_PLACE,
                                   .inputs = unsqueeze_inputs,
                                   .outputs = unsqueeze_outputs,
                                   .infer = infer_unsqueeze,
                                   .eval = sard_move_whole};
