/* GatherND-13: takes slices by tuples of indices
 *
 * in   data; indices: the last dimension is a tuple; the first batch_dims dimensions of both are the same and walked together
 * out  output[b..., i...] = data[b..., indices[b..., i...]...]: dims of indices without the last, then what the tuple leaves of data */
#include "ops/lib/contents.h"
#include "ops/lib/index.h"

#include <inttypes.h>

typedef struct gather_nd {
    int64_t batch_dims;
} gather_nd;

static const sard_attr_spec attrs[] = {SARD_INT_IN(gather_nd, batch_dims, 0, 0, SARD_MAX_RANK), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("data", 'T', SARD_SET_ANY), SARD_PORT("indices", 'I', SARD_SET(I64)), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("output", 'T', SARD_SET_ANY), SARD_PORTS_END};

static sard_status infer(sard_node *node, sard_error *error)
{
    const int batch = (int)((const gather_nd *)node->attrs)->batch_dims;
    const sard_value *x = node->inputs[0], *indices = node->inputs[1];
    int64_t dims[2 * SARD_MAX_RANK];
    int rank = 0;
    if (batch >= x->rank || batch >= indices->rank)
        return sard_node_fail(node, error, SARD_SHAPE, "batch_dims %d must be below the ranks %d of data and %d of indices", batch, x->rank,
                              indices->rank);
    for (int i = 0; i < indices->rank - 1; i++)
        dims[rank++] = indices->dims[i];
    for (int i = 0; i < batch; i++)
        if (!sard_dim_merge(x->dims[i], indices->dims[i], &dims[i]))
            return sard_node_fail(node, error, SARD_SHAPE, "batch dimension %d is %" PRId64 " in data and %" PRId64 " in indices", i,
                                  x->dims[i], indices->dims[i]);
    const int64_t tuple = indices->dims[indices->rank - 1];
    if (tuple < 0)
        return sard_node_set_output(node, 0, x->dtype, -1, NULL, error);
    if (tuple < 1 || tuple > x->rank - batch)
        return sard_node_fail(node, error, SARD_SHAPE, "tuples of %" PRId64 " indices for data of rank %d with batch_dims %d", tuple,
                              x->rank, batch);
    for (int i = batch + (int)tuple; i < x->rank; i++)
        dims[rank++] = x->dims[i];
    return sard_node_set_output(node, 0, x->dtype, rank, dims, error);
}

static sard_status eval(const sard_call *call)
{
    const int batch = (int)((const gather_nd *)call->attrs)->batch_dims;
    const sard_tensor *x = &call->inputs[0], *indices = &call->inputs[1], *y = &call->outputs[0];
    const int tuple = (int)indices->dims[indices->rank - 1];
    int64_t strides[SARD_MAX_RANK], batches, inner;
    sard_strides(x->dims, x->rank, strides);
    const size_t count = sard_tensor_count(y);
    if (!count || !sard_count(x->dims, batch, &batches) || !sard_count(x->dims + batch + tuple, x->rank - batch - tuple, &inner))
        return SARD_OK;
    const int64_t slices = (int64_t)count / inner, in_batch = slices / batches;
    const size_t run = (size_t)inner * sard_dtype_size(x->dtype);
    for (int64_t s = 0; s < slices; s++) {
        int64_t from = s / in_batch * (batch ? strides[batch - 1] : 0);
        for (int k = 0; k < tuple; k++) {
            int64_t index = sard_index_at(indices, s * tuple + k);
            if (!sard_index_wrap(&index, x->dims[batch + k]))
                return sard_call_fail(call, SARD_DATA, "index %" PRId64 " is out of range for size %" PRId64,
                                      sard_index_at(indices, s * tuple + k), x->dims[batch + k]);
            from += index * strides[batch + k];
        }
        memcpy((char *)y->data + (size_t)s * run, (const char *)x->data + (size_t)(from / inner) * run, run);
    }
    return SARD_OK;
}

const sard_op sard_op_gather_nd = {.struct_size = sizeof(sard_op),
                                   .domain = "",
                                   .name = "GatherND",
                                   .since = 13,
                                   .inputs = inputs,
                                   .outputs = outputs,
                                   .attrs = attrs,
                                   .attrs_size = sizeof(gather_nd),
                                   .infer = infer,
                                   .eval = eval,
                                   .work = sard_outputs_work};
