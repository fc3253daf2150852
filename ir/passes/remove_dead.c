/* Takes out nodes whose results nobody uses. */
#include "ir/passes/passes.h"

#include "ir/graph.h"

static sard_status run(sard_graph *graph, size_t *edits, sard_error *error)
{
    (void)error;
    *edits += sard_graph_remove_dead(graph);
    return SARD_OK;
}

const sard_pass sard_pass_remove_dead = {
    .struct_size = sizeof(sard_pass),
    .name = "remove_dead",
    .reason = "takes out nodes whose results nobody uses",
    .level = SARD_O1,
    .run = run,
};
