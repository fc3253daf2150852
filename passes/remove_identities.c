/* Takes out nodes that give back their input: what one table of rules says of each operator. */
#include "passes/passes.h"

#include "ops/ops.h"
#include "ops/pad.h"
#include "ops/pool.h"
#include "ops/resize.h"
#include "ops/slice.h"
#include "ops/transpose.h"

static bool keeps_shape(const sard_node *node) { return sard_value_same_shape(node->inputs[0], node->outputs[0]); }

/* Elements in the same order, but for one dimension in the same dims: then that one is the same too. */
static bool keeps_dims(const sard_node *node)
{
    const sard_value *x = node->inputs[0], *y = node->outputs[0];
    int open = 0;
    if (x->rank < 0 || x->rank != y->rank)
        return false;
    for (int i = 0; i < x->rank; i++) {
        const bool unknown = x->dims[i] == SARD_UNKNOWN_DIM || y->dims[i] == SARD_UNKNOWN_DIM;
        if ((!unknown && x->dims[i] != y->dims[i]) || x->dims[i] == 0 || (unknown && y->dims[i] >= 0))
            return false;
        open += unknown;
    }
    return open <= 1;
}

static bool is_same(const sard_node *node)
{
    (void)node;
    return true;
}

static bool keeps_type(const sard_node *node) { return node->inputs[0]->dtype != SARD_NONE; }

static bool is_alone(const sard_node *node) { return node->own_count == 1 && node->output_count == 1; }

static bool keeps_order(const sard_node *node)
{
    for (int i = 0; i < node->inputs[0]->rank; i++)
        if (sard_transpose_axis(node->attrs, node->inputs[0]->rank, i) != i)
            return false;
    return node->inputs[0]->rank >= 0;
}

/* Not in training, as far as is known. */
static bool drops_nothing(const sard_node *node)
{
    int64_t training;
    size_t count;
    return !sard_has_input(node, 2) || (sard_node_input_ints(node, 2, &training, 1, &count) && count == 1 && !training);
}

static bool bounds_nothing(const sard_node *node) { return !sard_has_input(node, 1) && !sard_has_input(node, 2); }

/* A window of one element: what is left of an adaptive pool to the size that is there already. */
static bool pools_nothing(const sard_node *node)
{
    const sard_pool_attrs *a = node->attrs;
    return keeps_shape(node) && sard_ints_are(a->kernel_shape, 1) && sard_ints_are(a->strides, 1) && sard_ints_are(a->pads, 0);
}

/* By sizes, or by scales of 1: those of 1.1 leave sizes below 10 as they are, but not the elements. */
static bool resizes_nothing(const sard_node *node)
{
    double scales[SARD_MAX_RANK];
    const int count = sard_has_input(node, 2) ? (int)sard_node_input_floats(node, 2, scales, SARD_MAX_RANK) : 0;
    for (int i = 0; i < count; i++)
        if (scales[i] != 1)
            return false;
    return (count > 0 || sard_has_input(node, 3)) && keeps_shape(node) &&
           ((const sard_resize *)node->attrs)->coordinate_transformation_mode != SARD_COORDINATE_TF_CROP_AND_RESIZE;
}

typedef struct rule {
    sard_op_id op;
    bool (*holds)(const sard_node *node);
} rule;

static const rule rules[] = {
    {SARD_OP_identity, is_same},
    {SARD_OP_cast, keeps_type}, /* that they are equal holds for all */
    {SARD_OP_concat, is_alone},
    {SARD_OP_sum, is_alone},
    {SARD_OP_max, is_alone},
    {SARD_OP_min, is_alone},
    {SARD_OP_mean, is_alone},
    {SARD_OP_dropout, drops_nothing},
    {SARD_OP_transpose, keeps_order},
    {SARD_OP_slice, sard_slice_takes_all},
    {SARD_OP_pad, sard_pads_nothing},
    {SARD_OP_clip, bounds_nothing},
    {SARD_OP_reshape, keeps_dims},
    {SARD_OP_flatten, keeps_dims},
    {SARD_OP_squeeze, keeps_shape},
    {SARD_OP_unsqueeze, keeps_shape},
    {SARD_OP_expand, keeps_shape},
    {SARD_OP_tile, keeps_shape},
    {SARD_OP_split, keeps_shape},
    {SARD_OP_depth_to_space, keeps_shape},
    {SARD_OP_space_to_depth, keeps_shape},
    {SARD_OP_max_pool, pools_nothing},
    {SARD_OP_average_pool, pools_nothing},
    {SARD_OP_global_average_pool, keeps_shape},
    {SARD_OP_global_max_pool, keeps_shape},
    {SARD_OP_reduce_mean, keeps_shape},
    {SARD_OP_reduce_sum, keeps_shape},
    {SARD_OP_reduce_max, keeps_shape},
    {SARD_OP_reduce_min, keeps_shape},
    {SARD_OP_reduce_prod, keeps_shape},
    {SARD_OP_resize, resizes_nothing},
};

static bool is_identity(const sard_node *node)
{
    const sard_value *in = node->own_count ? node->inputs[0] : NULL, *out = node->output_count ? node->outputs[0] : NULL;
    if (!in || !out || node->epilogue_count || in->dtype != out->dtype)
        return false;
    for (size_t i = 1; i < node->output_count; i++)
        if (node->outputs[i] && sard_value_use_count(node->outputs[i]))
            return false;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (sard_is(node, rules[i].op))
            return rules[i].holds(node);
    return false;
}

static sard_status rewrite(sard_rewriter *rewriter, sard_node *node)
{
    rewriter->edited = is_identity(node);
    if (rewriter->edited)
        sard_value_replace(node->outputs[0], node->inputs[0]);
    return SARD_OK;
}

const sard_pass sard_pass_remove_identities = {
    .struct_size = sizeof(sard_pass),
    .name = "remove_identities",
    .reason = "takes out nodes that give back their input",
    .level = SARD_O1,
    .rewrite = rewrite,
};
