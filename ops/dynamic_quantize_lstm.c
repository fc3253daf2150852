/* DynamicQuantizeLSTM of com.microsoft (ONNX Runtime, ContribOperators.md): LSTM with weights of 8 bits, for which X as a whole and h before
 * each step are quantised as DynamicQuantizeLinear does
 *
 * in   X, B, sequence_lens, initial_h, initial_c, P: as LSTM has them; W: directions, features, 4 * hidden; R: directions, hidden, 4 * hidden;
 *      W_scale, W_zero_point, R_scale, R_zero_point: directions, or directions, 4 * hidden
 * out  Y, Y_h, Y_c
 *
 * The h of a sequence is quantised by its own range, so that a sequence has the same result in any batch. */
#include "ops/recurrent.h"

#include <math.h>

enum { W_SCALE = SARD_RNN_P + 1, W_ZERO, R_SCALE, R_ZERO, INPUTS };
#define BYTES (SARD_SET(U8) | SARD_SET(I8))

static const sard_attr_spec attrs[] = {SARD_RECURRENT_ATTRS, SARD_INT_IN(sard_recurrent, input_forget, 0, 0, 1), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("X", 'T', SARD_SET(F32)),
                                   SARD_PORT("W", 'Q', BYTES),
                                   SARD_PORT("R", 'Q', BYTES),
                                   SARD_PORT_OPTIONAL("B", 'T', SARD_SET(F32)),
                                   SARD_PORT_OPTIONAL("sequence_lens", 'L', SARD_SET(I32)),
                                   SARD_PORT_OPTIONAL("initial_h", 'T', SARD_SET(F32)),
                                   SARD_PORT_OPTIONAL("initial_c", 'T', SARD_SET(F32)),
                                   SARD_PORT_OPTIONAL("P", 'T', SARD_SET(F32)),
                                   SARD_PORT("W_scale", 'T', SARD_SET(F32)),
                                   SARD_PORT("W_zero_point", 'Q', BYTES),
                                   SARD_PORT("R_scale", 'T', SARD_SET(F32)),
                                   SARD_PORT("R_zero_point", 'Q', BYTES),
                                   SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT_OPTIONAL("Y", 'T', SARD_SET(F32)), SARD_PORT_OPTIONAL("Y_h", 'T', SARD_SET(F32)),
                                    SARD_PORT_OPTIONAL("Y_c", 'T', SARD_SET(F32)), SARD_PORTS_END};

/* What the numbers are after they were quantised to 8 bits by their range, which holds 0. */
static void quantize(double *x, int64_t count)
{
    float low = 0, high = 0;
    for (int64_t i = 0; i < count; i++) {
        low = (float)x[i] < low ? (float)x[i] : low;
        high = (float)x[i] > high ? (float)x[i] : high;
    }
    const double scale = (double)((high == low ? 1 : high - low) / 255), zero = rint((double)-low / scale);
    for (int64_t i = 0; i < count; i++) {
        const double q = rint(x[i] / scale) + zero;
        x[i] = ((q < 0 ? 0 : q > 255 ? 255 : q) - zero) * scale;
    }
}

static void step(const sard_rnn_line *line)
{
    quantize(line->h, line->hidden);
    sard_lstm_step(line);
}

static const sard_rnn_cell cell = {4, sard_lstm_activations, 3, step};

/* ---- shapes ---- */

/* Weights [directions, rows, columns] as LSTM has them: [directions, columns, rows], in double. */
static sard_status widen(const sard_call *call, size_t input, size_t scale_input, sard_tensor *out)
{
    const sard_tensor *w = &call->inputs[input], *scale = &call->inputs[scale_input], *zero = &call->inputs[scale_input + 1];
    const int64_t rows = w->dims[1], columns = w->dims[2], each = scale->rank == 2 ? columns : 1;
    double *to = sard_call_alloc(call, sard_tensor_count(w) * sizeof *to);
    if (!to)
        return sard_call_fail(call, SARD_NOMEM, "no memory for %zu weights", sard_tensor_count(w));
    for (int64_t d = 0; d < w->dims[0]; d++)
        for (int64_t r = 0; r < rows; r++)
            for (int64_t c = 0; c < columns; c++) {
                const size_t s = (size_t)(d * each + (each == 1 ? 0 : c));
                to[(d * columns + c) * rows + r] =
                    (sard_get(w, (size_t)((d * rows + r) * columns + c)) - sard_get(zero, s)) * sard_get(scale, s);
            }
    *out = sard_tensor_make(SARD_F64, 3, (int64_t[]){w->dims[0], columns, rows}, to);
    return SARD_OK;
}

static sard_status take_x(const sard_call *call, sard_tensor *out)
{
    const sard_tensor *x = &call->inputs[SARD_RNN_X];
    const size_t count = sard_tensor_count(x);
    double *to = sard_call_alloc(call, count * sizeof *to);
    if (!to)
        return sard_call_fail(call, SARD_NOMEM, "no memory for %zu elements of X", count);
    sard_widen(SARD_F32, x->data, count, to);
    quantize(to, (int64_t)count);
    *out = sard_tensor_make(SARD_F64, 3, x->dims, to);
    return SARD_OK;
}

static sard_status eval(const sard_call *call)
{
    sard_tensor floats[SARD_RNN_P + 1];
    sard_call lstm = *call;
    for (size_t i = 0; i <= SARD_RNN_P; i++)
        floats[i] = call->inputs[i];
    sard_status status = take_x(call, &floats[SARD_RNN_X]);
    if (!status)
        status = widen(call, SARD_RNN_W, W_SCALE, &floats[SARD_RNN_W]);
    if (!status)
        status = widen(call, SARD_RNN_R, R_SCALE, &floats[SARD_RNN_R]);
    lstm.inputs = floats;
    lstm.input_count = SARD_RNN_P + 1;
    return status ? status : sard_rnn_eval(&lstm, &cell);
}

static sard_status check_scales(const sard_node *node, size_t input, const sard_value *weights, sard_error *error)
{
    for (size_t i = input; i < input + 2; i++) {
        const sard_value *s = node->inputs[i];
        bool fits = s->rank == node->inputs[input]->rank && (s->rank == 1 || s->rank == 2);
        for (int k = 0; fits && k < s->rank; k++) {
            const int64_t want = weights->dims[k ? 2 : 0];
            fits = s->dims[k] < 0 || want < 0 || s->dims[k] == want;
        }
        if (!fits)
            return sard_node_fail(node, error, SARD_SHAPE, "%s must have one element for each direction, or for each column of each",
                                  inputs[i].name);
    }
    return SARD_OK;
}

static sard_status infer(sard_node *node, sard_error *error)
{
    sard_status status = sard_rnn_infer_transposed(node, &cell, error);
    if (!status)
        status = check_scales(node, W_SCALE, node->inputs[SARD_RNN_W], error);
    return status ? status : check_scales(node, R_SCALE, node->inputs[SARD_RNN_R], error);
}

const sard_op sard_op_microsoft_dynamic_quantize_lstm = {.struct_size = sizeof(sard_op),
                                                         .domain = "com.microsoft",
                                                         .name = "DynamicQuantizeLSTM",
                                                         .since = 1,
                                                         .traits = SARD_MACS,
                                                         .inputs = inputs,
                                                         .outputs = outputs,
                                                         .attrs = attrs,
                                                         .attrs_size = sizeof(sard_recurrent),
                                                         .infer = infer,
                                                         .eval = eval,
                                                         .macs = sard_rnn_macs};
