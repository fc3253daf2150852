/* MeanVarianceNormalization: (x - mean) / (standard deviation + 1e-9) over some axes, usually all but the channels
 *
 * in   X
 * out  Y: like X */
#include "ops/lib/util.h"

#include <math.h>

typedef struct mean_variance {
    sard_ints axes;
} mean_variance;

static const sard_attr_spec attrs[] = {SARD_LIST(mean_variance, axes), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("X", 'T', SARD_SET_FLOAT), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("Y", 'T', SARD_SET_FLOAT), SARD_PORTS_END};

static const double EPSILON = 1e-9; /* of the function body that ONNX gives */

static sard_status axes_of(const sard_node *node, int rank, uint32_t *mask, sard_error *error)
{
    static const int64_t usual[] = {0, 2, 3};
    const mean_variance *a = node->attrs;
    return sard_axes(node, a->axes.data ? a->axes : (sard_ints){usual, 3}, rank, mask, error);
}

static sard_status infer(sard_node *node, sard_error *error)
{
    uint32_t mask;
    const sard_status status = axes_of(node, node->inputs[0]->rank, &mask, error);
    return status ? status : sard_infer_same(node, error);
}

/* Dimensions that are kept, and those that are averaged over. */
typedef struct job {
    const sard_tensor *x, *y;
    int kept, reduced;
    int64_t kept_dims[SARD_MAX_RANK], kept_strides[SARD_MAX_RANK], dims[SARD_MAX_RANK], strides[SARD_MAX_RANK];
} job;

static void normalize(void *arg, size_t index)
{
    const job *j = arg;
    int64_t start = 0, left = (int64_t)index;
    double mean = 0, variance = 0, count = 0;
    for (int i = j->kept - 1; i >= 0; i--) {
        start += left % j->kept_dims[i] * j->kept_strides[i];
        left /= j->kept_dims[i];
    }
    for (sard_walk w = sard_walk_start(j->reduced, j->dims, j->strides, NULL, NULL); w.more; sard_walk_next(&w)) {
        mean += sard_get(j->x, (size_t)(start + w.offset[0]));
        count++;
    }
    mean /= count;
    for (sard_walk w = sard_walk_start(j->reduced, j->dims, j->strides, NULL, NULL); w.more; sard_walk_next(&w)) {
        const double distance = sard_get(j->x, (size_t)(start + w.offset[0])) - mean;
        variance += distance * distance;
    }
    const double deviation = sqrt(variance / count) + EPSILON;
    for (sard_walk w = sard_walk_start(j->reduced, j->dims, j->strides, NULL, NULL); w.more; sard_walk_next(&w)) {
        const size_t at = (size_t)(start + w.offset[0]);
        sard_set(j->y, at, (sard_get(j->x, at) - mean) / deviation);
    }
}

static sard_status eval(const sard_call *call)
{
    const sard_tensor *x = &call->inputs[0];
    job j = {.x = x, .y = &call->outputs[0]};
    uint32_t mask;
    int64_t strides[SARD_MAX_RANK];
    const sard_status status = axes_of(call->node, x->rank, &mask, call->error);
    if (status || !sard_tensor_count(x))
        return status;
    size_t sets = 1;
    sard_strides(x->dims, x->rank, strides);
    for (int i = 0; i < x->rank; i++) {
        if (mask >> i & 1) {
            j.dims[j.reduced] = x->dims[i];
            j.strides[j.reduced++] = strides[i];
        } else {
            j.kept_dims[j.kept] = x->dims[i];
            j.kept_strides[j.kept++] = strides[i];
            sets *= (size_t)x->dims[i];
        }
    }
    sard_call_parallel(call, sets, normalize, &j);
    return SARD_OK;
}

const sard_op sard_op_mean_variance_normalization = {.struct_size = sizeof(sard_op),
                                                     .domain = "",
                                                     .name = "MeanVarianceNormalization",
                                                     .since = 13,
                                                     .traits = SARD_IN_PLACE,
                                                     .inputs = inputs,
                                                     .outputs = outputs,
                                                     .attrs = attrs,
                                                     .attrs_size = sizeof(mean_variance),
                                                     .infer = infer,
                                                     .eval = eval};
