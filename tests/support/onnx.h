/* Importing models that a test has written. */
#ifndef SARD_TESTS_ONNX_H
#define SARD_TESTS_ONNX_H

#include "frontends/onnx/import.h"
#include "tests/support/proto.h"

typedef struct onnx_test {
    sard_arena arena, ops_arena;
    sard_op_table ops;
    sard_limits limits;
    unsigned how; /* bits of sard_read_flags */
    sard_onnx_file *file;
    sard_graph *graph;
    sard_error error;
    int problems;
    char problem[8][256]; /* the first ones */
} onnx_test;

void onnx_start(onnx_test *t);
void onnx_end(onnx_test *t);

/* Imports from memory; what was imported before is forgotten. `bytes` must stay until onnx_end. */
sard_status onnx_import(onnx_test *t, const void *bytes, size_t size);
sard_status onnx_import_model(onnx_test *t, const proto *model);
sard_status onnx_import_path(onnx_test *t, const char *path);

/* The operators of a graph's nodes in order, "Conv Relu ": valid until the next call. */
const char *onnx_ops(const sard_graph *graph);
/* Elements of a constant of the graph as text, "1 2 3"; "none" if there is no such constant. */
const char *onnx_constant(const onnx_test *t, const sard_value *value);
/* The i-th input of the n-th node. */
sard_value *onnx_input(const onnx_test *t, size_t n, size_t i);

#endif
