/* What a tier offers for sums of products: register tiles, products with a vector, packing. */
#ifndef SARD_BACKENDS_NATIVE_GEMM_TABLE_H
#define SARD_BACKENDS_NATIVE_GEMM_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#define SARD_MOST_ROWS 12   /* of a register tile, any tier */
#define SARD_MOST_VECTORS 3 /* of a panel */
#define SARD_MOST_LANES 16  /* floats of a vector, any tier */
#define SARD_MOST_TILE (SARD_MOST_ROWS * SARD_MOST_VECTORS * SARD_MOST_LANES)

/* What the tiles of one panel have in common; distances in floats. */
typedef struct sard_tile {
    int64_t k;                 /* channels of each tap in this slice */
    int64_t taps, x_tap, from; /* rows: number of taps, pointers from tap to tap, first channel */
    int64_t x_row, x_block;    /* flat: from row to row, from one vector of channels to the next */
    int64_t x_step, out_step;  /* from tile to tile (x_step of rows: in pointers) */
    int64_t out_row;           /* from row to row of the output */
    int64_t residual_row, residual_step;
    const float *bias;      /* NULL: go on from what stands in the output */
    const float *ahead_end; /* weights to prefetch end here */
    int64_t ahead_lines;    /* of them, for each vector of channels */
    bool last;              /* add the residual, clamp */
    float low, high;
    int64_t absent; /* lanes of the last vector that have no channel; only where the tier has tails */
} sard_tile;

/* `tiles` tiles one after the other. ahead: what to prefetch; returns how far it came. residual may be NULL. */
typedef const float *sard_flat_function(const float *x, const float *w, float *out, const float *residual, const float *ahead,
                                        const sard_tile *tile, int64_t tiles);
typedef const float *sard_rows_function(const float *const *x, const float *w, float *out, const float *residual, const float *ahead,
                                        const sard_tile *tile, int64_t tiles);

/* A matrix whose rows lie w_row apart times a vector of k, into `count` results: sums along rows, or along columns. */
typedef void sard_gemv_function(const float *x, const float *w, int64_t w_row, int64_t k, int64_t count, float *out);

/* How rows of weights become columns: `count` elements of each row are the `taps` taps of some channels. Distances in floats. */
typedef struct sard_columns {
    int64_t row, count;           /* of the weights: from row to row */
    int64_t taps, tap_step, step; /* of the columns: from tap to tap, from channel to channel */
} sard_columns;

/* weights: at any address; a row for each of at most `lanes` output channels. The lanes beyond them become 0. factors: of the rows, in
 * double, each product is rounded once; NULL: none. */
typedef void sard_columns_function(const void *weights, int64_t rows, const double *factors, const sard_columns *columns, float *out);

typedef struct sard_gemm_table {
    int rows[SARD_MOST_VECTORS + 1];                                 /* of a tile that is so many vectors wide */
    sard_flat_function *flat[SARD_MOST_VECTORS][SARD_MOST_ROWS + 1]; /* [vectors - 1][rows] */
    sard_rows_function *rowwise[SARD_MOST_VECTORS][SARD_MOST_ROWS + 1];
    sard_gemv_function *rows_times_vector, *vector_times_columns;
    sard_columns_function *columns;
} sard_gemm_table;

#endif
