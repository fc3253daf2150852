/* Reshape(Reshape(x)) -> Reshape(x), for all operators that only give other dims; a Transpose that moves nothing but dims of size 1 is
 * one of them. The dims become numbers, also where they were computed from other shapes, as far as inference knows them.
 * needs: the dims of the result are known but for one, or stand in the same place in x; not both, unless the file has it so: of an empty
 *        batch nothing is left to find the one by.
 * keeps: every number in its place. */
#include "passes/passes.h"

#include "passes/layout/carry_shape.h"

#include <string.h>

static bool reshapes(const sard_node *node)
{
    return sard_is_plain(node, SARD_OP_reshape) || sard_is_plain(node, SARD_OP_flatten) || sard_is_plain(node, SARD_OP_squeeze) ||
           sard_is_plain(node, SARD_OP_unsqueeze);
}

static bool moves_nothing(const sard_node *node)
{
    if (!sard_is_plain(node, SARD_OP_transpose) || node->inputs[0]->rank < 0)
        return false;
    const sard_perm p = sard_perm_of(node);
    return sard_perm_moves_nothing(&p, node->inputs[0]);
}

/* The value that the node's elements come from, in their order. */
static sard_value *origin(const sard_node *node)
{
    sard_value *x = node->inputs[0];
    while (reshapes(x->producer) || (x->producer && moves_nothing(x->producer)))
        x = x->producer->inputs[0];
    return x;
}

static bool has_numbers(const sard_node *node) { return !sard_is_plain(node, SARD_OP_reshape) || node->inputs[1]->constant; }

static bool can_merge(const sard_node *node, const sard_value *x)
{
    const sard_value *y = node->outputs[0];
    if (!y || y->rank < 0 || x->rank < 0 || (x == node->inputs[0] && !sard_is_plain(node, SARD_OP_transpose) && has_numbers(node)))
        return false;
    return sard_can_write_dims(node, y->dims, y->rank, x->dims, x->rank);
}

static sard_status rewrite(sard_rewriter *rewriter, sard_node *node)
{
    sard_value *x = reshapes(node) || moves_nothing(node) ? origin(node) : NULL;
    const sard_value *y = node->outputs[0];
    int64_t dims[SARD_MAX_RANK];
    if (!x || !can_merge(node, x))
        return SARD_OK;
    memcpy(dims, y->dims, sizeof dims);
    const sard_status status = sard_write_dims(node, dims, y->rank, x->dims, x->rank, rewriter->error);
    if (status)
        return status;
    sard_node_set_input(node, 0, x);
    rewriter->edited = true;
    return sard_node_infer(node, rewriter->error);
}

const sard_pass sard_pass_merge_reshapes = {
    .struct_size = sizeof(sard_pass),
    .name = "merge_reshapes",
    .reason = "makes one Reshape of several, and of Transposes that move nothing",
    .level = SARD_O2,
    .rewrite = rewrite,
};
