/* Rows of depthwise convolutions, and of grouped ones of 4 or 8 channels: what the kernels that make them share.
 *
 * A row of outputs is tiles whose windows lie inside the picture, and tiles at the edges that ask for each column; windows that stick out
 * above or below have fewer lines. A dilated row without stride is as many rows without dilation as the dilation says, interleaved. */
#ifndef SARD_BACKENDS_NATIVE_DEPTHWISE_DEPTHWISE_H
#define SARD_BACKENDS_NATIVE_DEPTHWISE_DEPTHWISE_H

#include "backends/native/common/post.h"
#include "ops/conv.h"

/* One dimension of the window; a picture with one dimension has one row. */
typedef struct sard_side {
    int64_t size, kernel, stride, dilation, begin, out;
} sard_side;

/* What a plan knows. Distances in floats. */
typedef struct sard_depthwise {
    const sard_tier *tier;
    sard_side rows, columns;
    int64_t n, channels, padded; /* padded: to whole vectors */
    int64_t width, taps;         /* channels of a group; taps of a window times that */
    bool plain;                  /* only the plain form takes the window, or so few channels */
    int64_t parts;               /* of the channels, so that tiles of one part stay in L1 from row to row */
    int64_t x_row, y_row;        /* from pixel to pixel; set by who binds it, as is the epilogue */
    sard_post post;
} sard_depthwise;

/* What a run brings. */
typedef struct sard_depthwise_job {
    const sard_depthwise *plan;
    const float *weights, *bias;
    const sard_tensor *inputs;
} sard_depthwise_job;

/* A row of outputs. x: column 0 of the first line of the window that is there; `lines` of them lie x_line apart, but behind the first
 * `until` comes a jump (a ring's end). The plain form knows no rings. */
typedef struct sard_depthwise_row {
    const float *x, *weights, *residual;
    float *y;
    int64_t pixel; /* number of the first output in the whole result */
    int64_t lines, x_line, until, jump;
} sard_depthwise_row;

/* A Conv with one or two dimensions, channels-last. */
sard_status sard_depthwise_of(const sard_node *node, const sard_tier *tier, sard_depthwise *out, sard_error *error);

/* Packs weights into slot `slot`, the bias into the next one; but not those that come with the run. */
sard_status sard_depthwise_pack(const sard_depthwise *d, const sard_node *node, sard_packing *packing, size_t slot, sard_error *error);
/* What is packed takes so many floats. */
int64_t sard_depthwise_weights(const sard_depthwise *d);
int64_t sard_depthwise_bias(const sard_depthwise *d);
/* Weights at any address; factors of the results, NULL: none. bias may be NULL. */
void sard_depthwise_pack_weights(const sard_depthwise *d, const sard_tensor *weights, const double *factors, float *out);
void sard_depthwise_pack_bias(const sard_depthwise *d, const sard_tensor *bias, float *out);

/* Lines first .. end-1 of the window of output row `at` lie in the picture. */
void sard_depthwise_lines(const sard_depthwise *d, int64_t at, int64_t *first, int64_t *end);
/* From line to line of the weights. */
int64_t sard_depthwise_w_line(const sard_depthwise *d);

/* Parts first .. end-1 of rows one below the other, with the epilogue: a tile goes down all of them before the next one begins, so that
 * what its windows share is still in L1. */
void sard_depthwise_run(const sard_depthwise_job *job, const sard_depthwise_row *rows, int64_t count, int64_t first, int64_t end);

#endif
