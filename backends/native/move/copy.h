/* Elements of four bytes to other places. */
#ifndef SARD_BACKENDS_NATIVE_MOVE_COPY_H
#define SARD_BACKENDS_NATIVE_MOVE_COPY_H

#include "backends/native/common/loops.h"

/* From x (operand 1) to y (operand 0), on several threads where it is worth it. The loops are not yet joined. */
void sard_copy_loops(const sard_call *call, const sard_loops *loops, float *y, const float *x);

#endif
