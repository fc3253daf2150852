/* Edits of inputs and outputs, and copies to edit. */
#include "tests/support/check.h"
#include "tests/support/graph.h"

#include <string.h>

static sard_context *context;
static sard_graph *graph;
static sard_error error;

static void start(void)
{
    ck_assert_int_eq(sard_context_new(NULL, &context, &error), SARD_OK);
    graph = graph_parse(context, "graph g {\n input x: float32[N,3]\n input z: float32[2]\n const k: float32[3] = {1, 2, 3}\n"
                                 " y = Add(x, k)\n r = Relu(y)\n output y\n output result = r\n output z }");
}

static void end(void)
{
    sard_graph_free(graph);
    sard_context_free(context);
}

static void prints(const sard_graph *g, const char *words, bool there)
{
    char *text = graph_print(g);
    ck_assert_msg((strstr(text, words) != NULL) == there, "'%s' %s in: %s", words, there ? "is not" : "is", text);
    free(text);
}

START_TEST(shapes_of_inputs_change)
{
    sard_value *x = sard_graph_find(graph, "x");
    ck_assert(sard_value_set_shape(x, 2, (const int64_t[]){4, SARD_UNKNOWN_DIM}));
    prints(graph, "input x: float32[4,?]", true);
    ck_assert(sard_value_set_shape(x, -1, NULL));
    ck_assert(!sard_value_set_shape(sard_graph_find(graph, "y"), 1, (const int64_t[]){1}));
    ck_assert(!sard_value_set_shape(sard_graph_find(graph, "k"), 1, (const int64_t[]){1}));
    ck_assert(!sard_value_set_shape(x, 1, (const int64_t[]){-1000}));
    ck_assert(!sard_value_set_shape(x, SARD_MAX_RANK + 1, (const int64_t[SARD_MAX_RANK + 1]){0}));
    ck_assert(!sard_value_set_shape(x, 3, (const int64_t[]){INT64_MAX / 2, INT64_MAX / 2, 1}));
    ck_assert_int_eq(sard_value_rank(x), -1);
}
END_TEST

START_TEST(outputs_are_set_and_removed)
{
    ck_assert(sard_graph_set_output(graph, 1, sard_graph_find(graph, "y")));
    ck_assert_str_eq(sard_graph_output_name(graph, 1), "result");
    ck_assert_uint_eq(sard_value_use_count(sard_graph_find(graph, "r")), 0);
    ck_assert_uint_eq(sard_value_use_count(sard_graph_find(graph, "y")), 3);
    ck_assert(sard_graph_remove_output(graph, 0));
    ck_assert_uint_eq(sard_graph_output_count(graph), 2);
    ck_assert_str_eq(sard_graph_output_name(graph, 0), "result");
    ck_assert_ptr_eq(sard_graph_output(graph, 1), sard_graph_find(graph, "z"));
    ck_assert(!sard_graph_remove_output(graph, 2) && !sard_graph_set_output(graph, 2, sard_graph_find(graph, "y")));
}
END_TEST

START_TEST(only_unused_inputs_are_removed)
{
    ck_assert(!sard_graph_remove_input(graph, 0) && !sard_graph_remove_input(graph, 1) && !sard_graph_remove_input(graph, 2));
    ck_assert(sard_graph_remove_output(graph, 2) && sard_graph_remove_input(graph, 1));
    ck_assert_uint_eq(sard_graph_input_count(graph), 1);
    prints(graph, "input z", false);
}
END_TEST

START_TEST(a_copy_is_edited_alone)
{
    sard_graph *copy;
    ck_assert(sard_graph_set_metadata(graph, "colour", "rgb") && sard_graph_set_doc(graph, "why"));
    ck_assert_int_eq(sard_graph_copy(graph, &copy, &error), SARD_OK);
    ck_assert_str_eq(sard_graph_metadata(copy, "colour"), "rgb");
    ck_assert_str_eq(sard_graph_doc(copy), "why");
    ck_assert_str_eq(sard_value_doc(sard_graph_input(copy, 0)), "");
    ck_assert(sard_graph_remove_output(copy, 0) && sard_graph_set_metadata(copy, "colour", NULL));
    ck_assert(sard_value_set_shape(sard_graph_find(copy, "x"), 2, (const int64_t[]){sard_graph_symbol(copy, "M"), 3}));
    prints(copy, "[M,3]", true);
    ck_assert_ptr_null(sard_graph_metadata(copy, "colour"));
    sard_graph_free(copy);
    ck_assert_uint_eq(sard_graph_output_count(graph), 3);
    ck_assert_str_eq(sard_graph_metadata(graph, "colour"), "rgb");
    prints(graph, "input x: float32[N,3]", true);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("interface");
    TCase *c = tcase_create("interface");
    tcase_add_checked_fixture(c, start, end);
    tcase_add_test(c, shapes_of_inputs_change);
    tcase_add_test(c, outputs_are_set_and_removed);
    tcase_add_test(c, only_unused_inputs_are_removed);
    tcase_add_test(c, a_copy_is_edited_alone);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
