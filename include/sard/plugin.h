/**
 * sard plugins: operators, kernels, backends and passes. The built-in ones are made of the same structs.
 *
 * A plugin is a shared object with one exported function:
 *
 *     sard_status sard_plugin_register(sard_context *context, sard_error *error)
 *     {
 *         return sard_context_register_op(context, &my_op, error);
 *     }
 *
 * Structs that are registered start with `struct_size = sizeof it` and are copied: members that the library does not know are ignored,
 * members that the plugin does not have are zero. What they point to must stay while the context lives.
 * A name registered twice: the last one wins, so that a plugin can replace a built-in.
 * The passes and kernels of the library leave an operator alone that replaces a built-in one: it is evaluated by its own eval, or runs in
 * kernels of plugins, which are told by name. Nodes that passes of the library make are always the library's own.
 *
 * Pointers. Registration, and what asks about a context: as in sard.h. sard_node_*, sard_value_* and sard_graph_*: as in graph.h.
 * sard_call_*, sard_packing_* and sard_binding_* are called from within kernels and check none: they take what the library handed to the
 * plugin's function, which is never NULL. What NULL does there is undefined, also for `work`, `graph`, `fresh`, `format`, `dims` of a rank
 * above 0 and lists that have elements. `error` and `arg` may be NULL everywhere.
 *
 * What stays: operators, what their infer and eval call, passes and registration change as sard.h says of versions. What stands under
 * "unstable" (kernels, backends, what they are packed and bound with) follows the planner and may change in any release, also after 1.0:
 * build such plugins for one version of the library. So may what a sard_call has for kernels alone (packed, scratch, joined, state) and
 * sard_call_epilogue.
 */
#ifndef SARD_PLUGIN_H
#define SARD_PLUGIN_H

#include <sard/graph.h>
#include <sard/rows.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- operators: what a node means ---- */

/** Sets of element types: bit 1 << dtype. */
#define SARD_SET(dtype) (1u << SARD_##dtype)
#define SARD_SET_FLOAT (SARD_SET(F32) | SARD_SET(F64) | SARD_SET(F16) | SARD_SET(BF16))
#define SARD_SET_SIGNED (SARD_SET(I8) | SARD_SET(I16) | SARD_SET(I32) | SARD_SET(I64))
#define SARD_SET_UNSIGNED (SARD_SET(U8) | SARD_SET(U16) | SARD_SET(U32) | SARD_SET(U64))
#define SARD_SET_INTEGER (SARD_SET_SIGNED | SARD_SET_UNSIGNED)
#define SARD_SET_NUMBER (SARD_SET_FLOAT | SARD_SET_INTEGER)
#define SARD_SET_INDEX (SARD_SET(I32) | SARD_SET(I64))
/** Every type that is computed with. */
#define SARD_SET_ANY (SARD_SET_NUMBER | SARD_SET(BOOL) | SARD_SET(STRING))
#define SARD_SET_FLOAT8 (SARD_SET(F8E4M3FN) | SARD_SET(F8E4M3FNUZ) | SARD_SET(F8E5M2) | SARD_SET(F8E5M2FNUZ))
#define SARD_SET_SMALL_INTEGER (SARD_SET(U4) | SARD_SET(I4) | SARD_SET(U2) | SARD_SET(I2))
/** Types for storage, which are moved around and converted. */
#define SARD_SET_SMALL (SARD_SET_FLOAT8 | SARD_SET(F8E8M0) | SARD_SET(F4E2M1) | SARD_SET_SMALL_INTEGER)
/** Every type but complex numbers. */
#define SARD_SET_ALL (SARD_SET_ANY | SARD_SET_SMALL)
/** Lists of any item type: sequences, optionals. In no other set. */
#define SARD_SET_SEQUENCE (1u << 30)
#define SARD_SET_OPTIONAL (1u << 31)
#define SARD_SET_LIST (SARD_SET_SEQUENCE | SARD_SET_OPTIONAL)

typedef enum sard_port_flags {
    SARD_OPTIONAL = 1, /**< may be left out */
    SARD_VARIADIC = 2, /**< the last one: any number of them, at least one */
    SARD_MIXED = 4,    /**< with VARIADIC: each may have a type of its own */
} sard_port_flags;

/**
 * An input or output of an operator.
 * type     a letter: ports with the same one have the same element type; an output whose letter an input has gets its type
 * dtypes   what sard can evaluate; where an output's letter stands at no input and the set has one member, that is its type
 */
typedef struct sard_port {
    const char *name;
    char type;
    uint8_t flags;
    uint32_t dtypes;
} sard_port;

typedef struct sard_ints {
    const int64_t *data; /**< NULL: not given */
    size_t count;
} sard_ints;

typedef struct sard_floats {
    const float *data;
    size_t count;
} sard_floats;

typedef struct sard_strings {
    const sard_string *data;
    size_t count;
} sard_strings;

typedef enum sard_attr_flags {
    SARD_REQUIRED = 1,
    SARD_RANGED = 2, /**< `min` and `max` hold for the integer, or for each one of a list */
} sard_attr_flags;

/**
 * A row of an operator's attributes. The member at `offset` of its struct has the type that `kind` asks for:
 * INT int64_t, FLOAT float, STRING const char * (ends with a zero), TENSOR const sard_tensor * (aligned), GRAPH sard_graph *,
 * INTS sard_ints, FLOATS sard_floats, STRINGS sard_strings; and STRING with `choices` int64_t: the index of the word.
 * Attributes that are not given: `i`, `f` or `s`; NULL, or a list with data NULL, for the others.
 */
typedef struct sard_attr_spec {
    const char *name;
    sard_attr_kind kind;
    uint32_t flags;
    size_t offset;
    int64_t i;
    float f;
    const char *s;
    int64_t min, max;
    const char *const *choices; /**< ends with NULL */
} sard_attr_spec;

typedef enum sard_traits {
    SARD_ELEMENTWISE = 1,    /**< output 0 has the (broadcast) shape of the inputs, each element from those at its place */
    SARD_COMMUTATIVE = 2,    /**< input 0 and 1 may be swapped */
    SARD_DATA_DEPENDENT = 4, /**< shapes of outputs depend on elements; eval asks for them with sard_call_output */
    SARD_IN_PLACE = 8,       /**< eval works when output 0 is the memory of the first input of that shape and type */
    SARD_SPATIAL = 16,       /**< infer and eval look at the node's layout */
    SARD_UNKNOWN_RANKS = 32, /**< infer copes with inputs of unknown rank or type */
    SARD_NO_FOLD = 64,       /**< never evaluated ahead of time */
    SARD_MACS = 128,         /**< Conv-like or a matrix product: counted in multiply-adds */
    SARD_ACTIVATION = 256,   /**< ELEMENTWISE, and output 0 has type and shape of input 0: passes apply it to sums in registers */
} sard_traits;

typedef struct sard_call sard_call;

/**
 * An operator.
 * since       the opset version whose meaning this is; a model that imports a later one is taken if nothing changed up to `upto`
 * inputs      rows that end with name NULL; likewise outputs and attrs (attrs may be NULL)
 * infer       sets dtype (where the ports leave it open), rank, dims and perhaps contents of the outputs. Called when the inputs'
 *             types are right and their ranks known; dims may be unknown. Called again when dims become known. Everything that can
 *             be said about wrong shapes and attributes is said here.
 * eval        the specification: plain loops; float sums in double. All dims are known, outputs allocated (except DATA_DEPENDENT).
 *             Any number of calls at once.
 * macs        multiply-adds for the shapes of a node, or NULL
 * work        element operations of one evaluation for the shapes of a node, dims that are not known counted as 1; NULL: the elements of its
 *             inputs and outputs, and macs. What takes longer than that (windows, sorts) or looks at less says so here: it is what bounds
 *             folding (sard_limits.fold_work) and runs
 */
typedef struct sard_op {
    size_t struct_size;
    const char *domain, *name;
    int since, upto;
    uint32_t traits;
    const sard_port *inputs, *outputs;
    const sard_attr_spec *attrs;
    size_t attrs_size;
    sard_status (*infer)(sard_node *node, sard_error *error);
    sard_status (*eval)(const sard_call *call);
    double (*macs)(const sard_node *node);
    double (*work)(const sard_node *node);
} sard_op;

/** For infer: sets type and shape of output i (nothing if nobody wants it). rank > SARD_MAX_RANK fails. */
SARD_API sard_status sard_node_set_output(sard_node *node, size_t i, sard_dtype dtype, int rank, const int64_t *dims, sard_error *error);

/** For infer: the elements of input i as integers if all are known (constant, or computed from shapes). False if not, or over `max`. */
SARD_API bool sard_node_input_ints(const sard_node *node, size_t i, int64_t *out, size_t max, size_t *count);

#define SARD_MOST_JOINED 4 /**< nodes that a kernel runs beside its own */

/**
 * A call of eval, or of a kernel. Omitted inputs, and outputs that nobody wants, have dtype SARD_NONE.
 * inputs    the operator's own, then operands of the epilogue and captures of subgraphs, then all inputs of the joined nodes, in order
 * joined    the nodes that the kernel's join told; what they make has no memory
 * packed    what `pack` packed; scratch: scratch_bytes of memory aligned to 64, contents undefined
 */
struct sard_call {
    size_t struct_size;
    const sard_node *node;
    const void *attrs;
    const sard_tensor *inputs;
    size_t input_count;
    sard_tensor *outputs;
    size_t output_count;
    void *const *packed;
    size_t packed_count;
    void *scratch;
    size_t scratch_bytes;
    sard_error *error;
    const struct sard_host *host;
    const struct sard_target *target; /**< of the plan; NULL outside of one */
    const sard_node *const *joined;
    size_t joined_count;
    const void *state; /**< what bind left; NULL: nothing */
};

/** Runs work(arg, i) for each i of 0 .. count-1, on several threads where there are; returns when all are done. */
SARD_API void sard_call_parallel(const sard_call *call, size_t count, void (*work)(void *arg, size_t i), void *arg);

#define SARD_SLOTS 16 /**< items of sard_call_parallel_slots that may be at work at once */

/** sard_call_parallel for work that needs scratch of its own: no other item at work has its slot, which is below SARD_SLOTS. */
SARD_API void sard_call_parallel_slots(const sard_call *call, size_t count, void (*work)(void *arg, size_t i, unsigned slot), void *arg);

/**
 * Was the run cancelled? For long loops outside of sard_call_parallel (which asks before each item), every million operations or so: eval
 * returns then, whatever its results are by now, and the run ends with CANCELLED.
 */
SARD_API bool sard_call_stopped(const sard_call *call);

/** How many threads sard_call_parallel may have. For the cut of the work alone: results must not depend on it. */
SARD_API int sard_call_threads(const sard_call *call);

/** Memory until the call returns, aligned to 64; NULL when it runs out. Not for kernels' hot paths: ask for scratch in bind. */
SARD_API void *sard_call_alloc(const sard_call *call, size_t bytes);

/** DATA_DEPENDENT: gives output i its shape and memory; afterwards call->outputs[i].data is set. */
SARD_API sard_status sard_call_output(const sard_call *call, size_t i, int rank, const int64_t *dims) SARD_MUST_USE;

/**
 * Runs a subgraph of this node. inputs: as the subgraph has. outputs: count of them; their memory lives until the next call but one, so
 * that results may be inputs of the next, or until eval is over. What the subgraph captures is passed on by itself.
 */
SARD_API sard_status sard_call_subgraph(const sard_call *call, const sard_graph *graph, const sard_tensor *inputs, size_t input_count,
                                        sard_tensor *outputs, size_t output_count) SARD_MUST_USE;

/** For kernels that take any epilogue: applies the node's to output 0, in place, by the operators' evaluation. */
SARD_API sard_status sard_call_epilogue(const sard_call *call) SARD_MUST_USE;

/** `return sard_call_fail(call, SARD_DATA, "index %d ...")`: the text gets operator and node before it. */
SARD_API sard_status sard_call_fail(const sard_call *call, sard_status status, const char *format, ...) SARD_PRINTF(3, 4);

/** NOMEM, "out of memory". */
SARD_API sard_status sard_no_memory(sard_error *error);

/** sard_call_fail for infer, pack and bind. node NULL: the text alone. */
SARD_API sard_status sard_node_fail(const sard_node *node, sard_error *error, sard_status status, const char *format, ...)
    SARD_PRINTF(4, 5);

/* ---- what a node means: for kernels and passes ---- */

#define SARD_MAX_SPATIAL 6

/** A tensor N, C, spatial in either layout. Strides in elements. */
typedef struct sard_spatial {
    int count; /**< spatial dimensions */
    int64_t n, c, size[SARD_MAX_SPATIAL];
    int64_t stride_n, stride_c, stride[SARD_MAX_SPATIAL];
} sard_spatial;

/** rank: at least 2, at most SARD_MAX_SPATIAL + 2. ld as in sard_tensor. */
SARD_API sard_spatial sard_spatial_of(sard_layout layout, int rank, const int64_t *dims, int64_t ld);

/** A window that slides: kernel, stride, dilation and padding of each spatial dimension, defaults filled in. */
typedef struct sard_window {
    int count;
    int64_t kernel[SARD_MAX_SPATIAL], stride[SARD_MAX_SPATIAL], dilation[SARD_MAX_SPATIAL];
    int64_t begin[SARD_MAX_SPATIAL], end[SARD_MAX_SPATIAL]; /**< padding */
    int64_t out[SARD_MAX_SPATIAL];                          /**< outputs, or SARD_UNKNOWN_DIM */
} sard_window;

/**
 * The window of a Conv, MaxPool or AveragePool whose inputs have known shapes, auto_pad resolved. Fails with UNSUPPORTED for other
 * operators and for those of plugins, SHAPE where attributes and shapes do not fit.
 */
SARD_API sard_status sard_node_window(const sard_node *node, sard_window *out, sard_error *error) SARD_MUST_USE;

/** One tap that reads each place once: a product of matrices. */
SARD_API bool sard_window_is_point(const sard_window *window);

/** Strides, in elements, of a tensor read as if it had `dims`, to which it broadcasts; broadcast dims get stride 0. */
SARD_API void sard_broadcast_strides(const sard_tensor *tensor, int rank, const int64_t *dims, int64_t *strides);

/**
 * An operator applied to output 0 (sard_node_epilogue_count). Its input `slot` is the running result. The others are, in order, inputs
 * first, first + 1, ... of the call, and operands of the node: sard_node_operand(node, first - sard_node_input_count(node)).
 */
typedef struct sard_epilogue_info {
    const char *domain, *op, *name; /**< name: of the node that it was */
    bool built_in;                  /**< the library's operator, not one of a plugin that has its name */
    const void *attrs;
    size_t slot, input_count, first; /**< input_count includes the slot */
} sard_epilogue_info;

/** False beyond the last. What `out` points to belongs to the graph. */
SARD_API bool sard_node_epilogue(const sard_node *node, size_t i, sard_epilogue_info *out);

/* ---- unstable: kernels and backends, how a node runs. May change in any release ---- */

#define SARD_ISA_LIST(X) \
    X(SSE2, "sse2")      \
    X(AVX2, "avx2")      \
    X(AVX512, "avx512")  \
    X(NEON, "neon")

typedef enum sard_isa {
#define X(name, text) SARD_ISA_##name,
    SARD_ISA_LIST(X)
#undef X
} sard_isa;

/**
 * What a plan is made for: the machine, and how exact the session wants to be.
 * isa: bits 1 << sard_isa (AVX2 includes FMA; AVX512 is F, BW, DQ, VL); caches in bytes a core.
 */
typedef struct sard_target {
    size_t struct_size;
    uint32_t isa;
    size_t l1, l2, l3;
    sard_accuracy accuracy;
} sard_target;

typedef struct sard_packing sard_packing;

/** What the plan is made for. */
SARD_API const sard_target *sard_packing_target(const sard_packing *packing);

/** The joined nodes, as in a call; NULL beyond the last. */
SARD_API const sard_node *sard_packing_joined(const sard_packing *packing, size_t i);

/**
 * Memory in the model's store for data derived from the node's constants, `slot` 0, 1, ...; it becomes call->packed[slot]. All
 * sessions of a model share it: *fresh says whether this caller has to fill it. NULL when memory runs out.
 */
SARD_API void *sard_packing_memory(sard_packing *packing, size_t slot, size_t bytes, bool *fresh);

/**
 * Would scratch of so many bytes be within the caller's limit (arena_bytes)? A kernel that packs much asks first, with the most that its
 * bind may ask for: where the answer is false, `pack` fails with NOMEM at once, and another kernel gets the node.
 */
SARD_API bool sard_packing_fits(sard_packing *packing, size_t scratch);

/** sard_call_parallel for `pack`: runs work(arg, i) for each i of 0 .. count-1, on several threads where there are. */
SARD_API void sard_packing_parallel(const sard_packing *packing, size_t count, void (*work)(void *arg, size_t i), void *arg);

/**
 * What a kernel is bound to, once every value has its place.
 * inputs    as in a call, with final dims and distances of rows (ld). data: the elements of constants, except where SARD_KERNEL_PACKED
 *           leaves them out; NULL for what a run makes
 * outputs   likewise; data is NULL
 * threads   as sard_call_threads will tell
 * state     set by bind: sard_call.state of all runs; memory of sard_binding_alloc
 */
typedef struct sard_binding {
    size_t struct_size;
    const sard_node *node;
    const void *attrs;
    const sard_tensor *inputs;
    size_t input_count;
    const sard_tensor *outputs;
    size_t output_count;
    void *const *packed;
    size_t packed_count;
    const sard_node *const *joined;
    size_t joined_count;
    const sard_target *target;
    int threads;
    const void *state;
    struct sard_bind *maker; /**< the planner's */
} sard_binding;

/** Memory of zeros, aligned to 64, that lasts as long as the plan; NULL when it runs out. */
SARD_API void *sard_binding_alloc(sard_binding *binding, size_t bytes);

/**
 * The kernel needs this much scratch in each run; the largest request counts. Where that is over the caller's limit (arena_bytes) another
 * kernel gets the node.
 * Returns the largest so far.
 */
SARD_API size_t sard_binding_scratch(sard_binding *binding, size_t bytes);

/**
 * A constant before its scaling, for kernels that pack weights. Each element of row i of its first dimension stands for
 * element * (*factors)[i], in double, rounded once to the constant's type. *factors is NULL where there is nothing to scale: the
 * constant's own elements. The elements (perhaps not aligned) and factors are the graph's. Kernels that would rather have the
 * products call sard_value_constant, which makes them. NULL where value is no constant, or value or factors is NULL.
 */
SARD_API const sard_tensor *sard_value_unscaled(const sard_value *value, const double **factors);

typedef enum sard_kernel_flags {
    SARD_KERNEL_UNALIGNED = 1,  /**< constants may have any address (they lie in the mapped file) */
    SARD_KERNEL_STRIDED = 2,    /**< takes and makes tensors whose rows lie apart (sard_tensor.ld), epilogue operands too */
    SARD_KERNEL_IN_PLACE = 4,   /**< works when output 0 is the memory of the first input of its type and shape */
    SARD_KERNEL_EVALUATES = 16, /**< calls the operator's eval, and works in place where that does (SARD_IN_PLACE) */
    SARD_KERNEL_PACKED = 8,     /**< its runs don't read constants among the operator's own inputs: `pack` packed them */
} sard_kernel_flags;

/**
 * One way to run one operator.
 * op        NULL: any operator
 * matches   shapes and types are final, the epilogue included; why (may be ignored): a few words on what keeps it away
 * cost      estimated nanoseconds from constants of the ISA; never from thread count or place in a batch. NULL: 0
 * pack      packs weights; knows nothing of memory yet. NULL: there is nothing to pack
 * bind      works out once, from final dims and distances, all that runs need beside pointers: it leaves that in binding->state and asks
 *           for scratch. NULL: there is nothing to work out
 * run       hot: no allocation, no lock, nothing derived from shapes; fails only on data
 * join      for kernels that run several nodes at once, NULL for all others: the node is the last of them. Tells the ones before it,
 *           each of which makes what a later one reads, nearest first; returns how many, 0 where it does not match. They join if nobody
 *           else reads what they make, if `cost` is below the sum of the costs of the kernels chosen for each, and if the user prefers the
 *           backend of none of these. Such a kernel has no `matches`.
 */
typedef struct sard_kernel {
    size_t struct_size;
    const char *name, *domain, *op;
    uint32_t flags;
    bool (*matches)(const sard_node *node, const sard_target *target, const char **why);
    double (*cost)(const sard_node *node, const sard_target *target);
    sard_status (*pack)(const sard_node *node, sard_packing *packing, sard_error *error);
    sard_status (*bind)(sard_binding *binding, sard_error *error);
    sard_status (*run)(const sard_call *call);
    size_t (*join)(const sard_node *node, const sard_target *target, const sard_node *joined[SARD_MOST_JOINED]);
} sard_kernel;

/**
 * kernels: kernel_count pointers. usable: can it work on this machine (NULL: always)? Cheap after the first call.
 * on_request: used only where sard_session_options.backends names it.
 * flushes: kernels run, on each thread, with denormals counted as zero and rounding to nearest; the threads' own state is restored.
 */
typedef struct sard_backend {
    size_t struct_size;
    const char *name;
    bool (*usable)(const sard_target *target, const char **why);
    const sard_kernel *const *kernels;
    size_t kernel_count;
    bool flushes;
    bool on_request;
} sard_backend;

/* ---- passes: what may be rewritten (stable again) ---- */

/** What a pass works with. */
typedef struct sard_rewriter sard_rewriter;

/**
 * A pass edits a graph through graph.h. It keeps names of inputs and outputs, and the meaning. It has either `rewrite` or `run`.
 * name         letters, digits, '_' and '-'
 * level        the lowest level that runs it
 * before       name of the pass it runs before; NULL: at the end (built-ins stand in passes.def instead)
 * domain, op   the nodes that `rewrite` is called for; domain NULL is ai.onnx, op NULL is every node of every domain
 * rewrite      looks at one node whose results are used, and makes one edit whole (then it calls sard_rewriter_edited) or none. It is
 *              called for the nodes of the graph in order, not for those of subgraphs; also for new ones after the node at hand. It may
 *              remove any node, also this one, and leave nodes without users: the runner removes those.
 * run          for what a walk from first to last cannot do: looks at the graph as it likes. Before each edit it asks
 *              sard_rewriter_may_edit and returns SARD_OK where there may be no more; after each it calls sard_rewriter_count.
 * Both fail only where memory runs out, or the graph cannot be right any more; they write the reason to sard_rewriter_error.
 */
typedef struct sard_pass {
    size_t struct_size;
    const char *name, *reason;
    sard_level level;
    const char *before;
    const char *domain, *op;
    sard_status (*rewrite)(sard_rewriter *rewriter, sard_node *node);
    sard_status (*run)(sard_rewriter *rewriter);
} sard_pass;

SARD_API sard_graph *sard_rewriter_graph(const sard_rewriter *rewriter);
SARD_API sard_error *sard_rewriter_error(const sard_rewriter *rewriter);

/** For `rewrite`: it made its edit. */
SARD_API void sard_rewriter_edited(sard_rewriter *rewriter);

/** For `run`: false where sard_model_options.stop_after is reached, or rewriter is NULL. */
SARD_API bool sard_rewriter_may_edit(const sard_rewriter *rewriter);

/**
 * For `run`: counts an edit. node: what it was about, also one that is no longer in the graph. Debug builds verify the graph here; where
 * this fails the pass returns what it got.
 */
SARD_API sard_status sard_rewriter_count(sard_rewriter *rewriter, const sard_node *node) SARD_MUST_USE;

/* ---- registration ---- */

/** Fail with ARGUMENT where a struct lacks what it must have, or NOMEM. Not while models of the context are being loaded or planned. */
SARD_API sard_status sard_context_register_op(sard_context *context, const sard_op *op, sard_error *error) SARD_MUST_USE;
SARD_API sard_status sard_context_register_kernel(sard_context *context, const char *backend, const sard_kernel *kernel,
                                                  sard_error *error) SARD_MUST_USE;
/** A backend with its kernels; first in the order of preference. */
SARD_API sard_status sard_context_register_backend(sard_context *context, const sard_backend *backend, sard_error *error) SARD_MUST_USE;
SARD_API sard_status sard_context_register_pass(sard_context *context, const sard_pass *pass, sard_error *error) SARD_MUST_USE;

/** The i-th operator, backend or pass of a context (passes in order), NULL beyond the last. */
SARD_API const sard_op *sard_context_op(const sard_context *context, size_t i);
SARD_API const sard_backend *sard_context_backend(const sard_context *context, size_t i);
SARD_API const sard_pass *sard_context_pass(const sard_context *context, size_t i);

/** What a plugin exports. */
typedef sard_status (*sard_plugin_register_function)(sard_context *context, sard_error *error);

#ifdef __cplusplus
}
#endif
#endif
