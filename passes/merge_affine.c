/* (x + a) + b -> x + (a + b), (x * a) * b -> x * (a * b), likewise Sub and Div; (x * u + a) * b -> (x * b) * u + a * b, so that products
 * meet.
 * needs: a, b and u are constants of floats, their result is no larger than the larger one; nobody else uses what is between; they and
 *        their result are within the bounds of the type (bounds.h).
 * keeps: shape and type; changes rounding only. */
#include "passes/passes.h"

#include "passes/lib/bounds.h"
#include "passes/lib/fuse.h"

/* x op constant. */
typedef struct step {
    sard_node *node;
    sard_value *x, *constant;
    bool product, inverse; /* Mul or Div; Sub or Div */
} step;

/* Do the numbers allow for merging? */
static bool is_tame(const step *s)
{
    const sard_span span = sard_span_of(s->constant);
    if (!s->product)
        return span.most <= sard_most_shift(s->constant->dtype);
    return span.most <= SARD_MOST_FACTOR && span.least >= 1 / SARD_MOST_FACTOR && !(s->inverse && span.zeros);
}

/* And their product or quotient? That of a sum is a sum again, which rounds as the result does: it may be small, but not large. */
static bool can_multiply(const step *a, const step *b, bool quotient)
{
    const sard_dtype dtype = a->constant->dtype;
    const sard_span one = sard_span_of(a->constant), two = sard_span_of(b->constant);
    if (!a->product)
        return (quotient ? one.most / two.least : one.most * two.most) <= sard_most_shift(dtype);
    return sard_holds_products(dtype, &one, &two, quotient);
}

static bool read_step(sard_node *node, step *s)
{
    if (!node || !sard_is_arithmetic(node) || node->epilogue_count || !sard_dtype_is_float(node->outputs[0]->dtype))
        return false;
    const sard_op_id op = sard_node_id(node);
    *s = (step){.node = node, .product = op == SARD_OP_mul || op == SARD_OP_div, .inverse = op == SARD_OP_sub || op == SARD_OP_div};
    const size_t at = node->inputs[1]->constant ? 1 : 0;
    s->constant = node->inputs[at];
    s->x = node->inputs[1 - at];
    return s->constant->constant && !s->x->constant && (at == 1 || !s->inverse) && sard_keeps_shape(s->x, s->constant, node->outputs[0]);
}

/* The step whose result is the operand of another one, and nothing else. */
static bool read_before(const step *s, step *before)
{
    return sard_value_use_count(s->x) == 1 && s->x->producer && read_step(s->x->producer, before);
}

/* a op b, with a or b's shape; NULL: no room for it, or (*enough false) no memory. */
static sard_value *combine(sard_node *at, sard_op_id op, sard_value *a, sard_value *b, bool *enough)
{
    sard_graph *graph = at->graph;
    sard_node *node;
    bool folded = false;
    const size_t most = a->constant->bytes > b->constant->bytes ? a->constant->bytes : b->constant->bytes;
    const sard_status status = sard_insert(graph, at, op, a->name, (sard_value *[]){a, b}, 2, NULL, 0, &node, NULL);
    *enough = status != SARD_NOMEM;
    if (status)
        return NULL;
    sard_value *result = node->outputs[0];
    size_t bytes;
    if (sard_bytes(result->dtype, result->dims, result->rank, &bytes) && bytes <= most)
        *enough = !sard_node_fold(node, &graph->rewriter->budget, &folded, NULL);
    sard_node_remove(node);
    return folded ? result : NULL;
}

static sard_op_id op_of(bool product, bool inverse)
{
    return product ? (inverse ? SARD_OP_div : SARD_OP_mul) : inverse ? SARD_OP_sub : SARD_OP_add;
}

/* Two steps of a kind: the first one stays, with another constant. */
static bool merge(const step *last, const step *first, bool *edited)
{
    bool enough;
    const bool inverse = first->inverse != last->inverse;
    if (last->product && !can_multiply(first, last, inverse))
        return true;
    sard_value *sum = combine(first->node, op_of(first->product, inverse), first->constant, last->constant, &enough);
    if (!sum)
        return enough;
    sard_node_set_input(first->node, first->node->inputs[0] == first->constant ? 0 : 1, sum);
    sard_node_take_over(first->node, last->node);
    *edited = true;
    return sard_node_infer(first->node, NULL) != SARD_NOMEM;
}

/* A product behind a sum behind a product: the sum goes last. */
static bool turn(const step *last, const step *sum, const step *first, bool *edited)
{
    bool enough;
    const bool inverse = first->inverse != last->inverse;
    if (!can_multiply(sum, last, last->inverse) || !can_multiply(first, last, inverse))
        return true;
    sard_value *scaled = combine(sum->node, sard_node_id(last->node), sum->constant, last->constant, &enough);
    if (!scaled)
        return enough;
    sard_value *product = combine(first->node, op_of(true, inverse), first->constant, last->constant, &enough);
    if (!product)
        return enough;
    sard_node_set_input(first->node, first->node->inputs[0] == first->constant ? 0 : 1, product);
    sard_node_set_input(sum->node, sum->node->inputs[0] == sum->constant ? 0 : 1, scaled);
    sard_node_take_over(sum->node, last->node);
    *edited = true;
    return true;
}

static sard_status rewrite(sard_rewriter *rewriter, sard_node *node)
{
    step steps[3]; /* the last one first */
    if (!read_step(node, &steps[0]) || !read_before(&steps[0], &steps[1]))
        return SARD_OK;
    const int count = steps[0].product == steps[1].product ? 2 : 3;
    if (count == 3 && (!steps[0].product || !read_before(&steps[1], &steps[2]) || !steps[2].product))
        return SARD_OK;
    for (int i = 0; i < count; i++)
        if (!is_tame(&steps[i]))
            return SARD_OK;
    const bool enough =
        count == 2 ? merge(&steps[0], &steps[1], &rewriter->edited) : turn(&steps[0], &steps[1], &steps[2], &rewriter->edited);
    return enough ? SARD_OK : sard_no_memory(rewriter->error);
}

const sard_pass sard_pass_merge_affine = {
    .struct_size = sizeof(sard_pass),
    .name = "merge_affine",
    .reason = "makes one product and one sum of several with constants",
    .level = SARD_O2,
    .rewrite = rewrite,
};
