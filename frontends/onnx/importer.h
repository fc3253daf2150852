/* What the files of the importer share.
 *
 *     import.c     the model: opsets, metadata, the main graph
 *     body.c       a graph or subgraph: constants, inputs, nodes in order, outputs
 *     order.c      nodes in an order in which each comes after those it needs
 *     node.c       one node: its inputs and attributes as a draft, the draft as a node
 *     function.c   a node that calls a function of the model: its body takes the node's place
 *     scope.c      what a name means at some place
 *     sequence.c   lists of values, which leave no trace in the graph as long as they are known
 *     type.c       types of values
 *     draft*.c, upgrade*.c, expand.c  what is done to drafts of older opsets, and of operators made of others
 *     microsoft*.c                    the same for operators of com.microsoft */
#ifndef SARD_FRONTENDS_ONNX_IMPORTER_H
#define SARD_FRONTENDS_ONNX_IMPORTER_H

#include "frontends/onnx/names.h"
#include "frontends/onnx/tensor.h"

typedef Sard__Onnx__ModelProto sard_onnx_model;
typedef Sard__Onnx__GraphProto sard_onnx_graph;
typedef Sard__Onnx__NodeProto sard_onnx_node;
typedef Sard__Onnx__AttributeProto sard_onnx_attribute;
typedef Sard__Onnx__FunctionProto sard_onnx_function;
typedef Sard__Onnx__OperatorSetIdProto sard_onnx_opset;

/* One import. */
typedef struct sard_onnx_importer {
    sard_onnx_source source; /* its arena is the model's */
    sard_arena *scratch;     /* of the import alone */
    const sard_op_table *ops;
    const sard_onnx_model *model;
    sard_onnx_names functions; /* "domain:name:overload" -> sard_onnx_function */
    uint64_t node_count;       /* with those of functions, each time they are called */
    uint64_t zeros;            /* source.zeros */
    uint64_t name_count;       /* inputs, constants and outputs of graphs and functions, likewise */
    void (*problem)(void *user, const sard_error *problem);
    void *user;
    sard_status first; /* of the problems */
    sard_error *error; /* gets the first one */
} sard_onnx_importer;

/* A graph that is being made. inferred: the last node whose types are known; inference is run when an upgrade asks for a type. */
typedef struct sard_onnx_home {
    sard_graph *graph;
    sard_node *inferred;
    struct sard_onnx_home *parent;
} sard_onnx_home;

/* An attribute as a function's body sees it. scope: where it was written, for names that a graph in it captures. */
typedef struct sard_onnx_binding {
    const char *name;
    const sard_onnx_attribute *attribute;
    const struct sard_onnx_scope *scope;
} sard_onnx_binding;

/* A function whose body is being imported, and who called it. */
typedef struct sard_onnx_call {
    const sard_onnx_function *function;
    const sard_onnx_binding *bindings;
    size_t binding_count;
    sard_onnx_names results; /* the body's name of an output -> the caller's */
    const char *prefix;      /* of the names of all that the body makes */
    const struct sard_onnx_call *outer;
} sard_onnx_call;

/* Where names are looked up. outer: NULL in the main graph and in functions, which see nothing of their callers. */
typedef struct sard_onnx_scope {
    sard_onnx_importer *importer;
    sard_onnx_home *home;
    const struct sard_onnx_scope *outer;
    const sard_onnx_call *call; /* NULL outside of functions */
    sard_onnx_names values;     /* name -> sard_value, or sard_onnx_absent */
    uint64_t depth;
} sard_onnx_scope;

/* ---- scope.c ---- */

/* Stands for an input of a function that the caller left out. */
extern sard_value sard_onnx_absent;

sard_onnx_scope sard_onnx_scope_make(sard_onnx_importer *importer, sard_onnx_home *home, const sard_onnx_scope *outer);
/* The value of that name in the scope's graph, captured from outer ones where need be; NULL for "" and absent ones. */
sard_status sard_onnx_resolve(const sard_onnx_scope *scope, const char *name, const char *what, sard_value **out,
                              sard_error *error) SARD_MUST_USE;
/* Gives a name its value; fails with MODEL if it has one here. */
sard_status sard_onnx_bind(sard_onnx_scope *scope, const char *name, sard_value *value, sard_error *error) SARD_MUST_USE;
/* The name in the graph of what is called `name` in the scope; NULL when memory runs out. */
const char *sard_onnx_global_name(const sard_onnx_scope *scope, const char *name);
/* Infers all nodes that the graph has so far; false when memory runs out. Other failures are found again, and told, when the whole graph is
 * inferred. */
bool sard_onnx_infer(sard_onnx_home *home);
/* The version of a domain's operators here; fails with MODEL. */
sard_status sard_onnx_version(const sard_onnx_scope *scope, const char *domain, int64_t *out, sard_error *error) SARD_MUST_USE;
/* "" for what means ai.onnx. */
const char *sard_onnx_domain(const char *domain);

/* A problem that does not end the import is told and SARD_OK returned; others are returned. */
sard_status sard_onnx_report(sard_onnx_importer *importer, const sard_error *problem) SARD_MUST_USE;

/* Counts names that are about to be looked at: a small file can have a function with many called many times. Fails with LIMIT. */
sard_status sard_onnx_spend(sard_onnx_importer *importer, size_t names, sard_error *error) SARD_MUST_USE;

/* ---- order.c ---- */

/* order[0 .. count-1]: indices of nodes. Fails with MODEL on cycles and on names given to two outputs. */
sard_status sard_onnx_order(sard_onnx_importer *importer, sard_onnx_node *const *nodes, size_t count, const size_t **order,
                            sard_error *error) SARD_MUST_USE;

/* ---- body.c ---- */

/* Fills the scope's graph, a new one. `inner`: it belongs to an attribute. */
sard_status sard_onnx_import_graph(sard_onnx_scope *scope, const sard_onnx_graph *proto, bool inner, sard_error *error) SARD_MUST_USE;
sard_status sard_onnx_import_nodes(sard_onnx_scope *scope, sard_onnx_node *const *nodes, size_t count, sard_error *error) SARD_MUST_USE;

/* ---- node.c ---- */

sard_status sard_onnx_import_node(sard_onnx_scope *scope, const sard_onnx_node *node, sard_error *error) SARD_MUST_USE;
/* "Conv 'conv1'", for errors. */
void sard_onnx_describe(const sard_onnx_scope *scope, const sard_onnx_node *node, char text[256]);

/* ---- attribute.c ---- */

/* What an attribute in a scope really is: itself, or in functions the caller's; NULL if neither the caller nor a default gives it.
 * *where: the scope of the graphs in it. */
const sard_onnx_attribute *sard_onnx_attribute_of(const sard_onnx_scope *scope, const sard_onnx_attribute *attribute,
                                                  const sard_onnx_scope **where);
/* As the graph wants it; the strings and lists lie in the message. */
sard_status sard_onnx_import_attribute(const sard_onnx_scope *scope, const sard_onnx_attribute *attribute, const char *what, sard_attr *out,
                                       sard_error *error) SARD_MUST_USE;
/* The tensor that a Constant node gives. */
sard_status sard_onnx_constant(const sard_onnx_scope *scope, const sard_onnx_node *node, const char *what, sard_tensor *out,
                               sard_error *error) SARD_MUST_USE;

/* ---- type.c ---- */

/* The type that a file says a value has, without shapes. Fails with UNSUPPORTED for maps and other kinds. */
sard_status sard_onnx_type(const Sard__Onnx__TypeProto *type, const char *what, sard_dtype *out, sard_error *error) SARD_MUST_USE;

/* ---- function.c ---- */

sard_status sard_onnx_list_functions(sard_onnx_importer *importer, sard_error *error) SARD_MUST_USE;
/* *out: the function that a node calls, NULL if it is an operator. */
sard_status sard_onnx_find_function(const sard_onnx_scope *scope, const sard_onnx_node *node, const sard_onnx_function **out,
                                    sard_error *error) SARD_MUST_USE;
sard_status sard_onnx_inline(sard_onnx_scope *scope, const sard_onnx_node *node, const sard_onnx_function *function,
                             sard_error *error) SARD_MUST_USE;

#endif
