/* Gather(Reshape(Transpose(Reshape(x))), i) -> Slice(x) with a step: a half of shuffled channels is every second one.
 * needs: the index is one number; all sizes are known; what is gathered has the dims of x but for one axis.
 * keeps: every number.
 *
 * The way from x is followed by how far neighbours along each axis are apart in x, as long as Reshapes only split axes, or join those whose
 * elements follow each other. */
#include "passes/passes.h"

#include "ops/axis.h"
#include "ops/lib/util.h"
#include "passes/lib/match.h"
#include "passes/lib/permute.h"

#include <string.h>

#define MOST_STEPS 8

/* Of elements of x: where the first one lies, and how far neighbours along each axis are apart. */
typedef struct view {
    int64_t offset;
    int rank;
    int64_t dims[SARD_MAX_RANK], strides[SARD_MAX_RANK];
} view;

static bool all_known(const sard_value *value)
{
    bool known = sard_value_is_static(value);
    for (int i = 0; known && i < value->rank; i++)
        known = value->dims[i] > 0;
    return known;
}

static view whole(const sard_value *x)
{
    view v = {.rank = x->rank};
    memcpy(v.dims, x->dims, sizeof v.dims);
    sard_strides(x->dims, x->rank, v.strides);
    return v;
}

/* Joins axes whose elements follow each other, and drops those of size 1. */
static view joined(const view *from)
{
    view v = {.offset = from->offset};
    for (int i = 0; i < from->rank; i++) {
        if (from->dims[i] == 1)
            continue;
        if (v.rank && v.strides[v.rank - 1] == from->dims[i] * from->strides[i]) {
            v.dims[v.rank - 1] *= from->dims[i];
            v.strides[v.rank - 1] = from->strides[i];
        } else {
            v.dims[v.rank] = from->dims[i];
            v.strides[v.rank++] = from->strides[i];
        }
    }
    return v;
}

/* Other dims for the same elements in order. False: some would have to come from two axes. */
static bool reshape(view *v, const sard_value *y)
{
    view parts = joined(v);
    int k = parts.rank - 1;
    *v = (view){.offset = parts.offset, .rank = y->rank};
    for (int i = y->rank - 1; i >= 0; i--) {
        v->dims[i] = y->dims[i];
        if (y->dims[i] == 1)
            continue;
        while (k >= 0 && parts.dims[k] == 1)
            k--;
        if (k < 0 || parts.dims[k] % y->dims[i])
            return false;
        v->strides[i] = parts.strides[k];
        parts.strides[k] *= y->dims[i];
        parts.dims[k] /= y->dims[i];
    }
    return true;
}

static void transpose(view *v, const sard_node *node)
{
    const view from = *v;
    const sard_perm p = sard_perm_of(node);
    for (int i = 0; i < p.rank; i++) {
        v->dims[i] = from.dims[p.axis[i]];
        v->strides[i] = from.strides[p.axis[i]];
    }
}

static void gather(view *v, int axis, int64_t index)
{
    v->offset += index * v->strides[axis];
    v->rank--;
    for (int i = axis; i < v->rank; i++) {
        v->dims[i] = v->dims[i + 1];
        v->strides[i] = v->strides[i + 1];
    }
}

/* Every step-th element of one axis of x, from the start-th on. */
typedef struct slice {
    int64_t axis, start, step;
} slice;

static bool is_slice(const view *v, const sard_value *x, slice *s)
{
    const view all = whole(x);
    int found = -1;
    if (v->rank != all.rank)
        return false;
    for (int i = 0; i < v->rank; i++) {
        if (v->dims[i] == all.dims[i] && (v->dims[i] == 1 || v->strides[i] == all.strides[i]))
            continue;
        if (found >= 0 || all.dims[i] % v->dims[i])
            return false;
        found = i;
    }
    if (found < 0)
        return false;
    *s = (slice){found, v->offset / all.strides[found], all.dims[found] / v->dims[found]};
    return v->offset % all.strides[found] == 0 && s->start < s->step &&
           (v->dims[found] == 1 || v->strides[found] == s->step * all.strides[found]);
}

/* The value that is sliced: the farthest one that will do; NULL: there is none. */
static sard_value *find(const sard_node *node, slice *s)
{
    const sard_node *way[MOST_STEPS];
    int64_t index;
    int count = 0;
    if (node->inputs[1]->rank || !sard_gather_place(node, &index))
        return NULL;
    for (const sard_node *before = node->inputs[0]->producer; count < MOST_STEPS; before = before->inputs[0]->producer) {
        if ((!sard_is_plain(before, SARD_OP_reshape) && !sard_is_plain(before, SARD_OP_transpose)) || !all_known(before->outputs[0]))
            break;
        way[count++] = before;
    }
    for (; count; count--) {
        sard_value *x = way[count - 1]->inputs[0];
        bool fits = all_known(x);
        view v = whole(x);
        for (int i = count - 1; fits && i >= 0; i--)
            if (sard_is_plain(way[i], SARD_OP_reshape))
                fits = reshape(&v, way[i]->outputs[0]);
            else
                transpose(&v, way[i]);
        if (!fits)
            continue;
        gather(&v, sard_axis_of(node), index);
        if (is_slice(&v, x, s))
            return x;
    }
    return NULL;
}

static sard_status rewrite(sard_rewriter *rewriter, sard_node *node)
{
    slice s;
    sard_value *x = sard_is_plain(node, SARD_OP_gather) ? find(node, &s) : NULL;
    if (!x)
        return SARD_OK;
    const int64_t numbers[] = {s.start, x->dims[s.axis], s.axis, s.step};
    sard_value *inputs[5] = {x};
    for (int i = 0; i < 4; i++) {
        inputs[i + 1] = sard_add_ints(rewriter->graph, node->name, &numbers[i], 1);
        if (!inputs[i + 1])
            return sard_no_memory(rewriter->error);
    }
    return sard_replace_node(node, SARD_OP_slice, inputs, 5, NULL, 0, &rewriter->edited, rewriter->error);
}

const sard_pass sard_pass_shuffle_to_slice = {
    .struct_size = sizeof(sard_pass),
    .name = "shuffle_to_slice",
    .reason = "takes every second channel instead of a half of shuffled ones",
    .level = SARD_O2,
    .rewrite = rewrite,
};
