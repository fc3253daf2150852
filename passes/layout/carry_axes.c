/* Rules for operators that work along axes: the axis is called otherwise on the input in the other order. */
#include "passes/layout/carry.h"

#include "ops/axis.h"
#include "ops/reduce.h"

static sard_status change_axis(sard_node *node, const sard_perm *in, sard_error *error)
{
    return sard_set_axis(node, in->axis[sard_axis_of(node)]) ? SARD_OK : sard_no_memory(error);
}

static bool can_always(const sard_node *node, const sard_perm *in, sard_perm *out)
{
    (void)node;
    *out = *in;
    return true;
}

/* ---- Concat ---- */

static bool can_concat(const sard_node *node, const sard_perm *in, sard_perm *out)
{
    *out = *in;
    for (size_t i = 0; i < node->own_count; i++) {
        const sard_value *value = node->inputs[i];
        if (value->rank != in->rank || (value->constant && !sard_can_permute_constant(value, in)))
            return false;
    }
    return true;
}

/* ---- ArgMax, Gather: the axis may be gone afterwards ---- */

static bool can_arg(const sard_node *node, const sard_perm *in, sard_perm *out)
{
    *out = ((const sard_arg *)node->attrs)->keepdims ? *in : sard_perm_without(in, 1u << sard_axis_of(node));
    return true;
}

static bool can_gather(const sard_node *node, const sard_perm *in, sard_perm *out)
{
    const int rank = node->inputs[1]->rank;
    *out = rank ? *in : sard_perm_without(in, 1u << sard_axis_of(node));
    return rank == 0 || rank == 1;
}

/* ---- reductions ---- */

static bool can_reduce(const sard_node *node, const sard_perm *in, sard_perm *out)
{
    uint32_t mask;
    if (!sard_reduce_mask(node, &mask))
        return false;
    *out = ((const sard_reduce *)node->attrs)->keepdims ? *in : sard_perm_without(in, mask);
    return true;
}

static sard_status change_reduce(sard_node *node, const sard_perm *in, sard_error *error)
{
    uint32_t mask;
    int64_t axes[SARD_MAX_RANK];
    size_t count = 0;
    if (!sard_reduce_mask(node, &mask) || !mask || mask == (1u << in->rank) - 1)
        return SARD_OK; /* all or none, in any order */
    for (int axis = 0; axis < in->rank; axis++)
        for (int i = 0; i < in->rank; i++)
            if (in->axis[i] == axis && mask >> i & 1)
                axes[count++] = axis;
    return sard_carry_put_ints(node, SARD_REDUCE_AXES, axes, count, error);
}

/* ---- quantization: one scale, or one for each index of an axis ---- */

static bool can_quantize(const sard_node *node, const sard_perm *in, sard_perm *out)
{
    *out = *in;
    return node->inputs[1]->rank >= 0 && node->inputs[1]->rank <= 1 && !((const sard_quantize *)node->attrs)->block_size;
}

static sard_status change_quantize(sard_node *node, const sard_perm *in, sard_error *error)
{
    return sard_is_single(node->inputs[1]) ? SARD_OK : change_axis(node, in, error);
}

const sard_carry_rule sard_carry_axis_rules[] = {
    {SARD_OP_concat, true, can_concat, change_axis},
    {SARD_OP_split, false, can_always, change_axis},
    {SARD_OP_softmax, false, can_always, change_axis},
    {SARD_OP_log_softmax, false, can_always, change_axis},
    {SARD_OP_hardmax, false, can_always, change_axis},
    {SARD_OP_lp_normalization, false, can_always, change_axis},
    {SARD_OP_arg_max, false, can_arg, change_axis},
    {SARD_OP_arg_min, false, can_arg, change_axis},
    {SARD_OP_gather, false, can_gather, change_axis},
    {SARD_OP_reduce_mean, false, can_reduce, change_reduce},
    {SARD_OP_reduce_sum, false, can_reduce, change_reduce},
    {SARD_OP_reduce_max, false, can_reduce, change_reduce},
    {SARD_OP_reduce_min, false, can_reduce, change_reduce},
    {SARD_OP_reduce_prod, false, can_reduce, change_reduce},
    {SARD_OP_reduce_l1, false, can_reduce, change_reduce},
    {SARD_OP_reduce_l2, false, can_reduce, change_reduce},
    {SARD_OP_reduce_sum_square, false, can_reduce, change_reduce},
    {SARD_OP_reduce_log_sum, false, can_reduce, change_reduce},
    {SARD_OP_reduce_log_sum_exp, false, can_reduce, change_reduce},
    {SARD_OP_quantize_linear, false, can_quantize, change_quantize},
    {SARD_OP_dequantize_linear, false, can_quantize, change_quantize},
    {SARD_OP_dropout, false, can_always, NULL},
    {SARD_OP_cast_like, false, can_always, NULL},
    {SARD_OP_NONE, false, NULL, NULL},
};
