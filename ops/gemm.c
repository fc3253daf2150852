/* Gemm: Y = alpha * A' B' + beta * C, where ' transposes if transA, transB ask for it
 *
 * in   A: M x K (or K x M), B: K x N (or N x K); C: optional, broadcast to M x N
 * out  Y: M x N
 *
 * Integers: exact modulo 2^64 as long as alpha and beta are integers, else through double. */
#include "ops/gemm.h"
#include "ops/lib/matrix.h"

#include <inttypes.h>

#define TYPES (SARD_SET_FLOAT | SARD_SET(I32) | SARD_SET(I64) | SARD_SET(U32) | SARD_SET(U64))

static const sard_attr_spec attrs[] = {SARD_FLOAT(sard_gemm_attrs, alpha, 1), SARD_FLOAT(sard_gemm_attrs, beta, 1),
                                       SARD_INT(sard_gemm_attrs, transA, 0), SARD_INT(sard_gemm_attrs, transB, 0), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("A", 'T', TYPES), SARD_PORT("B", 'T', TYPES), SARD_PORT_OPTIONAL("C", 'T', TYPES),
                                   SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("Y", 'T', TYPES), SARD_PORTS_END};

static sard_status check_addend(const sard_node *node, const sard_value *c, const int64_t dims[2], sard_error *error)
{
    if (c->rank > 2)
        return sard_node_fail(node, error, SARD_SHAPE, "C has rank %d, must have 2 at most", c->rank);
    for (int i = 0; i < c->rank; i++) {
        const int64_t have = c->dims[i], want = dims[2 - c->rank + i];
        if (have >= 0 && have != 1 && want >= 0 && have != want)
            return sard_node_fail(node, error, SARD_SHAPE, "C has size %" PRId64 " where the result has %" PRId64, have, want);
    }
    return SARD_OK;
}

static sard_status infer(sard_node *node, sard_error *error)
{
    const sard_gemm_attrs *a = node->attrs;
    const sard_value *left = node->inputs[0], *right = node->inputs[1];
    if (left->rank != 2 || right->rank != 2)
        return sard_node_fail(node, error, SARD_SHAPE, "A has rank %d, B has %d: both must be matrices", left->rank, right->rank);
    const int64_t k = left->dims[!a->transA], depth = right->dims[!!a->transB];
    const int64_t dims[2] = {left->dims[!!a->transA], right->dims[!a->transB]};
    if (k >= 0 && depth >= 0 && k != depth)
        return sard_node_fail(node, error, SARD_SHAPE, "'%.100s' has rows of %" PRId64 " elements, '%.100s' columns of %" PRId64,
                              left->name, k, right->name, depth);
    const sard_status status = sard_has_input(node, 2) ? check_addend(node, node->inputs[2], dims, error) : SARD_OK;
    return status ? status : sard_node_set_output(node, 0, left->dtype, 2, dims, error);
}

/* alpha * sums + beta * C */
typedef struct scale {
    double alpha, beta;
    const sard_tensor *c; /* NULL: none */
    int64_t row, column;  /* its strides */
} scale;

static void finish(const void *arg, int64_t row, int64_t column, double *sums, int64_t n)
{
    const scale *s = arg;
    for (int64_t i = 0; i < n; i++) {
        sums[i] *= s->alpha;
        if (s->c)
            sums[i] += s->beta * sard_get(s->c, (size_t)(row * s->row + (column + i) * s->column));
    }
}

static bool is_integer(double factor) { return factor >= INT32_MIN && factor <= INT32_MAX && factor == (double)(int64_t)factor; }

static void finish_int(const void *arg, int64_t row, int64_t column, int64_t *sums, int64_t n)
{
    const scale *s = arg;
    for (int64_t i = 0; i < n; i++) {
        const int64_t c = s->c ? sard_get_int(s->c, (size_t)(row * s->row + (column + i) * s->column)) : 0;
        if (is_integer(s->alpha) && is_integer(s->beta)) {
            sums[i] = (int64_t)((uint64_t)(int64_t)s->alpha * (uint64_t)sums[i] + (uint64_t)(int64_t)s->beta * (uint64_t)c);
            continue;
        }
        const double value = s->alpha * (double)sums[i] + s->beta * (double)c;
        sard_narrow(SARD_I64, &value, 1, &sums[i]);
    }
}

static sard_status eval(const sard_call *call)
{
    const sard_gemm_attrs *attr = call->attrs;
    const sard_tensor *a = &call->inputs[0], *b = &call->inputs[1], *y = &call->outputs[0];
    scale s = {.alpha = (double)attr->alpha, .beta = (double)attr->beta};
    if (call->input_count > 2 && call->inputs[2].dtype) {
        int64_t strides[2];
        s.c = &call->inputs[2];
        sard_broadcast_strides(s.c, 2, y->dims, strides);
        s.row = strides[0];
        s.column = strides[1];
    }
    const int64_t wide = a->dims[1], wide_b = b->dims[1];
    const sard_matrix_parts parts = {.matrix = {.a = a,
                                                .b = b,
                                                .m = y->dims[0],
                                                .n = y->dims[1],
                                                .k = a->dims[!attr->transA],
                                                .a_row = attr->transA ? 1 : wide,
                                                .a_column = attr->transA ? wide : 1,
                                                .b_row = attr->transB ? 1 : wide_b,
                                                .b_column = attr->transB ? wide_b : 1},
                                     .finish = s.c || s.alpha != 1 ? finish : NULL,
                                     .finish_int = s.c || s.alpha != 1 ? finish_int : NULL,
                                     .arg = &s};
    return sard_matrix_eval(call, &parts);
}

static double macs(const sard_node *node)
{
    const sard_gemm_attrs *a = node->attrs;
    const int64_t *left = node->inputs[0]->dims, *right = node->inputs[1]->dims;
    return sard_extent(left[0]) * sard_extent(left[1]) * sard_extent(right[!a->transB]);
}

const sard_op sard_op_gemm = {.struct_size = sizeof(sard_op),
                              .domain = "",
                              .name = "Gemm",
                              .since = 13,
                              .traits = SARD_MACS,
                              .inputs = inputs,
                              .outputs = outputs,
                              .attrs = attrs,
                              .attrs_size = sizeof(sard_gemm_attrs),
                              .infer = infer,
                              .eval = eval,
                              .macs = macs};
