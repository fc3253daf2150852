/* What a tier offers for convolutions of a few channels a group. */
#ifndef SARD_BACKENDS_NATIVE_DEPTHWISE_TABLE_H
#define SARD_BACKENDS_NATIVE_DEPTHWISE_TABLE_H

#include <stdint.h>

/* Outputs of a depthwise convolution that lie in a row; distances in floats. */
typedef struct sard_depthwise_tile {
    int64_t channels, lines, taps; /* rows of the window, taps in each (the plain form's) */
    int64_t x_step, x_tap, x_line; /* of the input: from output to output, tap to tap, row to row of the window */
    int64_t until, jump;           /* behind so many rows of the window, a jump to where the others begin; not in the plain form */
    int64_t w_line, w_vector;      /* weights: from row to row of the window, from one vector of channels to the next */
    int64_t out_step, residual_step;
    int64_t outputs;
    int64_t first, end; /* at an edge: the columns that are there and asked for */
    const float *bias;
    float low, high;
} sard_depthwise_tile;

#define SARD_DEPTHWISE_OUTPUTS 8 /* of a tile */
#define SARD_DEPTHWISE_PLAIN 4   /* of a tile of the plain form */

/* One tile. The last vector of weights is that of the last channels, and may repeat some. Weights and bias of channels beyond the last are
 * there. residual may be NULL. */
typedef void sard_depthwise_function(const float *x, const float *w, float *out, const float *residual, const sard_depthwise_tile *tile);

typedef struct sard_depthwise_table {
    sard_depthwise_function *tiles[3][2][SARD_DEPTHWISE_OUTPUTS + 1][2];   /* [taps of a row / 2 - 1][stride - 1][outputs][edge] */
    sard_depthwise_function *grouped[2][2][SARD_DEPTHWISE_OUTPUTS + 1][2]; /* 3 taps: [groups of 4 or 8][stride - 1][outputs][edge] */
    sard_depthwise_function *plain, *plain_one;                            /* any taps and stride */
} sard_depthwise_table;

#endif
