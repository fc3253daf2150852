/* TreeEnsembleClassifier-3, TreeEnsembleRegressor-3, TreeEnsemble-5 (ai.onnx.ml): weights of the leaves that a row reaches
 *
 * in   X: [N, features], or one row
 * out  TreeEnsemble, TreeEnsembleRegressor: Y, [N, targets]: SUM, AVERAGE, MIN or MAX over the trees, then base_values, post_transform
 *      TreeEnsembleClassifier: Y: labels; Z: scores, [N, labels]
 *
 * Floats are compared as they are, integers as float32; what is summed is rounded once, to float32, before a label is chosen: the highest
 * score, of equal ones the first. Two classes: where all weights are for one of them the row has one score, and the second label is said
 * above 0.5 if no weight is negative, else above 0; otherwise, as ONNX Runtime has it, where class 1 has a score above 0. */
#include "ops/ml/forest.h"

#include <inttypes.h>

typedef struct trees {
    sard_tree_lists lists;
    sard_tree_arrays arrays;
    sard_ml_labels labels;
    sard_floats splits, weights, base, hitrates;
    const sard_tensor *splits_tensor, *weights_tensor, *base_tensor, *hitrates_tensor;
    int64_t aggregate_function, post_transform;
    sard_forest *forest; /* made by infer, as what follows */
    sard_tensor base_values;
    bool one_class, signed_weights;
} trees;

/* The list, or the tensor; *both: both were given. */
static sard_tensor either(sard_floats list, const sard_tensor *tensor, bool *both)
{
    *both = *both || (list.data && tensor);
    return tensor ? *tensor : sard_ml_list(SARD_F32, list.data, list.count);
}

static sard_status make_from_lists(const sard_node *node, trees *a, sard_error *error)
{
    bool both = false;
    a->lists.splits = either(a->splits, a->splits_tensor, &both);
    a->lists.weights = either(a->weights, a->weights_tensor, &both);
    a->base_values = either(a->base, a->base_tensor, &both);
    const size_t base = a->base_values.dtype ? sard_tensor_count(&a->base_values) : 0;
    if (both)
        return sard_node_fail(node, error, SARD_MODEL, "a list is given as floats and as a tensor");
    if (a->base_values.dtype && !sard_dtype_is_float(a->base_values.dtype))
        return sard_node_fail(node, error, SARD_MODEL, "base_values are %s, must be floats", sard_dtype_name(a->base_values.dtype));
    if (base && base != (size_t)a->lists.targets && !(base == 1 && a->lists.targets == 2 && sard_ml_label_count(&a->labels)))
        return sard_node_fail(node, error, SARD_MODEL, "there are %zu base_values for %" PRId64 " scores", base, a->lists.targets);
    return sard_forest_from_lists(node, &a->lists, &a->forest, error);
}

/* Is every weight for the same class; is any negative? */
static void look_at_weights(trees *a)
{
    const sard_forest *f = a->forest;
    a->one_class = f->weight_count > 0;
    for (size_t i = 0; i < f->weight_count; i++) {
        a->one_class = a->one_class && f->weights[i].target == f->weights[0].target;
        a->signed_weights = a->signed_weights || f->weights[i].weight < 0;
    }
}

static sard_status check_width(const sard_node *node, const sard_forest *forest, int64_t *rows, sard_error *error)
{
    int64_t width;
    const sard_status status = sard_ml_rows(node, rows, &width, error);
    if (!status && width >= 0 && width < forest->features)
        return sard_node_fail(node, error, SARD_SHAPE, "rows have %" PRId64 " features, its trees look at feature %" PRId64, width,
                              forest->features - 1);
    return status;
}

static double base_of(const trees *a, int64_t k) { return a->base_values.dtype ? sard_get(&a->base_values, (size_t)k) : 0; }

/* ---- regressors ---- */

static sard_status infer_values(sard_node *node, sard_status made, sard_dtype dtype, sard_error *error)
{
    const trees *a = node->attrs;
    int64_t rows;
    const sard_status status = made ? made : check_width(node, a->forest, &rows, error);
    return status ? status : sard_node_set_output(node, 0, dtype, 2, (int64_t[]){rows, a->forest->targets}, error);
}

static sard_status infer_regressor(sard_node *node, sard_error *error)
{
    trees *a = node->attrs;
    return infer_values(node, a->forest ? SARD_OK : make_from_lists(node, a, error), SARD_F32, error);
}

static sard_status infer_ensemble(sard_node *node, sard_error *error)
{
    trees *a = node->attrs;
    const sard_status made = a->forest ? SARD_OK : sard_forest_from_arrays(node, &a->arrays, &a->forest, error);
    return infer_values(node, made, node->inputs[0]->dtype, error);
}

/* post_transform holds for a single target, too: of one ONNX Runtime does PROBIT alone. */
static void finish_values(const sard_call *call, size_t row, double *scores, bool *reached)
{
    const trees *a = call->attrs;
    const size_t targets = (size_t)a->forest->targets;
    (void)reached;
    for (size_t k = 0; k < targets; k++)
        scores[k] += base_of(a, (int64_t)k);
    sard_ml_post(a->post_transform, scores, targets);
    for (size_t k = 0; k < targets; k++)
        sard_set(&call->outputs[0], row * targets + k, scores[k]);
}

static sard_status eval_values(const sard_call *call)
{
    const trees *a = call->attrs;
    return sard_forest_eval(call, a->forest, a->aggregate_function, finish_values);
}

/* ---- the classifier ---- */

static sard_status infer_classifier(sard_node *node, sard_error *error)
{
    trees *a = node->attrs;
    int64_t rows;
    a->lists.targets = (int64_t)sard_ml_label_count(&a->labels);
    sard_status status = sard_ml_set_outputs(node, &a->labels, a->lists.targets, error);
    if (!status && !a->forest) {
        status = make_from_lists(node, a, error);
        if (!status)
            look_at_weights(a);
    }
    return status ? status : check_width(node, a->forest, &rows, error);
}

/* More than two: base values count as scores. */
static size_t choose(const trees *a, double *scores, bool *reached)
{
    size_t best = SIZE_MAX;
    for (size_t k = 0; k < (size_t)a->lists.targets; k++) {
        scores[k] = sard_to_float(scores[k] + base_of(a, (int64_t)k));
        if ((reached[k] || a->base_values.dtype) && (best == SIZE_MAX || scores[k] > scores[best]))
            best = k;
    }
    sard_ml_post(a->post_transform, scores, (size_t)a->lists.targets);
    return best == SIZE_MAX ? 0 : best;
}

/* Two classes, the second without a score. */
static size_t choose_of_one(const trees *a, double *scores, double score)
{
    const bool second = score > (a->one_class && !a->signed_weights ? 0.5 : 0);
    scores[0] = score;
    sard_ml_two_scores(a->post_transform, !a->one_class || a->signed_weights, scores);
    return second;
}

static size_t choose_of_two(const trees *a, double *scores, const bool *reached)
{
    const size_t base = a->base_values.dtype ? sard_tensor_count(&a->base_values) : 0;
    if (a->one_class && !reached[1] && base < 2)
        return choose_of_one(a, scores, sard_to_float(scores[0] + (base ? base_of(a, 0) : 0)));
    for (size_t k = 0; k < 2; k++)
        scores[k] = sard_to_float(scores[k] + (k < base ? base_of(a, (int64_t)k) : 0));
    const double decides = reached[1] ? scores[1] : scores[0];
    sard_ml_post(a->post_transform, scores, 2);
    return decides > (a->one_class && !a->signed_weights ? 0.5 : 0);
}

static void finish_class(const sard_call *call, size_t row, double *scores, bool *reached)
{
    const trees *a = call->attrs;
    const size_t labels = (size_t)a->lists.targets, best = labels == 2 ? choose_of_two(a, scores, reached) : choose(a, scores, reached);
    sard_ml_put_label(call, &a->labels, row, best);
    for (size_t k = 0; sard_call_wants(call, 1) && k < labels; k++)
        ((float *)call->outputs[1].data)[row * labels + k] = (float)scores[k];
}

static sard_status eval_classifier(const sard_call *call)
{
    const trees *a = call->attrs;
    return sard_forest_eval(call, a->forest, SARD_TREE_SUM, finish_class);
}

/* ---- operators ---- */

static const char *const aggregates[] = {"AVERAGE", "SUM", "MIN", "MAX", NULL};

#define AT(name_, kind_, member)                                                    \
    {                                                                               \
        .name = name_, .kind = SARD_ATTR_##kind_, .offset = offsetof(trees, member) \
    }
#define NEEDED(name_, kind_, member)                                                                        \
    {                                                                                                       \
        .name = name_, .kind = SARD_ATTR_##kind_, .flags = SARD_REQUIRED, .offset = offsetof(trees, member) \
    }
/* clang-format off */
#define NODE_ATTRS AT("base_values", FLOATS, base), AT("base_values_as_tensor", TENSOR, base_tensor), \
    AT("nodes_falsenodeids", INTS, lists.no), AT("nodes_featureids", INTS, lists.features), \
    AT("nodes_hitrates", FLOATS, hitrates), AT("nodes_hitrates_as_tensor", TENSOR, hitrates_tensor), \
    AT("nodes_missing_value_tracks_true", INTS, lists.nan_is_yes), AT("nodes_modes", STRINGS, lists.modes), \
    AT("nodes_nodeids", INTS, lists.nodes), AT("nodes_treeids", INTS, lists.trees), AT("nodes_truenodeids", INTS, lists.yes), \
    AT("nodes_values", FLOATS, splits), AT("nodes_values_as_tensor", TENSOR, splits_tensor), \
    SARD_CHOICE(trees, post_transform, "NONE", sard_ml_post_words)
/* clang-format on */
static const sard_attr_spec classifier_attrs[] = {NODE_ATTRS,
                                                  AT("class_ids", INTS, lists.weight_targets),
                                                  AT("class_nodeids", INTS, lists.weight_nodes),
                                                  AT("class_treeids", INTS, lists.weight_trees),
                                                  AT("class_weights", FLOATS, weights),
                                                  AT("class_weights_as_tensor", TENSOR, weights_tensor),
                                                  AT("classlabels_int64s", INTS, labels.ints),
                                                  AT("classlabels_strings", STRINGS, labels.strings),
                                                  SARD_ATTRS_END};
static const sard_attr_spec regressor_attrs[] = {NODE_ATTRS,
                                                 SARD_CHOICE(trees, aggregate_function, "SUM", aggregates),
                                                 {.name = "n_targets",
                                                  .kind = SARD_ATTR_INT,
                                                  .flags = SARD_RANGED,
                                                  .offset = offsetof(trees, lists.targets),
                                                  .i = 1,
                                                  .min = 1,
                                                  .max = INT32_MAX},
                                                 AT("target_ids", INTS, lists.weight_targets),
                                                 AT("target_nodeids", INTS, lists.weight_nodes),
                                                 AT("target_treeids", INTS, lists.weight_trees),
                                                 AT("target_weights", FLOATS, weights),
                                                 AT("target_weights_as_tensor", TENSOR, weights_tensor),
                                                 SARD_ATTRS_END};
static const sard_attr_spec ensemble_attrs[] = {SARD_INT_IN(trees, aggregate_function, SARD_TREE_SUM, 0, 3),
                                                NEEDED("leaf_targetids", INTS, arrays.leaf_targets),
                                                NEEDED("leaf_weights", TENSOR, arrays.leaf_weights),
                                                AT("membership_values", TENSOR, arrays.members),
                                                {.name = "n_targets",
                                                 .kind = SARD_ATTR_INT,
                                                 .flags = SARD_RANGED,
                                                 .offset = offsetof(trees, arrays.targets),
                                                 .i = 1,
                                                 .min = 1,
                                                 .max = INT32_MAX},
                                                NEEDED("nodes_falseleafs", INTS, arrays.no_is_leaf),
                                                NEEDED("nodes_falsenodeids", INTS, arrays.no),
                                                NEEDED("nodes_featureids", INTS, arrays.features),
                                                AT("nodes_hitrates", TENSOR, hitrates_tensor),
                                                AT("nodes_missing_value_tracks_true", INTS, arrays.nan_is_yes),
                                                NEEDED("nodes_modes", TENSOR, arrays.modes),
                                                NEEDED("nodes_splits", TENSOR, arrays.splits),
                                                NEEDED("nodes_trueleafs", INTS, arrays.yes_is_leaf),
                                                NEEDED("nodes_truenodeids", INTS, arrays.yes),
                                                SARD_INT_IN(trees, post_transform, SARD_ML_NONE, 0, 4),
                                                NEEDED("tree_roots", INTS, arrays.roots),
                                                SARD_ATTRS_END};

#define FLOATS (SARD_SET(F32) | SARD_SET(F64) | SARD_SET(F16))
static const sard_port inputs[] = {SARD_PORT("X", 'T', SARD_ML_NUMBERS), SARD_PORTS_END};
static const sard_port classifier_outputs[] = {SARD_PORT("Y", 'L', SARD_SET(STRING) | SARD_SET(I64)), SARD_PORT("Z", 'F', SARD_SET(F32)),
                                               SARD_PORTS_END};
static const sard_port regressor_outputs[] = {SARD_PORT("Y", 'F', SARD_SET(F32)), SARD_PORTS_END};
static const sard_port ensemble_inputs[] = {SARD_PORT("X", 'T', FLOATS), SARD_PORTS_END};
static const sard_port ensemble_outputs[] = {SARD_PORT("Y", 'T', FLOATS), SARD_PORTS_END};

/* Version 5 of the domain has TreeEnsemble in the place of the other two. */
SARD_ML_OP(tree_ensemble_classifier, "TreeEnsembleClassifier", 3, .inputs = inputs, .outputs = classifier_outputs,
           .attrs = classifier_attrs, .attrs_size = sizeof(trees), .infer = infer_classifier, .eval = eval_classifier)
SARD_ML_OP(tree_ensemble_regressor, "TreeEnsembleRegressor", 3, .inputs = inputs, .outputs = regressor_outputs, .attrs = regressor_attrs,
           .attrs_size = sizeof(trees), .infer = infer_regressor, .eval = eval_values)
SARD_ML_OP(tree_ensemble, "TreeEnsemble", 5, .inputs = ensemble_inputs, .outputs = ensemble_outputs, .attrs = ensemble_attrs,
           .attrs_size = sizeof(trees), .infer = infer_ensemble, .eval = eval_values)
