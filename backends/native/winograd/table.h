/* What a tier offers for Winograd's convolutions. */
#ifndef SARD_BACKENDS_NATIVE_WINOGRAD_TABLE_H
#define SARD_BACKENDS_NATIVE_WINOGRAD_TABLE_H

#include "backends/native/gemm/table.h"
#include "backends/native/winograd/winograd_points.h"

/* Winograd's convolutions: outputs of a tile, taps; two dimensions or one (winograd_template.h). */
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

#define SARD_WINOGRAD_TAPS 7 /* most of a dimension */

/* From taps to the points of each dimension. */
typedef struct sard_winograd_matrices {
    int points[2], taps[2];
    double across[2][SARD_WINOGRAD_POINTS][SARD_WINOGRAD_TAPS];
} sard_winograd_matrices;

/* taps: [tap][lane]; out: a vector for each frequency, `stride` floats apart. */
typedef void sard_winograd_weights_function(const sard_winograd_matrices *g, const float *taps, float *out, int64_t stride);

typedef struct sard_winograd_table {
    sard_winograd_weights_function *weights;
    sard_winograd_in_function *in[SARD_WINOGRADS];
    sard_winograd_out_function *out[SARD_WINOGRADS][SARD_MOST_VECTORS]; /* [id][vectors - 1] */
} sard_winograd_table;

#endif
