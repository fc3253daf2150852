/* A block between pages lies behind one that holds its size and cannot be read meanwhile; one of the allocator's between guard bytes. */
#include "tests/support/guard.h"

#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { GUARD = 0xc5, GUARDS = 64 }; /* bytes that stand around a block; how many, for the allocator's */

typedef struct header {
    size_t bytes, mapped; /* mapped: all pages */
} header;

static void expect_guards(const char *from, const char *end)
{
    while (from < end && (unsigned char)*from == GUARD)
        from++;
    ck_assert_msg(from == end, "written beyond a block");
}

/* ---- between pages ---- */

static size_t page_size(void) { return (size_t)sysconf(_SC_PAGESIZE); }

void *guard_alloc(size_t bytes, bool at_start)
{
    const size_t gap = getenv("SARD_TEST_GAP") ? 64 : 0, page = page_size(), inside = (bytes + gap + page - 1) / page * page,
                 mapped = inside + 2 * page;
    char *pages = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert(pages != MAP_FAILED);
    *(header *)pages = (header){bytes, mapped};
    char *block = pages + page + (at_start ? 0 : inside - gap - bytes);
    memset(pages + page, GUARD, inside);
    memset(block, 0xff, bytes);
    ck_assert(!mprotect(pages, page, PROT_NONE) && !mprotect(pages + page + inside, page, PROT_NONE));
    return block;
}

void guard_free(void *memory)
{
    const size_t page = page_size();
    char *block = memory, *first = (char *)((uintptr_t)memory / page * page), *pages = first - page;
    ck_assert(!mprotect(pages, page, PROT_READ));
    const header h = *(const header *)pages;
    expect_guards(first, block);
    expect_guards(block + h.bytes, pages + h.mapped - page);
    munmap(pages, h.mapped);
}

/* ---- the allocator ---- */

static void *allocate(void *user, size_t size)
{
    (void)user;
    char *memory = malloc(size + 2 * GUARDS);
    if (!memory)
        return NULL;
    memset(memory, GUARD, GUARDS);
    memcpy(memory, &size, sizeof size);
    memset(memory + GUARDS, 0xff, size);
    memset(memory + GUARDS + size, GUARD, GUARDS);
    return memory + GUARDS;
}

static void release(void *user, void *block)
{
    (void)user;
    if (!block)
        return;
    char *memory = (char *)block - GUARDS;
    size_t size;
    memcpy(&size, memory, sizeof size);
    expect_guards(memory + sizeof size, memory + GUARDS);
    expect_guards(memory + GUARDS + size, memory + 2 * GUARDS + size);
    free(memory);
}

const sard_allocator guard_allocator = {allocate, release, NULL};

/* ---- runs ---- */

/* With input and output in blocks of their own; `want` are the bits. */
static void run_inside(sard_session *session, const sard_tensor *input, const sard_tensor *want, bool at_start)
{
    sard_error error = {.text = ""};
    sard_tensor x = *input, y = {.data = guard_alloc(want->bytes, at_start), .bytes = want->bytes};
    x.data = guard_alloc(x.bytes, at_start);
    memcpy(x.data, input->data, x.bytes);
    ck_assert_msg(!sard_session_run(session, &x, 1, &y, 1, &error), "%s", error.text);
    ck_assert_msg(!memcmp(y.data, want->data, want->bytes), "other bits in the caller's memory");
    guard_free(x.data);
    guard_free(y.data);
}

float *guard_run(sard_context *context, const sard_graph *graph, const char *backend, const sard_tensor *input, size_t *count)
{
    sard_error error = {.text = ""};
    sard_model *model;
    sard_session *session;
    sard_tensor output = {.dtype = SARD_NONE};
    const sard_model_options model_options = {.struct_size = sizeof model_options, .level = SARD_O0};
    const sard_session_options options = {.struct_size = sizeof options, .backends = backend};
    ck_assert_msg(!sard_model_from_graph(context, graph, &model_options, &model, &error), "%s", error.text);
    ck_assert_msg(!sard_session_new(model, &options, &session, &error), "%s", error.text);
    ck_assert_msg(!sard_session_run(session, input, 1, &output, 1, &error), "%s", error.text);
    ck_assert_int_eq(output.dtype, SARD_F32);
    float *copy = malloc(output.bytes + 1);
    memcpy(copy, output.data, output.bytes);
    *count = output.bytes / sizeof *copy;
    output.data = copy;
    run_inside(session, input, &output, false);
    run_inside(session, input, &output, true);
    sard_session_free(session);
    sard_model_free(model);
    return copy;
}
