/* The graph, seen from inside. What each thing means is said in <sard/graph.h>; here is how it is stored.
 *
 * Nodes form a list in topological order. The uses of a value form a list too; each link lies in the node that uses it, so that
 * edits allocate nothing. A node's inputs are its operator's own, then `extra` ones: operands of its epilogue, or what its subgraphs
 * capture. So lifetimes, uses and dead code need no special case for either. */
#ifndef SARD_IR_GRAPH_H
#define SARD_IR_GRAPH_H

#include "ir/arena.h"
#include "ir/dtype.h"

/* Operators by domain and name. A table is filled before graphs use it. */
typedef struct sard_op_table {
    sard_arena *arena;
    const sard_op **ops;
    size_t count, capacity;
    const sard_op **own; /* the library's, by id - 1 */
    size_t own_count, own_capacity;
} sard_op_table;

/* Adds a copy, in place of one with the same domain and name. id: of an operator of the library, 1, 2, ... in the order of the calls (what
 * they are called is said in ops/ops.h); 0: a plugin's, whatever its name. */
sard_status sard_op_table_add(sard_op_table *table, const sard_op *op, int id, sard_error *error);
const sard_op *sard_op_table_find(const sard_op_table *table, const char *domain, const char *name);
/* The library's operator of that id, also where a plugin has put another one under its name. */
const sard_op *sard_op_table_own(const sard_op_table *table, int id);
/* The id of an operator that a table holds. What is known of the library's operators, their attributes above all, holds for no other one,
 * so they are told by it and never by name. */
int sard_op_id_of(const sard_op *op);
size_t sard_op_input_min(const sard_op *op);
size_t sard_op_input_max(const sard_op *op); /* SIZE_MAX: any number */
size_t sard_op_output_min(const sard_op *op);
size_t sard_op_output_max(const sard_op *op);

/* One element of a small integer value as far as it is known before the run: a number, or a dimension (symbol or unknown). */
typedef struct sard_content {
    bool known;
    int64_t value; /* where known */
    int64_t dim;   /* else: a symbol or SARD_UNKNOWN_DIM */
} sard_content;

#define SARD_MAX_CONTENTS 64

typedef struct sard_use {
    sard_node *node;
    size_t index; /* into node->inputs */
    struct sard_use *previous, *next;
} sard_use;

struct sard_value {
    sard_graph *graph;
    const char *name;
    size_t stem;     /* bytes of the name before the number that it got at its end; 0: it got none */
    const char *doc; /* NULL: none; likewise of nodes and graphs */
    size_t id;       /* place in graph->values */
    sard_dtype dtype;
    int rank;
    int64_t dims[SARD_MAX_RANK];
    sard_node *producer;
    size_t output; /* which of the producer's */
    sard_use *uses;
    size_t use_count;    /* without those as outputs of the graph */
    size_t output_count; /* how often it is an output of the graph */
    size_t first_output; /* the first one is not before that of the graph's outputs */
    bool is_input;
    const sard_tensor *constant; /* its type and place; elements are read through sard_value_constant */
    struct sard_scaled *scaled;  /* not NULL: the elements are made when somebody asks (scaled.h) */
    sard_content *contents;      /* rank 0 or 1; a buffer that is used again */
    int content_count;           /* -1: nothing known */
};

/* An operator applied to output 0 of a node. The running result is its input `slot`; its other inputs are node->inputs[first ...]. */
typedef struct sard_epilogue {
    const sard_op *op;
    const char *name; /* of the node it was */
    void *attrs;
    size_t slot;
    size_t first, input_count; /* input_count includes the slot */
} sard_epilogue;

struct sard_node {
    sard_graph *graph;
    const char *name, *doc;
    const sard_op *op;
    void *attrs;
    sard_layout layout;
    sard_value **inputs; /* own_count of the operator's, NULL where left out, then the extra ones */
    size_t own_count, input_count;
    sard_use *uses;       /* one for each input */
    sard_value **outputs; /* NULL where nobody wants one */
    size_t output_count;
    sard_epilogue *epilogue;
    size_t epilogue_count;
    sard_node *previous, *next;
};

/* A value of an outer graph that a subgraph reads. `inner` is an input of the subgraph beyond input_count. */
typedef struct sard_capture {
    sard_value *inner, *outer;
} sard_capture;

/* "64*N" is 64 times "N", whoever names it: factor and base; other symbols are once themselves. */
typedef struct sard_symbol {
    const char *name;
    int64_t factor, base;
} sard_symbol;

typedef struct sard_symbols {
    sard_symbol *list;
    size_t count, capacity;
} sard_symbols;

/* What folding may still add to the graph, and compute (sard_node_work). */
typedef struct sard_fold_budget {
    uint64_t bytes, work;
} sard_fold_budget;

/* What a file says about the type and the shape of an output, NONE and -1 where it is silent. Nobody computes with it; it is told again where
 * inference knows less. */
typedef struct sard_claim {
    sard_dtype dtype;
    int rank;
    int64_t dims[SARD_MAX_RANK];
} sard_claim;

/* Text about the whole model. A key may be that of a field of the file and that of free metadata too, so which one it is stands by it. */
typedef struct sard_metadata {
    const char *key, *value;
    bool is_field;
} sard_metadata;

/* A model as its frontend opened it. The struct that the frontend makes of it begins with this. */
typedef struct sard_origin {
    const struct sard_frontend *frontend;
} sard_origin;

struct sard_graph {
    sard_arena *arena;
    sard_arena own; /* the arena of a graph made by sard_graph_new */
    const sard_op_table *ops;
    const char *name, *doc;
    sard_graph *parent;    /* of a subgraph: the graph its node stands in */
    sard_symbols *symbols; /* shared with subgraphs */
    sard_value **values;
    size_t value_count, value_capacity;
    sard_value **names; /* hash table, open addressing; a power of two */
    size_t name_count, name_capacity;
    size_t next_number; /* for a name that is in use */
    sard_value **inputs, **outputs;
    size_t input_count, input_capacity, output_count, output_capacity;
    const char **output_names;      /* of the outputs, whatever values passes put there */
    const sard_claim **claims;      /* about the outputs, NULL: none */
    size_t name_slots, claim_slots; /* capacities */
    sard_node *first, *last;
    size_t node_count;
    sard_capture *captures;
    size_t capture_count, capture_capacity;
    size_t *capture_table; /* finds them while the graph is made */
    size_t capture_table_size;
    size_t capture_first;           /* the first capture is this one of the owning node's inputs */
    struct sard_rewriter *rewriter; /* that passes edit it with now (rewrite.h); NULL: none */
    sard_metadata *metadata;
    size_t metadata_count, metadata_capacity;
    const sard_origin *origin; /* whose memory constants lie in; NULL: nobody's but the graph's */
};

/* An empty graph in `arena`; NULL when memory runs out. sard_graph_free does nothing to it. */
sard_graph *sard_graph_create(sard_arena *arena, const sard_op_table *ops, const char *name);
/* A subgraph for an attribute of a node of `parent`. */
sard_graph *sard_graph_create_inner(sard_graph *parent, const char *name);
/* The inner value that stands for `outer`, a value of graph->parent. The same for the same. Before the owning node is made. */
sard_value *sard_graph_capture(sard_graph *graph, sard_value *outer);
/* A copy in another arena; constants and attributes are shared, so `graph` must outlive it. NULL when memory runs out. */
sard_graph *sard_graph_clone(sard_arena *arena, const sard_graph *graph);

/* Appends; both are copied, `value` may be NULL: nothing is done. False when memory runs out. */
bool sard_graph_add_metadata(sard_graph *graph, const char *key, const char *value, bool is_field);

/* A value made by nobody yet. A name in use gets a number at its end. */
sard_value *sard_graph_add_value(sard_graph *graph, const char *name);

/* All that makes a node. output_names: NULL names them after the node; a NULL or empty one is an output that nobody wants. */
typedef struct sard_node_parts {
    const sard_op *op;
    const char *name;
    sard_value *const *inputs;
    size_t input_count;
    const sard_attr *attrs;
    size_t attr_count;
    void *ready; /* the attribute struct, if it exists already: attrs is then looked at for subgraphs only */
    const char *const *output_names;
    size_t output_count;
    sard_node *before; /* NULL: at the end */
} sard_node_parts;

/* Makes a node, reads and checks its attributes and counts; infers nothing. Fails with MODEL or NOMEM. */
sard_status sard_graph_make_node(sard_graph *graph, const sard_node_parts *parts, sard_node **out, sard_error *error) SARD_MUST_USE;

/* Makes a node and infers it; where that fails it is taken out again. Fails as inference does, too. */
sard_status sard_graph_put_node(sard_graph *graph, const sard_node_parts *parts, sard_node **out, sard_error *error) SARD_MUST_USE;

/* Checks the types of the inputs, gives the outputs those that the ports tell, and calls op->infer; then the same for what stands in the
 * epilogue, which must keep type and sizes of output 0. Outputs are unknown after a failure. */
sard_status sard_node_infer(sard_node *node, sard_error *error) SARD_MUST_USE;
/* sard_node_infer for all nodes in order. `problem` (may be NULL) gets each failure and the walk goes on; the first one is returned. */
sard_status sard_graph_infer(sard_graph *graph, void (*problem)(void *user, const sard_error *error), void *user,
                             sard_error *error) SARD_MUST_USE;

/* Moves the operator of `node`, the only user of `producer`'s output 0, into the producer's epilogue, takes `node` out and gives its
 * output to the producer. The other inputs of `node` must be made before the producer. `slot`: which input of node. False (nothing done)
 * when memory runs out. */
bool sard_node_absorb(sard_node *producer, sard_node *node, size_t slot);
/* Takes out `node`, the only user of `producer`'s output 0 and what the producer now does by itself: it makes that node's output from here
 * on. So a name keeps its meaning, which sard_value_replace would not do. */
void sard_node_take_over(sard_node *producer, sard_node *node);
/* The opposite of sard_node_absorb for the last entry: makes it a node again, behind `node`. */
sard_status sard_node_split_epilogue(sard_node *node, sard_error *error) SARD_MUST_USE;

/* Appends the inputs of `joined` to those of `node`, which reads what it makes, and takes it out of the graph. It keeps its arrays, so that
 * it can still be looked at. False (nothing done) when memory runs out. */
bool sard_node_join(sard_node *node, sard_node *joined);

/* Whether somebody uses a result of the node. */
bool sard_node_is_used(const sard_node *node);
/* Multiply-adds, and bytes that nodes read and write, as sard_pass_report has them. */
void sard_graph_work(const sard_graph *graph, double *macs, double *bytes);
/* Element operations of one evaluation of a node without its subgraphs, an estimate from shapes alone: what budgets of work are counted in.
 * Dims that are not known count as 1. */
double sard_node_work(const sard_node *node);
/* For sard_op.work: the elements of a value (may be NULL), and those of all outputs, for operators that look at part of their inputs. */
double sard_value_elements(const sard_value *value);
double sard_outputs_work(const sard_node *node);

/* Takes out the optional results of a node that nobody uses; false: there are none. */
bool sard_node_drop_outputs(sard_node *node);
/* Takes out the nodes whose results nobody uses, and the optional results that nobody uses. Returns how many nodes went. */
size_t sard_graph_remove_dead(sard_graph *graph);

/* Makes the results of a node constants where all they depend on is known: its inputs, or the contents that inference found. At most
 * budget->bytes are added to the arena; the budget becomes what is left. *folded: whether anything was. A node whose evaluation fails is
 * left as it is. */
sard_status sard_node_fold(sard_node *node, sard_fold_budget *budget, bool *folded, sard_error *error) SARD_MUST_USE;

/* Gives a node without epilogue and subgraphs room for `count` inputs of its operator's own. False when memory runs out. */
bool sard_node_set_input_count(sard_node *node, size_t count);

/* Makes a value a constant (it loses its producer as far as the graph is concerned: the node's output becomes unwanted). */
bool sard_value_set_constant(sard_value *value, const sard_tensor *tensor);
/* Copies what is known of a small integer value; count over SARD_MAX_CONTENTS forgets it. False when memory runs out. */
bool sard_value_set_contents(sard_value *value, const sard_content *contents, size_t count);
/* The elements of a small integer (or bool) value of rank 0 or 1 as far as known, from a constant or by inference; -1: nothing known. */
int sard_value_contents(const sard_value *value, sard_content out[SARD_MAX_CONTENTS]);
void sard_value_set_type(sard_value *value, sard_dtype dtype, int rank, const int64_t *dims);
bool sard_value_same_shape(const sard_value *a, const sard_value *b); /* both known to be equal */
bool sard_value_is_static(const sard_value *value);                   /* rank and all dims known */
/* factor times a dim: a number, a symbol, or SARD_UNKNOWN_DIM, also where there are too many of them. factor: 0 or more. */
int64_t sard_dim_multiple(sard_graph *graph, int64_t dim, int64_t factor);
/* The factor of a symbol; *base: what it is a multiple of. */
int64_t sard_dim_factor(const sard_graph *graph, int64_t symbol, int64_t *base);

/* "[2,64*N,?]", cut where there is no room. */
void sard_dims_text(const sard_graph *graph, int rank, const int64_t *dims, char *text, size_t size);

/* A dimension as a factor, for what is counted before free dimensions are known. */
static inline double sard_extent(int64_t dim) { return dim < 0 ? 1 : (double)dim; }
/* Its constant with data aligned for its type: itself, or a copy in `arena`. NULL when memory runs out. */
const sard_tensor *sard_tensor_align(sard_arena *arena, const sard_tensor *tensor);

/* Attributes: fills the struct of `op` from a list; the struct lies in `arena`. Fails with MODEL or NOMEM; errors begin with `what`. */
sard_status sard_attrs_read(const sard_op *op, const sard_attr *attrs, size_t count, sard_arena *arena, void **out, const char *what,
                            sard_error *error) SARD_MUST_USE;

/* As sard_node_attr, of any attribute struct (epilogues). */
bool sard_attrs_write(const sard_op *op, void *attrs, size_t i, sard_attr *out);

/* Subgraphs of a node: the i-th attribute of kind GRAPH that is there, or NULL. */
sard_graph *sard_node_subgraph(const sard_node *node, size_t i);

/* A line per broken invariant is an error of sard itself: order, uses, names, types of values. */
sard_status sard_graph_verify(const sard_graph *graph, sard_error *error) SARD_MUST_USE;

#endif
