/* Inputs and outputs by name: their places, and runs with names in any order. */
#include "tests/support/check.h"
#include "tests/support/graph.h"

#include <stdio.h>
#include <string.h>

static sard_context *context;
static sard_graph *graph;
static sard_model *model;
static sard_session *session;
static sard_error error;

static void start(void)
{
    ck_assert(!sard_context_new(NULL, &context, NULL));
    graph = graph_parse(context, "graph g {\n input x: float32[2]\n input w: float32[2]\n a = Sub(x, w)\n b = Neg(a)\n output less = a\n"
                                 " output same = w\n output more = b\n}");
    ck_assert(!sard_model_from_graph(context, graph, NULL, &model, NULL));
    ck_assert(!sard_session_new(model, NULL, &session, NULL));
}

static void stop(void)
{
    sard_session_free(session);
    sard_model_free(model);
    sard_graph_free(graph);
    sard_context_free(context);
}

START_TEST(names_are_found)
{
    ck_assert_uint_eq(sard_model_find_input(model, "x"), 0);
    ck_assert_uint_eq(sard_model_find_input(model, "w"), 1);
    ck_assert_uint_eq(sard_model_find_output(model, "less"), 0);
    ck_assert_uint_eq(sard_model_find_output(model, "more"), 2);
    ck_assert_uint_eq(sard_graph_find_input(graph, "w"), 1);
    ck_assert_uint_eq(sard_graph_find_output(graph, "same"), 1);
    /* what is in the graph, but no input or output of it under that name */
    ck_assert_uint_eq(sard_model_find_input(model, "a"), SIZE_MAX);
    ck_assert_uint_eq(sard_model_find_output(model, "w"), SIZE_MAX);
    ck_assert_uint_eq(sard_model_find_input(model, ""), SIZE_MAX);
    ck_assert_uint_eq(sard_model_find_output(model, "nothing"), SIZE_MAX);
}
END_TEST

static sard_tensor pair(float *data) { return (sard_tensor){.dtype = SARD_F32, .rank = 1, .dims = {2}, .data = data, .bytes = 8}; }

START_TEST(names_in_any_order)
{
    float x[] = {5, 7}, w[] = {1, 2}, mine[2] = {0};
    const char *const names[] = {"w", "x"}, *const wanted[] = {"more", "less"};
    const sard_tensor inputs[] = {pair(w), pair(x)};
    for (int run = 0; run < 2; run++) {
        sard_tensor outputs[2] = {{.data = mine, .bytes = sizeof mine}, {.dtype = SARD_NONE}};
        ck_assert_msg(!sard_session_run_named(session, names, inputs, 2, wanted, outputs, 2, &error), "%s", error.text);
        ck_assert(outputs[0].data == mine && mine[0] == -4 && mine[1] == -5);
        ck_assert(outputs[1].rank == 1 && ((float *)outputs[1].data)[0] == 4 && ((float *)outputs[1].data)[1] == 5);
    }
    sard_tensor last = {.dtype = SARD_NONE};
    ck_assert(!sard_session_run_named(session, names, inputs, 2, &wanted[1], &last, 1, NULL));
    ck_assert(((float *)last.data)[1] == 5);
    ck_assert(!sard_session_run_named(session, names, inputs, 2, NULL, NULL, 0, NULL));
}
END_TEST

/* The run fails with ARGUMENT and this line, and the output is as it was. */
static void refuses(const char *const *names, size_t count, const char *output, const char *text)
{
    float x[] = {5, 7};
    const sard_tensor inputs[3] = {pair(x), pair(x), pair(x)};
    const char *const wanted[] = {"same", output};
    sard_tensor outputs[2] = {{.dtype = SARD_NONE}, {.dtype = SARD_NONE}};
    ck_assert_int_eq(sard_session_run_named(session, names, inputs, count, wanted, outputs, 2, &error), SARD_ARGUMENT);
    ck_assert_str_eq(error.text, text);
    ck_assert_int_eq(sard_session_run_named(session, names, inputs, count, wanted, outputs, 2, NULL), SARD_ARGUMENT);
    ck_assert(!outputs[0].data && !outputs[1].data);
}

START_TEST(wrong_names_are_told)
{
    const char *const right[] = {"x", "w"};
    refuses((const char *const[]){"x", "W"}, 2, "less", "the model has no input 'W'; its inputs are 'x', 'w'");
    refuses((const char *const[]){"x", "x"}, 2, "less", "input 'x' is given twice");
    refuses((const char *const[]){"w", "x", "w"}, 3, "less", "input 'w' is given twice");
    refuses((const char *const[]){"w"}, 1, "less", "input 'x' is not given");
    refuses((const char *const[]){"x", NULL}, 2, "less", "the name of input 1 is NULL");
    refuses(NULL, 2, "less", "the name of input 0 is NULL");
    refuses(right, 2, "a", "the model has no output 'a'; its outputs are 'less', 'same', 'more'");
    refuses(right, 2, "same", "output 'same' is given twice");
    refuses(right, 2, NULL, "the name of output 1 is NULL");
}
END_TEST

/* Of a model with many inputs the line names as many as it has room for. */
START_TEST(many_names_are_cut)
{
    char text[8192] = "graph g {\n";
    sard_model *many;
    sard_session *own;
    for (int i = 0; i < 100; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), " input a_long_name_of_an_input_%d: float32[1]\n", i);
    strcat(text, " y = Neg(a_long_name_of_an_input_0)\n output y\n}");
    sard_graph *wide = graph_parse(context, text);
    ck_assert(!sard_model_from_graph(context, wide, NULL, &many, NULL) && !sard_session_new(many, NULL, &own, NULL));
    const sard_tensor input = {.dtype = SARD_F32};
    ck_assert_int_eq(sard_session_run_named(own, (const char *const[]){"x"}, &input, 1, NULL, NULL, 0, &error), SARD_ARGUMENT);
    ck_assert(strstr(error.text, "'a_long_name_of_an_input_0', "));
    ck_assert_str_eq(error.text + strlen(error.text) - 6, "', ...");
    sard_session_free(own);
    sard_model_free(many);
    sard_graph_free(wide);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("named");
    TCase *c = tcase_create("named");
    tcase_add_checked_fixture(c, start, stop);
    tcase_add_test(c, names_are_found);
    tcase_add_test(c, names_in_any_order);
    tcase_add_test(c, wrong_names_are_told);
    tcase_add_test(c, many_names_are_cut);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
