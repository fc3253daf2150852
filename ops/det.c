/* Det: determinants of square matrices, by elimination with the largest pivot
 *
 * in   X: ..., M, M
 * out  Y: ...; 1 for M = 0 */
#include "ops/lib/util.h"

#include <inttypes.h>
#include <math.h>

static const sard_port inputs[] = {SARD_PORT("X", 'T', SARD_SET_FLOAT), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("Y", 'T', SARD_SET_FLOAT), SARD_PORTS_END};

static sard_status infer(sard_node *node, sard_error *error)
{
    const sard_value *x = node->inputs[0];
    if (x->rank < 2)
        return sard_node_fail(node, error, SARD_SHAPE, "X has rank %d, must be 2 or more", x->rank);
    const int64_t rows = x->dims[x->rank - 2], columns = x->dims[x->rank - 1];
    if (rows >= 0 && columns >= 0 && rows != columns)
        return sard_node_fail(node, error, SARD_SHAPE, "matrices are %" PRId64 " x %" PRId64 ", must be square", rows, columns);
    return sard_node_set_output(node, 0, x->dtype, x->rank - 2, x->dims, error);
}

static void swap_rows(double *a, double *b, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        const double kept = a[i];
        a[i] = b[i];
        b[i] = kept;
    }
}

/* m is used up. */
static double determinant(double *m, int64_t n)
{
    double product = 1;
    for (int64_t k = 0; k < n; k++) {
        int64_t best = k;
        for (int64_t i = k + 1; i < n; i++)
            best = fabs(m[i * n + k]) > fabs(m[best * n + k]) ? i : best;
        if (best != k) {
            swap_rows(m + best * n, m + k * n, n);
            product = -product;
        }
        product *= m[k * n + k];
        if (m[k * n + k] == 0)
            return 0;
        for (int64_t i = k + 1; i < n; i++) {
            const double factor = m[i * n + k] / m[k * n + k];
            for (int64_t c = k + 1; c < n; c++)
                m[i * n + c] -= factor * m[k * n + c];
        }
    }
    return product;
}

static sard_status eval(const sard_call *call)
{
    const sard_tensor *x = &call->inputs[0];
    const int64_t n = x->dims[x->rank - 1];
    const size_t count = sard_tensor_count(&call->outputs[0]), size = (size_t)(n * n);
    double *matrix = sard_call_alloc(call, size * sizeof *matrix);
    if (!matrix)
        return sard_call_fail(call, SARD_NOMEM, "no memory for a matrix of %" PRId64 " rows", n);
    for (size_t i = 0; i < count; i++) {
        sard_widen(x->dtype, (const char *)x->data + i * size * sard_dtype_size(x->dtype), size, matrix);
        sard_set(&call->outputs[0], i, determinant(matrix, n));
    }
    return SARD_OK;
}

static double work(const sard_node *node)
{
    const sard_value *x = node->inputs[0];
    return sard_value_elements(x) * (x->rank > 0 ? sard_extent(x->dims[x->rank - 1]) : 1);
}

const sard_op sard_op_det = {.struct_size = sizeof(sard_op),
                             .domain = "",
                             .name = "Det",
                             .since = 22,
                             .inputs = inputs,
                             .outputs = outputs,
                             .infer = infer,
                             .eval = eval,
                             .work = work};
