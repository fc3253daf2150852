/**
 * sard: runs ONNX models on the CPU.
 *
 *     sard_context *context; sard_model *model; sard_session *session; sard_error error;
 *     if (sard_context_new(NULL, &context, &error) || sard_model_load(context, "inception_v3.onnx", NULL, &model, &error) ||
 *         sard_session_new(model, NULL, &session, &error))
 *         return puts(error.text), 1;
 *     sard_tensor in = {.dtype = SARD_F32, .rank = 4, .dims = {1, 3, 299, 299}, .data = pixels, .bytes = sizeof pixels};
 *     sard_tensor out = {.dtype = SARD_NONE};
 *     if (sard_session_run(session, &in, 1, &out, 1, &error))
 *         return puts(error.text), 1;
 *     use out.dims, out.data: they belong to the session until its next run
 *
 * A context holds what can be used (operators, backends, threads, allocator, log); a model is a graph and its weights, never
 * changed after loading; a session is a plan and its memory. Free them in the reverse order.
 *
 * Errors: every function that can fail returns a sard_status and, where the caller gives a sard_error, writes one line into it that
 * names file, node, operator and numbers. After a failure nothing is returned, nothing is owed and the arguments still belong to the
 * caller. The library never exits, never prints, and opens no file but those it is told to (and the system's own that tell how many
 * processors, caches and how much memory there are).
 *
 * Pointers: options, `error`, `user` and what says so may be NULL, and lists of no elements. Any other NULL is an ARGUMENT that names it, or
 * NULL, 0, false, "nothing done" of functions without a status; so are options out of range. Functions that free do nothing then.
 *
 * Threads: a context may be used by many threads; a model too; a session by one at a time. After fork() the child may use contexts and
 * models, whatever other threads were doing with them, and sessions that were not in use.
 *
 * Options: each options struct starts with `struct_size = sizeof it`; zeroes mean the defaults; a NULL pointer means all of them. A
 * struct_size of 0, or one that reaches to nothing but itself, is an ARGUMENT. Structs that a function fills start with it as well.
 *
 * Versions: while the first number of the version is 0, the ABI is open. Structs with a struct_size grow at their ends; those without one
 * (sard_tensor, sard_limits, sard_allocator, sard_value_info, sard_attr, ...) and SARD_MAX_RANK may change with the second number, and
 * programs are then compiled again. CHANGELOG.md tells of each change. From 1.0 on they stay as they are.
 */
#ifndef SARD_SARD_H
#define SARD_SARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if UINTPTR_MAX < UINT64_MAX
#error "sard needs a 64-bit machine"
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define SARD_API __attribute__((visibility("default")))
#define SARD_MUST_USE __attribute__((warn_unused_result))
#define SARD_PRINTF(text, first) __attribute__((format(printf, text, first)))

/** The version of the library this header belongs to. */
#define SARD_VERSION_MAJOR 0
#define SARD_VERSION_MINOR 1
#define SARD_VERSION_PATCH 0

/** The version of the library that runs, "0.1.0". */
SARD_API const char *sard_version(void);

/* ---- status and errors ---- */

#define SARD_STATUS_LIST(X)                                      \
    X(OK, "success")                                             \
    X(NOMEM, "out of memory")                                    \
    X(IO, "a file can't be read or written")                     \
    X(PARSE, "the bytes are not what they should be")            \
    X(MODEL, "the model breaks a rule of its format")            \
    X(UNSUPPORTED, "valid, but sard lacks the operator or type") \
    X(SHAPE, "shapes or types disagree")                         \
    X(LIMIT, "over a limit that the caller can set")             \
    X(ARGUMENT, "the call is wrong")                             \
    X(DATA, "a value met at run time is out of range")           \
    X(CANCELLED, "stopped by sard_session_cancel")

typedef enum sard_status {
#define X(name, text) SARD_##name,
    SARD_STATUS_LIST(X)
#undef X
} sard_status;

/** What went wrong: one line without newline. Any `sard_error *` argument may be NULL. */
typedef struct sard_error {
    sard_status status;
    char text[1020];
} sard_error;

/** The meaning of a status, "out of memory". */
SARD_API const char *sard_status_text(sard_status status);

/** Writes a formatted line into `error` (may be NULL) and returns `status`, so that a function can `return sard_fail(...)`. */
SARD_API sard_status sard_fail(sard_error *error, sard_status status, const char *format, ...) SARD_PRINTF(3, 4);
#ifdef __clang_analyzer__ /* for static analysis of this project and of yours, which can't see that it returns the status it is given */
#define sard_fail(error, status, ...) ((void)sard_fail(error, status, __VA_ARGS__), (status))
#endif

/* ---- types and tensors ---- */

/**
 * Element types: name, text (numpy's word), the number ONNX gives it (TensorProto.DataType in onnx.proto, which is also ours), bits.
 * An element of fewer than 8 bits takes one byte in memory, wherever a sard_tensor is: integers as numbers (a signed one extended to 8
 * bits), float4e2m1 as its 4 bits. They are packed in files only. Of complex numbers sard knows the names: models that use them are refused
 * by name.
 */
#define SARD_DTYPE_LIST(X)                 \
    X(F32, "float32", 1, 32)               \
    X(U8, "uint8", 2, 8)                   \
    X(I8, "int8", 3, 8)                    \
    X(U16, "uint16", 4, 16)                \
    X(I16, "int16", 5, 16)                 \
    X(I32, "int32", 6, 32)                 \
    X(I64, "int64", 7, 64)                 \
    X(STRING, "string", 8, 128)            \
    X(BOOL, "bool", 9, 8)                  \
    X(F16, "float16", 10, 16)              \
    X(F64, "float64", 11, 64)              \
    X(U32, "uint32", 12, 32)               \
    X(U64, "uint64", 13, 64)               \
    X(C64, "complex64", 14, 64)            \
    X(C128, "complex128", 15, 128)         \
    X(BF16, "bfloat16", 16, 16)            \
    X(F8E4M3FN, "float8e4m3fn", 17, 8)     \
    X(F8E4M3FNUZ, "float8e4m3fnuz", 18, 8) \
    X(F8E5M2, "float8e5m2", 19, 8)         \
    X(F8E5M2FNUZ, "float8e5m2fnuz", 20, 8) \
    X(U4, "uint4", 21, 4)                  \
    X(I4, "int4", 22, 4)                   \
    X(F4E2M1, "float4e2m1", 23, 4)         \
    X(F8E8M0, "float8e8m0", 24, 8)         \
    X(U2, "uint2", 25, 2)                  \
    X(I2, "int2", 26, 2)

typedef enum sard_dtype {
    SARD_NONE = 0,
#define X(name, text, number, bits) SARD_##name = number,
    SARD_DTYPE_LIST(X)
#undef X
        SARD_SEQUENCE = 32,
    SARD_MAYBE = 64
} sard_dtype;

/** Types of lists: sequences of tensors, optional tensors or sequences. Such a value is a sard_tensor of rank 1 whose elements are dense
 * sard_tensors of the item's type, dims[0] of them (of an optional one or none). */
#define SARD_SEQUENCE_OF(dtype) ((sard_dtype)(SARD_SEQUENCE | (dtype)))
#define SARD_OPTIONAL_OF(type) ((sard_dtype)(SARD_MAYBE | (type)))

/** "float32", "seq(float32)", "optional(seq(float32))"; "none" for SARD_NONE and numbers that are no type. */
SARD_API const char *sard_dtype_name(sard_dtype dtype);

/** The type of that name, SARD_NONE if there is none. */
SARD_API sard_dtype sard_dtype_parse(const char *name);

/** Bytes of one element in memory, 1 for types below 8 bits, a sard_tensor's for lists; 0 for SARD_NONE. A bool is one byte, 0 or 1. */
SARD_API size_t sard_dtype_size(sard_dtype dtype);

#define SARD_MAX_RANK 8

/** One element of a string tensor: any bytes, not ended by a zero. It points into memory that outlives the tensor. */
typedef struct sard_string {
    const char *data;
    size_t size;
} sard_string;

/**
 * A tensor in memory, row-major. Element (i0, ..., ik) of a dense one is at ((i0 * dims[1] + i1) * dims[2] + ...).
 * dims   in elements, each >= 0; rank 0 is a scalar
 * ld     0: dense, as every tensor is that you give to a function or get from one; another number is an ARGUMENT. Kernels alone see others
 *        (SARD_KERNEL_STRIDED in plugin.h): elements from one row of the last dimension to the next
 * bytes  size of `data`; at least the elements' own
 */
typedef struct sard_tensor {
    sard_dtype dtype;
    int32_t rank;
    int64_t dims[SARD_MAX_RANK];
    int64_t ld;
    void *data;
    size_t bytes;
} sard_tensor;

/** Element i of a dense tensor whose data lies aligned, as a double (64-bit integers are rounded); 0 for strings and complex numbers. */
SARD_API double sard_tensor_get(const sard_tensor *tensor, size_t i);

/* ---- context ---- */

typedef struct sard_context sard_context;
typedef struct sard_model sard_model;
typedef struct sard_session sard_session;
typedef struct sard_graph sard_graph;

/** Memory of the caller's own. Both may be called from any thread. alloc: `size` > 0 bytes aligned to 16, or NULL. */
typedef struct sard_allocator {
    void *(*alloc)(void *user, size_t size);
    void (*free)(void *user, void *memory);
    void *user;
} sard_allocator;

typedef enum sard_log_level { SARD_LOG_WARNING = 1, SARD_LOG_INFO = 2, SARD_LOG_DEBUG = 3 } sard_log_level;

/**
 * What a model that nobody trusts may ask for: member of sard_limits, its name for the command (--limit), meaning [default]. Memory is that
 * of the machine, or of the control group where it has a limit. What a run allocates while it runs counts for `arena_bytes` with the plan.
 */
#define SARD_LIMIT_LIST(X)                                                                                         \
    X(file_bytes, "file", "bytes of the model file and of each external file [64 GiB]")                            \
    X(nodes, "nodes", "nodes of all graphs, after functions are inlined [1000000]")                                \
    X(nesting, "nesting", "depth of subgraphs, functions and messages in one another [32]")                        \
    X(value_bytes, "value", "bytes of one value, also while running [4 GiB, at most a quarter of the memory]")     \
    X(arena_bytes, "arena", "bytes of a run: values, scratch, subgraphs [16 GiB, at most half of the memory]")     \
    X(fold_bytes, "fold", "bytes that constant folding may add to a model [64 MiB]")                               \
    X(steps, "steps", "nodes executed in one run, those of loops too [10000000]")                                  \
    X(fold_work, "fold-work", "multiply-adds or element operations of folding, in a load and a plan [1000000000]") \
    X(work, "work", "the same of one run [2^50]")

/** 0: the default. */
typedef struct sard_limits {
#define X(member, name, text) uint64_t member;
    SARD_LIMIT_LIST(X)
#undef X
} sard_limits;

typedef struct sard_context_options {
    size_t struct_size;
    const sard_allocator *allocator;                                    /**< copied; NULL: malloc and free */
    void (*on_log)(void *user, sard_log_level level, const char *line); /**< from any thread; NULL: silence */
    void *on_log_user;
    int threads; /**< of the pool that the sessions share; 0: as many as affinity and cgroup quota allow. Made when first needed */
    const sard_limits *limits; /**< copied; NULL: the defaults */
    /**
     * A host's own threads in place of our pool: runs work(arg, i) once for each i below count, in any order, on up to `threads` threads
     * at once, and returns when all are done. Doing all of it in a plain loop is right as well. `threads` above should say how many
     * there are. NULL: our own pool, which a child after fork() makes anew.
     */
    void (*parallel)(void *user, int threads, size_t count, void (*work)(void *arg, size_t i), void *arg);
    void *parallel_user;
} sard_context_options;

/** Makes a context with all built-in operators, passes and backends. Fails with NOMEM, or ARGUMENT (options). */
SARD_API sard_status sard_context_new(const sard_context_options *options, sard_context **out, sard_error *error) SARD_MUST_USE;

/** Frees it; NULL does nothing. Its models and sessions must be gone. */
SARD_API void sard_context_free(sard_context *context);

/** How many threads its sessions may use: what the options said, or what was found. */
SARD_API int sard_context_threads(const sard_context *context);

/**
 * Loads a plugin, a shared object that exports `sard_plugin_register` (plugin.h). It stays loaded as long as the context.
 * Fails with IO (not found, not a shared object), ARGUMENT (no such symbol), or what the plugin returned.
 */
SARD_API sard_status sard_context_load_plugin(sard_context *context, const char *path, sard_error *error) SARD_MUST_USE;

/* ---- model ---- */

/** How much the passes may do to a graph. */
typedef enum sard_level {
    SARD_LEVEL_DEFAULT = 0, /**< SARD_O2 */
    SARD_O0,                /**< nothing: the graph as it is in the file */
    SARD_O1,                /**< dead code, constants, no-ops: the same operations on the same numbers */
    SARD_O2,                /**< folding and fusing: the same up to rounding */
    SARD_O3,                /**< all passes */
} sard_level;

/** What a model's floats are computed in. */
typedef enum sard_precision {
    SARD_PRECISION_MODEL = 0, /**< the types that the file says */
    /**
     * float64, whatever the file says: constants are widened, results are float64, outputs too; inputs keep their types. For proofs: such a
     * model is slow (the reference runs it) and its floats take up to four times the memory. Loading fails with UNSUPPORTED where an operator
     * has no float64 (DequantizeLinear, say).
     */
    SARD_PRECISION_F64,
} sard_precision;

/**
 * What one pass did to a graph when it ran once; valid during the callback. Passes run in rounds, so each may be told several times.
 * reason           what it is for
 * edits            rewrites it made
 * first_edit       number of the first of them, counted from 1 over all passes: stop_after = first_edit - 1 ends before them
 * node             name of the node that its last edit was about; NULL without edits
 * macs, bytes      of one run of the graph: multiply-adds; sizes of what each node reads and writes, weights too. Free dimensions
 *                  count as 1, what has no known rank as nothing
 * milliseconds     of the pass alone
 */
typedef struct sard_pass_report {
    size_t struct_size;
    const char *name;
    const char *reason;
    size_t edits;
    size_t nodes_before, nodes_after;
    double milliseconds;
    size_t first_edit;
    const char *node;
    double macs_before, macs_after, bytes_before, bytes_after;
} sard_pass_report;

/**
 * level                    which passes run
 * keep                     names of keep_count inner values that become outputs, after the model's own, in this order
 * on_problem               called for each thing that keeps the model from running, before load fails
 * on_pass                  called after each pass
 * pass_filter              "a,b": only these run, in the order that sard_context_pass tells, whatever their level; "": none; NULL: those
 *                          of the level
 * pass_exclude             "a,b": these do not run; NULL: all do
 * stop_after               the passes end after this many edits, to find the one that changed an answer; 0: no limit
 * portable                 passes make nothing that ONNX has no word for (channels last, epilogues): for models that are to be saved
 * precision                what its floats are computed in
 * follow_links             external data may be reached through symbolic links, wherever they lead, as in the cache of Hugging Face; for
 *                          models that are trusted. Else a link is an error that names it
 * copy                     files are read into memory instead of mapped. A server whose files others may change takes this: a mapped file
 *                          that becomes shorter ends the process (SIGBUS). Costs the memory of the files, and the time to read them
 * A pass that does not exist is an ARGUMENT.
 */
typedef struct sard_model_options {
    size_t struct_size;
    sard_level level;
    const char *const *keep;
    size_t keep_count;
    void (*on_problem)(void *user, const char *line);
    void *on_problem_user;
    void (*on_pass)(void *user, const sard_pass_report *report, const sard_graph *graph);
    void *on_pass_user;
    const char *pass_filter, *pass_exclude;
    size_t stop_after;
    bool portable;
    sard_precision precision;
    bool follow_links, copy;
} sard_model_options;

/**
 * Loads an .onnx file, checks it whole, and optimises it. The file is mapped and must not change while the model lives (unless
 * options->copy). External data is found below the file's folder.
 * Fails with IO, PARSE, MODEL, UNSUPPORTED, SHAPE, LIMIT or NOMEM. Where several things are wrong the error names the first and
 * their number; `options->on_problem` gets all of them.
 */
SARD_API sard_status sard_model_load(sard_context *context, const char *path, const sard_model_options *options, sard_model **out,
                                     sard_error *error) SARD_MUST_USE;

/** The same from memory, which must stay as it is while the model lives. External data is refused. */
SARD_API sard_status sard_model_load_memory(sard_context *context, const void *bytes, size_t size, const sard_model_options *options,
                                            sard_model **out, sard_error *error) SARD_MUST_USE;

/** A model from a graph built with graph.h. The graph is copied; what its constants point to must outlive the model. */
SARD_API sard_status sard_model_from_graph(sard_context *context, const sard_graph *graph, const sard_model_options *options,
                                           sard_model **out, sard_error *error) SARD_MUST_USE;

typedef struct sard_export_options {
    size_t struct_size;
    int opset;            /**< 13 to 28; 0: that of the file the graph is from [17 without one], or what the operators need above it */
    const char *producer; /**< NULL: that of the file the graph is from, else "sard" */
    bool external_data;   /**< constants of 1 KiB and more go to PATH.data, or PATH.1.data, ... where that is taken, which is
                                removed then; those of a model over 2 GB do so anyway */
} sard_export_options;

/**
 * Saves the model's graph as sard_graph_save does (graph.h), with the names, doc strings and metadata of its file. `path` may be that
 * file. Load it with options.portable first: graphs for sard's own kernels are right, but slow elsewhere.
 */
SARD_API sard_status sard_model_save(const sard_model *model, const char *path, const sard_export_options *options,
                                     sard_error *error) SARD_MUST_USE;

/** Frees it; NULL does nothing. Its sessions must be gone. */
SARD_API void sard_model_free(sard_model *model);

/** An input or output. dims: -1 where not known before the run; dim_names: the symbol of such a dimension, or NULL. rank -1: unknown. */
typedef struct sard_value_info {
    const char *name;
    sard_dtype dtype;
    int32_t rank;
    int64_t dims[SARD_MAX_RANK];
    const char *dim_names[SARD_MAX_RANK];
} sard_value_info;

SARD_API size_t sard_model_input_count(const sard_model *model);
SARD_API size_t sard_model_output_count(const sard_model *model);

/** The i-th input or output, owned by the model; NULL beyond the last. */
SARD_API const sard_value_info *sard_model_input(const sard_model *model, size_t i);
SARD_API const sard_value_info *sard_model_output(const sard_model *model, size_t i);

/** The place of the input or output of that name; SIZE_MAX if there is none. */
SARD_API size_t sard_model_find_input(const sard_model *model, const char *name);
SARD_API size_t sard_model_find_output(const sard_model *model, const char *name);

/** The text stored under `key` ("opset", "producer_name", "doc_string", or a key of metadata_props), or NULL. Owned by the model. */
SARD_API const char *sard_model_metadata(const sard_model *model, const char *key);

/** The optimised graph, to look at with graph.h. Owned by the model. */
SARD_API const sard_graph *sard_model_graph(const sard_model *model);

/* ---- session ---- */

/** Which algorithms a kernel may choose from. Within a tile of a transform an infinite, NaN or huge element spoils also results that do not
 * read it; plain sums keep it to its own. */
typedef enum sard_accuracy {
    SARD_ACCURACY_DEFAULT = 0, /**< errors within a small factor of plain float32 sums: also transforms such as Winograd's */
    SARD_EXACT,                /**< plain float32 sums only */
    SARD_FAST,                 /**< also larger transforms, with larger errors */
} sard_accuracy;

typedef struct sard_session_options {
    size_t struct_size;
    const char *
        backends; /**< preference, "openblas,reference"; NULL: all usable ones, best first, but openblas, which loads a library. "reference" always ends it */
    int threads;  /**< at most this many of the context's; 0: all */
    bool profile; /**< take the time of every step */
    sard_accuracy accuracy;
    /**
     * Memory for the values and the scratch of all plans, aligned to 64, used until the session is freed; NULL: from the allocator. A
     * plan needs sard_memory's arena + scratch bytes (as a session without an arena tells) and fails with LIMIT where it is smaller.
     */
    void *arena;
    size_t arena_bytes;
    /**
     * Called in a run, on its thread, for each value that a step makes, before later steps take its memory. The tensor is dense and lives
     * until the call returns. step: its place in the plan (sard_session_step); SIZE_MAX: it lies in the memory of others, where they were
     * made, so that there was nothing to run. Not told are values between nodes that one step runs, and those of subgraphs. NULL: nobody
     * is told.
     */
    void (*on_value)(void *user, const char *name, const sard_tensor *tensor, size_t step);
    void *on_value_user;
} sard_session_options;

/** Fails with ARGUMENT (unknown backend, misaligned arena) or NOMEM; where all input shapes are known the plan is made here and may fail as in run. */
SARD_API sard_status sard_session_new(sard_model *model, const sard_session_options *options, sard_session **out,
                                      sard_error *error) SARD_MUST_USE;
SARD_API void sard_session_free(sard_session *session);

/**
 * Makes the plan for these input shapes without running: of each tensor only dtype, rank and dims are read. A run does this by
 * itself; the last few plans are kept.
 * Fails with ARGUMENT (count), SHAPE (an input or what follows from it), LIMIT or NOMEM.
 */
SARD_API sard_status sard_session_plan(sard_session *session, const sard_tensor *inputs, size_t input_count,
                                       sard_error *error) SARD_MUST_USE;

/**
 * Runs the model once.
 * inputs   in the model's order; only read, also by other threads of the pool
 * outputs  in the model's order, output_count of them (may be fewer than the model has). An output with data == NULL gets a pointer
 *          into the session's memory, valid until its next run or free. One with data and bytes is written to; SARD_ARGUMENT if it is
 *          too small. dtype, rank, dims and bytes are set in both cases.
 * Items of a list (SARD_SEQUENCE_OF, SARD_OPTIONAL_OF) that is an output always lie in the session's memory; `data` takes their array.
 * The same inputs give the same bits for any number of threads.
 * Fails with ARGUMENT, SHAPE, DATA (an index out of range, say), LIMIT, NOMEM or CANCELLED; the contents of outputs are then undefined.
 */
SARD_API sard_status sard_session_run(sard_session *session, const sard_tensor *inputs, size_t input_count, sard_tensor *outputs,
                                      size_t output_count, sard_error *error) SARD_MUST_USE;

/**
 * sard_session_run with names in place of the model's order.
 * inputs   inputs[i] is for the input called input_names[i]: all of the model's, in any order
 * outputs  outputs[i] is for the output called output_names[i]: those that are wanted, in any order
 * Fails as sard_session_run does; ARGUMENT also where a name is unknown, comes twice, or is not given.
 */
SARD_API sard_status sard_session_run_named(sard_session *session, const char *const *input_names, const sard_tensor *inputs,
                                            size_t input_count, const char *const *output_names, sard_tensor *outputs, size_t output_count,
                                            sard_error *error) SARD_MUST_USE;

/** Ends a run in progress, from any thread: after its current step, or a part of it where it is long; without a run it does nothing. */
SARD_API void sard_session_cancel(sard_session *session);

#ifdef __cplusplus
}
#endif

#include <sard/report.h>
#endif
