/* Activations: Relu LeakyRelu ThresholdedRelu, Sigmoid HardSigmoid Tanh, HardSwish Swish Mish Gelu, Elu Selu Celu, Softplus Softsign Shrink
 *
 * in   X      out  Y: like X
 *
 * Each row says its formula. Those with transcendental functions are computed in double and rounded once. */
#include "ops/activation.h"

#include "ops/gelu.h"
#include "ops/lib/elementwise.h"

#include <math.h>

/* x in the type of the elements, or in double. */
#define NARROW(row, A, expression)                                \
    SARD_ROW1_WITH(row##_f32, float, float, float, A, expression) \
    SARD_ROW1_WITH(row##_f64, double, double, double, A, expression)
#define WIDE(row, A, expression)                                   \
    SARD_ROW1_WITH(row##_f32, float, double, float, A, expression) \
    SARD_ROW1_WITH(row##_f64, double, double, double, A, expression)

#define OPERATOR(row, text, version, in, out, set, attrs_, attrs_size_, ...)                                                 \
    static sard_row *const row##_rows[SARD_ROW_TYPES] = {__VA_ARGS__};                                                       \
    static sard_status eval_##row(const sard_call *call) { return sard_map_typed(call, 1, row##_rows, call->attrs); }        \
    static const sard_port row##_inputs[] = {SARD_PORT(in, 'T', set), SARD_PORTS_END};                                       \
    static const sard_port row##_outputs[] = {SARD_PORT(out, 'T', set), SARD_PORTS_END};                                     \
    SARD_MAP_OP(row, text, version, .traits = SARD_ELEMENTWISE | SARD_IN_PLACE | SARD_ACTIVATION, .infer = sard_infer_unary, \
                .attrs = attrs_, .attrs_size = attrs_size_)

#define PLAIN(row, text, version, in, out) OPERATOR(row, text, version, in, out, SARD_SET_FLOAT, NULL, 0, SARD_FLOAT_ROWS(row))
#define TUNED(row, text, version, in, out, A, ...)                             \
    static const sard_attr_spec row##_attrs[] = {__VA_ARGS__, SARD_ATTRS_END}; \
    OPERATOR(row, text, version, in, out, SARD_SET_FLOAT, row##_attrs, sizeof(A), SARD_FLOAT_ROWS(row))

static inline double unit(double x) { return x < 0 ? 0 : x > 1 ? 1 : x; }
/* log(1 + exp(x)) that neither overflows nor loses small results. */
static inline double softplus_of(double x) { return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x)); }

/* x * tanh(log(1 + e)) with e = exp(x), where the tanh is a quotient of polynomials in e. */
static inline double mish_of(double x)
{
    const double e = exp(x), n = e * (e + 2);
    return x > 20 ? x : x * (n / (n + 2));
}

/* ---- without attributes ---- */

#define RELU(name, T) SARD_ROW1(name, T, T, T, x < 0 ? 0 : x)
SARD_FLOAT_TYPES(RELU, relu)
SARD_SIGNED_TYPES(RELU, relu)
OPERATOR(relu, "Relu", 14, "X", "Y", SARD_SET_FLOAT | SARD_SET_SIGNED, NULL, 0, SARD_FLOAT_ROWS(relu), SARD_SIGNED_ROWS(relu))

#define SIMPLE(row, text, version, in, out, expression)      \
    SARD_ROW1(row##_f32, float, double, float, expression)   \
    SARD_ROW1(row##_f64, double, double, double, expression) \
    PLAIN(row, text, version, in, out)

SIMPLE(sigmoid, "Sigmoid", 13, "X", "Y", sard_sigmoid(x))
SIMPLE(hard_swish, "HardSwish", 22, "X", "Y", (x * unit(x / 6 + 0.5)))
SIMPLE(mish, "Mish", 22, "X", "Y", mish_of(x))
SIMPLE(softplus, "Softplus", 22, "X", "Y", softplus_of(x))
SIMPLE(tanh, "Tanh", 13, "input", "output", tanh(x))
SIMPLE(softsign, "Softsign", 22, "input", "output", x / (1 + fabs(x)))

/* ---- with attributes ---- */

NARROW(leaky_relu, sard_alpha, x < 0 ? a->alpha * x : x)
NARROW(thresholded_relu, sard_alpha, x > a->alpha ? x : 0)
WIDE(swish, sard_alpha, (x * sard_sigmoid(a->alpha * x)))
WIDE(elu, sard_alpha, x < 0 ? a->alpha * expm1(x) : x)
WIDE(celu, sard_alpha, x < 0 ? a->alpha * expm1(x / a->alpha) : x)

TUNED(leaky_relu, "LeakyRelu", 16, "X", "Y", sard_alpha, SARD_FLOAT(sard_alpha, alpha, 0.01f))
TUNED(thresholded_relu, "ThresholdedRelu", 22, "X", "Y", sard_alpha, SARD_FLOAT(sard_alpha, alpha, 1))
TUNED(swish, "Swish", 24, "X", "Y", sard_alpha, SARD_FLOAT(sard_alpha, alpha, 1))
TUNED(elu, "Elu", 22, "X", "Y", sard_alpha, SARD_FLOAT(sard_alpha, alpha, 1))
TUNED(celu, "Celu", 28, "X", "Y", sard_alpha, SARD_FLOAT(sard_alpha, alpha, 1))

WIDE(hard_sigmoid, sard_hard_sigmoid, (unit((double)a->alpha * x + a->beta)))
TUNED(hard_sigmoid, "HardSigmoid", 22, "X", "Y", sard_hard_sigmoid, SARD_FLOAT(sard_hard_sigmoid, alpha, 0.2f),
      SARD_FLOAT(sard_hard_sigmoid, beta, 0.5f))

WIDE(selu, sard_selu, x > 0 ? a->gamma * x : (double)a->gamma * a->alpha * expm1(x))
TUNED(selu, "Selu", 22, "X", "Y", sard_selu, SARD_FLOAT(sard_selu, alpha, 1.67326319217681884765625f),
      SARD_FLOAT(sard_selu, gamma, 1.05070102214813232421875f))

typedef struct shrink {
    float bias, lambd;
} shrink;

NARROW(shrink, shrink, (x < -a->lambd ? x + a->bias : (x > a->lambd ? x - a->bias : 0)))
static const sard_attr_spec shrink_attrs[] = {SARD_FLOAT(shrink, bias, 0), SARD_FLOAT(shrink, lambd, 0.5f), SARD_ATTRS_END};
OPERATOR(shrink, "Shrink", 9, "input", "output", SARD_SET_NUMBER & ~SARD_SET(BF16), shrink_attrs, sizeof(shrink), SARD_FLOAT_ROWS(shrink))

static const char *const gelu_words[] = {[SARD_GELU_EXACT] = "none", [SARD_GELU_TANH] = "tanh", NULL};

WIDE(gelu, sard_gelu_attrs, sard_gelu(x, a->approximate == SARD_GELU_TANH))
TUNED(gelu, "Gelu", 20, "X", "Y", sard_gelu_attrs, SARD_CHOICE(sard_gelu_attrs, approximate, "none", gelu_words))
