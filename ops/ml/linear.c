/* LinearClassifier, LinearRegressor (ai.onnx.ml, version 1): products of features with coefficients
 *
 * in   X: [N, C], or [C], which is one row
 * out  LinearRegressor: Y, [N, targets]: X * coefficients + intercepts of each target, then post_transform
 *      LinearClassifier: Y: the label with the highest score, of equal ones the first; Z: scores after post_transform
 *
 * Coefficients are [targets, C]. A classifier with two labels and one score says the second where the score is above 0; its scores are
 * then those of both (ops/ml/ml.h: sard_ml_two_scores). */
#include "ops/ml/ml.h"

#include <inttypes.h>

typedef struct linear {
    sard_ml_labels labels;
    sard_floats coefficients, intercepts;
    int64_t multi_class, post_transform, targets;
} linear;

static size_t scores_of(const linear *a)
{
    return a->targets ? (size_t)a->targets : a->intercepts.count ? a->intercepts.count : sard_ml_label_count(&a->labels);
}

static sard_status check(const sard_node *node, sard_error *error)
{
    const linear *a = node->attrs;
    const size_t targets = scores_of(a);
    int64_t rows, width;
    const sard_status status = sard_ml_rows(node, &rows, &width, error);
    if (status)
        return status;
    if (!targets || a->coefficients.count % targets || (width >= 0 && (size_t)width != a->coefficients.count / targets))
        return sard_node_fail(node, error, SARD_MODEL, "there are %zu coefficients for %zu scores of %" PRId64 " features",
                              a->coefficients.count, targets, width);
    if (a->intercepts.count && a->intercepts.count != targets)
        return sard_node_fail(node, error, SARD_MODEL, "there are %zu intercepts for %zu scores", a->intercepts.count, targets);
    return SARD_OK;
}

static sard_status infer_regressor(sard_node *node, sard_error *error)
{
    const linear *a = node->attrs;
    const sard_value *x = node->inputs[0];
    const sard_status status = check(node, error);
    return status ? status : sard_node_set_output(node, 0, SARD_F32, 2, (int64_t[]){x->rank == 1 ? 1 : x->dims[0], a->targets}, error);
}

static sard_status infer_classifier(sard_node *node, sard_error *error)
{
    const linear *a = node->attrs;
    const size_t scores = scores_of(a), labels = sard_ml_label_count(&a->labels);
    const sard_status status = check(node, error);
    if (status)
        return status;
    if (labels != scores && !(scores == 1 && labels == 2))
        return sard_node_fail(node, error, SARD_MODEL, "there are %zu scores for %zu labels", scores, labels);
    return sard_ml_set_outputs(node, &a->labels, (int64_t)labels, error);
}

/* memory: of each slot features, then scores (two where there is one). */
typedef struct job {
    const sard_call *call;
    const linear *a;
    double *memory;
    size_t width, scores;
} job;

static double *score_row(const job *j, size_t slot, size_t row)
{
    double *x = j->memory + slot * (j->width + j->scores + 1), *scores = x + j->width;
    sard_ml_row(&j->call->inputs[0], row, x);
    for (size_t k = 0; k < j->scores; k++) {
        const float *w = j->a->coefficients.data + k * j->width;
        double sum = j->a->intercepts.count ? (double)j->a->intercepts.data[k] : 0;
        for (size_t i = 0; i < j->width; i++)
            sum += x[i] * (double)w[i];
        scores[k] = (double)(float)sum;
    }
    return scores;
}

static void regress_row(void *arg, size_t slot, size_t row)
{
    const job *j = arg;
    double *scores = score_row(j, slot, row);
    sard_ml_post(j->a->post_transform, scores, j->scores);
    for (size_t k = 0; k < j->scores; k++)
        ((float *)j->call->outputs[0].data)[row * j->scores + k] = (float)scores[k];
}

static void classify_row(void *arg, size_t slot, size_t row)
{
    const job *j = arg;
    double *scores = score_row(j, slot, row);
    const size_t labels = sard_ml_label_count(&j->a->labels);
    size_t best = 0;
    for (size_t k = 1; k < j->scores; k++)
        best = scores[k] > scores[best] ? k : best;
    if (labels > j->scores) {
        best = scores[0] > 0;
        sard_ml_two_scores(j->a->post_transform, false, scores);
    } else {
        sard_ml_post(j->a->post_transform, scores, labels);
    }
    sard_ml_put_label(j->call, &j->a->labels, row, best);
    for (size_t k = 0; sard_call_wants(j->call, 1) && k < labels; k++)
        ((float *)j->call->outputs[1].data)[row * labels + k] = (float)scores[k];
}

static sard_status eval_rows(const sard_call *call, sard_ml_work *work)
{
    const sard_tensor *x = &call->inputs[0];
    job j = {.call = call, .a = call->attrs, .width = (size_t)sard_ml_width(x), .scores = scores_of(call->attrs)};
    const size_t rows = (size_t)sard_ml_row_count(x);
    j.memory = sard_call_alloc(call, SARD_ML_SLOTS * (j.width + j.scores + 1) * sizeof *j.memory);
    if (!j.memory)
        return sard_call_fail(call, SARD_NOMEM, "out of memory");
    sard_ml_parallel(call, rows, 1 + 20000 / (1 + j.width * j.scores), work, &j);
    return SARD_OK;
}

static sard_status eval_regressor(const sard_call *call) { return eval_rows(call, regress_row); }
static sard_status eval_classifier(const sard_call *call) { return eval_rows(call, classify_row); }

/* ---- operators ---- */

static const sard_attr_spec classifier_attrs[] = {
    {.name = "classlabels_ints", .kind = SARD_ATTR_INTS, .offset = offsetof(linear, labels.ints)},
    {.name = "classlabels_strings", .kind = SARD_ATTR_STRINGS, .offset = offsetof(linear, labels.strings)},
    {.name = "coefficients", .kind = SARD_ATTR_FLOATS, .flags = SARD_REQUIRED, .offset = offsetof(linear, coefficients)},
    SARD_ATTR(linear, intercepts, FLOATS),
    SARD_INT(linear, multi_class, 0),
    SARD_CHOICE(linear, post_transform, "NONE", sard_ml_post_words),
    SARD_ATTRS_END};
static const sard_attr_spec regressor_attrs[] = {SARD_ATTR(linear, coefficients, FLOATS), SARD_ATTR(linear, intercepts, FLOATS),
                                                 SARD_CHOICE(linear, post_transform, "NONE", sard_ml_post_words),
                                                 SARD_INT_IN(linear, targets, 1, 1, INT32_MAX), SARD_ATTRS_END};

static const sard_port inputs[] = {SARD_PORT("X", 'T', SARD_ML_NUMBERS), SARD_PORTS_END};
static const sard_port regressor_outputs[] = {SARD_PORT("Y", 'F', SARD_SET(F32)), SARD_PORTS_END};
static const sard_port classifier_outputs[] = {SARD_PORT("Y", 'L', SARD_SET(STRING) | SARD_SET(I64)), SARD_PORT("Z", 'F', SARD_SET(F32)),
                                               SARD_PORTS_END};

SARD_ML_OP(linear_classifier, "LinearClassifier", 1, .inputs = inputs, .outputs = classifier_outputs, .attrs = classifier_attrs,
           .attrs_size = sizeof(linear), .infer = infer_classifier, .eval = eval_classifier)
SARD_ML_OP(linear_regressor, "LinearRegressor", 1, .inputs = inputs, .outputs = regressor_outputs, .attrs = regressor_attrs,
           .attrs_size = sizeof(linear), .infer = infer_regressor, .eval = eval_regressor)
