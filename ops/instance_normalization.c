/* InstanceNormalization, GroupNormalization: y = (x - mean) / sqrt(variance + epsilon) * scale[c] + bias[c], where mean and variance are
 * those of one channel of one image, or of a group of neighbouring channels of it
 *
 * in   X: N, C, spatial; scale, bias: C
 * out  Y
 *
 * stash_type (the precision of mean and variance) makes no difference: all is done in double. */
#include "ops/lib/moments.h"
#include "ops/norm.h"

#include <inttypes.h>
#include <math.h>

static const sard_attr_spec instance_attrs[] = {SARD_FLOAT(sard_group_normalization_attrs, epsilon, 1e-5f), SARD_ATTRS_END};
static const sard_attr_spec group_attrs[] = {SARD_FLOAT(sard_group_normalization_attrs, epsilon, 1e-5f),
                                             {.name = "num_groups",
                                              .kind = SARD_ATTR_INT,
                                              .flags = SARD_REQUIRED | SARD_RANGED,
                                              .offset = offsetof(sard_group_normalization_attrs, num_groups),
                                              .min = 1,
                                              .max = INT64_MAX},
                                             SARD_INT(sard_group_normalization_attrs, stash_type, 1),
                                             SARD_ATTRS_END};
static const sard_port instance_inputs[] = {SARD_PORT("input", 'T', SARD_SET_FLOAT), SARD_PORT("scale", 'T', SARD_SET_FLOAT),
                                            SARD_PORT("B", 'T', SARD_SET_FLOAT), SARD_PORTS_END};
static const sard_port instance_outputs[] = {SARD_PORT("output", 'T', SARD_SET_FLOAT), SARD_PORTS_END};
static const sard_port group_inputs[] = {SARD_PORT("X", 'T', SARD_SET_FLOAT), SARD_PORT("scale", 'T', SARD_SET_FLOAT),
                                         SARD_PORT("bias", 'T', SARD_SET_FLOAT), SARD_PORTS_END};
static const sard_port group_outputs[] = {SARD_PORT("Y", 'T', SARD_SET_FLOAT), SARD_PORTS_END};

static sard_status infer(sard_node *node, sard_error *error)
{
    const sard_value *x = node->inputs[0];
    if (x->rank < 2)
        return sard_node_fail(node, error, SARD_SHAPE, "the input has rank %d, must have 2 or more", x->rank);
    const int64_t c = sard_spatial_of(node->layout, x->rank, x->dims, 0).c;
    for (size_t i = 1; i < 3; i++) {
        const sard_value *v = node->inputs[i];
        if (v->rank != 1 || (v->dims[0] >= 0 && c >= 0 && v->dims[0] != c))
            return sard_node_fail(node, error, SARD_SHAPE, "%s must be a vector of %" PRId64 " elements, one for each channel",
                                  node->op->inputs[i].name, c);
    }
    return sard_infer_same(node, error);
}

static sard_status infer_group(sard_node *node, sard_error *error)
{
    const int64_t groups = ((const sard_group_normalization_attrs *)node->attrs)->num_groups;
    const sard_status status = infer(node, error);
    if (status)
        return status;
    const int64_t c = sard_spatial_of(node->layout, node->inputs[0]->rank, node->inputs[0]->dims, 0).c;
    if (c >= 0 && c % groups)
        return sard_node_fail(node, error, SARD_SHAPE, "%" PRId64 " channels cannot make %" PRId64 " groups", c, groups);
    return SARD_OK;
}

typedef struct job {
    const sard_call *call;
    sard_spatial s;
    int64_t groups, channels; /* of a group */
    double epsilon;
} job;

static void normalize(void *arg, size_t index)
{
    const job *j = arg;
    const sard_tensor *in = j->call->inputs;
    const int64_t n = (int64_t)index / j->groups, c = (int64_t)index % j->groups * j->channels;
    double mean, variance;
    sard_lines l = sard_lines_of_channel(&in[0], &j->s, n, c);
    l.lines = j->channels;
    sard_moments(&l, &mean, &variance);
    for (int64_t i = 0; i < j->channels; i++) {
        const size_t channel = (size_t)(c + i);
        const double factor = sard_get(&in[1], channel) / sqrt(variance + j->epsilon);
        sard_line_map(&l, i, &j->call->outputs[0], mean, factor, sard_get(&in[2], channel));
    }
}

static sard_status run(const sard_call *call, bool grouped)
{
    const sard_group_normalization_attrs *a = call->attrs;
    const sard_tensor *x = &call->inputs[0];
    job j = {.call = call, .s = sard_spatial_of(call->node->layout, x->rank, x->dims, x->ld), .epsilon = (double)a->epsilon};
    if (!sard_tensor_count(x))
        return SARD_OK;
    j.groups = grouped ? a->num_groups : j.s.c;
    j.channels = j.s.c / j.groups;
    sard_call_parallel(call, (size_t)(j.s.n * j.groups), normalize, &j);
    return SARD_OK;
}

static sard_status eval_instance(const sard_call *call) { return run(call, false); }
static sard_status eval_group(const sard_call *call) { return run(call, true); }

const sard_op sard_op_instance_normalization = {.struct_size = sizeof(sard_op),
                                                .domain = "",
                                                .name = "InstanceNormalization",
                                                .since = 22,
                                                .traits = SARD_SPATIAL | SARD_IN_PLACE,
                                                .inputs = instance_inputs,
                                                .outputs = instance_outputs,
                                                .attrs = instance_attrs,
                                                .attrs_size = sizeof(sard_group_normalization_attrs),
                                                .infer = infer,
                                                .eval = eval_instance};
const sard_op sard_op_group_normalization = {.struct_size = sizeof(sard_op),
                                             .domain = "",
                                             .name = "GroupNormalization",
                                             .since = 21,
                                             .traits = SARD_SPATIAL | SARD_IN_PLACE,
                                             .inputs = group_inputs,
                                             .outputs = group_outputs,
                                             .attrs = group_attrs,
                                             .attrs_size = sizeof(sard_group_normalization_attrs),
                                             .infer = infer_group,
                                             .eval = eval_group};
