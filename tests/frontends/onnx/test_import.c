/* Graphs: names, order, constants, subgraphs, functions, and what keeps a model from being taken. */
#include "tests/support/check.h"
#include "tests/support/onnx.h"

#include <stdio.h>
#include <string.h>

static onnx_test t;

static void start(void) { onnx_start(&t); }
static void end(void) { onnx_end(&t); }

static const int64_t two_three[] = {2, 3};

/* A graph with input x: f32[2, 3]. */
static proto with_x(void)
{
    proto graph = {.size = 0};
    proto_input(&graph, "x", SARD_F32, 2, two_three);
    return graph;
}

static sard_status import(const proto *graph, int opset)
{
    static proto model; /* constants point into it */
    model.size = 0;
    proto_model(&model, graph, opset);
    return onnx_import_model(&t, &model);
}

static void expect_ops(const proto *graph, const char *ops)
{
    ck_assert_msg(!import(graph, 17), "%s", t.error.text);
    ck_assert_str_eq(onnx_ops(t.graph), ops);
    ck_assert_msg(!sard_graph_infer(t.graph, NULL, NULL, &t.error), "%s", t.error.text);
    ck_assert_msg(!sard_graph_verify(t.graph, &t.error), "%s", t.error.text);
}

static void refuse(const proto *graph, sard_status status, const char *text)
{
    ck_assert_int_eq(import(graph, 17), status);
    ck_assert_msg(strstr(t.error.text, text), "'%s' lacks '%s'", t.error.text, text);
}

/* ---- values ---- */

START_TEST(values_keep_their_names)
{
    proto graph = with_x();
    proto_node(&graph, "Relu", "x", "hidden", NULL);
    proto_node(&graph, "Abs", "hidden", "y", NULL);
    proto_output(&graph, "y");
    proto_output(&graph, "x");
    proto_output(&graph, "y");
    expect_ops(&graph, "Relu Abs");
    ck_assert_ptr_nonnull(sard_graph_find(t.graph, "hidden"));
    ck_assert_str_eq(sard_node_name(t.graph->first), "hidden");
    ck_assert_uint_eq(t.graph->output_count, 3);
    ck_assert_str_eq(sard_graph_output_name(t.graph, 1), "x");
}
END_TEST

START_TEST(nodes_in_any_order)
{
    proto graph = with_x();
    proto_node(&graph, "Abs", "c", "y", NULL);
    proto_node(&graph, "Neg", "b", "c", NULL);
    proto_node(&graph, "Exp", "x", "b", NULL);
    proto_output(&graph, "y");
    expect_ops(&graph, "Exp Neg Abs");
}
END_TEST

START_TEST(what_a_subgraph_reads_comes_before_it)
{
    proto graph = with_x(), branch = {.size = 0}, attrs = {.size = 0};
    proto_node(&branch, "Relu", "late", "r", NULL);
    proto_output(&branch, "r");
    proto_attr_message(&attrs, "then_branch", 6, 5, &branch);
    proto_attr_message(&attrs, "else_branch", 6, 5, &branch);
    proto_input(&graph, "c", SARD_BOOL, 0, NULL);
    proto_node(&graph, "If", "c", "y", &attrs);
    proto_node(&graph, "Abs", "x", "late", NULL);
    proto_output(&graph, "y");
    expect_ops(&graph, "Abs If");
}
END_TEST

START_TEST(names_must_make_sense)
{
    proto cycle = with_x(), self = with_x(), twice = with_x(), dangling = with_x(), missing = with_x(), shadow = with_x();
    proto_node(&cycle, "Add", "x b", "a", NULL);
    proto_node(&cycle, "Relu", "a", "b", NULL);
    proto_output(&cycle, "b");
    refuse(&cycle, SARD_MODEL, "cycle");
    proto_node(&self, "Add", "x a", "a", NULL);
    proto_output(&self, "a");
    refuse(&self, SARD_MODEL, "Add 'a'");
    proto_node(&twice, "Relu", "x", "y", NULL);
    proto_node(&twice, "Abs", "x", "y", NULL);
    proto_output(&twice, "y");
    refuse(&twice, SARD_MODEL, "two nodes have an output 'y'");
    proto_node(&dangling, "Add", "x nowhere", "y", NULL);
    proto_output(&dangling, "y");
    refuse(&dangling, SARD_MODEL, "Add 'y': 'nowhere' is made by nothing");
    proto_output(&missing, "y");
    refuse(&missing, SARD_MODEL, "'y' is made by nothing");
    proto_input(&shadow, "k", SARD_F32, 0, NULL);
    proto_node(&shadow, "Relu", "k", "x", NULL);
    proto_output(&shadow, "x");
    refuse(&shadow, SARD_MODEL, "two values have the name 'x'");
    const proto nothing = with_x();
    refuse(&nothing, SARD_MODEL, "no outputs");
}
END_TEST

START_TEST(initialisers_are_constants)
{
    proto graph = with_x();
    proto_floats(&graph, "w", 1, (int64_t[]){3}, (float[]){1, 2, 3});
    proto_input(&graph, "w", SARD_F32, 1, (int64_t[]){3});
    proto_node(&graph, "Add", "x w", "y", NULL);
    proto_output(&graph, "y");
    proto_output(&graph, "w");
    expect_ops(&graph, "Add");
    ck_assert_uint_eq(sard_graph_input_count(t.graph), 1);
    ck_assert_str_eq(onnx_constant(&t, sard_graph_find(t.graph, "w")), "1 2 3");
}
END_TEST

START_TEST(constants_in_all_forms)
{
    proto graph = with_x(), tensor = {.size = 0}, attrs[4] = {{.size = 0}};
    proto list = {.size = 0};
    proto_tensor(&tensor, "", SARD_I32, 1, (int64_t[]){2});
    proto_int(&tensor, 5, 7);
    proto_int(&tensor, 5, -8);
    proto_attr_message(&attrs[0], "value", 5, 4, &tensor);
    proto_attr_float(&attrs[1], "value_float", 2.5f);
    proto_attr_ints(&attrs[2], "value_ints", (int64_t[]){4, 5}, 2);
    proto_text(&list, 1, "value_floats");
    proto_bytes(&list, 7, (float[]){1, 0.5f}, 8);
    proto_int(&list, 20, 6);
    proto_message(&attrs[3], 5, &list);
    for (size_t i = 0; i < 4; i++) {
        proto_node(&graph, "Constant", "", (const char *[]){"a", "b", "c", "d"}[i], &attrs[i]);
        proto_output(&graph, (const char *[]){"a", "b", "c", "d"}[i]);
    }
    expect_ops(&graph, "");
    ck_assert_str_eq(onnx_constant(&t, sard_graph_find(t.graph, "a")), "7 -8");
    ck_assert_str_eq(onnx_constant(&t, sard_graph_find(t.graph, "b")), "2.5");
    ck_assert_int_eq(sard_graph_find(t.graph, "b")->rank, 0);
    ck_assert_str_eq(onnx_constant(&t, sard_graph_find(t.graph, "c")), "4 5");
    ck_assert_str_eq(onnx_constant(&t, sard_graph_find(t.graph, "d")), "1 0.5");
}
END_TEST

START_TEST(inputs_left_out)
{
    proto graph = with_x();
    proto_floats(&graph, "top", 0, NULL, (float[]){6});
    proto_node(&graph, "Clip", "x - top", "a", NULL);
    proto_node(&graph, "Clip", "a - -", "y", NULL);
    proto_output(&graph, "y");
    expect_ops(&graph, "Clip Clip");
    ck_assert_ptr_null(onnx_input(&t, 0, 1));
    ck_assert_str_eq(onnx_constant(&t, onnx_input(&t, 0, 2)), "6");
    ck_assert_uint_eq(sard_node_input_count(t.graph->first->next), 1);
}
END_TEST

/* ---- problems ---- */

START_TEST(all_problems_are_told)
{
    proto graph = with_x(), attrs = {.size = 0};
    proto_attr_int(&attrs, "sideways", 1);
    proto_node(&graph, "Frobnicate", "x", "a", NULL);
    proto_node(&graph, "Relu", "a", "b", &attrs);
    proto_node_in(&graph, 1, "no.such", "Thing", "b", "c", NULL);
    proto_node(&graph, "Relu", "c", "y", NULL);
    proto_output(&graph, "y");
    ck_assert_int_eq(import(&graph, 17), SARD_UNSUPPORTED);
    ck_assert_int_eq(t.problems, 3);
    ck_assert_str_eq(t.problem[0], "Frobnicate 'a': there is no such operator");
    ck_assert_ptr_nonnull(strstr(t.problem[1], "sideways"));
    ck_assert_str_eq(t.problem[2], "Thing 'c': there is no such operator in domain no.such");
    ck_assert_str_eq(t.error.text, t.problem[0]);
    ck_assert_ptr_nonnull(t.graph);
}
END_TEST

START_TEST(maps_are_no_inputs)
{
    proto graph = {.size = 0}, type = {.size = 0}, info = {.size = 0}, untyped = {.size = 0};
    const proto empty = {.size = 0};
    proto_message(&type, 5, &empty);
    proto_text(&info, 1, "s");
    proto_message(&info, 2, &type);
    proto_message(&graph, 11, &info);
    proto_output(&graph, "s");
    refuse(&graph, SARD_UNSUPPORTED, "input 's' is a map");
    graph.size = 0;
    proto_text(&untyped, 1, "u");
    proto_message(&graph, 11, &untyped);
    proto_output(&graph, "u");
    refuse(&graph, SARD_MODEL, "input 'u' is of no type");
    graph.size = 0;
    proto_input(&graph, "big", SARD_F32, 2, (int64_t[]){INT64_C(1) << 40, INT64_C(1) << 40});
    proto_output(&graph, "big");
    refuse(&graph, SARD_MODEL, "input 'big'");
}
END_TEST

START_TEST(opsets_are_checked)
{
    proto graph = with_x(), model = {.size = 0};
    proto_node(&graph, "Relu", "x", "y", NULL);
    proto_output(&graph, "y");
    ck_assert_int_eq(import(&graph, 0), SARD_MODEL);
    ck_assert_int_eq(import(&graph, 9999), SARD_OK);
    proto_model(&model, &graph, 17);
    proto_opset(&model, 8, "ai.onnx", 17);
    ck_assert_int_eq(onnx_import_model(&t, &model), SARD_OK);
    proto_opset(&model, 8, "ai.onnx", 18);
    ck_assert_int_eq(onnx_import_model(&t, &model), SARD_MODEL);
    ck_assert_ptr_nonnull(strstr(t.error.text, "opsets 17 and 18"));
    model.size = 0;
    proto_int(&model, 1, 8);
    proto_message(&model, 7, &graph);
    ck_assert_int_eq(onnx_import_model(&t, &model), SARD_MODEL);
}
END_TEST

START_TEST(metadata)
{
    proto graph = with_x(), model = {.size = 0}, entry = {.size = 0};
    proto_output(&graph, "x");
    proto_model(&model, &graph, 17);
    proto_text(&model, 2, "hand");
    proto_text(&entry, 1, "colour");
    proto_text(&entry, 2, "rgb");
    proto_message(&model, 14, &entry);
    ck_assert_int_eq(onnx_import_model(&t, &model), SARD_OK);
    static const char *const expected[] = {"ir_version=8", "opset=17", "producer_name=hand", "colour=rgb"};
    ck_assert_uint_eq(t.graph->metadata_count, 4);
    for (size_t i = 0; i < 4; i++) {
        char text[64];
        snprintf(text, sizeof text, "%s=%s", t.graph->metadata[i].key, t.graph->metadata[i].value);
        ck_assert_str_eq(text, expected[i]);
    }
}
END_TEST

/* ---- subgraphs ---- */

/* If within If, the inner one reading x of the outermost graph. */
START_TEST(captures_go_through_several_graphs)
{
    proto inner = {.size = 0}, outer = {.size = 0}, attrs = {.size = 0}, outer_attrs = {.size = 0}, graph = with_x();
    proto_node(&inner, "Relu", "x", "r", NULL);
    proto_node(&inner, "Add", "r w", "s", NULL);
    proto_output(&inner, "s");
    proto_attr_message(&attrs, "then_branch", 6, 5, &inner);
    proto_attr_message(&attrs, "else_branch", 6, 5, &inner);
    proto_node(&outer, "If", "c", "i", &attrs);
    proto_output(&outer, "i");
    proto_attr_message(&outer_attrs, "then_branch", 6, 5, &outer);
    proto_attr_message(&outer_attrs, "else_branch", 6, 5, &outer);
    proto_input(&graph, "c", SARD_BOOL, 0, NULL);
    proto_floats(&graph, "w", 1, (int64_t[]){3}, (float[]){1, 2, 3});
    proto_node(&graph, "If", "c", "y", &outer_attrs);
    proto_output(&graph, "y");
    expect_ops(&graph, "If");
    const sard_graph *branch = sard_node_subgraph(t.graph->first, 0);
    ck_assert_uint_eq(branch->capture_count, 2); /* c and x; w is known, so it is a constant there */
    const sard_graph *deepest = sard_node_subgraph(branch->first, 0);
    ck_assert_uint_eq(deepest->capture_count, 1);
    ck_assert_str_eq(onnx_ops(deepest), "Relu Add");
    ck_assert_int_eq(t.graph->outputs[0]->rank, 2);
}
END_TEST

START_TEST(a_branch_may_be_a_value_of_outside)
{
    proto branch = {.size = 0}, attrs = {.size = 0}, graph = with_x();
    proto_output(&branch, "x");
    proto_attr_message(&attrs, "then_branch", 6, 5, &branch);
    proto_attr_message(&attrs, "else_branch", 6, 5, &branch);
    proto_input(&graph, "c", SARD_BOOL, 0, NULL);
    proto_node(&graph, "If", "c", "y", &attrs);
    proto_output(&graph, "y");
    expect_ops(&graph, "If");
}
END_TEST

/* ---- sequences ---- */

START_TEST(sequences_with_known_items_vanish)
{
    proto graph = with_x(), axis = {.size = 0};
    proto_attr_int(&axis, "axis", 1);
    proto_int64s(&graph, "i", 0, NULL, (int64_t[]){-1});
    proto_node(&graph, "Abs", "x", "a", NULL);
    proto_node(&graph, "SequenceConstruct", "x a", "s", NULL);
    proto_node(&graph, "ConcatFromSequence", "s", "y", &axis);
    proto_node(&graph, "SequenceAt", "s i", "last", NULL);
    proto_output(&graph, "y");
    proto_output(&graph, "last");
    expect_ops(&graph, "Abs Concat");
    ck_assert_int_eq(t.graph->outputs[0]->dims[1], 6);
    ck_assert_str_eq(t.graph->outputs[1]->name, "a");
    proto_node(&graph, "SequenceLength", "s", "n", NULL);
    proto_output(&graph, "s"); /* a value of the run, since something else reads it */
    expect_ops(&graph, "Abs Concat SequenceConstruct");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("import");
    TCase *cases = tcase_create("import");
    const TTest *const tests[] = {values_keep_their_names,
                                  nodes_in_any_order,
                                  what_a_subgraph_reads_comes_before_it,
                                  names_must_make_sense,
                                  initialisers_are_constants,
                                  constants_in_all_forms,
                                  inputs_left_out,
                                  all_problems_are_told,
                                  maps_are_no_inputs,
                                  opsets_are_checked,
                                  metadata,
                                  captures_go_through_several_graphs,
                                  a_branch_may_be_a_value_of_outside,
                                  sequences_with_known_items_vanish};
    tcase_add_checked_fixture(cases, start, end);
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
        tcase_add_test(cases, tests[i]);
    suite_add_tcase(s, cases);
    return s;
}

CHECK_MAIN(suite)
