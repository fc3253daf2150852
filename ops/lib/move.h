/* Elements that only change their place, on several threads where there are many. */
#ifndef SARD_OPS_LIB_MOVE_H
#define SARD_OPS_LIB_MOVE_H

#include "ops/lib/util.h"

/* As sard_copy. */
void sard_move(const sard_call *call, void *dst, const int64_t *dst_strides, const void *src, const int64_t *src_strides,
               const int64_t *dims, int rank, size_t size);

/* The whole of input 0 to output 0, which has other dims; nothing if they are the same memory. */
sard_status sard_move_whole(const sard_call *call);

/* Dimensions of a copy with strides a and b that mean the same: without those of size 1, and with neighbours joined that are one run in
 * both tensors. Gives their number. */
int sard_copy_simplify(const int64_t *dims, int rank, const int64_t *a, const int64_t *b, int64_t *out, int64_t *sa, int64_t *sb);

#endif
