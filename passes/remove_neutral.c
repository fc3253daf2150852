/* x + 0, x - 0, x * 1, x / 1, x ^ 1 -> x.
 * needs: the constant does not widen x.
 * keeps: every number, but for the sign of zeros. */
#include "passes/passes.h"

#include "passes/lib/affine.h"
#include "passes/lib/fuse.h"

#include <string.h>

/* More elements than a channel has are hardly all the same. */
#define MOST_ELEMENTS 65536

static bool all_are(const sard_value *value, double wanted)
{
    const sard_tensor *tensor = value->constant ? sard_value_constant(value) : NULL;
    const size_t count = tensor ? sard_tensor_count(tensor) : 0, size = sard_dtype_size(value->dtype);
    for (size_t i = 0; count <= MOST_ELEMENTS && i < count; i++) {
        double number;
        uint64_t element; /* the constant may have any address */
        memcpy(&element, (const char *)tensor->data + i * size, size);
        sard_widen(value->dtype, &element, 1, &number);
        if (number != wanted)
            return false;
    }
    return count && count <= MOST_ELEMENTS;
}

/* What the node gives back; NULL: something else. */
static sard_value *neutral(const sard_node *node)
{
    const sard_value *y = node->outputs[0];
    const sard_op_id op = sard_node_id(node);
    const bool sum = op == SARD_OP_add || op == SARD_OP_sub, swaps = op == SARD_OP_add || op == SARD_OP_mul;
    if ((!sard_is_arithmetic(node) && op != SARD_OP_pow) || node->epilogue_count || !sard_dtype_in(y->dtype, SARD_SET_NUMBER))
        return NULL;
    for (int i = 1; i >= (swaps ? 0 : 1); i--) {
        sard_value *x = node->inputs[1 - i];
        if (x->dtype == y->dtype && sard_keeps_shape(x, node->inputs[i], y) && all_are(node->inputs[i], sum ? 0 : 1))
            return x;
    }
    return NULL;
}

static sard_status rewrite(sard_rewriter *rewriter, sard_node *node)
{
    sard_value *x = neutral(node);
    if (x)
        sard_value_replace(node->outputs[0], x);
    rewriter->edited = x != NULL;
    return SARD_OK;
}

const sard_pass sard_pass_remove_neutral = {
    .struct_size = sizeof(sard_pass),
    .name = "remove_neutral",
    .reason = "takes out sums with 0 and products with 1",
    .level = SARD_O2,
    .rewrite = rewrite,
};
