/* Conv(x * f + s, W, b) -> Conv(x, W * f, b + the sums of W * s); f and s by Mul, Add, Sub, Div or BatchNormalization with constants.
 * needs: one number for each input channel, or one for all; W and b are constants; nobody else uses what goes, so an activation between
 *        them (DenseNet's BN-Relu-Conv) keeps both as they are. Zeros around the picture are zeros of the sum: where there is an s the
 *        Conv pads nothing. `fold_bytes` left for the weights.
 * keeps: shape and type; changes rounding only. The products are made in double. */
#include "ir/passes/passes.h"

#include "ir/passes/affine.h"
#include "ir/passes/permute.h"
#include "ops/conv.h"

enum { X, WEIGHTS, BIAS };

static bool pads_nothing(const sard_conv_attrs *attrs)
{
    if (attrs->auto_pad == SARD_AUTO_VALID)
        return true;
    for (size_t i = 0; i < attrs->pads.count; i++)
        if (attrs->pads.data[i])
            return false;
    return attrs->auto_pad == SARD_AUTO_NOTSET;
}

static bool can_take(const sard_node *node)
{
    const sard_value *x = node->inputs[X], *w = node->inputs[WEIGHTS];
    return x->producer && sard_value_use_count(x) == 1 && w->constant && w->rank > 2 && sard_dtype_is_float(w->dtype) &&
           w->constant->bytes <= node->graph->fold_bytes &&
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

/* The bias with what the shifts add to it; NULL when memory runs out. */
static sard_value *shifted_bias(sard_node *node, const sard_channels *view, const sard_affine *a, sard_arena *arena)
{
    const int64_t count = view->groups * view->outer;
    const sard_tensor *w = sard_value_constant(node->inputs[WEIGHTS]);
    const double *weights = sard_widened(arena, w, (int64_t)sard_tensor_count(w));
    double *bias = sard_has_input(node, BIAS) ? sard_widened(arena, sard_value_constant(node->inputs[BIAS]), count)
                                              : SARD_NEW(arena, double, (size_t)count);
    if (!weights || !bias)
        return NULL;
    add_shifts(view, weights, a->shift, bias);
    return sard_add_vector(node->graph, node->name, node->outputs[0]->dtype, count, bias);
}

static bool commit(sard_node *node, const sard_channels *view, const sard_affine *a, sard_arena *arena)
{
    sard_node *gone = node->inputs[X]->producer;
    sard_value *b = a->shifts ? shifted_bias(node, view, a, arena) : NULL;
    sard_value *w = a->scales ? sard_scale_weights(node->inputs[WEIGHTS], view, a->factor) : node->inputs[WEIGHTS];
    if (!w || (a->shifts && !b) || (b && node->own_count <= BIAS && !sard_node_set_input_count(node, BIAS + 1)))
        return false;
    if (b)
        sard_node_set_input(node, BIAS, b);
    sard_node_set_input(node, WEIGHTS, w);
    sard_node_set_input(node, X, a->x);
    return sard_node_remove(gone);
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
    if (status || !a.x || (a.shifts && !pads_nothing(attrs)))
        return status;
    if (!commit(node, &view, &a, arena))
        return sard_fail(error, SARD_NOMEM, "out of memory");
    *edited = true;
    return SARD_OK;
}

static sard_status rewrite(sard_graph *graph, sard_node *node, bool *edited, sard_error *error)
{
    sard_arena arena;
    sard_status status = SARD_OK;
    sard_arena_init(&arena, graph->arena->allocator);
    for (bool more = true; more && !status && can_take(node);) { /* the whole chain: what comes next puts a Transpose behind it */
        more = false;
        status = fold(node, &arena, &more, error);
        *edited |= more;
    }
    sard_arena_reset(&arena);
    return status;
}

const sard_pass sard_pass_fold_forward = {
    .struct_size = sizeof(sard_pass),
    .name = "fold_forward",
    .reason = "moves normalisation and arithmetic with constants into the convolution behind it",
    .level = SARD_O2,
    .op = "Conv",
    .rewrite = rewrite,
};
