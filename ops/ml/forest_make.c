/* From the attributes of the operators to a forest: everything that could lead a walk astray is refused here. */
#include "ops/ml/forest.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

typedef struct named_count {
    const char *name;
    size_t count;
} named_count;

static sard_status check_counts(const sard_node *node, const named_count *lists, size_t count, size_t wanted, sard_error *error)
{
    sard_status status = SARD_OK;
    for (size_t i = 0; !status && i < count; i++)
        status = sard_ml_check_count(node, lists[i].name, lists[i].count, wanted, error);
    return status;
}

static sard_forest *make(const sard_node *node, size_t steps, size_t weights, size_t sets, size_t roots, int64_t targets)
{
    sard_arena *arena = node->graph->arena;
    sard_forest *f = SARD_NEW(arena, sard_forest, 1);
    if (!f)
        return NULL;
    *f = (sard_forest){.steps = SARD_NEW(arena, sard_tree_step, steps),
                       .weights = SARD_NEW(arena, sard_tree_weight, weights),
                       .sets = SARD_NEW(arena, double, sets),
                       .roots = SARD_NEW(arena, int32_t, roots),
                       .step_count = steps,
                       .targets = targets,
                       .plain = true};
    return f->steps && f->weights && f->sets && f->roots ? f : NULL;
}

/* A feature, a target, a number of anything. */
static bool fits(int64_t x, int64_t below) { return x >= 0 && x < below && x < INT32_MAX; }

static sard_status set_step(const sard_node *node, sard_forest *f, size_t i, int64_t feature, int64_t mode, bool nan_is_yes, double split,
                            sard_error *error)
{
    if (!fits(feature, INT32_MAX))
        return sard_node_fail(node, error, SARD_MODEL, "node %zu looks at feature %" PRId64, i, feature);
    f->steps[i].feature = (int32_t)feature;
    f->steps[i].mode = (uint8_t)mode;
    f->steps[i].nan_is_yes = nan_is_yes;
    f->steps[i].split = split;
    f->plain = f->plain && mode == SARD_TREE_LEQ && !nan_is_yes;
    f->features = feature >= f->features ? feature + 1 : f->features;
    return SARD_OK;
}

/* Every inner node has one parent or is a root; from the roots all are reached, unless some are their own ancestors. */
static sard_status check_walks(const sard_node *node, const sard_forest *f, const uint8_t *parents, sard_error *error)
{
    int32_t *stack = SARD_NEW(node->graph->arena, int32_t, f->step_count + 1);
    size_t depth = 0, seen = 0, wanted = 0;
    if (!stack)
        return sard_no_memory(error);
    for (size_t i = 0; i < f->step_count; i++)
        wanted += parents[i] != UINT8_MAX;
    for (size_t i = 0; i < f->root_count; i++) {
        stack[depth++] = f->roots[i];
        while (depth) {
            const sard_tree_step *step = &f->steps[stack[--depth]];
            seen++;
            if (step->feature < 0)
                continue;
            if (parents[step->yes] != UINT8_MAX)
                stack[depth++] = step->yes;
            if (step->no != step->yes && parents[step->no] != UINT8_MAX)
                stack[depth++] = step->no;
        }
    }
    return seen == wanted ? SARD_OK
                          : sard_node_fail(node, error, SARD_MODEL, "%zu nodes of its trees are reached from no root", wanted - seen);
}

/* ---- version 1 to 3 ---- */

/* Finds a node by its tree and its number in it: near `guess`, else among all. */
typedef struct finder {
    const sard_tree_lists *lists;
    sard_lookup all;
    int64_t *keys;
} finder;

static bool is_node(const sard_tree_lists *l, size_t i, int64_t tree, int64_t number)
{
    return i < l->nodes.count && l->nodes.data[i] == number && l->trees.data[i] == tree;
}

static bool sort_all(sard_arena *arena, finder *f)
{
    const size_t count = f->lists->nodes.count;
    sard_string *names = SARD_NEW(arena, sard_string, count);
    f->keys = SARD_NEW(arena, int64_t, 2 * count);
    for (size_t i = 0; names && f->keys && i < count; i++) {
        f->keys[2 * i] = f->lists->trees.data[i];
        f->keys[2 * i + 1] = f->lists->nodes.data[i];
        names[i] = (sard_string){(const char *)&f->keys[2 * i], 2 * sizeof *f->keys};
    }
    return names && f->keys && sard_lookup_make(arena, names, count, &f->all);
}

/* -1: there is none; -2: memory ran out. */
static int64_t find(sard_arena *arena, finder *f, size_t guess, int64_t tree, int64_t number)
{
    enum { NEAR = 16 };
    for (size_t i = guess; i < guess + NEAR; i++)
        if (is_node(f->lists, i, tree, number))
            return (int64_t)i;
    if (!f->keys && !sort_all(arena, f))
        return -2;
    const int64_t key[] = {tree, number};
    return sard_lookup_find(&f->all, (sard_string){(const char *)key, sizeof key});
}

static bool read_mode(sard_string word, int64_t *mode)
{
    static const char *const words[] = {"BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ", "LEAF"};
    for (*mode = 0; *mode < (int64_t)(sizeof words / sizeof *words); ++*mode)
        if (sard_string_same(word, (sard_string){words[*mode], strlen(words[*mode])}))
            return true;
    return false;
}
enum { LEAF = SARD_TREE_MEMBER }; /* in the place of a mode that these versions lack */

static sard_status check_lists(const sard_node *node, const sard_tree_lists *l, sard_error *error)
{
    const size_t count = l->nodes.count, weights = l->weight_nodes.count;
    const named_count nodes[] = {{"nodes_treeids", l->trees.count},
                                 {"nodes_featureids", l->features.count},
                                 {"nodes_truenodeids", l->yes.count},
                                 {"nodes_falsenodeids", l->no.count},
                                 {"nodes_modes", l->modes.count},
                                 {"nodes_values", sard_tensor_count(&l->splits)},
                                 {"nodes_missing_value_tracks_true", l->nan_is_yes.count ? l->nan_is_yes.count : count}};
    const named_count leaves[] = {{"the list of trees of the weights", l->weight_trees.count},
                                  {"the list of targets of the weights", l->weight_targets.count},
                                  {"the list of weights", sard_tensor_count(&l->weights)}};
    if (!count || count >= INT32_MAX || weights >= INT32_MAX)
        return sard_node_fail(node, error, SARD_MODEL, "its trees have %zu nodes and %zu weights", count, weights);
    if (!sard_dtype_is_float(l->splits.dtype) || (weights && !sard_dtype_is_float(l->weights.dtype)))
        return sard_node_fail(node, error, SARD_MODEL, "splits are %s, weights %s; both must be floats", sard_dtype_name(l->splits.dtype),
                              sard_dtype_name(l->weights.dtype));
    const sard_status status = check_counts(node, nodes, sizeof nodes / sizeof *nodes, count, error);
    return status ? status : check_counts(node, leaves, sizeof leaves / sizeof *leaves, weights, error);
}

static sard_status find_child(const sard_node *node, finder *find_it, size_t i, int64_t number, uint8_t *parents, int32_t *out,
                              sard_error *error)
{
    const sard_tree_lists *l = find_it->lists;
    const int64_t guess = (int64_t)i + (int64_t)((uint64_t)number - (uint64_t)l->nodes.data[i]);
    const int64_t found = find(node->graph->arena, find_it, guess >= 0 ? (size_t)guess : 0, l->trees.data[i], number);
    if (found == -2)
        return sard_no_memory(error);
    if (found < 0)
        return sard_node_fail(node, error, SARD_MODEL,
                              "node %" PRId64 " of tree %" PRId64 " has the child %" PRId64 ", which does not exist", l->nodes.data[i],
                              l->trees.data[i], number);
    if (parents[found]++)
        return sard_node_fail(node, error, SARD_MODEL, "node %" PRId64 " of tree %" PRId64 " is the child of two nodes", number,
                              l->trees.data[i]);
    *out = (int32_t)found;
    return SARD_OK;
}

static sard_status fill_nodes(const sard_node *node, finder *find_it, sard_forest *f, uint8_t *parents, sard_error *error)
{
    const sard_tree_lists *l = find_it->lists;
    sard_status status = SARD_OK;
    for (size_t i = 0; !status && i < f->step_count; i++) {
        int64_t mode;
        sard_tree_step *step = &f->steps[i];
        if (!read_mode(l->modes.data[i], &mode))
            return sard_node_fail(node, error, SARD_MODEL, "node %zu has the mode '%.*s', which does not exist", i,
                                  (int)(l->modes.data[i].size < 64 ? l->modes.data[i].size : 64), l->modes.data[i].data);
        step->feature = -1;
        if (mode == LEAF)
            continue;
        status =
            set_step(node, f, i, l->features.data[i], mode, l->nan_is_yes.count && l->nan_is_yes.data[i], sard_get(&l->splits, i), error);
        if (!status)
            status = find_child(node, find_it, i, l->yes.data[i], parents, &step->yes, error);
        if (!status && l->no.data[i] == l->yes.data[i])
            step->no = step->yes;
        else if (!status)
            status = find_child(node, find_it, i, l->no.data[i], parents, &step->no, error);
    }
    return status;
}

/* Leaves' weights beside each other, each leaf's in the order of the list. */
static sard_status fill_weights(const sard_node *node, finder *find_it, sard_forest *f, sard_error *error)
{
    const sard_tree_lists *l = find_it->lists;
    const size_t count = l->weight_nodes.count;
    int32_t *leaves = SARD_NEW(node->graph->arena, int32_t, count);
    int64_t found = 0;
    if (!leaves)
        return sard_no_memory(error);
    for (size_t i = 0; i < count; i++) {
        found = find(node->graph->arena, find_it, (size_t)found, l->weight_trees.data[i], l->weight_nodes.data[i]);
        if (found == -2)
            return sard_no_memory(error);
        if (found < 0 || !fits(l->weight_targets.data[i], f->targets))
            return sard_node_fail(node, error, SARD_MODEL,
                                  "weight %zu is for node %" PRId64 " of tree %" PRId64 " and target %" PRId64 " of %" PRId64, i,
                                  l->weight_nodes.data[i], l->weight_trees.data[i], l->weight_targets.data[i], f->targets);
        leaves[i] = (int32_t)found;
        if (f->steps[found].feature < 0)
            f->steps[found].no++;
    }
    int32_t next = 0;
    for (size_t i = 0; i < f->step_count; i++)
        if (f->steps[i].feature < 0) {
            const int32_t own = f->steps[i].no;
            f->steps[i].yes = f->steps[i].no = next;
            next += own;
        }
    f->weight_count = (size_t)next;
    for (size_t i = 0; i < count; i++) {
        sard_tree_step *leaf = &f->steps[leaves[i]];
        if (leaf->feature < 0)
            f->weights[leaf->no++] = (sard_tree_weight){(int32_t)l->weight_targets.data[i], sard_get(&l->weights, i)};
    }
    return SARD_OK;
}

static sard_status find_roots(const sard_node *node, const sard_tree_lists *l, sard_forest *f, const uint8_t *parents, sard_error *error)
{
    for (size_t i = 0; i < f->step_count; i++) {
        if (parents[i])
            continue;
        if (f->root_count && l->trees.data[f->roots[f->root_count - 1]] == l->trees.data[i])
            return sard_node_fail(node, error, SARD_MODEL, "tree %" PRId64 " has two nodes that are no child", l->trees.data[i]);
        f->roots[f->root_count++] = (int32_t)i;
    }
    return check_walks(node, f, parents, error);
}

sard_status sard_forest_from_lists(const sard_node *node, const sard_tree_lists *lists, sard_forest **out, sard_error *error)
{
    sard_status status = check_lists(node, lists, error);
    if (status)
        return status;
    const size_t count = lists->nodes.count;
    finder find_it = {.lists = lists};
    uint8_t *parents = SARD_NEW(node->graph->arena, uint8_t, count);
    sard_forest *f = make(node, count, lists->weight_nodes.count, 0, count, lists->targets);
    if (!f || !parents)
        return sard_no_memory(error);
    status = fill_nodes(node, &find_it, f, parents, error);
    if (!status)
        status = fill_weights(node, &find_it, f, error);
    if (!status)
        status = find_roots(node, lists, f, parents, error);
    *out = f;
    return status;
}

/* ---- version 5 ---- */

static sard_status check_arrays(const sard_node *node, const sard_tree_arrays *a, sard_error *error)
{
    const size_t count = a->features.count, leaves = a->leaf_targets.count;
    const named_count nodes[] = {{"nodes_truenodeids", a->yes.count},
                                 {"nodes_falsenodeids", a->no.count},
                                 {"nodes_trueleafs", a->yes_is_leaf.count},
                                 {"nodes_falseleafs", a->no_is_leaf.count},
                                 {"nodes_modes", sard_tensor_count(a->modes)},
                                 {"nodes_splits", sard_tensor_count(a->splits)},
                                 {"nodes_missing_value_tracks_true", a->nan_is_yes.count ? a->nan_is_yes.count : count}};
    if (!count || !leaves || count >= INT32_MAX - leaves)
        return sard_node_fail(node, error, SARD_MODEL, "its trees have %zu nodes and %zu leaves", count, leaves);
    if (!sard_dtype_is_float(a->splits->dtype) || !sard_dtype_is_float(a->leaf_weights->dtype) || a->modes->dtype != SARD_U8 ||
        (a->members && !sard_dtype_is_float(a->members->dtype)))
        return sard_node_fail(node, error, SARD_MODEL, "splits, weights and members must be floats, modes uint8");
    const sard_status status = check_counts(node, nodes, sizeof nodes / sizeof *nodes, count, error);
    return status ? status : sard_ml_check_count(node, "leaf_weights", sard_tensor_count(a->leaf_weights), leaves, error);
}

/* Leaf k is step `inner` + k. */
static sard_status point_to(const sard_node *node, size_t i, int64_t child, bool is_leaf, size_t inner, size_t leaves, uint8_t *parents,
                            int32_t *out, sard_error *error)
{
    if (!fits(child, (int64_t)(is_leaf ? leaves : inner)))
        return sard_node_fail(node, error, SARD_MODEL, "node %zu has the child %" PRId64 " of %zu %s", i, child, is_leaf ? leaves : inner,
                              is_leaf ? "leaves" : "nodes");
    if (!is_leaf && parents[child]++)
        return sard_node_fail(node, error, SARD_MODEL, "node %" PRId64 " is the child of two nodes", child);
    *out = (int32_t)((is_leaf ? (int64_t)inner : 0) + child);
    return SARD_OK;
}

/* Sets stand in the order of the nodes that ask for them. */
static sard_status next_set(const sard_node *node, const sard_forest *f, size_t *at, sard_tree_step *step, sard_error *error)
{
    if (*at >= f->set_count)
        return sard_node_fail(node, error, SARD_MODEL, "membership_values has fewer sets than there are nodes that need one");
    step->set = *at;
    while (!isnan(f->sets[*at]))
        ++*at;
    ++*at;
    return SARD_OK;
}

static sard_status fill_arrays(const sard_node *node, const sard_tree_arrays *a, sard_forest *f, uint8_t *parents, sard_error *error)
{
    const size_t inner = a->features.count, leaves = a->leaf_targets.count;
    size_t set = 0;
    sard_status status = SARD_OK;
    for (size_t i = 0; !status && i < inner; i++) {
        sard_tree_step *step = &f->steps[i];
        const int64_t mode = ((const uint8_t *)a->modes->data)[i];
        if (mode >= SARD_TREE_MODES)
            return sard_node_fail(node, error, SARD_MODEL, "node %zu has the mode %" PRId64 ", must be 0 to 6", i, mode);
        status =
            set_step(node, f, i, a->features.data[i], mode, a->nan_is_yes.count && a->nan_is_yes.data[i], sard_get(a->splits, i), error);
        if (!status && mode == SARD_TREE_MEMBER)
            status = next_set(node, f, &set, step, error);
        if (!status)
            status = point_to(node, i, a->yes.data[i], a->yes_is_leaf.data[i], inner, leaves, parents, &step->yes, error);
        if (!status)
            status = point_to(node, i, a->no.data[i], a->no_is_leaf.data[i], inner, leaves, parents, &step->no, error);
    }
    for (size_t k = 0; !status && k < leaves; k++) {
        if (!fits(a->leaf_targets.data[k], f->targets))
            return sard_node_fail(node, error, SARD_MODEL, "leaf %zu is for target %" PRId64 " of %" PRId64, k, a->leaf_targets.data[k],
                                  f->targets);
        parents[inner + k] = UINT8_MAX;
        f->weights[k] = (sard_tree_weight){(int32_t)a->leaf_targets.data[k], sard_get(a->leaf_weights, k)};
        f->steps[inner + k] = (sard_tree_step){.feature = -1, .yes = (int32_t)k, .no = (int32_t)k + 1};
    }
    return status;
}

static sard_status read_roots(const sard_node *node, const sard_tree_arrays *a, sard_forest *f, uint8_t *parents, sard_error *error)
{
    for (size_t i = 0; i < a->roots.count; i++) {
        if (!fits(a->roots.data[i], (int64_t)a->features.count))
            return sard_node_fail(node, error, SARD_MODEL, "root %" PRId64 " of %zu nodes does not exist", a->roots.data[i],
                                  a->features.count);
        if (parents[a->roots.data[i]]++)
            return sard_node_fail(node, error, SARD_MODEL, "root %" PRId64 " is the child of a node, or a root twice", a->roots.data[i]);
        f->roots[f->root_count++] = (int32_t)a->roots.data[i];
    }
    return check_walks(node, f, parents, error);
}

sard_status sard_forest_from_arrays(const sard_node *node, const sard_tree_arrays *a, sard_forest **out, sard_error *error)
{
    sard_status status = check_arrays(node, a, error);
    if (status)
        return status;
    const size_t inner = a->features.count, leaves = a->leaf_targets.count, members = a->members ? sard_tensor_count(a->members) : 0;
    uint8_t *parents = SARD_NEW(node->graph->arena, uint8_t, inner + leaves);
    sard_forest *f = make(node, inner + leaves, leaves, members + 1, a->roots.count, a->targets);
    if (!f || !parents)
        return sard_no_memory(error);
    f->weight_count = leaves;
    f->set_count = members;
    for (size_t i = 0; i < members; i++)
        f->sets[i] = sard_get(a->members, i);
    f->sets[members] = NAN;
    status = fill_arrays(node, a, f, parents, error);
    if (!status)
        status = read_roots(node, a, f, parents, error);
    *out = f;
    return status;
}
