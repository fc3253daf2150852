/* Scaler, Normalizer, Imputer, Binarizer, FeatureVectorizer, ArrayFeatureExtractor (ai.onnx.ml, version 1): features of rows
 *
 * X is [N, C], or [C], which is one row.
 *
 * Scaler                 Y: float32, (X - offset) * scale of the feature, or one of each for all
 * Normalizer             Y: float32, rows divided by their largest absolute value (MAX), the sum of those (L1) or the root of the sum of
 *                        squares (L2); rows for which that is 0 stay. MAX divides by the largest value, as ONNX's reference does
 * Imputer                Y: X, but where it is replaced_value (NaN: any NaN) the imputed value of the feature, or the only one
 * Binarizer              Y: 1 where X > threshold, else 0; of any shape
 * FeatureVectorizer      Y: float32, the features of all inputs beside each other, as many of each as inputdimensions says
 * ArrayFeatureExtractor  Z: of the last dimension of X the elements that Y names */
#include "ops/lib/elementwise.h"
#include "ops/ml/ml.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* A list of one number for each feature, or one for all. */
static sard_status check_list(const sard_node *node, const char *name, size_t count, int64_t width, sard_error *error)
{
    if (count != 1 && width >= 0 && (int64_t)count != width)
        return sard_node_fail(node, error, SARD_SHAPE, "%s has %zu elements, rows have %" PRId64 " features", name, count, width);
    return SARD_OK;
}

static sard_status infer_rows(sard_node *node, const char *name, size_t count, sard_error *error)
{
    int64_t rows, width;
    sard_status status = sard_ml_rows(node, &rows, &width, error);
    if (!status)
        status = check_list(node, name, count, width, error);
    return status ? status : sard_infer_unary(node, error);
}

/* ---- Scaler ---- */

typedef struct scaler {
    sard_floats offset, scale;
} scaler;

static sard_status infer_scaler(sard_node *node, sard_error *error)
{
    const scaler *a = node->attrs;
    if (!a->offset.count || !a->scale.count)
        return sard_node_fail(node, error, SARD_MODEL, "offset and scale must be given");
    const sard_status status = infer_rows(node, "offset", a->offset.count, error);
    return status ? status : infer_rows(node, "scale", a->scale.count, error);
}

static sard_status eval_scaler(const sard_call *call)
{
    const scaler *a = call->attrs;
    const sard_tensor *x = &call->inputs[0];
    const size_t count = sard_tensor_count(x), width = count ? (size_t)sard_ml_width(x) : 1;
    for (size_t i = 0; i < count; i++) {
        const size_t feature = i % width;
        const double offset = (double)a->offset.data[a->offset.count == 1 ? 0 : feature];
        const double scale = (double)a->scale.data[a->scale.count == 1 ? 0 : feature];
        ((float *)call->outputs[0].data)[i] = (float)((sard_get(x, i) - offset) * scale);
    }
    return SARD_OK;
}

/* ---- Normalizer ---- */

enum { MAX, L1, L2 };
static const char *const norms[] = {"MAX", "L1", "L2", NULL};

typedef struct normalizer {
    int64_t norm;
} normalizer;

static sard_status infer_normalizer(sard_node *node, sard_error *error) { return infer_rows(node, "", 1, error); }

static double norm_of(const sard_tensor *x, size_t first, size_t width, int64_t norm)
{
    double sum = 0, most = -INFINITY;
    for (size_t i = 0; i < width; i++) {
        const double value = sard_get(x, first + i);
        sum += norm == L1 ? fabs(value) : value * value;
        most = fmax(most, value);
    }
    return norm == MAX ? most : norm == L2 ? sqrt(sum) : sum;
}

static sard_status eval_normalizer(const sard_call *call)
{
    const normalizer *a = call->attrs;
    const sard_tensor *x = &call->inputs[0];
    const size_t count = sard_tensor_count(x), width = count ? (size_t)sard_ml_width(x) : 1;
    for (size_t first = 0; first < count; first += width) {
        const double norm = norm_of(x, first, width, a->norm), by = norm ? norm : 1;
        for (size_t i = first; i < first + width; i++)
            ((float *)call->outputs[0].data)[i] = (float)(sard_get(x, i) / by);
    }
    return SARD_OK;
}

/* ---- Imputer ---- */

typedef struct imputer {
    sard_floats imputed_value_floats;
    sard_ints imputed_value_int64s;
    float replaced_value_float;
    int64_t replaced_value_int64;
} imputer;

static sard_status infer_imputer(sard_node *node, sard_error *error)
{
    const imputer *a = node->attrs;
    const bool floats = sard_dtype_is_float(node->inputs[0]->dtype);
    const size_t count = floats ? a->imputed_value_floats.count : a->imputed_value_int64s.count;
    if (!count)
        return sard_node_fail(node, error, SARD_MODEL, "there are no imputed values for X, which is %s",
                              sard_dtype_name(node->inputs[0]->dtype));
    return infer_rows(node, "the list of imputed values", count, error);
}

static bool is_replaced(double x, double wanted) { return x == wanted || (isnan(x) && isnan(wanted)); }

static sard_status eval_imputer(const sard_call *call)
{
    const imputer *a = call->attrs;
    const sard_tensor *x = &call->inputs[0], *y = &call->outputs[0];
    const size_t count = sard_tensor_count(x), width = count ? (size_t)sard_ml_width(x) : 1;
    for (size_t i = 0; i < count; i++) {
        const size_t feature = i % width;
        if (sard_dtype_is_float(x->dtype)) {
            const double value = sard_get(x, i);
            const sard_floats list = a->imputed_value_floats;
            sard_set(y, i, is_replaced(value, (double)a->replaced_value_float) ? (double)list.data[list.count == 1 ? 0 : feature] : value);
        } else {
            const int64_t value = sard_get_int(x, i);
            const sard_ints list = a->imputed_value_int64s;
            sard_set_int(y, i, value == a->replaced_value_int64 ? list.data[list.count == 1 ? 0 : feature] : value);
        }
    }
    return SARD_OK;
}

/* ---- Binarizer ---- */

typedef struct binarizer {
    float threshold;
} binarizer;

static sard_status eval_binarizer(const sard_call *call)
{
    const binarizer *a = call->attrs;
    const size_t count = sard_tensor_count(&call->inputs[0]);
    for (size_t i = 0; i < count; i++)
        sard_set(&call->outputs[0], i, sard_get(&call->inputs[0], i) > (double)a->threshold);
    return SARD_OK;
}

/* ---- FeatureVectorizer ---- */

typedef struct feature_vectorizer {
    sard_ints inputdimensions;
} feature_vectorizer;

/* Features of an input and how many are taken of it. Inputs of rank 1 are a column. */
static sard_status part_of(const sard_node *node, size_t i, int64_t *rows, int64_t *width, sard_error *error)
{
    const feature_vectorizer *a = node->attrs;
    const sard_value *x = node->inputs[i];
    if (x->rank < 1 || x->rank > 2)
        return sard_node_fail(node, error, SARD_SHAPE, "input %zu has rank %d, must be 1 or 2", i, x->rank);
    *rows = x->dims[0];
    *width = a->inputdimensions.data ? a->inputdimensions.data[i] : x->rank == 1 ? 1 : x->dims[1];
    return SARD_OK;
}

static sard_status infer_vectorizer(sard_node *node, sard_error *error)
{
    const feature_vectorizer *a = node->attrs;
    int64_t rows = SARD_UNKNOWN_DIM, total = 0;
    if (a->inputdimensions.data && a->inputdimensions.count != node->own_count)
        return sard_node_fail(node, error, SARD_MODEL, "inputdimensions has %zu elements, there are %zu inputs", a->inputdimensions.count,
                              node->own_count);
    for (size_t i = 0; i < node->own_count; i++) {
        int64_t count, width;
        const sard_status status = part_of(node, i, &count, &width, error);
        if (status)
            return status;
        if (rows >= 0 && count >= 0 && count != rows)
            return sard_node_fail(node, error, SARD_SHAPE, "input %zu has %" PRId64 " rows, those before it %" PRId64, i, count, rows);
        rows = rows < 0 ? count : rows;
        total = width < 0 || total < 0 ? SARD_UNKNOWN_DIM : total + width;
        if (total > INT32_MAX)
            return sard_node_fail(node, error, SARD_SHAPE, "there are more features than can be counted");
    }
    return sard_node_set_output(node, 0, SARD_F32, 2, (int64_t[]){rows, total}, error);
}

/* What an input lacks of its features is 0. */
static sard_status eval_vectorizer(const sard_call *call)
{
    const sard_tensor *y = &call->outputs[0];
    int64_t first = 0;
    for (size_t i = 0; i < call->node->own_count; i++) {
        const feature_vectorizer *a = call->attrs;
        const sard_tensor *x = &call->inputs[i];
        const int64_t has = x->rank == 1 ? 1 : x->dims[1], width = a->inputdimensions.data ? a->inputdimensions.data[i] : has;
        for (int64_t row = 0; row < y->dims[0]; row++)
            for (int64_t k = 0; k < width; k++)
                ((float *)y->data)[row * y->dims[1] + first + k] = k < has ? (float)sard_get(x, (size_t)(row * has + k)) : 0;
        first += width;
    }
    return SARD_OK;
}

/* ---- ArrayFeatureExtractor ---- */

static sard_status infer_extractor(sard_node *node, sard_error *error)
{
    const sard_value *x = node->inputs[0], *which = node->inputs[1];
    int64_t dims[SARD_MAX_RANK];
    if (!x->rank)
        return sard_node_fail(node, error, SARD_SHAPE, "X must have a dimension");
    for (int i = 0; i < x->rank; i++)
        dims[i] = x->dims[i];
    dims[x->rank == 1 ? 1 : x->rank - 1] = sard_dim_product(which->dims, which->rank);
    if (x->rank == 1)
        dims[0] = 1;
    return sard_node_set_output(node, 0, x->dtype, x->rank == 1 ? 2 : x->rank, dims, error);
}

static sard_status eval_extractor(const sard_call *call)
{
    const sard_tensor *x = &call->inputs[0], *z = &call->outputs[0];
    const int64_t *which = call->inputs[1].data;
    const size_t count = sard_tensor_count(&call->inputs[1]), all = sard_tensor_count(z), size = sard_dtype_size(z->dtype);
    const int64_t width = sard_ml_width(x);
    for (size_t k = 0; k < count; k++)
        if (which[k] < 0 || which[k] >= width)
            return sard_call_fail(call, SARD_DATA, "index %" PRId64 " is out of range for %" PRId64 " features", which[k], width);
    for (size_t i = 0; i < all; i++)
        memcpy((char *)z->data + i * size, (const char *)x->data + (i / count * (size_t)width + (size_t)which[i % count]) * size, size);
    return SARD_OK;
}

/* ---- operators ---- */

#define TO_FLOAT(name)                                                                               \
    static const sard_port name##_inputs[] = {SARD_PORT("X", 'T', SARD_ML_NUMBERS), SARD_PORTS_END}; \
    static const sard_port name##_outputs[] = {SARD_PORT("Y", 'F', SARD_SET(F32)), SARD_PORTS_END};
#define AS_INPUT(name)                                                                               \
    static const sard_port name##_inputs[] = {SARD_PORT("X", 'T', SARD_ML_NUMBERS), SARD_PORTS_END}; \
    static const sard_port name##_outputs[] = {SARD_PORT("Y", 'T', SARD_ML_NUMBERS), SARD_PORTS_END};
TO_FLOAT(scaler)
TO_FLOAT(normalizer)
AS_INPUT(imputer)
AS_INPUT(binarizer)
#define ANY (SARD_ML_NUMBERS | SARD_SET(STRING))
static const sard_port vectorizer_inputs[] = {{"X", 'T', SARD_VARIADIC, SARD_ML_NUMBERS}, SARD_PORTS_END};
static const sard_port extractor_inputs[] = {SARD_PORT("X", 'T', ANY), SARD_PORT("Y", 'I', SARD_SET(I64)), SARD_PORTS_END};
static const sard_port extractor_outputs[] = {SARD_PORT("Z", 'T', ANY), SARD_PORTS_END};

static const sard_attr_spec scaler_attrs[] = {SARD_ATTR(scaler, offset, FLOATS), SARD_ATTR(scaler, scale, FLOATS), SARD_ATTRS_END};
static const sard_attr_spec normalizer_attrs[] = {SARD_CHOICE(normalizer, norm, "MAX", norms), SARD_ATTRS_END};
static const sard_attr_spec imputer_attrs[] = {SARD_ATTR(imputer, imputed_value_floats, FLOATS), SARD_LIST(imputer, imputed_value_int64s),
                                               SARD_FLOAT(imputer, replaced_value_float, 0), SARD_INT(imputer, replaced_value_int64, 0),
                                               SARD_ATTRS_END};
static const sard_attr_spec binarizer_attrs[] = {SARD_FLOAT(binarizer, threshold, 0), SARD_ATTRS_END};
static const sard_attr_spec vectorizer_attrs[] = {SARD_LIST_IN(feature_vectorizer, inputdimensions, 0, INT32_MAX), SARD_ATTRS_END};

SARD_ML_OP(scaler, "Scaler", 1, .inputs = scaler_inputs, .outputs = scaler_outputs, .attrs = scaler_attrs, .attrs_size = sizeof(scaler),
           .infer = infer_scaler, .eval = eval_scaler)
SARD_ML_OP(normalizer, "Normalizer", 1, .inputs = normalizer_inputs, .outputs = normalizer_outputs, .attrs = normalizer_attrs,
           .attrs_size = sizeof(normalizer), .infer = infer_normalizer, .eval = eval_normalizer)
SARD_ML_OP(imputer, "Imputer", 1, .inputs = imputer_inputs, .outputs = imputer_outputs, .attrs = imputer_attrs,
           .attrs_size = sizeof(imputer), .infer = infer_imputer, .eval = eval_imputer)
SARD_ML_OP(binarizer, "Binarizer", 1, .inputs = binarizer_inputs, .outputs = binarizer_outputs, .attrs = binarizer_attrs,
           .attrs_size = sizeof(binarizer), .traits = SARD_ELEMENTWISE, .infer = sard_infer_unary, .eval = eval_binarizer)
SARD_ML_OP(feature_vectorizer, "FeatureVectorizer", 1, .inputs = vectorizer_inputs, .outputs = scaler_outputs, .attrs = vectorizer_attrs,
           .attrs_size = sizeof(feature_vectorizer), .infer = infer_vectorizer, .eval = eval_vectorizer)
SARD_ML_OP(array_feature_extractor, "ArrayFeatureExtractor", 1, .inputs = extractor_inputs, .outputs = extractor_outputs,
           .infer = infer_extractor, .eval = eval_extractor)
