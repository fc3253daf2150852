/* Writing .onnx files, step by step: what stands in the file is listed (export_graph.c), brought to the wanted opset (export_expand.c,
 * export_forms.c); large constants may get a place in a second file (export_data.c); all is encoded (export_model.c) into the files
 * (export.c). */
#ifndef SARD_FRONTENDS_ONNX_EXPORT_H
#define SARD_FRONTENDS_ONNX_EXPORT_H

#include "frontends/onnx/names.h"
#include "ir/graph.h"

/* As sard_frontend.save. */
sard_status sard_onnx_save(const sard_graph *graph, const char *path, const sard_export_options *options, sard_error *error) SARD_MUST_USE;

#define SARD_EXPORT_OPSET_MIN 13
#define SARD_EXPORT_OPSET_MAX 28

typedef struct sard_export {
    sard_arena arena;
    int opset;
    int needed;              /* the opset that the last refusal asked for */
    size_t unwanted;         /* outputs named so far that nobody wants */
    sard_onnx_names numbers; /* that names got last */
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
    const char **names;        /* of values in the file, by id */
    bool *captured;            /* values of graphs around, by id */
    const char **outputs;      /* of outputs */
    sard_onnx_names by_output; /* the outputs by these names */
    sard_export_node *nodes;
    size_t node_count, node_capacity;
    bool *written;    /* constants that the file has, by id: forms of older opsets read fewer than the graph does */
    uint64_t *places; /* in the data file, of constants by id; SARD_EXPORT_INSIDE: in the model. NULL: all are there */
} sard_export_graph;

/* Lists a graph and its subgraphs. Fails with UNSUPPORTED, MODEL or NOMEM. */
sard_status sard_export_list(sard_export *x, const sard_graph *graph, const sard_export_graph *parent,
                             sard_export_graph **out) SARD_MUST_USE;

/* For what writes nodes: a new one at the end of the list; NULL when memory runs out. */
sard_export_node *sard_export_add_node(sard_export *x, sard_export_graph *graph);
/* `wanted`, with a number behind it if it is the name of a value other than `but`; NULL when memory runs out, or if wanted is. */
const char *sard_export_free_name(sard_export *x, const sard_export_graph *graph, const char *wanted, const sard_value *but);

/* Appends the operators that a node stands for where it is an activation that x->opset does not have yet. *done: whether it is one. */
sard_status sard_export_expand(sard_export *x, sard_export_graph *graph, const sard_export_node *node, bool *done) SARD_MUST_USE;

/* Tells which constants are written, in a graph that has been listed and its subgraphs. False: no memory. */
bool sard_export_choose_constants(sard_export *x, sard_export_graph *graph);

/* Makes the names of all nodes unique: rewriting may leave a name to several, and some engines refuse that. False: no memory. */
bool sard_export_name_nodes(sard_export *x, sard_export_graph *graph);

/* Gives a node the form of x->opset. Fails with UNSUPPORTED where there is none. */
sard_status sard_export_form(sard_export *x, sard_export_node *node) SARD_MUST_USE;

/* The opset that an operator came with, if that is after 13; else 0. */
int sard_export_since(const char *op);

/* An element type of the node that its operator takes only after x->opset, and since when; SARD_NONE: all are older. */
sard_dtype sard_export_newer_type(const sard_export *x, const sard_export_node *node, int *since);

/* What the file holds: for sard_export_put, the fields of a ModelProto. */
typedef struct sard_export_model {
    sard_export_graph *graph;
    int opset;
    const char *producer; /* NULL: the graph's own */
    const char *data;     /* name of the data file */
} sard_export_model;

struct sard_encoder;
void sard_export_put(struct sard_encoder *e, const sard_export_model *model);

#define SARD_EXPORT_INSIDE UINT64_MAX

/* Gives the larger constants of a graph and its subgraphs places in a data file that has *size bytes so far. False: no memory. */
bool sard_export_place(sard_export *x, sard_export_graph *graph, uint64_t *size);
/* Writes the data file. */
void sard_export_put_data(struct sard_encoder *e, const sard_export_graph *graph);
/* The elements of a constant, as raw_data has them, piece by piece. */
void sard_export_put_elements(struct sard_encoder *e, const sard_value *value);

#endif
