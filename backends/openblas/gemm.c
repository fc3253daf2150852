/* Gemm: alpha * op(A) * op(B) + beta * C. One row, as in a classifier, is a matrix times a vector, which reads B once. */
#include "ops/gemm.h"
#include "backends/openblas/finish.h"
#include "backends/openblas/kernels.h"

#include <limits.h>

/* Columns of the result that one piece of work makes. */
#define BLOCK 512

typedef struct job {
    const sard_call *call;
    const sard_gemm_attrs *attrs;
    const float *a, *b;
    float *y;
    int64_t m, n, k;
    const sard_unaligned_float *c; /* with its strides; NULL: none */
    int64_t c_row, c_column;
    sard_finish finish;
} job;

static bool matches(const sard_node *node, const sard_target *target, const char **why)
{
    (void)target;
    if (node->inputs[0]->dtype != SARD_F32)
        return false;
    *why = "too large for the library's int";
    for (int i = 0; i < 2; i++)
        if (node->inputs[0]->dims[i] > INT_MAX || node->inputs[1]->dims[i] > INT_MAX)
            return false;
    return true;
}

/* The product of columns first .. first+count-1. */
static void multiply(const job *j, int64_t first, int64_t count)
{
    const sard_blas *blas = sard_blas_loaded();
    const bool ta = j->attrs->transA, tb = j->attrs->transB;
    const int lda = (int)(ta ? j->m : j->k), ldb = (int)(tb ? j->k : j->n);
    const float *b = j->b + first * (tb ? j->k : 1);
    if (j->m != 1)
        sard_blas_multiply(ta, tb, j->m, count, j->k, j->attrs->alpha, j->a, lda, b, ldb, j->y + first, j->n);
    else if (tb)
        blas->sgemv(BLAS_ROW_MAJOR, BLAS_NO_TRANS, (int)count, (int)j->k, j->attrs->alpha, b, ldb, j->a, 1, 0, j->y + first, 1);
    else
        blas->sgemv(BLAS_ROW_MAJOR, BLAS_TRANS, (int)j->k, (int)count, j->attrs->alpha, b, ldb, j->a, 1, 0, j->y + first, 1);
}

static void work(void *arg, size_t i)
{
    const job *j = arg;
    const int64_t first = (int64_t)i * BLOCK, left = j->n - first, count = left < BLOCK ? left : BLOCK;
    if (j->k)
        multiply(j, first, count);
    for (int64_t row = 0; row < j->m; row++) {
        float *y = j->y + row * j->n + first;
        for (int64_t x = 0; !j->k && x < count; x++)
            y[x] = 0;
        for (int64_t x = 0; j->c && x < count; x++)
            y[x] += j->attrs->beta * j->c[row * j->c_row + (first + x) * j->c_column];
        sard_finish_pixel(&j->finish, first, y, count);
    }
}

static sard_status run(const sard_call *call)
{
    const sard_node *node = call->node;
    const sard_gemm_attrs *attrs = node->attrs;
    const sard_tensor *a = &call->inputs[0], *y = &call->outputs[0];
    job j = {.call = call,
             .attrs = attrs,
             .a = a->data,
             .b = call->inputs[1].data,
             .y = y->data,
             .m = y->dims[0],
             .n = y->dims[1],
             .k = a->dims[attrs->transA ? 0 : 1],
             .finish = sard_finish_make(call, node->own_count)};
    if (sard_has_input(node, 2)) {
        int64_t strides[SARD_MAX_RANK];
        sard_broadcast_strides(&call->inputs[2], 2, y->dims, strides);
        j.c = call->inputs[2].data;
        j.c_row = strides[0];
        j.c_column = strides[1];
    }
    if (j.m && j.n)
        sard_call_parallel(call, (size_t)((j.n + BLOCK - 1) / BLOCK), work, &j);
    return sard_finish_rest(&j.finish, call);
}

const sard_kernel sard_openblas_gemm = {
    .struct_size = sizeof(sard_kernel),
    .name = "gemm_sgemm",
    .op = "Gemm",
    .flags = SARD_KERNEL_UNALIGNED,
    .matches = matches,
    .run = run,
};
