/* Gelu, QuickGelu, BiasGelu, FastGelu of domain com.microsoft (ONNX Runtime's contributed operators)
 *
 * Gelu       in X; out Y = x * Phi(x), Phi the normal distribution's cumulative function
 * QuickGelu  in X; out Y = x * sigmoid(alpha * x)
 * BiasGelu   in A, B: of rank 1, as long as the last dimension of A; out C = Gelu(A + B)
 * FastGelu   in X, bias: the same, optional; out Y: Gelu(X + bias) by the formula with tanh */
#include "ops/activation.h"
#include "ops/gelu.h"
#include "ops/lib/elementwise.h"

#define GELU(name, T) SARD_ROW1(name, T, double, T, sard_gelu(x, false))
#define QUICK(name, T) SARD_ROW1_WITH(name, T, double, T, sard_alpha, (x * sard_sigmoid(a->alpha * x)))
#define FAST(name, T) SARD_ROW1(name, T, double, T, sard_gelu(x, true))
#define BIAS(name, T) SARD_ROW2(name, T, T, sard_gelu((double)a + (double)b, false))
#define FAST_BIAS(name, T) SARD_ROW2(name, T, T, sard_gelu((double)a + (double)b, true))

SARD_FLOAT_TYPES(GELU, gelu)
SARD_FLOAT_TYPES(QUICK, quick)
SARD_FLOAT_TYPES(FAST, fast)
SARD_FLOAT_TYPES(BIAS, bias)
SARD_FLOAT_TYPES(FAST_BIAS, fast_bias)

static sard_row *const gelu_rows[SARD_ROW_TYPES] = {SARD_FLOAT_ROWS(gelu)};
static sard_row *const quick_rows[SARD_ROW_TYPES] = {SARD_FLOAT_ROWS(quick)};
static sard_row *const fast_rows[SARD_ROW_TYPES] = {SARD_FLOAT_ROWS(fast)};
static sard_row *const bias_rows[SARD_ROW_TYPES] = {SARD_FLOAT_ROWS(bias)};
static sard_row *const fast_bias_rows[SARD_ROW_TYPES] = {SARD_FLOAT_ROWS(fast_bias)};

static sard_status eval_gelu(const sard_call *call) { return sard_map_typed(call, 1, gelu_rows, NULL); }
static sard_status eval_quick(const sard_call *call) { return sard_map_typed(call, 1, quick_rows, call->attrs); }
static sard_status eval_bias(const sard_call *call) { return sard_map_typed(call, 2, bias_rows, NULL); }

static sard_status eval_fast(const sard_call *call)
{
    const bool has_bias = sard_has_input(call->node, 1);
    return sard_map_typed(call, has_bias ? 2 : 1, has_bias ? fast_bias_rows : fast_rows, NULL);
}

static sard_status infer_bias(sard_node *node, sard_error *error)
{
    const sard_value *x = node->inputs[0], *bias = sard_has_input(node, 1) ? node->inputs[1] : NULL;
    const int64_t last = x->rank ? x->dims[x->rank - 1] : 1;
    if (bias && (bias->rank != 1 || !x->rank))
        return sard_node_fail(node, error, SARD_SHAPE, "the bias has rank %d, must be 1; the input has rank %d", bias->rank, x->rank);
    if (bias && bias->dims[0] >= 0 && last >= 0 && bias->dims[0] != last)
        return sard_node_fail(node, error, SARD_SHAPE, "the bias has %lld elements, the last dimension %lld", (long long)bias->dims[0],
                              (long long)last);
    return sard_infer_unary(node, error);
}

static const sard_attr_spec quick_attrs[] = {SARD_FLOAT(sard_alpha, alpha, 1.702f), SARD_ATTRS_END};

static const sard_port unary_inputs[] = {SARD_PORT("X", 'T', SARD_SET_FLOAT), SARD_PORTS_END};
static const sard_port bias_inputs[] = {SARD_PORT("A", 'T', SARD_SET_FLOAT), SARD_PORT("B", 'T', SARD_SET_FLOAT), SARD_PORTS_END};
static const sard_port fast_inputs[] = {SARD_PORT("X", 'T', SARD_SET_FLOAT), SARD_PORT_OPTIONAL("bias", 'T', SARD_SET_FLOAT),
                                        SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("Y", 'T', SARD_SET_FLOAT), SARD_PORTS_END};
static const sard_port bias_outputs[] = {SARD_PORT("C", 'T', SARD_SET_FLOAT), SARD_PORTS_END};

#define OPERATOR(row, text, ins, outs, infer_, eval_, ...)                     \
    const sard_op sard_op_##row = {.struct_size = sizeof(sard_op),             \
                                   .domain = "com.microsoft",                  \
                                   .name = text,                               \
                                   .since = 1,                                 \
                                   .traits = SARD_ELEMENTWISE | SARD_IN_PLACE, \
                                   .inputs = ins,                              \
                                   .outputs = outs,                            \
                                   .infer = infer_,                            \
                                   .eval = eval_,                              \
                                   __VA_ARGS__};

OPERATOR(microsoft_gelu, "Gelu", unary_inputs, outputs, sard_infer_unary, eval_gelu, .attrs = NULL)
OPERATOR(microsoft_quick_gelu, "QuickGelu", unary_inputs, outputs, sard_infer_unary, eval_quick, .attrs = quick_attrs,
         .attrs_size = sizeof(sard_alpha))
OPERATOR(microsoft_bias_gelu, "BiasGelu", bias_inputs, bias_outputs, infer_bias, eval_bias, .attrs = NULL)
OPERATOR(microsoft_fast_gelu, "FastGelu", fast_inputs, outputs, infer_bias, eval_fast, .attrs = NULL)
