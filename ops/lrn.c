/* LRN: y[c] = x[c] / (bias + alpha / size * sum of x[i]^2)^beta, over the channels i from c - floor((size - 1) / 2)
 * to c + ceil((size - 1) / 2) that there are
 *
 * in   X: N, C, spatial
 * out  Y */
#include "ops/lib/line.h"
#include "ops/lib/util.h"

#include <math.h>

typedef struct lrn {
    float alpha, beta, bias;
    int64_t size;
} lrn;

static const sard_attr_spec attrs[] = {SARD_FLOAT(lrn, alpha, 1e-4f),
                                       SARD_FLOAT(lrn, beta, 0.75f),
                                       SARD_FLOAT(lrn, bias, 1),
                                       {.name = "size",
                                        .kind = SARD_ATTR_INT,
                                        .flags = SARD_REQUIRED | SARD_RANGED,
                                        .offset = offsetof(lrn, size),
                                        .min = 1,
                                        .max = INT64_MAX / 2},
                                       SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("X", 'T', SARD_SET_FLOAT), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("Y", 'T', SARD_SET_FLOAT), SARD_PORTS_END};

static sard_status infer(sard_node *node, sard_error *error)
{
    if (node->inputs[0]->rank < 2)
        return sard_node_fail(node, error, SARD_SHAPE, "the input has rank %d, must have 2 or more", node->inputs[0]->rank);
    return sard_infer_same(node, error);
}

typedef struct job {
    const lrn *a;
    const sard_tensor *x, *y;
    sard_spatial s;
    int64_t places, step; /* of a channel */
} job;

static void normalize_run(const job *j, int64_t image, int64_t c, int64_t at, int64_t n)
{
    const lrn *a = j->a;
    const int64_t before = (a->size - 1) / 2, after = a->size / 2;
    const int64_t low = c > before ? c - before : 0, high = j->s.c - c > after ? c + after : j->s.c - 1;
    const int64_t place = image + at * j->step;
    double x[SARD_LINE], sums[SARD_LINE] = {0};
    for (int64_t k = low; k <= high; k++) {
        sard_line_read(j->x->dtype, j->x->data, place + k * j->s.stride_c, j->step, n, x);
        for (int64_t i = 0; i < n; i++)
            sums[i] += x[i] * x[i];
    }
    sard_line_read(j->x->dtype, j->x->data, place + c * j->s.stride_c, j->step, n, x);
    for (int64_t i = 0; i < n; i++)
        x[i] /= pow((double)a->bias + (double)a->alpha / (double)a->size * sums[i], (double)a->beta);
    sard_line_write(j->y->dtype, j->y->data, place + c * j->s.stride_c, j->step, n, x);
}

static void normalize_channel(void *arg, size_t index)
{
    const job *j = arg;
    for (int64_t at = 0; at < j->places; at += SARD_LINE) {
        const int64_t n = j->places - at < SARD_LINE ? j->places - at : SARD_LINE;
        normalize_run(j, (int64_t)index / j->s.c * j->s.stride_n, (int64_t)index % j->s.c, at, n);
    }
}

static sard_status eval(const sard_call *call)
{
    const sard_tensor *x = &call->inputs[0];
    job j = {.a = call->attrs,
             .x = x,
             .y = &call->outputs[0],
             .s = sard_spatial_of(call->node->layout, x->rank, x->dims, x->ld),
             .places = 1,
             .step = 1};
    for (int i = 0; i < j.s.count; i++)
        j.places *= j.s.size[i];
    if (j.s.count)
        j.step = j.s.stride[j.s.count - 1];
    sard_call_parallel(call, (size_t)(j.s.n * j.s.c), normalize_channel, &j);
    return SARD_OK;
}

static double work(const sard_node *node) { return (double)((const lrn *)node->attrs)->size * sard_outputs_work(node); }

const sard_op sard_op_lrn = {.struct_size = sizeof(sard_op),
                             .domain = "",
                             .name = "LRN",
                             .since = 13,
                             .traits = SARD_SPATIAL,
                             .inputs = inputs,
                             .outputs = outputs,
                             .attrs = attrs,
                             .attrs_size = sizeof(lrn),
                             .infer = infer,
                             .eval = eval,
                             .work = work};
