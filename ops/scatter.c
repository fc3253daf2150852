/* ScatterElements-18, ScatterND-18: a copy of data, in which some elements are replaced or combined with others
 *
 * ScatterElements  output[i, indices[i, j, k], k] = updates[i, j, k] where axis is 1; indices and updates have the same dims
 * ScatterND        output[indices[i...]...] = updates[i...]: the last dimension of indices is a tuple that names a slice of data
 *
 * reduction: none, or what is done with the element that is there: add, mul, max, min. Updates are taken in order. Integers modulo
 * 2^64; NaN wins in max and min; for bool add and max are "or", mul and min "and". */
#include "ops/lib/contents.h"
#include "ops/lib/index.h"
#include "ops/lib/move.h"

#include <inttypes.h>
#include <math.h>

typedef struct scatter {
    int64_t axis, reduction;
} scatter;

enum { NONE, ADD, MUL, MAX, MIN };
static const char *const reductions[] = {"none", "add", "mul", "max", "min", NULL};

static const sard_attr_spec elements_attrs[] = {SARD_INT(scatter, axis, 0), SARD_CHOICE(scatter, reduction, "none", reductions),
                                                SARD_ATTRS_END};
static const sard_attr_spec nd_attrs[] = {SARD_CHOICE(scatter, reduction, "none", reductions), SARD_ATTRS_END};
static const sard_port elements_inputs[] = {SARD_PORT("data", 'T', SARD_SET_ANY), SARD_PORT("indices", 'I', SARD_SET_INDEX),
                                            SARD_PORT("updates", 'T', SARD_SET_ANY), SARD_PORTS_END};
static const sard_port nd_inputs[] = {SARD_PORT("data", 'T', SARD_SET_ANY), SARD_PORT("indices", 'I', SARD_SET(I64)),
                                      SARD_PORT("updates", 'T', SARD_SET_ANY), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("output", 'T', SARD_SET_ANY), SARD_PORTS_END};

/* ---- combining ---- */

enum { CHUNK = 128 };

static double combine_float(int64_t reduction, double a, double b)
{
    switch (reduction) {
    case ADD:
        return a + b;
    case MUL:
        return a * b;
    case MAX:
        return b > a || isnan(b) ? b : a;
    default:
        return b < a || isnan(b) ? b : a;
    }
}

static int64_t combine_int(int64_t reduction, int64_t a, int64_t b, bool above)
{
    switch (reduction) {
    case ADD:
        return (int64_t)((uint64_t)a + (uint64_t)b);
    case MUL:
        return (int64_t)((uint64_t)a * (uint64_t)b);
    case MAX:
        return above ? b : a;
    default:
        return above ? a : b;
    }
}

/* to[i] = to[i] combined with from[i]. */
static void combine(sard_dtype dtype, int64_t reduction, void *to, const void *from, size_t n)
{
    if (sard_dtype_is_float(dtype)) {
        double a[CHUNK], b[CHUNK];
        sard_widen(dtype, to, n, a);
        sard_widen(dtype, from, n, b);
        for (size_t i = 0; i < n; i++)
            a[i] = combine_float(reduction, a[i], b[i]);
        sard_narrow(dtype, a, n, to);
        return;
    }
    int64_t a[CHUNK], b[CHUNK];
    sard_widen_int(dtype, to, n, a);
    sard_widen_int(dtype, from, n, b);
    for (size_t i = 0; i < n; i++)
        a[i] = combine_int(reduction, a[i], b[i], dtype == SARD_U64 ? (uint64_t)b[i] > (uint64_t)a[i] : b[i] > a[i]);
    sard_narrow_int(dtype, a, n, to);
}

static void update(sard_dtype dtype, int64_t reduction, char *to, const char *from, int64_t n)
{
    const size_t size = sard_dtype_size(dtype);
    if (reduction == NONE) {
        memcpy(to, from, (size_t)n * size);
        return;
    }
    for (int64_t at = 0; at < n; at += CHUNK)
        combine(dtype, reduction, to + (size_t)at * size, from + (size_t)at * size, (size_t)(n - at < CHUNK ? n - at : CHUNK));
}

static sard_status check_reduction(const sard_node *node, sard_error *error)
{
    const int64_t reduction = ((const scatter *)node->attrs)->reduction;
    if (reduction != NONE && node->inputs[0]->dtype == SARD_STRING)
        return sard_node_fail(node, error, SARD_UNSUPPORTED, "strings cannot be combined by %s", reductions[reduction]);
    return SARD_OK;
}

/* ---- ScatterElements ---- */

static sard_status infer_elements(sard_node *node, sard_error *error)
{
    const scatter *a = node->attrs;
    const sard_value *x = node->inputs[0], *indices = node->inputs[1], *updates = node->inputs[2];
    int axis;
    int64_t dim;
    if (indices->rank != x->rank || updates->rank != x->rank)
        return sard_node_fail(node, error, SARD_SHAPE, "data has rank %d, indices %d and updates %d", x->rank, indices->rank,
                              updates->rank);
    sard_status status = sard_axis(node, a->axis, x->rank, "axis", &axis, error);
    if (!status)
        status = check_reduction(node, error);
    for (int i = 0; !status && i < x->rank; i++) {
        if (!sard_dim_merge(indices->dims[i], updates->dims[i], &dim))
            return sard_node_fail(node, error, SARD_SHAPE, "dimension %d is %" PRId64 " in indices and %" PRId64 " in updates", i,
                                  indices->dims[i], updates->dims[i]);
        if (i != axis && x->dims[i] >= 0 && dim > x->dims[i])
            return sard_node_fail(node, error, SARD_SHAPE, "indices has size %" PRId64 " in dimension %d, but data has %" PRId64, dim, i,
                                  x->dims[i]);
    }
    return status ? status : sard_infer_same(node, error);
}

static sard_status eval_elements(const sard_call *call)
{
    const scatter *a = call->attrs;
    const sard_tensor *x = &call->inputs[0], *indices = &call->inputs[1];
    const int axis = (int)(a->axis < 0 ? a->axis + x->rank : a->axis);
    const size_t size = sard_dtype_size(x->dtype);
    int64_t strides[SARD_MAX_RANK], at = 0;
    sard_strides(x->dims, x->rank, strides);
    const int64_t stride = strides[axis];
    strides[axis] = 0;
    const sard_status status = sard_move_whole(call);
    if (status)
        return status;
    for (sard_walk w = sard_walk_start(x->rank, indices->dims, strides, NULL, NULL); w.more; sard_walk_next(&w), at++) {
        int64_t index = sard_index_at(indices, at);
        if (!sard_index_wrap(&index, x->dims[axis]))
            return sard_call_fail(call, SARD_DATA, "index %" PRId64 " is out of range for size %" PRId64, sard_index_at(indices, at),
                                  x->dims[axis]);
        update(x->dtype, a->reduction, (char *)call->outputs[0].data + (size_t)(w.offset[0] + index * stride) * size,
               (const char *)call->inputs[2].data + (size_t)at * size, 1);
    }
    return SARD_OK;
}

/* ---- ScatterND ---- */

static sard_status check_updates(const sard_node *node, int tuple, sard_error *error)
{
    const sard_value *x = node->inputs[0], *indices = node->inputs[1], *updates = node->inputs[2];
    const int rank = indices->rank - 1 + x->rank - tuple;
    int64_t dim;
    if (updates->rank != rank)
        return sard_node_fail(node, error, SARD_SHAPE, "updates has rank %d, must be %d", updates->rank, rank);
    for (int i = 0; i < rank; i++) {
        const int64_t want = i < indices->rank - 1 ? indices->dims[i] : x->dims[i - indices->rank + 1 + tuple];
        if (!sard_dim_merge(want, updates->dims[i], &dim))
            return sard_node_fail(node, error, SARD_SHAPE, "updates has size %" PRId64 " in dimension %d, must be %" PRId64,
                                  updates->dims[i], i, want);
    }
    return SARD_OK;
}

static sard_status infer_nd(sard_node *node, sard_error *error)
{
    const sard_value *x = node->inputs[0], *indices = node->inputs[1];
    sard_status status = check_reduction(node, error);
    if (status)
        return status;
    if (indices->rank < 1)
        return sard_node_fail(node, error, SARD_SHAPE, "indices must have a rank of at least 1");
    const int64_t tuple = indices->dims[indices->rank - 1];
    if (tuple > x->rank)
        return sard_node_fail(node, error, SARD_SHAPE, "tuples of %" PRId64 " indices for data of rank %d", tuple, x->rank);
    if (tuple >= 0)
        status = check_updates(node, (int)tuple, error);
    return status ? status : sard_infer_same(node, error);
}

static sard_status eval_nd(const sard_call *call)
{
    const scatter *a = call->attrs;
    const sard_tensor *x = &call->inputs[0], *indices = &call->inputs[1];
    const int tuple = (int)indices->dims[indices->rank - 1];
    int64_t strides[SARD_MAX_RANK], inner, tuples;
    sard_strides(x->dims, x->rank, strides);
    const sard_status status = sard_move_whole(call);
    if (status || !sard_count(x->dims + tuple, x->rank - tuple, &inner) || !sard_count(indices->dims, indices->rank - 1, &tuples))
        return status;
    const size_t size = sard_dtype_size(x->dtype);
    for (int64_t t = 0; t < tuples; t++) {
        int64_t to = 0;
        for (int k = 0; k < tuple; k++) {
            int64_t index = sard_index_at(indices, t * tuple + k);
            if (!sard_index_wrap(&index, x->dims[k]))
                return sard_call_fail(call, SARD_DATA, "index %" PRId64 " is out of range for size %" PRId64,
                                      sard_index_at(indices, t * tuple + k), x->dims[k]);
            to += index * strides[k];
        }
        update(x->dtype, a->reduction, (char *)call->outputs[0].data + (size_t)to * size,
               (const char *)call->inputs[2].data + (size_t)(t * inner) * size, inner);
    }
    return SARD_OK;
}

const sard_op sard_op_scatter_elements = {.struct_size = sizeof(sard_op),
                                          .domain = "",
                                          .name = "ScatterElements",
                                          .since = 18,
                                          .traits = SARD_IN_PLACE,
                                          .inputs = elements_inputs,
                                          .outputs = outputs,
                                          .attrs = elements_attrs,
                                          .attrs_size = sizeof(scatter),
                                          .infer = infer_elements,
                                          .eval = eval_elements};
const sard_op sard_op_scatter_nd = {.struct_size = sizeof(sard_op),
                                    .domain = "",
                                    .name = "ScatterND",
                                    .since = 18,
                                    .traits = SARD_IN_PLACE,
                                    .inputs = nd_inputs,
                                    .outputs = outputs,
                                    .attrs = nd_attrs,
                                    .attrs_size = sizeof(scatter),
                                    .infer = infer_nd,
                                    .eval = eval_nd};
