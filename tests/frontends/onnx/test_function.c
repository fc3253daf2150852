/* Functions of the model: what is left of a call is the body. */
#include "tests/support/check.h"
#include "tests/support/onnx.h"

#include <stdio.h>
#include <string.h>

static onnx_test t;
static proto graph, functions, model; /* constants point into model */

static void start(void)
{
    onnx_start(&t);
    graph.size = functions.size = model.size = 0;
    proto_input(&graph, "x", SARD_F32, 2, (int64_t[]){2, 3});
}

static void end(void) { onnx_end(&t); }

/* Begins a FunctionProto of domain my; inputs, outputs: one name each. */
static proto function_of(const char *name, const char *input, const char *output)
{
    proto function = {.size = 0};
    proto_text(&function, 1, name);
    proto_text(&function, 4, input);
    proto_text(&function, 5, output);
    proto_text(&function, 10, "my");
    proto_opset(&function, 9, "", 17);
    return function;
}

static void add(const proto *function) { proto_message(&functions, 25, function); }
static void call(const char *name, const char *inputs, const char *outputs, const proto *attrs)
{
    proto_node_in(&graph, 1, "my", name, inputs, outputs, attrs);
}

static sard_status import(void)
{
    model.size = 0;
    proto_model(&model, &graph, 17);
    proto_raw(&model, functions.bytes, functions.size);
    return onnx_import_model(&t, &model);
}

static void expect_ops(const char *ops)
{
    ck_assert_msg(!import(), "%s", t.error.text);
    ck_assert_str_eq(onnx_ops(t.graph), ops);
    ck_assert_msg(!sard_graph_infer(t.graph, NULL, NULL, &t.error), "%s", t.error.text);
    ck_assert_msg(!sard_graph_verify(t.graph, &t.error), "%s", t.error.text);
}

static void refuse(sard_status status, const char *text)
{
    ck_assert_int_eq(import(), status);
    ck_assert_msg(strstr(t.error.text, text), "'%s' lacks '%s'", t.error.text, text);
}

START_TEST(a_body_takes_the_place_of_its_call)
{
    proto f = function_of("F", "a", "b");
    proto_node_in(&f, 7, "", "Relu", "a", "h", NULL);
    proto_node_in(&f, 7, "", "Abs", "h", "b", NULL);
    add(&f);
    call("F", "x", "m", NULL);
    call("F", "m", "y", NULL);
    proto_output(&graph, "y");
    expect_ops("Relu Abs Relu Abs");
    ck_assert_ptr_nonnull(sard_graph_find(t.graph, "m"));
    ck_assert_ptr_nonnull(sard_graph_find(t.graph, "m/h"));
    ck_assert_ptr_nonnull(sard_graph_find(t.graph, "y/h"));
    ck_assert_str_eq(t.graph->outputs[0]->name, "y");
}
END_TEST

START_TEST(functions_call_functions)
{
    proto f = function_of("F", "a", "b"), g = function_of("G", "c", "d");
    proto_node_in(&g, 7, "", "Neg", "c", "d", NULL);
    proto_node_in(&f, 7, "my", "G", "a", "h", NULL);
    proto_node_in(&f, 7, "my", "G", "h", "b", NULL);
    add(&f);
    add(&g);
    call("F", "x", "y", NULL);
    proto_output(&graph, "y");
    expect_ops("Neg Neg");
    ck_assert_ptr_nonnull(sard_graph_find(t.graph, "y/h"));
}
END_TEST

START_TEST(attributes_come_from_the_caller)
{
    proto f = function_of("F", "a", "b"), g = function_of("G", "a", "b"), alpha = {.size = 0}, through = {.size = 0}, given = {.size = 0};
    proto_text(&g, 6, "slope");
    proto_attr_ref(&alpha, "alpha", "slope", 1);
    proto_node_in(&g, 7, "", "LeakyRelu", "a", "b", &alpha);
    proto_text(&f, 6, "s");
    proto_attr_ref(&through, "slope", "s", 1);
    proto_node_in(&f, 7, "my", "G", "a", "b", &through);
    add(&f);
    add(&g);
    proto_attr_float(&given, "s", 0.25f);
    call("F", "x", "m", &given);
    call("F", "m", "y", NULL);
    proto_output(&graph, "y");
    expect_ops("LeakyRelu LeakyRelu");
    sard_attr attr;
    ck_assert(sard_node_attr(t.graph->first, 0, &attr));
    ck_assert_str_eq(attr.name, "alpha");
    ck_assert_float_eq(attr.f, 0.25f);
    ck_assert(!sard_node_attr(t.graph->first->next, 0, &attr)); /* not given: the operator's default */
}
END_TEST

START_TEST(attributes_have_defaults)
{
    proto f = function_of("F", "a", "b"), alpha = {.size = 0}, standard = {.size = 0}, given = {.size = 0};
    proto_text(&standard, 1, "slope");
    proto_float(&standard, 2, 0.5f);
    proto_int(&standard, 20, 1);
    proto_message(&f, 11, &standard);
    proto_attr_ref(&alpha, "alpha", "slope", 1);
    proto_node_in(&f, 7, "", "LeakyRelu", "a", "b", &alpha);
    add(&f);
    proto_attr_float(&given, "slope", 0.25f);
    call("F", "x", "m", NULL);
    call("F", "m", "y", &given);
    proto_output(&graph, "y");
    expect_ops("LeakyRelu LeakyRelu");
    sard_attr attr;
    ck_assert(sard_node_attr(t.graph->first, 0, &attr));
    ck_assert_float_eq(attr.f, 0.5f);
    ck_assert(sard_node_attr(t.graph->first->next, 0, &attr));
    ck_assert_float_eq(attr.f, 0.25f);
}
END_TEST

START_TEST(bodies_have_opsets_of_their_own)
{
    proto f = {.size = 0}, axes = {.size = 0};
    proto_text(&f, 1, "F");
    proto_text(&f, 4, "a");
    proto_text(&f, 5, "b");
    proto_text(&f, 10, "my");
    proto_opset(&f, 9, "", 11);
    proto_attr_ints(&axes, "axes", (int64_t[]){0}, 1);
    proto_node_in(&f, 7, "", "Unsqueeze", "a", "b", &axes);
    add(&f);
    call("F", "x", "y", NULL);
    proto_output(&graph, "y");
    expect_ops("Unsqueeze");
    ck_assert_int_eq(t.graph->outputs[0]->rank, 3);
}
END_TEST

START_TEST(inputs_may_be_left_out_and_pass_through)
{
    proto f = function_of("F", "a", "a");
    proto_text(&f, 4, "low");
    proto_text(&f, 5, "b");
    proto_node_in(&f, 7, "", "Clip", "a low", "b", NULL);
    add(&f);
    call("F", "x -", "same y", NULL);
    proto_output(&graph, "y");
    proto_output(&graph, "same");
    expect_ops("Clip");
    ck_assert_uint_eq(sard_node_input_count(t.graph->first), 1);
    ck_assert_ptr_eq(t.graph->outputs[1], t.graph->inputs[0]);
    ck_assert_str_eq(sard_graph_output_name(t.graph, 1), "same");
}
END_TEST

/* A function does not see its caller's names. */
START_TEST(bodies_are_closed)
{
    proto f = function_of("F", "a", "b");
    proto_node_in(&f, 7, "", "Add", "a x", "b", NULL);
    add(&f);
    call("F", "x", "y", NULL);
    proto_output(&graph, "y");
    refuse(SARD_MODEL, "Add 'y/b': 'x' is made by nothing");
}
END_TEST

START_TEST(recursion_is_refused)
{
    proto f = function_of("F", "a", "b"), g = function_of("G", "a", "b"), branch = {.size = 0}, attrs = {.size = 0};
    proto_node_in(&branch, 1, "my", "F", "a", "r", NULL);
    proto_output(&branch, "r");
    proto_attr_message(&attrs, "then_branch", 6, 5, &branch);
    proto_attr_message(&attrs, "else_branch", 6, 5, &branch);
    proto_node_in(&g, 7, "", "If", "a", "b", &attrs);
    proto_node_in(&f, 7, "my", "G", "a", "b", NULL);
    add(&f);
    add(&g);
    call("F", "x", "y", NULL);
    proto_output(&graph, "y");
    refuse(SARD_MODEL, "calls itself");
}
END_TEST

/* Each function calls the next one twice: 2^n nodes from a few bytes. */
START_TEST(growth_is_limited)
{
    static const char *const names[] = {"A", "B", "C", "D", "E", "F", "G"};
    t.limits.nodes = 100;
    for (size_t i = 0; i < 7; i++) {
        proto f = function_of(names[i], "a", "b");
        proto_node_in(&f, 7, i < 6 ? "my" : "", i < 6 ? names[i + 1] : "Abs", "a", "h", NULL);
        proto_node_in(&f, 7, i < 6 ? "my" : "", i < 6 ? names[i + 1] : "Abs", "h", "b", NULL);
        add(&f);
    }
    call("A", "x", "y", NULL);
    proto_output(&graph, "y");
    refuse(SARD_LIMIT, "more than 100 nodes");
    t.limits.nodes = 1000;
    t.limits.nesting = 5;
    refuse(SARD_LIMIT, "nested more than 5 deep");
}
END_TEST

/* Many calls of a function with many inputs: little in the file, much to bind. */
START_TEST(names_are_limited)
{
    proto f = function_of("F", "a", "b");
    t.limits.nodes = 60;
    for (int i = 0; i < 300; i++) {
        char name[16];
        snprintf(name, sizeof name, "p%d", i);
        proto_text(&f, 4, name);
    }
    proto_node_in(&f, 7, "", "Abs", "a", "b", NULL);
    add(&f);
    for (int i = 0; i < 20; i++) {
        char name[16];
        snprintf(name, sizeof name, "y%d", i);
        call("F", "x", name, NULL);
    }
    proto_output(&graph, "y0");
    refuse(SARD_LIMIT, "more names than 60 nodes can need");
}
END_TEST

START_TEST(counts_and_names_are_checked)
{
    proto f = function_of("F", "a", "b");
    proto_node_in(&f, 7, "", "Abs", "a", "b", NULL);
    add(&f);
    call("F", "x x", "y", NULL);
    proto_output(&graph, "y");
    refuse(SARD_MODEL, "2 inputs and 1 outputs, the function has 1 and 1");
    add(&f);
    refuse(SARD_MODEL, "two functions are called 'my:F:'");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("function");
    TCase *cases = tcase_create("function");
    const TTest *const tests[] = {a_body_takes_the_place_of_its_call,
                                  functions_call_functions,
                                  attributes_come_from_the_caller,
                                  attributes_have_defaults,
                                  bodies_have_opsets_of_their_own,
                                  inputs_may_be_left_out_and_pass_through,
                                  bodies_are_closed,
                                  recursion_is_refused,
                                  growth_is_limited,
                                  names_are_limited,
                                  counts_and_names_are_checked};
    tcase_add_checked_fixture(cases, start, end);
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
        tcase_add_test(cases, tests[i]);
    suite_add_tcase(s, cases);
    return s;
}

CHECK_MAIN(suite)
