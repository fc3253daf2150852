/* What passes work with: the graph, what they may still fold, the count of their edits. */
#ifndef SARD_IR_REWRITE_H
#define SARD_IR_REWRITE_H

#include "ir/graph.h"

struct sard_rewriter {
    sard_graph *graph;
    sard_error *error; /* of the pass at hand */
    bool edited;       /* set by sard_pass.rewrite that made its edit */
    bool portable;     /* passes keep to what ONNX has words for: no channels last, no epilogues */
    sard_fold_budget budget;
    size_t edits, most; /* made so far, and allowed; most 0: any number */
    const char *pass;   /* that runs */
    const char *node;   /* name of the node that the last edit was about */
    sard_node *at;      /* where the walk stands; a node that leaves the graph hands it on to the next one */
};

/* Runs one pass over the graph: one walk. Nodes that it leaves without users are removed. */
sard_status sard_rewriter_apply(sard_rewriter *rewriter, const sard_pass *pass, sard_error *error) SARD_MUST_USE;

#endif
