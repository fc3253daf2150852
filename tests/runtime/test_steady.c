/* What runs cost beside the computing: no memory after the first run, none but the caller's where an arena is given; denormals; threads of
 * a host; a child process. */
#include "tests/support/check.h"
#include "tests/support/graph.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static atomic_long requests;

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && defined(__GLIBC__)
#define INTERPOSED
/* glibc's own name for what is replaced here (malloc/malloc.c). */
extern void *__libc_malloc(size_t size);

void *malloc(size_t size)
{
    atomic_fetch_add(&requests, 1);
    return __libc_malloc(size);
}

void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    atomic_fetch_add(&requests, 1);
    return (void *)syscall(SYS_mmap, at, size, protection, flags, fd, offset);
}
#endif

static const char text[] = "graph g {\n input x: float32[1,40,40,16]\n const w: float32[48,16,3,3] = {...}\n const v: float32[40,48,1,1] = "
                           "{...}\n a = Conv(x, w) {pads = [1, 1, 1, 1]} nhwc |> Relu()\n y = Conv(a, v) nhwc\n output y\n}";

enum { INPUTS = 40 * 40 * 16, OUTPUTS = 40 * 40 * 40 };

typedef struct setup {
    sard_context *context;
    sard_graph *graph; /* the model reads its constants */
    sard_model *model;
    sard_session *session;
    float x[INPUTS], y[OUTPUTS];
} setup;

static setup *setup_new(const sard_context_options *options, const sard_session_options *session)
{
    setup *s = calloc(1, sizeof *s);
    ck_assert(!sard_context_new(options, &s->context, NULL));
    s->graph = graph_parse(s->context, text);
    for (size_t i = 0; i < sard_graph_value_count(s->graph); i++) {
        const sard_tensor *tensor = sard_value_constant(sard_graph_value(s->graph, i));
        if (tensor)
            fill_random(tensor->data, tensor->bytes / sizeof(float), (uint32_t)i);
    }
    sard_error error;
    ck_assert_msg(!sard_model_from_graph(s->context, s->graph,
                                         &(sard_model_options){.struct_size = sizeof(sard_model_options), .level = SARD_O0}, &s->model,
                                         &error),
                  "%s", error.text);
    ck_assert_msg(!sard_session_new(s->model, session, &s->session, &error), "%s", error.text);
    fill_random(s->x, INPUTS, 5);
    return s;
}

static sard_status try_run(setup *s, sard_error *error)
{
    const sard_tensor in = {.dtype = SARD_F32, .rank = 4, .dims = {1, 40, 40, 16}, .data = s->x, .bytes = sizeof s->x};
    sard_tensor out = {.data = s->y, .bytes = sizeof s->y};
    return sard_session_run(s->session, &in, 1, &out, 1, error);
}

static void run(setup *s)
{
    sard_error error;
    ck_assert_msg(!try_run(s, &error), "%s", error.text);
}

static void setup_free(setup *s)
{
    sard_session_free(s->session);
    sard_model_free(s->model);
    sard_graph_free(s->graph);
    sard_context_free(s->context);
    free(s);
}

static const sard_context_options two = {.struct_size = sizeof two, .threads = 2};

START_TEST(later_runs_ask_for_no_memory)
{
    setup *s = setup_new(&two, NULL);
    int failed = 0;
    run(s);
    run(s);
    const long before = atomic_load(&requests);
    for (int i = 0; i < 10; i++)
        failed |= try_run(s, NULL);
    const long asked = atomic_load(&requests) - before; /* the assertions allocate */
    ck_assert_int_eq(asked, 0);
    ck_assert_int_eq(failed, 0);
#ifdef INTERPOSED
    ck_assert_int_gt(before, 0);
#endif
    setup_free(s);
}
END_TEST

START_TEST(an_arena_of_the_caller)
{
    setup *plain = setup_new(NULL, NULL);
    sard_memory memory = {.struct_size = sizeof memory};
    sard_session_memory(plain->session, &memory);
    const size_t bytes = memory.arena + memory.scratch;
    run(plain);
    char *arena = aligned_alloc(64, bytes + 128);
    memset(arena, 0x5a, bytes + 128);
    sard_session_options options = {.struct_size = sizeof options, .arena = arena + 64, .arena_bytes = bytes};
    setup *given = setup_new(NULL, &options);
    run(given);
    ck_assert(!memcmp(plain->y, given->y, sizeof plain->y));
    for (int i = 0; i < 64; i++)
        ck_assert(arena[i] == 0x5a && arena[64 + bytes + (size_t)i] == 0x5a);
    sard_session *session;
    sard_error error;
    options.arena_bytes = bytes - 1;
    ck_assert_int_eq(sard_session_new(given->model, &options, &session, &error), SARD_LIMIT);
    ck_assert_msg(strstr(error.text, "the arena has") != NULL, "%s", error.text);
    options.arena = arena + 8;
    ck_assert_int_eq(sard_session_new(given->model, &options, &session, &error), SARD_ARGUMENT);
    setup_free(given);
    setup_free(plain);
    free(arena);
}
END_TEST

/* ---- threads of a host ---- */

typedef struct host {
    int calls, most;
} host;

/* Backwards, as the order must not matter. */
static void in_reverse(void *user, int threads, size_t count, void (*work)(void *arg, size_t i), void *arg)
{
    host *h = user;
    h->calls++;
    h->most = threads > h->most ? threads : h->most;
    while (count--)
        work(arg, count);
}

START_TEST(threads_of_a_host)
{
    host h = {0, 0};
    const sard_context_options options = {.struct_size = sizeof options, .threads = 3, .parallel = in_reverse, .parallel_user = &h};
    setup *ours = setup_new(&two, NULL), *theirs = setup_new(&options, NULL);
    run(ours);
    h.calls = 0;
    run(theirs);
    ck_assert_int_gt(h.calls, 0);
    ck_assert_int_eq(h.most, 3);
    ck_assert(!memcmp(ours->y, theirs->y, sizeof ours->y));
    setup_free(ours);
    setup_free(theirs);
}
END_TEST

START_TEST(a_child_works)
{
    setup *s = setup_new(&two, NULL);
    run(s);
    float want[16];
    memcpy(want, s->y, sizeof want);
    memset(s->y, 0, sizeof s->y);
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (!child) {
        alarm(20);
        for (int i = 0; i < 20; i++)
            run(s);
        const bool same = !memcmp(want, s->y, sizeof want);
        setup_free(s);
        _exit(same ? 0 : 1);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status) && !WEXITSTATUS(status), "the child ended with %d", status);
    run(s);
    setup_free(s);
}
END_TEST

/* ---- denormals ---- */

START_TEST(denormals)
{
    volatile float tiny = 1e-40f;
    setup *native = setup_new(&two, NULL);
    setup *reference = setup_new(&two, &(sard_session_options){.struct_size = sizeof(sard_session_options), .backends = "reference"});
    for (int i = 0; i < INPUTS; i++)
        native->x[i] = reference->x[i] = tiny;
    run(native);
    run(reference);
    ck_assert_msg(tiny * 0.5f != 0, "the caller's state was changed");
    sard_step_info info = {.struct_size = sizeof info};
    ck_assert(sard_session_step(native->session, 1, &info));
    float largest = 0, exact = 0;
    for (int i = 0; i < OUTPUTS; i++) {
        largest = native->y[i] > largest ? native->y[i] : largest;
        exact = reference->y[i] > exact ? reference->y[i] : exact;
    }
    if (!strcmp(info.backend, "native"))
        ck_assert(largest == 0 && exact > 0);
    setup_free(native);
    setup_free(reference);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("steady");
    TCase *c = tcase_create("steady");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, later_runs_ask_for_no_memory);
    tcase_add_test(c, an_arena_of_the_caller);
    tcase_add_test(c, threads_of_a_host);
    tcase_add_test(c, a_child_works);
    tcase_add_test(c, denormals);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
