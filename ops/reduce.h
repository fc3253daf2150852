/* Attributes of ReduceSum and its relatives, and the axes that they take. */
#ifndef SARD_OPS_REDUCE_H
#define SARD_OPS_REDUCE_H

#include "ir/graph.h"

enum { SARD_REDUCE_AXES = 1 };

typedef struct sard_reduce {
    int64_t keepdims, noop_with_empty_axes;
} sard_reduce;

/* A bit for each axis that is reduced, of an input of known rank; false: they are not known before the run. */
bool sard_reduce_mask(const sard_node *node, uint32_t *mask);

#endif
