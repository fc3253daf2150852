/* Running a pass: the walk, the count of edits, and the verifier behind each of them. */
#include "ir/graph.h"

/* Debug builds verify larger graphs behind every few edits only: behind all of them a pass took the square of the nodes. */
#define MOST_VERIFIED 512
#define PARTS(graph) ((graph)->node_count / MOST_VERIFIED)

bool sard_graph_may_edit(const sard_graph *graph) { return graph && (!graph->edits.most || graph->edits.count < graph->edits.most); }

sard_status sard_graph_edited(sard_graph *graph, const sard_node *node, sard_error *error)
{
    if (!graph || !node)
        return sard_null(error, graph ? "node" : "graph");
    sard_edits *edits = &graph->edits;
    edits->count++;
    edits->node = node->name;
#ifdef SARD_DEBUG
    sard_error broken;
    if (edits->count % (1 + PARTS(graph) * PARTS(graph)))
        return SARD_OK;
    const sard_status status = sard_graph_verify(graph, &broken);
    if (status)
        return sard_fail(error, status, "pass %s, edit %zu, node '%.200s': %s", edits->pass, edits->count, node->name, broken.text);
#endif
    (void)error;
    return SARD_OK;
}

/* only: the operator whose nodes the pass looks at; NULL: all. A node that the edit took out, or that nobody uses behind it, has handed the
 * walk on. */
static sard_status visit(sard_graph *graph, const sard_pass *pass, const sard_op *only, sard_node *node, sard_error *error)
{
    bool edited = false;
    const bool concerned = (!only || node->op == only) && sard_node_is_used(node);
    sard_status status = concerned ? pass->rewrite(graph, node, &edited, error) : SARD_OK;
    if (!status && edited)
        status = sard_graph_edited(graph, node, error);
    if (edited && graph->edits.at == node)
        sard_node_remove(node);
    if (graph->edits.at == node)
        graph->edits.at = node->next;
    return status;
}

static sard_status walk(sard_graph *graph, const sard_pass *pass, sard_error *error)
{
    sard_status status = SARD_OK;
    const sard_op *only = pass->op ? sard_op_table_find(graph->ops, pass->domain ? pass->domain : "", pass->op) : NULL;
    if (pass->op && !only)
        return SARD_OK;
    graph->edits.at = graph->first;
    while (!status && graph->edits.at && sard_graph_may_edit(graph))
        status = visit(graph, pass, only, graph->edits.at, error);
    graph->edits.at = NULL;
    return status;
}

sard_status sard_graph_apply(sard_graph *graph, const sard_pass *pass, sard_error *error)
{
    const size_t before = graph->edits.count;
    graph->edits.pass = pass->name;
    const sard_status status = pass->rewrite ? walk(graph, pass, error) : pass->run(graph, error);
    if (graph->edits.count > before)
        sard_graph_remove_dead(graph);
    return status;
}
