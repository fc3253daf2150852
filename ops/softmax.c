/* Softmax: exp(x - max) / sum of exp(x - max) along an axis; LogSoftmax: its logarithm; Hardmax: 1 at the first of the largest, else 0
 *
 * in   input
 * out  output: like input */
#include "ops/axis.h"
#include "ops/lib/line.h"
#include "ops/lib/util.h"

#include <math.h>

static const sard_attr_spec attrs[] = {SARD_INT(sard_softmax, axis, -1), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("input", 'T', SARD_SET_FLOAT), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("output", 'T', SARD_SET_FLOAT), SARD_PORTS_END};

static sard_status infer(sard_node *node, sard_error *error)
{
    const sard_softmax *a = node->attrs;
    int axis;
    if (node->inputs[0]->rank == 0 && (a->axis == 0 || a->axis == -1))
        return sard_infer_same(node, error);
    const sard_status status = sard_axis(node, a->axis, node->inputs[0]->rank, "axis", &axis, error);
    return status ? status : sard_infer_same(node, error);
}

/* What is known of a line. */
typedef struct line {
    double max, sum; /* of exp(x - max) */
    int64_t first;   /* of the largest */
} line;

typedef void map_function(const line *l, int64_t at, double *x, int64_t n);

/* The tensor is outer x axis x inner. */
typedef struct job {
    const sard_tensor *x, *y;
    int64_t axis, inner, lines;
    map_function *map;
    bool sums; /* whether line.sum is wanted */
} job;

enum { LINES = 32 }; /* of a task */

static void read(const job *j, int64_t start, int64_t at, int64_t *n, double *x)
{
    *n = j->axis - at < SARD_LINE ? j->axis - at : SARD_LINE;
    sard_line_read(j->x->dtype, j->x->data, start + at * j->inner, j->inner, *n, x);
}

static line measure(const job *j, int64_t start)
{
    line l = {.max = -INFINITY};
    double x[SARD_LINE];
    int64_t n;
    for (int64_t at = 0; at < j->axis; at += SARD_LINE) {
        read(j, start, at, &n, x);
        for (int64_t i = 0; i < n; i++)
            if (x[i] > l.max || (x[i] != x[i] && l.max == l.max)) {
                l.max = x[i];
                l.first = at + i;
            }
    }
    for (int64_t at = 0; j->sums && at < j->axis; at += SARD_LINE) {
        read(j, start, at, &n, x);
        for (int64_t i = 0; i < n; i++)
            l.sum += exp(x[i] - l.max);
    }
    return l;
}

static void map_lines(void *arg, size_t task)
{
    const job *j = arg;
    for (int64_t k = (int64_t)task * LINES; k < j->lines && k < ((int64_t)task + 1) * LINES; k++) {
        const int64_t start = k / j->inner * j->axis * j->inner + k % j->inner;
        const line l = measure(j, start);
        double x[SARD_LINE];
        int64_t n;
        for (int64_t at = 0; at < j->axis; at += SARD_LINE) {
            read(j, start, at, &n, x);
            j->map(&l, at, x, n);
            sard_line_write(j->y->dtype, j->y->data, start + at * j->inner, j->inner, n, x);
        }
    }
}

static sard_status eval(const sard_call *call, map_function *map, bool sums)
{
    const sard_softmax *a = call->attrs;
    const sard_tensor *x = &call->inputs[0];
    const int axis = (int)(a->axis < 0 ? a->axis + x->rank : a->axis);
    job j = {.x = x, .y = &call->outputs[0], .axis = x->rank ? x->dims[axis] : 1, .inner = 1, .map = map, .sums = sums};
    for (int i = axis + 1; i < x->rank; i++)
        j.inner *= x->dims[i];
    if (!sard_tensor_count(x))
        return SARD_OK;
    j.lines = (int64_t)sard_tensor_count(x) / j.axis;
    sard_call_parallel(call, (size_t)((j.lines + LINES - 1) / LINES), map_lines, &j);
    return SARD_OK;
}

static void map_softmax(const line *l, int64_t at, double *x, int64_t n)
{
    (void)at;
    for (int64_t i = 0; i < n; i++)
        x[i] = exp(x[i] - l->max) / l->sum;
}

static void map_log(const line *l, int64_t at, double *x, int64_t n)
{
    (void)at;
    for (int64_t i = 0; i < n; i++)
        x[i] = x[i] - l->max - log(l->sum);
}

static void map_hard(const line *l, int64_t at, double *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        x[i] = at + i == l->first;
}

static sard_status eval_softmax(const sard_call *call) { return eval(call, map_softmax, true); }
static sard_status eval_log(const sard_call *call) { return eval(call, map_log, true); }
static sard_status eval_hard(const sard_call *call) { return eval(call, map_hard, false); }

const sard_op sard_op_softmax = {.struct_size = sizeof(sard_op),
                                 .domain = "",
                                 .name = "Softmax",
                                 .since = 13,
                                 .traits = SARD_IN_PLACE,
                                 .inputs = inputs,
                                 .outputs = outputs,
                                 .attrs = attrs,
                                 .attrs_size = sizeof(sard_softmax),
                                 .infer = infer,
                                 .eval = eval_softmax};
const sard_op sard_op_log_softmax = {.struct_size = sizeof(sard_op),
                                     .domain = "",
                                     .name = "LogSoftmax",
                                     .since = 13,
                                     .traits = SARD_IN_PLACE,
                                     .inputs = inputs,
                                     .outputs = outputs,
                                     .attrs = attrs,
                                     .attrs_size = sizeof(sard_softmax),
                                     .infer = infer,
                                     .eval = eval_log};
const sard_op sard_op_hardmax = {.struct_size = sizeof(sard_op),
                                 .domain = "",
                                 .name = "Hardmax",
                                 .since = 13,
                                 .traits = SARD_IN_PLACE,
                                 .inputs = inputs,
                                 .outputs = outputs,
                                 .attrs = attrs,
                                 .attrs_size = sizeof(sard_softmax),
                                 .infer = infer,
                                 .eval = eval_hard};
