/* RNN: one simple recurrent layer
 *
 * in   as recurrent.c says, with one gate
 * out  Y, Y_h
 *
 *      h = f(W x + Wb + R h + Rb) */
#include "ops/recurrent.h"

static const sard_attr_spec attrs[] = {SARD_RECURRENT_ATTRS, SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_RECURRENT_INPUTS, SARD_PORTS_END};
static const sard_port outputs[] = {SARD_RECURRENT_OUTPUTS, SARD_PORTS_END};

static void step(const sard_rnn_line *l)
{
    sard_rnn_multiply(l->r, l->h, l->r_bias, l->hidden, l->hidden, l->h_gates);
    for (int64_t k = 0; k < l->hidden; k++)
        l->h[k] = sard_activate(&l->activations[0], l->x_gates[k] + l->h_gates[k]);
}

static const char *const defaults[] = {"Tanh"};
static const sard_rnn_cell cell = {1, defaults, 1, step};

static sard_status infer(sard_node *node, sard_error *error) { return sard_rnn_infer(node, &cell, error); }
static sard_status eval(const sard_call *call) { return sard_rnn_eval(call, &cell); }

const sard_op sard_op_rnn = {.struct_size = sizeof(sard_op),
                             .domain = "",
                             .name = "RNN",
                             .since = 22,
                             .traits = SARD_MACS,
                             .inputs = inputs,
                             .outputs = outputs,
                             .attrs = attrs,
                             .attrs_size = sizeof(sard_recurrent),
                             .infer = infer,
                             .eval = eval,
                             .macs = sard_rnn_macs};
