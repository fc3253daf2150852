/* Gather(Reshape(x, [-1]), 0, 1, 2, ...) -> Reshape(x): strides written out as indices, which exporters make of as_strided and of pools to
 * one element; also with a free batch, where the indices are computed from its size.
 * needs: the indices are sums and products of constants and Ranges, count up in the order in which they lie, and take every element.
 * keeps: every number. */
#include "passes/passes.h"

#include "ops/lib/util.h"
#include "passes/layout/carry_shape.h"

#include <string.h>

/* Larger constants are not looked at, nor larger numbers; longer chains are not followed. */
#define MOST_ELEMENTS 65536
#define MOST_NUMBER (INT64_C(1) << 40)
#define MOST_STEPS 16

/* Integers that are offset + the sum of stride[i] * place[i]; the strides of dims of size 1 are 0. */
typedef struct line {
    int64_t offset, stride[SARD_MAX_RANK];
} line;

static bool read_line(const sard_value *value, int steps, line *out);

static bool is_small(const line *l, int rank)
{
    bool small = l->offset >= -MOST_NUMBER && l->offset <= MOST_NUMBER;
    for (int i = 0; i < rank; i++)
        small &= l->stride[i] >= -MOST_NUMBER && l->stride[i] <= MOST_NUMBER;
    return small;
}

static int64_t element(const sard_tensor *tensor, size_t i)
{
    const size_t size = sard_dtype_size(tensor->dtype);
    uint64_t raw; /* the constant may have any address */
    int64_t number;
    memcpy(&raw, (const char *)tensor->data + i * size, size);
    sard_widen_int(tensor->dtype, &raw, 1, &number);
    return number;
}

static bool read_constant(const sard_value *value, line *out)
{
    const sard_tensor *tensor = value->constant;
    const size_t count = sard_tensor_count(tensor);
    int64_t step[SARD_MAX_RANK];
    if (!count || count > MOST_ELEMENTS)
        return false;
    *out = (line){.offset = element(tensor, 0)};
    sard_strides(tensor->dims, tensor->rank, step);
    for (int i = 0; i < tensor->rank && is_small(out, 0); i++) {
        const int64_t next = tensor->dims[i] > 1 ? element(tensor, (size_t)step[i]) : out->offset;
        if (next < -MOST_NUMBER || next > MOST_NUMBER)
            return false;
        out->stride[i] = next - out->offset;
    }
    if (!is_small(out, tensor->rank))
        return false;
    for (size_t k = 0; k < count; k++) {
        int64_t want = out->offset;
        for (int i = 0; i < tensor->rank; i++)
            want += out->stride[i] * ((int64_t)k / step[i] % tensor->dims[i]);
        if (want != element(tensor, k))
            return false;
    }
    return true;
}

/* The only element of an input. */
static bool number(const sard_node *node, size_t i, int64_t *out)
{
    const sard_value *value = node->inputs[i];
    if (!value->constant || sard_tensor_count(value->constant) != 1)
        return false;
    *out = element(value->constant, 0);
    return true;
}

/* A line whose last dims are those of `value`, seen as one of the result's. */
static bool read_widened(const sard_node *node, size_t i, int steps, line *out)
{
    const int more = node->outputs[0]->rank - node->inputs[i]->rank;
    line own;
    if (more < 0 || !read_line(node->inputs[i], steps, &own))
        return false;
    *out = (line){.offset = own.offset};
    for (int k = 0; k < node->inputs[i]->rank; k++)
        out->stride[more + k] = own.stride[k];
    return true;
}

static bool read_sum(const sard_node *node, int steps, line *out)
{
    line other;
    if (!read_widened(node, 0, steps, out) || !read_widened(node, 1, steps, &other))
        return false;
    out->offset += other.offset;
    for (int i = 0; i < node->outputs[0]->rank; i++)
        out->stride[i] += other.stride[i];
    return true;
}

static bool read_product(const sard_node *node, int steps, line *out)
{
    int64_t factor;
    const size_t at = number(node, 1, &factor) ? 1 : 0;
    if (!number(node, at, &factor) || factor < 0 || factor > MOST_ELEMENTS || !read_widened(node, 1 - at, steps, out))
        return false;
    out->offset *= factor;
    for (int i = 0; i < node->outputs[0]->rank; i++)
        out->stride[i] *= factor;
    return true;
}

/* Dims of size 1 come and go. */
static bool read_reshape(const sard_node *node, int steps, line *out)
{
    const sard_value *x = node->inputs[0], *y = node->outputs[0];
    line own;
    int k = 0;
    if (!read_line(x, steps, &own))
        return false;
    *out = (line){.offset = own.offset};
    for (int i = 0; i < y->rank; i++) {
        if (y->dims[i] == 1)
            continue;
        while (k < x->rank && x->dims[k] == 1)
            k++;
        if (k == x->rank || x->dims[k] != y->dims[i] || y->dims[i] == SARD_UNKNOWN_DIM)
            return false;
        out->stride[i] = own.stride[k++];
    }
    while (k < x->rank && x->dims[k] == 1)
        k++;
    return k == x->rank;
}

static bool read_node(const sard_node *node, int steps, line *out)
{
    if (sard_is_plain(node, SARD_OP_range)) {
        *out = (line){.offset = 0};
        return number(node, 0, &out->offset) && number(node, 2, &out->stride[0]);
    }
    if (sard_is_plain(node, SARD_OP_add))
        return read_sum(node, steps - 1, out);
    if (sard_is_plain(node, SARD_OP_mul))
        return read_product(node, steps - 1, out);
    if (sard_is_plain(node, SARD_OP_unsqueeze) || sard_is_plain(node, SARD_OP_squeeze) || sard_is_plain(node, SARD_OP_reshape))
        return read_reshape(node, steps - 1, out);
    return sard_is_plain(node, SARD_OP_cast) && read_line(node->inputs[0], steps - 1, out);
}

static bool read_line(const sard_value *value, int steps, line *out)
{
    if (value->rank < 0 || !sard_dtype_in(value->dtype, SARD_SET_INDEX) || !steps)
        return false;
    return (value->constant ? read_constant(value, out) : read_node(value->producer, steps, out)) && is_small(out, value->rank);
}

/* From the last dim to the first; none stands before a free one. */
static bool counts_up(const sard_value *value, const line *l)
{
    int64_t stride = 1;
    for (int i = value->rank - 1; i >= 0; i--) {
        if (value->dims[i] == 1)
            continue;
        if (!stride || l->stride[i] != stride || (value->dims[i] > 0 && __builtin_mul_overflow(stride, value->dims[i], &stride)))
            return false;
        stride = value->dims[i] > 0 ? stride : 0;
    }
    return l->offset == 0;
}

/* As many elements: the product of the numbers, and one symbol at most. */
static bool same_count(const sard_value *a, const sard_value *b)
{
    const sard_value *values[] = {a, b};
    int64_t count[] = {1, 1}, symbol[] = {0, 0};
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < values[k]->rank; i++) {
            const int64_t dim = values[k]->dims[i];
            if (dim == SARD_UNKNOWN_DIM || (dim < 0 && symbol[k]) || (dim >= 0 && __builtin_mul_overflow(count[k], dim, &count[k])))
                return false;
            symbol[k] = dim < 0 ? dim : symbol[k];
        }
    return a->rank >= 0 && b->rank >= 0 && count[0] == count[1] && symbol[0] == symbol[1];
}

static sard_status rewrite(sard_rewriter *rewriter, sard_node *node)
{
    if (!sard_is_plain(node, SARD_OP_gather))
        return SARD_OK;
    const sard_node *flat = node->inputs[0]->producer;
    sard_value *x = sard_is_plain(flat, SARD_OP_reshape) || sard_is_plain(flat, SARD_OP_flatten) ? flat->inputs[0] : NULL;
    const sard_value *indices = node->inputs[1];
    line l;
    if (!x || node->inputs[0]->rank != 1 || !same_count(x, indices) || !read_line(indices, MOST_STEPS, &l) || !counts_up(indices, &l) ||
        !sard_can_write_dims(node, indices->dims, indices->rank, x->dims, x->rank))
        return SARD_OK;
    const sard_status status = sard_write_dims(node, indices->dims, indices->rank, x->dims, x->rank, rewriter->error);
    if (status)
        return status;
    sard_node_set_input(node, 0, x);
    rewriter->edited = true;
    return sard_node_infer(node, rewriter->error);
}

const sard_pass sard_pass_gather_in_order = {
    .struct_size = sizeof(sard_pass),
    .name = "gather_in_order",
    .reason = "makes a Reshape of a Gather whose indices count up",
    .level = SARD_O2,
    .rewrite = rewrite,
};
