/* The row of ONNX among the frontends. */
#include "frontends/onnx/export.h"
#include "frontends/onnx/file.h"

static bool claims(const uint8_t *bytes, size_t size)
{
    (void)bytes;
    (void)size;
    return true;
}

static bool writes(const char *path)
{
    (void)path;
    return true;
}

static sard_status open_model(const sard_read_request *r, sard_origin **out, sard_error *error)
{
    sard_onnx_file *file;
    const sard_status status = r->path ? sard_onnx_open(r->path, r->flags, r->limits, r->allocator, &file, error)
                                       : sard_onnx_open_memory(r->bytes, r->size, r->limits, r->allocator, &file, error);
    if (!status)
        *out = &file->origin;
    return status;
}

static void close_model(sard_origin *origin) { sard_onnx_close((sard_onnx_file *)origin); }

static sard_status import_model(sard_origin *origin, sard_arena *arena, const sard_op_table *ops, const sard_limits *limits,
                                void (*problem)(void *user, const sard_error *problem), void *user, sard_graph **out, sard_error *error)
{
    return sard_onnx_import((sard_onnx_file *)origin, arena, ops, limits, problem, user, out, error);
}

static void release(const sard_origin *origin, const void *data, size_t bytes)
{
    sard_onnx_release((const sard_onnx_file *)origin, data, bytes);
}

const sard_onnx_file *sard_onnx_file_of(const sard_graph *graph)
{
    while (graph->parent)
        graph = graph->parent;
    return graph->origin && graph->origin->frontend == &sard_frontend_onnx ? (const sard_onnx_file *)graph->origin : NULL;
}

const sard_frontend sard_frontend_onnx = {
    .name = "onnx",
    .claims = claims,
    .writes = writes,
    .open = open_model,
    .close = close_model,
    .import = import_model,
    .save = sard_onnx_save,
    .release = release,
};
