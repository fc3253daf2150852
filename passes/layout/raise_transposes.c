/* Transpose(Op(x)) -> Op'(Transpose(x)) where it pays, up to where the elements come from.
 * needs: between the Transpose and its sources values have one use each.
 * pays: fewer elements are moved: Transposes in the opposite order are met, constants take the order on, or the tensors above are smaller.
 * keeps: every number. It mends what sink_transposes cannot decide, an Add of which one operand only is a Transpose. */
#include "passes/passes.h"

#include "passes/layout/carry.h"

/* How far up. */
#define MOST_DEPTH 32

/* Can the order pass from the results of the node to its operands as it is? */
static bool passes(const sard_node *node, const sard_perm *order)
{
    sard_perm out;
    return node && node->output_count == 1 && sard_can_carry(node, order, &out) && sard_perm_same(&out, order);
}

static int64_t gain(const sard_value *value, const sard_perm *order, int depth);

/* Of all operands of a node. */
static int64_t gain_of_inputs(const sard_node *node, const sard_perm *order, int depth)
{
    int64_t sum = 0;
    for (size_t i = 0; i < sard_carry_inputs(node); i++)
        if (node->inputs[i] && !sard_is_single(node->inputs[i]))
            sum += gain(node->inputs[i], order, depth);
    return sum;
}

static bool has_transpose(const sard_value *value, const sard_perm *order)
{
    const sard_perm wanted = sard_perm_inverse(order);
    int most = SARD_MOST_USERS;
    for (const sard_use *use = value->uses; use && most--; use = use->next)
        if (sard_is_plain(use->node, SARD_OP_transpose) && use->node->outputs[0] && sard_value_use_count(use->node->outputs[0]) &&
            sard_is_permuted(use->node->outputs[0], &wanted))
            return true;
    return false;
}

/* Elements fewer to be moved if the value, read as Transpose(v, order), is replaced by v. */
static int64_t gain(const sard_value *value, const sard_perm *order, int depth)
{
    const int64_t cost = sard_permute_cost(order, value);
    if (value->constant || has_transpose(value, order))
        return 0;
    if (sard_is_permuted(value, order))
        return sard_value_use_count(value) == 1 ? cost : 0;
    if (depth == 0 || sard_value_use_count(value) != 1 || !passes(value->producer, order))
        return -cost;
    const int64_t further = gain_of_inputs(value->producer, order, depth - 1);
    return further > -cost ? further : -cost;
}

/* Moves over the producer of a value, after those above it. */
static sard_status raise(sard_value *value, const sard_perm *order, int depth, sard_error *error)
{
    sard_node *node = value->producer;
    for (size_t i = 0; depth > 0 && i < sard_carry_inputs(node); i++) {
        sard_value *input = node->inputs[i];
        if (!input || input->constant || sard_is_single(input) || has_transpose(input, order) || sard_is_permuted(input, order) ||
            sard_value_use_count(input) != 1 || !passes(input->producer, order) ||
            gain_of_inputs(input->producer, order, depth - 1) <= -sard_permute_cost(order, input))
            continue;
        const sard_status status = raise(input, order, depth - 1, error);
        if (status)
            return status;
    }
    return sard_carry(node, order, error);
}

static sard_status visit(sard_node *node, sard_rewriter *rewriter)
{
    sard_value *value = node->inputs[0];
    const sard_perm own = sard_perm_of(node), order = sard_perm_inverse(&own);
    if (!node->outputs[0] || !sard_value_use_count(node->outputs[0]) || !sard_perm_turns(&own) || !passes(value->producer, &order))
        return SARD_OK;
    const int64_t cost = sard_permute_cost(&order, value);
    if (gain_of_inputs(value->producer, &order, MOST_DEPTH) + (sard_value_use_count(value) == 1 ? cost : 0) <= 0)
        return SARD_OK;
    sard_status status = raise(value, &order, MOST_DEPTH, rewriter->error);
    sard_value *made;
    if (!status)
        status = sard_permute(value, &own, &made, rewriter->error);
    if (status)
        return status;
    sard_value_replace(node->outputs[0], made);
    sard_node_remove(node);
    return sard_rewriter_count(rewriter, node);
}

/* Backwards, so that a Transpose can follow one that was raised behind it. */
static sard_status run(sard_rewriter *rewriter)
{
    const size_t most = rewriter->edits + rewriter->graph->node_count;
    sard_status status = SARD_OK;
    for (sard_node *node = rewriter->graph->last; node && !status && rewriter->edits < most && sard_rewriter_may_edit(rewriter);
         node = node->previous)
        if (sard_is_plain(node, SARD_OP_transpose) && node->inputs[0]->rank >= 0)
            status = visit(node, rewriter);
    return status;
}

const sard_pass sard_pass_raise_transposes = {
    .struct_size = sizeof(sard_pass),
    .name = "raise_transposes",
    .reason = "moves Transposes up where they meet others, or smaller tensors",
    .level = SARD_O2,
    .run = run,
};
