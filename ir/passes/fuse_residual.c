/* Add(Conv(x), r) -> Conv(x) |> Add($, r), likewise Sub, Mul and Div, and the activations behind; of Conv, ConvTranspose, Gemm and MatMul.
 * needs: the operator is the only user of the sums, and its result has their shape; where both operands are such sums, the ones that are
 *        made last take the operator in.
 * keeps: every number. A node whose other operand is made behind it moves there: nobody else waits for its result. */
#include "ir/passes/fuse.h"
#include "ir/passes/passes.h"

#include <string.h>

static bool is_before(const sard_node *a, const sard_node *b)
{
    while (b && b != a)
        b = b->previous;
    return b != NULL;
}

/* Whether the result has the sums' shape, which need not be known: the other operand adds nothing to it by broadcasting. */
static bool keeps_shape(const sard_value *sums, const sard_value *other, const sard_value *result)
{
    if (sard_value_same_shape(sums, result))
        return true;
    if (other->rank < 0 || sums->rank < other->rank || result->rank != sums->rank)
        return false;
    for (int i = 0; i < other->rank; i++) {
        const int64_t dim = other->dims[i], same = sums->dims[sums->rank - other->rank + i];
        if (dim != 1 && (dim != same || dim == SARD_UNKNOWN_DIM))
            return false;
    }
    return true;
}

/* Whether input `slot` of the node can take the node in. */
static bool can_fuse(const sard_node *node, size_t slot)
{
    static const char *const names[] = {"Add", "Sub", "Mul", "Div", NULL};
    const sard_value *sums = node->own_count == 2 ? node->inputs[slot] : NULL, *other = sums ? node->inputs[1 - slot] : NULL;
    const sard_value *result = node->outputs[0];
    if (!sums || !other || !result || node->epilogue_count || !sard_node_is_one_of(node, names) || !sard_makes_sums(sums->producer))
        return false;
    return sard_value_use_count(sums) == 1 && sums != other && sard_dtype_is_float(sums->dtype) && other->dtype == sums->dtype &&
           result->dtype == sums->dtype && keeps_shape(sums, other, result);
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

static bool fuse(sard_node *node, bool *enough)
{
    size_t slot = can_fuse(node, 0) ? 0 : 1;
    if (!can_fuse(node, slot))
        return false;
    if (slot == 0 && can_fuse(node, 1) && is_before(node->inputs[0]->producer, node->inputs[1]->producer))
        slot = 1;
    sard_node *producer = node->inputs[slot]->producer, *other = node->inputs[1 - slot]->producer;
    if (other && is_before(producer, other))
        move_before(producer, node);
    *enough = sard_node_absorb(producer, node, slot);
    return *enough;
}

static sard_status run(sard_graph *graph, size_t *edits, sard_error *error)
{
    bool enough = true;
    for (sard_node *node = graph->first, *next; node; node = next) {
        next = node->next;
        bool fused = fuse(node, &enough);
        if (!fused && enough && sard_can_fuse_activation(node))
            fused = enough = sard_node_absorb(node->inputs[0]->producer, node, 0);
        if (!enough)
            return sard_fail(error, SARD_NOMEM, "out of memory");
        *edits += fused;
    }
    return SARD_OK;
}

const sard_pass sard_pass_fuse_residual = {
    .struct_size = sizeof(sard_pass),
    .name = "fuse_residual",
    .reason = "adds residuals while sums are in registers",
    .level = SARD_O2,
    .run = run,
};
