/* From an .onnx file to a graph. */
#ifndef SARD_FRONTENDS_ONNX_IMPORT_H
#define SARD_FRONTENDS_ONNX_IMPORT_H

#include "frontends/frontends.h"

/* A mapped model file, or memory of the caller's, and the external files that belong to it. */
typedef struct sard_onnx_file sard_onnx_file;

/* The file that a graph's constants lie in; NULL: none, or one of another format. */
const sard_onnx_file *sard_onnx_file_of(const sard_graph *graph);

/* how: bits of sard_read_flags; limits: without zeroes. Fails with IO, LIMIT or NOMEM. */
sard_status sard_onnx_open(const char *path, unsigned how, const sard_limits *limits, const sard_allocator *allocator, sard_onnx_file **out,
                           sard_error *error) SARD_MUST_USE;
sard_status sard_onnx_open_memory(const void *bytes, size_t size, const sard_limits *limits, const sard_allocator *allocator,
                                  sard_onnx_file **out, sard_error *error) SARD_MUST_USE;

/* After the graph is gone, whose constants point into the file; NULL does nothing. */
void sard_onnx_close(sard_onnx_file *file);
/* As sard_frontend.release. */
void sard_onnx_release(const sard_onnx_file *file, const void *data, size_t bytes);

/* Makes the graph in the arena; its nodes are checked but nothing is inferred yet. `problem` (may be NULL) gets each thing that keeps the
 * model from running, and the first one's status is returned; *out may then be a graph of what could be imported, or NULL. */
sard_status sard_onnx_import(sard_onnx_file *file, sard_arena *arena, const sard_op_table *ops, const sard_limits *limits,
                             void (*problem)(void *user, const sard_error *problem), void *user, sard_graph **out,
                             sard_error *error) SARD_MUST_USE;

#endif
