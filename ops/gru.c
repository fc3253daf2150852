/* GRU: one layer of gated recurrent units (Cho et al. 2014)
 *
 * in   as recurrent.c says. Gates in W, R and B: z, r, h
 * out  Y, Y_h
 *
 *      z = f(Wz x + Rz h + b)    r = f(Wr x + Rr h + b)
 *      n = g(Wh x + Wbh + Rh (r . h) + Rbh), or with linear_before_reset g(Wh x + Wbh + r . (Rh h + Rbh))    h = (1 - z) . n + z . h */
#include "ops/recurrent.h"

static const sard_attr_spec attrs[] = {SARD_RECURRENT_ATTRS, SARD_INT_IN(sard_recurrent, linear_before_reset, 0, INT32_MIN, INT32_MAX),
                                       SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_RECURRENT_INPUTS, SARD_PORTS_END};
static const sard_port outputs[] = {SARD_RECURRENT_OUTPUTS, SARD_PORTS_END};

static void step(const sard_rnn_line *l)
{
    const sard_rnn_activation *f = &l->activations[0], *g = &l->activations[1];
    const int64_t n = l->hidden;
    const double *rh = l->r + 2 * n * n, *bias = l->r_bias ? l->r_bias + 2 * n : NULL;
    double *z = l->h_gates, *r = l->h_gates + n, *candidate = l->h_gates + 2 * n;
    sard_rnn_multiply(l->r, l->h, l->r_bias, 2 * n, n, l->h_gates);
    for (int64_t k = 0; k < 2 * n; k++)
        z[k] = sard_activate(f, l->x_gates[k] + l->h_gates[k]); /* both gates */
    if (l->attrs->linear_before_reset) {
        sard_rnn_multiply(rh, l->h, bias, n, n, candidate);
        for (int64_t k = 0; k < n; k++)
            candidate[k] *= r[k];
    } else {
        for (int64_t k = 0; k < n; k++)
            r[k] *= l->h[k];
        sard_rnn_multiply(rh, r, bias, n, n, candidate);
    }
    for (int64_t k = 0; k < n; k++)
        l->h[k] = (1 - z[k]) * sard_activate(g, l->x_gates[2 * n + k] + candidate[k]) + z[k] * l->h[k];
}

static const char *const defaults[] = {"Sigmoid", "Tanh"};
static const sard_rnn_cell cell = {3, defaults, 2, step};

static sard_status infer(sard_node *node, sard_error *error) { return sard_rnn_infer(node, &cell, error); }
static sard_status eval(const sard_call *call) { return sard_rnn_eval(call, &cell); }

const sard_op sard_op_gru = {.struct_size = sizeof(sard_op),
                             .domain = "",
                             .name = "GRU",
                             .since = 22,
                             .traits = SARD_MACS,
                             .inputs = inputs,
                             .outputs = outputs,
                             .attrs = attrs,
                             .attrs_size = sizeof(sard_recurrent),
                             .infer = infer,
                             .eval = eval,
                             .macs = sard_rnn_macs};
