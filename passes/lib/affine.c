/* Products and sums with constants of a channel each, and weights that take them in. */
#include "passes/lib/affine.h"

#include "ir/rewrite.h"
#include "ir/scaled.h"
#include "ops/norm.h"
#include "passes/lib/bounds.h"
#include "passes/lib/fuse.h"
#include "passes/lib/permute.h"

#include <math.h>

bool sard_is_along(const sard_tensor *tensor, int rank, int axis, int64_t channels)
{
    if (tensor->rank > rank)
        return false;
    for (int i = 0; i < tensor->rank; i++)
        if (tensor->dims[i] != 1 && (rank - tensor->rank + i != axis || tensor->dims[i] != channels))
            return false;
    return true;
}

double *sard_widened(sard_arena *arena, const sard_tensor *tensor, int64_t count)
{
    const sard_tensor *aligned = sard_tensor_align(arena, tensor);
    double *out = aligned ? SARD_NEW(arena, double, (size_t)count) : NULL;
    if (!out)
        return NULL;
    const size_t have = sard_tensor_count(tensor);
    sard_widen(tensor->dtype, aligned->data, have, out);
    for (int64_t i = 1; i < count && have == 1; i++)
        out[i] = out[0];
    return out;
}

sard_value *sard_add_numbers(sard_graph *graph, const char *name, sard_dtype dtype, int rank, const int64_t *dims, const double *elements)
{
    sard_tensor tensor = sard_tensor_make(dtype, rank, dims, NULL);
    tensor.data = sard_graph_alloc(graph, tensor.bytes);
    if (!tensor.data)
        return NULL;
    sard_narrow(dtype, elements, sard_tensor_count(&tensor), tensor.data);
    return sard_graph_add_constant(graph, name, &tensor);
}

/* ---- reading ---- */

enum { SCALE = 1, SHIFT, MEAN, VARIANCE, PARAMETERS };

/* Arrays for the result, all factors 1 and all shifts 0. */
static bool make_room(sard_arena *arena, int64_t channels, sard_affine *out)
{
    out->factor = SARD_NEW(arena, double, (size_t)channels);
    out->shift = SARD_NEW(arena, double, (size_t)channels);
    for (int64_t c = 0; out->factor && out->shift && c < channels; c++)
        out->factor[c] = 1;
    return out->factor && out->shift;
}

/* Which input is the constant of an operation; -1: none that will do. */
static int constant_of(const sard_node *node, int axis, int64_t channels)
{
    for (int i = 1; i >= 0; i--) {
        const sard_value *value = node->inputs[i], *x = node->inputs[1 - i];
        if (value->constant && x->rank > axis && x->dims[axis] == channels && sard_is_along(value->constant, x->rank, axis, channels))
            return i == 0 && sard_is(node, SARD_OP_div) ? -1 : i;
    }
    return -1;
}

static sard_status read_arithmetic(const sard_node *node, int axis, int64_t channels, sard_arena *arena, sard_affine *out,
                                   sard_error *error)
{
    const sard_op_id op = sard_node_id(node);
    const int at = constant_of(node, axis, channels);
    if (at < 0)
        return SARD_OK;
    const double *c = sard_widened(arena, sard_value_constant(node->inputs[at]), channels);
    if (!c || !make_room(arena, channels, out))
        return sard_no_memory(error);
    for (int64_t i = 0; i < channels; i++) {
        if (op == SARD_OP_mul || op == SARD_OP_div) {
            out->factor[i] = op == SARD_OP_mul ? c[i] : 1 / c[i];
            continue;
        }
        out->shift[i] = op == SARD_OP_sub && at == 1 ? -c[i] : c[i];
        out->factor[i] = op == SARD_OP_sub && at == 0 ? -1 : 1;
        if (!(fabs(c[i]) <= sard_most_shift(node->outputs[0]->dtype)))
            return SARD_OK;
    }
    out->x = node->inputs[1 - at];
    return SARD_OK;
}

static sard_status read_batch_norm(const sard_node *node, int axis, int64_t channels, sard_arena *arena, sard_affine *out,
                                   sard_error *error)
{
    const sard_batch_normalization_attrs *attrs = node->attrs;
    const sard_value *x = node->inputs[0];
    const double *parameters[PARAMETERS] = {NULL};
    if (attrs->training_mode || x->rank <= axis || axis != (node->layout == SARD_NHWC ? x->rank - 1 : 1))
        return SARD_OK;
    if (!make_room(arena, channels, out))
        return sard_no_memory(error);
    for (size_t i = SCALE; i < PARAMETERS; i++) {
        const sard_tensor *tensor = node->inputs[i]->constant;
        if (!tensor || (int64_t)sard_tensor_count(tensor) != channels)
            return SARD_OK;
        parameters[i] = sard_widened(arena, tensor, channels);
        if (!parameters[i])
            return sard_no_memory(error);
    }
    for (int64_t c = 0; c < channels; c++) {
        out->factor[c] = parameters[SCALE][c] / sqrt(parameters[VARIANCE][c] + attrs->epsilon);
        out->shift[c] = parameters[SHIFT][c] - parameters[MEAN][c] * out->factor[c];
    }
    out->x = node->inputs[0];
    return SARD_OK;
}

static bool has_one_result(const sard_node *node)
{
    for (size_t i = 1; i < node->output_count; i++)
        if (node->outputs[i] && sard_value_use_count(node->outputs[i]))
            return false;
    return node->output_count && node->outputs[0];
}

/* Looks at the numbers. A variance that is not positive gives none. */
static bool is_sound(sard_affine *a, int64_t channels)
{
    for (int64_t c = 0; c < channels; c++) {
        const double size = fabs(a->factor[c]);
        if (!isfinite(a->shift[c]) || !(size <= SARD_MOST_FACTOR) || (size != 0 && size < 1 / SARD_MOST_FACTOR))
            return false;
        a->scales |= a->factor[c] != 1;
        a->shifts |= a->shift[c] != 0;
    }
    return true;
}

sard_status sard_affine_read(const sard_node *node, int axis, int64_t channels, sard_arena *arena, sard_affine *out, sard_error *error)
{
    sard_status status = SARD_OK;
    *out = (sard_affine){.x = NULL};
    if (!sard_is_onnx(node) || node->epilogue_count || !has_one_result(node) || !sard_dtype_is_float(node->outputs[0]->dtype) ||
        channels < 1)
        return SARD_OK;
    if (sard_is(node, SARD_OP_batch_normalization))
        status = read_batch_norm(node, axis, channels, arena, out, error);
    else if (sard_is_arithmetic(node))
        status = read_arithmetic(node, axis, channels, arena, out, error);
    if (out->x && !is_sound(out, channels))
        out->x = NULL;
    return status;
}

/* ---- weights ---- */

static bool is_first(const sard_value *weights, const sard_channels *c)
{
    return c->groups == 1 && c->outer == 1 && weights->dims[0] == c->channels && (weights->dtype == SARD_F32 || weights->dtype == SARD_F64);
}

/* Of larger weights that are multiplied on demand the elements are not read before: they are taken to be of sizes that factors within
 * SARD_MOST_FACTOR do no harm to. */
#define MOST_MEASURED ((size_t)1 << 26)

/* How large the weights of each channel are, without the factors that are there already. */
static void measure(const sard_tensor *weights, const sard_channels *c, sard_span *spans)
{
    const size_t row = (size_t)c->inner * sard_dtype_size(weights->dtype);
    const char *from = weights->data;
    for (int64_t k = 0; k < c->groups * c->channels; k++)
        spans[k] = sard_empty_span;
    for (int64_t g = 0; g < c->groups; g++)
        for (int64_t o = 0; o < c->outer; o++)
            for (int64_t k = 0; k < c->channels; k++, from += row)
                sard_span_add(&spans[g * c->channels + k], weights->dtype, from, (size_t)c->inner);
}

sard_status sard_can_scale_weights(const sard_value *weights, const sard_channels *channels, const double *factor, bool *can,
                                   sard_error *error)
{
    const double *before;
    const sard_tensor *source = sard_value_unscaled(weights, &before);
    const int64_t count = channels->groups * channels->channels;
    *can = is_first(weights, channels) || weights->constant->bytes <= weights->graph->rewriter->budget.bytes;
    if (!*can || (is_first(weights, channels) && source->bytes > MOST_MEASURED))
        return SARD_OK;
    if (before && !is_first(weights, channels)) {
        source = sard_value_constant(weights);
        before = NULL;
    }
    sard_arena arena;
    sard_arena_init(&arena, weights->graph->arena->allocator);
    sard_span *spans = SARD_NEW(&arena, sard_span, (size_t)count);
    if (spans)
        measure(source, channels, spans);
    for (int64_t c = 0; spans && *can && c < count; c++)
        *can = sard_holds_scaled(source->dtype, &spans[c], factor[c] * (before ? before[c] : 1));
    sard_arena_reset(&arena);
    return spans ? SARD_OK : sard_no_memory(error);
}

static void *multiply(sard_graph *graph, const sard_tensor *old, const sard_channels *c, const double *factor)
{
    const int64_t row = c->inner * (int64_t)sard_dtype_size(old->dtype);
    const char *from = old->data;
    char *data = sard_graph_alloc(graph, old->bytes), *to = data;
    for (int64_t g = 0; data && g < c->groups; g++)
        for (int64_t o = 0; o < c->outer; o++)
            for (int64_t k = 0; k < c->channels; k++, from += row, to += row)
                sard_scale(old->dtype, from, (size_t)c->inner, factor[g * c->channels + k], to);
    return data;
}

/* The products of the factors that are there already, if any, and new ones. */
static sard_value *scale_later(sard_value *weights, const double *factor)
{
    const double *before;
    const sard_tensor *source = sard_value_unscaled(weights, &before);
    double *kept = sard_arena_copy(weights->graph->arena, factor, (size_t)source->dims[0] * sizeof *factor);
    for (int64_t i = 0; kept && before && i < source->dims[0]; i++)
        kept[i] *= before[i];
    return kept ? sard_graph_add_scaled(weights->graph, weights->name, source, kept) : NULL;
}

sard_value *sard_scale_weights(sard_value *weights, const sard_channels *channels, const double *factor)
{
    sard_graph *graph = weights->graph;
    if (is_first(weights, channels))
        return scale_later(weights, factor);
    sard_tensor tensor = *sard_value_constant(weights);
    tensor.data = multiply(graph, &tensor, channels, factor);
    graph->rewriter->budget.bytes -= tensor.bytes < graph->rewriter->budget.bytes ? tensor.bytes : graph->rewriter->budget.bytes;
    return tensor.data ? sard_graph_add_constant(graph, weights->name, &tensor) : NULL;
}
