/* Writing .onnx files, step by step: what stands in the file is listed (export_graph.c), brought to the wanted opset (export_forms.c),
 * and encoded (export_model.c) into the file (export.c). */
#ifndef SARD_FRONTENDS_ONNX_EXPORT_H
#define SARD_FRONTENDS_ONNX_EXPORT_H

#include "ir/graph.h"

#define SARD_EXPORT_OPSET_MIN 13
#define SARD_EXPORT_OPSET_MAX 28

typedef struct sard_export {
    sard_arena arena;
    int opset;
    int needed;      /* the opset that the last refusal asked for */
    size_t unwanted; /* outputs named so far that nobody wants */
    sard_error *error;
} sard_export;

/* A node of the file. */
typedef struct sard_export_node {
    const char *name, *op, *domain;
    const sard_node *node; /* the node it comes from; NULL for one that was in an epilogue */
    sard_value **values;   /* the inputs */
    const char **inputs;   /* their names in the file; "" for one left out */
    size_t input_count;
    const char **outputs;
    size_t output_count;
    sard_attr *attrs; /* of kind GRAPH: graph stands for its place in `graphs` */
    struct sard_export_graph **graphs;
    size_t attr_count;
} sard_export_node;

typedef struct sard_export_graph {
    const sard_graph *graph;
    const struct sard_export_graph *parent;
    const char **names;   /* of values in the file, by id */
    const char **outputs; /* of outputs */
    sard_export_node *nodes;
    size_t node_count, node_capacity;
} sard_export_graph;

/* Lists a graph and its subgraphs. Fails with UNSUPPORTED, MODEL or NOMEM. */
sard_status sard_export_list(sard_export *x, const sard_graph *graph, const sard_export_graph *parent,
                             sard_export_graph **out) SARD_MUST_USE;

/* Gives a node the form of x->opset. Fails with UNSUPPORTED where there is none. */
sard_status sard_export_form(sard_export *x, sard_export_node *node) SARD_MUST_USE;

/* An element type of the node that its operator takes only after x->opset, and since when; SARD_NONE: all are older. */
sard_dtype sard_export_newer_type(const sard_export *x, const sard_export_node *node, int *since);

/* What the file holds: for sard_export_put, the fields of a ModelProto. */
typedef struct sard_export_model {
    const sard_export_graph *graph;
    int opset;
    const char *producer;
} sard_export_model;

struct sard_encoder;
void sard_export_put(struct sard_encoder *e, const void *model);

#endif
