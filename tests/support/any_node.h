/* A graph of one node of any operator, made from its ports and attributes alone: for tests of what all operators must not do. */
#ifndef SARD_TESTS_ANY_NODE_H
#define SARD_TESTS_ANY_NODE_H

#include <sard/plugin.h>

enum { ANY_MOST_INPUTS = 12 };

/* rank: of the first input, other_rank: of the others; size: of every dim; left_out, empty: a bit for each input, which is then not there, or
 * has the shape [0]; told: the graph knows the dims before the run. */
typedef struct any_shape {
    int rank, other_rank;
    int64_t size;
    uint32_t left_out, empty;
    bool told;
} any_shape;

/* How many inputs the operator's ports tell, ANY_MOST_INPUTS at most. */
size_t any_input_count(const sard_op *op);

/* False where the operator has subgraphs, or takes nothing of that kind. tensors: what fits the graph's inputs, *count of them; their
 * elements are ones, those of empty tensors lie where nothing can be read. Free the graph with sard_graph_free. */
bool any_graph(sard_context *context, const sard_op *op, const any_shape *shape, sard_graph **out, sard_tensor tensors[ANY_MOST_INPUTS],
               size_t *count);

#endif
