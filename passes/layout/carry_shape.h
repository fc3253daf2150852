/* How a Reshape or Flatten of permuted elements can be one of the elements before: dimensions fall into groups that become each other. */
#ifndef SARD_PASSES_LAYOUT_CARRY_SHAPE_H
#define SARD_PASSES_LAYOUT_CARRY_SHAPE_H

#include "passes/lib/permute.h"

/* What Reshape(Transpose(x, in)) becomes: Transpose(Reshape(Transpose(x, inner), dims), out). */
typedef struct sard_regroup {
    sard_perm inner, out; /* identities: nothing is left */
    int64_t dims[SARD_MAX_RANK];
} sard_regroup;

/* node: a Reshape or Flatten of a value that is Transpose(x, in). False where dims are not known well enough, or where elements of
 * different groups would mix. */
bool sard_regroup_find(const sard_node *node, const sard_perm *in, sard_regroup *out);

/* Makes the node a Reshape to these dims; `from`: what it will read has these dims. Fails with NOMEM only: dims can be written if
 * sard_can_write_dims says so. */
sard_status sard_write_dims(sard_node *node, const int64_t *dims, int rank, const int64_t *from, int from_rank,
                            sard_error *error) SARD_MUST_USE;
/* All numbers, but for one, or for those that stand in the same place in `from`: not both, since what is left of no elements is not known,
 * unless the node is a Reshape that finds that one in this way already. */
bool sard_can_write_dims(const sard_node *node, const int64_t *dims, int rank, const int64_t *from, int from_rank);

#endif
