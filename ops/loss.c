/* NegativeLogLikelihoodLoss-12 .. -22, SoftmaxCrossEntropyLoss-12, -13: -x[label] at each place, times the weight of the label
 *
 * NegativeLogLikelihoodLoss  in input: x, [N, C, ...], logarithms of probabilities; target: labels [N, ...] of 0 .. C-1; weight: [C],
 *                            optional; out loss: [N, ...]; reduction sum: a scalar; mean: the sum divided by that of the weights
 * SoftmaxCrossEntropyLoss    in scores, labels, weights: likewise, x is their LogSoftmax along axis 1; out output: the loss; log_prob: x
 *
 * Places whose label is ignore_index lose nothing and weigh nothing. */
#include "ops/lib/contents.h"

#include <inttypes.h>
#include <math.h>

enum { INPUT, TARGET, WEIGHT };
enum { LOSS, LOG_PROB };
enum { NONE, SUM, MEAN };
static const char *const reductions[] = {"none", "sum", "mean", NULL};

/* Below every label. */
#define NO_INDEX INT64_MIN

typedef struct loss {
    int64_t reduction, ignore_index;
} loss;

static const sard_attr_spec attrs[] = {SARD_CHOICE(loss, reduction, "mean", reductions), SARD_INT(loss, ignore_index, NO_INDEX),
                                       SARD_ATTRS_END};

/* ---- shapes ---- */

static sard_status infer(sard_node *node, sard_error *error)
{
    const sard_value *x = node->inputs[INPUT], *target = node->inputs[TARGET];
    const sard_value *weight = sard_has_input(node, WEIGHT) ? node->inputs[WEIGHT] : NULL;
    int64_t dims[SARD_MAX_RANK], classes;
    if (x->rank < 2 || target->rank != x->rank - 1)
        return sard_node_fail(node, error, SARD_SHAPE, "ranks %d and %d of scores and labels, must be 2 or more and one less", x->rank,
                              target->rank);
    for (int i = 0; i < target->rank; i++)
        if (!sard_dim_merge(target->dims[i], x->dims[i ? i + 1 : 0], &dims[i]))
            return sard_node_fail(node, error, SARD_SHAPE, "labels have size %" PRId64 " in dimension %d, scores %" PRId64, target->dims[i],
                                  i, x->dims[i ? i + 1 : 0]);
    if (weight && (weight->rank != 1 || !sard_dim_merge(weight->dims[0], x->dims[1], &classes)))
        return sard_node_fail(node, error, SARD_SHAPE, "weights must have rank 1 and one element for each class");
    const bool whole = ((const loss *)node->attrs)->reduction == NONE;
    const sard_status status = sard_node_set_output(node, LOSS, x->dtype, whole ? target->rank : 0, dims, error);
    return status ? status : sard_node_set_output(node, LOG_PROB, x->dtype, x->rank, x->dims, error);
}

/* ---- losses ---- */

/* classes: of a place; inner: places of one picture, which is the distance of classes. log_prob: wanted, or NULL. */
typedef struct job {
    const sard_call *call;
    const sard_tensor *x, *log_prob;
    int64_t classes, inner;
    bool softmax;
} job;

/* What is taken from each class of a place to make its logarithm of a probability. */
static double level_of(const job *j, size_t start)
{
    double max = -INFINITY, sum = 0;
    if (!j->softmax)
        return 0;
    for (int64_t k = 0; k < j->classes; k++)
        max = fmax(max, sard_get(j->x, start + (size_t)(k * j->inner)));
    for (int64_t k = 0; k < j->classes; k++)
        sum += exp(sard_get(j->x, start + (size_t)(k * j->inner)) - max);
    return max + log(sum);
}

static void write_log_prob(const job *j, size_t start, double level)
{
    for (int64_t k = 0; j->log_prob && k < j->classes; k++)
        sard_set(j->log_prob, start + (size_t)(k * j->inner), sard_get(j->x, start + (size_t)(k * j->inner)) - level);
}

/* The loss of place i, and its weight. */
static sard_status measure(const job *j, size_t i, double *out, double *weight)
{
    const loss *a = j->call->attrs;
    const int64_t label = sard_get_int(&j->call->inputs[TARGET], i);
    const size_t start = i / (size_t)j->inner * (size_t)(j->classes * j->inner) + i % (size_t)j->inner;
    const double level = level_of(j, start);
    *out = *weight = 0;
    write_log_prob(j, start, level);
    if (label == a->ignore_index)
        return SARD_OK;
    if (label < 0 || label >= j->classes)
        return sard_call_fail(j->call, SARD_DATA, "label %zu is %" PRId64 ", there are %" PRId64 " classes", i, label, j->classes);
    *weight = sard_has_input(j->call->node, WEIGHT) ? sard_get(&j->call->inputs[WEIGHT], (size_t)label) : 1;
    *out = *weight * (level - sard_get(j->x, start + (size_t)(label * j->inner)));
    return SARD_OK;
}

static sard_status run(const sard_call *call, bool softmax)
{
    const sard_tensor *x = &call->inputs[INPUT], *y = &call->outputs[LOSS];
    const int64_t reduction = ((const loss *)call->attrs)->reduction;
    job j = {.call = call, .x = x, .classes = x->dims[1], .inner = 1, .softmax = softmax};
    double sum = 0, weights = 0;
    for (int i = 2; i < x->rank; i++)
        j.inner *= x->dims[i];
    if (sard_call_wants(call, LOG_PROB))
        j.log_prob = &call->outputs[LOG_PROB];
    for (size_t i = 0; i < sard_tensor_count(&call->inputs[TARGET]); i++) {
        double one, weight;
        const sard_status status = measure(&j, i, &one, &weight);
        if (status)
            return status;
        if (reduction == NONE)
            sard_set(y, i, one);
        sum += one;
        weights += weight;
    }
    if (reduction != NONE)
        sard_set(y, 0, reduction == MEAN ? sum / weights : sum);
    return SARD_OK;
}

static sard_status eval_likelihood(const sard_call *call) { return run(call, false); }
static sard_status eval_entropy(const sard_call *call) { return run(call, true); }

/* ---- operators ---- */

#define LABELS (SARD_SET(I32) | SARD_SET(I64))

static const sard_port likelihood_inputs[] = {SARD_PORT("input", 'T', SARD_SET_FLOAT), SARD_PORT("target", 'I', LABELS),
                                              SARD_PORT_OPTIONAL("weight", 'T', SARD_SET_FLOAT), SARD_PORTS_END};
static const sard_port likelihood_outputs[] = {SARD_PORT("loss", 'T', SARD_SET_FLOAT), SARD_PORTS_END};
static const sard_port entropy_inputs[] = {SARD_PORT("scores", 'T', SARD_SET_FLOAT), SARD_PORT("labels", 'I', LABELS),
                                           SARD_PORT_OPTIONAL("weights", 'T', SARD_SET_FLOAT), SARD_PORTS_END};
static const sard_port entropy_outputs[] = {SARD_PORT("output", 'T', SARD_SET_FLOAT), SARD_PORT_OPTIONAL("log_prob", 'T', SARD_SET_FLOAT),
                                            SARD_PORTS_END};

const sard_op sard_op_negative_log_likelihood_loss = {.struct_size = sizeof(sard_op),
                                                      .domain = "",
                                                      .name = "NegativeLogLikelihoodLoss",
                                                      .since = 22,
                                                      .inputs = likelihood_inputs,
                                                      .outputs = likelihood_outputs,
                                                      .attrs = attrs,
                                                      .attrs_size = sizeof(loss),
                                                      .infer = infer,
                                                      .eval = eval_likelihood};
const sard_op sard_op_softmax_cross_entropy_loss = {.struct_size = sizeof(sard_op),
                                                    .domain = "",
                                                    .name = "SoftmaxCrossEntropyLoss",
                                                    .since = 13,
                                                    .inputs = entropy_inputs,
                                                    .outputs = entropy_outputs,
                                                    .attrs = attrs,
                                                    .attrs_size = sizeof(loss),
                                                    .infer = infer,
                                                    .eval = eval_entropy};
