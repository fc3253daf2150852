/* Graphs as text, for tests. */
#include "tests/support/graph.h"

#include "ir/rewrite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

sard_graph *graph_parse(sard_context *context, const char *text)
{
    sard_error error;
    sard_graph *graph = NULL;
    if (sard_graph_parse(context, text, strlen(text), &graph, &error))
        ck_abort_msg("%s", error.text);
    return graph;
}

typedef struct buffer {
    char *text;
    size_t size;
} buffer;

static bool append(void *user, const char *text, size_t size)
{
    buffer *b = user;
    b->text = realloc(b->text, b->size + size + 1);
    memcpy(b->text + b->size, text, size);
    b->size += size;
    b->text[b->size] = 0;
    return true;
}

char *graph_print(const sard_graph *graph)
{
    buffer b = {NULL, 0};
    ck_assert(sard_graph_print(graph, NULL, append, &b));
    return b.text;
}

static const sard_pass *find_pass(const sard_context *context, const char *name)
{
    for (size_t i = 0; sard_context_pass(context, i); i++)
        if (!strcmp(sard_context_pass(context, i)->name, name))
            return sard_context_pass(context, i);
    ck_abort_msg("there is no pass %s", name);
    return NULL;
}

/* Constants that nobody uses any more are still printed: they go away by printing and parsing what is used. */
static void drop_line(char *text, const char *start)
{
    const char *end = strchr(start, '\n');
    memmove(text + (start - text), end + 1, strlen(end + 1) + 1);
}

static bool is_used(const char *text, const char *name, size_t size)
{
    for (const char *at = text; (at = strstr(at, name)); at++)
        if (strchr("(, ", at[-1]) && at[size] && strchr("), \n", at[size]))
            return true;
    return false;
}

static void drop_unused_constants(char *text)
{
    for (char *at = text; (at = strstr(at, "    const "));) {
        char name[200];
        const size_t size = strcspn(at + 10, ":");
        memcpy(name, at + 10, size);
        name[size] = 0;
        if (is_used(at + 10 + size, name, size))
            at++;
        else
            drop_line(text, at);
    }
}

void check_pass(const char *name, const char *before, const char *after)
{
    sard_context *context;
    sard_error error = {.text = ""};
    ck_assert(!sard_context_new(NULL, &context, &error));
    sard_graph *graph = graph_parse(context, before), *wanted = graph_parse(context, after);
    sard_rewriter rewriter = {.graph = graph, .budget = {1 << 20, 1 << 20}};
    const sard_status status = sard_rewriter_apply(&rewriter, find_pass(context, name), &error);
    ck_assert_msg(!status, "%s", error.text);
    char *have = graph_print(graph), *want = graph_print(wanted);
    drop_unused_constants(have);
    drop_unused_constants(want);
    ck_assert_str_eq(have, want);
    ck_assert_int_eq(rewriter.edits > 0, strcmp(before, after) != 0);
    free(have);
    free(want);
    sard_graph_free(graph);
    sard_graph_free(wanted);
    sard_context_free(context);
}

float *graph_run(sard_context *context, const sard_graph *graph, sard_level level, const char *backends, const sard_tensor *input,
                 size_t *count)
{
    return graph_run_with(context, graph, &(sard_model_options){.struct_size = sizeof(sard_model_options), .level = level}, backends, input,
                          count);
}

float *graph_run_with(sard_context *context, const sard_graph *graph, const sard_model_options *model_options, const char *backends,
                      const sard_tensor *input, size_t *count)
{
    sard_error error = {.text = ""};
    sard_model *model;
    sard_session *session;
    sard_tensor output = {.dtype = SARD_NONE};
    const sard_session_options session_options = {.struct_size = sizeof session_options, .backends = backends};
    ck_assert_msg(!sard_model_from_graph(context, graph, model_options, &model, &error), "%s", error.text);
    ck_assert_msg(!sard_session_new(model, &session_options, &session, &error), "%s", error.text);
    ck_assert_msg(!sard_session_run(session, input, 1, &output, 1, &error), "%s", error.text);
    ck_assert_int_eq(output.dtype, SARD_F32);
    float *copy = malloc(output.bytes + 1);
    memcpy(copy, output.data, output.bytes);
    *count = output.bytes / sizeof *copy;
    sard_session_free(session);
    sard_model_free(model);
    return copy;
}

void fill_random(float *out, size_t n, uint32_t seed)
{
    uint32_t state = seed * 2654435761u + 1;
    for (size_t i = 0; i < n; i++) {
        state = state * 1664525u + 1013904223u;
        out[i] = (float)(int32_t)state / 2147483648.0f;
    }
}
