/* OpenBLAS as a module: found when first asked for, so that nothing links it. */
#ifndef SARD_BACKENDS_OPENBLAS_BLAS_H
#define SARD_BACKENDS_OPENBLAS_BLAS_H

#include <sard/plugin.h>

enum { BLAS_ROW_MAJOR = 101, BLAS_NO_TRANS = 111, BLAS_TRANS = 112 }; /* CBLAS_ORDER and CBLAS_TRANSPOSE of the CBLAS standard */

typedef struct sard_blas {
    /* c[m][n] = alpha * op(a)[m][k] * op(b)[k][n] + beta * c; row r of each matrix begins at r * ld */
    void (*sgemm)(int order, int trans_a, int trans_b, int m, int n, int k, float alpha, const float *a, int lda, const float *b, int ldb,
                  float beta, float *c, int ldc);
    /* y = alpha * op(a) * x + beta * y, a[m][n] */
    void (*sgemv)(int order, int trans, int m, int n, float alpha, const float *a, int lda, const float *x, int step_x, float beta,
                  float *y, int step_y);
} sard_blas;

/* NULL, and why, if it is not installed. The first call loads it, for one thread. */
const sard_blas *sard_blas_load(const sard_target *target, const char **why);
/* After sard_blas_load. */
const sard_blas *sard_blas_loaded(void);

/* c[m][n] = alpha * op(a)[m][k] * op(b)[k][n], row-major, after sard_blas_load. k > 0. */
void sard_blas_multiply(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, float alpha, const float *a, int64_t lda,
                        const float *b, int64_t ldb, float *c, int64_t ldc);

/* A number among a node's attributes; `otherwise` where it has its default. */
double sard_blas_attr(const sard_node *node, const char *name, double otherwise);

/* Is input i there, and in float32? */
bool sard_blas_is_float(const sard_node *node, size_t i);

/* An element of a tensor that may lie anywhere in a mapped file. */
typedef float sard_unaligned_float __attribute__((aligned(1), may_alias));

#endif
