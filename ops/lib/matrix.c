/* Products of matrices: a piece of a row of the result at a time. */
#include "ops/lib/matrix.h"
#include "ops/lib/line.h"
#include "ops/lib/product.h"

#include <inttypes.h>

/* ---- shapes ---- */

/* Strides of the batch dimensions of `t` within the broadcast ones; 0 where it is broadcast. */
static void batch_strides(const sard_tensor *t, int rank, const int64_t *dims, int64_t *strides)
{
    int64_t own[SARD_MAX_RANK];
    sard_strides(t->dims, t->rank, own);
    for (int i = 0; i < rank; i++) {
        const int k = i - rank + t->rank - 2;
        strides[i] = k < 0 || (t->dims[k] == 1 && dims[i] != 1) ? 0 : own[k];
    }
}

sard_matrix sard_matrix_of(const sard_tensor *a, const sard_tensor *b)
{
    const bool row = a->rank == 1, column = b->rank == 1;
    sard_matrix x = {.a = a,
                     .b = b,
                     .m = row ? 1 : a->dims[a->rank - 2],
                     .n = column ? 1 : b->dims[b->rank - 1],
                     .k = a->dims[a->rank - 1],
                     .a_row = a->dims[a->rank - 1],
                     .a_column = 1,
                     .b_row = column ? 1 : b->dims[b->rank - 1],
                     .b_column = 1};
    x.rank = (a->rank > b->rank ? a->rank : b->rank) - 2;
    x.rank = x.rank < 0 ? 0 : x.rank;
    for (int i = 0; i < x.rank; i++) {
        const int from_a = i - x.rank + a->rank - 2, from_b = i - x.rank + b->rank - 2;
        x.dims[i] = from_a >= 0 ? a->dims[from_a] : 1;
        if (from_b >= 0 && x.dims[i] == 1)
            x.dims[i] = b->dims[from_b];
    }
    batch_strides(a, x.rank, x.dims, x.a_batch);
    batch_strides(b, x.rank, x.dims, x.b_batch);
    return x;
}

/* Two sizes that meet: as numpy broadcasts; unknown where not enough is known. */
static bool meet(int64_t a, int64_t b, int64_t *out)
{
    if (a >= 0 && b >= 0 && a != b && a != 1 && b != 1)
        return false;
    *out = a == b || b == 1 ? a : a == 1 ? b : a > 1 ? a : b > 1 ? b : SARD_UNKNOWN_DIM;
    return true;
}

static sard_status batch_dims(const sard_node *node, const sard_value *a, const sard_value *b, int rank, int64_t *dims, sard_error *error)
{
    for (int i = 0; i < rank; i++) {
        const int from_a = i - rank + a->rank - 2, from_b = i - rank + b->rank - 2;
        const int64_t x = from_a >= 0 ? a->dims[from_a] : 1, y = from_b >= 0 ? b->dims[from_b] : 1;
        if (!meet(x, y, &dims[i]))
            return sard_node_fail(node, error, SARD_SHAPE, "batch sizes %" PRId64 " and %" PRId64 " cannot be broadcast", x, y);
    }
    return SARD_OK;
}

sard_status sard_matrix_infer(sard_node *node, size_t a_at, size_t b_at, sard_dtype dtype, sard_error *error)
{
    const sard_value *a = node->inputs[a_at], *b = node->inputs[b_at];
    int64_t dims[SARD_MAX_RANK];
    if (a->rank < 1 || b->rank < 1)
        return sard_node_fail(node, error, SARD_SHAPE, "a scalar cannot be a factor");
    const int64_t left = a->dims[a->rank - 1], right = b->dims[b->rank == 1 ? 0 : b->rank - 2];
    if (left >= 0 && right >= 0 && left != right)
        return sard_node_fail(node, error, SARD_SHAPE, "'%.100s' has rows of %" PRId64 " elements, '%.100s' columns of %" PRId64, a->name,
                              left, b->name, right);
    int rank = (a->rank > b->rank ? a->rank : b->rank) - 2;
    rank = rank < 0 ? 0 : rank;
    const sard_status status = batch_dims(node, a, b, rank, dims, error);
    if (status)
        return status;
    if (a->rank > 1)
        dims[rank++] = a->dims[a->rank - 2];
    if (b->rank > 1)
        dims[rank++] = b->dims[b->rank - 1];
    return sard_node_set_output(node, 0, dtype, rank, dims, error);
}

double sard_matrix_macs(const sard_value *y, const sard_value *a)
{
    double count = sard_extent(a->dims[a->rank - 1]);
    for (int i = 0; i < y->rank; i++)
        count *= sard_extent(y->dims[i]);
    return count;
}

/* ---- evaluation ---- */

typedef struct job {
    const sard_matrix_parts *parts;
    const sard_matrix *x;
    sard_product_function *product;
    sard_product_int_function *product_int;
    int64_t pieces, width; /* of a row */
    size_t a_size, b_size;
    sard_dtype dtype;
    void *out;
} job;

static int64_t zero_at(const sard_tensor *zeros, int64_t i)
{
    return zeros ? sard_get_int(zeros, sard_tensor_count(zeros) > 1 ? (size_t)i : 0) : 0;
}

/* Factors of a piece of a row; their offsets follow from the index of the matrix in the batch. */
static sard_product factors(const job *j, int64_t batch, int64_t row, int64_t column)
{
    const sard_matrix *x = j->x;
    int64_t a = row * x->a_row, b = column * x->b_column;
    for (int i = x->rank - 1; i >= 0; i--) {
        a += batch % x->dims[i] * x->a_batch[i];
        b += batch % x->dims[i] * x->b_batch[i];
        batch /= x->dims[i];
    }
    return (sard_product){.v = (const char *)x->a->data + a * (int64_t)j->a_size,
                          .step = x->a_column,
                          .m = (const char *)x->b->data + b * (int64_t)j->b_size,
                          .row = x->b_row,
                          .column = x->b_column,
                          .depth = x->k,
                          .v_zero = zero_at(j->parts->a_zeros, row)};
}

/* sum (a - a0)(b - b0) = sum (a - a0) b - b0 sum (a - a0), and every term is an integer that a double holds. */
static void subtract_zeros(const job *j, const sard_product *p, int64_t column, double *sums, int64_t n)
{
    int64_t total = 0;
    for (int64_t k = 0; k < p->depth; k++) {
        int64_t a;
        sard_widen_int(j->x->a->dtype, (const char *)p->v + k * p->step * (int64_t)j->a_size, 1, &a);
        total += a - p->v_zero;
    }
    for (int64_t i = 0; i < n; i++)
        sums[i] -= (double)zero_at(j->parts->b_zeros, column + i) * (double)total;
}

static void multiply_piece(void *arg, size_t index)
{
    const job *j = arg;
    const sard_matrix *x = j->x;
    const int64_t line = (int64_t)index / j->pieces, column = (int64_t)index % j->pieces * j->width, row = line % x->m;
    const int64_t n = x->n - column < j->width ? x->n - column : j->width;
    const sard_product p = factors(j, line / x->m, row, column);
    if (j->product_int) {
        int64_t sums[SARD_LINE] = {0};
        j->product_int(&p, n, sums);
        if (j->parts->finish_int)
            j->parts->finish_int(j->parts->arg, row, column, sums, n);
        sard_narrow_int(j->dtype, sums, (size_t)n, (char *)j->out + (line * x->n + column) * (int64_t)sard_dtype_size(j->dtype));
        return;
    }
    double sums[SARD_LINE] = {0};
    j->product(&p, n, sums);
    if (j->parts->b_zeros)
        subtract_zeros(j, &p, column, sums, n);
    if (j->parts->finish)
        j->parts->finish(j->parts->arg, row, column, sums, n);
    sard_line_write(j->dtype, j->out, line * x->n + column, 1, n, sums);
}

sard_status sard_matrix_eval(const sard_call *call, const sard_matrix_parts *parts)
{
    const sard_matrix *x = &parts->matrix;
    const sard_tensor *out = &call->outputs[0];
    job j = {.parts = parts,
             .x = x,
             .product = sard_product_of(x->a->dtype, x->b->dtype),
             .product_int = sard_product_int_of(x->a->dtype),
             .width = x->b_column == 1 ? SARD_LINE : 64,
             .a_size = sard_dtype_size(x->a->dtype),
             .b_size = sard_dtype_size(x->b->dtype),
             .dtype = out->dtype,
             .out = out->data};
    if (!sard_tensor_count(out))
        return SARD_OK;
    j.pieces = (x->n + j.width - 1) / j.width;
    sard_call_parallel(call, (size_t)((int64_t)sard_tensor_count(out) / x->n * j.pieces), multiply_piece, &j);
    return SARD_OK;
}
