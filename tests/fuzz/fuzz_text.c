/* Graphs as text: read, printed, read again; and run. */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_TEXT = 1 << 20 };

size_t fuzz_seed(size_t i, uint8_t *out, size_t most)
{
    const char *text = fuzz_text(i);
    const size_t size = text ? strlen(text) : 0;
    if (size > most)
        return 0;
    if (size)
        memcpy(out, text, size);
    return size;
}

size_t fuzz_mutate(uint8_t *bytes, size_t size, size_t most, unsigned seed)
{
    fuzz_random r = {.state = seed * 0x9e3779b97f4a7c15u + 1};
    return fuzz_mutate_bytes(bytes, size, most, &r);
}

typedef struct buffer {
    char *text;
    size_t size;
} buffer;

static bool append(void *user, const char *text, size_t size)
{
    buffer *b = user;
    if (b->size + size > MOST_TEXT)
        return false;
    memcpy(b->text + b->size, text, size);
    b->size += size;
    return true;
}

/* What is printed reads back, and prints the same. */
static void print_twice(sard_context *context, const sard_graph *graph)
{
    buffer once = {malloc(MOST_TEXT), 0}, twice = {malloc(MOST_TEXT), 0};
    sard_graph *again = NULL;
    sard_error error = {.text = ""};
    const sard_print_options all = {.struct_size = sizeof all, .elements = 1 << 16};
    if (sard_graph_print(graph, &all, append, &once)) {
        if (sard_graph_parse(context, once.text, once.size, &again, &error))
            abort();
        if (!sard_graph_print(again, &all, append, &twice) || once.size != twice.size || memcmp(once.text, twice.text, once.size) != 0)
            abort();
    }
    sard_graph_free(again);
    free(once.text);
    free(twice.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const sard_limits limits = {
        .nodes = 3000, .value_bytes = 1 << 22, .arena_bytes = 1 << 24, .fold_bytes = 1 << 18, .fold_work = 1 << 18};
    sard_context *context;
    sard_graph *graph = NULL;
    sard_model *model = NULL;
    sard_error error = {.text = ""};
    if (sard_context_new(&(sard_context_options){.struct_size = sizeof(sard_context_options), .threads = 1, .limits = &limits}, &context,
                         NULL))
        return 0;
    if (!sard_graph_parse(context, (const char *)bytes, size, &graph, &error)) {
        print_twice(context, graph);
        if (!sard_model_from_graph(context, graph, NULL, &model, &error))
            sard_model_free(model);
    }
    sard_graph_free(graph);
    sard_context_free(context);
    return 0;
}
