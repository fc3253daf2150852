/* Rules for operators that have a number for each axis, or a list of axes, among their inputs. */
#include "passes/layout/carry.h"

#include "ir/rewrite.h"
#include "ops/lib/util.h"
#include "ops/pad.h"
#include "ops/resize.h"
#include "ops/slice.h"

/* The length of a list, -1 if it is not known. */
static int64_t length_of(const sard_node *node, size_t i)
{
    const sard_value *list = node->inputs[i];
    return list->rank == 1 && list->dims[0] >= 0 ? list->dims[0] : -1;
}

static bool ints_of(const sard_node *node, size_t i, int64_t *out, size_t *count)
{
    return sard_node_input_ints(node, i, out, SARD_MAX_CONTENTS, count);
}

/* The list in input i with its element order[k] in place k, computed in the graph; constants fold. */
static sard_status reorder(sard_node *node, size_t i, const int64_t *order, size_t count, sard_error *error)
{
    sard_value *index = sard_add_ints(node->graph, node->name, order, count);
    sard_node *gather;
    if (!index)
        return sard_no_memory(error);
    sard_status status = sard_insert(node->graph, node, SARD_OP_gather, node->inputs[i]->name, (sard_value *[]){node->inputs[i], index}, 2,
                                     NULL, 0, &gather, error);
    if (status)
        return status;
    sard_node_set_input(node, i, gather->outputs[0]);
    bool folded;
    return sard_node_fold(gather, &node->graph->rewriter->budget, &folded, error);
}

/* The same for a list with an element for each axis, or `times` of them. */
static sard_status reorder_axes(sard_node *node, size_t i, const sard_perm *in, size_t times, sard_error *error)
{
    int64_t order[SARD_MAX_CONTENTS];
    const size_t rank = (size_t)in->rank;
    for (size_t t = 0; t < times; t++)
        for (size_t k = 0; k < rank; k++)
            order[t * rank + (size_t)in->axis[k]] = (int64_t)(t * rank + k);
    return reorder(node, i, order, times * rank, error);
}

/* A list of axes in input i, called otherwise. */
static sard_status rename_axes(sard_node *node, size_t i, const sard_perm *in, sard_error *error)
{
    int64_t axes[SARD_MAX_CONTENTS];
    size_t count;
    if (!ints_of(node, i, axes, &count))
        return sard_node_fail(node, error, SARD_ARGUMENT, "axes are not known");
    for (size_t k = 0; k < count; k++)
        axes[k] = in->axis[axes[k] < 0 ? axes[k] + in->rank : axes[k]];
    const bool narrow = node->inputs[i]->dtype == SARD_I32;
    if (!narrow)
        return sard_carry_put_ints(node, i, axes, count, error);
    sard_tensor tensor = sard_tensor_make(SARD_I32, 1, (const int64_t[]){(int64_t)count}, NULL);
    int32_t *data = tensor.data = sard_graph_alloc(node->graph, tensor.bytes);
    for (size_t k = 0; data && k < count; k++)
        data[k] = (int32_t)axes[k];
    sard_value *list = data ? sard_graph_add_constant(node->graph, node->name, &tensor) : NULL;
    if (!list)
        return sard_no_memory(error);
    sard_node_set_input(node, i, list);
    return SARD_OK;
}

/* ---- Slice ---- */

static bool can_slice(const sard_node *node, const sard_perm *in, sard_perm *out)
{
    uint32_t mask;
    *out = *in;
    if (sard_has_input(node, SARD_SLICE_AXES))
        return sard_input_axes(node, SARD_SLICE_AXES, in->rank, &mask);
    return length_of(node, SARD_SLICE_STARTS) >= 0 && length_of(node, SARD_SLICE_STARTS) <= in->rank &&
           node->inputs[SARD_SLICE_STARTS]->dtype == SARD_I64;
}

static sard_status change_slice(sard_node *node, const sard_perm *in, sard_error *error)
{
    int64_t axes[SARD_MAX_RANK];
    if (sard_has_input(node, SARD_SLICE_AXES))
        return rename_axes(node, SARD_SLICE_AXES, in, error);
    const int64_t count = length_of(node, SARD_SLICE_STARTS);
    for (int64_t i = 0; i < count; i++)
        axes[i] = in->axis[i];
    return sard_carry_put_ints(node, SARD_SLICE_AXES, axes, (size_t)count, error);
}

/* ---- Pad ---- */

static bool can_pad(const sard_node *node, const sard_perm *in, sard_perm *out)
{
    uint32_t mask;
    *out = *in;
    return sard_has_input(node, SARD_PAD_AXES) ? sard_input_axes(node, SARD_PAD_AXES, in->rank, &mask)
                                               : length_of(node, SARD_PAD_PADS) == 2 * in->rank;
}

static sard_status change_pad(sard_node *node, const sard_perm *in, sard_error *error)
{
    return sard_has_input(node, SARD_PAD_AXES) ? rename_axes(node, SARD_PAD_AXES, in, error)
                                               : reorder_axes(node, SARD_PAD_PADS, in, 2, error);
}

/* ---- Resize ---- */

enum { SCALES = 2, SIZES };

/* Regions of interest stay where they are: only one mode looks at them. */
static bool can_resize(const sard_node *node, const sard_perm *in, sard_perm *out)
{
    const sard_resize *a = node->attrs;
    *out = *in;
    if (a->coordinate_transformation_mode == SARD_COORDINATE_TF_CROP_AND_RESIZE)
        return false;
    for (size_t i = SCALES; i <= SIZES && !a->axes.data; i++)
        if (sard_has_input(node, i) && length_of(node, i) != 0 && length_of(node, i) != in->rank)
            return false;
    return true;
}

static sard_status change_resize(sard_node *node, const sard_perm *in, sard_error *error)
{
    const sard_resize *old = node->attrs;
    for (size_t i = SCALES; i <= SIZES && !old->axes.data; i++) {
        const sard_status status = sard_has_input(node, i) && length_of(node, i) ? reorder_axes(node, i, in, 1, error) : SARD_OK;
        if (status)
            return status;
    }
    if (!old->axes.data)
        return SARD_OK;
    sard_resize *a = sard_arena_copy(node->graph->arena, old, sizeof *old);
    int64_t *axes = SARD_NEW(node->graph->arena, int64_t, old->axes.count);
    if (!a || !axes)
        return sard_no_memory(error);
    for (size_t i = 0; i < old->axes.count; i++)
        axes[i] = in->axis[old->axes.data[i] < 0 ? old->axes.data[i] + in->rank : old->axes.data[i]];
    a->axes.data = axes;
    node->attrs = a;
    return SARD_OK;
}

/* ---- Expand, Tile ---- */

static bool can_expand(const sard_node *node, const sard_perm *in, sard_perm *out)
{
    *out = *in;
    return length_of(node, 1) == in->rank;
}

static sard_status change_expand(sard_node *node, const sard_perm *in, sard_error *error) { return reorder_axes(node, 1, in, 1, error); }

/* ---- Squeeze, Unsqueeze ---- */

/* Without a list: the axes of size 1, if all sizes are known. */
static bool read_squeezed(const sard_node *node, uint32_t *mask)
{
    const sard_value *x = node->inputs[0];
    *mask = 0;
    if (sard_has_input(node, 1))
        return sard_input_axes(node, 1, x->rank, mask);
    for (int i = 0; i < x->rank; i++) {
        if (x->dims[i] < 0)
            return false;
        *mask |= (uint32_t)(x->dims[i] == 1) << i;
    }
    return true;
}

static bool can_squeeze(const sard_node *node, const sard_perm *in, sard_perm *out)
{
    uint32_t mask;
    if (!read_squeezed(node, &mask))
        return false;
    *out = sard_perm_without(in, mask);
    return true;
}

static sard_status change_squeeze(sard_node *node, const sard_perm *in, sard_error *error)
{
    return sard_has_input(node, 1) ? rename_axes(node, 1, in, error) : SARD_OK;
}

/* The new axes stand in the same places on both sides. */
static bool can_unsqueeze(const sard_node *node, const sard_perm *in, sard_perm *out)
{
    const int rank = node->outputs[0]->rank;
    uint32_t mask;
    int place[SARD_MAX_RANK], old = 0; /* of the input's axes in the result */
    if (rank < 0 || !sard_input_axes(node, 1, rank, &mask) || __builtin_popcount(mask) != rank - in->rank)
        return false;
    for (int i = 0, k = 0; i < rank; i++)
        if (!(mask >> i & 1))
            place[k++] = i;
    out->rank = rank;
    for (int i = 0; i < rank; i++)
        out->axis[i] = mask >> i & 1 ? i : place[in->axis[old++]];
    return true;
}

const sard_carry_rule sard_carry_list_rules[] = {
    {SARD_OP_slice, false, can_slice, change_slice},    {SARD_OP_pad, false, can_pad, change_pad},
    {SARD_OP_resize, false, can_resize, change_resize}, {SARD_OP_expand, false, can_expand, change_expand},
    {SARD_OP_tile, false, can_expand, change_expand},   {SARD_OP_squeeze, false, can_squeeze, change_squeeze},
    {SARD_OP_unsqueeze, false, can_unsqueeze, NULL},    {SARD_OP_NONE, false, NULL, NULL},
};
