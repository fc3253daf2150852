/* Conv(x * f + s, W, b) -> Conv(x, W * f, b + the sums of W * s); f and s by Mul, Add, Sub, Div or BatchNormalization with constants.
 * needs: one number for each input channel, or one for all; W and b are constants; nobody else uses what goes, so an activation between
 *        them (DenseNet's BN-Relu-Conv) keeps both as they are. Zeros around the picture are zeros of the sum: where there is an s the
 *        Conv pads nothing. One that pads takes f alone: Conv(x * f + s, W) -> Conv(x + s / f, W * f), no f is 0. `fold_bytes` left for
 *        the weights. The type holds the new weights and bias (bounds.h), and no s is large beside what is left of the sum.
 * keeps: shape and type; changes rounding only. The products are made in double. */
#include "passes/passes.h"

#include "ops/conv.h"
#include "passes/lib/affine.h"
#include "passes/lib/bounds.h"
#include "passes/lib/permute.h"

#include <math.h>

enum { X, WEIGHTS, BIAS };

static bool pads_nothing(const sard_conv_attrs *attrs)
{
    return attrs->auto_pad == SARD_AUTO_VALID || (attrs->auto_pad == SARD_AUTO_NOTSET && sard_ints_are(attrs->pads, 0));
}

static bool can_take(const sard_node *node)
{
    if (!sard_is(node, SARD_OP_conv))
        return false;
    const sard_value *x = node->inputs[X], *w = node->inputs[WEIGHTS];
    return x->producer && sard_value_use_count(x) == 1 && w->constant && w->rank > 2 && sard_dtype_is_float(w->dtype) &&
           w->constant->bytes <= node->graph->rewriter->budget.bytes &&
           (sard_has_input(node, BIAS) ? node->inputs[BIAS]->constant != NULL : !node->epilogue_count);
}

/* bias[o] += what output channel o gets of the shifts of its input channels. */
static void add_shifts(const sard_channels *view, const double *weights, const double *shift, double *bias)
{
    for (int64_t g = 0; g < view->groups; g++)
        for (int64_t o = 0; o < view->outer; o++, bias++)
            for (int64_t c = 0; c < view->channels; c++)
                for (int64_t k = 0; k < view->inner; k++)
                    *bias += *weights++ * shift[g * view->channels + c];
}

/* Sums that were exact, x - 100 of an x near 100, are now two of the Conv's, with the rounding of numbers near 100: in halves that is
 * much. */
static bool are_small(sard_dtype dtype, const double *shift, int64_t count)
{
    const double most = sard_most_shift(dtype) / 32;
    for (int64_t i = 0; i < count; i++)
        if (!(fabs(shift[i]) <= most))
            return false;
    return true;
}

/* The bias with what the shifts add to it; NULL when memory runs out. */
static double *shifted_bias(const sard_node *node, const sard_channels *view, const sard_affine *a, sard_arena *arena)
{
    const int64_t count = view->groups * view->outer;
    const sard_tensor *w = sard_value_constant(node->inputs[WEIGHTS]);
    const double *weights = sard_widened(arena, w, (int64_t)sard_tensor_count(w));
    double *bias = sard_has_input(node, BIAS) ? sard_widened(arena, sard_value_constant(node->inputs[BIAS]), count)
                                              : SARD_NEW(arena, double, (size_t)count);
    if (!weights || !bias)
        return NULL;
    add_shifts(view, weights, a->shift, bias);
    return bias;
}

/* bias: the new one, or NULL. */
static bool commit(sard_node *node, const sard_channels *view, const sard_affine *a, const double *bias)
{
    const int64_t count = view->groups * view->outer;
    sard_node *gone = node->inputs[X]->producer;
    sard_value *b = bias ? sard_add_numbers(node->graph, node->name, node->outputs[0]->dtype, 1, &count, bias) : NULL;
    sard_value *w = a->scales ? sard_scale_weights(node->inputs[WEIGHTS], view, a->factor) : node->inputs[WEIGHTS];
    if (!w || (bias && !b) || (b && node->own_count <= BIAS && !sard_node_set_input_count(node, BIAS + 1)))
        return false;
    if (b)
        sard_node_set_input(node, BIAS, b);
    sard_node_set_input(node, WEIGHTS, w);
    sard_node_set_input(node, X, a->x);
    return sard_node_remove(gone);
}

/* s / f of each channel, shaped to be added to x; NULL: there is none, or (*enough false) no memory. */
static sard_value *quotient(sard_node *node, int axis, int64_t channels, const sard_affine *sum, const sard_affine *product, bool *enough)
{
    int64_t dims[SARD_MAX_RANK] = {channels};
    const int rank = node->inputs[X]->rank - axis;
    for (int i = 1; i < rank; i++)
        dims[i] = 1;
    for (int64_t c = 0; c < channels; c++) {
        sum->shift[c] /= product->factor[c];
        if (!(fabs(sum->shift[c]) <= sard_most_shift(sum->x->dtype)))
            return NULL;
    }
    sard_value *shift = sard_add_numbers(node->graph, node->inputs[X]->name, sum->x->dtype, rank, dims, sum->shift);
    *enough = shift != NULL;
    return shift;
}

/* Takes the product before the sum that is the operand of a Conv. */
static sard_status fold_product(sard_node *node, int axis, const sard_channels *view, const sard_affine *sum, sard_arena *arena,
                                bool *edited, sard_error *error)
{
    bool enough = true, can;
    sard_affine product;
    sard_node *shifted;
    if (sum->scales || !sum->x->producer || sard_value_use_count(sum->x) != 1)
        return SARD_OK;
    const int64_t channels = view->groups * view->channels;
    sard_status status = sard_affine_read(sum->x->producer, axis, channels, arena, &product, error);
    if (status || !product.x || product.shifts)
        return status;
    status = sard_can_scale_weights(node->inputs[WEIGHTS], view, product.factor, &can, error);
    if (status || !can)
        return status;
    sard_value *shift = quotient(node, axis, channels, sum, &product, &enough);
    sard_value *w = shift ? sard_scale_weights(node->inputs[WEIGHTS], view, product.factor) : NULL;
    if (!w)
        return enough && !shift ? SARD_OK : sard_no_memory(error);
    status = sard_insert(node->graph, node, SARD_OP_add, node->inputs[X]->producer->name, (sard_value *[]){product.x, shift}, 2, NULL, 0,
                         &shifted, error);
    if (status)
        return status;
    sard_node_set_input(node, WEIGHTS, w);
    sard_node_set_input(node, X, shifted->outputs[0]);
    *edited = true;
    return SARD_OK;
}

static sard_status fold_all(sard_node *node, const sard_channels *view, const sard_affine *a, sard_arena *arena, bool *edited,
                            sard_error *error)
{
    const sard_dtype dtype = node->outputs[0]->dtype;
    bool can = !a->shifts || are_small(dtype, a->shift, view->groups * view->channels);
    const sard_status status = can && a->scales ? sard_can_scale_weights(node->inputs[WEIGHTS], view, a->factor, &can, error) : SARD_OK;
    if (status || !can)
        return status;
    const double *bias = a->shifts ? shifted_bias(node, view, a, arena) : NULL;
    if (bias && !sard_holds_all(dtype, bias, view->groups * view->outer))
        return SARD_OK;
    if ((a->shifts && !bias) || !commit(node, view, a, bias))
        return sard_no_memory(error);
    *edited = true;
    return SARD_OK;
}

static sard_status fold(sard_node *node, sard_arena *arena, bool *edited, sard_error *error)
{
    const sard_conv_attrs *attrs = node->attrs;
    const sard_value *w = node->inputs[WEIGHTS];
    const int64_t groups = attrs->group;
    sard_channels view = {groups, groups > 0 ? w->dims[0] / groups : 0, w->dims[1], 1};
    sard_affine a;
    for (int i = 2; i < w->rank; i++)
        view.inner *= w->dims[i];
    const int axis = node->layout == SARD_NHWC ? w->rank - 1 : 1;
    const sard_status status = sard_affine_read(node->inputs[X]->producer, axis, groups * w->dims[1], arena, &a, error);
    if (status || !a.x)
        return status;
    if (a.shifts && !pads_nothing(attrs))
        return fold_product(node, axis, &view, &a, arena, edited, error);
    return fold_all(node, &view, &a, arena, edited, error);
}

static sard_status rewrite(sard_rewriter *rewriter, sard_node *node)
{
    sard_arena arena;
    sard_status status = SARD_OK;
    sard_arena_init(&arena, rewriter->graph->arena->allocator);
    for (bool more = true; more && !status && can_take(node);) { /* the whole chain: what comes next puts a Transpose behind it */
        more = false;
        status = fold(node, &arena, &more, rewriter->error);
        rewriter->edited |= more;
    }
    sard_arena_reset(&arena);
    return status;
}

const sard_pass sard_pass_fold_forward = {
    .struct_size = sizeof(sard_pass),
    .name = "fold_forward",
    .reason = "moves normalisation and arithmetic with constants into the convolution behind it",
    .level = SARD_O2,
    .rewrite = rewrite,
};
