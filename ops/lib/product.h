/* A vector times a matrix in either's strides: the inner loop of Conv, Gemm, MatMul and their integer relatives. */
#ifndef SARD_OPS_LIB_PRODUCT_H
#define SARD_OPS_LIB_PRODUCT_H

#include "ir/dtype.h"

/* acc[j] += sum over k of (v[k * step] - v_zero) * (m[k * row + j * column] - m_zero). Strides in elements. */
typedef struct sard_product {
    const void *v, *m;
    int64_t step, row, column;
    int64_t depth;          /* of k */
    int64_t v_zero, m_zero; /* 8-bit integers only */
} sard_product;

/* n: of j. Sums of 8-bit integers are exact as double up to 2^53. */
typedef void sard_product_function(const sard_product *p, int64_t n, double *restrict acc);

/* For floats of one type, or any two 8-bit integers; else NULL. */
sard_product_function *sard_product_of(sard_dtype v, sard_dtype m);

/* For 32- and 64-bit integers of one type, modulo 2^64. */
typedef void sard_product_int_function(const sard_product *p, int64_t n, int64_t *restrict acc);
sard_product_int_function *sard_product_int_of(sard_dtype dtype);

#endif
