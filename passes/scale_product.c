/* MatMul(a * s, b * t) -> MatMul(a, b) * (s * t), s and t numbers, also by Div: attention scales its scores in registers, not its operands
 * in memory.
 * needs: nobody else uses a * s; s and t are between 2^-10 and 2^10, which is little beside the range of the type: that of float16 ends
 *        where scores without their scale may be.
 * keeps: shape and type; changes rounding only. */
#include "passes/passes.h"

#include "passes/lib/bounds.h"
#include "passes/lib/fuse.h"
#include "passes/lib/match.h"

#include <math.h>

#define MOST 0x1p10

/* x of x * s, or x / s; NULL: the value is something else. */
static sard_value *scaled(const sard_value *value, double *factor)
{
    const sard_node *node = value->producer;
    const bool product = sard_is_between(value, SARD_OP_mul);
    if (!product && !sard_is_between(value, SARD_OP_div))
        return NULL;
    for (size_t i = 0; i < (product ? 2 : 1); i++) {
        sard_value *x = node->inputs[i];
        double number;
        if (x->constant || !node->inputs[1 - i]->constant || !sard_read_number(node, 1 - i, &number) || !(fabs(number) <= MOST) ||
            !(fabs(number) >= 1 / MOST) || !sard_keeps_shape(x, node->inputs[1 - i], value))
            continue;
        *factor *= product ? number : 1 / number;
        return x;
    }
    return NULL;
}

static sard_value *add_number(sard_graph *graph, const char *name, sard_dtype dtype, double number)
{
    sard_tensor tensor = sard_tensor_make(dtype, 0, NULL, NULL);
    tensor.data = sard_graph_alloc(graph, tensor.bytes);
    if (!tensor.data)
        return NULL;
    sard_narrow(dtype, &number, 1, tensor.data);
    return sard_graph_add_constant(graph, name, &tensor);
}

static sard_status rewrite(sard_rewriter *rewriter, sard_node *node)
{
    double factor = 1;
    sard_value *y = node->outputs[0], *operands[2];
    if (!sard_is_plain(node, SARD_OP_matmul) || !sard_dtype_is_float(y->dtype) || sard_dtype_bounds(y->dtype).largest < SARD_MOST_FACTOR)
        return SARD_OK;
    for (size_t i = 0; i < 2; i++)
        operands[i] = scaled(node->inputs[i], &factor);
    if (!operands[0] && !operands[1])
        return SARD_OK;
    for (size_t i = 0; i < 2; i++)
        operands[i] = operands[i] ? operands[i] : node->inputs[i];
    sard_node *made;
    sard_value *number = add_number(rewriter->graph, node->name, y->dtype, factor);
    if (!number)
        return sard_no_memory(rewriter->error);
    const sard_status status = sard_insert(rewriter->graph, node, SARD_OP_matmul, node->name, operands, 2, NULL, 0, &made, rewriter->error);
    return status ? status
                  : sard_replace_node(node, SARD_OP_mul, (sard_value *[]){made->outputs[0], number}, 2, NULL, 0, &rewriter->edited,
                                      rewriter->error);
}

const sard_pass sard_pass_scale_product = {
    .struct_size = sizeof(sard_pass),
    .name = "scale_product",
    .reason = "multiplies the result of a matrix product instead of its operands",
    .level = SARD_O2,
    .rewrite = rewrite,
};
