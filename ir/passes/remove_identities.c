/* Takes out nodes that give back their input: Identity, Dropout but in training, and shape operators, casts and pools that change
 * nothing. */
#include "ir/passes/passes.h"

#include "ir/graph.h"
#include "ops/pool.h"
#include "ops/transpose.h"

#include <string.h>

/* Operators that only move elements in order: the same shape means the same tensor. */
static const char *const by_shape[] = {"Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Expand", "Tile", "Cast"};
/* Operators of any number of inputs that give back a single one. */
static const char *const by_count[] = {"Concat", "Sum", "Max", "Min", "Mean"};

static bool is_one_of(const sard_node *node, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(node->op->name, names[i]))
            return true;
    return false;
}

/* Input i holds nothing but `wanted`, or is left out. */
static bool all_are(const sard_node *node, size_t i, int64_t wanted)
{
    int64_t numbers[SARD_MAX_CONTENTS];
    size_t count;
    if (i >= node->own_count || !node->inputs[i])
        return true;
    if (!sard_node_input_ints(node, i, numbers, SARD_MAX_CONTENTS, &count))
        return false;
    for (size_t k = 0; k < count; k++)
        if (numbers[k] != wanted)
            return false;
    return true;
}

static bool keeps_order(const sard_node *node)
{
    for (int i = 0; i < node->inputs[0]->rank; i++)
        if (sard_transpose_axis(node->attrs, node->inputs[0]->rank, i) != i)
            return false;
    return true;
}

static bool list_is(sard_ints list, int64_t wanted)
{
    for (size_t i = 0; i < list.count; i++)
        if (list.data[i] != wanted)
            return false;
    return true;
}

/* A window of one element: what is left of an adaptive pool to the size that is there already. */
static bool pools_nothing(const sard_node *node)
{
    const sard_pool_attrs *a = node->attrs;
    return list_is(a->kernel_shape, 1) && list_is(a->strides, 1) && list_is(a->pads, 0);
}

static bool is_identity(const sard_node *node)
{
    const sard_value *in = node->own_count ? node->inputs[0] : NULL, *out = node->output_count ? node->outputs[0] : NULL;
    if (!in || !out || *node->op->domain || node->epilogue_count || in->dtype != out->dtype)
        return false;
    for (size_t i = 1; i < node->output_count; i++)
        if (node->outputs[i] && sard_value_use_count(node->outputs[i]))
            return false;
    if (!strcmp(node->op->name, "Identity"))
        return true;
    if (!sard_value_same_shape(in, out))
        return false;
    if (is_one_of(node, by_count, sizeof by_count / sizeof *by_count))
        return node->own_count == 1;
    if (!strcmp(node->op->name, "AveragePool") || !strcmp(node->op->name, "MaxPool"))
        return pools_nothing(node);
    if (!strcmp(node->op->name, "Transpose"))
        return keeps_order(node);
    if (!strcmp(node->op->name, "Dropout"))
        return all_are(node, 2, false);
    if (!strcmp(node->op->name, "Slice"))
        return all_are(node, 4, 1);
    if (!strcmp(node->op->name, "Pad"))
        return all_are(node, 1, 0);
    return is_one_of(node, by_shape, sizeof by_shape / sizeof *by_shape);
}

static sard_status rewrite(sard_graph *graph, sard_node *node, bool *edited, sard_error *error)
{
    (void)graph;
    (void)error;
    *edited = is_identity(node);
    if (*edited)
        sard_value_replace(node->outputs[0], node->inputs[0]);
    return SARD_OK;
}

const sard_pass sard_pass_remove_identities = {
    .struct_size = sizeof(sard_pass),
    .name = "remove_identities",
    .reason = "takes out nodes that give back their input",
    .level = SARD_O1,
    .rewrite = rewrite,
};
