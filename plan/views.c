/* Steps that only move data, or not even that, whose values can lie where they are wanted from the beginning:
 *
 * - the parts of a Concat, Split or Slice over the last dimension are columns of the whole (sard_tensor.ld);
 * - over another one before which all are 1 they are runs of its rows; a Gather of one place is such a part, too;
 * - what only gives other dims is the same memory. */
#include "plan/alias.h"

#include "ops/axis.h"
#include "ops/ops.h"
#include "ops/pad.h"
#include "ops/slice.h"
#include "ops/transpose.h"

static int64_t columns(const sard_value *value) { return value->rank ? value->dims[value->rank - 1] : 1; }

static int64_t row_of(const sard_deciding *d, const sard_value *value)
{
    return sard_alias_of(d, value)->ld ? sard_alias_of(d, value)->ld : columns(value);
}

/* Bytes from one place of an axis to the next. */
static int64_t stride_of(const sard_deciding *d, const sard_value *value, int axis)
{
    int64_t stride = (int64_t)sard_dtype_size(value->dtype) * (axis < value->rank - 1 ? row_of(d, value) : 1);
    for (int i = axis + 1; i < value->rank - 1; i++)
        stride *= value->dims[i];
    return stride;
}

/* A part along the axis is one run of rows. */
static bool is_outermost(const sard_value *value, int axis)
{
    for (int i = 0; i < axis; i++)
        if (value->dims[i] != 1)
            return false;
    return true;
}

static bool has_parts(const sard_value *value, int axis)
{
    return axis >= 0 && axis < value->rank && (axis == value->rank - 1 || is_outermost(value, axis));
}

static void place_in(const sard_deciding *d, const sard_value *part, const sard_value *whole, int axis, int64_t start)
{
    const sard_alias *at = sard_alias_of(d, whole);
    sard_alias place = {.root = at->root, .offset = at->offset + start * stride_of(d, whole, axis), .ld = at->ld};
    if (axis == whole->rank - 1)
        place.ld = is_outermost(whole, axis) ? 0 : row_of(d, whole);
    *sard_alias_of(d, part) = place;
}

/* ---- Concat ---- */

/* All parts lie side by side in one place already. */
static bool parts_are_joined(const sard_deciding *d, const sard_node *node, int axis)
{
    const sard_alias *first = sard_alias_of(d, node->inputs[0]);
    int64_t offset = first->offset;
    for (size_t i = 0; i < node->own_count; i++) {
        const sard_value *part = node->inputs[i];
        const sard_alias *at = sard_alias_of(d, part);
        if (sard_is_own(d, part) || at->root != first->root || at->ld != first->ld || at->offset != offset)
            return false;
        offset += part->dims[axis] * stride_of(d, part, axis);
    }
    return first->ld || is_outermost(node->outputs[0], axis);
}

static bool parts_are_free(const sard_deciding *d, const sard_node *node)
{
    for (size_t i = 0; i < node->own_count; i++) {
        if (!sard_is_inner(d, node->inputs[i]) || !sard_is_own(d, node->inputs[i]))
            return false;
        for (size_t k = 0; k < i; k++)
            if (node->inputs[k] == node->inputs[i])
                return false;
    }
    return true;
}

void sard_try_concat(const sard_deciding *d, sard_step *step)
{
    const sard_node *node = step->node;
    if (!sard_is_plain(node, SARD_OP_concat) || d->given_up[step - d->plan->steps])
        return;
    const sard_value *whole = node->outputs[0];
    const int axis = sard_axis_of(node);
    if (!has_parts(whole, axis))
        return;
    if (sard_is_inner(d, whole) && sard_is_own(d, whole) && parts_are_joined(d, node, axis)) {
        *sard_alias_of(d, whole) = *sard_alias_of(d, node->inputs[0]);
        step->gone = true;
        return;
    }
    if (!parts_are_free(d, node))
        return;
    int64_t start = 0;
    for (size_t i = 0; i < node->own_count; i++) {
        place_in(d, node->inputs[i], whole, axis, start);
        start += node->inputs[i]->dims[axis];
    }
    step->gone = true;
}

/* ---- Split, Slice and Gather ---- */

/* Where output 0 of a Slice along one axis begins; -1: it is something else. */
static int64_t slice_start(const sard_node *node, int *axis)
{
    sard_slice slice;
    bool found = false;
    *axis = 0;
    if (!sard_slice_read(node, &slice))
        return -1;
    for (int i = 0; i < node->inputs[0]->rank; i++) {
        const bool cut = slice.count[i] != node->inputs[0]->dims[i];
        if (slice.step[i] != 1 || (cut && found))
            return -1;
        *axis = cut ? i : *axis;
        found |= cut;
    }
    return slice.start[*axis];
}

/* The place that a Gather takes; -1: several, or not known. */
static int64_t gather_start(const sard_node *node, int *axis)
{
    int64_t place;
    *axis = sard_axis_of(node);
    return is_outermost(node->inputs[0], *axis) && sard_gather_place(node, &place) ? place : -1;
}

/* Where the first output begins, and along which axis; -1: the node does something else. */
static int64_t cut_start(const sard_node *node, int *axis)
{
    if (sard_is_plain(node, SARD_OP_slice) && node->outputs[0])
        return slice_start(node, axis);
    if (sard_is_plain(node, SARD_OP_gather) && node->outputs[0])
        return gather_start(node, axis);
    if (!sard_is_plain(node, SARD_OP_split))
        return -1;
    *axis = sard_axis_of(node);
    return 0;
}

void sard_try_cut(const sard_deciding *d, sard_step *step)
{
    int axis = 0;
    const sard_node *node = step->node;
    const sard_value *whole = node->own_count ? node->inputs[0] : NULL;
    if (!whole || !sard_is_inner(d, whole) || d->given_up[step - d->plan->steps])
        return;
    int64_t start = cut_start(node, &axis);
    if (start < 0 || !has_parts(whole, axis))
        return;
    size_t count = node->output_count; /* without those at the end that nobody wants */
    while (count && !node->outputs[count - 1])
        count--;
    for (size_t i = 0; i < count; i++)
        if (!node->outputs[i] || !sard_is_inner(d, node->outputs[i]) || !sard_is_own(d, node->outputs[i]))
            return;
    for (size_t i = 0; i < count; i++) {
        place_in(d, node->outputs[i], whole, axis, start);
        start += count > 1 ? node->outputs[i]->dims[axis] : 0;
    }
    step->gone = true;
}

/* ---- other names ---- */

static bool moves_nothing(const sard_node *transpose)
{
    const sard_perm p = sard_perm_of(transpose);
    return sard_perm_moves_nothing(&p, transpose->inputs[0]);
}

static bool renames(const sard_node *node)
{
    switch (node->epilogue_count ? SARD_OP_NONE : sard_node_id(node)) {
    case SARD_OP_reshape:
    case SARD_OP_flatten:
    case SARD_OP_squeeze:
    case SARD_OP_unsqueeze:
    case SARD_OP_identity:
        return true;
    case SARD_OP_dropout: /* not in training, and nobody asks for the mask */
        return node->own_count < 3 && (node->output_count < 2 || !node->outputs[1]);
    case SARD_OP_pad:
        return sard_pads_nothing(node);
    case SARD_OP_transpose:
        return moves_nothing(node);
    default:
        return false;
    }
}

/* Whether what lies at the place of one of a step's two values may be the other. */
static bool can_lie_at(const sard_deciding *d, const sard_step *step, const sard_alias *at)
{
    return !at->ld || (!d->given_up[step - d->plan->steps] && columns(step->node->inputs[0]) == columns(step->node->outputs[0]));
}

/* The operand at the place of the result, which is part of a larger one, or the caller's. */
void sard_try_rename_back(const sard_deciding *d, sard_step *step)
{
    if (!renames(step->node) || !step->node->outputs[0])
        return;
    const sard_value *in = step->node->inputs[0], *out = step->node->outputs[0];
    if (in->dtype == SARD_STRING || !sard_is_inner(d, in) || !sard_is_own(d, in) || (sard_is_own(d, out) && !out->output_count) ||
        !can_lie_at(d, step, sard_alias_of(d, out)))
        return;
    *sard_alias_of(d, in) = *sard_alias_of(d, out);
    step->gone = true;
}

void sard_try_rename(const sard_deciding *d, sard_step *step)
{
    if (step->gone || !renames(step->node) || !step->node->outputs[0])
        return;
    const sard_value *in = step->node->inputs[0], *out = step->node->outputs[0];
    if (in->dtype == SARD_STRING || !sard_is_inner(d, in) || !sard_is_inner(d, out) || !sard_is_own(d, out) ||
        !can_lie_at(d, step, sard_alias_of(d, in)))
        return;
    *sard_alias_of(d, out) = *sard_alias_of(d, in);
    step->gone = true;
}
