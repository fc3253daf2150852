/* Activation(Conv(x)) -> Conv(x) |> Activation, likewise for ConvTranspose, Gemm, MatMul, and a BatchNormalization that is left.
 * needs: the activation is the only user of the sums; what else it reads is constant.
 * keeps: every number; the sums are finished while they are in registers. */
#include "passes/lib/fuse.h"
#include "passes/passes.h"

#define ACTIVATION (uint32_t)(SARD_ACTIVATION | SARD_IN_PLACE)

bool sard_makes_sums(const sard_node *node)
{
    switch (node ? sard_node_id(node) : SARD_OP_NONE) {
    case SARD_OP_conv:
    case SARD_OP_conv_transpose:
    case SARD_OP_gemm:
    case SARD_OP_matmul:
        return true;
    default:
        return false;
    }
}

bool sard_is_arithmetic(const sard_node *node)
{
    switch (sard_node_id(node)) {
    case SARD_OP_add:
    case SARD_OP_sub:
    case SARD_OP_mul:
    case SARD_OP_div:
        return true;
    default:
        return false;
    }
}

bool sard_takes_epilogue(const sard_node *node) { return sard_makes_sums(node) && !node->graph->rewriter->portable; }

static bool is_normalisation(const sard_node *node)
{
    return sard_is(node, SARD_OP_batch_normalization) && !node->graph->rewriter->portable && node->output_count == 1;
}

bool sard_can_fuse_activation(const sard_node *node)
{
    const sard_value *sums = node->own_count ? node->inputs[0] : NULL;
    if (!sums || (node->op->traits & ACTIVATION) != ACTIVATION || node->epilogue_count)
        return false;
    if ((!sard_takes_epilogue(sums->producer) && !is_normalisation(sums->producer)) || sard_value_use_count(sums) != 1 || !node->outputs[0])
        return false;
    for (size_t i = 1; i < node->own_count; i++)
        if (node->inputs[i] && !node->inputs[i]->constant)
            return false;
    /* each gives a result of its input's shape, known or not */
    return sums->dtype == node->outputs[0]->dtype && sums->rank >= 0 && sums->rank == node->outputs[0]->rank;
}

static sard_status rewrite(sard_rewriter *rewriter, sard_node *node)
{
    rewriter->edited = sard_can_fuse_activation(node);
    if (rewriter->edited && !sard_node_absorb(node->inputs[0]->producer, node, 0))
        return sard_no_memory(rewriter->error);
    return SARD_OK;
}

const sard_pass sard_pass_fuse_activation = {
    .struct_size = sizeof(sard_pass),
    .name = "fuse_activation",
    .reason = "applies activations while sums are in registers",
    .level = SARD_O2,
    .rewrite = rewrite,
};
