/* What runs an operator: the functions behind sard_call_* (plugin.h). The runtime has one; constant folding has one of its own. */
#ifndef SARD_IR_CALL_H
#define SARD_IR_CALL_H

#include "ir/graph.h"

typedef struct sard_host {
    void (*parallel)(const struct sard_host *host, size_t count, void (*work)(void *arg, size_t i), void *arg);
    void *(*alloc)(const struct sard_host *host, size_t bytes); /* until the call returns */
    void *(*keep)(const struct sard_host *host, size_t bytes);  /* until the graph or subgraph that the node stands in is through */
    void *(*hold)(const struct sard_host *host, size_t bytes);  /* until the run is over, also from within subgraphs */
    /* NULL: subgraphs cannot run here */
    sard_status (*subgraph)(const struct sard_host *host, const sard_call *call, const sard_graph *graph, const sard_tensor *inputs,
                            size_t input_count, sard_tensor *outputs, size_t output_count);
    bool (*stopped)(const struct sard_host *host); /* was the run cancelled? NULL: it cannot be */
    int threads;                                   /* that parallel may have */
    uint64_t value_bytes;                          /* that a result may have */
} sard_host;

/* Runs node->op->eval and then its epilogue: the reference. All outputs are allocated but those of DATA_DEPENDENT operators. */
sard_status sard_eval(const sard_call *call) SARD_MUST_USE;

/* Runs a node whose inputs are all constants on one thread, into `arena`; outputs[i].data is NULL for those not wanted.
 * max_bytes: of all outputs together; above it LIMIT. */
sard_status sard_eval_constant(sard_node *node, sard_arena *arena, size_t max_bytes, sard_tensor *outputs, sard_error *error) SARD_MUST_USE;

#endif
