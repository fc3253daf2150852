/* MatMul: a stack of products, broadcast as numpy does. */
#include "backends/openblas/finish.h"
#include "backends/openblas/kernels.h"

#include <limits.h>
#include <string.h>

/* Rows of a result that one piece of work makes. */
#define BLOCK 128

/* What a plan knows. */
typedef struct matmul {
    int64_t m, n, k, blocks, tasks;
    int rank; /* of the stack */
    int64_t dims[SARD_MAX_RANK], a_strides[SARD_MAX_RANK], b_strides[SARD_MAX_RANK];
    sard_finish_plan finish;
} matmul;

typedef struct job {
    const matmul *plan;
    const float *a, *b;
    float *y;
    sard_finish finish;
} job;

static bool matches(const sard_node *node, const sard_target *target, const char **why)
{
    (void)target;
    if (!sard_blas_is_float(node, 0))
        return false;
    *why = "a vector, or too large for the library's int";
    for (size_t i = 0; i < 2; i++) {
        const sard_value *value = sard_node_input(node, i);
        const int rank = sard_value_rank(value);
        if (rank < 2 || sard_value_dim(value, rank - 1) > INT_MAX || sard_value_dim(value, rank - 2) > INT_MAX)
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

static sard_status bind(sard_binding *binding, sard_error *error)
{
    const sard_tensor *a = &binding->inputs[0], *b = &binding->inputs[1], *y = &binding->outputs[0];
    matmul *m = sard_binding_alloc(binding, sizeof *m);
    if (!m)
        return sard_no_memory(error);
    m->m = y->dims[y->rank - 2];
    m->n = y->dims[y->rank - 1];
    m->k = a->dims[a->rank - 1];
    m->rank = y->rank - 2;
    m->finish = sard_finish_plan_of(binding, 0);
    m->blocks = (m->m + BLOCK - 1) / BLOCK;
    m->tasks = m->n ? m->blocks : 0;
    stack_strides(a, m->rank, y->dims, m->a_strides);
    stack_strides(b, m->rank, y->dims, m->b_strides);
    for (int i = 0; i < m->rank; i++)
        m->tasks *= m->dims[i] = y->dims[i];
    binding->state = m;
    return SARD_OK;
}

static void blas_matmul_work(void *arg, size_t i)
{
    const job *j = arg;
    const matmul *p = j->plan;
    const int64_t row = (int64_t)i % p->blocks * BLOCK, left = p->m - row, rows = left < BLOCK ? left : BLOCK;
    const int64_t matrix = (int64_t)i / p->blocks;
    int64_t a = row * p->k, b = 0;
    for (int64_t d = p->rank, rest = matrix; d-- > 0; rest /= p->dims[d]) {
        a += rest % p->dims[d] * p->a_strides[d];
        b += rest % p->dims[d] * p->b_strides[d];
    }
    float *y = j->y + (matrix * p->m + row) * p->n;
    const sard_blas *blas = sard_blas_loaded();
    if (!p->k)
        memset(y, 0, (size_t)(rows * p->n) * sizeof *y);
    else if (p->m == 1)
        blas->sgemv(BLAS_ROW_MAJOR, BLAS_TRANS, (int)p->k, (int)p->n, 1, j->b + b, (int)p->n, j->a + a, 1, 0, y, 1);
    else
        sard_blas_multiply(false, false, rows, p->n, p->k, 1, j->a + a, p->k, j->b + b, p->n, y, p->n);
    for (int64_t r = 0; r < rows; r++)
        sard_finish_pixel(&j->finish, 0, y + r * p->n, p->n);
}

static sard_status blas_matmul_run(const sard_call *call)
{
    const matmul *m = call->state;
    job j = {.plan = m, .a = call->inputs[0].data, .b = call->inputs[1].data, .y = call->outputs[0].data};
    j.finish = sard_finish_start(&m->finish, call);
    if (m->tasks)
        sard_call_parallel(call, (size_t)m->tasks, blas_matmul_work, &j);
    return sard_finish_rest(&m->finish, call);
}

const sard_kernel sard_openblas_matmul = {
    .struct_size = sizeof(sard_kernel),
    .name = "matmul_sgemm",
    .op = "MatMul",
    .flags = SARD_KERNEL_UNALIGNED,
    .matches = matches,
    .bind = bind,
    .run = blas_matmul_run,
};
