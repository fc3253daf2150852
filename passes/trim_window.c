/* Conv(x, W) -> Conv(x, W without the taps at an edge of the window that see nothing but padding), its pads smaller by what they took.
 * Wide dilations on small pictures leave little of a window.
 * needs: the picture's size is known and W constant; the pads do not become negative; `fold_bytes` left for what stays of W.
 * keeps: every number: what is left out are products with zero. */
#include "passes/passes.h"

#include "ops/conv.h"
#include "passes/lib/permute.h"

/* Taps `first` to `last` of an axis stay. */
typedef struct kept {
    int64_t first[SARD_MAX_SPATIAL], last[SARD_MAX_SPATIAL];
} kept;

/* Whether tap k reads at least one element of an axis of that size. */
static bool sees(const sard_window *w, int i, int64_t k, int64_t size)
{
    const int64_t from = k * w->dilation[i] - w->begin[i], to = from + (w->out[i] - 1) * w->stride[i];
    const int64_t steps = from < 0 ? (-from + w->stride[i] - 1) / w->stride[i] : 0; /* to the first place inside */
    return to >= 0 && from + steps * w->stride[i] < size;
}

/* False: nothing can be taken away. */
static bool find_kept(const sard_window *w, const int64_t *size, kept *k)
{
    bool fewer = false;
    for (int i = 0; i < w->count; i++) {
        k->first[i] = 0;
        k->last[i] = w->kernel[i] - 1;
        if (size[i] < 0 || w->out[i] < 1)
            return false;
        while (k->first[i] < k->last[i] && !sees(w, i, k->first[i], size[i]) && w->begin[i] >= (k->first[i] + 1) * w->dilation[i])
            k->first[i]++;
        while (k->last[i] > k->first[i] && !sees(w, i, k->last[i], size[i]) && w->end[i] >= (w->kernel[i] - k->last[i]) * w->dilation[i])
            k->last[i]--;
        fewer |= k->last[i] - k->first[i] + 1 < w->kernel[i];
    }
    return fewer;
}

/* W as its file has it, but for the taps that go; NULL when memory runs out. *small: there is room for it. */
static sard_value *cut_weights(sard_graph *graph, const sard_value *value, const kept *k, bool *small)
{
    const sard_tensor *from = sard_value_constant(value);
    int64_t dims[SARD_MAX_RANK], strides[SARD_MAX_RANK], stride = 1, offset = 0;
    for (int i = from->rank - 1; i >= 0; i--) {
        strides[i] = stride;
        dims[i] = i < 2 ? from->dims[i] : k->last[i - 2] - k->first[i - 2] + 1;
        offset += i < 2 ? 0 : k->first[i - 2] * stride;
        stride *= from->dims[i];
    }
    sard_tensor tensor = sard_tensor_make(from->dtype, from->rank, dims, NULL);
    *small = tensor.bytes <= graph->rewriter->budget.bytes;
    tensor.data = *small ? sard_take_elements(graph, from, offset, strides, dims) : NULL;
    if (!tensor.data)
        return NULL;
    graph->rewriter->budget.bytes -= tensor.bytes;
    return sard_graph_add_constant(graph, value->name, &tensor);
}

static bool set_window(sard_node *node, const sard_window *w, const kept *k)
{
    sard_conv_attrs *attrs = sard_arena_copy(node->graph->arena, node->attrs, sizeof *attrs);
    int64_t *lists = SARD_NEW(node->graph->arena, int64_t, 3 * (size_t)w->count);
    if (!attrs || !lists)
        return false;
    for (int i = 0; i < w->count; i++) {
        lists[i] = w->begin[i] - k->first[i] * w->dilation[i];
        lists[w->count + i] = w->end[i] - (w->kernel[i] - 1 - k->last[i]) * w->dilation[i];
        lists[2 * w->count + i] = k->last[i] - k->first[i] + 1;
    }
    attrs->auto_pad = SARD_AUTO_NOTSET;
    attrs->pads = (sard_ints){lists, 2 * (size_t)w->count};
    if (attrs->kernel_shape.data)
        attrs->kernel_shape = (sard_ints){lists + 2 * w->count, (size_t)w->count};
    node->attrs = attrs;
    return true;
}

static sard_status rewrite(sard_rewriter *rewriter, sard_node *node)
{
    sard_window w;
    kept k;
    bool small = true;
    if (!sard_is(node, SARD_OP_conv) || !node->inputs[1]->constant)
        return SARD_OK;
    const sard_value *x = node->inputs[0];
    if (x->rank < 3 || sard_conv_window(node, &w, NULL) || !find_kept(&w, x->dims + (node->layout == SARD_NHWC ? 1 : 2), &k))
        return SARD_OK;
    sard_value *weights = cut_weights(rewriter->graph, node->inputs[1], &k, &small);
    if (!small)
        return SARD_OK;
    if (!weights || !set_window(node, &w, &k))
        return sard_no_memory(rewriter->error);
    sard_node_set_input(node, 1, weights);
    rewriter->edited = true;
    return sard_node_infer(node, rewriter->error);
}

const sard_pass sard_pass_trim_window = {
    .struct_size = sizeof(sard_pass),
    .name = "trim_window",
    .reason = "takes taps of convolutions out that see nothing but padding",
    .level = SARD_O2,
    .rewrite = rewrite,
};
