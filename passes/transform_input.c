/* Concat_c(Unsqueeze(Gather(x, c)) * scale_c + shift_c) -> x * scale + shift, the per-channel input transform of torchvision's Inception
 * and GoogLeNet.
 * needs: the Concat over axis 1 takes every channel of x once, in order; scales and shifts are constants of one element.
 * keeps: every number: the same product and sum of each element. */
#include "passes/passes.h"

#include "ops/axis.h"
#include "passes/lib/permute.h"

#include <string.h>

#define MOST_CHANNELS 64

/* One channel: what it is taken from, and the constants it meets. */
typedef struct branch {
    sard_value *x;
    const sard_tensor *scale, *shift;
} branch;

/* The other operand of a product or sum with a constant of one element: *constant is it. */
static sard_value *operand(const sard_node *node, const sard_tensor **constant)
{
    for (size_t i = 0; i < 2; i++) {
        *constant = sard_value_constant(node->inputs[i]);
        if (*constant && sard_tensor_count(*constant) == 1 && (*constant)->rank <= node->inputs[1 - i]->rank &&
            sard_value_same_shape(node->inputs[1 - i], node->outputs[0]))
            return node->inputs[1 - i];
    }
    return NULL;
}

/* Goes up from an operand of the Concat; a step that is not there is skipped. */
static bool read_branch(sard_value *value, int64_t channel, branch *b)
{
    int64_t number;
    size_t count;
    *b = (branch){.x = NULL};
    if (sard_is_plain(value->producer, SARD_OP_add))
        value = operand(value->producer, &b->shift);
    if (value && sard_is_plain(value->producer, SARD_OP_mul))
        value = operand(value->producer, &b->scale);
    if (!value || !sard_is_plain(value->producer, SARD_OP_unsqueeze))
        return false;
    const sard_node *unsqueeze = value->producer, *gather = unsqueeze->inputs[0]->producer;
    if (!sard_is_plain(gather, SARD_OP_gather) || !sard_node_input_ints(unsqueeze, 1, &number, 1, &count) || count != 1 || number != 1)
        return false;
    if (gather->inputs[1]->rank || sard_axis_of(gather) != 1 || !sard_gather_place(gather, &number) || number != channel)
        return false;
    b->x = gather->inputs[0];
    return true;
}

static bool read_branches(const sard_node *concat, branch *branches)
{
    const size_t count = concat->own_count;
    if (count < 2 || count > MOST_CHANNELS || sard_axis_of(concat) != 1)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!read_branch(concat->inputs[i], (int64_t)i, &branches[i]) || branches[i].x != branches[0].x)
            return false;
    return branches[0].x->rank == 4 && branches[0].x->dims[1] == (int64_t)count && branches[0].x->dtype == SARD_F32;
}

/* A constant [channels, 1, 1]; channels without one get `otherwise`. *needed: one has. */
static sard_value *gather_constants(sard_graph *graph, const char *name, const sard_tensor *const *of, size_t count, float otherwise,
                                    bool *needed)
{
    sard_tensor tensor = sard_tensor_make(SARD_F32, 3, (const int64_t[]){(int64_t)count, 1, 1}, NULL);
    float *data = sard_graph_alloc(graph, tensor.bytes);
    *needed = false;
    for (size_t i = 0; data && i < count; i++) {
        data[i] = otherwise;
        if (of[i])
            memcpy(&data[i], of[i]->data, sizeof *data);
        *needed |= of[i] != NULL;
    }
    tensor.data = data;
    return data ? sard_graph_add_constant(graph, name, &tensor) : NULL;
}

static sard_status apply(sard_node *at, sard_op_id op, sard_value **x, const sard_tensor *const *of, float otherwise, sard_error *error)
{
    bool needed;
    sard_node *node;
    sard_value *constant = gather_constants(at->graph, at->name, of, at->own_count, otherwise, &needed);
    if (!constant)
        return sard_no_memory(error);
    if (!needed)
        return SARD_OK;
    const sard_status status = sard_insert(at->graph, at, op, at->name, (sard_value *[]){*x, constant}, 2, NULL, 0, &node, error);
    if (!status)
        *x = node->outputs[0];
    return status;
}

static sard_status replace(sard_node *concat, const branch *branches, sard_error *error)
{
    const sard_tensor *scales[MOST_CHANNELS], *shifts[MOST_CHANNELS];
    sard_value *x = branches[0].x;
    for (size_t i = 0; i < concat->own_count; i++) {
        scales[i] = branches[i].scale;
        shifts[i] = branches[i].shift;
    }
    sard_status status = apply(concat, SARD_OP_mul, &x, scales, 1, error);
    if (!status)
        status = apply(concat, SARD_OP_add, &x, shifts, -0.0f, error); /* -0 changes no number, 0 would change -0 */
    if (!status)
        sard_value_replace(concat->outputs[0], x);
    return status;
}

static sard_status rewrite(sard_rewriter *rewriter, sard_node *node)
{
    branch branches[MOST_CHANNELS];
    rewriter->edited = sard_is(node, SARD_OP_concat) && read_branches(node, branches);
    return rewriter->edited ? replace(node, branches, rewriter->error) : SARD_OK;
}

const sard_pass sard_pass_transform_input = {
    .struct_size = sizeof(sard_pass),
    .name = "transform_input",
    .reason = "makes a per-channel scale and shift of the input one product and one sum",
    .level = SARD_O2,
    .rewrite = rewrite,
};
