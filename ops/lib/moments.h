/* Sums over strided runs of elements, as normalisations need them. */
#ifndef SARD_OPS_LIB_MOMENTS_H
#define SARD_OPS_LIB_MOMENTS_H

#include "ops/lib/util.h"

/* `lines` runs of `length` elements: the i-th begins at start + i * jump, its elements are `step` apart. */
typedef struct sard_lines {
    const sard_tensor *x;
    int64_t start, lines, jump, length, step;
} sard_lines;

/* Mean, and mean of the squared distances from it. Of nothing: 0. */
void sard_moments(const sard_lines *l, double *mean, double *variance);

/* out = (x - mean) * factor + shift for line i; `out` has the dims of x and may be x. */
void sard_line_map(const sard_lines *l, int64_t i, const sard_tensor *out, double mean, double factor, double shift);

/* A channel of an image as one line. */
sard_lines sard_lines_of_channel(const sard_tensor *x, const sard_spatial *s, int64_t n, int64_t c);

#endif
