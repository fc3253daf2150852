/* What a tier offers for elements that change their place. */
#ifndef SARD_BACKENDS_NATIVE_MOVE_TABLE_H
#define SARD_BACKENDS_NATIVE_MOVE_TABLE_H

#include <stdint.h>

/* out = the sum of weights[i] * rows[i], channel by channel. */
typedef void sard_mix_function(const float *const *rows, const float *weights, int64_t count, int64_t channels, float *out);

#define SARD_MOST_INTERLEAVED 3 /* rows */

/* y = x[0][0], x[1][0], ..., x[0][1], x[1][1], ...: n elements of each. */
typedef void sard_interleave_function(const float *const *x, float *y, int64_t n);

typedef struct sard_move_table {
    sard_mix_function *mix;
    sard_interleave_function *interleave[SARD_MOST_INTERLEAVED - 1]; /* [rows - 2] */
} sard_move_table;

#endif
