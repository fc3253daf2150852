/* Sessions: results on each backend and number of threads, plans by shape, outputs bound by the caller, shapes known only by running. */
#include "tests/support/check.h"
#include "tests/support/graph.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static sard_context *context;
static sard_graph *graph_of_session; /* the session's constants point into it */

static void start(void)
{
    const sard_context_options options = {.struct_size = sizeof options, .threads = 4};
    ck_assert(!sard_context_new(&options, &context, NULL));
}

static void stop(void)
{
    sard_graph_free(graph_of_session);
    graph_of_session = NULL;
    sard_context_free(context);
}

/* Convolutions of every kind that backends tell apart, over 9x7 pixels. */
static const char *const convolutions =
    "graph convolutions {\n input x: float32[N,4,9,7]\n const w1: float32[6,4,3,3] = {...}\n const b1: float32[6] = {1, 2, 3, 4, 5, 6}\n"
    " const w2: float32[8,6,1,1] = {...}\n const w3: float32[8,2,3,2] = {...}\n const w4: float32[8,1,3,3] = {...}\n"
    " a = Conv(x, w1, b1) {pads = [1, 1, 1, 1], strides = [2, 1]} |> Relu()\n b = Conv(a, w2)\n"
    " c = Conv(b, w3) {group = 4, pads = [1, 0, 1, 1], dilations = [1, 1]} |> Tanh()\n"
    " y = Conv(c, w4) {group = 8, auto_pad = \"SAME_UPPER\"}\n output y\n}";

/* "{...}" reads as zeros; numbers are more telling. */
static void randomise(sard_graph *graph)
{
    for (size_t i = 0; i < sard_graph_value_count(graph); i++) {
        const sard_tensor *tensor = sard_value_constant(sard_graph_value(graph, i));
        if (tensor && tensor->dtype == SARD_F32)
            fill_random(tensor->data, tensor->bytes / sizeof(float), (uint32_t)i);
    }
}

static sard_tensor random_input(float *data, int rank, const int64_t *dims)
{
    sard_tensor tensor = {.dtype = SARD_F32, .rank = rank, .data = data, .bytes = sizeof(float)};
    for (int i = 0; i < rank; i++) {
        tensor.dims[i] = dims[i];
        tensor.bytes *= (size_t)dims[i];
    }
    fill_random(data, tensor.bytes / sizeof *data, 99);
    return tensor;
}

START_TEST(backends_agree)
{
    float data[2 * 4 * 9 * 7];
    size_t count, other_count;
    sard_graph *graph = graph_parse(context, convolutions);
    randomise(graph);
    const sard_tensor x = random_input(data, 4, (int64_t[]){2, 4, 9, 7});
    float *want = graph_run(context, graph, SARD_O0, "reference", &x, &count);
    for (int level = SARD_O0; level <= SARD_O3; level++) {
        float *have = graph_run(context, graph, (sard_level)level, NULL, &x, &other_count);
        ck_assert_uint_eq(count, other_count);
        for (size_t i = 0; i < count; i++)
            ck_assert_msg(fabsf(have[i] - want[i]) < 1e-5f, "level %d, element %zu: %g, not %g", level, i, have[i], want[i]);
        free(have);
    }
    free(want);
    sard_graph_free(graph);
}
END_TEST

/* A session of a graph, which stays until the end of the test or the next session. */
static sard_session *make_session(const char *text, int threads, sard_model **model)
{
    sard_session *session;
    sard_error error = {.text = ""};
    const sard_session_options options = {.struct_size = sizeof options, .threads = threads};
    sard_graph_free(graph_of_session);
    sard_graph *graph = graph_of_session = graph_parse(context, text);
    randomise(graph);
    ck_assert_msg(!sard_model_from_graph(context, graph, NULL, model, &error), "%s", error.text);
    ck_assert_msg(!sard_session_new(*model, &options, &session, &error), "%s", error.text);
    return session;
}

START_TEST(threads_and_batch_give_the_same_bits)
{
    float data[3 * 4 * 9 * 7], *first = NULL;
    const sard_tensor x = random_input(data, 4, (int64_t[]){3, 4, 9, 7});
    for (int threads = 1; threads <= 4; threads++) {
        sard_model *model;
        sard_session *session = make_session(convolutions, threads, &model);
        sard_tensor y = {.dtype = SARD_NONE}, y1 = {.dtype = SARD_NONE};
        ck_assert(!sard_session_run(session, &x, 1, &y, 1, NULL));
        if (!first) {
            first = malloc(y.bytes);
            memcpy(first, y.data, y.bytes);
        }
        ck_assert(!memcmp(first, y.data, y.bytes));
        sard_tensor one = x;
        one.dims[0] = 1;
        one.data = data + 4 * 9 * 7;
        one.bytes = x.bytes / 3;
        ck_assert(!sard_session_run(session, &one, 1, &y1, 1, NULL));
        ck_assert_int_eq(y1.dims[0], 1);
        ck_assert(!memcmp((char *)first + y1.bytes, y1.data, y1.bytes));
        sard_session_free(session);
        sard_model_free(model);
    }
    free(first);
}
END_TEST

START_TEST(outputs_are_bound)
{
    sard_model *model;
    sard_session *session =
        make_session("graph g {\n input x: float32[N,2]\n a = Neg(x)\n output a\n output same = x\n output twice = a\n}", 1, &model);
    float in[] = {1, 2, 3, 4}, out[4] = {0}, small[3];
    const sard_tensor x = {.dtype = SARD_F32, .rank = 2, .dims = {2, 2}, .data = in, .bytes = sizeof in};
    sard_tensor outputs[3] = {{.data = out, .bytes = sizeof out}};
    sard_error error;
    ck_assert(!sard_session_run(session, &x, 1, outputs, 3, &error));
    ck_assert(outputs[0].data == out && out[3] == -4 && outputs[0].dims[0] == 2);
    ck_assert(outputs[1].data != in && ((float *)outputs[1].data)[2] == 3);
    ck_assert(((float *)outputs[2].data)[1] == -2);
    outputs[0] = (sard_tensor){.data = small, .bytes = sizeof small};
    ck_assert_int_eq(sard_session_run(session, &x, 1, outputs, 1, &error), SARD_ARGUMENT);
    ck_assert(strstr(error.text, "'a' has 16 bytes, there is room for 12"));
    sard_session_free(session);
    sard_model_free(model);
}
END_TEST

START_TEST(steps_and_places_are_counted)
{
    sard_model *model;
    sard_session *session = make_session("graph g {\n input x: float32[N,2]\n a = Neg(x)\n y = MatMul(a, a)\n output y\n}", 1, &model);
    const sard_tensor x = {.dtype = SARD_F32, .rank = 2, .dims = {2, 2}};
    sard_step_info step = {.struct_size = sizeof step};
    sard_place_info place = {.struct_size = sizeof place};
    ck_assert(!sard_session_step_count(session) && !sard_session_place_count(session));
    ck_assert(!sard_session_plan(session, &x, 1, NULL));
    const size_t steps = sard_session_step_count(session), places = sard_session_place_count(session);
    ck_assert(steps > 0 && places > 0);
    ck_assert(!sard_session_step(session, 0, &(sard_step_info){.op = NULL}) &&
              !sard_session_place(session, 0, &(sard_place_info){.op = NULL}));
    ck_assert(sard_session_step(session, steps - 1, &step) && !sard_session_step(session, steps, &step));
    ck_assert(sard_session_place(session, places - 1, &place) && !sard_session_place(session, places, &place));
    sard_session_free(session);
    sard_model_free(model);
}
END_TEST

START_TEST(wrong_inputs_are_told)
{
    sard_model *model;
    sard_session *session = make_session("graph g {\n input x: float32[N,2]\n input z: float32[N,3]\n y = Concat(x, z) {axis = 1}\n"
                                         " output y\n}",
                                         1, &model);
    float data[12] = {0};
    sard_tensor in[2] = {{.dtype = SARD_F32, .rank = 2, .dims = {2, 2}, .data = data, .bytes = sizeof data},
                         {.dtype = SARD_F32, .rank = 2, .dims = {3, 3}, .data = data, .bytes = sizeof data}};
    sard_tensor out = {.dtype = SARD_NONE};
    sard_error error;
    ck_assert_int_eq(sard_session_run(session, in, 1, &out, 1, &error), SARD_ARGUMENT);
    ck_assert_str_eq(error.text, "1 inputs are given, the model has 2");
    ck_assert_int_eq(sard_session_run(session, in, 2, &out, 1, &error), SARD_SHAPE);
    ck_assert_str_eq(error.text, "input 'z' has 3 for N, another input has 2");
    in[1].dims[0] = 2;
    in[1].dims[1] = 4;
    ck_assert_int_eq(sard_session_run(session, in, 2, &out, 1, &error), SARD_SHAPE);
    ck_assert_str_eq(error.text, "input 'z' is [2,4], must be [N,3]");
    in[1].dtype = SARD_I32;
    ck_assert_int_eq(sard_session_run(session, in, 2, &out, 1, &error), SARD_SHAPE);
    ck_assert_str_eq(error.text, "input 'z' is int32, must be float32");
    sard_session_free(session);
    sard_model_free(model);
}
END_TEST

START_TEST(shapes_that_depend_on_data)
{
    sard_model *model;
    sard_session *session = make_session("graph g {\n input x: float32[N]\n n = NonZero(x)\n s = Shape(n)\n c = Cast(n) {to = 1}\n"
                                         " y = Add(c, c)\n output y\n output s\n}",
                                         2, &model);
    float in[] = {0, 2, 0, 4, 5};
    const sard_tensor x = {.dtype = SARD_F32, .rank = 1, .dims = {5}, .data = in, .bytes = sizeof in};
    for (int round = 0; round < 3; round++) {
        sard_tensor outputs[2] = {{.dtype = SARD_NONE}};
        sard_error error = {.text = ""};
        in[0] = (float)round;
        ck_assert_msg(!sard_session_run(session, &x, 1, outputs, 2, &error), "%s", error.text);
        const int64_t count = round ? 4 : 3;
        ck_assert_int_eq(outputs[0].dims[1], count);
        ck_assert_int_eq(((int64_t *)outputs[1].data)[1], count);
        ck_assert(((float *)outputs[0].data)[count - 1] == 8);
    }
    sard_session_free(session);
    sard_model_free(model);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("session");
    TCase *c = tcase_create("run");
    tcase_add_checked_fixture(c, start, stop);
    tcase_add_test(c, backends_agree);
    tcase_add_test(c, threads_and_batch_give_the_same_bits);
    tcase_add_test(c, outputs_are_bound);
    tcase_add_test(c, steps_and_places_are_counted);
    tcase_add_test(c, wrong_inputs_are_told);
    tcase_add_test(c, shapes_that_depend_on_data);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
