/* Shapes of Gemm and MatMul. */
#include "backends/native/gemm/product.h"

#include "ops/gemm.h"
#include "ops/ops.h"

#include <string.h>

static int64_t columns(const sard_value *v) { return v->dims[v->rank - 1]; }
static int64_t row_of(const sard_value *v, const sard_tensor *tensor) { return tensor && tensor->ld ? tensor->ld : columns(v); }

static bool read_c(const sard_node *node, sard_product_shape *p)
{
    const sard_value *c = sard_has_input(node, 2) ? node->inputs[2] : NULL;
    p->has_c = c != NULL;
    p->c_step = c && c->rank && columns(c) != 1;
    return !c || c->rank < 2 || c->dims[0] == 1;
}

static bool read_gemm(const sard_node *node, const sard_tensor *b, sard_product_shape *p, const char **why)
{
    const sard_gemm_attrs *attrs = node->attrs;
    const sard_value *first = node->inputs[0], *second = node->inputs[1];
    *why = "the first matrix is transposed";
    if (attrs->transA)
        return false;
    p->m = first->dims[0];
    p->k = first->dims[1];
    p->n = second->dims[attrs->transB ? 0 : 1];
    p->b_row = attrs->transB ? 1 : row_of(second, b);
    p->b_column = attrs->transB ? row_of(second, b) : 1;
    p->factor = attrs->alpha;
    p->c_factor = attrs->beta;
    *why = "C has several rows";
    return read_c(node, p);
}

/* Strides of the batch of an operand whose matrices have `matrix` elements. */
static void batch_strides(const sard_value *v, int64_t matrix, const sard_product_shape *p, int64_t *strides)
{
    for (int i = p->rank - 1, k = v->rank - 3; i >= 0; i--, k--) {
        strides[i] = k >= 0 && v->dims[k] != 1 ? matrix : 0;
        matrix *= k >= 0 ? v->dims[k] : 1;
    }
}

static bool read_matmul(const sard_node *node, const sard_tensor *a, const sard_tensor *b, sard_product_shape *p, const char **why)
{
    const sard_value *first = node->inputs[0], *second = node->inputs[1], *result = node->outputs[0];
    *why = "a vector";
    if (first->rank < 2 || second->rank < 2)
        return false;
    p->m = first->dims[first->rank - 2];
    p->k = columns(first);
    p->n = columns(second);
    p->b_row = row_of(second, b);
    for (int i = 0; i < second->rank - 2; i++)
        p->b_count *= second->dims[i];
    if (p->b_count == 1 && second->rank <= first->rank) {
        for (int i = 0; i < first->rank - 2; i++)
            p->m *= first->dims[i];
        return true;
    }
    p->rank = result->rank - 2;
    for (int i = 0; i < p->rank; i++)
        p->batch *= p->dims[i] = result->dims[i];
    batch_strides(first, first->dims[first->rank - 2] * row_of(first, a), p, p->a_batch);
    batch_strides(second, 1, p, p->b_batch);
    return true;
}

bool sard_product_shape_of(const sard_node *node, const sard_tensor *a, const sard_tensor *b, sard_product_shape *out, const char **why)
{
    *out = (sard_product_shape){.factor = 1, .c_factor = 1, .batch = 1, .b_count = 1, .b_column = 1};
    *why = "native kernels are float32";
    if (node->inputs[0]->dtype != SARD_F32 || node->inputs[1]->dtype != SARD_F32)
        return false;
    if (sard_is(node, SARD_OP_gemm) ? !read_gemm(node, b, out, why) : !read_matmul(node, a, b, out, why))
        return false;
    *why = "an epilogue of other functions";
    return !node->epilogue_count || sard_post_takes(node);
}

bool sard_product_has_few_rows(const sard_node *node, const sard_product_shape *p)
{
    const sard_value *x = node->inputs[0];
    if (p->rank || p->m > SARD_FEW_ROWS)
        return false;
    return x->rank <= 2 || x->dims[0] <= 0 || p->m / x->dims[0] <= SARD_FEW_WORDS;
}

void sard_panel_pack(const sard_panels *panels, const void *matrix, int64_t row, int64_t column, int64_t k, float factor, int64_t panel,
                     float *out)
{
    const int64_t first = sard_panel_first(panels, panel), end = sard_panel_first(panels, panel + 1);
    const int64_t columns = (end > panels->channels ? panels->channels : end) - first;
    const char *from = (const char *)matrix + first * column * (int64_t)sizeof *out;
    for (int64_t i = 0; i < k; i++, out += end - first, from += row * (int64_t)sizeof *out) {
        if (column == 1)
            memcpy(out, from, (size_t)columns * sizeof *out);
        else
            for (int64_t c = 0; c < columns; c++)
                memcpy(out + c, from + c * column * (int64_t)sizeof *out, sizeof *out);
        for (int64_t c = columns; c < end - first; c++)
            out[c] = 0;
        for (int64_t c = 0; factor != 1 && c < columns; c++)
            out[c] *= factor;
    }
}
