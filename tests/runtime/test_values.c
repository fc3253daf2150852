/* sard_session_options.value: each value is told once, as it was when it was made, wherever the plan put it. */
#include "tests/support/check.h"
#include "tests/support/graph.h"

#include <math.h>
#include <string.h>

/* Values in the place of others (Relu, Add), columns and rows of others (Concat, Split), names of others (Reshape), one whose shape is
 * known only while it runs, and one of two outputs. */
static const char *const text =
    "graph g {\n input x: float32[2,3,4,4]\n const w: float32[4,3,1,1] = {...}\n const v: float32[4,4,3,3] = {...}\n"
    " const s: int64[2] = {2, 6}\n const flat: int64[2] = {2, -1}\n"
    " a = Conv(x, w)\n b = Relu(a)\n c = Conv(b, v) {pads = [1, 1, 1, 1]}\n d = Add(c, b)\n e = Concat(d, b) {axis = 1}\n"
    " p, q = Split(e, s) {axis = 1}\n f = Sigmoid(p)\n h = Reshape(q, flat)\n i = Tanh(h)\n j = NonZero(f)\n"
    " const u: float32[4,4,1,1] = {...}\n const t: float32[4,8,1,1] = {...}\n"
    " k = Conv(x, u) nhwc\n l = Conv(k, u) nhwc\n m = Concat(k, l) {axis = 3}\n n = Conv(m, t) nhwc\n"
    " output i\n output j\n output n\n}";
enum { VALUES = 15, OUTPUTS = 3 };

static sard_context *context;
static sard_graph *graph;
static float pixels[2 * 3 * 4 * 4];
static const sard_tensor x = {.dtype = SARD_F32, .rank = 4, .dims = {2, 3, 4, 4}, .data = pixels, .bytes = sizeof pixels};

static void start(void)
{
    ck_assert(!sard_context_new(NULL, &context, NULL));
    graph = graph_parse(context, text);
    fill_random(pixels, sizeof pixels / sizeof *pixels, 7);
    for (size_t i = 0; i < sard_graph_value_count(graph); i++) {
        const sard_tensor *tensor = sard_value_constant(sard_graph_value(graph, i));
        if (tensor && tensor->dtype == SARD_F32)
            fill_random(tensor->data, tensor->bytes / sizeof(float), (uint32_t)i);
    }
}

static void stop(void)
{
    sard_graph_free(graph);
    sard_context_free(context);
}

/* The value as an output, where nothing takes its memory. */
static void expect(const char *name, const sard_tensor *told)
{
    sard_model *model;
    sard_session *session;
    sard_tensor outputs[OUTPUTS + 1] = {{.dtype = SARD_NONE}};
    const sard_model_options o = {.struct_size = sizeof o, .level = SARD_O0, .keep = &name, .keep_count = 1};
    const sard_session_options options = {.struct_size = sizeof options, .backends = "reference"};
    ck_assert(!sard_model_from_graph(context, graph, &o, &model, NULL));
    ck_assert(!sard_session_new(model, &options, &session, NULL));
    ck_assert(!sard_session_run(session, &x, 1, outputs, OUTPUTS + 1, NULL));
    const sard_tensor *want = &outputs[OUTPUTS];
    ck_assert_msg(want->dtype == told->dtype && want->rank == told->rank && want->bytes == told->bytes && !told->ld, "%s", name);
    for (size_t i = 0; want->dtype == SARD_F32 && i < want->bytes / sizeof(float); i++)
        ck_assert_msg(fabsf(((float *)want->data)[i] - ((float *)told->data)[i]) < 1e-5f, "%s, element %zu", name, i);
    ck_assert(want->dtype == SARD_F32 || !memcmp(want->data, told->data, want->bytes));
    sard_session_free(session);
    sard_model_free(model);
}

typedef struct listener {
    const sard_session *session;
    size_t count, without_step;
} listener;

static void hear(void *user, const char *name, const sard_tensor *tensor, size_t step)
{
    listener *l = user;
    sard_step_info info = {.struct_size = sizeof info};
    l->count++;
    l->without_step += step == SIZE_MAX;
    ck_assert(step == SIZE_MAX || sard_session_step(l->session, step, &info));
    expect(name, tensor);
}

static void run(const char *backends, listener *l)
{
    sard_model *model;
    sard_session *session;
    sard_tensor outputs[OUTPUTS] = {{.dtype = SARD_NONE}};
    const sard_model_options o = {.struct_size = sizeof o, .level = SARD_O0};
    const sard_session_options options = {.struct_size = sizeof options, .backends = backends, .on_value = hear, .on_value_user = l};
    ck_assert(!sard_model_from_graph(context, graph, &o, &model, NULL));
    ck_assert(!sard_session_new(model, &options, &session, NULL));
    l->session = session;
    ck_assert(!sard_session_run(session, &x, 1, outputs, OUTPUTS, NULL));
    sard_session_free(session);
    sard_model_free(model);
}

START_TEST(all_values_are_told)
{
    listener l = {0};
    run(_i ? "reference" : NULL, &l);
    ck_assert_uint_eq(l.count, VALUES);
    ck_assert(l.without_step > 0); /* else the graph tests nothing */
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("values");
    TCase *cases = tcase_create("values");
    tcase_add_checked_fixture(cases, start, stop);
    tcase_add_loop_test(cases, all_values_are_told, 0, 2);
    suite_add_tcase(s, cases);
    return s;
}

CHECK_MAIN(suite)
