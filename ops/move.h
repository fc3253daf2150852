/* Elements that only change their place, on several threads where there are many. */
#ifndef SARD_OPS_MOVE_H
#define SARD_OPS_MOVE_H

#include "ops/util.h"

/* As sard_copy. */
void sard_move(const sard_call *call, void *dst, const int64_t *dst_strides, const void *src, const int64_t *src_strides,
               const int64_t *dims, int rank, size_t size);

/* The whole of input 0 to output 0, which has other dims; nothing if they are the same memory. */
sard_status sard_move_whole(const sard_call *call);

#endif
