/* MatMul: a stack of products, broadcast as numpy does. */
#include "backends/openblas/finish.h"
#include "backends/openblas/kernels.h"
#include "ops/lib/util.h"

#include <limits.h>
#include <string.h>

/* Rows of a result that one piece of work makes. */
#define BLOCK 128

typedef struct job {
    const float *a, *b;
    float *y;
    int64_t m, n, k, blocks;
    int rank; /* of the stack */
    const int64_t *dims;
    int64_t a_strides[SARD_MAX_RANK], b_strides[SARD_MAX_RANK];
    sard_finish finish;
} job;

static bool matches(const sard_node *node, const sard_target *target, const char **why)
{
    (void)target;
    if (node->inputs[0]->dtype != SARD_F32)
        return false;
    *why = "a vector, or too large for the library's int";
    for (int i = 0; i < 2; i++) {
        const sard_value *value = node->inputs[i];
        if (value->rank < 2 || value->dims[value->rank - 1] > INT_MAX || value->dims[value->rank - 2] > INT_MAX)
            return false;
    }
    return true;
}

/* Strides of the stack of an operand, in elements; those broadcast are 0. */
static void stack_strides(const sard_tensor *tensor, int rank, const int64_t *dims, int64_t *strides)
{
    sard_tensor stack = *tensor;
    stack.rank -= 2;
    sard_broadcast_strides(&stack, rank, dims, strides);
    const int64_t matrix = tensor->dims[tensor->rank - 1] * tensor->dims[tensor->rank - 2];
    for (int i = 0; i < rank; i++)
        strides[i] *= matrix;
}

static void work(void *arg, size_t i)
{
    const job *j = arg;
    const int64_t row = (int64_t)i % j->blocks * BLOCK, left = j->m - row, rows = left < BLOCK ? left : BLOCK;
    const int64_t matrix = (int64_t)i / j->blocks;
    int64_t a = row * j->k, b = 0;
    for (int64_t d = j->rank, rest = matrix; d-- > 0; rest /= j->dims[d]) {
        a += rest % j->dims[d] * j->a_strides[d];
        b += rest % j->dims[d] * j->b_strides[d];
    }
    float *y = j->y + (matrix * j->m + row) * j->n;
    const sard_blas *blas = sard_blas_loaded();
    if (!j->k)
        memset(y, 0, (size_t)(rows * j->n) * sizeof *y);
    else if (j->m == 1)
        blas->sgemv(BLAS_ROW_MAJOR, BLAS_TRANS, (int)j->k, (int)j->n, 1, j->b + b, (int)j->n, j->a + a, 1, 0, y, 1);
    else
        sard_blas_multiply(false, false, rows, j->n, j->k, 1, j->a + a, j->k, j->b + b, j->n, y, j->n);
    for (int64_t r = 0; r < rows; r++)
        sard_finish_pixel(&j->finish, 0, y + r * j->n, j->n);
}

static sard_status run(const sard_call *call)
{
    const sard_tensor *a = &call->inputs[0], *b = &call->inputs[1], *y = &call->outputs[0];
    job j = {.a = a->data,
             .b = b->data,
             .y = y->data,
             .m = y->dims[y->rank - 2],
             .n = y->dims[y->rank - 1],
             .k = a->dims[a->rank - 1],
             .rank = y->rank - 2,
             .dims = y->dims,
             .finish = sard_finish_make(call, call->node->own_count)};
    int64_t count = 1;
    stack_strides(a, j.rank, y->dims, j.a_strides);
    stack_strides(b, j.rank, y->dims, j.b_strides);
    for (int i = 0; i < j.rank; i++)
        count *= y->dims[i];
    j.blocks = (j.m + BLOCK - 1) / BLOCK;
    if (j.n)
        sard_call_parallel(call, (size_t)(count * j.blocks), work, &j);
    return sard_finish_rest(&j.finish, call);
}

const sard_kernel sard_openblas_matmul = {
    .struct_size = sizeof(sard_kernel),
    .name = "matmul_sgemm",
    .op = "MatMul",
    .flags = SARD_KERNEL_UNALIGNED,
    .matches = matches,
    .run = run,
};
