/* Ensembles of decision trees in the form in which they are walked. */
#ifndef SARD_OPS_ML_FOREST_H
#define SARD_OPS_ML_FOREST_H

#include "ops/ml/ml.h"

enum { SARD_TREE_LEQ, SARD_TREE_LT, SARD_TREE_GTE, SARD_TREE_GT, SARD_TREE_EQ, SARD_TREE_NEQ, SARD_TREE_MEMBER, SARD_TREE_MODES };
enum { SARD_TREE_AVERAGE, SARD_TREE_SUM, SARD_TREE_MIN, SARD_TREE_MAX };

/* A node: where `mode` holds for the feature go to step `yes`, else to `no`. A leaf (feature -1): weights yes .. no-1. */
typedef struct sard_tree_step {
    union {
        double split;
        size_t set; /* MEMBER: where its values begin */
    };
    int32_t feature, yes, no;
    uint8_t mode;
    bool nan_is_yes;
} sard_tree_step;

typedef struct sard_tree_weight {
    int32_t target;
    double weight;
} sard_tree_weight;

/* Steps are right: every walk from a root ends at a leaf, features are 0 .. features-1, targets 0 .. targets-1. */
typedef struct sard_forest {
    sard_tree_step *steps;
    sard_tree_weight *weights;
    double *sets; /* of members; each ends with a NaN */
    int32_t *roots;
    size_t step_count, weight_count, set_count, root_count;
    int64_t features, targets;
    bool plain; /* all splits are LEQ, and a NaN is never yes */
} sard_forest;

/* The sums (or what `aggregate` says) of one row, in the order of the trees; `reached`: whether any leaf had a weight for the target. */
typedef struct sard_forest_row {
    const double *x;
    double *scores;
    bool *reached;
} sard_forest_row;

/* Walks all trees for at most SARD_FOREST_BLOCK rows, tree by tree. scores and reached: `targets` of each, filled here. */
enum { SARD_FOREST_BLOCK = 64 };
void sard_forest_walk(const sard_forest *forest, int64_t aggregate, const sard_forest_row *rows, size_t count);

/* For eval: walks X, and hands each row to `finish`: scores as they are summed (an average is divided). */
typedef void sard_forest_finish(const sard_call *call, size_t row, double *scores, bool *reached);
sard_status sard_forest_eval(const sard_call *call, const sard_forest *forest, int64_t aggregate, sard_forest_finish *finish) SARD_MUST_USE;

/* ---- making one ---- */

/* What the version 1 .. 3 operators say: parallel lists of nodes, and of weights of leaves. */
typedef struct sard_tree_lists {
    sard_ints trees, nodes, features, yes, no, nan_is_yes; /* the last may be missing */
    sard_strings modes;
    sard_tensor splits;
    sard_ints weight_trees, weight_nodes, weight_targets;
    sard_tensor weights;
    int64_t targets;
} sard_tree_lists;
/* Both give a forest in the arena of the node's graph, or fail with one line that says what is wrong. */
sard_status sard_forest_from_lists(const sard_node *node, const sard_tree_lists *lists, sard_forest **out, sard_error *error) SARD_MUST_USE;

/* What version 5 says: inner nodes, and leaves of one weight each. */
typedef struct sard_tree_arrays {
    sard_ints roots, features, yes, no, yes_is_leaf, no_is_leaf, nan_is_yes, leaf_targets;
    const sard_tensor *modes, *splits, *leaf_weights, *members; /* the last may be missing */
    int64_t targets;
} sard_tree_arrays;
sard_status sard_forest_from_arrays(const sard_node *node, const sard_tree_arrays *arrays, sard_forest **out,
                                    sard_error *error) SARD_MUST_USE;

#endif
