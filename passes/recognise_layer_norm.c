/* (x - mean) / sqrt(mean((x - mean)^2) + epsilon) -> LayerNormalization(x, ones); and what is behind one: LayerNormalization(x, s, b) * w ->
 * LayerNormalization(x, s * w, b * w), LayerNormalization(x, s) + b -> LayerNormalization(x, s, b).
 * needs: the means are over the last axes, whose sizes are known; w and b are constants of those axes; the type holds s * w and b * w; an
 *        attribute, which is a float32, holds epsilon.
 * keeps: the meaning; changes rounding. */
#include "passes/passes.h"

#include "ops/norm.h"
#include "passes/lib/bounds.h"
#include "passes/lib/match.h"
#include "passes/lib/permute.h"

enum { X, SCALE, SHIFT };

/* More elements are not one row. */
#define MOST_ELEMENTS 65536

/* x of Sub(x, ReduceMean(x, axes)) where the axes are the last ones; *axis: the first of them. NULL: it is none. */
static sard_value *centred(const sard_value *value, int *axis)
{
    if (!sard_is_made_by(value, SARD_OP_sub))
        return NULL;
    sard_value *x = value->producer->inputs[0];
    const sard_value *mean = value->producer->inputs[1];
    const uint32_t mask = sard_reduced_axes(mean, SARD_OP_reduce_mean);
    if (!mask || mean->producer->inputs[0] != x)
        return NULL;
    *axis = __builtin_ctz(mask);
    return mask == (1u << x->rank) - (1u << *axis) ? x : NULL;
}

static bool is_square(const sard_value *value, const sard_value *x, int axis)
{
    const sard_node *node = value->producer;
    int own;
    const bool squares = sard_is_made_by(value, SARD_OP_pow) ? sard_is_number(node, 1, 2)
                                                             : sard_is_made_by(value, SARD_OP_mul) && node->inputs[0] == node->inputs[1];
    return squares && centred(node->inputs[0], &own) == x && own == axis;
}

/* mean(square) + epsilon of the same axes. */
static bool is_variance(const sard_value *value, const sard_value *x, int axis, double *epsilon)
{
    const sard_node *node = value->producer;
    if (!sard_is_between(value, SARD_OP_add))
        return false;
    for (size_t i = 0; i < 2; i++) {
        const sard_value *mean = node->inputs[i];
        if (sard_read_number(node, 1 - i, epsilon) && *epsilon >= 0 &&
            sard_reduced_axes(mean, SARD_OP_reduce_mean) == (1u << x->rank) - (1u << axis))
            return is_square(mean->producer->inputs[0], x, axis);
    }
    return false;
}

/* Is it a root, or where `inverse` 1 / root? *under: of what. */
static bool is_root(const sard_value *value, bool inverse, const sard_value **under)
{
    const sard_node *node = value->producer;
    if (inverse && sard_is_between(value, SARD_OP_reciprocal))
        return is_root(node->inputs[0], false, under);
    if (sard_is_between(value, SARD_OP_pow) ? !sard_is_number(node, 1, inverse ? -0.5 : 0.5)
                                            : inverse || !sard_is_between(value, SARD_OP_sqrt))
        return false;
    *under = node->inputs[0];
    return true;
}

typedef struct found {
    sard_value *x;
    int axis;
    double epsilon;
} found;

static bool find(const sard_node *node, found *f)
{
    const bool product = sard_is_plain(node, SARD_OP_mul);
    if (!product && !sard_is_plain(node, SARD_OP_div))
        return false;
    for (size_t i = 0; i < (product ? 2 : 1); i++) {
        const sard_value *variance;
        f->x = is_root(node->inputs[1 - i], product, &variance) ? centred(node->inputs[i], &f->axis) : NULL;
        if (f->x && sard_dtype_is_float(f->x->dtype) && is_variance(variance, f->x, f->axis, &f->epsilon) &&
            (f->x->dtype != SARD_F64 || (double)(float)f->epsilon == f->epsilon))
            return true;
    }
    return false;
}

/* NULL: sizes that are not known, or no memory. */
static sard_value *ones(sard_graph *graph, const char *name, const sard_value *x, int axis, bool *enough)
{
    sard_tensor tensor = sard_tensor_make(x->dtype, x->rank - axis, x->dims + axis, NULL);
    *enough = true;
    for (int i = axis; i < x->rank; i++)
        if (x->dims[i] < 1 || x->dims[i] > MOST_ELEMENTS)
            return NULL;
    const size_t count = sard_tensor_count(&tensor), size = sard_dtype_size(x->dtype);
    if (count > MOST_ELEMENTS)
        return NULL;
    tensor.data = sard_graph_alloc(graph, tensor.bytes);
    for (size_t i = 0; tensor.data && i < count; i++)
        sard_narrow(x->dtype, &(double){1}, 1, (char *)tensor.data + i * size);
    sard_value *value = tensor.data ? sard_graph_add_constant(graph, name, &tensor) : NULL;
    *enough = value != NULL;
    return value;
}

static sard_status replace(sard_node *node, const found *f, bool *edited, sard_error *error)
{
    bool enough;
    sard_value *scale = ones(node->graph, node->name, f->x, f->axis, &enough);
    if (!scale)
        return enough ? SARD_OK : sard_no_memory(error);
    const sard_attr attrs[] = {{.name = "axis", .kind = SARD_ATTR_INT, .i = f->axis == f->x->rank - 1 ? -1 : f->axis},
                               {.name = "epsilon", .kind = SARD_ATTR_FLOAT, .f = (float)f->epsilon}};
    return sard_replace_node(node, SARD_OP_layer_normalization, (sard_value *[]){f->x, scale}, 2, attrs, 2, edited, error);
}

/* ---- what is behind ---- */

/* The normalisation before a product or sum with a constant. */
static sard_node *norm_before(const sard_node *node, sard_value **constant)
{
    for (size_t i = 0; i < 2; i++) {
        const sard_value *x = node->inputs[i];
        *constant = node->inputs[1 - i];
        if ((*constant)->constant && sard_is_between(x, SARD_OP_layer_normalization) && x->output == 0)
            return x->producer;
    }
    return NULL;
}

/* Does the type hold input i of the normalisation times or plus a constant? */
static bool holds(const sard_node *norm, size_t i, bool sum, const sard_value *other)
{
    const sard_dtype dtype = norm->inputs[i]->dtype;
    const sard_span one = sard_span_of(norm->inputs[i]), two = sard_span_of(other);
    return sum ? one.most + two.most <= sard_most_shift(dtype) : sard_holds_products(dtype, &one, &two, false);
}

/* Input i of the normalisation times or plus a constant that is no wider. */
static sard_status combine(sard_node *norm, size_t i, sard_op_id op, sard_value *other, bool *done, sard_error *error)
{
    sard_node *made;
    sard_value *old = norm->inputs[i];
    const sard_status status = sard_insert(norm->graph, norm, op, old->name, (sard_value *[]){old, other}, 2, NULL, 0, &made, error);
    if (status)
        return status;
    sard_value *result = made->outputs[0];
    const bool same = sard_value_same_shape(result, old);
    const sard_status folded = same ? sard_node_fold(made, &norm->graph->rewriter->budget, done, error) : SARD_OK;
    if (*done)
        sard_node_set_input(norm, i, result);
    sard_node_remove(made);
    return folded;
}

static sard_status absorb(sard_node *node, bool *edited, sard_error *error)
{
    sard_value *constant;
    sard_node *norm = norm_before(node, &constant);
    bool done = false;
    sard_status status = SARD_OK;
    const bool sum = sard_is_plain(node, SARD_OP_add), shifted = norm && sard_has_input(norm, SHIFT);
    if (!norm || !norm->inputs[SCALE]->constant || (shifted && !norm->inputs[SHIFT]->constant))
        return SARD_OK;
    if (sum && !shifted) {
        /* a number alone, or one of many: as many as there are scales, so that a kernel finds one for each */
        if (!sard_value_same_shape(constant, norm->inputs[SCALE]))
            return SARD_OK;
        done = norm->own_count > SHIFT || sard_node_set_input_count(norm, SHIFT + 1);
        if (!done)
            return sard_no_memory(error);
        sard_node_set_input(norm, SHIFT, constant);
    } else if ((sum || !shifted) && holds(norm, sum ? SHIFT : SCALE, sum, constant)) {
        status = combine(norm, sum ? SHIFT : SCALE, sard_node_id(node), constant, &done, error);
    }
    if (done)
        sard_node_take_over(norm, node);
    *edited = done;
    return status;
}

static sard_status rewrite(sard_rewriter *rewriter, sard_node *node)
{
    found f;
    if (find(node, &f))
        return replace(node, &f, &rewriter->edited, rewriter->error);
    return sard_is_plain(node, SARD_OP_mul) || sard_is_plain(node, SARD_OP_add) ? absorb(node, &rewriter->edited, rewriter->error)
                                                                                : SARD_OK;
}

const sard_pass sard_pass_recognise_layer_norm = {
    .struct_size = sizeof(sard_pass),
    .name = "recognise_layer_norm",
    .reason = "one operator where a layer normalisation is written out, with its scale and shift",
    .level = SARD_O2,
    .rewrite = rewrite,
};
