/* Limits: what a run takes in sum, scratch that is over them, results that are. */
#include "tests/support/check.h"
#include "tests/support/graph.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Bytes that are held now, and the most of them since `start` was set. */
typedef struct meter {
    size_t held, most;
} meter;

static void *measure_alloc(void *user, size_t size)
{
    meter *m = user;
    size_t *memory = malloc(size + 16);
    if (!memory)
        return NULL;
    *memory = size;
    m->held += size;
    m->most = m->held > m->most ? m->held : m->most;
    return (char *)memory + 16;
}

static void measure_free(void *user, void *memory)
{
    meter *m = user;
    size_t *start = memory ? (size_t *)((char *)memory - 16) : NULL;
    m->held -= start ? *start : 0;
    free(start);
}

typedef struct fixture {
    meter meter;
    sard_context *context;
    sard_graph *graph;
    sard_model *model;
    sard_session *session;
    sard_error error;
} fixture;

static void open_graph(fixture *f, const char *text, const sard_limits *limits)
{
    const sard_allocator allocator = {measure_alloc, measure_free, &f->meter};
    const sard_context_options options = {.struct_size = sizeof options, .threads = 1, .limits = limits, .allocator = &allocator};
    ck_assert_int_eq(sard_context_new(&options, &f->context, &f->error), SARD_OK);
    f->graph = graph_parse(f->context, text);
    ck_assert_msg(sard_model_from_graph(f->context, f->graph, NULL, &f->model, &f->error) == SARD_OK, "%s", f->error.text);
}

static void close_graph(fixture *f)
{
    sard_session_free(f->session);
    sard_model_free(f->model);
    sard_graph_free(f->graph);
    sard_context_free(f->context);
    ck_assert_uint_eq(f->meter.held, 0);
}

static sard_status run(fixture *f, float *data, int64_t count, sard_tensor *out)
{
    const sard_tensor in = {.dtype = SARD_F32, .rank = 1, .dims = {count}, .data = data, .bytes = (size_t)count * sizeof *data};
    const sard_status status = f->session ? SARD_OK : sard_session_new(f->model, NULL, &f->session, &f->error);
    f->meter.most = f->meter.held;
    return status ? status : sard_session_run(f->session, &in, 1, out, 1, &f->error);
}

/* Two levels of bodies; at the end of each round of the inner one each level holds four vectors. */
static const char *const loops =
    "graph g {\n input x: float32[N]\n const m: int64[] = {3}\n"
    " y = Loop(m, _, x) {body = graph outer {\n  input i: int64[]\n  input c: bool[]\n  input v: float32[?]\n  d = Identity(c)\n"
    "  a = Neg(v)\n  const n: int64[] = {3}\n"
    "  b = Loop(n, _, a) {body = graph inner {\n   input j: int64[]\n   input e: bool[]\n   input w: float32[?]\n   k = Identity(e)\n"
    "   p = Neg(w)\n   q = Abs(p)\n   output k\n   output q\n  }}\n  r = Add(b, a)\n  output d\n  output r\n }}\n output y\n}";

enum { COUNT = 25000, BYTES = COUNT * 4 };

/* All levels draw on the one limit: what is taken stays within it, and the same run is right where it suffices. */
START_TEST(subgraphs_share_the_limit)
{
    static float x[COUNT] = {1};
    for (uint64_t vectors = 1; vectors <= 20; vectors++) {
        fixture f = {.session = NULL};
        sard_tensor out = {.data = NULL};
        const sard_limits limits = {.arena_bytes = vectors * BYTES};
        open_graph(&f, loops, &limits);
        const size_t before = f.meter.held;
        const sard_status status = run(&f, x, COUNT, &out);
        ck_assert_msg(status == (vectors < 8 ? SARD_LIMIT : SARD_OK) || (vectors >= 8 && vectors < 16), "%d with room for %d: %s",
                      (int)status, (int)vectors, status ? f.error.text : "ok");
        if (status)
            ck_assert_ptr_nonnull(strstr(f.error.text, "limit"));
        else
            ck_assert_float_eq(((float *)out.data)[0], 0);
        ck_assert_uint_le(f.meter.most - before, limits.arena_bytes + 65536); /* the plan itself */
        close_graph(&f);
    }
}
END_TEST

/* A result that only the run knows the size of. */
START_TEST(results_found_while_running_have_the_limit_of_a_value)
{
    fixture f = {.session = NULL};
    const sard_limits limits = {.value_bytes = 1000};
    sard_tensor out = {.data = NULL};
    float x[200];
    for (int i = 0; i < 200; i++)
        x[i] = 1;
    open_graph(&f, "graph g {\n input x: float32[N]\n y = NonZero(x)\n output y\n}", &limits);
    ck_assert_int_eq(run(&f, x, 125, &out), SARD_OK);
    ck_assert_int_eq(run(&f, x, 126, &out), SARD_LIMIT);
    close_graph(&f);
}
END_TEST

/* Where the fast kernel's scratch is over the limit another kernel runs; the answer is the same. */
START_TEST(scratch_over_the_limit_is_for_another_kernel)
{
    static float x[40 * 40];
    const char *const text =
        "graph g {\n input x: float32[1600]\n const s: int64[4] = {1, 16, 10, 10}\n const w: float32[2,16,9,9] = {...}\n"
        " const o: int64[1] = {-1}\n p = Reshape(x, s)\n c = Conv(p, w) {pads = [4, 4, 4, 4]}\n y = Reshape(c, o)\n output y\n}";
    sard_memory memory = {.struct_size = sizeof memory};
    uint64_t usual = 0;
    for (int bounded = 0; bounded < 2; bounded++) {
        fixture f = {.session = NULL};
        const sard_limits limits = {.arena_bytes = bounded ? usual - 64 : 0};
        sard_tensor out = {.data = NULL};
        open_graph(&f, text, &limits);
        ck_assert_msg(run(&f, x, 1600, &out) == SARD_OK, "%s", f.error.text);
        ck_assert_int_eq(out.dims[0], 200);
        sard_session_memory(f.session, &memory);
        if (bounded)
            ck_assert_uint_lt(memory.scratch, usual);
        else
            ck_assert_uint_gt(usual = memory.scratch, 64);
        close_graph(&f);
    }
}
END_TEST

/* Work is counted before it is done: of a plan, and round by round of a loop. */
START_TEST(work_has_a_limit)
{
    const char *const texts[] = {
        "graph g {\n input x: float32[10000]\n const s: int64[2] = {100, 100}\n a = Reshape(x, s)\n y = MatMul(a, a)\n output y\n}",
        "graph g {\n input x: float32[N]\n const s: int64[2] = {100, 100}\n a = Reshape(x, s)\n const m: int64[] = {10}\n"
        " y = Loop(m, _, a) {body = graph b {\n  input i: int64[]\n  input c: bool[]\n  input v: float32[?,?]\n"
        "  d = Identity(c)\n  w = MatMul(v, v)\n  output d\n  output w\n }}\n output y\n}"};
    static float x[10000];
    for (int loop = 0; loop < 2; loop++)
        for (int enough = 0; enough < 2; enough++) {
            fixture f = {.session = NULL};
            const sard_limits limits = {.work = (loop ? 10000000 : 1000000) + (enough ? 1000000 : -1)};
            sard_tensor out = {.data = NULL};
            open_graph(&f, texts[loop], &limits);
            ck_assert_int_eq(run(&f, x, 10000, &out), enough ? SARD_OK : SARD_LIMIT);
            ck_assert(enough || strstr(f.error.text, "MatMul"));
            ck_assert_int_eq(run(&f, x, 10000, &out), enough ? SARD_OK : SARD_LIMIT); /* each run has its own */
            close_graph(&f);
        }
}
END_TEST

typedef struct canceller {
    sard_session *session;
    atomic_bool done;
} canceller;

/* Cancels until the run has ended: it may not have begun yet. */
static void *cancel(void *arg)
{
    canceller *c = arg;
    while (!atomic_load(&c->done)) {
        usleep(300000);
        sard_session_cancel(c->session);
    }
    return NULL;
}

/* Steps that would take minutes: a product by evaluation, boxes that are compared with all before them. */
START_TEST(long_steps_are_cancelled)
{
    const char *const texts[] = {
        "graph g {\n input x: float32[N]\n const s: int64[2] = {6000, 6000}\n a = Expand(x, s)\n b = Cast(a) {to = 11}\n"
        " y = MatMul(b, b)\n output y\n}",
        "graph g {\n input x: float32[N]\n const s: int64[3] = {1, 1, 600000}\n const t: float32[] = {0}\n"
        " const l: float32[] = {600000}\n const d: float32[] = {1}\n const m: int64[] = {600000}\n"
        " const box: float32[1,4] = {0, 0, 0.5, 0.5}\n const k: int64[2] = {-1, 1}\n const n: int64[1] = {0}\n"
        " r = Range(t, l, d)\n c = Reshape(r, k)\n e = Add(c, box)\n b = Unsqueeze(e, n)\n p = Reshape(r, s)\n"
        " q = Mul(p, x)\n y = NonMaxSuppression(b, q, m)\n output y\n}"};
    for (int i = 0; i < 2; i++) {
        fixture f = {.session = NULL};
        float x[1] = {1};
        sard_tensor out = {.data = NULL};
        pthread_t thread;
        open_graph(&f, texts[i], NULL);
        ck_assert_int_eq(sard_session_new(f.model, NULL, &f.session, &f.error), SARD_OK);
        canceller c = {.session = f.session};
        ck_assert_int_eq(pthread_create(&thread, NULL, cancel, &c), 0);
        ck_assert_int_eq(run(&f, x, 1, &out), SARD_CANCELLED);
        ck_assert_msg(strstr(f.error.text, "cancelled"), "%s", f.error.text);
        atomic_store(&c.done, true);
        pthread_join(thread, NULL);
        close_graph(&f);
    }
}
END_TEST

static Suite *suite(void)
{
    return check_suite("limits",
                       (const TTest *[]){subgraphs_share_the_limit, results_found_while_running_have_the_limit_of_a_value,
                                         scratch_over_the_limit_is_for_another_kernel, work_has_a_limit, long_steps_are_cancelled, NULL});
}

CHECK_MAIN(suite)
