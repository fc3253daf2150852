/* SVMClassifier, SVMRegressor (ai.onnx.ml, version 1): sums of kernels of a row with support vectors
 *
 * in   X: [N, C], or [C], which is one row
 * out  SVMRegressor: Y, [N, 1]: the sum of coefficients times kernels, and rho; of a one-class machine 1 above 0, else -1
 *      SVMClassifier: Y: labels; Z: scores
 *
 * kernel_params are gamma, coef0, degree. LINEAR: x.v; POLY: (gamma x.v + coef0)^degree; RBF: exp(-gamma |x - v|^2); SIGMOID:
 * tanh(gamma x.v + coef0). The classifier compares classes in pairs, and the one that wins most is said. Z has a probability of each class
 * where prob_a and prob_b are given (Wu, Lin and Weng 2004, as libsvm finds them); else the score of each pair, of two classes that of
 * both. Without support vectors coefficients are a row for each class, whose label is said that has the highest score. */
#include "ops/ml/ml.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { LINEAR, POLY, RBF, SIGMOID };
static const char *const kernels[] = {"LINEAR", "POLY", "RBF", "SIGMOID", NULL};

typedef struct svm {
    sard_ml_labels labels;
    sard_floats coefficients, kernel_params, prob_a, prob_b, rho, support_vectors;
    sard_ints vectors_per_class;
    int64_t kernel_type, post_transform, n_supports, one_class;
} svm;

/* ---- kernels ---- */

static double param(const svm *a, size_t i) { return a->kernel_params.count ? (double)a->kernel_params.data[i] : 0; }

static double kernel(const svm *a, const double *x, const float *v, size_t width, int64_t type)
{
    double sum = 0;
    for (size_t i = 0; i < width; i++) {
        const double w = (double)v[i];
        sum += type == RBF ? (x[i] - w) * (x[i] - w) : x[i] * w;
    }
    switch (type) {
    case POLY:
        return pow(param(a, 0) * sum + param(a, 1), param(a, 2));
    case RBF:
        return exp(-param(a, 0) * sum);
    case SIGMOID:
        return tanh(param(a, 0) * sum + param(a, 1));
    default:
        return sum;
    }
}

/* ---- what the attributes must be ---- */

/* `vectors` support vectors; rows of X have as many features as each of them. */
static sard_status check_vectors(const sard_node *node, size_t values, size_t vectors, const char *name, sard_error *error)
{
    const svm *a = node->attrs;
    int64_t rows, width;
    const sard_status status = sard_ml_rows(node, &rows, &width, error);
    if (status)
        return status;
    if (a->kernel_params.count && a->kernel_params.count < 3)
        return sard_node_fail(node, error, SARD_MODEL, "kernel_params has %zu elements, must have 3", a->kernel_params.count);
    if (!vectors || values % vectors || (width >= 0 && (size_t)width != values / vectors))
        return sard_node_fail(node, error, SARD_MODEL, "%s has %zu elements for %zu vectors of %" PRId64 " features", name, values, vectors,
                              width);
    return SARD_OK;
}

/* ---- SVMRegressor ---- */

static sard_status infer_regressor(sard_node *node, sard_error *error)
{
    const svm *a = node->attrs;
    const sard_value *x = node->inputs[0];
    const size_t vectors = (size_t)a->n_supports;
    sard_status status = vectors ? check_vectors(node, a->support_vectors.count, vectors, "support_vectors", error)
                                 : check_vectors(node, a->coefficients.count, 1, "coefficients", error);
    if (!status && vectors)
        status = sard_ml_check_count(node, "coefficients", a->coefficients.count, vectors, error);
    if (!status)
        status = sard_ml_check_count(node, "rho", a->rho.count, 1, error);
    return status ? status : sard_node_set_output(node, 0, SARD_F32, 2, (int64_t[]){x->rank == 1 ? 1 : x->dims[0], 1}, error);
}

typedef struct job {
    const sard_call *call;
    const svm *a;
    char *memory;
    size_t stride, width, vectors, classes, scores; /* stride: bytes of memory of a slot; scores: of a row of Z */
} job;

static void regress_row(void *arg, size_t slot, size_t row)
{
    const job *j = arg;
    const svm *a = j->a;
    double *x = (double *)(void *)(j->memory + slot * j->stride), sum = (double)a->rho.data[0];
    sard_ml_row(&j->call->inputs[0], row, x);
    if (!j->vectors)
        sum += kernel(a, x, a->coefficients.data, j->width, a->kernel_type);
    for (size_t i = 0; i < j->vectors; i++)
        sum += (double)a->coefficients.data[i] * kernel(a, x, a->support_vectors.data + i * j->width, j->width, a->kernel_type);
    if (a->one_class)
        sum = sum > 0 ? 1 : -1;
    else
        sard_ml_post(a->post_transform, &sum, 1);
    ((float *)j->call->outputs[0].data)[row] = (float)sum;
}

static sard_status run_rows(job *j, size_t doubles, sard_ml_work *work)
{
    const sard_tensor *x = &j->call->inputs[0];
    const size_t rows = (size_t)sard_ml_row_count(x);
    size_t bytes;
    j->width = (size_t)sard_ml_width(x);
    if (__builtin_add_overflow(doubles, j->width, &doubles) || __builtin_mul_overflow(doubles, sizeof(double), &j->stride) ||
        __builtin_mul_overflow(rows < SARD_ML_SLOTS ? rows : SARD_ML_SLOTS, j->stride, &bytes) ||
        !(j->memory = sard_call_alloc(j->call, bytes + 1)))
        return sard_call_fail(j->call, SARD_NOMEM, "out of memory");
    sard_ml_parallel(j->call, rows, 1 + 20000 / (1 + j->width * (j->vectors + 1)), work, j);
    return SARD_OK;
}

static sard_status eval_regressor(const sard_call *call)
{
    const svm *a = call->attrs;
    job j = {.call = call, .a = a, .vectors = (size_t)a->n_supports};
    return run_rows(&j, 0, regress_row);
}

/* ---- SVMClassifier ---- */

enum { MOST_CLASSES = 4096 };

static size_t pairs_of(size_t classes) { return classes * (classes - 1) / 2; }

static bool count_vectors(const svm *a, size_t *out)
{
    int64_t sum = 0;
    for (size_t i = 0; i < a->vectors_per_class.count; i++)
        if (a->vectors_per_class.data[i] < 0 || __builtin_add_overflow(sum, a->vectors_per_class.data[i], &sum))
            return false;
    *out = (size_t)sum;
    return sum < INT32_MAX;
}

static sard_status check_pairs(const sard_node *node, size_t classes, size_t vectors, sard_error *error)
{
    const svm *a = node->attrs;
    const size_t pairs = pairs_of(classes);
    sard_status status = check_vectors(node, a->support_vectors.count, vectors, "support_vectors", error);
    if (!status)
        status = sard_ml_check_count(node, "vectors_per_class", a->vectors_per_class.count, classes, error);
    if (!status)
        status = sard_ml_check_count(node, "coefficients", a->coefficients.count, (classes - 1) * vectors, error);
    if (!status)
        status = sard_ml_check_count(node, "rho", a->rho.count, pairs, error);
    if (!status && (a->prob_a.count || a->prob_b.count))
        status = sard_ml_check_count(node, "prob_a", a->prob_a.count, pairs, error);
    if (!status && (a->prob_a.count || a->prob_b.count))
        status = sard_ml_check_count(node, "prob_b", a->prob_b.count, pairs, error);
    return status;
}

static size_t scores_of(const svm *a, size_t classes, size_t vectors)
{
    return !vectors || a->prob_a.count || classes <= 2 ? classes : pairs_of(classes);
}

static sard_status infer_classifier(sard_node *node, sard_error *error)
{
    const svm *a = node->attrs;
    const size_t classes = sard_ml_label_count(&a->labels);
    size_t vectors;
    if (!count_vectors(a, &vectors))
        return sard_node_fail(node, error, SARD_MODEL, "vectors_per_class is negative, or too large");
    sard_status status = sard_ml_set_outputs(node, &a->labels, (int64_t)(classes ? scores_of(a, classes, vectors) : 0), error);
    if (status)
        return status;
    if (classes > MOST_CLASSES || (classes < 2 && vectors))
        return sard_node_fail(node, error, SARD_MODEL, "there are %zu labels, must be 2 to %d", classes, MOST_CLASSES);
    if (vectors)
        return check_pairs(node, classes, vectors, error);
    status = check_vectors(node, a->coefficients.count, classes, "coefficients", error);
    return status || a->rho.count ? status : sard_ml_check_count(node, "rho", 0, 1, error);
}

/* Of each pair, and how often each class wins. */
static void compare_pairs(const job *j, const double *values, double *scores, double *votes)
{
    const svm *a = j->a;
    size_t pair = 0, first_i = 0;
    for (size_t i = 0; i + 1 < j->classes; first_i += (size_t)a->vectors_per_class.data[i++]) {
        size_t first_k = first_i + (size_t)a->vectors_per_class.data[i];
        for (size_t k = i + 1; k < j->classes; first_k += (size_t)a->vectors_per_class.data[k++], pair++) {
            const float *against_k = a->coefficients.data + (k - 1) * j->vectors, *against_i = a->coefficients.data + i * j->vectors;
            double sum = (double)a->rho.data[pair];
            for (size_t m = first_i; m < first_i + (size_t)a->vectors_per_class.data[i]; m++)
                sum += (double)against_k[m] * values[m];
            for (size_t m = first_k; m < first_k + (size_t)a->vectors_per_class.data[k]; m++)
                sum += (double)against_i[m] * values[m];
            scores[pair] = sard_to_float(sum);
            votes[scores[pair] > 0 ? i : k]++;
        }
    }
}

/* r: [classes, classes], the probability of i against k; q: room for as much. The sum of (r_ki p_i - r_ik p_k)^2 becomes least, to 0.005 /
 * classes or in 100 rounds. */
static void join_pairs(size_t n, const double *r, double *q, double *p)
{
    const double enough = 0.005 / (double)n;
    for (size_t i = 0; i < n; i++) {
        p[i] = 1 / (double)n;
        q[i * n + i] = 0;
        for (size_t k = 0; k < n; k++)
            if (k != i) {
                q[i * n + i] += r[k * n + i] * r[k * n + i];
                q[i * n + k] = -r[k * n + i] * r[i * n + k];
            }
    }
    for (int round = 0; round < 100; round++) {
        double *qp = q + n * n, sum = 0, worst = 0;
        for (size_t i = 0; i < n; i++) {
            qp[i] = 0;
            for (size_t k = 0; k < n; k++)
                qp[i] += q[i * n + k] * p[k];
            sum += p[i] * qp[i];
        }
        for (size_t i = 0; i < n; i++)
            worst = fmax(worst, fabs(qp[i] - sum));
        if (worst < enough)
            return;
        for (size_t i = 0; i < n; i++) {
            const double change = (sum - qp[i]) / q[i * n + i], by = 1 + change;
            p[i] += change;
            sum = (sum + change * (change * q[i * n + i] + 2 * qp[i])) / by / by;
            for (size_t k = 0; k < n; k++) {
                qp[k] = (qp[k] + change * q[i * n + k]) / by;
                p[k] /= by;
            }
        }
    }
}

static void find_probabilities(const job *j, const double *scores, double *r, double *p)
{
    const size_t n = j->classes;
    for (size_t i = 0, pair = 0; i < n; i++)
        for (size_t k = i + 1; k < n; k++, pair++) {
            const double x = scores[pair] * (double)j->a->prob_a.data[pair] + (double)j->a->prob_b.data[pair];
            const double share = fmin(fmax(1 / (1 + exp(x)), 1e-7), 1 - 1e-7);
            r[i * n + k] = share;
            r[k * n + i] = 1 - share;
        }
    join_pairs(n, r, r + n * n, p);
}

static size_t highest(const double *values, size_t count)
{
    size_t best = 0;
    for (size_t i = 1; i < count; i++)
        best = values[i] > values[best] ? i : best;
    return best;
}

/* A slot's memory: features, kernels of the vectors, scores of pairs (or of classes), votes, and for probabilities two matrices and a
 * vector. */
static void classify_row(void *arg, size_t slot, size_t row)
{
    const job *j = arg;
    const svm *a = j->a;
    double *x = (double *)(void *)(j->memory + slot * j->stride), *values = x + j->width, *scores = values + j->vectors;
    const size_t n = j->classes, pairs = pairs_of(n), wide = pairs > n ? pairs : n;
    double *votes = scores + wide, *out = scores;
    sard_ml_row(&j->call->inputs[0], row, x);
    size_t best;
    if (!j->vectors) {
        for (size_t i = 0; i < n; i++)
            scores[i] = sard_to_float(kernel(a, x, a->coefficients.data + i * j->width, j->width, LINEAR) + (double)a->rho.data[0]);
        best = highest(scores, n);
    } else {
        memset(votes, 0, n * sizeof *votes);
        for (size_t i = 0; i < j->vectors; i++)
            values[i] = kernel(a, x, a->support_vectors.data + i * j->width, j->width, a->kernel_type);
        compare_pairs(j, values, scores, votes);
        best = highest(votes, n);
        if (a->prob_a.count) {
            out = votes;
            find_probabilities(j, scores, votes + n, out);
        }
    }
    if (j->vectors && n == 2 && !a->prob_a.count)
        sard_ml_two_scores(a->post_transform, a->post_transform == SARD_ML_NONE, out);
    else
        sard_ml_post(a->post_transform, out, j->scores);
    sard_ml_put_label(j->call, &a->labels, row, best);
    for (size_t k = 0; sard_call_wants(j->call, 1) && k < j->scores; k++)
        ((float *)j->call->outputs[1].data)[row * j->scores + k] = (float)out[k];
}

static sard_status eval_classifier(const sard_call *call)
{
    const svm *a = call->attrs;
    job j = {.call = call, .a = a, .classes = sard_ml_label_count(&a->labels)};
    if (!count_vectors(a, &j.vectors))
        return sard_call_fail(call, SARD_MODEL, "vectors_per_class is wrong");
    j.scores = scores_of(a, j.classes, j.vectors);
    const size_t n = j.classes, pairs = pairs_of(n), matrices = a->prob_a.count ? 2 * n * n + n : 0;
    return run_rows(&j, j.vectors + (pairs > n ? pairs : n) + n + matrices, classify_row);
}

/* ---- operators ---- */

#define COMMON_ATTRS                                                                                                               \
    SARD_ATTR(svm, coefficients, FLOATS), SARD_ATTR(svm, kernel_params, FLOATS), SARD_CHOICE(svm, kernel_type, "LINEAR", kernels), \
        SARD_CHOICE(svm, post_transform, "NONE", sard_ml_post_words), SARD_ATTR(svm, rho, FLOATS), SARD_ATTR(svm, support_vectors, FLOATS)

static const sard_attr_spec classifier_attrs[] = {
    {.name = "classlabels_ints", .kind = SARD_ATTR_INTS, .offset = offsetof(svm, labels.ints)},
    {.name = "classlabels_strings", .kind = SARD_ATTR_STRINGS, .offset = offsetof(svm, labels.strings)},
    COMMON_ATTRS,
    SARD_ATTR(svm, prob_a, FLOATS),
    SARD_ATTR(svm, prob_b, FLOATS),
    SARD_LIST(svm, vectors_per_class),
    SARD_ATTRS_END};
static const sard_attr_spec regressor_attrs[] = {COMMON_ATTRS, SARD_INT_IN(svm, n_supports, 0, 0, INT32_MAX), SARD_INT(svm, one_class, 0),
                                                 SARD_ATTRS_END};

static const sard_port inputs[] = {SARD_PORT("X", 'T', SARD_ML_NUMBERS), SARD_PORTS_END};
static const sard_port regressor_outputs[] = {SARD_PORT("Y", 'F', SARD_SET(F32)), SARD_PORTS_END};
static const sard_port classifier_outputs[] = {SARD_PORT("Y", 'L', SARD_SET(STRING) | SARD_SET(I64)), SARD_PORT("Z", 'F', SARD_SET(F32)),
                                               SARD_PORTS_END};

SARD_ML_OP(svm_classifier, "SVMClassifier", 1, .inputs = inputs, .outputs = classifier_outputs, .attrs = classifier_attrs,
           .attrs_size = sizeof(svm), .infer = infer_classifier, .eval = eval_classifier)
SARD_ML_OP(svm_regressor, "SVMRegressor", 1, .inputs = inputs, .outputs = regressor_outputs, .attrs = regressor_attrs,
           .attrs_size = sizeof(svm), .infer = infer_regressor, .eval = eval_regressor)
