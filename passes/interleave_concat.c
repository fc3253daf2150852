/* Transpose(Reshape(Concat(a, b))) -> Concat(Unsqueeze(a), Unsqueeze(b)): a shuffle of channels is a Concat along an axis of its own.
 * needs: the Reshape splits the axis of the Concat into its operands, which have one size, and their elements; the Transpose moves the
 * axis of the operands alone; nobody else uses what is between.
 * keeps: every number, and moves each once. */
#include "passes/passes.h"

#include "ops/axis.h"
#include "passes/lib/permute.h"

typedef struct shuffle {
    sard_node *concat;
    int axis;  /* of the operands in the result */
    int split; /* axis of the Concat */
} shuffle;

/* The axis of the Concat becomes `count` by `size`; all others stay. */
static bool splits(const sard_value *x, const sard_value *y, int axis, int64_t count, int64_t size)
{
    if (y->dims[axis] != count || y->dims[axis + 1] != size)
        return false;
    for (int i = 0; i < x->rank; i++) {
        const int64_t same = y->dims[i < axis ? i : i + 1];
        if (i != axis && (same != x->dims[i] || same == SARD_UNKNOWN_DIM))
            return false;
    }
    return true;
}

static bool find(const sard_node *node, shuffle *s)
{
    const sard_node *reshape = sard_is_plain(node, SARD_OP_transpose) && node->outputs[0] ? node->inputs[0]->producer : NULL;
    if (!reshape || !sard_is_plain(reshape, SARD_OP_reshape) || sard_value_use_count(reshape->outputs[0]) != 1)
        return false;
    sard_node *concat = s->concat = reshape->inputs[0]->producer;
    if (!concat || !sard_is_plain(concat, SARD_OP_concat) || sard_value_use_count(concat->outputs[0]) != 1)
        return false;
    const sard_value *x = concat->outputs[0];
    if (x->rank < 1 || reshape->outputs[0]->rank != x->rank + 1)
        return false;
    s->split = sard_axis_of(concat);
    for (size_t i = 0; i < concat->own_count; i++)
        if (concat->inputs[i]->dims[s->split] != concat->inputs[0]->dims[s->split] || concat->inputs[0]->dims[s->split] < 0)
            return false;
    if (!splits(x, reshape->outputs[0], s->split, (int64_t)concat->own_count, concat->inputs[0]->dims[s->split]))
        return false;
    const sard_perm p = sard_perm_of(node);
    for (s->axis = 0; p.axis[s->axis] != s->split;)
        s->axis++;
    const sard_perm others = sard_perm_without(&p, 1u << s->axis);
    return sard_perm_is_identity(&others);
}

static sard_status widen(sard_node *at, sard_value *x, int axis, sard_value **out, sard_error *error)
{
    sard_value *axes = sard_add_ints(at->graph, x->name, (const int64_t[]){axis}, 1);
    sard_node *node;
    if (!axes)
        return sard_no_memory(error);
    const sard_status status = sard_insert(at->graph, at, SARD_OP_unsqueeze, x->name, (sard_value *[]){x, axes}, 2, NULL, 0, &node, error);
    if (!status)
        *out = node->outputs[0];
    return status;
}

static sard_status replace(sard_node *node, const shuffle *s, sard_error *error)
{
    const size_t count = s->concat->own_count;
    sard_value **operands = SARD_NEW(node->graph->arena, sard_value *, count);
    sard_status status = operands ? SARD_OK : sard_no_memory(error);
    for (size_t i = 0; !status && i < count; i++)
        status = widen(node, s->concat->inputs[i], s->axis, &operands[i], error);
    const sard_attr axis = {.name = "axis", .kind = SARD_ATTR_INT, .i = s->axis};
    sard_node *made;
    if (!status)
        status = sard_insert(node->graph, node, SARD_OP_concat, s->concat->name, operands, count, &axis, 1, &made, error);
    if (!status)
        sard_value_replace(node->outputs[0], made->outputs[0]);
    return status;
}

static sard_status rewrite(sard_rewriter *rewriter, sard_node *node)
{
    shuffle s;
    rewriter->edited = find(node, &s);
    return rewriter->edited ? replace(node, &s, rewriter->error) : SARD_OK;
}

const sard_pass sard_pass_interleave_concat = {
    .struct_size = sizeof(sard_pass),
    .name = "interleave_concat",
    .reason = "makes a Concat that is shuffled one along an axis of its own",
    .level = SARD_O2,
    .rewrite = rewrite,
};
