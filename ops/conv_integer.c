/* ConvInteger, QLinearConv: Conv of 8-bit integers from which zero points are taken first; the padding is zero after that
 *
 * ConvInteger  in x, w, x_zero_point, w_zero_point; out y: int32, modulo 2^32
 * QLinearConv  in x, x_scale, x_zero_point, w, w_scale, w_zero_point, y_scale, y_zero_point, B: int32, of scale x_scale * w_scale
 *              out y = saturate(round((sum + B) * x_scale * w_scale / y_scale) + y_zero_point), half to even
 *
 * w_zero_point and w_scale: one, or one for each output channel. */
#include "ops/conv.h"
#include "ops/lib/requantize.h"

#define BYTES (SARD_SET(I8) | SARD_SET(U8))

static bool given(const sard_call *call, size_t i) { return call->input_count > i && call->inputs[i].dtype; }

static double macs_integer(const sard_node *node) { return node->outputs[0] ? sard_conv_macs_of(node->outputs[0], node->inputs[1]) : 0; }

static double macs_qlinear(const sard_node *node) { return node->outputs[0] ? sard_conv_macs_of(node->outputs[0], node->inputs[3]) : 0; }

/* ---- ConvInteger ---- */

static const sard_port integer_inputs[] = {SARD_PORT("x", '1', BYTES), SARD_PORT("w", '2', BYTES),
                                           SARD_PORT_OPTIONAL("x_zero_point", '1', BYTES), SARD_PORT_OPTIONAL("w_zero_point", '2', BYTES),
                                           SARD_PORTS_END};
static const sard_port integer_outputs[] = {SARD_PORT("y", '3', SARD_SET(I32)), SARD_PORTS_END};

static sard_status infer_integer(sard_node *node, sard_error *error)
{
    sard_status status = sard_conv_infer(node, 0, 1, SARD_I32, error);
    if (!status)
        status = sard_one_element(node, 2, error);
    return status ? status : sard_conv_check_vector(node, 3, node->inputs[1]->dims[0], true, "w_zero_point", error);
}

static void wrap(const void *arg, int64_t m, double *sums, int64_t n)
{
    (void)arg, (void)m;
    for (int64_t i = 0; i < n; i++)
        sums[i] = (double)(int32_t)(int64_t)sums[i];
}

static sard_status eval_integer(const sard_call *call)
{
    const sard_conv_parts parts = {.x = &call->inputs[0],
                                   .w = &call->inputs[1],
                                   .x_zero = given(call, 2) ? sard_get_int(&call->inputs[2], 0) : 0,
                                   .w_zeros = given(call, 3) ? &call->inputs[3] : NULL,
                                   .finish = wrap};
    return sard_conv_eval(call, &parts);
}

const sard_op sard_op_conv_integer = {.struct_size = sizeof(sard_op),
                                      .domain = "",
                                      .name = "ConvInteger",
                                      .since = 10,
                                      .traits = SARD_SPATIAL | SARD_MACS,
                                      .inputs = integer_inputs,
                                      .outputs = integer_outputs,
                                      .attrs = sard_conv_attr_specs,
                                      .attrs_size = sizeof(sard_conv_attrs),
                                      .infer = infer_integer,
                                      .eval = eval_integer,
                                      .macs = macs_integer};

/* ---- QLinearConv ---- */

enum { X, X_SCALE, X_ZERO, W, W_SCALE, W_ZERO, Y_SCALE, Y_ZERO, B };

static const sard_port qlinear_inputs[] = {SARD_PORT("x", '1', BYTES),
                                           SARD_PORT("x_scale", 'S', SARD_SET(F32)),
                                           SARD_PORT("x_zero_point", '1', BYTES),
                                           SARD_PORT("w", '2', BYTES),
                                           SARD_PORT("w_scale", 'S', SARD_SET(F32)),
                                           SARD_PORT("w_zero_point", '2', BYTES),
                                           SARD_PORT("y_scale", 'S', SARD_SET(F32)),
                                           SARD_PORT("y_zero_point", '3', BYTES),
                                           SARD_PORT_OPTIONAL("B", '4', SARD_SET(I32)),
                                           SARD_PORTS_END};
static const sard_port qlinear_outputs[] = {SARD_PORT("y", '3', BYTES), SARD_PORTS_END};

static sard_status infer_qlinear(sard_node *node, sard_error *error)
{
    const int64_t m = node->inputs[W]->dims[0];
    sard_status status = sard_conv_infer(node, X, W, node->inputs[Y_ZERO]->dtype, error);
    for (size_t i = X_SCALE; !status && i <= Y_ZERO; i++) {
        if (i == W_SCALE || i == W_ZERO)
            status = sard_conv_check_vector(node, i, m, true, qlinear_inputs[i].name, error);
        else if (i != W)
            status = sard_one_element(node, i, error);
    }
    return status ? status : sard_conv_check_vector(node, B, m, false, "B", error);
}

static void requantize(const void *arg, int64_t m, double *sums, int64_t n)
{
    const sard_call *call = arg;
    const sard_tensor *in = call->inputs;
    const double bias = given(call, B) ? sard_get(&in[B], (size_t)m) : 0;
    const float x = sard_scale_at(&in[X_SCALE], 0), w = sard_scale_at(&in[W_SCALE], m), y = sard_scale_at(&in[Y_SCALE], 0);
    const int64_t zero = sard_get_int(&in[Y_ZERO], 0);
    for (int64_t i = 0; i < n; i++)
        sums[i] = sard_requantize(sums[i] + bias, x, w, y, zero);
}

static sard_status eval_qlinear(const sard_call *call)
{
    const sard_conv_parts parts = {.x = &call->inputs[X],
                                   .w = &call->inputs[W],
                                   .x_zero = sard_get_int(&call->inputs[X_ZERO], 0),
                                   .w_zeros = &call->inputs[W_ZERO],
                                   .finish = requantize,
                                   .arg = call};
    return sard_conv_eval(call, &parts);
}

const sard_op sard_op_qlinear_conv = {.struct_size = sizeof(sard_op),
                                      .domain = "",
                                      .name = "QLinearConv",
                                      .since = 10,
                                      .traits = SARD_SPATIAL | SARD_MACS,
                                      .inputs = qlinear_inputs,
                                      .outputs = qlinear_outputs,
                                      .attrs = sard_conv_attr_specs,
                                      .attrs_size = sizeof(sard_conv_attrs),
                                      .infer = infer_qlinear,
                                      .eval = eval_qlinear,
                                      .macs = macs_qlinear};
