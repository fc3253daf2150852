/* LabelEncoder-4, CategoryMapper-1, OneHotEncoder-1: elements found in a list
 *
 * LabelEncoder    in X; out Y, like X: values[i] for keys[i], or the default. NaN is a key like others; of equal keys the last one counts
 * CategoryMapper  in X: strings or int64; out Y: the other of the two, by cats_strings and cats_int64s
 * OneHotEncoder   in X; out Y: float32, one more dimension: 1 at the place of X in the list; where it is in none all are 0, or with zeros
 *                 0 that is an error */
#include "ops/lib/order.h"
#include "ops/ml/ml.h"

#include <inttypes.h>
#include <string.h>

#define LABELS (SARD_SET(STRING) | SARD_SET(I64) | SARD_SET(F32) | SARD_SET(I32) | SARD_SET(I16) | SARD_SET(F64))

/* What infer makes of the attributes. Numbers are looked up as the keys by which they sort (ops/lib/order.h). */
typedef struct dictionary {
    sard_lookup keys;
    sard_dtype dtype;
    sard_tensor values, otherwise; /* of one element */
} dictionary;

static bool make_keys(sard_arena *arena, const sard_tensor *list, dictionary *out)
{
    const size_t count = sard_tensor_count(list);
    const sard_string *strings = list->data;
    if (list->dtype != SARD_STRING) {
        uint64_t *keys = SARD_NEW(arena, uint64_t, count);
        sard_string *made = SARD_NEW(arena, sard_string, count);
        if (!keys || !made)
            return false;
        sard_order_keys(list->dtype, list->data, 1, count, keys);
        for (size_t i = 0; i < count; i++)
            made[i] = (sard_string){(const char *)&keys[i], sizeof *keys};
        strings = made;
    }
    out->dtype = list->dtype;
    return sard_lookup_make(arena, strings, count, &out->keys);
}

static int64_t find(const dictionary *d, const sard_tensor *x, size_t i)
{
    uint64_t key;
    if (x->dtype == SARD_STRING)
        return sard_lookup_find(&d->keys, ((const sard_string *)x->data)[i]);
    sard_order_keys(x->dtype, (const char *)x->data + i * sard_dtype_size(x->dtype), 1, 1, &key);
    return sard_lookup_find(&d->keys, (sard_string){(const char *)&key, sizeof key});
}

/* keys and values: of any numbers of elements, checked here. */
static sard_status make_dictionary(const sard_node *node, const sard_tensor *keys, const sard_tensor *values, const sard_tensor *otherwise,
                                   dictionary **out, sard_error *error)
{
    if (!keys->dtype || !values->dtype)
        return sard_node_fail(node, error, SARD_MODEL, "one list of keys and one of values must be given");
    if (!sard_dtype_in(keys->dtype, LABELS) || !sard_dtype_in(values->dtype, LABELS) || otherwise->dtype != values->dtype ||
        sard_tensor_count(otherwise) != 1)
        return sard_node_fail(node, error, SARD_MODEL, "keys are %s, values %s, the default %s (one element of the type of values)",
                              sard_dtype_name(keys->dtype), sard_dtype_name(values->dtype), sard_dtype_name(otherwise->dtype));
    if (sard_tensor_count(keys) != sard_tensor_count(values))
        return sard_node_fail(node, error, SARD_MODEL, "there are %zu keys and %zu values", sard_tensor_count(keys),
                              sard_tensor_count(values));
    dictionary *d = SARD_NEW(node->graph->arena, dictionary, 1);
    if (!d || !make_keys(node->graph->arena, keys, d))
        return sard_no_memory(error);
    d->values = *values;
    d->otherwise = *otherwise;
    *out = d;
    return SARD_OK;
}

static sard_status infer_mapped(sard_node *node, const dictionary *d, sard_error *error)
{
    const sard_value *x = node->inputs[0];
    if (x->dtype != d->dtype)
        return sard_node_fail(node, error, SARD_MODEL, "X is %s, but the keys are %s", sard_dtype_name(x->dtype),
                              sard_dtype_name(d->dtype));
    return sard_node_set_output(node, 0, d->values.dtype, x->rank, x->dims, error);
}

static sard_status map(const sard_call *call, const dictionary *d)
{
    const sard_tensor *x = &call->inputs[0], *y = &call->outputs[0];
    const size_t size = sard_dtype_size(y->dtype), count = sard_tensor_count(x);
    for (size_t i = 0; i < count; i++) {
        const int64_t found = find(d, x, i);
        memcpy((char *)y->data + i * size, found < 0 ? d->otherwise.data : (const char *)d->values.data + (size_t)found * size, size);
    }
    return SARD_OK;
}

/* ---- LabelEncoder ---- */

typedef struct label_encoder {
    float default_float;
    int64_t default_int64;
    const char *default_string;
    const sard_tensor *default_tensor, *keys_tensor, *values_tensor;
    sard_floats keys_floats, values_floats;
    sard_ints keys_int64s, values_int64s;
    sard_strings keys_strings, values_strings;
    sard_string default_text;
    dictionary *dictionary;
} label_encoder;

/* The one list that is given; of two the result has no type. */
static sard_tensor one_list(const sard_tensor *tensor, sard_strings strings, sard_ints ints, sard_floats floats)
{
    const int given = (tensor != NULL) + (strings.data != NULL) + (ints.data != NULL) + (floats.data != NULL);
    if (given != 1)
        return (sard_tensor){.dtype = SARD_NONE};
    return tensor       ? *tensor
         : strings.data ? sard_ml_list(SARD_STRING, strings.data, strings.count)
         : ints.data    ? sard_ml_list(SARD_I64, ints.data, ints.count)
                        : sard_ml_list(SARD_F32, floats.data, floats.count);
}

/* default_tensor, or the attribute for the type of the values. Types that have none get what the standard says: -1, or -0. */
static sard_tensor find_default(sard_node *node, sard_dtype dtype)
{
    label_encoder *a = node->attrs;
    if (a->default_tensor)
        return *a->default_tensor;
    a->default_text = (sard_string){a->default_string, strlen(a->default_string)};
    if (dtype == SARD_STRING)
        return sard_ml_list(SARD_STRING, &a->default_text, 1);
    sard_tensor made = sard_ml_list(dtype, sard_arena_tensor(node->graph->arena, sizeof(double)), 1);
    if (made.dtype && sard_dtype_is_float(dtype))
        sard_set(&made, 0, (double)a->default_float);
    else if (made.dtype)
        sard_set_int(&made, 0, a->default_int64);
    return made;
}

static sard_status infer_label_encoder(sard_node *node, sard_error *error)
{
    label_encoder *a = node->attrs;
    const sard_tensor keys = one_list(a->keys_tensor, a->keys_strings, a->keys_int64s, a->keys_floats);
    const sard_tensor values = one_list(a->values_tensor, a->values_strings, a->values_int64s, a->values_floats);
    sard_status status = SARD_OK;
    if (!a->dictionary) {
        const sard_tensor otherwise = sard_dtype_in(values.dtype, LABELS) ? find_default(node, values.dtype) : values;
        status = make_dictionary(node, &keys, &values, &otherwise, &a->dictionary, error);
    }
    return status ? status : infer_mapped(node, a->dictionary, error);
}

static sard_status eval_label_encoder(const sard_call *call) { return map(call, ((const label_encoder *)call->attrs)->dictionary); }

/* ---- CategoryMapper ---- */

typedef struct category_mapper {
    sard_ints cats_int64s;
    sard_strings cats_strings;
    int64_t default_int64;
    const char *default_string;
    sard_string default_text;
    dictionary *dictionary;
} category_mapper;

static sard_status infer_category_mapper(sard_node *node, sard_error *error)
{
    category_mapper *a = node->attrs;
    const sard_tensor strings = sard_ml_list(SARD_STRING, a->cats_strings.data, a->cats_strings.count);
    const sard_tensor ints = sard_ml_list(SARD_I64, a->cats_int64s.data, a->cats_int64s.count);
    const bool from_strings = node->inputs[0]->dtype == SARD_STRING;
    a->default_text = (sard_string){a->default_string, strlen(a->default_string)};
    sard_status status = SARD_OK;
    if (!a->dictionary) {
        const sard_tensor otherwise =
            from_strings ? sard_ml_list(SARD_I64, &a->default_int64, 1) : sard_ml_list(SARD_STRING, &a->default_text, 1);
        status = make_dictionary(node, from_strings ? &strings : &ints, from_strings ? &ints : &strings, &otherwise, &a->dictionary, error);
    }
    return status ? status : infer_mapped(node, a->dictionary, error);
}

static sard_status eval_category_mapper(const sard_call *call) { return map(call, ((const category_mapper *)call->attrs)->dictionary); }

/* ---- OneHotEncoder ---- */

typedef struct one_hot_encoder {
    sard_ints cats_int64s;
    sard_strings cats_strings;
    int64_t zeros;
    dictionary *dictionary;
} one_hot_encoder;

static sard_status infer_one_hot(sard_node *node, sard_error *error)
{
    one_hot_encoder *a = node->attrs;
    const sard_value *x = node->inputs[0];
    const sard_tensor keys = one_list(NULL, a->cats_strings, a->cats_int64s, (sard_floats){NULL, 0});
    int64_t dims[SARD_MAX_RANK + 1];
    if (!keys.dtype || (keys.dtype == SARD_STRING) != (x->dtype == SARD_STRING))
        return sard_node_fail(node, error, SARD_MODEL, "one of cats_strings and cats_int64s must be given, and X be of that type");
    if (!a->dictionary) {
        a->dictionary = SARD_NEW(node->graph->arena, dictionary, 1);
        if (!a->dictionary || !make_keys(node->graph->arena, &keys, a->dictionary)) {
            a->dictionary = NULL;
            return sard_no_memory(error);
        }
    }
    for (int i = 0; i < x->rank; i++)
        dims[i] = x->dims[i];
    dims[x->rank] = (int64_t)sard_tensor_count(&keys);
    return sard_node_set_output(node, 0, SARD_F32, x->rank + 1, dims, error);
}

static sard_status eval_one_hot(const sard_call *call)
{
    const one_hot_encoder *a = call->attrs;
    const sard_tensor *x = &call->inputs[0];
    const size_t width = a->dictionary->keys.count, count = sard_tensor_count(x);
    float *y = call->outputs[0].data;
    for (size_t i = 0; i < count; i++) {
        int64_t number;
        sard_tensor one = sard_tensor_make(SARD_I64, 0, NULL, &number);
        if (x->dtype != SARD_STRING) /* floats lose their fraction */
            sard_narrow(SARD_I64, &(double){sard_get(x, i)}, 1, &number);
        if (x->dtype == SARD_I64)
            number = sard_get_int(x, i);
        const int64_t found = x->dtype == SARD_STRING ? find(a->dictionary, x, i) : find(a->dictionary, &one, 0);
        if (found < 0 && !a->zeros)
            return sard_call_fail(call, SARD_DATA, "element %zu is in no category", i);
        for (size_t k = 0; k < width; k++)
            y[i * width + k] = found == (int64_t)k;
    }
    return SARD_OK;
}

/* ---- operators ---- */

static const sard_attr_spec label_encoder_attrs[] = {
    SARD_FLOAT(label_encoder, default_float, -0.0f),
    SARD_INT(label_encoder, default_int64, -1),
    {.name = "default_string", .kind = SARD_ATTR_STRING, .offset = offsetof(label_encoder, default_string), .s = "_Unused"},
    SARD_ATTR(label_encoder, default_tensor, TENSOR),
    SARD_ATTR(label_encoder, keys_floats, FLOATS),
    SARD_LIST(label_encoder, keys_int64s),
    SARD_ATTR(label_encoder, keys_strings, STRINGS),
    SARD_ATTR(label_encoder, keys_tensor, TENSOR),
    SARD_ATTR(label_encoder, values_floats, FLOATS),
    SARD_LIST(label_encoder, values_int64s),
    SARD_ATTR(label_encoder, values_strings, STRINGS),
    SARD_ATTR(label_encoder, values_tensor, TENSOR),
    SARD_ATTRS_END};
static const sard_attr_spec category_mapper_attrs[] = {
    SARD_LIST(category_mapper, cats_int64s),
    SARD_ATTR(category_mapper, cats_strings, STRINGS),
    SARD_INT(category_mapper, default_int64, -1),
    {.name = "default_string", .kind = SARD_ATTR_STRING, .offset = offsetof(category_mapper, default_string), .s = "_Unused"},
    SARD_ATTRS_END};
static const sard_attr_spec one_hot_attrs[] = {SARD_LIST(one_hot_encoder, cats_int64s), SARD_ATTR(one_hot_encoder, cats_strings, STRINGS),
                                               SARD_INT(one_hot_encoder, zeros, 1), SARD_ATTRS_END};

static const sard_port label_inputs[] = {SARD_PORT("X", 'T', LABELS), SARD_PORTS_END};
static const sard_port label_outputs[] = {SARD_PORT("Y", 'U', LABELS), SARD_PORTS_END};
static const sard_port category_inputs[] = {SARD_PORT("X", 'T', SARD_SET(STRING) | SARD_SET(I64)), SARD_PORTS_END};
static const sard_port category_outputs[] = {SARD_PORT("Y", 'U', SARD_SET(STRING) | SARD_SET(I64)), SARD_PORTS_END};
static const sard_port one_hot_inputs[] = {SARD_PORT("X", 'T', SARD_SET(STRING) | SARD_ML_NUMBERS), SARD_PORTS_END};
static const sard_port one_hot_outputs[] = {SARD_PORT("Y", 'U', SARD_SET(F32)), SARD_PORTS_END};

SARD_ML_OP(label_encoder, "LabelEncoder", 4, .inputs = label_inputs, .outputs = label_outputs, .attrs = label_encoder_attrs,
           .attrs_size = sizeof(label_encoder), .traits = SARD_ELEMENTWISE, .infer = infer_label_encoder, .eval = eval_label_encoder)
SARD_ML_OP(category_mapper, "CategoryMapper", 1, .inputs = category_inputs, .outputs = category_outputs, .attrs = category_mapper_attrs,
           .attrs_size = sizeof(category_mapper), .traits = SARD_ELEMENTWISE, .infer = infer_category_mapper, .eval = eval_category_mapper)
SARD_ML_OP(one_hot_encoder, "OneHotEncoder", 1, .inputs = one_hot_inputs, .outputs = one_hot_outputs, .attrs = one_hot_attrs,
           .attrs_size = sizeof(one_hot_encoder), .infer = infer_one_hot, .eval = eval_one_hot)
