/* What the operators of domain ai.onnx.ml share. */
#include "ops/ml/ml.h"

#include <inttypes.h>
#include <math.h>

const char *const sard_ml_post_words[] = {"NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT", NULL};

sard_status sard_ml_rows(const sard_node *node, int64_t *rows, int64_t *width, sard_error *error)
{
    const sard_value *x = node->inputs[0];
    if (x->rank < 1 || x->rank > 2)
        return sard_node_fail(node, error, SARD_SHAPE, "X has rank %d, must be 1 or 2", x->rank);
    *rows = x->rank == 1 ? 1 : x->dims[0];
    *width = x->dims[x->rank - 1];
    return SARD_OK;
}

sard_status sard_ml_check_count(const sard_node *node, const char *name, size_t count, size_t wanted, sard_error *error)
{
    return count == wanted ? SARD_OK : sard_node_fail(node, error, SARD_MODEL, "%s has %zu elements, must have %zu", name, count, wanted);
}

/* ---- scores ---- */

static double probit(double score)
{
    const double x = 2 * score - 1, c = 0.147, logarithm = log((1 - x) * (1 + x)), half = 2 / (M_PI * c) + 0.5 * logarithm;
    return sqrt(2) * copysign(sqrt(sqrt(half * half - logarithm / c) - half), x);
}

static void softmax(double *scores, size_t count, bool keep_zeros)
{
    double most = -INFINITY, sum = 0;
    for (size_t i = 0; i < count; i++)
        most = fmax(most, scores[i]);
    for (size_t i = 0; i < count; i++) {
        if (keep_zeros && fabs(scores[i]) <= 1e-7) {
            scores[i] *= exp(-most);
            continue;
        }
        scores[i] = exp(scores[i] - most);
        sum += scores[i];
    }
    for (size_t i = 0; i < count; i++)
        scores[i] /= sum;
}

void sard_ml_post(int64_t post_transform, double *scores, size_t count)
{
    if (post_transform == SARD_ML_SOFTMAX || post_transform == SARD_ML_SOFTMAX_ZERO)
        softmax(scores, count, post_transform == SARD_ML_SOFTMAX_ZERO);
    for (size_t i = 0; post_transform == SARD_ML_LOGISTIC && i < count; i++)
        scores[i] = 1 / (1 + exp(-scores[i]));
    for (size_t i = 0; post_transform == SARD_ML_PROBIT && i < count; i++)
        scores[i] = probit(scores[i]);
}

void sard_ml_two_scores(int64_t post_transform, bool is_signed, double scores[2])
{
    scores[1] = scores[0];
    scores[0] = is_signed || post_transform == SARD_ML_LOGISTIC ? -scores[1] : 1 - scores[1];
    if (post_transform == SARD_ML_LOGISTIC || post_transform == SARD_ML_PROBIT)
        sard_ml_post(post_transform, scores, 2);
}

/* ---- labels ---- */

sard_status sard_ml_set_outputs(sard_node *node, const sard_ml_labels *labels, int64_t scores, sard_error *error)
{
    int64_t rows, width;
    if (!labels->ints.count == !labels->strings.count)
        return sard_node_fail(node, error, SARD_MODEL, "one list of labels of the classes must be given");
    sard_status status = sard_ml_rows(node, &rows, &width, error);
    if (!status)
        status = sard_node_set_output(node, 0, sard_ml_label_type(labels), 1, &rows, error);
    return status ? status : sard_node_set_output(node, 1, SARD_F32, 2, (int64_t[]){rows, scores}, error);
}

void sard_ml_put_label(const sard_call *call, const sard_ml_labels *labels, size_t row, size_t label)
{
    if (!sard_call_wants(call, 0))
        return;
    if (labels->strings.count)
        ((sard_string *)call->outputs[0].data)[row] = labels->strings.data[label];
    else
        ((int64_t *)call->outputs[0].data)[row] = labels->ints.data[label];
}

/* ---- threads ---- */

typedef struct slots {
    size_t count, share; /* of a slot */
    sard_ml_work *work;
    void *arg;
} slots;

static void work_on_share(void *arg, size_t slot)
{
    const slots *s = arg;
    for (size_t i = slot * s->share; i < s->count && i < (slot + 1) * s->share; i++)
        s->work(s->arg, slot, i);
}

void sard_ml_parallel(const sard_call *call, size_t count, size_t together, sard_ml_work *work, void *arg)
{
    const size_t least = (count + SARD_ML_SLOTS - 1) / SARD_ML_SLOTS;
    slots s = {count, least > together ? least : together, work, arg};
    if (count)
        sard_call_parallel(call, (count + s.share - 1) / s.share, work_on_share, &s);
}
