/* HannWindow, HammingWindow, BlackmanWindow: weights of a window, a sum of cosines
 *
 * in   size: one integer
 * out  output: size weights a0 - a1 cos(2 pi i / N) + a2 cos(4 pi i / N), N = size, or size - 1 where periodic is 0; of output_datatype.
 *      A window of one weight is 1. */
#include "ops/lib/util.h"

#include <inttypes.h>
#include <math.h>

typedef struct window {
    int64_t output_datatype, periodic;
} window;

static const sard_attr_spec attrs[] = {SARD_INT(window, output_datatype, SARD_F32), SARD_INT(window, periodic, 1), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("size", 'S', SARD_SET_INDEX), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("output", 'T', SARD_SET_NUMBER), SARD_PORTS_END};

static sard_status infer(sard_node *node, sard_error *error)
{
    const window *a = node->attrs;
    int64_t size = SARD_UNKNOWN_DIM;
    size_t count;
    if (a->output_datatype <= 0 || a->output_datatype > 31 || !sard_dtype_in((sard_dtype)a->output_datatype, SARD_SET_NUMBER))
        return sard_node_fail(node, error, SARD_UNSUPPORTED, "output_datatype %" PRId64 " is not supported", a->output_datatype);
    if (sard_node_input_ints(node, 0, &size, 1, &count) && (count != 1 || size < 0))
        return sard_node_fail(node, error, SARD_SHAPE, "size is %" PRId64 ", must be one positive number", size);
    return sard_node_set_output(node, 0, (sard_dtype)a->output_datatype, 1, &size, error);
}

static sard_status eval(const sard_call *call, double a0, double a1, double a2)
{
    const window *a = call->attrs;
    const sard_tensor *out = &call->outputs[0];
    const int64_t size = out->dims[0];
    const double step = 2 * acos(-1.0) / (double)(a->periodic ? size : size - 1);
    for (int64_t i = 0; i < size; i++)
        sard_set(out, (size_t)i, size == 1 ? 1 : a0 - a1 * cos((double)i * step) + a2 * cos(2 * (double)i * step));
    return SARD_OK;
}

static sard_status eval_hann(const sard_call *call) { return eval(call, 0.5, 0.5, 0); }
static sard_status eval_hamming(const sard_call *call) { return eval(call, 25.0 / 46, 21.0 / 46, 0); }
static sard_status eval_blackman(const sard_call *call) { return eval(call, 0.42, 0.5, 0.08); }

#define WINDOW(row, text, function)                                \
    const sard_op sard_op_##row = {.struct_size = sizeof(sard_op), \
                                   .domain = "",                   \
                                   .name = text,                   \
                                   .since = 17,                    \
                                   .inputs = inputs,               \
                                   .outputs = outputs,             \
                                   .attrs = attrs,                 \
                                   .attrs_size = sizeof(window),   \
                                   .infer = infer,                 \
                                   .eval = function};

WINDOW(hann_window, "HannWindow", eval_hann)
WINDOW(hamming_window, "HammingWindow", eval_hamming)
WINDOW(blackman_window, "BlackmanWindow", eval_blackman)
