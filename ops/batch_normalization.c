/* BatchNormalization: Y = (X - mean) / sqrt(var + epsilon) * scale + B, per channel
 *
 * in   X: N, C, ... (a vector is one channel of N); scale, B, input_mean, input_var: C
 * out  Y; in training_mode also running_mean, running_var: input * momentum + current * (1 - momentum)
 *
 * mean and var are the inputs, or in training_mode the current ones: those of the channel over all images. */
#include "ops/lib/moments.h"
#include "ops/norm.h"

#include <inttypes.h>
#include <math.h>

typedef sard_batch_normalization_attrs attributes;

static const sard_attr_spec attrs[] = {SARD_FLOAT(attributes, epsilon, 1e-5f), SARD_FLOAT(attributes, momentum, 0.9f),
                                       SARD_INT(attributes, training_mode, 0), SARD_ATTRS_END};

enum { X, SCALE, B, MEAN, VAR };
static const sard_port inputs[] = {SARD_PORT("X", 'T', SARD_SET_FLOAT),         SARD_PORT("scale", '1', SARD_SET_FLOAT),
                                   SARD_PORT("B", '1', SARD_SET_FLOAT),         SARD_PORT("input_mean", '2', SARD_SET_FLOAT),
                                   SARD_PORT("input_var", '2', SARD_SET_FLOAT), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("Y", 'T', SARD_SET_FLOAT), SARD_PORT_OPTIONAL("running_mean", '2', SARD_SET_FLOAT),
                                    SARD_PORT_OPTIONAL("running_var", '2', SARD_SET_FLOAT), SARD_PORTS_END};

/* A vector is read as N, 1. */
static sard_spatial spatial_of(const sard_node *node, int rank, const int64_t *dims, int64_t ld)
{
    const int64_t column[] = {dims[0], 1};
    return rank == 1 ? sard_spatial_of(SARD_NCHW, 2, column, 0) : sard_spatial_of(node->layout, rank, dims, ld);
}

static sard_status infer(sard_node *node, sard_error *error)
{
    const attributes *a = node->attrs;
    const sard_value *x = node->inputs[X];
    if (x->rank < 1)
        return sard_node_fail(node, error, SARD_SHAPE, "the input has rank 0");
    const int64_t c = spatial_of(node, x->rank, x->dims, 0).c;
    for (size_t i = SCALE; i <= VAR; i++) {
        const sard_value *v = node->inputs[i];
        if (v->rank != 1 || (v->dims[0] >= 0 && c >= 0 && v->dims[0] != c))
            return sard_node_fail(node, error, SARD_SHAPE, "%s must be a vector of %" PRId64 " elements, one for each channel",
                                  inputs[i].name, c);
    }
    sard_status status = sard_infer_same(node, error);
    for (size_t i = 1; !status && i < node->output_count; i++) {
        if (node->outputs[i] && !a->training_mode)
            return sard_node_fail(node, error, SARD_MODEL, "output %s exists in training_mode only", outputs[i].name);
        status = sard_node_set_output(node, i, node->inputs[MEAN]->dtype, 1, &c, error);
    }
    return status;
}

typedef struct job {
    const sard_call *call;
    const attributes *a;
    sard_spatial s;
} job;

/* Replaces mean and variance by those of the channel, and hands on the running ones. */
static void measure(const job *j, const sard_lines *l, size_t channel, double *mean, double *variance)
{
    const double momentum = (double)j->a->momentum, old[2] = {*mean, *variance};
    sard_moments(l, mean, variance);
    const double fresh[2] = {*mean, *variance};
    for (size_t i = 0; i < 2; i++)
        if (j->call->output_count > i + 1 && j->call->outputs[i + 1].dtype)
            sard_set(&j->call->outputs[i + 1], channel, old[i] * momentum + fresh[i] * (1 - momentum));
}

static void normalize(void *arg, size_t channel)
{
    const job *j = arg;
    const sard_tensor *in = j->call->inputs, *y = &j->call->outputs[0];
    sard_lines l = sard_lines_of_channel(&in[X], &j->s, 0, (int64_t)channel);
    l.lines = j->s.n;
    l.jump = j->s.stride_n;
    double mean = sard_get(&in[MEAN], channel), variance = sard_get(&in[VAR], channel);
    if (j->a->training_mode)
        measure(j, &l, channel, &mean, &variance);
    const double factor = sard_get(&in[SCALE], channel) / sqrt(variance + (double)j->a->epsilon);
    for (int64_t n = 0; y->dtype && n < j->s.n; n++)
        sard_line_map(&l, n, y, mean, factor, sard_get(&in[B], channel));
}

static sard_status eval(const sard_call *call)
{
    const sard_tensor *x = &call->inputs[X];
    job j = {.call = call, .a = call->attrs, .s = spatial_of(call->node, x->rank, x->dims, x->ld)};
    sard_call_parallel(call, (size_t)j.s.c, normalize, &j);
    return SARD_OK;
}

const sard_op sard_op_batch_normalization = {.struct_size = sizeof(sard_op),
                                             .domain = "",
                                             .name = "BatchNormalization",
                                             .since = 15,
                                             .traits = SARD_SPATIAL | SARD_IN_PLACE,
                                             .inputs = inputs,
                                             .outputs = outputs,
                                             .attrs = attrs,
                                             .attrs_size = sizeof(attributes),
                                             .infer = infer,
                                             .eval = eval};
