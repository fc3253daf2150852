/* What a Slice takes of its input. */
#ifndef SARD_OPS_SLICE_H
#define SARD_OPS_SLICE_H

#include "ir/graph.h"

enum { SARD_SLICE_STARTS = 1, SARD_SLICE_ENDS, SARD_SLICE_AXES, SARD_SLICE_STEPS };

/* Of each axis `count` elements, `step` apart, from `start` on. step is 1 where there are fewer than two. */
typedef struct sard_slice {
    int64_t start[SARD_MAX_RANK], step[SARD_MAX_RANK], count[SARD_MAX_RANK];
} sard_slice;

/* False: the dims of the input or the numbers are not known before the run. */
bool sard_slice_read(const sard_node *node, sard_slice *out);
/* Does it take all, also of dims that are not known? */
bool sard_slice_takes_all(const sard_node *node);

#endif
