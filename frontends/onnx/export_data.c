/* Elements of constants: where they stand in a data file, and how they get there or into the model, never all of them in memory. */
#include "frontends/onnx/encode.h"
#include "frontends/onnx/export.h"
#include "frontends/onnx/import.h"
#include "ir/scaled.h"

/* What onnx's own tools put outside; large ones begin on a page, so that they can be mapped, small ones where any vector may. */
enum { LEAST_OUTSIDE = 1024, PAGE = 4096, SMALL_STEP = 64 };

/* So much of a mapped file is held at a time. */
#define MOST_HELD ((size_t)8 << 20)

/* In the file. */
static size_t bytes_of(const sard_value *value) { return sard_packed_bytes(value->dtype, sard_tensor_count(value->constant)); }

void sard_export_put_elements(sard_encoder *e, const sard_value *value)
{
    char room[4096];
    const double *factors;
    const char *source = sard_value_unscaled(value, &factors)->data;
    const size_t bytes = bytes_of(value);
    if (!e->write) {
        e->size += bytes;
        return;
    }
    if (sard_dtype_is_packed(value->dtype)) {
        sard_encode_elements(e, value->dtype, source, sard_tensor_count(value->constant));
        return;
    }
    for (size_t at = 0, held = 0; at < bytes && !e->failed;) {
        size_t size;
        const char *piece = sard_value_piece(value, at, room, sizeof room, &size);
        if (size > MOST_HELD)
            size = MOST_HELD;
        sard_encode_raw(e, piece, size);
        at += size;
        if (at - held >= MOST_HELD || at == bytes) {
            sard_onnx_release(sard_onnx_file_of(value->graph), source + held, at - held);
            held = at;
        }
    }
}

static bool place_inner(sard_export *x, const sard_export_node *node, uint64_t *size)
{
    bool enough = true;
    for (size_t k = 0; enough && k < node->attr_count; k++)
        enough = node->attrs[k].kind != SARD_ATTR_GRAPH || sard_export_place(x, node->graphs[k], size);
    return enough;
}

bool sard_export_place(sard_export *x, sard_export_graph *g, uint64_t *size)
{
    bool enough = (g->places = SARD_NEW(&x->arena, uint64_t, g->graph->value_count)) != NULL;
    for (size_t i = 0; enough && i < g->graph->value_count; i++) {
        const sard_value *value = g->graph->values[i];
        g->places[i] = SARD_EXPORT_INSIDE;
        if (!g->written[i] || value->dtype == SARD_STRING || bytes_of(value) < LEAST_OUTSIDE)
            continue;
        const uint64_t step = bytes_of(value) < PAGE ? SMALL_STEP : PAGE;
        g->places[i] = (*size + step - 1) / step * step;
        *size = g->places[i] + bytes_of(value);
    }
    for (size_t i = 0; enough && i < g->node_count; i++)
        enough = place_inner(x, &g->nodes[i], size);
    return enough;
}

void sard_export_put_data(sard_encoder *e, const sard_export_graph *g)
{
    static const char zeros[PAGE];
    for (size_t i = 0; i < g->graph->value_count; i++) {
        if (g->places[i] == SARD_EXPORT_INSIDE)
            continue;
        sard_encode_raw(e, zeros, (size_t)(g->places[i] - e->size));
        sard_export_put_elements(e, g->graph->values[i]);
    }
    for (size_t i = 0; i < g->node_count; i++)
        for (size_t k = 0; k < g->nodes[i].attr_count; k++)
            if (g->nodes[i].attrs[k].kind == SARD_ATTR_GRAPH)
                sard_export_put_data(e, g->nodes[i].graphs[k]);
}
