/* What happens to sums before they leave the cache: bias, and the activation where it is one that clamps. */
#ifndef SARD_BACKENDS_OPENBLAS_FINISH_H
#define SARD_BACKENDS_OPENBLAS_FINISH_H

#include "backends/openblas/blas.h"

typedef struct sard_finish {
    const sard_unaligned_float *bias; /* NULL: none */
    float low, high;                  /* clamp; NaN passes */
    bool clamps;
    bool rest; /* the epilogue is something else: sard_call_epilogue afterwards */
} sard_finish;

/* From a call whose node has its bias at input `bias`. */
sard_finish sard_finish_make(const sard_call *call, size_t bias);

/* n sums of one channel, or one of each channel first .. first+n-1. */
void sard_finish_channel(const sard_finish *finish, int64_t channel, float *sums, int64_t n);
void sard_finish_pixel(const sard_finish *finish, int64_t first, float *sums, int64_t n);

/* The part of the epilogue that is left. */
sard_status sard_finish_rest(const sard_finish *finish, const sard_call *call) SARD_MUST_USE;

#endif
