/* Functions of lines of numbers: rows, or columns that lie side by side. */
#ifndef SARD_BACKENDS_NATIVE_NORMALISE_LINES_H
#define SARD_BACKENDS_NATIVE_NORMALISE_LINES_H

#include <stdbool.h>
#include <stdint.h>

typedef struct sard_channels_scale {
    const float *mean, *scale, *shift;
    float low, high;
} sard_channels_scale;

/* Lines of n elements; y may be x.
 * sum, square      of x, of (x - shift)^2
 * max              NaN wins
 * softmax          or its logarithm; columns_softmax: down at most `lanes` columns, elements `step` apart
 * scale            y = (x - mean) * inverse * scale[i] + shift[i]; scale, shift may be NULL
 * channels_scale   y = (x - mean[i]) * scale[i] + shift[i], clamped
 * columns_sum      down rows that lie `step` apart: totals[c] += sum of x - shift[c], or of its square; shift may be NULL
 * columns_max      best[c] = the largest; there is at least one row */
typedef struct sard_lines_functions {
    double (*sum)(const float *x, int64_t n);
    double (*square)(const float *x, int64_t n, float shift);
    float (*max)(const float *x, int64_t n);
    void (*softmax)(const float *x, float *y, int64_t n, bool logarithm);
    void (*columns_softmax)(const float *x, float *y, int64_t n, int64_t step, int64_t columns, bool logarithm);
    void (*scale)(const float *x, float *y, int64_t n, float mean, float inverse, const float *scale, const float *shift);
    void (*channels_scale)(const float *x, float *y, int64_t n, const sard_channels_scale *s);
    void (*columns_sum)(const float *x, int64_t rows, int64_t step, int64_t columns, const float *shift, bool square, double *totals);
    void (*columns_max)(const float *x, int64_t rows, int64_t step, int64_t columns, float *best);
} sard_lines_functions;

#endif
