/* Gemm and MatMul of a few rows: a classifier's last layer. The matrix is read where it lies, in the mapped file. Each row is a product
 * of its own, so that its sums do not depend on how many there are; all rows use a piece of the matrix while it is in the cache. */
#include "backends/native/kernels.h"
#include "backends/native/product.h"

#include <string.h>

enum { PIECE = 128 }; /* results of a task */

typedef struct job {
    sard_product_shape shape;
    sard_post post;
    const sard_tier *tier;
    const float *x, *w;
    const char *c; /* any address */
    float *y;
    int64_t x_row, y_row;
} job;

static bool matches(const sard_node *node, const sard_target *target, const char **why)
{
    sard_product_shape p;
    (void)target;
    if (!sard_product_shape_of(node, NULL, NULL, &p, why))
        return false;
    *why = "more than a few rows";
    return p.m <= SARD_FEW_ROWS && !p.rank;
}

/* At 20 GB/s. */
static double cost(const sard_node *node, const sard_target *target)
{
    sard_product_shape p;
    const char *why;
    (void)target;
    return sard_product_shape_of(node, NULL, NULL, &p, &why) ? (double)p.k * (double)p.n * (double)(p.m + 3) / 4 * sizeof(float) / 20 : 0;
}

/* Results first .. first+count-1 of one row. */
static void multiply(const job *j, int64_t row, int64_t first, int64_t count)
{
    const sard_product_shape *p = &j->shape;
    const float *x = j->x + row * j->x_row;
    float *y = j->y + row * j->y_row + first;
    if (p->b_row == 1)
        j->tier->rows_times_vector(x, j->w + first * p->b_column, p->b_column, p->k, count, y);
    else
        j->tier->vector_times_columns(x, j->w + first, p->b_row, p->k, count, y);
    for (int64_t c = 0; c < count && (p->factor != 1 || j->c); c++) {
        float term = 0;
        if (j->c)
            memcpy(&term, j->c + (first + c) * p->c_step * (int64_t)sizeof term, sizeof term);
        y[c] = p->factor * y[c] + p->c_factor * term;
    }
    sard_post_apply(&j->post, y, j->y_row, row, 1, first, count);
}

static void work(void *arg, size_t i)
{
    const job *j = arg;
    const int64_t first = (int64_t)i * PIECE, left = j->shape.n - first, count = left < PIECE ? left : PIECE;
    for (int64_t row = 0; row < j->shape.m; row++)
        multiply(j, row, first, count);
}

static int64_t row_of(const sard_tensor *tensor) { return tensor->ld ? tensor->ld : tensor->dims[tensor->rank - 1]; }

static sard_status run(const sard_call *call)
{
    job j = {.tier = sard_tier_of(call->target), .x = call->inputs[0].data, .w = call->inputs[1].data, .y = call->outputs[0].data};
    const char *why;
    if (!sard_product_shape_of(call->node, &call->inputs[0], &call->inputs[1], &j.shape, &why))
        return sard_call_fail(call, SARD_UNSUPPORTED, "%s", why);
    j.x_row = row_of(&call->inputs[0]);
    j.y_row = row_of(&call->outputs[0]);
    j.c = j.shape.has_c ? call->inputs[2].data : NULL;
    j.post = sard_post_steps(call);
    j.post.applied = true;
    sard_call_parallel(call, (size_t)((j.shape.n + PIECE - 1) / PIECE), work, &j);
    return sard_post_rest(&j.post, call);
}

#define GEMV(row, op_)                                        \
    const sard_kernel sard_native_##row = {                   \
        .struct_size = sizeof(sard_kernel),                   \
        .name = #row,                                         \
        .op = op_,                                            \
        .flags = SARD_KERNEL_UNALIGNED | SARD_KERNEL_STRIDED, \
        .matches = matches,                                   \
        .cost = cost,                                         \
        .run = run,                                           \
    };

GEMV(gemv, "Gemm")
GEMV(matmul_row, "MatMul")
