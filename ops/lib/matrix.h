/* What Gemm, MatMul and their integer relatives share: shapes, and the product of batches of matrices. */
#ifndef SARD_OPS_LIB_MATRIX_H
#define SARD_OPS_LIB_MATRIX_H

#include "ops/lib/util.h"

/* out[batch] = a[batch] * b[batch], m x k times k x n. Strides in elements. */
typedef struct sard_matrix {
    const sard_tensor *a, *b;
    int64_t m, n, k;
    int64_t a_row, a_column, b_row, b_column;
    int rank; /* of the batch */
    int64_t dims[SARD_MAX_RANK], a_batch[SARD_MAX_RANK], b_batch[SARD_MAX_RANK];
} sard_matrix;

/* numpy.matmul: a vector is a row on the left, a column on the right; the other dimensions are broadcast. */
sard_matrix sard_matrix_of(const sard_tensor *a, const sard_tensor *b);
sard_status sard_matrix_infer(sard_node *node, size_t a, size_t b, sard_dtype dtype, sard_error *error) SARD_MUST_USE;
double sard_matrix_macs(const sard_value *y, const sard_value *a);

/* What sums become, in place: those of row `row` of a matrix and n columns from `column` on. */
typedef void sard_matrix_finish(const void *arg, int64_t row, int64_t column, double *sums, int64_t n);
typedef void sard_matrix_finish_int(const void *arg, int64_t row, int64_t column, int64_t *sums, int64_t n);

/* zeros: NULL, one element, or one for each row of a, each column of b (8-bit integers only). finish: NULL leaves the sums. */
typedef struct sard_matrix_parts {
    sard_matrix matrix;
    const sard_tensor *a_zeros, *b_zeros;
    sard_matrix_finish *finish;
    sard_matrix_finish_int *finish_int;
    const void *arg;
} sard_matrix_parts;

/* Into output 0, dense. 32- and 64-bit integers are summed modulo 2^64, others in double. */
sard_status sard_matrix_eval(const sard_call *call, const sard_matrix_parts *parts) SARD_MUST_USE;

#endif
