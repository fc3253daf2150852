/* In place of frontends/onnx: no files. */
#include "frontends/onnx/import.h"

#include <sard/graph.h>

sard_status sard_onnx_open(const char *path, unsigned how, const sard_limits *limits, const sard_allocator *allocator, sard_onnx_file **out,
                           sard_error *error)
{
    (void)how;
    (void)limits;
    (void)allocator;
    (void)out;
    return sard_fail(error, SARD_UNSUPPORTED, "%s: no files here", path);
}

sard_status sard_onnx_open_memory(const void *bytes, size_t size, const sard_limits *limits, const sard_allocator *allocator,
                                  sard_onnx_file **out, sard_error *error)
{
    (void)bytes;
    (void)size;
    return sard_onnx_open("memory", 0, limits, allocator, out, error);
}

void sard_onnx_close(sard_onnx_file *file) { (void)file; }

void sard_onnx_let_go(const sard_onnx_file *file, const void *data, size_t bytes)
{
    (void)file;
    (void)data;
    (void)bytes;
}

sard_status sard_onnx_import(sard_onnx_file *file, sard_arena *arena, const sard_op_table *ops, const sard_limits *limits,
                             void (*problem)(void *user, const sard_error *problem), void *user, sard_graph **out, sard_error *error)
{
    (void)file;
    (void)arena;
    (void)ops;
    (void)limits;
    (void)problem;
    (void)user;
    (void)out;
    return sard_fail(error, SARD_UNSUPPORTED, "no files here");
}

sard_status sard_graph_save(const sard_graph *graph, const char *path, const sard_export_options *options, sard_error *error)
{
    (void)graph;
    (void)options;
    return sard_fail(error, SARD_UNSUPPORTED, "%s: no files here", path);
}
