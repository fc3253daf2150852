/* Elements of four bytes to other places. */
#ifndef SARD_BACKENDS_NATIVE_MOVE_COPY_H
#define SARD_BACKENDS_NATIVE_MOVE_COPY_H

#include "backends/native/common/loops.h"
#include "backends/native/common/tier.h"

/* A copy as a plan knows it: operand 0 is written, 1 read. */
typedef struct sard_copy_plan {
    const sard_tier *tier;
    sard_loops loops;
    sard_pieces pieces; /* count 0: nothing is copied */
    bool alone;         /* too little for a second thread */
} sard_copy_plan;

/* The loops are not yet joined. */
sard_copy_plan sard_copy_plan_of(const sard_target *target, const sard_loops *loops);
void sard_copy_run(const sard_copy_plan *plan, const sard_call *call, float *y, const float *x);

#endif
