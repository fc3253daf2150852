/* Concat(Expand(c, dims), x) -> Add(Pad(x), c'): the token that a vision transformer puts before its patches, without asking for the
 * batch's size. c' is c and zeros.
 * needs: x is of floats; c is constant; the Concat's axis has a known size, and along it c has that of its place; c' within `fold_bytes`.
 * keeps: every number, but for the sign of zeros. */
#include "passes/passes.h"

#include "ops/axis.h"
#include "passes/lib/match.h"
#include "passes/lib/permute.h"

#include <string.h>

typedef struct token {
    sard_value *constant, *x;
    int axis;
    int64_t before, behind; /* how much of the axis c takes, on one side of x */
} token;

/* Does Expand widen all but that axis of a constant? */
static bool is_token(const sard_value *value, int axis)
{
    const sard_node *expand = value->producer;
    const sard_value *c = sard_is_plain(expand, SARD_OP_expand) ? expand->inputs[0] : NULL;
    if (!c || !c->constant || c->rank > value->rank || value->dims[axis] < 1)
        return false;
    const int more = value->rank - c->rank;
    for (int i = 0; i < c->rank; i++)
        if (i + more == axis ? c->dims[i] != value->dims[axis] : c->dims[i] != 1 && c->dims[i] != value->dims[i + more])
            return false;
    return axis >= more;
}

static bool find(const sard_node *node, token *t)
{
    const sard_value *y = node->outputs[0];
    if (!sard_is_plain(node, SARD_OP_concat) || node->own_count != 2 || !y || y->rank < 1 || !sard_dtype_is_float(y->dtype))
        return false;
    t->axis = sard_axis_of(node);
    const size_t first = is_token(node->inputs[0], t->axis) ? 0 : 1;
    const sard_value *wide = node->inputs[first];
    t->x = node->inputs[1 - first];
    if (!is_token(wide, t->axis) || t->x->rank != y->rank || y->dims[t->axis] < 0)
        return false;
    t->constant = wide->producer->inputs[0];
    t->before = first == 0 ? wide->dims[t->axis] : 0;
    t->behind = first == 1 ? wide->dims[t->axis] : 0;
    return true;
}

/* c and zeros, as long as the result along the axis; *small: there is room for it. NULL when memory runs out. */
static sard_value *fill(sard_graph *graph, const token *t, int64_t length, bool *small)
{
    const sard_tensor *from = sard_value_constant(t->constant);
    const int axis = t->axis - (t->x->rank - from->rank);
    sard_tensor whole = sard_tensor_make(from->dtype, from->rank, from->dims, NULL);
    int64_t rows = 1;
    for (int i = 0; i < axis; i++)
        rows *= from->dims[i];
    const size_t part = from->bytes / (size_t)rows, row = part / (size_t)from->dims[axis] * (size_t)length;
    whole.dims[axis] = length;
    whole.bytes = row * (size_t)rows;
    *small = whole.bytes <= graph->rewriter->budget.bytes;
    char *data = *small ? sard_graph_alloc(graph, whole.bytes) : NULL;
    if (!data)
        return NULL;
    memset(data, 0, whole.bytes);
    for (int64_t i = 0; i < rows; i++)
        memcpy(data + (size_t)i * row + (t->before ? 0 : row - part), (const char *)from->data + (size_t)i * part, part);
    graph->rewriter->budget.bytes -= whole.bytes;
    whole.data = data;
    return sard_graph_add_constant(graph, t->constant->name, &whole);
}

static sard_status pad(sard_node *node, const token *t, sard_value **out, sard_error *error)
{
    int64_t pads[2 * SARD_MAX_RANK] = {0};
    sard_node *made;
    pads[t->axis] = t->before;
    pads[t->x->rank + t->axis] = t->behind;
    sard_value *list = sard_add_ints(node->graph, node->name, pads, 2 * (size_t)t->x->rank);
    if (!list)
        return sard_no_memory(error);
    const sard_status status =
        sard_insert(node->graph, node, SARD_OP_pad, node->name, (sard_value *[]){t->x, list}, 2, NULL, 0, &made, error);
    *out = status ? NULL : made->outputs[0];
    return status;
}

static sard_status rewrite(sard_rewriter *rewriter, sard_node *node)
{
    token t;
    bool small = true;
    sard_value *padded;
    if (!find(node, &t))
        return SARD_OK;
    sard_value *whole = fill(rewriter->graph, &t, node->outputs[0]->dims[t.axis], &small);
    if (!whole)
        return small ? sard_no_memory(rewriter->error) : SARD_OK;
    const sard_status status = pad(node, &t, &padded, rewriter->error);
    return status ? status
                  : sard_replace_node(node, SARD_OP_add, (sard_value *[]){padded, whole}, 2, NULL, 0, &rewriter->edited, rewriter->error);
}

const sard_pass sard_pass_pad_expanded = {
    .struct_size = sizeof(sard_pass),
    .name = "pad_expanded",
    .reason = "makes a sum of a Concat with a constant that is as wide as the batch",
    .level = SARD_O2,
    .rewrite = rewrite,
};
