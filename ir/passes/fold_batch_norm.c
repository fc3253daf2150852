/* BatchNormalization(Conv(x, W, b), scale, shift, mean, var) -> Conv(x, W * f, (b - mean) * f + shift), f = scale / sqrt(var + epsilon);
 * likewise Gemm, whose columns take the place of the output channels.
 * needs: the parameters, W and b are constants; the sums have no other user; var + epsilon > 0; not in training_mode.
 * keeps: shape and type; changes rounding only. The products are made in double. */
#include "ir/passes/passes.h"

#include "ir/scaled.h"
#include "ops/gemm.h"
#include "ops/norm.h"

#include <math.h>
#include <string.h>

enum { SCALE = 1, SHIFT, MEAN, VARIANCE, PARAMETERS };

/* What is needed of the node that makes the sums: how its weights lie around the output channels. */
typedef struct sums {
    sard_node *node;
    int64_t outer, channels, inner; /* weights [outer][channels][inner] */
} sums;

static const sard_tensor *constant_of(const sard_node *node, size_t i)
{
    return i < node->own_count && node->inputs[i] ? node->inputs[i]->constant : NULL;
}

static bool is(const sard_node *node, const char *name) { return !strcmp(node->op->name, name) && !*node->op->domain; }

static bool read_sums(sard_node *node, sums *s)
{
    const sard_tensor *w = constant_of(node, 1), *b = constant_of(node, 2);
    if (!w || node->epilogue_count || (sard_has_input(node, 2) && !b) || (w->dtype != SARD_F32 && w->dtype != SARD_F64))
        return false;
    *s = (sums){.node = node, .outer = 1, .inner = 1};
    if (is(node, "Conv")) {
        s->channels = w->dims[0];
        for (int i = 1; i < w->rank; i++)
            s->inner *= w->dims[i];
        return true;
    }
    if (!is(node, "Gemm"))
        return false;
    const sard_gemm_attrs *attrs = node->attrs;
    s->channels = w->dims[attrs->transB ? 0 : 1];
    *(attrs->transB ? &s->inner : &s->outer) = w->dims[attrs->transB ? 1 : 0];
    return !b || (attrs->beta == 1 && (int64_t)sard_tensor_count(b) == s->channels && b->rank >= 1 && b->dims[b->rank - 1] == s->channels);
}

static bool can_fold(const sard_node *node, sums *s)
{
    if (!node->inputs[0]->producer || sard_value_use_count(node->inputs[0]) != 1 ||
        ((const sard_batch_normalization_attrs *)node->attrs)->training_mode || !read_sums(node->inputs[0]->producer, s))
        return false;
    for (size_t i = SCALE; i < PARAMETERS; i++) {
        const sard_tensor *tensor = constant_of(node, i);
        if (!tensor || (int64_t)sard_tensor_count(tensor) != s->channels)
            return false;
    }
    for (size_t i = 1; i < node->output_count; i++)
        if (node->outputs[i] && sard_value_use_count(node->outputs[i]))
            return false;
    return true;
}

/* Elements of a constant, wherever they lie, as doubles. */
static double *widened(sard_arena *arena, const sard_tensor *tensor)
{
    const sard_tensor *aligned = sard_tensor_align(arena, tensor);
    double *out = aligned ? SARD_NEW(arena, double, sard_tensor_count(tensor)) : NULL;
    if (out)
        sard_widen(tensor->dtype, aligned->data, sard_tensor_count(tensor), out);
    return out;
}

/* The constant of that name and type with these elements; NULL when memory runs out. */
static sard_value *add_vector(sard_graph *graph, const char *name, sard_dtype dtype, int64_t count, const double *elements)
{
    sard_tensor tensor = sard_tensor_make(dtype, 1, &count, NULL);
    tensor.data = sard_graph_alloc(graph, tensor.bytes);
    if (!tensor.data)
        return NULL;
    sard_narrow(dtype, elements, (size_t)count, tensor.data);
    return sard_graph_add_constant(graph, name, &tensor);
}

/* Where the channels are not the first dimension the products are made at once. */
static void *multiply(const sums *s, const sard_tensor *old, const double *factor)
{
    const int64_t row = s->inner * (int64_t)sard_dtype_size(old->dtype);
    const char *from = old->data;
    char *data = sard_graph_alloc(s->node->graph, old->bytes), *to = data;
    for (int64_t o = 0; data && o < s->outer; o++)
        for (int64_t c = 0; c < s->channels; c++, from += row, to += row)
            sard_scale(old->dtype, from, (size_t)s->inner, factor[c], to);
    return data;
}

static sard_value *add_weights(const sums *s, const double *factor)
{
    sard_graph *graph = s->node->graph;
    const char *name = s->node->inputs[1]->name;
    sard_tensor tensor = *sard_value_constant(s->node->inputs[1]);
    if (s->outer == 1 && tensor.dims[0] == s->channels) {
        const double *kept = sard_arena_copy(graph->arena, factor, (size_t)s->channels * sizeof *factor);
        return kept ? sard_graph_add_scaled(graph, name, &tensor, kept) : NULL;
    }
    tensor.data = multiply(s, &tensor, factor);
    return tensor.data ? sard_graph_add_constant(graph, name, &tensor) : NULL;
}

/* f and the new bias. False: a channel's variance is not positive, or no memory. */
static bool find_factors(const sard_node *node, const sums *s, sard_arena *arena, double *factor, double *bias, bool *enough)
{
    const double epsilon = ((const sard_batch_normalization_attrs *)node->attrs)->epsilon;
    const sard_tensor *b = constant_of(s->node, 2);
    const double *parameters[PARAMETERS] = {NULL}, *old = b ? widened(arena, b) : NULL;
    *enough = !b || old;
    for (size_t i = SCALE; *enough && i < PARAMETERS; i++)
        *enough = (parameters[i] = widened(arena, sard_value_constant(node->inputs[i]))) != NULL;
    for (int64_t c = 0; *enough && c < s->channels; c++) {
        if (!(parameters[VARIANCE][c] + epsilon > 0))
            return false;
        factor[c] = parameters[SCALE][c] / sqrt(parameters[VARIANCE][c] + epsilon);
        bias[c] = ((old ? old[c] : 0) - parameters[MEAN][c]) * factor[c] + parameters[SHIFT][c];
    }
    return *enough;
}

/* Puts the new constants into the node that makes the sums. */
static bool commit(sard_node *norm, const sums *s, const double *factor, const double *bias)
{
    sard_node *node = s->node;
    sard_value *w = add_weights(s, factor), *b = add_vector(norm->graph, norm->name, norm->inputs[0]->dtype, s->channels, bias);
    if (!w || !b || (node->own_count < 3 && !sard_node_set_input_count(node, 3)))
        return false;
    sard_node_set_input(node, 1, w);
    sard_node_set_input(node, 2, b);
    sard_value_replace(norm->outputs[0], node->outputs[0]);
    return sard_node_remove(norm);
}

static sard_status fold(sard_node *node, const sums *s, sard_arena *arena, bool *edited, sard_error *error)
{
    bool enough;
    double *factor = SARD_NEW(arena, double, (size_t)s->channels), *bias = SARD_NEW(arena, double, (size_t)s->channels);
    if (!factor || !bias)
        return sard_fail(error, SARD_NOMEM, "out of memory");
    if (!find_factors(node, s, arena, factor, bias, &enough))
        return enough ? SARD_OK : sard_fail(error, SARD_NOMEM, "out of memory");
    if (!commit(node, s, factor, bias))
        return sard_fail(error, SARD_NOMEM, "out of memory");
    *edited = true;
    return SARD_OK;
}

static sard_status rewrite(sard_graph *graph, sard_node *node, bool *edited, sard_error *error)
{
    sums s;
    if (!can_fold(node, &s))
        return SARD_OK;
    sard_arena arena;
    sard_arena_init(&arena, graph->arena->allocator);
    const sard_status status = fold(node, &s, &arena, edited, error);
    sard_arena_reset(&arena);
    return status;
}

const sard_pass sard_pass_fold_batch_norm = {
    .struct_size = sizeof(sard_pass),
    .name = "fold_batch_norm",
    .reason = "moves BatchNormalization into the weights before it",
    .level = SARD_O2,
    .op = "BatchNormalization",
    .rewrite = rewrite,
};
