/* What a tier offers for pools. */
#ifndef SARD_BACKENDS_NATIVE_POOL_TABLE_H
#define SARD_BACKENDS_NATIVE_POOL_TABLE_H

#include <stdint.h>

/* Outputs of a pool that lie in a row; distances in floats. */
typedef struct sard_pool_tile {
    int64_t channels, outputs;
    int64_t x_step, out_step; /* from output to output */
    float scale;              /* of sums */
} sard_pool_tile;

/* taps: distances of `count` rows of channels from x. */
typedef void sard_pool_function(const float *x, const int64_t *taps, int64_t count, float *out, const sard_pool_tile *tile);
/* Over `rows` rows of channels that are `row` floats apart. */
typedef void sard_global_function(const float *x, int64_t row, int64_t rows, int64_t channels, float *out);

typedef struct sard_pool_table {
    sard_pool_function *max, *sum;
    sard_global_function *global_max, *global_sum;
} sard_pool_table;

#endif
