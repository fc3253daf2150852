/* Gemm: alpha * op(A) * op(B) + beta * C. One row, as in a classifier, is a matrix times a vector, which reads B once. */
#include "backends/openblas/finish.h"
#include "backends/openblas/kernels.h"

#include <limits.h>

/* Columns of the result that one piece of work makes. */
#define BLOCK 512

/* What a plan knows. */
typedef struct gemm {
    int64_t m, n, k;
    bool trans_a, trans_b, has_c;
    float alpha, beta;
    int64_t c_row, c_column; /* strides of C */
    sard_finish_plan finish;
} gemm;

typedef struct job {
    const gemm *plan;
    const float *a, *b;
    float *y;
    const sard_unaligned_float *c; /* NULL: none */
    sard_finish finish;
} job;

static bool matches(const sard_node *node, const sard_target *target, const char **why)
{
    (void)target;
    if (!sard_blas_is_float(node, 0))
        return false;
    *why = "too large for the library's int";
    for (size_t i = 0; i < 2; i++)
        for (int k = 0; k < 2; k++)
            if (sard_value_dim(sard_node_input(node, i), k) > INT_MAX)
                return false;
    return true;
}

static sard_status bind(sard_binding *binding, sard_error *error)
{
    const sard_node *node = binding->node;
    const sard_tensor *y = &binding->outputs[0];
    int64_t strides[SARD_MAX_RANK];
    gemm *g = sard_binding_alloc(binding, sizeof *g);
    if (!g)
        return sard_no_memory(error);
    *g = (gemm){.m = y->dims[0],
                .n = y->dims[1],
                .trans_a = sard_blas_attr(node, "transA", 0) != 0,
                .trans_b = sard_blas_attr(node, "transB", 0) != 0,
                .has_c = sard_node_input(node, 2) != NULL,
                .alpha = (float)sard_blas_attr(node, "alpha", 1),
                .beta = (float)sard_blas_attr(node, "beta", 1),
                .finish = sard_finish_plan_of(binding, 0)};
    g->k = binding->inputs[0].dims[g->trans_a ? 0 : 1];
    if (g->has_c) {
        sard_broadcast_strides(&binding->inputs[2], 2, y->dims, strides);
        g->c_row = strides[0];
        g->c_column = strides[1];
    }
    binding->state = g;
    return SARD_OK;
}

/* The product of columns first .. first+count-1. */
static void multiply(const job *j, int64_t first, int64_t count)
{
    const gemm *g = j->plan;
    const sard_blas *blas = sard_blas_loaded();
    const int lda = (int)(g->trans_a ? g->m : g->k), ldb = (int)(g->trans_b ? g->k : g->n);
    const float *b = j->b + first * (g->trans_b ? g->k : 1);
    if (g->m != 1)
        sard_blas_multiply(g->trans_a, g->trans_b, g->m, count, g->k, g->alpha, j->a, lda, b, ldb, j->y + first, g->n);
    else if (g->trans_b)
        blas->sgemv(BLAS_ROW_MAJOR, BLAS_NO_TRANS, (int)count, (int)g->k, g->alpha, b, ldb, j->a, 1, 0, j->y + first, 1);
    else
        blas->sgemv(BLAS_ROW_MAJOR, BLAS_TRANS, (int)g->k, (int)count, g->alpha, b, ldb, j->a, 1, 0, j->y + first, 1);
}

static void blas_gemm_work(void *arg, size_t i)
{
    const job *j = arg;
    const gemm *g = j->plan;
    const int64_t first = (int64_t)i * BLOCK, left = g->n - first, count = left < BLOCK ? left : BLOCK;
    if (g->k)
        multiply(j, first, count);
    for (int64_t row = 0; row < g->m; row++) {
        float *y = j->y + row * g->n + first;
        for (int64_t x = 0; !g->k && x < count; x++)
            y[x] = 0;
        for (int64_t x = 0; j->c && x < count; x++)
            y[x] += g->beta * j->c[row * g->c_row + (first + x) * g->c_column];
        sard_finish_pixel(&j->finish, first, y, count);
    }
}

static sard_status blas_gemm_run(const sard_call *call)
{
    const gemm *g = call->state;
    job j = {.plan = g, .a = call->inputs[0].data, .b = call->inputs[1].data, .y = call->outputs[0].data};
    j.c = g->has_c ? call->inputs[2].data : NULL;
    j.finish = sard_finish_start(&g->finish, call);
    if (g->m && g->n)
        sard_call_parallel(call, (size_t)((g->n + BLOCK - 1) / BLOCK), blas_gemm_work, &j);
    return sard_finish_rest(&g->finish, call);
}

const sard_kernel sard_openblas_gemm = {
    .struct_size = sizeof(sard_kernel),
    .name = "gemm_sgemm",
    .op = "Gemm",
    .flags = SARD_KERNEL_UNALIGNED,
    .matches = matches,
    .bind = bind,
    .run = blas_gemm_run,
};
