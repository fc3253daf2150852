/* LSTM: one layer of long short-term memory (Hochreiter, Schmidhuber 1997; peepholes: Gers, Schmidhuber 2000)
 *
 * in   as recurrent.c says; initial_c; P: directions, 3 * hidden, the peepholes of gates i, o, f. Gates in W, R and B: i, o, f, c
 * out  Y, Y_h, Y_c
 *
 *      i = f(Wi x + Ri h + b + Pi . c)    f = f(Wf x + Rf h + b + Pf . c), or 1 - i with input_forget
 *      c = f . c + i . g(Wc x + Rc h + b)    o = f(Wo x + Ro h + b + Po . c)    h = o . h(c)
 *
 * clip bounds what f and g are applied to, but not c, as in ONNX Runtime. */
#include "ops/recurrent.h"

static const sard_attr_spec attrs[] = {SARD_RECURRENT_ATTRS, SARD_INT_IN(sard_recurrent, input_forget, 0, 0, 1), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_RECURRENT_INPUTS, SARD_PORT_OPTIONAL("initial_c", 'T', SARD_SET_FLOAT),
                                   SARD_PORT_OPTIONAL("P", 'T', SARD_SET_FLOAT), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_RECURRENT_OUTPUTS, SARD_PORT_OPTIONAL("Y_c", 'T', SARD_SET_FLOAT), SARD_PORTS_END};

void sard_lstm_step(const sard_rnn_line *l)
{
    const sard_rnn_activation *f = &l->activations[0], *g = &l->activations[1], *h = &l->activations[2];
    const int64_t n = l->hidden;
    sard_rnn_multiply(l->r, l->h, l->r_bias, 4 * n, n, l->h_gates);
    for (int64_t k = 0; k < n; k++) {
        const double *p = l->peepholes, before = l->c[k];
        const double in = l->x_gates[k] + l->h_gates[k] + (p ? p[k] * before : 0);
        const double forget = l->x_gates[2 * n + k] + l->h_gates[2 * n + k] + (p ? p[2 * n + k] * before : 0);
        const double i = sard_activate(f, in), keep = l->attrs->input_forget ? 1 - i : sard_activate(f, forget);
        l->c[k] = keep * before + i * sard_activate(g, l->x_gates[3 * n + k] + l->h_gates[3 * n + k]);
        const double out = l->x_gates[n + k] + l->h_gates[n + k] + (p ? p[n + k] * l->c[k] : 0);
        l->h[k] = sard_activate(f, out) * h->apply(l->c[k], h->alpha, h->beta);
    }
}

const char *const sard_lstm_activations[] = {"Sigmoid", "Tanh", "Tanh"};
static const sard_rnn_cell cell = {4, sard_lstm_activations, 3, sard_lstm_step};

static sard_status infer(sard_node *node, sard_error *error) { return sard_rnn_infer(node, &cell, error); }
static sard_status eval(const sard_call *call) { return sard_rnn_eval(call, &cell); }

const sard_op sard_op_lstm = {.struct_size = sizeof(sard_op),
                              .domain = "",
                              .name = "LSTM",
                              .since = 22,
                              .traits = SARD_MACS,
                              .inputs = inputs,
                              .outputs = outputs,
                              .attrs = attrs,
                              .attrs_size = sizeof(sard_recurrent),
                              .infer = infer,
                              .eval = eval,
                              .macs = sard_rnn_macs};
