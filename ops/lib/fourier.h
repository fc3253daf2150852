/* The discrete Fourier transform of one line. */
#ifndef SARD_OPS_LIB_FOURIER_H
#define SARD_OPS_LIB_FOURIER_H

#include "ops/lib/util.h"

/* Complex numbers are pairs of doubles. */
typedef struct sard_fourier {
    int64_t n;
    bool inverse;        /* with the factor 1 / n */
    bool wide;           /* else each number is rounded to float */
    const double *roots; /* cos and sin of 2 pi k / n */
} sard_fourier;

/* The roots lie in the call's memory; false when it runs out. n > 0. */
bool sard_fourier_make(const sard_call *call, int64_t n, bool inverse, bool wide, sard_fourier *out);
/* out[k] = sum of x[j] exp(-2 pi i j k / n). x, out and room have n numbers each; x and room are used up. */
void sard_fourier_run(const sard_fourier *f, double *x, double *room, double *out);

/* What a transform of length n takes for each of its numbers: the sum of the prime factors of n. */
double sard_fourier_steps(int64_t n);

#endif
