/* Gemm and MatMul as products of matrices: what they have in common. */
#ifndef SARD_BACKENDS_NATIVE_GEMM_PRODUCT_H
#define SARD_BACKENDS_NATIVE_GEMM_PRODUCT_H

#include "backends/native/common/panel.h"
#include "backends/native/common/post.h"

/* Products of up to so many rows are made row by row: a picture of a small batch then gets the same bits as a picture alone. Where rows are
 * words of several texts or pictures (rank 3 and more), one may have only so few of them that a batch of eight is still within the rows; what
 * has more takes the tiles, in any batch. Where the first dim is the words', there are too many rows in all. */
enum { SARD_FEW_ROWS = 32, SARD_FEW_WORDS = 4 };

/* y[batch] = factor * a[batch] * b[batch] + c: m x k times k x n. Strides in elements.
 * c  input 2 of a Gemm, times c_factor: one number (c_step 0), or one for each column */
typedef struct sard_product_shape {
    int64_t m, n, k;
    int64_t b_row, b_column;
    int rank; /* of the batch; 0: all rows of a are one matrix */
    int64_t dims[SARD_MAX_RANK], a_batch[SARD_MAX_RANK], b_batch[SARD_MAX_RANK];
    int64_t batch, b_count; /* products, and different matrices b, which lie one after the other */
    float factor, c_factor;
    bool has_c;
    int c_step;
} sard_product_shape;

/* From a node of Gemm or MatMul; a and b: tensors or NULL, whose ld counts. False, with the reason: not one for these kernels. */
bool sard_product_shape_of(const sard_node *node, const sard_tensor *a, const sard_tensor *b, sard_product_shape *out, const char **why);

/* Is it made row by row? */
bool sard_product_has_few_rows(const sard_node *node, const sard_product_shape *p);

/* Panel `panel` of a matrix of k rows (any address; distances in floats), times factor: zeros beyond the last column. */
void sard_panel_pack(const sard_panels *panels, const void *matrix, int64_t row, int64_t column, int64_t k, float factor, int64_t panel,
                     float *out);

/* Steps of K whose sum is made at once; the first one of an output has C added, later ones what is there. */
int64_t sard_product_slice(int64_t k, int lanes);

/* Rows of a product, from packed panels of b (panel.h). */
typedef struct sard_tiles {
    const sard_tier *tier;
    sard_panels panels;
    int64_t k;
    const float *x, *weights, *bias; /* bias: padded to the panels; NULL: none */
    float *y;
    int64_t x_row, y_row, rows;
    int64_t pixel; /* number of the first row in the whole result */
    const sard_post *post;
    const sard_tensor *inputs; /* of the call */
} sard_tiles;

/* Panels first .. end-1 of all rows, with the epilogue. */
void sard_tiles_run(const sard_tiles *tiles, int64_t first, int64_t end);

#endif
