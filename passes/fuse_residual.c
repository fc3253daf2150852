/* Add(Conv(x), r) -> Conv(x) |> Add($, r), likewise Sub, Mul and Div, and the activations behind; of Conv, ConvTranspose, Gemm and MatMul.
 * needs: the operator is the only user of the sums, and its result has their shape; where both operands are such sums, the ones that are
 *        made last take the operator in.
 * keeps: every number. A node whose other operand is made behind it moves there: nobody else waits for its result. */
#include "passes/lib/fuse.h"
#include "passes/passes.h"

static bool is_before(const sard_node *a, const sard_node *b)
{
    while (b && b != a)
        b = b->previous;
    return b != NULL;
}

bool sard_keeps_shape(const sard_value *x, const sard_value *other, const sard_value *result)
{
    if (sard_value_same_shape(x, result))
        return true;
    if (other->rank < 0 || x->rank < other->rank || result->rank != x->rank)
        return false;
    for (int i = 0; i < other->rank; i++) {
        const int64_t dim = other->dims[i], same = x->dims[x->rank - other->rank + i];
        if (dim != 1 && (dim != same || dim == SARD_UNKNOWN_DIM))
            return false;
    }
    return true;
}

/* Whether input `slot` of the node can take the node in. */
static bool can_fuse(const sard_node *node, size_t slot)
{
    const sard_value *sums = node->own_count == 2 ? node->inputs[slot] : NULL, *other = sums ? node->inputs[1 - slot] : NULL;
    const sard_value *result = node->outputs[0];
    if (!sums || !other || !result || node->epilogue_count || !sard_is_arithmetic(node) || !sard_takes_epilogue(sums->producer))
        return false;
    return sard_value_use_count(sums) == 1 && sums != other && sard_dtype_is_float(sums->dtype) && other->dtype == sums->dtype &&
           result->dtype == sums->dtype && sard_keeps_shape(sums, other, result);
}

/* Puts a node that nothing between them depends on directly before another. */
static void move_before(sard_node *node, sard_node *at)
{
    sard_graph *graph = node->graph;
    *(node->previous ? &node->previous->next : &graph->first) = node->next;
    node->next->previous = node->previous;
    node->previous = at->previous;
    node->next = at;
    at->previous->next = node;
    at->previous = node;
}

/* Which input of the node takes it in: where both can, the one that is made last. */
static size_t slot_of(const sard_node *node)
{
    return !can_fuse(node, 0) || (can_fuse(node, 1) && is_before(node->inputs[0]->producer, node->inputs[1]->producer));
}

static bool fuse(sard_node *node, size_t slot)
{
    sard_node *producer = node->inputs[slot]->producer, *other = node->inputs[1 - slot]->producer;
    if (other && is_before(producer, other))
        move_before(producer, node);
    return sard_node_absorb(producer, node, slot);
}

/* An activation behind a residual. */
static bool is_behind(const sard_node *node) { return sard_can_fuse_activation(node) && node->inputs[0]->producer->epilogue_count; }

static sard_status rewrite(sard_rewriter *rewriter, sard_node *node)
{
    const size_t slot = slot_of(node);
    const bool residual = can_fuse(node, slot);
    rewriter->edited = residual || is_behind(node);
    if (rewriter->edited && !(residual ? fuse(node, slot) : sard_node_absorb(node->inputs[0]->producer, node, 0)))
        return sard_no_memory(rewriter->error);
    return SARD_OK;
}

const sard_pass sard_pass_fuse_residual = {
    .struct_size = sizeof(sard_pass),
    .name = "fuse_residual",
    .reason = "adds residuals while sums are in registers",
    .level = SARD_O2,
    .rewrite = rewrite,
};
