/* Evaluates what is known before the run: op(constants) -> constant, also shapes that inference found out.
 * Bounded by the budget of the passes: a small file must not grow into a large model. Level O1: the numbers are those of the run. */
#include "passes/passes.h"

#include "ops/ops.h"

/* Other engines look for quantised weights behind a DequantizeLinear. */
static bool is_kept(const sard_node *node) { return node->graph->rewriter->portable && sard_is(node, SARD_OP_dequantize_linear); }

static sard_status rewrite(sard_rewriter *rewriter, sard_node *node)
{
    const sard_status status = sard_node_infer(node, rewriter->error); /* a constant before it may tell more about it */
    return status || is_kept(node) ? status : sard_node_fold(node, &rewriter->budget, &rewriter->edited, rewriter->error);
}

const sard_pass sard_pass_fold_constants = {
    .struct_size = sizeof(sard_pass),
    .name = "fold_constants",
    .reason = "evaluates what depends on constants alone",
    .level = SARD_O1,
    .rewrite = rewrite,
};
