/* Activations of recurrent operators by name (ONNX: LSTM, "Activation functions"). Case does not matter. Entries of activation_alpha
 * and activation_beta go to those that have such a number, in order. */
#include "ops/recurrent.h"

#include <math.h>
#include <strings.h>

static double relu(double x, double a, double b) { return (void)a, (void)b, x > 0 || x != x ? x : 0; }
static double hyperbolic(double x, double a, double b) { return (void)a, (void)b, tanh(x); }
static double sigmoid(double x, double a, double b) { return (void)a, (void)b, 1 / (1 + exp(-x)); }
static double affine(double x, double a, double b) { return a * x + b; }
static double leaky_relu(double x, double a, double b) { return (void)b, x >= 0 ? x : a * x; }
static double thresholded_relu(double x, double a, double b) { return (void)b, x >= a ? x : 0; }
static double scaled_tanh(double x, double a, double b) { return a * tanh(b * x); }
static double hard_sigmoid(double x, double a, double b) { return fmin(fmax(a * x + b, 0), 1); }
static double elu(double x, double a, double b) { return (void)b, x >= 0 ? x : a * expm1(x); }
static double softsign(double x, double a, double b) { return (void)a, (void)b, x / (1 + fabs(x)); }
static double softplus(double x, double a, double b) { return (void)a, (void)b, (x > 0 ? x : 0) + log1p(exp(-fabs(x))); }

typedef struct row {
    const char *name;
    double (*apply)(double x, double alpha, double beta);
    int numbers; /* 1: alpha, 2: beta too */
    double alpha, beta;
} row;

static const row rows[] = {
    {"Relu", relu, 0, 0, 0},
    {"Tanh", hyperbolic, 0, 0, 0},
    {"Sigmoid", sigmoid, 0, 0, 0},
    {"Affine", affine, 2, 1, 0},
    {"LeakyRelu", leaky_relu, 1, 0.01, 0},
    {"ThresholdedRelu", thresholded_relu, 1, 1, 0},
    {"ScaledTanh", scaled_tanh, 2, 1, 1},
    {"HardSigmoid", hard_sigmoid, 2, 0.2, 0.5},
    {"Elu", elu, 1, 1, 0},
    {"Softsign", softsign, 0, 0, 0},
    {"Softplus", softplus, 0, 0, 0},
};

static const row *find(const char *name)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!strcasecmp(rows[i].name, name))
            return &rows[i];
    return NULL;
}

static double next_of(sard_floats list, size_t *at, bool takes, double otherwise)
{
    return takes && *at < list.count ? (double)list.data[(*at)++] : otherwise;
}

sard_status sard_rnn_activations(const sard_node *node, const char *const *defaults, size_t count, size_t directions,
                                 sard_rnn_activation *out, sard_error *error)
{
    const sard_recurrent *a = node->attrs;
    size_t alpha = 0, beta = 0;
    if (a->activations.data && a->activations.count < count * directions)
        return sard_node_fail(node, error, SARD_MODEL, "%zu activations, must be %zu", a->activations.count, count * directions);
    if (!(a->clip >= 0))
        return sard_node_fail(node, error, SARD_MODEL, "clip is %g, must be positive", (double)a->clip);
    for (size_t i = 0; i < count * directions; i++) {
        const char *name = a->activations.data ? a->activations.data[i].data : defaults[i % count];
        const row *r = find(name);
        if (!r)
            return sard_node_fail(node, error, SARD_UNSUPPORTED, "there is no activation '%.40s'", name);
        out[i] = (sard_rnn_activation){.apply = r->apply,
                                       .alpha = next_of(a->activation_alpha, &alpha, r->numbers > 0, r->alpha),
                                       .beta = next_of(a->activation_beta, &beta, r->numbers > 1, r->beta),
                                       .clip = (double)a->clip};
    }
    return SARD_OK;
}
