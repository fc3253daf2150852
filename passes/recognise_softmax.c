/* e / ReduceSum(e), e = Exp(x - ReduceMax(x)) -> Softmax(x).
 * needs: both reductions are over one and the same axis; nobody else uses the inner values. Without the maximum it is something else: large
 *        numbers overflow.
 * keeps: the meaning; changes rounding. */
#include "passes/passes.h"

#include "passes/lib/match.h"
#include "passes/lib/permute.h"

/* x, and the axis as a bit; NULL: the node is something else. */
static sard_value *find(const sard_node *node, uint32_t *axis)
{
    sard_value *e = node->inputs[0];
    const sard_value *sum = node->inputs[1];
    *axis = sard_reduced_axes(sum, SARD_OP_reduce_sum);
    if (!*axis || (*axis & (*axis - 1)) || sum->producer->inputs[0] != e || sard_value_use_count(sum) != 1 ||
        !sard_is_made_by(e, SARD_OP_exp) || sard_value_use_count(e) != 2 || !sard_is_between(e->producer->inputs[0], SARD_OP_sub))
        return NULL;
    const sard_node *centre = e->producer->inputs[0]->producer;
    const sard_value *most = centre->inputs[1];
    return sard_reduced_axes(most, SARD_OP_reduce_max) == *axis && most->producer->inputs[0] == centre->inputs[0] ? centre->inputs[0]
                                                                                                                  : NULL;
}

static sard_status rewrite(sard_rewriter *rewriter, sard_node *node)
{
    uint32_t mask;
    sard_value *x = sard_is_plain(node, SARD_OP_div) ? find(node, &mask) : NULL;
    if (!x || !sard_dtype_is_float(x->dtype))
        return SARD_OK;
    const int axis = __builtin_ctz(mask);
    const sard_attr attr = {.name = "axis", .kind = SARD_ATTR_INT, .i = axis == x->rank - 1 ? -1 : axis};
    return sard_replace_node(node, SARD_OP_softmax, &x, 1, &attr, 1, &rewriter->edited, rewriter->error);
}

const sard_pass sard_pass_recognise_softmax = {
    .struct_size = sizeof(sard_pass),
    .name = "recognise_softmax",
    .reason = "one operator where a softmax is written out",
    .level = SARD_O2,
    .rewrite = rewrite,
};
