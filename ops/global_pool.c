/* GlobalAveragePool, GlobalMaxPool, GlobalLpPool: one result for each channel of each image
 *
 * in   X: N, C, spatial
 * out  Y: N, C, 1 ...
 *
 * Over nothing: the mean is NaN, the maximum -infinity, the norm 0. NaN is larger than any number. */
#include "ops/lib/line.h"
#include "ops/lib/util.h"

#include <math.h>

typedef struct global_lp {
    int64_t p;
} global_lp;

static const sard_attr_spec lp_attrs[] = {SARD_INT_IN(global_lp, p, 2, 1, INT32_MAX), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("X", 'T', SARD_SET_FLOAT), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("Y", 'T', SARD_SET_FLOAT), SARD_PORTS_END};

typedef double fold_function(double acc, const double *x, int64_t n, double p);
typedef double finish_function(double acc, double count, double p);

static double sum(double acc, const double *x, int64_t n, double p)
{
    (void)p;
    for (int64_t i = 0; i < n; i++)
        acc += x[i];
    return acc;
}

static double largest(double acc, const double *x, int64_t n, double p)
{
    (void)p;
    for (int64_t i = 0; i < n; i++)
        acc = x[i] > acc || x[i] != x[i] ? x[i] : acc;
    return acc;
}

static double sum_powers(double acc, const double *x, int64_t n, double p)
{
    for (int64_t i = 0; i < n; i++)
        acc += p == 2 ? x[i] * x[i] : pow(fabs(x[i]), p);
    return acc;
}

static double mean(double acc, double count, double p) { return (void)p, acc / count; }
static double root(double acc, double count, double p) { return (void)count, p == 2 ? sqrt(acc) : pow(acc, 1 / p); }

static sard_status infer(sard_node *node, sard_error *error)
{
    const sard_value *x = node->inputs[0];
    int64_t dims[SARD_MAX_RANK];
    const int64_t ones[SARD_MAX_SPATIAL] = {1, 1, 1, 1, 1, 1};
    if (x->rank < 2)
        return sard_node_fail(node, error, SARD_SHAPE, "the input has rank %d, must have 2 or more", x->rank);
    const sard_spatial s = sard_spatial_of(node->layout, x->rank, x->dims, 0);
    sard_spatial_dims(node->layout, s.count, s.n, s.c, ones, dims);
    return sard_node_set_output(node, 0, x->dtype, x->rank, dims, error);
}

typedef struct job {
    fold_function *fold;
    finish_function *finish; /* NULL: nothing */
    double start, p;
    const sard_tensor *x, *y;
    sard_spatial s;
    int64_t count, step; /* elements of a channel */
} job;

static void pool_channel(void *arg, size_t index)
{
    const job *j = arg;
    double acc = j->start, x[SARD_LINE];
    const int64_t start = (int64_t)index / j->s.c * j->s.stride_n + (int64_t)index % j->s.c * j->s.stride_c;
    for (int64_t at = 0; at < j->count; at += SARD_LINE) {
        const int64_t n = j->count - at < SARD_LINE ? j->count - at : SARD_LINE;
        sard_line_read(j->x->dtype, j->x->data, start + at * j->step, j->step, n, x);
        acc = j->fold(acc, x, n, j->p);
    }
    sard_set(j->y, index, j->finish ? j->finish(acc, (double)j->count, j->p) : acc);
}

static sard_status pool(const sard_call *call, job j)
{
    j.x = &call->inputs[0];
    j.y = &call->outputs[0];
    j.s = sard_spatial_of(call->node->layout, j.x->rank, j.x->dims, j.x->ld);
    j.count = j.step = 1;
    for (int i = 0; i < j.s.count; i++)
        j.count *= j.s.size[i];
    if (j.s.count)
        j.step = j.s.stride[j.s.count - 1];
    sard_call_parallel(call, (size_t)(j.s.n * j.s.c), pool_channel, &j);
    return SARD_OK;
}

static sard_status eval_average(const sard_call *call) { return pool(call, (job){.fold = sum, .finish = mean}); }
static sard_status eval_max(const sard_call *call) { return pool(call, (job){.fold = largest, .start = -INFINITY}); }

static sard_status eval_lp(const sard_call *call)
{
    const global_lp *a = call->attrs;
    return pool(call, (job){.fold = sum_powers, .finish = root, .p = (double)a->p});
}

const sard_op sard_op_global_average_pool = {.struct_size = sizeof(sard_op),
                                             .domain = "",
                                             .name = "GlobalAveragePool",
                                             .since = 22,
                                             .traits = SARD_SPATIAL,
                                             .inputs = inputs,
                                             .outputs = outputs,
                                             .infer = infer,
                                             .eval = eval_average};
const sard_op sard_op_global_max_pool = {.struct_size = sizeof(sard_op),
                                         .domain = "",
                                         .name = "GlobalMaxPool",
                                         .since = 22,
                                         .traits = SARD_SPATIAL,
                                         .inputs = inputs,
                                         .outputs = outputs,
                                         .infer = infer,
                                         .eval = eval_max};
const sard_op sard_op_global_lp_pool = {.struct_size = sizeof(sard_op),
                                        .domain = "",
                                        .name = "GlobalLpPool",
                                        .since = 22,
                                        .traits = SARD_SPATIAL,
                                        .inputs = inputs,
                                        .outputs = outputs,
                                        .attrs = lp_attrs,
                                        .attrs_size = sizeof(global_lp),
                                        .infer = infer,
                                        .eval = eval_lp};
