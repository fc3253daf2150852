/* Gemm(Flatten(Transpose(x)), W) -> Gemm(Reshape(x), W'), likewise MatMul: the rows of the weights are put in the order of x.
 * needs: W is a constant that nobody else uses, not larger than what folding may still add: beyond that the copy costs more at load, in
 * time and memory, than the Transpose of a few thousand elements in each run. The first dimension stays; between Flatten and product
 * only what works on single elements.
 * keeps: shape and type; sums are formed in another order. */
#include "passes/passes.h"

#include "ops/gemm.h"
#include "passes/layout/carry.h"
#include "passes/layout/carry_shape.h"

#include <string.h>

/* Nodes between the Flatten and the products. */
#define MOST_STEPS 16

/* A product whose weights can be put in another order. */
static bool takes_rows(const sard_use *use)
{
    const sard_node *node = use->node;
    const sard_value *w = node->own_count > 1 ? node->inputs[1] : NULL;
    if (use->index != 0 || !w || !w->constant || w->rank != 2 || sard_value_use_count(w) != 1 || !sard_dtype_in(w->dtype, SARD_SET_FLOAT))
        return false;
    if (w->constant->bytes > node->graph->rewriter->budget.bytes)
        return false;
    return sard_is(node, SARD_OP_matmul) || (sard_is(node, SARD_OP_gemm) && !((const sard_gemm_attrs *)node->attrs)->transA);
}

/* Something that treats every element alike. */
static bool is_uniform(const sard_use *use)
{
    const sard_node *node = use->node;
    if (!sard_is_onnx(node) || !(node->op->traits & SARD_ELEMENTWISE) || use->index != 0 || !node->outputs[0])
        return false;
    for (size_t i = 1; i < node->input_count; i++)
        if (node->inputs[i] && !sard_is_single(node->inputs[i]))
            return false;
    return true;
}

/* Do all uses of the value end in such products? */
static bool all_absorb(const sard_value *value, int *steps)
{
    if (value->output_count || !value->use_count)
        return false;
    for (const sard_use *use = value->uses; use; use = use->next) {
        if (takes_rows(use) || (use->index == 0 && sard_is(use->node, SARD_OP_shape)))
            continue;
        if (--*steps < 0 || !is_uniform(use) || !all_absorb(use->node->outputs[0], steps))
            return false;
    }
    return true;
}

/* ---- the weights ---- */

/* What is flattened: the dims behind the first, as they are, and the order of x. */
typedef struct rows {
    int64_t dims[SARD_MAX_RANK];
    sard_perm order; /* old rows = Transpose(new rows, order) */
} rows;

static sard_value *reorder_rows(const sard_node *node, const rows *r)
{
    const sard_value *old = node->inputs[1];
    const bool columns = sard_is(node, SARD_OP_gemm) && ((const sard_gemm_attrs *)node->attrs)->transB;
    const sard_perm back = sard_perm_inverse(&r->order);
    sard_perm p = {.rank = back.rank + 1};
    int64_t dims[SARD_MAX_RANK];
    dims[columns ? 0 : back.rank] = old->dims[columns ? 0 : 1];
    p.axis[columns ? 0 : back.rank] = columns ? 0 : back.rank;
    for (int i = 0; i < back.rank; i++) {
        dims[i + columns] = r->dims[i];
        p.axis[i + columns] = back.axis[i] + columns;
    }
    const sard_tensor parts = sard_tensor_make(old->dtype, p.rank, dims, sard_value_constant(old)->data);
    sard_value *permuted = sard_permute_tensor(node->graph, old->name, &parts, &p);
    uint64_t *left = &node->graph->rewriter->budget.bytes;
    if (!permuted)
        return NULL;
    *left -= parts.bytes < *left ? parts.bytes : *left;
    const sard_tensor whole = sard_tensor_make(old->dtype, 2, old->dims, permuted->constant->data);
    return sard_graph_add_constant(node->graph, old->name, &whole);
}

static sard_status absorb(const sard_value *value, const rows *r, sard_error *error)
{
    for (const sard_use *use = value->uses; use; use = use->next) {
        if (takes_rows(use)) {
            sard_value *w = reorder_rows(use->node, r);
            if (!w)
                return sard_no_memory(error);
            sard_node_set_input(use->node, 1, w);
        } else if (is_uniform(use)) {
            const sard_status status = absorb(use->node->outputs[0], r, error);
            if (status)
                return status;
        }
    }
    return SARD_OK;
}

/* ---- the Flatten ---- */

static bool can_absorb(const sard_node *node, rows *r)
{
    const bool flattens = sard_is_plain(node, SARD_OP_flatten) || sard_is_plain(node, SARD_OP_reshape);
    const sard_node *transpose = flattens && node->outputs[0] ? sard_transpose_of(node->inputs[0]) : NULL;
    const sard_value *x = node->inputs[0], *y = node->outputs[0];
    int steps = MOST_STEPS;
    if (!transpose || x->rank < 3 || x->rank >= SARD_MAX_RANK || y->rank != 2)
        return false;
    const sard_perm whole = sard_perm_of(transpose);
    int64_t product = 1;
    for (int i = 1; i < x->rank; i++) {
        r->dims[i - 1] = x->dims[i];
        if (x->dims[i] < 1 || __builtin_mul_overflow(product, x->dims[i], &product))
            return false;
    }
    r->order = sard_perm_without(&whole, 1);
    return whole.axis[0] == 0 && y->dims[1] == product && sard_can_write_dims(node, y->dims, 2, transpose->inputs[0]->dims, x->rank) &&
           all_absorb(y, &steps);
}

static sard_status reshape(sard_node *node, const rows *r, sard_error *error)
{
    sard_value *x = sard_transpose_of(node->inputs[0])->inputs[0];
    int64_t dims[2];
    memcpy(dims, node->outputs[0]->dims, sizeof dims);
    sard_status status = absorb(node->outputs[0], r, error);
    if (!status)
        status = sard_write_dims(node, dims, 2, x->dims, x->rank, error);
    if (status)
        return status;
    sard_node_set_input(node, 0, x);
    return sard_node_infer(node, error);
}

static sard_status rewrite(sard_rewriter *rewriter, sard_node *node)
{
    rows r;
    rewriter->edited = node->own_count && node->inputs[0] && can_absorb(node, &r);
    return rewriter->edited ? reshape(node, &r, rewriter->error) : SARD_OK;
}

const sard_pass sard_pass_absorb_flatten = {
    .struct_size = sizeof(sard_pass),
    .name = "absorb_flatten",
    .reason = "permutes weights instead of what is flattened before them",
    .level = SARD_O2,
    .rewrite = rewrite,
};
