/* Op(Transpose(x)) -> Transpose(Op'(x)) as long as it pays; Transpose(Transpose(x)) -> one, or none.
 * needs: the order turns channels from first to last or back; other operands come in the same order, or are constants, or have no order.
 * pays: no more elements are moved than before, or a Transpose further down is there to be merged with.
 * keeps: every number. */
#include "passes/passes.h"

#include "passes/layout/carry.h"
#include "passes/layout/carry_shape.h"

/* Nodes and operands that are looked at to find out whether a Transpose would end further down. */
#define MOST_STEPS 1024

/* ---- merging ---- */

static sard_status merge(sard_node *node, bool *edited, sard_error *error)
{
    sard_value *made;
    sard_value *value = node->inputs[0];
    sard_node *first = sard_transpose_of(value) ? value->producer : NULL;
    if (!first && !value->constant)
        return SARD_OK;
    const sard_perm order = sard_perm_of(node);
    if (!first && !sard_can_permute_constant(value, &order))
        return SARD_OK;
    const sard_status status = sard_permute(value, &order, &made, error);
    if (status)
        return status;
    sard_value_replace(node->outputs[0], made);
    sard_node_remove(node); /* uses are counted */
    if (first)
        sard_node_remove(first);
    *edited = true;
    return SARD_OK;
}

/* ---- deciding ---- */

/* The order that the node's operands share: each has it, or can have it for nothing. False if none has it. */
static bool shared_order(const sard_node *node, sard_perm *in)
{
    const size_t count = sard_carry_inputs(node);
    in->rank = -1;
    for (size_t i = 0; i < count && in->rank < 0; i++) {
        const sard_node *transpose = node->inputs[i] ? sard_transpose_of(node->inputs[i]) : NULL;
        if (transpose)
            *in = sard_perm_of(transpose);
    }
    for (size_t i = 0; i < count && in->rank >= 0; i++) {
        const sard_value *value = node->inputs[i];
        if (value && !value->constant && !sard_is_single(value) && !sard_is_permuted(value, in) &&
            !(value->rank == in->rank && sard_perm_moves_nothing(in, value)))
            return false;
    }
    return in->rank >= 0 && sard_perm_turns(in);
}

/* Does another operand come in this order? */
static bool joins(const sard_node *node, size_t but, const sard_perm *in)
{
    for (size_t i = 0; i < sard_carry_inputs(node); i++)
        if (i != but && node->inputs[i] && node->inputs[i] != node->inputs[but] && sard_is_permuted(node->inputs[i], in))
            return true;
    return false;
}

/* Does a Transpose in this order, put behind the value, meet another one further down? */
static bool meets_another(const sard_value *value, const sard_perm *in, int *steps)
{
    for (const sard_use *use = value->uses; use; use = use->next) {
        const sard_node *node = use->node;
        sard_perm out;
        *steps -= 1 + (int)(node->own_count < MOST_STEPS ? node->own_count : MOST_STEPS);
        if (*steps < 0)
            return false;
        if (sard_is_plain(node, SARD_OP_transpose))
            return true;
        if (use->index >= sard_carry_inputs(node) || !sard_can_carry(node, in, &out))
            continue;
        if (sard_perm_is_identity(&out) || joins(node, use->index, in))
            return true;
        for (size_t i = 0; i < node->output_count; i++)
            if (node->outputs[i] && meets_another(node->outputs[i], &out, steps))
                return true;
    }
    return false;
}

static bool is_only_user(const sard_node *node, const sard_value *value)
{
    for (const sard_use *use = value->uses; use; use = use->next)
        if (use->node != node)
            return false;
    return !value->output_count;
}

static bool has_dim(const sard_node *node, int64_t dim)
{
    for (size_t i = 0; i < sard_carry_inputs(node); i++)
        for (int k = 0; node->inputs[i] && k < node->inputs[i]->rank; k++)
            if (node->inputs[i]->dims[k] == dim)
                return true;
    return false;
}

/* A size that is not known, and none of the operands': a Resize, say. It may be large. */
static bool may_grow(const sard_node *node)
{
    for (size_t i = 0; i < node->output_count; i++)
        for (int k = 0; node->outputs[i] && k < node->outputs[i]->rank; k++)
            if (node->outputs[i]->dims[k] < 0 && !has_dim(node, node->outputs[i]->dims[k]))
                return true;
    return false;
}

static bool pays(const sard_node *node, const sard_perm *in, const sard_perm *out)
{
    int64_t less = 0, more = 0;
    int steps = MOST_STEPS;
    for (size_t i = 0; i < sard_carry_inputs(node); i++)
        if (node->inputs[i] && sard_is_permuted(node->inputs[i], in) && is_only_user(node, node->inputs[i]))
            less += sard_permute_cost(in, node->inputs[i]);
    for (size_t i = 0; i < node->output_count; i++)
        if (node->outputs[i])
            more += sard_permute_cost(out, node->outputs[i]);
    if (more <= less && !may_grow(node))
        return true;
    for (size_t i = 0; i < node->output_count; i++)
        if (node->outputs[i] && meets_another(node->outputs[i], out, &steps))
            return true;
    return false;
}

/* Reshape(Transpose(x)) -> Transpose(Reshape(Transpose(x, inner)), out), where `out` turns and meets another: a shuffle of channels. */
static bool can_split(const sard_node *node, sard_perm *in)
{
    const bool reshapes = sard_is_plain(node, SARD_OP_reshape) && node->inputs[0]->rank >= 0;
    const sard_node *transpose = reshapes ? sard_transpose_of(node->inputs[0]) : NULL;
    sard_regroup parts;
    sard_perm out;
    int steps = MOST_STEPS;
    if (!transpose || sard_value_use_count(node->inputs[0]) != 1)
        return false;
    const sard_perm whole = sard_perm_of(transpose);
    if (!sard_regroup_find(node, &whole, &parts) || !sard_perm_turns(&parts.out))
        return false;
    const sard_perm back = sard_perm_inverse(&parts.inner);
    *in = sard_perm_then(&back, &whole);
    return sard_can_carry(node, in, &out) && meets_another(node->outputs[0], &out, &steps);
}

static sard_status rewrite(sard_rewriter *rewriter, sard_node *node)
{
    sard_perm in, out;
    if (!node->outputs[0])
        return SARD_OK;
    if (sard_is_plain(node, SARD_OP_transpose) && node->inputs[0]->rank >= 0)
        return merge(node, &rewriter->edited, rewriter->error);
    if (!(shared_order(node, &in) && sard_can_carry(node, &in, &out) && pays(node, &in, &out)) && !can_split(node, &in))
        return SARD_OK;
    rewriter->edited = true;
    return sard_carry(node, &in, rewriter->error);
}

const sard_pass sard_pass_sink_transposes = {
    .struct_size = sizeof(sard_pass),
    .name = "sink_transposes",
    .reason = "moves Transposes down until they meet and cancel",
    .level = SARD_O2,
    .rewrite = rewrite,
};
