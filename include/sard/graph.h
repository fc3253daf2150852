/**
 * sard graphs: build one, look at one, edit one. Also what operators, passes and backends of plugins work with (plugin.h).
 *
 * A graph owns values and nodes; they live as long as it does and are never freed singly. A value is made by an input, a constant or
 * a node; it has a name that is unique in its graph, a type and a shape. A node applies an operator to values.
 *
 *     sard_graph *g;
 *     sard_graph_new(context, "tiny", &g, &error);
 *     sard_value *x = sard_graph_add_input(g, "x", SARD_F32, 4, (const int64_t[]){1, 3, 8, 8});
 *     sard_value *w = sard_graph_add_constant(g, "w", &weights);
 *     const int64_t ones[] = {1, 1, 1, 1};
 *     const sard_attr pads = {.name = "pads", .kind = SARD_ATTR_INTS, .count = 4, .ints = ones};
 *     sard_node *conv;
 *     sard_graph_add_node(g, "", "Conv", "conv1", (sard_value *[]){x, w}, 2, &pads, 1, 1, &conv, &error);
 *     sard_graph_add_output(g, sard_node_output(conv, 0));
 *
 * Dimensions: >= 0 where known; SARD_UNKNOWN_DIM; or a symbol of the graph (<= SARD_FIRST_SYMBOL, sard_graph_symbol), so that two
 * equal dims other than SARD_UNKNOWN_DIM are the same size. A rank of -1 means that not even the rank is known.
 *
 * Memory: functions that return a pointer return NULL when memory runs out or an argument is out of range, and the graph is as it was.
 * Pointers: as in sard.h; names of new inputs, constants and nodes may be NULL, which makes one up, and `domain` (""). What asks about a
 * graph, node or value that is NULL gets NULL, 0, false, rank and dims -1 or "". An attribute's name or value of NULL is an ARGUMENT as well.
 * Threads: a graph is used by one thread at a time while it is edited.
 */
#ifndef SARD_GRAPH_H
#define SARD_GRAPH_H

#include <sard/sard.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sard_value sard_value;
typedef struct sard_node sard_node;

#define SARD_UNKNOWN_DIM ((int64_t)-1)
#define SARD_FIRST_SYMBOL ((int64_t)-2)

/** How the dims of a spatial operator's tensors are to be read: N, C, spatial... or N, spatial..., C. Weights do not change. */
typedef enum sard_layout { SARD_NCHW = 0, SARD_NHWC = 1 } sard_layout;

typedef enum sard_attr_kind {
    SARD_ATTR_INT = 1,
    SARD_ATTR_FLOAT,
    SARD_ATTR_STRING,
    SARD_ATTR_TENSOR,
    SARD_ATTR_GRAPH,
    SARD_ATTR_INTS,
    SARD_ATTR_FLOATS,
    SARD_ATTR_STRINGS,
} sard_attr_kind;

/** One attribute as text formats and builders give it; operators see a typed struct instead (plugin.h). count: of the lists. */
typedef struct sard_attr {
    const char *name;
    sard_attr_kind kind;
    size_t count;
    __extension__ union { /* C99 has none without a name */
        int64_t i;
        float f;
        sard_string s;
        const sard_tensor *tensor;
        sard_graph *graph;
        const int64_t *ints;
        const float *floats;
        const sard_string *strings;
    };
} sard_attr;

/* ---- build ---- */

/** An empty graph that knows the context's operators. `name` is copied. Free it with sard_graph_free. */
SARD_API sard_status sard_graph_new(sard_context *context, const char *name, sard_graph **out, sard_error *error) SARD_MUST_USE;

/** Frees a graph made by sard_graph_new or sard_graph_parse, with all it owns; NULL does nothing. */
SARD_API void sard_graph_free(sard_graph *graph);

/**
 * A copy to edit, free it with sard_graph_free. Elements of constants, attributes and operators are shared, so the graph that is copied
 * (and the model or context it belongs to) must outlive it.
 */
SARD_API sard_status sard_graph_copy(const sard_graph *graph, sard_graph **out, sard_error *error) SARD_MUST_USE;

/** The dimension that stands for a name ("N"), the same for the same name; SARD_UNKNOWN_DIM when memory runs out. */
SARD_API int64_t sard_graph_symbol(sard_graph *graph, const char *name);

/** The name of a symbol, or NULL if `dim` is none. */
SARD_API const char *sard_graph_symbol_name(const sard_graph *graph, int64_t dim);

/** rank -1: unknown. A name already in use, or NULL, gets another that is free (sard_value_name tells). All names are copied. */
SARD_API sard_value *sard_graph_add_input(sard_graph *graph, const char *name, sard_dtype dtype, int rank, const int64_t *dims);

/** The struct is copied, the elements are not: tensor->data must outlive the graph and every model made from it. Any alignment. */
SARD_API sard_value *sard_graph_add_constant(sard_graph *graph, const char *name, const sard_tensor *tensor);

/** `count` uninitialised bytes that live as long as the graph, for the elements of constants; aligned to 64. */
SARD_API void *sard_graph_alloc(sard_graph *graph, size_t count);

/**
 * Appends a node.
 * domain, op   "" is ai.onnx; the operator in its newest meaning
 * inputs       NULL stands for an optional input left out; attributes not given have their defaults; everything is copied
 * outputs      how many results the node has; sard_node_output gives them, named after the node
 * Infers types and shapes. Fails with UNSUPPORTED (no such operator), MODEL (attributes, counts), SHAPE or NOMEM.
 */
SARD_API sard_status sard_graph_add_node(sard_graph *graph, const char *domain, const char *op, const char *name, sard_value *const *inputs,
                                         size_t input_count, const sard_attr *attrs, size_t attr_count, size_t output_count,
                                         sard_node **out, sard_error *error) SARD_MUST_USE;

/** Makes a value an output of the graph, after those it has. False when memory runs out. */
SARD_API bool sard_graph_add_output(sard_graph *graph, sard_value *value);

/** Gives a value another name. Fails with ARGUMENT (the graph has that name already) or NOMEM. */
SARD_API sard_status sard_value_rename(sard_value *value, const char *name, sard_error *error) SARD_MUST_USE;

/**
 * Free text about a graph, a value or a node (doc_string in files). Copied; NULL: none. False when memory runs out. What passes make
 * of a node has none.
 */
SARD_API bool sard_graph_set_doc(sard_graph *graph, const char *text);
SARD_API bool sard_value_set_doc(sard_value *value, const char *text);
SARD_API bool sard_node_set_doc(sard_node *node, const char *text);

/**
 * Text about the model, in place of what the key has: "producer_name", "producer_version", "domain", "model_version" (a number) and
 * "doc_string" are fields of a file, all others its metadata_props. Both are copied; value NULL: takes the key out. False when memory
 * runs out.
 */
SARD_API bool sard_graph_set_metadata(sard_graph *graph, const char *key, const char *value);

/* ---- look ---- */

SARD_API const char *sard_graph_name(const sard_graph *graph);

/** "" where there is none. */
SARD_API const char *sard_graph_doc(const sard_graph *graph);
SARD_API const char *sard_value_doc(const sard_value *value);
SARD_API const char *sard_node_doc(const sard_node *node);

/** What stands under a key, as in sard_model_metadata, or NULL. */
SARD_API const char *sard_graph_metadata(const sard_graph *graph, const char *key);

SARD_API size_t sard_graph_input_count(const sard_graph *graph);
SARD_API sard_value *sard_graph_input(const sard_graph *graph, size_t i);
SARD_API size_t sard_graph_output_count(const sard_graph *graph);
SARD_API sard_value *sard_graph_output(const sard_graph *graph, size_t i);

/** The name under which a value became an output; passes may put another value there. */
SARD_API const char *sard_graph_output_name(const sard_graph *graph, size_t i);

/** The place of the input or output of that name; SIZE_MAX if there is none. */
SARD_API size_t sard_graph_find_input(const sard_graph *graph, const char *name);
SARD_API size_t sard_graph_find_output(const sard_graph *graph, const char *name);

/** The value of that name, or NULL. Not those of subgraphs. */
SARD_API sard_value *sard_graph_find(const sard_graph *graph, const char *name);

/** Values in the order of their making, also those no longer used. */
SARD_API size_t sard_graph_value_count(const sard_graph *graph);
SARD_API sard_value *sard_graph_value(const sard_graph *graph, size_t i);

/** Nodes in an order in which each comes after those it needs: for (n = first; n; n = next(n)). */
SARD_API size_t sard_graph_node_count(const sard_graph *graph);
SARD_API sard_node *sard_graph_first(const sard_graph *graph);
SARD_API sard_node *sard_node_next(const sard_node *node);

SARD_API const char *sard_node_name(const sard_node *node);
SARD_API const char *sard_node_op(const sard_node *node);
SARD_API const char *sard_node_domain(const sard_node *node);
SARD_API sard_layout sard_node_layout(const sard_node *node);

/** The operator's own inputs; NULL for one left out or beyond the last. Operands of epilogues and captures are not among them. */
SARD_API size_t sard_node_input_count(const sard_node *node);
SARD_API sard_value *sard_node_input(const sard_node *node, size_t i);

/** What the node needs besides: operands of its epilogue, values that its subgraphs capture. NULL for one left out or beyond the last. */
SARD_API size_t sard_node_operand_count(const sard_node *node);
SARD_API sard_value *sard_node_operand(const sard_node *node, size_t i);

SARD_API size_t sard_node_output_count(const sard_node *node);
SARD_API sard_value *sard_node_output(const sard_node *node, size_t i);

/** Attributes that differ from their defaults or are required. The lists belong to the node. False beyond the last. */
SARD_API bool sard_node_attr(const sard_node *node, size_t i, sard_attr *out);

/** The typed attribute struct of the operator (plugin.h). */
SARD_API const void *sard_node_attrs(const sard_node *node);

/** Operators applied to output 0 while it is in registers, in order. */
SARD_API size_t sard_node_epilogue_count(const sard_node *node);
SARD_API const char *sard_node_epilogue_op(const sard_node *node, size_t i);

/** The name of the node that the operator had before it was fused. */
SARD_API const char *sard_node_epilogue_name(const sard_node *node, size_t i);

SARD_API const char *sard_value_name(const sard_value *value);
SARD_API sard_dtype sard_value_dtype(const sard_value *value);
SARD_API int sard_value_rank(const sard_value *value);
SARD_API int64_t sard_value_dim(const sard_value *value, int i);

/** The node that makes it, or NULL for inputs and constants. */
SARD_API sard_node *sard_value_producer(const sard_value *value);

/** How often it is used: inputs of nodes, plus once per place among the graph's outputs. */
SARD_API size_t sard_value_use_count(const sard_value *value);

/** Its elements if it is a constant (perhaps not aligned to the element's size), else NULL. Owned by the graph. Any thread may ask. */
SARD_API const sard_tensor *sard_value_constant(const sard_value *value);

/* ---- edit ---- */

/** Makes every use of `from` (outputs of the graph too) a use of `to`. */
SARD_API void sard_value_replace(sard_value *from, sard_value *to);

/** Sets one of the operator's own inputs (NULL: leaves it out). False if i is out of range. */
SARD_API bool sard_node_set_input(sard_node *node, size_t i, sard_value *value);

/** Takes a node out of the graph. False, and nothing done, while one of its outputs is used. */
SARD_API bool sard_node_remove(sard_node *node);

/**
 * All that makes a node; what is left out is NULL or 0.
 * op             must be given; domain and name may be NULL
 * inputs, attrs  as sard_graph_add_node takes them
 * output_names   output_count names; NULL: the outputs are named after the node. An output whose name is NULL or "" is left out. A name
 *                in use gets a number at its end
 * before         a node of the graph that the new one stands before; NULL: it is the last
 */
typedef struct sard_node_spec {
    size_t struct_size;
    const char *domain, *op, *name;
    sard_value *const *inputs;
    size_t input_count;
    const sard_attr *attrs;
    size_t attr_count;
    const char *const *output_names;
    size_t output_count;
    sard_node *before;
} sard_node_spec;

/** Makes a node anywhere in the graph; sard_graph_add_node is the short form for the end. Fails as that does. */
SARD_API sard_status sard_graph_insert_node(sard_graph *graph, const sard_node_spec *spec, sard_node **out,
                                            sard_error *error) SARD_MUST_USE;

/* Inputs and outputs are the graph's contract: passes leave them alone, tools may change them. */

/** Gives an input another shape; rank -1: unknown. The values after it keep theirs until sard_model_from_graph infers them. False for
 * values that are no inputs of a graph, and for a rank or dims out of range. */
SARD_API bool sard_value_set_shape(sard_value *input, int rank, const int64_t *dims);

/** Makes a value the i-th output, the name of which stays. False beyond the last. */
SARD_API bool sard_graph_set_output(sard_graph *graph, size_t i, sard_value *value);

/** Later ones move up. False beyond the last, and for an input that is used. */
SARD_API bool sard_graph_remove_input(sard_graph *graph, size_t i);
SARD_API bool sard_graph_remove_output(sard_graph *graph, size_t i);

/* ---- text ---- */

typedef struct sard_print_options {
    size_t struct_size;
    size_t elements; /**< constants of up to this many elements are written out [16]; of larger ones the type alone: "{...}" */
} sard_print_options;

/** Writes the text form (docs/text-form.md) through `write`, piece by piece; stops when `write` returns false, and returns that. */
SARD_API bool sard_graph_print(const sard_graph *graph, const sard_print_options *options,
                               bool (*write)(void *user, const char *text, size_t size), void *user);

/** Reads the text form. "{...}" makes zeros. Fails with PARSE (line and column), or as sard_graph_add_node. */
SARD_API sard_status sard_graph_parse(sard_context *context, const char *text, size_t size, sard_graph **out,
                                      sard_error *error) SARD_MUST_USE;

/* ---- ONNX ---- */

/**
 * Writes the graph as an .onnx file; epilogues become nodes, and around nodes that have channels last stand Transposes. Files are
 * written under temporary names, and moved into place when they are on the disk: whenever the process dies, the old model or the new one is
 * there, whole. The place may be that of the files that the constants lie in. A file that is replaced gives the new one its mode, else the
 * umask does; a link stays, and the file that it leads to is replaced.
 * Fails with IO; UNSUPPORTED (not expressible in that opset, or over 2 GB where `path` is no place for a second file); ARGUMENT (a file
 * would go that holds constants of this graph and belongs to another model); NOMEM. Nothing has been written then.
 */
SARD_API sard_status sard_graph_save(const sard_graph *graph, const char *path, const sard_export_options *options,
                                     sard_error *error) SARD_MUST_USE;

/** Reads a tensor in ONNX's form (a TensorProto, the .pb files of test data). Free its data with free(). `name` (may be NULL): size 256. */
SARD_API sard_status sard_tensor_parse(const void *bytes, size_t size, sard_tensor *out, char *name, sard_error *error) SARD_MUST_USE;

/**
 * Reads a list (SARD_SEQUENCE_OF, SARD_OPTIONAL_OF) in ONNX's form, a SequenceProto or OptionalProto. Items and their elements lie in one
 * block with out->data: free that with free(). Fails with PARSE; ARGUMENT or UNSUPPORTED where it holds something else than `dtype` says.
 */
SARD_API sard_status sard_list_parse(sard_dtype dtype, const void *bytes, size_t size, sard_tensor *out, char *name,
                                     sard_error *error) SARD_MUST_USE;

/** Writes a tensor or a list; the result has *size bytes; free it with free(). `name` may be NULL. */
SARD_API sard_status sard_tensor_serialize(const sard_tensor *tensor, const char *name, void **bytes, size_t *size,
                                           sard_error *error) SARD_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
