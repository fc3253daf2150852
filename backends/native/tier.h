/* What a tier offers: the functions of every template, compiled for one instruction set. Code outside the tiers sees only this. */
#ifndef SARD_BACKENDS_NATIVE_TIER_H
#define SARD_BACKENDS_NATIVE_TIER_H

#include "backends/native/functions.h"
#include "backends/native/lines.h"
#include "backends/native/winograd_points.h"

/* From row to row of the last dimension, in elements. */
static inline int64_t sard_row_of(const sard_tensor *tensor) { return tensor->ld ? tensor->ld : tensor->dims[tensor->rank - 1]; }

#define SARD_MOST_ROWS 12   /* of a register tile, any tier */
#define SARD_MOST_VECTORS 3 /* of a panel */

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

/* Like flat, from a picture of a few channels (kernels/stem.h); rows of the tile as `rows` says. */
typedef void sard_stem_function(const float *x, const int64_t *at, const float *w, float *out, const sard_tile *tile, int64_t tiles);

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

/* A matrix whose rows lie w_row apart times a vector of k, into `count` results: sums along rows, or along columns. */
typedef void sard_gemv_function(const float *x, const float *w, int64_t w_row, int64_t k, int64_t count, float *out);
/* Winograd's convolutions: outputs of a tile, taps; two dimensions or one (kernels/winograd.h). */
#define SARD_WINOGRAD_LIST(X)                     \
    X(2X2_3X3, 2x2_3x3, sard_points_2_3, 2, true) \
    X(4X4_3X3, 4x4_3x3, sard_points_4_3, 4, true) \
    X(4X4_5X5, 4x4_5x5, sard_points_4_5, 4, true) \
    X(4_7, 4_7, sard_points_4_7, 4, false)        \
    X(4_3, 4_3, sard_points_4_3, 4, false)

typedef enum sard_winograd_id {
#define X(id, name, points, outputs, plane) SARD_WINOGRAD_##id,
    SARD_WINOGRAD_LIST(X)
#undef X
        SARD_WINOGRADS,
} sard_winograd_id;

/* Where a tile of outputs goes; distances in floats. */
typedef struct sard_winograd_place {
    float *y;
    const float *bias, *residual; /* residual may be NULL */
    int64_t row, pixel, residual_row, residual_pixel;
    float low, high;
} sard_winograd_place;

/* x: a row of channels for each pixel of a tile, next: of the one that will follow; v_block: from one vector of channels to the next. */
typedef void sard_winograd_in_function(const float *const *x, const float *const *next, int64_t vectors, float *v, int64_t v_block);
typedef void sard_winograd_out_function(const float *sums, const sard_winograd_place *to);

/* How rows of weights become columns: `count` elements of each row are the `taps` taps of some channels. Distances in floats. */
typedef struct sard_columns {
    int64_t row, count;           /* of the weights: from row to row */
    int64_t taps, tap_step, step; /* of the columns: from tap to tap, from channel to channel */
} sard_columns;

/* weights: at any address; a row for each of at most `lanes` output channels. The lanes beyond them become 0. factors: of the rows, in
 * double, each product is rounded once; NULL: none. */
typedef void sard_columns_function(const void *weights, int64_t rows, const double *factors, const sard_columns *columns, float *out);

#define SARD_WINOGRAD_TAPS 7 /* most of a dimension */

/* From taps to the points of each dimension. */
typedef struct sard_winograd_matrices {
    int points[2], taps[2];
    double across[2][SARD_WINOGRAD_POINTS][SARD_WINOGRAD_TAPS];
} sard_winograd_matrices;

/* taps: [tap][lane]; out: a vector for each frequency, `stride` floats apart. */
typedef void sard_winograd_weights_function(const sard_winograd_matrices *g, const float *taps, float *out, int64_t stride);

/* out = the sum of weights[i] * rows[i], channel by channel. */
typedef void sard_mix_function(const float *const *rows, const float *weights, int64_t count, int64_t channels, float *out);

#define SARD_MOST_INTERLEAVED 3 /* rows */

/* y = x[0][0], x[1][0], ..., x[0][1], x[1][1], ...: n elements of each. */
typedef void sard_interleave_function(const float *const *x, float *y, int64_t n);

typedef struct sard_tier {
    const char *name;
    int lanes;                                                       /* floats in a vector */
    bool tails;                                                      /* tiles can leave lanes out */
    int rows[SARD_MOST_VECTORS + 1];                                 /* of a tile that is so many vectors wide */
    sard_flat_function *flat[SARD_MOST_VECTORS][SARD_MOST_ROWS + 1]; /* [vectors - 1][rows] */
    sard_rows_function *rowwise[SARD_MOST_VECTORS][SARD_MOST_ROWS + 1];
    sard_stem_function *stem[SARD_MOST_VECTORS];
    sard_mix_function *mix;
    sard_interleave_function *interleave[SARD_MOST_INTERLEAVED - 1]; /* [rows - 2] */
    sard_pool_function *pool_max, *pool_sum;
    sard_depthwise_function *depthwise[3][2][SARD_DEPTHWISE_OUTPUTS + 1][2]; /* [taps of a row / 2 - 1][stride - 1][outputs][edge] */
    sard_depthwise_function *grouped[2][2][SARD_DEPTHWISE_OUTPUTS + 1][2];   /* 3 taps: [groups of 4 or 8][stride - 1][outputs][edge] */
    sard_depthwise_function *depthwise_plain, *depthwise_plain_one;          /* any taps and stride */
    sard_global_function *global_max, *global_sum;
    sard_gemv_function *rows_times_vector, *vector_times_columns;
    sard_lines_functions lines;
    sard_stripes_function *functions[SARD_FUNCTION_COUNT];
    sard_columns_function *weights_columns;
    sard_winograd_weights_function *winograd_weights;
    sard_winograd_in_function *winograd_in[SARD_WINOGRADS];
    sard_winograd_out_function *winograd_out[SARD_WINOGRADS][SARD_MOST_VECTORS]; /* [id][vectors - 1] */
} sard_tier;

/* The best tier of a machine; NULL where there is none. */
const sard_tier *sard_tier_of(const sard_target *target);

#endif
