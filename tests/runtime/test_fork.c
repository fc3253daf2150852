/* fork() while another thread makes plans: the child can plan and run with the same context and model. */
#include "tests/support/check.h"
#include "tests/support/graph.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILDREN = 40, SECONDS = 20 };

typedef struct shared {
    sard_context *context;
    sard_model *model;
    atomic_bool stop;
} shared;

/* A session, its plan and a run: 0 where the answer is right. */
static int use(sard_model *model, int64_t rows)
{
    float x[64 * 8];
    sard_error error;
    sard_session *session;
    sard_tensor in = {.dtype = SARD_F32, .rank = 2, .dims = {rows, 8}, .data = x, .bytes = (size_t)rows * 8 * sizeof *x},
                out = {.data = NULL};
    for (int i = 0; i < 64 * 8; i++)
        x[i] = 1;
    if (sard_session_new(model, NULL, &session, &error))
        return 1;
    const bool right = !sard_session_run(session, &in, 1, &out, 1, &error) && ((float *)out.data)[rows * 8 - 1] == 8;
    sard_session_free(session);
    return !right;
}

static void *plan_for_ever(void *arg)
{
    shared *s = arg;
    for (int64_t rows = 1; !atomic_load(&s->stop); rows = rows % 64 + 1)
        if (use(s->model, rows))
            return s;
    return NULL;
}

START_TEST(children_plan_while_parents_do)
{
    shared s = {.stop = false};
    sard_error error;
    pthread_t thread;
    void *failed;
    const sard_context_options options = {.struct_size = sizeof options, .threads = 2};
    ck_assert_int_eq(sard_context_new(&options, &s.context, &error), SARD_OK);
    float ones[64];
    for (int i = 0; i < 64; i++)
        ones[i] = 1;
    sard_graph *graph = graph_parse(
        s.context, "graph g {\n input x: float32[N,8]\n const w: float32[8,8] = {...}\n y = MatMul(x, w)\n z = Relu(y)\n output z\n}");
    memcpy(sard_value_constant(sard_graph_find(graph, "w"))->data, ones, sizeof ones);
    ck_assert_int_eq(sard_model_from_graph(s.context, graph, NULL, &s.model, &error), SARD_OK);
    ck_assert_int_eq(pthread_create(&thread, NULL, plan_for_ever, &s), 0);
    for (int i = 0; i < CHILDREN; i++) {
        int status = 0;
        usleep((useconds_t)(i * 97));
        const pid_t child = fork();
        if (child == 0) {
            alarm(SECONDS); /* one that hangs ends by a signal */
            _exit(use(s.model, 5) || use(s.model, 64));
        }
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert_msg(status == 0, "child %d: status %x", i, (unsigned)status);
    }
    atomic_store(&s.stop, true);
    ck_assert_int_eq(pthread_join(thread, &failed), 0);
    ck_assert_ptr_null(failed);
    sard_model_free(s.model);
    sard_graph_free(graph);
    sard_context_free(s.context);
}
END_TEST

static Suite *suite(void) { return check_suite("fork", (const TTest *[]){children_plan_while_parents_do, NULL}); }

#ifdef __SANITIZE_ADDRESS__ /* its allocator may be locked for ever in a child of a process with several threads */
int main(void) { return (void)suite, 77; }
#else
CHECK_MAIN(suite)
#endif
