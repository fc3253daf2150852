/* What happens to sums before they leave the cache: bias, and the activation where it is one that clamps. */
#ifndef SARD_BACKENDS_OPENBLAS_FINISH_H
#define SARD_BACKENDS_OPENBLAS_FINISH_H

#include "backends/openblas/blas.h"

/* As a plan knows it. Numbers are those of the call's inputs; 0: none. */
typedef struct sard_finish_plan {
    size_t bias, low, high;
    bool clamps; /* from 0 up, or between low and high */
    bool relu;
    bool rest; /* the epilogue is something else: sard_call_epilogue afterwards */
} sard_finish_plan;

/* bias: an input of the node, which may be left out; 0: none. */
sard_finish_plan sard_finish_plan_of(const sard_binding *binding, size_t bias);

/* With the numbers of a run. */
typedef struct sard_finish {
    const sard_unaligned_float *bias; /* NULL: none */
    float low, high;                  /* clamp; NaN passes */
    bool clamps;
} sard_finish;

sard_finish sard_finish_start(const sard_finish_plan *plan, const sard_call *call);

/* n sums of one channel, or one of each channel first .. first+n-1. */
void sard_finish_channel(const sard_finish *finish, int64_t channel, float *sums, int64_t n);
void sard_finish_pixel(const sard_finish *finish, int64_t first, float *sums, int64_t n);

/* The part of the epilogue that is left. */
sard_status sard_finish_rest(const sard_finish_plan *plan, const sard_call *call) SARD_MUST_USE;

#endif
