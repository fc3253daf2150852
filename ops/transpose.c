/* Transpose-25: another order of dimensions
 *
 * in   data
 * out  transposed: dimension i is dimension perm[i] of data; without perm the order is reversed */
#include "ops/transpose.h"

#include "ops/lib/contents.h"
#include "ops/lib/move.h"

#include <inttypes.h>

static const sard_attr_spec attrs[] = {SARD_LIST(sard_transpose, perm), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("data", 'T', SARD_SET_ALL), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("transposed", 'T', SARD_SET_ALL), SARD_PORTS_END};

static sard_status check_perm(const sard_node *node, sard_ints perm, int rank, sard_error *error)
{
    uint32_t seen = 0;
    if (perm.data && perm.count != (size_t)rank)
        return sard_node_fail(node, error, SARD_SHAPE, "perm has %zu elements for rank %d", perm.count, rank);
    for (size_t i = 0; perm.data && i < perm.count; i++) {
        if (perm.data[i] < 0 || perm.data[i] >= rank || seen & 1u << perm.data[i])
            return sard_node_fail(node, error, SARD_SHAPE, "perm[%zu] is %" PRId64 ": not a permutation", i, perm.data[i]);
        seen |= 1u << perm.data[i];
    }
    return SARD_OK;
}

sard_perm sard_perm_of(const sard_node *transpose)
{
    sard_perm p = {.rank = transpose->inputs[0]->rank};
    for (int i = 0; i < p.rank; i++)
        p.axis[i] = sard_transpose_axis(transpose->attrs, p.rank, i);
    return p;
}

static sard_status infer(sard_node *node, sard_error *error)
{
    const sard_transpose *a = node->attrs;
    const sard_value *x = node->inputs[0];
    int64_t dims[SARD_MAX_RANK];
    sard_status status = check_perm(node, a->perm, x->rank, error);
    if (status)
        return status;
    for (int i = 0; i < x->rank; i++)
        dims[i] = x->dims[sard_transpose_axis(a, x->rank, i)];
    status = sard_node_set_output(node, 0, x->dtype, x->rank, dims, error);
    return status ? status : sard_pass_contents(node, error);
}

static sard_status eval(const sard_call *call)
{
    const sard_tensor *x = &call->inputs[0], *y = &call->outputs[0];
    int64_t own[SARD_MAX_RANK], from[SARD_MAX_RANK], to[SARD_MAX_RANK];
    sard_strides(x->dims, x->rank, own);
    sard_strides(y->dims, y->rank, to);
    for (int i = 0; i < y->rank; i++)
        from[i] = own[sard_transpose_axis(call->attrs, x->rank, i)];
    sard_move(call, y->data, to, x->data, from, y->dims, y->rank, sard_dtype_size(x->dtype));
    return SARD_OK;
}

const sard_op sard_op_transpose = {.struct_size = sizeof(sard_op),
                                   .domain = "",
                                   .name = "Transpose",
                                   .since = 25,
                                   .inputs = inputs,
                                   .outputs = outputs,
                                   .attrs = attrs,
                                   .attrs_size = sizeof(sard_transpose),
                                   .infer = infer,
                                   .eval = eval};
