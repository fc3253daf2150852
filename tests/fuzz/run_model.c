/* One model, loaded and run with sizes that follow from its bytes: at two levels, with other contents of fresh memory, with parallel items in
 * another order, with allocations refused, saved and loaded again. What must be the same is compared bit by bit. */
#include "frontends/onnx/export.h"
#include "ir/dtype.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_VALUES = 16, MOST_ELEMENTS = 1 << 14, MOST_SYMBOLS = 8 };

/* What memory contains, and which allocation is refused; 0: none. */
typedef struct memory {
    int contents;
    size_t count, refused;
} memory;

static void *take(void *user, size_t size)
{
    memory *m = user;
    if (++m->count == m->refused)
        return NULL;
    void *block = size > 1u << 28 ? NULL : malloc(size);
    if (block)
        memset(block, m->contents, size);
    return block;
}

static void give(void *user, void *block)
{
    (void)user;
    free(block);
}

/* Items from the last to the first, the odd ones before the even ones. */
static void backwards(void *user, int threads, size_t count, void (*work)(void *arg, size_t i), void *arg)
{
    (void)user;
    (void)threads;
    for (size_t first = 2; first-- > 0;)
        for (size_t i = count; i-- > 0;)
            if (i % 2 == first)
                work(arg, i);
}

typedef struct inputs {
    sard_tensor tensors[MOST_VALUES];
    size_t count;
} inputs;

typedef struct outcome {
    sard_status status;
    sard_tensor outputs[MOST_VALUES]; /* copies */
    size_t count;
    int opset, youngest; /* the file's, and the one that the youngest of its operators came with */
} outcome;

/* ---- inputs ---- */

typedef struct sizes {
    fuzz_random *random;
    const char *names[MOST_SYMBOLS];
    int64_t values[MOST_SYMBOLS];
    size_t count;
} sizes;

/* Small, often 1; the same for the same name, mostly. */
static int64_t choose(sizes *s, const char *name)
{
    static const int64_t usual[] = {1, 1, 2, 3, 4, 5, 8, 0};
    for (size_t i = 0; name && i < s->count; i++)
        if (!strcmp(s->names[i], name) && fuzz_below(s->random, 16))
            return s->values[i];
    const int64_t size = usual[fuzz_below(s->random, sizeof usual / sizeof *usual)];
    if (name && s->count < MOST_SYMBOLS) {
        s->names[s->count] = name;
        s->values[s->count++] = size;
    }
    return size;
}

static bool make_input(sizes *s, const sard_value_info *info, sard_tensor *out)
{
    size_t count = 1;
    *out = (sard_tensor){.dtype = info->dtype ? info->dtype : SARD_F32, .rank = info->rank};
    if (sard_dtype_is_list(info->dtype))
        out->rank = 1;
    else if (info->rank < 0)
        out->rank = (int)fuzz_below(s->random, 4);
    for (int i = 0; i < out->rank; i++) {
        const bool known = info->rank >= 0 && info->dims[i] >= 0;
        out->dims[i] = known ? info->dims[i] : choose(s, info->rank < 0 ? NULL : info->dim_names[i]);
        if (out->dims[i] > MOST_ELEMENTS || (count *= (size_t)out->dims[i]) > MOST_ELEMENTS)
            return false;
    }
    return fuzz_make_value(s->random, out);
}

static bool make_inputs(const sard_model *model, fuzz_random *random, inputs *in)
{
    sizes s = {.random = random};
    bool enough = sard_model_input_count(model) <= MOST_VALUES && sard_model_output_count(model) <= MOST_VALUES;
    for (size_t i = 0; enough && i < sard_model_input_count(model); i++)
        enough = make_input(&s, sard_model_input(model, i), &in->tensors[in->count++]);
    return enough;
}

/* ---- runs ---- */

typedef struct way {
    memory *memory;
    bool backwards;
    sard_level level;
    const char *path;      /* NULL: from memory */
    const char *save_path; /* NULL: not saved */
} way;

static sard_context *make_context(const way *w)
{
    static const sard_limits limits = {.nodes = 3000,
                                       .nesting = 8,
                                       .value_bytes = 1 << 22,
                                       .arena_bytes = 1 << 24,
                                       .fold_bytes = 1 << 18,
                                       .steps = 300,
                                       .fold_work = 1 << 18,
                                       .work = 1 << 22};
    const sard_allocator allocator = {take, give, w->memory};
    sard_context_options options = {.struct_size = sizeof options, .allocator = &allocator, .threads = 1, .limits = &limits};
    if (w->backwards) {
        options.threads = 3;
        options.parallel = backwards;
    }
    sard_context *context = NULL;
    return sard_context_new(&options, &context, NULL) ? NULL : context;
}

/* The opset that the youngest operator of a graph and its subgraphs came with; 0: all are old. */
static int youngest(const sard_graph *graph)
{
    int most = 0;
    for (const sard_node *node = sard_graph_first(graph); node; node = sard_node_next(node)) {
        sard_attr attr;
        const int own = *sard_node_domain(node) ? 0 : sard_export_since(sard_node_op(node));
        most = own > most ? own : most;
        for (size_t i = 0; sard_node_attr(node, i, &attr); i++) {
            const int inner = attr.kind == SARD_ATTR_GRAPH ? youngest(attr.graph) : 0;
            most = inner > most ? inner : most;
        }
    }
    return most;
}

static void must_speak(sard_status status, const sard_error *error)
{
    if (status && !*error->text)
        abort(); /* a failure without a word */
}

static void run_session(sard_model *model, const inputs *in, outcome *out)
{
    sard_error error = {.text = ""};
    sard_session *session = NULL;
    sard_tensor outputs[MOST_VALUES] = {{.data = NULL}};
    out->count = sard_model_output_count(model);
    out->status = sard_session_new(model, &(sard_session_options){.struct_size = sizeof(sard_session_options)}, &session, &error);
    if (!out->status)
        out->status = sard_session_run(session, in->tensors, in->count, outputs, out->count, &error);
    must_speak(out->status, &error);
    for (size_t i = 0; !out->status && i < out->count; i++)
        fuzz_copy_value(&outputs[i], &out->outputs[i]);
    sard_session_free(session);
}

/* False: it did not load. in: made for the first model that loads. */
static bool run_way(const way *w, const uint8_t *bytes, size_t size, fuzz_random *random, inputs *in, outcome *out)
{
    sard_error error = {.text = ""};
    sard_context *context = make_context(w);
    sard_model *model = NULL;
    if (!context)
        return false;
    const sard_model_options options = {.struct_size = sizeof options, .level = w->level, .portable = w->save_path != NULL};
    const sard_status status = w->path ? sard_model_load(context, w->path, &options, &model, &error)
                                       : sard_model_load_memory(context, bytes, size, &options, &model, &error);
    must_speak(status, &error);
    bool done = !status && (in->count || make_inputs(model, random, in));
    if (done && sard_model_input_count(model) != in->count && sard_model_input_count(model))
        done = false;
    if (done) {
        const char *opset = sard_model_metadata(model, "opset");
        out->opset = opset ? atoi(opset) : 0;
        out->youngest = youngest(sard_model_graph(model));
        run_session(model, in, out);
    }
    if (done && w->save_path) {
        done = !sard_model_save(model, w->save_path, NULL, &error);
        must_speak(done ? SARD_OK : SARD_IO, &error);
    }
    sard_model_free(model);
    sard_context_free(context);
    return done;
}

static void forget(outcome *o)
{
    for (size_t i = 0; i < o->count; i++)
        fuzz_free_value(&o->outputs[i]);
    *o = (outcome){.count = 0};
}

static void must_be_same(const outcome *a, const outcome *b, const char *what)
{
    bool same = a->status == b->status && a->count == b->count;
    for (size_t i = 0; same && !a->status && i < a->count; i++)
        same = fuzz_same_value(&a->outputs[i], &b->outputs[i]);
    if (!same) {
        fprintf(stderr, "another answer %s: status %d and %d\n", what, a->status, b->status);
        abort();
    }
}

void fuzz_run_model(const uint8_t *bytes, size_t size, const char *path)
{
    fuzz_random random = fuzz_random_of(bytes, size);
    memory zeros = {.contents = 0}, ones = {.contents = 0xff}, refusing = {.contents = 0xff};
    const sard_level level = SARD_O1 + (sard_level)fuzz_below(&random, 3);
    const bool saved = fuzz_below(&random, 4) == 0;
    const char *save_path = saved ? fuzz_path(".saved.onnx") : NULL;
    inputs in = {.count = 0};
    outcome first = {.count = 0}, other = {.count = 0};
    const way plain = {.memory = &zeros, .level = level, .path = path},
              odd = {.memory = &ones, .backwards = true, .level = level, .path = path};
    if (run_way(&plain, bytes, size, &random, &in, &first)) {
        if (run_way(&odd, bytes, size, &random, &in, &other))
            must_be_same(&first, &other, "with other memory and order");
        forget(&other);
        refusing.refused = 1 + fuzz_below(&random, zeros.count + 1);
        run_way(&(way){.memory = &refusing, .level = level, .path = path}, bytes, size, &random, &in, &other);
        forget(&other);
        forget(&first);
        const way unchanged = {.memory = &ones, .level = SARD_O0, .path = path, .save_path = save_path};
        const way again = {.memory = &ones, .level = SARD_O0, .path = save_path};
        if (saved && run_way(&unchanged, bytes, size, &random, &in, &first) && !first.status) {
            if (!run_way(&again, NULL, 0, &random, &in, &other))
                abort();                       /* what was saved must load */
            if (first.youngest <= other.opset) /* a younger operator is saved as its parts, which round elsewhere */
                must_be_same(&first, &other, "after saving and loading");
        }
    }
    forget(&other);
    forget(&first);
    for (size_t i = 0; i < in.count; i++)
        fuzz_free_value(&in.tensors[i]);
}
