/* Operators that the standard defines by others, for which sard has none of its own. */
#include "frontends/onnx/upgrade.h"

#include <string.h>

/* ---- SwiGLU: Swish(a) b ---- */

static void swiglu(sard_onnx_draft *draft)
{
    sard_value *a = sard_onnx_input(draft, 0);
    const sard_attr alpha = {.name = "alpha", .kind = SARD_ATTR_FLOAT, .f = sard_onnx_take_float(draft, "alpha", 1)};
    sard_onnx_set_input(draft, 0, sard_onnx_node_before(draft, "Swish", "gate", &a, 1, &alpha, 1));
    draft->op = "Mul";
}

/* ---- AffineGrid: theta [N, d, d + 1] applied to the places (x, y, 1) or (x, y, z, 1) of a grid, which are known when its size is ---- */

typedef struct grid {
    int64_t count, sizes[3]; /* d, and (D,) H, W */
    int64_t points;
    bool corners; /* -1 and 1 are the centres of the first and the last place, not their outer edges */
} grid;

static bool read_grid(sard_onnx_draft *draft, grid *g)
{
    sard_content size[SARD_MAX_CONTENTS];
    const sard_value *value = sard_onnx_typed_input(draft, 1);
    const int count = value ? sard_value_contents(value, size) : -1;
    bool known = count == 4 || count == 5;
    g->count = count - 2;
    for (int i = 2; known && i < count; i++) {
        known = size[i].known && size[i].value > 0;
        g->sizes[i - 2] = size[i].value;
    }
    if (!known)
        sard_onnx_draft_fail(draft, SARD_UNSUPPORTED, "size must be known before the run, with 4 or 5 elements");
    else if (!sard_count(g->sizes, (int)g->count, &g->points) ||
             (uint64_t)g->points > draft->scope->importer->source.limits->fold_bytes / 32)
        sard_onnx_draft_fail(draft, SARD_LIMIT, "the grid is too large");
    return !draft->status;
}

static double place(const grid *g, int64_t i, int64_t size)
{
    if (!g->corners)
        return (double)(2 * i + 1) / (double)size - 1;
    return size == 1 ? 0 : 2 * (double)i / (double)(size - 1) - 1;
}

/* Row p: the last axis first, then a 1. */
static void fill(const grid *g, double *rows)
{
    for (int64_t p = 0; p < g->points; p++) {
        double *row = rows + p * (g->count + 1);
        int64_t rest = p;
        for (int64_t k = 0; k < g->count; k++) {
            const int64_t size = g->sizes[g->count - 1 - k];
            row[k] = place(g, rest % size, size);
            rest /= size;
        }
        row[g->count] = 1;
    }
}

static sard_value *places(sard_onnx_draft *draft, const grid *g)
{
    const sard_value *theta = sard_onnx_typed_input(draft, 0);
    const sard_dtype dtype = theta && sard_dtype_is_float(theta->dtype) ? theta->dtype : SARD_F32;
    const size_t count = (size_t)(g->points * (g->count + 1));
    sard_graph *graph = draft->scope->home->graph;
    double *rows = SARD_NEW(draft->scope->importer->scratch, double, count);
    void *data = sard_graph_alloc(graph, count * sard_dtype_size(dtype));
    sard_value *value = NULL;
    if (rows && data) {
        fill(g, rows);
        sard_narrow(dtype, rows, count, data);
        const sard_tensor tensor = sard_tensor_make(dtype, 2, (int64_t[]){g->points, g->count + 1}, data);
        value = sard_graph_add_constant(graph, "places", &tensor);
    }
    if (!value)
        sard_onnx_draft_fail(draft, SARD_NOMEM, "out of memory");
    return value;
}

static void affine_grid(sard_onnx_draft *draft)
{
    grid g = {.corners = sard_onnx_take_int(draft, "align_corners", 0) != 0};
    sard_value *theta = sard_onnx_input(draft, 0);
    if (!read_grid(draft, &g))
        return;
    const int64_t perm[] = {0, 2, 1};
    const sard_attr swapped = {.name = "perm", .kind = SARD_ATTR_INTS, .ints = perm, .count = 3};
    sard_value *const factors[] = {places(draft, &g), sard_onnx_node_before(draft, "Transpose", "turned", &theta, 1, &swapped, 1)};
    int64_t shape[5] = {-1};
    memcpy(shape + 1, g.sizes, (size_t)g.count * sizeof *shape);
    shape[g.count + 1] = g.count;
    sard_onnx_set_input(draft, 0, sard_onnx_node_before(draft, "MatMul", "points", factors, 2, NULL, 0));
    sard_onnx_set_input(draft, 1, sard_onnx_ints(draft, "shape", shape, (size_t)g.count + 2));
    draft->op = "Reshape";
}

const sard_onnx_upgrade sard_onnx_expansions[] = {
    {"AffineGrid", SARD_ONNX_ANY_VERSION, affine_grid},
    {"SwiGLU", SARD_ONNX_ANY_VERSION, swiglu},
    {NULL, 0, NULL},
};
