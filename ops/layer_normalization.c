/* LayerNormalization: y = (x - mean) / sqrt(variance + epsilon) * Scale + B over the dimensions from `axis` on
 * RMSNormalization: y = x / sqrt(mean of x^2 + epsilon) * scale
 *
 * in   X; Scale, B: broadcast to X
 * out  Y; Mean, InvStdDev: the shape of X with 1 from `axis` on, of the type that stash_type names
 *
 * All is done in double, whatever stash_type says. */
#include "ops/lib/line.h"
#include "ops/lib/moments.h"
#include "ops/norm.h"

#include <inttypes.h>
#include <math.h>

typedef sard_layer_normalization_attrs attributes;

static const sard_attr_spec attrs[] = {SARD_INT(attributes, axis, -1), SARD_INT(attributes, stash_type, SARD_F32),
                                       SARD_FLOAT(attributes, epsilon, 1e-5f), SARD_ATTRS_END};

#define STASHED (SARD_SET(F32) | SARD_SET(BF16))
static const sard_port layer_inputs[] = {SARD_PORT("X", 'T', SARD_SET_FLOAT), SARD_PORT("Scale", 'T', SARD_SET_FLOAT),
                                         SARD_PORT_OPTIONAL("B", 'T', SARD_SET_FLOAT), SARD_PORTS_END};
static const sard_port layer_outputs[] = {SARD_PORT("Y", 'T', SARD_SET_FLOAT), SARD_PORT_OPTIONAL("Mean", 'U', STASHED),
                                          SARD_PORT_OPTIONAL("InvStdDev", 'U', STASHED), SARD_PORTS_END};
static const sard_port rms_inputs[] = {SARD_PORT("X", 'T', SARD_SET_FLOAT), SARD_PORT("scale", 'V', SARD_SET_FLOAT), SARD_PORTS_END};
static const sard_port rms_outputs[] = {SARD_PORT("Y", 'V', SARD_SET_FLOAT), SARD_PORTS_END};

/* Whether input i can be broadcast to X without making it larger. */
static sard_status check_broadcast(const sard_node *node, size_t i, sard_error *error)
{
    const sard_value *x = node->inputs[0], *v = sard_has_input(node, i) ? node->inputs[i] : NULL;
    if (v && v->rank > x->rank)
        return sard_node_fail(node, error, SARD_SHAPE, "%s has rank %d, X has %d", node->op->inputs[i].name, v->rank, x->rank);
    for (int k = 0; v && k < v->rank; k++) {
        const int64_t have = v->dims[k], want = x->dims[x->rank - v->rank + k];
        if (have >= 0 && have != 1 && want >= 0 && have != want)
            return sard_node_fail(node, error, SARD_SHAPE, "%s has size %" PRId64 " where X has %" PRId64, node->op->inputs[i].name, have,
                                  want);
    }
    return SARD_OK;
}

static sard_status infer(sard_node *node, sard_error *error)
{
    const attributes *a = node->attrs;
    const sard_value *x = node->inputs[0];
    int axis;
    int64_t dims[SARD_MAX_RANK];
    sard_status status = sard_axis(node, a->axis, x->rank, "axis", &axis, error);
    for (size_t i = 1; !status && i < 3; i++)
        status = check_broadcast(node, i, error);
    if (status)
        return status;
    const bool wanted = node->output_count > 1;
    if (wanted && a->stash_type != SARD_F32 && a->stash_type != SARD_BF16)
        return sard_node_fail(node, error, SARD_UNSUPPORTED, "stash_type %" PRId64 " is not supported", a->stash_type);
    for (int i = 0; i < x->rank; i++)
        dims[i] = i < axis ? x->dims[i] : 1;
    for (size_t i = 1; !status && i < 3; i++)
        status = sard_node_set_output(node, i, (sard_dtype)a->stash_type, x->rank, dims, error);
    return status ? status : sard_node_set_output(node, 0, SARD_NONE, x->rank, x->dims, error);
}

typedef struct job {
    const sard_call *call;
    const sard_tensor *scale, *bias;                                   /* bias NULL: none */
    int64_t scale_strides[SARD_MAX_RANK], bias_strides[SARD_MAX_RANK]; /* along the dims of X */
    int axis;
    int64_t length;
    double epsilon;
    bool centred; /* LayerNormalization */
} job;

/* Where the elements that go with the first one of set `index` stand in a tensor of these strides. */
static int64_t offset_of(const job *j, size_t index, const int64_t *strides)
{
    const sard_tensor *x = &j->call->inputs[0];
    int64_t offset = 0, left = (int64_t)index;
    for (int i = j->axis - 1; i >= 0; i--) {
        offset += left % x->dims[i] * strides[i];
        left /= x->dims[i];
    }
    return offset;
}

static void map(const job *j, size_t index, double mean, double inverse)
{
    const sard_tensor *x = &j->call->inputs[0], *y = &j->call->outputs[0];
    const int64_t start = (int64_t)index * j->length;
    const int64_t scale = offset_of(j, index, j->scale_strides), bias = j->bias ? offset_of(j, index, j->bias_strides) : 0;
    double v[SARD_LINE];
    sard_walk w = sard_walk_start(x->rank - j->axis, x->dims + j->axis, j->scale_strides + j->axis, j->bias_strides + j->axis, NULL);
    for (int64_t at = 0; at < j->length; at += SARD_LINE) {
        const int64_t n = j->length - at < SARD_LINE ? j->length - at : SARD_LINE;
        sard_line_read(x->dtype, x->data, start + at, 1, n, v);
        for (int64_t i = 0; i < n; i++, sard_walk_next(&w)) {
            v[i] = (v[i] - mean) * inverse * sard_get(j->scale, (size_t)(scale + w.offset[0]));
            if (j->bias)
                v[i] += sard_get(j->bias, (size_t)(bias + w.offset[1]));
        }
        sard_line_write(y->dtype, y->data, start + at, 1, n, v);
    }
}

static void normalize(void *arg, size_t index)
{
    const job *j = arg;
    const sard_call *call = j->call;
    const sard_lines l = {.x = &call->inputs[0], .start = (int64_t)index * j->length, .lines = 1, .length = j->length, .step = 1};
    double mean, variance;
    sard_moments(&l, &mean, &variance);
    const double inverse = 1 / sqrt((j->centred ? variance : variance + mean * mean) + j->epsilon);
    if (call->outputs[0].dtype)
        map(j, index, j->centred ? mean : 0, inverse);
    if (call->output_count > 1 && call->outputs[1].dtype)
        sard_set(&call->outputs[1], index, mean);
    if (call->output_count > 2 && call->outputs[2].dtype)
        sard_set(&call->outputs[2], index, inverse);
}

static sard_status run(const sard_call *call, bool centred)
{
    const attributes *a = call->attrs;
    const sard_tensor *x = &call->inputs[0];
    job j = {.call = call,
             .scale = &call->inputs[1],
             .axis = (int)(a->axis < 0 ? a->axis + x->rank : a->axis),
             .length = 1,
             .epsilon = (double)a->epsilon,
             .centred = centred};
    size_t sets = 1;
    sard_broadcast_strides(j.scale, x->rank, x->dims, j.scale_strides);
    if (call->input_count > 2 && call->inputs[2].dtype) {
        j.bias = &call->inputs[2];
        sard_broadcast_strides(j.bias, x->rank, x->dims, j.bias_strides);
    }
    for (int i = 0; i < x->rank; i++)
        if (i < j.axis)
            sets *= (size_t)x->dims[i];
        else
            j.length *= x->dims[i];
    sard_call_parallel(call, sets, normalize, &j);
    return SARD_OK;
}

static sard_status eval_layer(const sard_call *call) { return run(call, true); }
static sard_status eval_rms(const sard_call *call) { return run(call, false); }

const sard_op sard_op_layer_normalization = {.struct_size = sizeof(sard_op),
                                             .domain = "",
                                             .name = "LayerNormalization",
                                             .since = 17,
                                             .traits = SARD_IN_PLACE,
                                             .inputs = layer_inputs,
                                             .outputs = layer_outputs,
                                             .attrs = attrs,
                                             .attrs_size = sizeof(attributes),
                                             .infer = infer,
                                             .eval = eval_layer};
const sard_op sard_op_rms_normalization = {.struct_size = sizeof(sard_op),
                                           .domain = "",
                                           .name = "RMSNormalization",
                                           .since = 23,
                                           .traits = SARD_IN_PLACE,
                                           .inputs = rms_inputs,
                                           .outputs = rms_outputs,
                                           .attrs = attrs,
                                           .attrs_size = sizeof(attributes),
                                           .infer = infer,
                                           .eval = eval_rms};
