/* MatMulInteger, QLinearMatMul: MatMul of 8-bit integers from which zero points are taken first
 *
 * MatMulInteger  in A, B, a_zero_point, b_zero_point; out Y: int32, modulo 2^32
 * QLinearMatMul  in a, a_scale, a_zero_point, b, b_scale, b_zero_point, y_scale, y_zero_point
 *                out y = saturate(round(sum * a_scale * b_scale / y_scale) + y_zero_point), half to even
 *
 * Zero points and scales: one; or of a one for each row, of b one for each column. */
#include "ops/lib/matrix.h"
#include "ops/lib/requantize.h"

#include <inttypes.h>

#define BYTES (SARD_SET(I8) | SARD_SET(U8))

static bool given(const sard_call *call, size_t i) { return call->input_count > i && call->inputs[i].dtype; }

/* Input i: one element, or a vector with one for each of `size` rows or columns. */
static sard_status check_vector(const sard_node *node, size_t i, int64_t size, const char *what, sard_error *error)
{
    const sard_value *v = sard_has_input(node, i) ? node->inputs[i] : NULL;
    if (v && v->rank > 1)
        return sard_node_fail(node, error, SARD_UNSUPPORTED, "%s of rank %d is not supported", what, v->rank);
    if (v && v->rank == 1 && v->dims[0] >= 0 && v->dims[0] != 1 && size >= 0 && v->dims[0] != size)
        return sard_node_fail(node, error, SARD_SHAPE, "%s has %" PRId64 " elements, must have 1 or %" PRId64, what, v->dims[0], size);
    return SARD_OK;
}

static int64_t rows_of(const sard_value *a) { return a->rank > 1 ? a->dims[a->rank - 2] : 1; }
static int64_t columns_of(const sard_value *b) { return b->rank > 1 ? b->dims[b->rank - 1] : 1; }

static double macs(const sard_node *node) { return node->outputs[0] ? sard_matrix_macs(node->outputs[0], node->inputs[0]) : 0; }

/* ---- MatMulInteger ---- */

static const sard_port integer_inputs[] = {SARD_PORT("A", '1', BYTES), SARD_PORT("B", '2', BYTES),
                                           SARD_PORT_OPTIONAL("a_zero_point", '1', BYTES), SARD_PORT_OPTIONAL("b_zero_point", '2', BYTES),
                                           SARD_PORTS_END};
static const sard_port integer_outputs[] = {SARD_PORT("Y", '3', SARD_SET(I32)), SARD_PORTS_END};

static sard_status infer_integer(sard_node *node, sard_error *error)
{
    sard_status status = sard_matrix_infer(node, 0, 1, SARD_I32, error);
    if (!status)
        status = check_vector(node, 2, rows_of(node->inputs[0]), "a_zero_point", error);
    return status ? status : check_vector(node, 3, columns_of(node->inputs[1]), "b_zero_point", error);
}

static void wrap(const void *arg, int64_t row, int64_t column, double *sums, int64_t n)
{
    (void)arg, (void)row, (void)column;
    for (int64_t i = 0; i < n; i++)
        sums[i] = (double)(int32_t)(int64_t)sums[i];
}

static sard_status eval_integer(const sard_call *call)
{
    const sard_matrix_parts parts = {.matrix = sard_matrix_of(&call->inputs[0], &call->inputs[1]),
                                     .a_zeros = given(call, 2) ? &call->inputs[2] : NULL,
                                     .b_zeros = given(call, 3) ? &call->inputs[3] : NULL,
                                     .finish = wrap};
    return sard_matrix_eval(call, &parts);
}

const sard_op sard_op_matmul_integer = {.struct_size = sizeof(sard_op),
                                        .domain = "",
                                        .name = "MatMulInteger",
                                        .since = 10,
                                        .traits = SARD_MACS,
                                        .inputs = integer_inputs,
                                        .outputs = integer_outputs,
                                        .infer = infer_integer,
                                        .eval = eval_integer,
                                        .macs = macs};

/* ---- QLinearMatMul ---- */

enum { A, A_SCALE, A_ZERO, B, B_SCALE, B_ZERO, Y_SCALE, Y_ZERO };

#define SCALES (SARD_SET(F32) | SARD_SET(F16) | SARD_SET(BF16))

static const sard_port qlinear_inputs[] = {
    SARD_PORT("a", '1', BYTES),        SARD_PORT("a_scale", 'S', SCALES),     SARD_PORT("a_zero_point", '1', BYTES),
    SARD_PORT("b", '2', BYTES),        SARD_PORT("b_scale", 'S', SCALES),     SARD_PORT("b_zero_point", '2', BYTES),
    SARD_PORT("y_scale", 'S', SCALES), SARD_PORT("y_zero_point", '3', BYTES), SARD_PORTS_END};
static const sard_port qlinear_outputs[] = {SARD_PORT("y", '3', BYTES), SARD_PORTS_END};

static sard_status infer_qlinear(sard_node *node, sard_error *error)
{
    sard_status status = sard_matrix_infer(node, A, B, node->inputs[Y_ZERO]->dtype, error);
    for (size_t i = A_SCALE; !status && i <= Y_ZERO; i++) {
        const int64_t size = i <= A_ZERO ? rows_of(node->inputs[A]) : i <= B_ZERO ? columns_of(node->inputs[B]) : 1;
        if (i != B)
            status = check_vector(node, i, size, qlinear_inputs[i].name, error);
    }
    return status;
}

static void requantize(const void *arg, int64_t row, int64_t column, double *sums, int64_t n)
{
    const sard_tensor *in = arg;
    const float a = sard_scale_at(&in[A_SCALE], row), y = sard_scale_at(&in[Y_SCALE], 0);
    const int64_t zero = sard_get_int(&in[Y_ZERO], 0);
    for (int64_t i = 0; i < n; i++)
        sums[i] = sard_requantize(sums[i], a, sard_scale_at(&in[B_SCALE], column + i), y, zero);
}

static sard_status eval_qlinear(const sard_call *call)
{
    const sard_matrix_parts parts = {.matrix = sard_matrix_of(&call->inputs[A], &call->inputs[B]),
                                     .a_zeros = &call->inputs[A_ZERO],
                                     .b_zeros = &call->inputs[B_ZERO],
                                     .finish = requantize,
                                     .arg = call->inputs};
    return sard_matrix_eval(call, &parts);
}

const sard_op sard_op_qlinear_matmul = {.struct_size = sizeof(sard_op),
                                        .domain = "",
                                        .name = "QLinearMatMul",
                                        .since = 21,
                                        .traits = SARD_MACS,
                                        .inputs = qlinear_inputs,
                                        .outputs = qlinear_outputs,
                                        .infer = infer_qlinear,
                                        .eval = eval_qlinear,
                                        .macs = macs};
