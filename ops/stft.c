/* STFT: Fourier transforms of a window that slides along a signal
 *
 * in   signal: batch, length, 1 or 2: real or complex; frame_step: one integer; window: frame_length weights, ones if left out;
 *      frame_length: one integer, as the window or the signal if left out
 * out  output: batch, 1 + (length - frame_length) / frame_step, frame_length / 2 + 1 or without onesided frame_length, 2 */
#include "ops/lib/fourier.h"

#include <inttypes.h>

typedef struct stft {
    int64_t onesided;
} stft;

enum { SIGNAL, STEP, WINDOW, LENGTH };

static const sard_attr_spec attrs[] = {SARD_INT(stft, onesided, 1), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("signal", 'T', SARD_SET_FLOAT), SARD_PORT("frame_step", 'I', SARD_SET_INDEX),
                                   SARD_PORT_OPTIONAL("window", 'T', SARD_SET_FLOAT),
                                   SARD_PORT_OPTIONAL("frame_length", 'I', SARD_SET_INDEX), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("output", 'T', SARD_SET_FLOAT), SARD_PORTS_END};

static sard_status find_length(const sard_node *node, int64_t *length, sard_error *error)
{
    const sard_value *window = sard_has_input(node, WINDOW) ? node->inputs[WINDOW] : NULL;
    size_t count;
    *length = window ? window->dims[0] : node->inputs[SIGNAL]->dims[1];
    if (sard_has_input(node, LENGTH) && !sard_node_input_ints(node, LENGTH, length, 1, &count))
        *length = SARD_UNKNOWN_DIM;
    else if (sard_has_input(node, LENGTH) && (*length <= 0 || (window && window->dims[0] >= 0 && window->dims[0] != *length)))
        return sard_node_fail(node, error, SARD_SHAPE, "frame_length is %" PRId64 ", must be positive and as long as the window", *length);
    return SARD_OK;
}

static sard_status infer(sard_node *node, sard_error *error)
{
    const stft *a = node->attrs;
    const sard_value *x = node->inputs[SIGNAL];
    int64_t length, step = SARD_UNKNOWN_DIM, frames = SARD_UNKNOWN_DIM;
    size_t count;
    if (x->rank != 3 || x->dims[2] > 2 || x->dims[2] == 0)
        return sard_node_fail(node, error, SARD_SHAPE, "signal must have rank 3 and end with a dimension of 1 or 2");
    if (sard_has_input(node, WINDOW) && node->inputs[WINDOW]->rank != 1)
        return sard_node_fail(node, error, SARD_SHAPE, "window has rank %d, must be 1", node->inputs[WINDOW]->rank);
    sard_status status = sard_one_element(node, STEP, error);
    if (!status)
        status = sard_one_element(node, LENGTH, error);
    if (status)
        return status;
    if (sard_node_input_ints(node, STEP, &step, 1, &count) && step <= 0)
        return sard_node_fail(node, error, SARD_SHAPE, "frame_step is %" PRId64 ", must be positive", step);
    status = find_length(node, &length, error);
    if (status)
        return status;
    if (length >= 0 && x->dims[1] >= 0 && length > x->dims[1])
        return sard_node_fail(node, error, SARD_SHAPE, "frames of %" PRId64 " do not fit into a signal of %" PRId64, length, x->dims[1]);
    if (step > 0 && length >= 0 && x->dims[1] >= 0)
        frames = 1 + (x->dims[1] - length) / step;
    const int64_t bins = length < 0 ? SARD_UNKNOWN_DIM : a->onesided ? length / 2 + 1 : length;
    return sard_node_set_output(node, 0, x->dtype, 4, (int64_t[]){x->dims[0], frames, bins, 2}, error);
}

typedef struct job {
    const sard_tensor *x, *window, *out;
    sard_fourier fourier;
    int64_t frames, bins, step, parts, lines, block;
    double *buffers;
} job;

static void transform_frames(void *arg, size_t task)
{
    const job *j = arg;
    const int64_t n = j->fourier.n, first = (int64_t)task * j->block;
    double *in = j->buffers + 6 * (int64_t)task * n, *result = in + 2 * n, *room = in + 4 * n;
    for (int64_t line = first; line < j->lines && line < first + j->block; line++) {
        const int64_t start = line / j->frames * j->x->dims[1] + line % j->frames * j->step;
        for (int64_t i = 0; i < n; i++) {
            const double weight = j->window ? sard_get(j->window, (size_t)i) : 1;
            const size_t at = (size_t)((start + i) * j->parts);
            in[2 * i] = weight * sard_get(j->x, at);
            in[2 * i + 1] = j->parts == 2 ? weight * sard_get(j->x, at + 1) : 0;
        }
        sard_fourier_run(&j->fourier, in, room, result);
        sard_narrow(j->out->dtype, result, 2 * (size_t)j->bins,
                    (char *)j->out->data + (size_t)(2 * line * j->bins) * sard_dtype_size(j->out->dtype));
    }
}

static bool given(const sard_call *call, size_t i) { return i < call->input_count && call->inputs[i].dtype; }

static sard_status eval(const sard_call *call)
{
    const sard_tensor *x = &call->inputs[SIGNAL], *out = &call->outputs[0];
    if (!sard_tensor_count(out))
        return SARD_OK;
    job j = {.x = x,
             .window = given(call, WINDOW) ? &call->inputs[WINDOW] : NULL,
             .out = out,
             .frames = out->dims[1],
             .bins = out->dims[2],
             .step = sard_get_int(&call->inputs[STEP], 0),
             .parts = x->dims[2],
             .lines = out->dims[0] * out->dims[1]};
    const int64_t n = given(call, LENGTH) ? sard_get_int(&call->inputs[LENGTH], 0) : j.window ? j.window->dims[0] : x->dims[1];
    const int64_t tasks = j.lines < 32 ? j.lines : 32;
    j.block = (j.lines + tasks - 1) / tasks;
    if (sard_fourier_make(call, n, false, x->dtype == SARD_F64 || j.parts == 1, &j.fourier))
        j.buffers = sard_call_alloc(call, 6 * (size_t)(tasks * n) * sizeof *j.buffers);
    if (!j.buffers)
        return sard_call_fail(call, SARD_NOMEM, "no memory for transforms of length %" PRId64, n);
    sard_call_parallel(call, (size_t)tasks, transform_frames, &j);
    return SARD_OK;
}

static double work(const sard_node *node)
{
    int64_t length;
    const bool known = !find_length(node, &length, NULL) && length > 0;
    return sard_value_elements(node->inputs[SIGNAL]) + 2 * sard_outputs_work(node) * sard_fourier_steps(known ? length : 1);
}

const sard_op sard_op_stft = {.struct_size = sizeof(sard_op),
                              .domain = "",
                              .name = "STFT",
                              .since = 17,
                              .inputs = inputs,
                              .outputs = outputs,
                              .attrs = attrs,
                              .attrs_size = sizeof(stft),
                              .infer = infer,
                              .eval = eval,
                              .work = work};
