/* Running a pass: the walk, the count of edits, and the verifier after each of them. */
#include "ir/rewrite.h"

/* Debug builds verify larger graphs after every few edits only: after each of them a pass took the square of the nodes. */
#define MOST_VERIFIED 512
#define PARTS(graph) ((graph)->node_count / MOST_VERIFIED)

sard_graph *sard_rewriter_graph(const sard_rewriter *rewriter) { return rewriter ? rewriter->graph : NULL; }
sard_error *sard_rewriter_error(const sard_rewriter *rewriter) { return rewriter ? rewriter->error : NULL; }

void sard_rewriter_edited(sard_rewriter *rewriter)
{
    if (rewriter)
        rewriter->edited = true;
}

bool sard_rewriter_may_edit(const sard_rewriter *rewriter) { return rewriter && (!rewriter->most || rewriter->edits < rewriter->most); }

sard_status sard_rewriter_count(sard_rewriter *rewriter, const sard_node *node)
{
    if (!rewriter || !node)
        return sard_null(rewriter ? rewriter->error : NULL, rewriter ? "node" : "rewriter");
    rewriter->edits++;
    rewriter->node = node->name;
#ifdef SARD_DEBUG
    sard_error broken;
    const size_t parts = PARTS(rewriter->graph);
    if (rewriter->edits % (1 + parts * parts))
        return SARD_OK;
    const sard_status status = sard_graph_verify(rewriter->graph, &broken);
    if (status)
        return sard_fail(rewriter->error, status, "pass %s, edit %zu, node '%.200s': %s", rewriter->pass, rewriter->edits, node->name,
                         broken.text);
#endif
    return SARD_OK;
}

/* only: the operator whose nodes the pass looks at; NULL: all. A node that the edit removed, or left without users, has handed the walk
 * on. */
static sard_status visit(sard_rewriter *rewriter, const sard_pass *pass, const sard_op *only, sard_node *node)
{
    rewriter->edited = false;
    const bool concerned = (!only || node->op == only) && sard_node_is_used(node);
    sard_status status = concerned ? pass->rewrite(rewriter, node) : SARD_OK;
    if (!status && rewriter->edited)
        status = sard_rewriter_count(rewriter, node);
    if (rewriter->edited && rewriter->at == node)
        sard_node_remove(node);
    if (rewriter->at == node)
        rewriter->at = node->next;
    return status;
}

static sard_status walk(sard_rewriter *rewriter, const sard_pass *pass)
{
    sard_status status = SARD_OK;
    const sard_op *only = pass->op ? sard_op_table_find(rewriter->graph->ops, pass->domain ? pass->domain : "", pass->op) : NULL;
    if (pass->op && !only)
        return SARD_OK;
    rewriter->at = rewriter->graph->first;
    while (!status && rewriter->at && sard_rewriter_may_edit(rewriter))
        status = visit(rewriter, pass, only, rewriter->at);
    rewriter->at = NULL;
    return status;
}

sard_status sard_rewriter_apply(sard_rewriter *rewriter, const sard_pass *pass, sard_error *error)
{
    const size_t before = rewriter->edits;
    rewriter->pass = pass->name;
    rewriter->error = error;
    rewriter->graph->rewriter = rewriter;
    const sard_status status = pass->rewrite ? walk(rewriter, pass) : pass->run(rewriter);
    if (rewriter->edits > before)
        sard_graph_remove_dead(rewriter->graph);
    rewriter->graph->rewriter = NULL;
    return status;
}
