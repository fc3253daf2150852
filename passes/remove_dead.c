/* Takes out nodes and optional results that nobody uses. What passes leave behind goes with their edits. */
#include "passes/passes.h"

#include "ir/graph.h"

/* Backwards: what dies with its user dies too. */
static sard_status run(sard_rewriter *rewriter)
{
    sard_status status = SARD_OK;
    for (sard_node *node = rewriter->graph->last, *previous; node && !status && sard_rewriter_may_edit(rewriter); node = previous) {
        previous = node->previous;
        if (sard_node_remove(node) || sard_node_drop_outputs(node))
            status = sard_rewriter_count(rewriter, node);
    }
    return status;
}

const sard_pass sard_pass_remove_dead = {
    .struct_size = sizeof(sard_pass),
    .name = "remove_dead",
    .reason = "takes out what nobody uses",
    .level = SARD_O1,
    .run = run,
};
