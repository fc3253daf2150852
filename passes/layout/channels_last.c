/* Conv(x) -> Transpose(Conv nhwc(Transpose(x))), likewise ConvTranspose: weighted sums run fastest with channels last.
 * needs: float32; an epilogue reads nothing that has an order.
 * keeps: every number. The Transposes are for sink_transposes: pools, normalisations and all else between two of these nodes change
 * their layout when one passes over them, and stay as they are where none does. */
#include "passes/passes.h"

#include "passes/layout/carry.h"

static bool can_change(const sard_node *node, sard_perm *order)
{
    sard_perm out;
    const uint32_t wanted = SARD_SPATIAL | SARD_MACS;
    if ((node->op->traits & wanted) != wanted || node->layout != SARD_NCHW || node->inputs[0]->rank < 3)
        return false;
    *order = sard_perm_to_nchw(node->inputs[0]->rank);
    return sard_can_carry(node, order, &out);
}

static sard_status rewrite(sard_rewriter *rewriter, sard_node *node)
{
    sard_perm order;
    rewriter->edited = can_change(node, &order);
    return rewriter->edited ? sard_carry(node, &order, rewriter->error) : SARD_OK;
}

const sard_pass sard_pass_channels_last = {
    .struct_size = sizeof(sard_pass),
    .name = "channels_last",
    .reason = "runs convolutions with channels last",
    .level = SARD_O2,
    .rewrite = rewrite,
};
