/* SplitToSequence-11 -24, ConcatFromSequence-11
 *
 * SplitToSequence     in input, split: how long each part is, or (a scalar) all of them but a shorter last one; left out: 1, and without
 *                     keepdims the axis goes; out output_sequence: the parts along axis
 * ConcatFromSequence  in input_sequence; out concat_result: its items along axis, with new_axis along one of their own */
#include "ops/lib/list.h"

#include <inttypes.h>
#include <string.h>

/* ---- SplitToSequence ---- */

typedef struct cut {
    int64_t axis, keepdims;
} cut;

static const sard_attr_spec split_attrs[] = {SARD_INT(cut, axis, 0), SARD_INT_IN(cut, keepdims, 1, 0, 1), SARD_ATTRS_END};
static const sard_port split_inputs[] = {SARD_PORT("input", 'T', SARD_SET_ANY), SARD_PORT_OPTIONAL("split", 'I', SARD_SET_INDEX),
                                         SARD_PORTS_END};
static const sard_port split_outputs[] = {SARD_PORT("output_sequence", 'S', SARD_SET_SEQUENCE), SARD_PORTS_END};

static sard_status infer_split(sard_node *node, sard_error *error)
{
    const sard_value *x = node->inputs[0];
    int axis;
    const sard_status status = x->rank < 0 ? SARD_OK : sard_axis(node, ((const cut *)node->attrs)->axis, x->rank, "axis", &axis, error);
    if (status)
        return status;
    if (sard_has_input(node, 1) && node->inputs[1]->rank > 1)
        return sard_node_fail(node, error, SARD_SHAPE, "split has rank %d, must have 0 or 1", node->inputs[1]->rank);
    return x->dtype ? sard_infer_list(node, 0, SARD_SEQUENCE_OF(x->dtype), error) : SARD_OK;
}

/* Lengths of `size` elements; *equal: of each part but the last, 0 where `split` lists them. */
static sard_status count_parts(const sard_call *call, const sard_tensor *split, int64_t size, int64_t *equal, size_t *count)
{
    int64_t sum = 0;
    *equal = split ? split->rank == 0 ? sard_get_int(split, 0) : 0 : 1;
    if ((!split || split->rank == 0) && *equal < 1)
        return sard_call_fail(call, SARD_DATA, "split is %" PRId64 ", must be positive", *equal);
    *count = *equal ? (size_t)(size / *equal + (size % *equal != 0)) : sard_tensor_count(split);
    if (*equal)
        return SARD_OK;
    for (size_t i = 0; i < *count; i++) {
        const int64_t length = sard_get_int(split, i);
        if (length < 0 || length > size - sum)
            return sard_call_fail(call, SARD_DATA, "part %zu has length %" PRId64 " of %" PRId64 " that are left", i, length, size - sum);
        sum += length;
    }
    return sum == size ? SARD_OK : sard_call_fail(call, SARD_DATA, "parts of %" PRId64 " elements in sum, there are %" PRId64, sum, size);
}

static sard_status cut_part(const sard_call *call, int axis, int64_t first, int64_t length, bool squeeze, sard_tensor *item)
{
    const sard_tensor *x = &call->inputs[0];
    int64_t dims[SARD_MAX_RANK], from[SARD_MAX_RANK], to[SARD_MAX_RANK];
    memcpy(dims, x->dims, sizeof dims);
    dims[axis] = length;
    sard_status status = sard_item_make(call, x->dtype, x->rank, dims, item);
    if (status)
        return status;
    sard_strides(x->dims, x->rank, from);
    sard_strides(dims, x->rank, to);
    const size_t size = sard_dtype_size(x->dtype);
    if (item->bytes)
        sard_copy(item->data, to, (const char *)x->data + (size_t)(first * from[axis]) * size, from, dims, x->rank, size);
    for (int i = axis; squeeze && i + 1 < item->rank; i++)
        item->dims[i] = item->dims[i + 1];
    item->rank -= squeeze;
    return sard_item_finish(call, item);
}

static sard_status eval_split(const sard_call *call)
{
    const cut *a = call->attrs;
    const sard_tensor *x = &call->inputs[0], *split = call->node->own_count > 1 && call->inputs[1].dtype ? &call->inputs[1] : NULL;
    int64_t equal;
    int axis;
    size_t count;
    sard_tensor *items;
    sard_status status = sard_axis(call->node, a->axis, x->rank, "axis", &axis, call->error);
    if (!status)
        status = count_parts(call, split, x->dims[axis], &equal, &count);
    if (!status)
        status = sard_call_list(call, 0, SARD_SEQUENCE_OF(x->dtype), count, &items);
    for (int64_t i = 0, at = 0, length; !status && i < (int64_t)count; i++, at += length) {
        length = equal ? equal < x->dims[axis] - at ? equal : x->dims[axis] - at : sard_get_int(split, (size_t)i);
        status = cut_part(call, axis, at, length, !split && !a->keepdims, &items[i]);
    }
    return status;
}

const sard_op sard_op_split_to_sequence = {.struct_size = sizeof(sard_op),
                                           .domain = "",
                                           .name = "SplitToSequence",
                                           .since = 24,
                                           .traits = SARD_DATA_DEPENDENT | SARD_UNKNOWN_RANKS,
                                           .inputs = split_inputs,
                                           .outputs = split_outputs,
                                           .attrs = split_attrs,
                                           .attrs_size = sizeof(cut),
                                           .infer = infer_split,
                                           .eval = eval_split};

/* ---- ConcatFromSequence ---- */

typedef struct joint {
    int64_t axis, new_axis;
} joint;

static const sard_attr_spec concat_attrs[] = {SARD_INT_REQUIRED(joint, axis), SARD_INT_IN(joint, new_axis, 0, 0, 1), SARD_ATTRS_END};
static const sard_port concat_inputs[] = {SARD_PORT("input_sequence", 'S', SARD_SET_SEQUENCE), SARD_PORTS_END};
static const sard_port concat_outputs[] = {SARD_PORT("concat_result", 'T', SARD_SET_ANY & ~SARD_SET(BF16)), SARD_PORTS_END};

static sard_status infer_concat(sard_node *node, sard_error *error)
{
    return sard_node_set_output(node, 0, sard_dtype_item(node->inputs[0]->dtype), -1, NULL, error);
}

/* An item's dims, with a dim of 1 where a new axis is wanted. */
static void item_dims(const sard_tensor *item, int axis, bool is_new, int64_t dims[SARD_MAX_RANK])
{
    for (int i = 0; i < item->rank + is_new; i++)
        dims[i] = is_new && i == axis ? 1 : item->dims[i - (is_new && i > axis)];
}

static sard_status sum_dims(const sard_call *call, const sard_tensor *items, size_t count, int axis, bool is_new, int64_t *dims)
{
    const int rank = items->rank + is_new;
    item_dims(items, axis, is_new, dims);
    for (size_t k = 1; k < count; k++) {
        int64_t own[SARD_MAX_RANK];
        bool same = items[k].rank == items->rank;
        if (same)
            item_dims(&items[k], axis, is_new, own);
        for (int i = 0; same && i < rank; i++)
            same = own[i] == dims[i] || i == axis;
        if (!same || __builtin_add_overflow(dims[axis], own[axis], &dims[axis]))
            return sard_call_fail(call, SARD_SHAPE, "item %zu has another shape than item 0, beyond axis %d", k, axis);
    }
    return SARD_OK;
}

static sard_status eval_concat(const sard_call *call)
{
    const joint *a = call->attrs;
    const sard_tensor *items = call->inputs[0].data, *y = &call->outputs[0];
    const size_t count = (size_t)call->inputs[0].dims[0];
    int64_t dims[SARD_MAX_RANK], inner = 1, outer = 1;
    int axis;
    if (!count)
        return sard_call_fail(call, SARD_DATA, "a sequence without items cannot be concatenated");
    const int rank = items->rank + (a->new_axis != 0);
    if (rank > SARD_MAX_RANK)
        return sard_call_fail(call, SARD_UNSUPPORTED, "result of rank %d, at most %d is possible", rank, SARD_MAX_RANK);
    sard_status status = sard_axis(call->node, a->axis, rank, "axis", &axis, call->error);
    if (!status)
        status = sum_dims(call, items, count, axis, a->new_axis, dims);
    if (status)
        return status;
    call->outputs[0].dtype = sard_dtype_item(call->inputs[0].dtype);
    status = sard_call_output(call, 0, rank, dims);
    for (int i = 0; i < rank; i++)
        *(i < axis ? &outer : &inner) *= i == axis ? 1 : dims[i];
    const size_t row = (size_t)inner * sard_dtype_size(y->dtype), whole = row * (size_t)dims[axis];
    char *to = y->data;
    for (size_t k = 0; !status && y->bytes && k < count; k++) {
        const size_t part = row * (size_t)(a->new_axis ? 1 : items[k].dims[axis]);
        for (int64_t o = 0; part && o < outer; o++)
            memcpy(to + (size_t)o * whole, (const char *)items[k].data + (size_t)o * part, part);
        to += part;
    }
    return status;
}

const sard_op sard_op_concat_from_sequence = {.struct_size = sizeof(sard_op),
                                              .domain = "",
                                              .name = "ConcatFromSequence",
                                              .since = 11,
                                              .traits = SARD_DATA_DEPENDENT | SARD_UNKNOWN_RANKS,
                                              .inputs = concat_inputs,
                                              .outputs = concat_outputs,
                                              .attrs = concat_attrs,
                                              .attrs_size = sizeof(joint),
                                              .infer = infer_concat,
                                              .eval = eval_concat};
