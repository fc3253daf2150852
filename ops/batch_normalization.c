/* BatchNormalization, as it is after training: Y = (X - input_mean) / sqrt(input_var + epsilon) * scale + B, per channel
 *
 * in   X: N, C, ... (a vector is one channel of N); scale, B, input_mean, input_var: C
 * out  Y. The statistics of training (training_mode, running_mean, running_var) are refused. */
#include "ops/line.h"
#include "ops/norm.h"

#include <inttypes.h>
#include <math.h>

typedef sard_batch_normalization_attrs attributes;

static const sard_attr_spec attrs[] = {SARD_FLOAT(attributes, epsilon, 1e-5f), SARD_FLOAT(attributes, momentum, 0.9f),
                                       SARD_INT(attributes, training_mode, 0), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("X", 'T', SARD_SET_FLOAT), SARD_PORT("scale", '1', SARD_SET_FLOAT),
                                   SARD_PORT("B", '1', SARD_SET_FLOAT), SARD_PORT("input_mean", '2', SARD_SET_FLOAT),
                                   SARD_PORT("input_var", '2', SARD_SET_FLOAT), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("Y", 'T', SARD_SET_FLOAT), SARD_PORT_OPTIONAL("running_mean", '2', SARD_SET_FLOAT),
                                    SARD_PORT_OPTIONAL("running_var", '2', SARD_SET_FLOAT), SARD_PORTS_END};

static sard_status infer(sard_node *node, sard_error *error)
{
    const attributes *a = node->attrs;
    const sard_value *x = node->inputs[0];
    if (a->training_mode)
        return sard_node_fail(node, error, SARD_UNSUPPORTED, "training_mode is not supported");
    for (size_t i = 1; i < node->output_count; i++)
        if (node->outputs[i])
            return sard_node_fail(node, error, SARD_MODEL, "output %s exists in training mode only", outputs[i].name);
    if (x->rank < 1)
        return sard_node_fail(node, error, SARD_SHAPE, "the input has rank 0");
    const int64_t c = x->rank == 1 ? 1 : x->dims[node->layout == SARD_NHWC ? x->rank - 1 : 1];
    for (size_t i = 1; i < 5; i++) {
        const sard_value *v = node->inputs[i];
        if (v->rank != 1 || (v->dims[0] >= 0 && c >= 0 && v->dims[0] != c))
            return sard_node_fail(node, error, SARD_SHAPE, "%s must be a vector of %" PRId64 " elements, one for each channel",
                                  inputs[i].name, c);
    }
    return sard_infer_same(node, error);
}

/* The tensor is outer x channels x inner; a task takes one index of outer. */
typedef struct job {
    const sard_call *call;
    int64_t channels, inner;
    double epsilon;
} job;

static void normalize_channel(const job *j, int64_t start, int64_t channel)
{
    const sard_tensor *in = j->call->inputs, *y = &j->call->outputs[0];
    const size_t c = (size_t)channel;
    const double mean = sard_get(&in[3], c), factor = sard_get(&in[1], c) / sqrt(sard_get(&in[4], c) + j->epsilon);
    const double shift = sard_get(&in[2], c);
    double x[SARD_LINE];
    for (int64_t at = 0; at < j->inner; at += SARD_LINE) {
        const int64_t n = j->inner - at < SARD_LINE ? j->inner - at : SARD_LINE;
        sard_line_read(in[0].dtype, in[0].data, start + at, 1, n, x);
        for (int64_t i = 0; i < n; i++)
            x[i] = (x[i] - mean) * factor + shift;
        sard_line_write(y->dtype, y->data, start + at, 1, n, x);
    }
}

static void normalize(void *arg, size_t outer)
{
    const job *j = arg;
    for (int64_t c = 0; c < j->channels; c++)
        normalize_channel(j, ((int64_t)outer * j->channels + c) * j->inner, c);
}

static sard_status eval(const sard_call *call)
{
    const sard_tensor *x = &call->inputs[0];
    job j = {.call = call, .channels = 1, .inner = 1, .epsilon = (double)((const attributes *)call->attrs)->epsilon};
    const int channel = x->rank == 1 ? -1 : call->node->layout == SARD_NHWC ? x->rank - 1 : 1;
    size_t outer = 1;
    for (int i = 0; i < x->rank; i++) {
        if (i == channel)
            j.channels = x->dims[i];
        else if (i < channel || channel < 0)
            outer *= (size_t)x->dims[i];
        else
            j.inner *= x->dims[i];
    }
    sard_call_parallel(call, outer, normalize, &j);
    return SARD_OK;
}

const sard_op sard_op_batch_normalization = {.struct_size = sizeof(sard_op), .domain = "", .name = "BatchNormalization", .since = 15,
                                             .traits = SARD_SPATIAL | SARD_IN_PLACE, .inputs = inputs, .outputs = outputs,
                                             .attrs = attrs, .attrs_size = sizeof(attributes), .infer = infer, .eval = eval};
