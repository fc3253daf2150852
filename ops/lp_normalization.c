/* LpNormalization: x / norm along an axis, where norm is sum |x| (p = 1) or sqrt(sum x^2) (p = 2); zero where the norm is zero
 *
 * in   input
 * out  output: like input */
#include "ops/axis.h"
#include "ops/lib/line.h"
#include "ops/lib/util.h"

#include <math.h>

static const sard_attr_spec attrs[] = {SARD_INT(sard_lp_normalization, axis, -1), SARD_INT_IN(sard_lp_normalization, p, 2, 1, 2),
                                       SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("input", 'T', SARD_SET_FLOAT), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("output", 'T', SARD_SET_FLOAT), SARD_PORTS_END};

static sard_status infer(sard_node *node, sard_error *error)
{
    const sard_lp_normalization *a = node->attrs;
    int axis;
    const sard_status status = sard_axis(node, a->axis, node->inputs[0]->rank, "axis", &axis, error);
    return status ? status : sard_infer_same(node, error);
}

/* The tensor is outer x axis x inner. */
typedef struct job {
    const sard_tensor *x, *y;
    int64_t axis, inner, p;
} job;

static int64_t piece(const job *j, int64_t at) { return j->axis - at < SARD_LINE ? j->axis - at : SARD_LINE; }

static double norm_of(const job *j, int64_t start)
{
    double x[SARD_LINE], sum = 0;
    for (int64_t at = 0; at < j->axis; at += SARD_LINE) {
        const int64_t n = piece(j, at);
        sard_line_read(j->x->dtype, j->x->data, start + at * j->inner, j->inner, n, x);
        for (int64_t i = 0; i < n; i++)
            sum += j->p == 1 ? fabs(x[i]) : x[i] * x[i];
    }
    return j->p == 1 ? sum : sqrt(sum);
}

static void normalize(void *arg, size_t outer)
{
    const job *j = arg;
    for (int64_t k = 0; k < j->inner; k++) {
        const int64_t start = (int64_t)outer * j->axis * j->inner + k;
        const double norm = norm_of(j, start);
        double x[SARD_LINE];
        for (int64_t at = 0; at < j->axis; at += SARD_LINE) {
            const int64_t n = piece(j, at);
            sard_line_read(j->x->dtype, j->x->data, start + at * j->inner, j->inner, n, x);
            for (int64_t i = 0; i < n; i++)
                x[i] = norm == 0 ? 0 : x[i] / norm;
            sard_line_write(j->y->dtype, j->y->data, start + at * j->inner, j->inner, n, x);
        }
    }
}

static sard_status eval(const sard_call *call)
{
    const sard_lp_normalization *a = call->attrs;
    const sard_tensor *x = &call->inputs[0];
    const int axis = (int)(a->axis < 0 ? a->axis + x->rank : a->axis);
    job j = {.x = x, .y = &call->outputs[0], .axis = x->dims[axis], .inner = 1, .p = a->p};
    size_t outer = 1;
    for (int i = 0; i < x->rank; i++)
        if (i < axis)
            outer *= (size_t)x->dims[i];
        else if (i > axis)
            j.inner *= x->dims[i];
    sard_call_parallel(call, outer, normalize, &j);
    return SARD_OK;
}

const sard_op sard_op_lp_normalization = {.struct_size = sizeof(sard_op),
                                          .domain = "",
                                          .name = "LpNormalization",
                                          .since = 22,
                                          .traits = SARD_IN_PLACE,
                                          .inputs = inputs,
                                          .outputs = outputs,
                                          .attrs = attrs,
                                          .attrs_size = sizeof(sard_lp_normalization),
                                          .infer = infer,
                                          .eval = eval};
