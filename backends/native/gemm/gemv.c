/* Gemm and MatMul of a few rows: a classifier's last layer; and a Conv of one pixel: squeeze and excite. The matrix is read where it lies, in the mapped file. Each row is a product
 * of its own, so that its sums do not depend on how many there are; all rows use a piece of the matrix while it is in the cache. */
#include "backends/native/gemm/product.h"
#include "backends/native/kernels.h"
#include "ops/conv.h"
#include "ops/ops.h"

#include <string.h>

enum {
    PIECE = 128,          /* most results of a task */
    LEAST_MACS = 1 << 16, /* of a task */
};

/* What a plan knows. */
typedef struct gemv {
    sard_product_shape shape;
    sard_post post;
    const sard_tier *tier;
    int64_t x_row, y_row;
    int64_t piece; /* results of a task: whole groups of eight, which are summed together */
} gemv;

/* A picture is a row, whatever their number, so that the choice does not depend on it. */
static bool conv_shape_of(const sard_node *node, sard_product_shape *p, const char **why)
{
    const sard_value *x = node->inputs[0], *w = node->inputs[1];
    *why = "native kernels are channels-last, float32";
    if (node->layout != SARD_NHWC || x->dtype != SARD_F32)
        return false;
    *why = "not one pixel";
    for (int i = 1; i < x->rank - 1; i++)
        if (x->dims[i] != 1 || w->dims[i + 1] != 1 || node->outputs[0]->dims[i] != 1)
            return false;
    *why = "not constant, or groups";
    if (((const sard_conv_attrs *)node->attrs)->group != 1 || !w->constant || (sard_has_input(node, 2) && !node->inputs[2]->constant))
        return false;
    *p = (sard_product_shape){.m = x->dims[0], .n = w->dims[0], .k = w->dims[1], .b_row = 1, .b_column = w->dims[1]};
    p->factor = p->c_factor = 1;
    p->has_c = sard_has_input(node, 2);
    p->c_step = 1;
    *why = "an epilogue of other functions";
    return sard_post_takes(node);
}

static bool is_conv(const sard_node *node) { return sard_is(node, SARD_OP_conv); }

static bool shape_of(const sard_node *node, const sard_tensor *a, const sard_tensor *b, sard_product_shape *p, const char **why)
{
    return is_conv(node) ? conv_shape_of(node, p, why) : sard_product_shape_of(node, a, b, p, why);
}

static bool matches(const sard_node *node, const sard_target *target, const char **why)
{
    sard_product_shape p;
    (void)target;
    if (!shape_of(node, NULL, NULL, &p, why))
        return false;
    *why = "more than a few rows";
    return is_conv(node) || sard_product_has_few_rows(node, &p);
}

/* At 20 GB/s. */
static double cost(const sard_node *node, const sard_target *target)
{
    sard_product_shape p;
    const char *why;
    (void)target;
    if (!shape_of(node, NULL, NULL, &p, &why))
        return 0;
    const double rows = is_conv(node) ? 1 : (double)(p.m + 3) / 4;
    return (double)p.k * (double)p.n * rows * sizeof(float) / 20;
}

typedef struct job {
    const gemv *plan;
    const float *x, *w;
    const char *c; /* any address */
    float *y;
    const sard_tensor *inputs;
} job;

/* y = factor * y + c. */
static void scale(const job *j, int64_t first, int64_t count, float *y)
{
    const sard_product_shape *p = &j->plan->shape;
    for (int64_t c = 0; c < count && (p->factor != 1 || j->c); c++) {
        float term = 0;
        if (j->c)
            memcpy(&term, j->c + (first + c) * p->c_step * (int64_t)sizeof term, sizeof term);
        y[c] = p->factor * y[c] + p->c_factor * term;
    }
}

/* In the slices of the tiles that many rows take: a row of a large batch gets the same bits, unless a factor went into its panels. */
static void multiply_columns(const job *j, const float *x, int64_t first, int64_t count, float *y)
{
    const gemv *g = j->plan;
    const sard_product_shape *p = &g->shape;
    const int64_t slice = p->factor == 1 ? sard_product_slice(p->k, g->tier->lanes) : p->k;
    const float *w = j->w + first;
    float part[PIECE];
    g->tier->gemm.vector_times_columns(x, w, p->b_row, slice < p->k ? slice : p->k, count, y);
    scale(j, first, count, y);
    for (int64_t step = slice; step < p->k; step += slice) {
        g->tier->gemm.vector_times_columns(x + step, w + step * p->b_row, p->b_row, p->k - step < slice ? p->k - step : slice, count, part);
        for (int64_t c = 0; c < count; c++)
            y[c] += part[c];
    }
}

/* Results first .. first+count-1 of one row. */
static void multiply(const job *j, int64_t row, int64_t first, int64_t count)
{
    const gemv *g = j->plan;
    const sard_product_shape *p = &g->shape;
    const float *x = j->x + row * g->x_row;
    float *y = j->y + row * g->y_row + first;
    if (p->b_row == 1) {
        g->tier->gemm.rows_times_vector(x, j->w + first * p->b_column, p->b_column, p->k, count, y);
        scale(j, first, count, y);
    } else {
        multiply_columns(j, x, first, count, y);
    }
    sard_post_apply(&g->post, j->inputs, y, g->y_row, row, 1, first, count);
}

static void work(void *arg, size_t i)
{
    const job *j = arg;
    const gemv *g = j->plan;
    const int64_t first = (int64_t)i * g->piece, left = g->shape.n - first, count = left < g->piece ? left : g->piece;
    for (int64_t row = 0; row < g->shape.m; row++)
        multiply(j, row, first, count);
}

static sard_status bind(sard_binding *binding, sard_error *error)
{
    const char *why;
    gemv *g = sard_binding_alloc(binding, sizeof *g);
    if (!g)
        return sard_no_memory(error);
    if (!shape_of(binding->node, &binding->inputs[0], &binding->inputs[1], &g->shape, &why))
        return sard_node_fail(binding->node, error, SARD_UNSUPPORTED, "%s", why);
    g->tier = sard_tier_of(binding->target);
    g->x_row = sard_row_of(&binding->inputs[0]);
    g->y_row = sard_row_of(&binding->outputs[0]);
    g->post = sard_post_steps(binding->node, binding->inputs, binding->target);
    const int64_t least = LEAST_MACS / (g->shape.k * g->shape.m + 1) / 8 * 8 + 8;
    g->piece = least < PIECE ? least : PIECE;
    binding->state = g;
    return SARD_OK;
}

static sard_status run(const sard_call *call)
{
    const gemv *g = call->state;
    job j = {.plan = g, .x = call->inputs[0].data, .w = call->inputs[1].data, .y = call->outputs[0].data, .inputs = call->inputs};
    j.c = g->shape.has_c ? call->inputs[2].data : NULL;
    sard_call_parallel(call, (size_t)((g->shape.n + g->piece - 1) / g->piece), work, &j);
    return SARD_OK;
}

#define GEMV(row, op_)                                        \
    const sard_kernel sard_native_##row = {                   \
        .struct_size = sizeof(sard_kernel),                   \
        .name = #row,                                         \
        .op = op_,                                            \
        .flags = SARD_KERNEL_UNALIGNED | SARD_KERNEL_STRIDED, \
        .matches = matches,                                   \
        .cost = cost,                                         \
        .bind = bind,                                         \
        .run = run,                                           \
    };

GEMV(conv_row, "Conv")
GEMV(gemv, "Gemm")
GEMV(matmul_row, "MatMul")
