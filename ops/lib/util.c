/* Axes, broadcasting of shapes, small constant inputs. */
#include "ops/lib/util.h"

#include <inttypes.h>
#include <string.h>

sard_status sard_axis(const sard_node *node, int64_t axis, int rank, const char *what, int *out, sard_error *error)
{
    if (axis < -(int64_t)rank || axis >= rank)
        return sard_node_fail(node, error, SARD_SHAPE, "%s %" PRId64 " is out of range for rank %d", what, axis, rank);
    *out = (int)(axis < 0 ? axis + rank : axis);
    return SARD_OK;
}

sard_status sard_axes(const sard_node *node, sard_ints axes, int rank, uint32_t *mask, sard_error *error)
{
    *mask = 0;
    for (size_t i = 0; axes.data && i < axes.count; i++) {
        int axis;
        const sard_status status = sard_axis(node, axes.data[i], rank, "axis", &axis, error);
        if (status)
            return status;
        if (*mask & 1u << axis)
            return sard_node_fail(node, error, SARD_SHAPE, "axis %d is given twice", axis);
        *mask |= 1u << axis;
    }
    return SARD_OK;
}

/* Two sizes that meet: 1 gives way; a known size wins over an unknown one, which at run time must be equal to it or 1. */
static bool merge(int64_t a, int64_t b, int64_t *out)
{
    if (a == b || b == 1)
        *out = a;
    else if (a == 1)
        *out = b;
    else if (a >= 0 && b >= 0)
        return false;
    else if (a > 1 || b > 1)
        *out = a > b ? a : b;
    else
        *out = SARD_UNKNOWN_DIM;
    return true;
}

bool sard_input_axes(const sard_node *node, size_t i, int rank, uint32_t *mask)
{
    int64_t axes[SARD_MAX_CONTENTS];
    size_t count;
    *mask = 0;
    if (!sard_node_input_ints(node, i, axes, SARD_MAX_CONTENTS, &count))
        return false;
    for (size_t k = 0; k < count; k++) {
        const int64_t axis = axes[k] < 0 ? axes[k] + rank : axes[k];
        if (axis < 0 || axis >= rank)
            return false;
        *mask |= 1u << axis;
    }
    return true;
}

sard_status sard_broadcast(const sard_node *node, size_t first, size_t count, int *rank, int64_t dims[SARD_MAX_RANK], sard_error *error)
{
    *rank = 0;
    for (size_t i = first; i < first + count && i < node->own_count; i++)
        if (node->inputs[i] && node->inputs[i]->rank > *rank)
            *rank = node->inputs[i]->rank;
    for (int k = 0; k < *rank; k++)
        dims[k] = 1;
    for (size_t i = first; i < first + count && i < node->own_count; i++) {
        const sard_value *value = node->inputs[i];
        for (int k = 0; value && k < value->rank; k++) {
            int64_t *dim = &dims[*rank - value->rank + k];
            if (!merge(*dim, value->dims[k], dim))
                return sard_node_fail(node, error, SARD_SHAPE, "sizes %" PRId64 " and %" PRId64 " of '%.100s' cannot be broadcast", *dim,
                                      value->dims[k], value->name);
        }
    }
    return SARD_OK;
}

sard_status sard_one_element(const sard_node *node, size_t i, sard_error *error)
{
    const sard_value *value = sard_has_input(node, i) ? node->inputs[i] : NULL;
    if (value && (value->rank > 1 || (value->rank == 1 && value->dims[0] >= 0 && value->dims[0] != 1)))
        return sard_node_fail(node, error, SARD_SHAPE, "%s must have one element", node->op->inputs[i].name);
    return SARD_OK;
}

sard_status sard_infer_same(sard_node *node, sard_error *error)
{
    const sard_value *x = node->inputs[0];
    return sard_node_set_output(node, 0, x->dtype, x->rank, x->dims, error);
}

sard_status sard_infer_broadcast(sard_node *node, sard_error *error)
{
    int rank;
    int64_t dims[SARD_MAX_RANK];
    const sard_status status = sard_broadcast(node, 0, node->own_count, &rank, dims, error);
    return status ? status : sard_node_set_output(node, 0, SARD_NONE, rank, dims, error);
}

int64_t sard_node_input_floats(const sard_node *node, size_t i, double *out, size_t max)
{
    const sard_tensor *tensor = sard_has_input(node, i) ? sard_value_constant(node->inputs[i]) : NULL;
    if (!tensor || sard_tensor_count(tensor) > max)
        return -1;
    const size_t count = sard_tensor_count(tensor), size = sard_dtype_size(tensor->dtype);
    for (size_t k = 0; k < count; k++) {
        uint64_t element; /* the constant may have any address */
        memcpy(&element, (const char *)tensor->data + k * size, size);
        sard_widen(tensor->dtype, &element, 1, &out[k]);
    }
    return (int64_t)count;
}
