/* What is left in the graph of operators of older opsets. That they compute the same is seen in test_old_opsets.py. */
#include "tests/support/check.h"
#include "tests/support/onnx.h"

#include <string.h>

static onnx_test t;
static proto graph, model; /* constants point into model */

/* x: f32[2, 3, 4, 5] */
static void start(void)
{
    onnx_start(&t);
    graph.size = model.size = 0;
    proto_input(&graph, "x", SARD_F32, 4, (int64_t[]){2, 3, 4, 5});
}

static void end(void) { onnx_end(&t); }

static sard_status import(int opset)
{
    model.size = 0;
    proto_output(&graph, "y");
    proto_model(&model, &graph, opset);
    proto_opset(&model, 8, "com.microsoft", 1);
    return onnx_import_model(&t, &model);
}

static void expect_ops(int opset, const char *ops)
{
    ck_assert_msg(!import(opset), "%s", t.error.text);
    ck_assert_str_eq(onnx_ops(t.graph), ops);
    ck_assert_msg(!sard_graph_infer(t.graph, NULL, NULL, &t.error), "%s", t.error.text);
    ck_assert_msg(!sard_graph_verify(t.graph, &t.error), "%s", t.error.text);
    ck_assert_str_eq(t.graph->outputs[0]->name, "y");
}

static void expect_input(size_t node, size_t input, const char *constant)
{
    ck_assert_str_eq(onnx_constant(&t, onnx_input(&t, node, input)), constant);
}

static void refuse(int opset, sard_status status, const char *text)
{
    ck_assert_int_eq(import(opset), status);
    ck_assert_msg(strstr(t.error.text, text), "'%s' lacks '%s'", t.error.text, text);
}

START_TEST(attributes_become_inputs)
{
    proto clip = {.size = 0}, axes = {.size = 0};
    proto_attr_float(&clip, "max", 6);
    proto_attr_ints(&axes, "axes", (int64_t[]){2, 3}, 2);
    proto_attr_int(&axes, "keepdims", 0);
    proto_node(&graph, "Clip", "x", "c", &clip);
    proto_node(&graph, "ReduceMean", "c", "y", &axes);
    expect_ops(6, "Clip ReduceMean");
    ck_assert_ptr_null(onnx_input(&t, 0, 1));
    expect_input(0, 2, "6");
    expect_input(1, 1, "2 3");
    ck_assert_int_eq(t.graph->outputs[0]->rank, 2);
}
END_TEST

/* The constant has the type of what it is compared with, which inference has to find first. */
START_TEST(constants_are_of_the_right_type)
{
    proto to = {.size = 0}, clip = {.size = 0};
    proto_attr_int(&to, "to", SARD_F16);
    proto_attr_float(&clip, "min", -0.5f);
    proto_node(&graph, "Cast", "x", "h", &to);
    proto_node(&graph, "Clip", "h", "y", &clip);
    expect_ops(9, "Cast Clip");
    ck_assert_int_eq(onnx_input(&t, 1, 1)->dtype, SARD_F16);
    expect_input(1, 1, "-0.5");
}
END_TEST

START_TEST(softmax_over_several_axes)
{
    proto last = {.size = 0};
    proto_node(&graph, "Softmax", "x", "y", NULL);
    expect_ops(12, "Shape Flatten Softmax Reshape");
    expect_ops(13, "Softmax");
    graph.size = 0;
    proto_input(&graph, "x", SARD_F32, 2, (int64_t[]){2, 3});
    proto_node(&graph, "Softmax", "x", "y", NULL);
    expect_ops(12, "Softmax");
    proto_attr_int(&last, "axis", 3);
    graph.size = 0;
    proto_input(&graph, "x", SARD_F32, 4, (int64_t[]){2, 3, 4, 5});
    proto_node(&graph, "Softmax", "x", "y", &last);
    expect_ops(12, "Softmax");
}
END_TEST

START_TEST(operands_are_laid_along_an_axis)
{
    proto attrs = {.size = 0}, beyond = {.size = 0};
    proto_attr_int(&attrs, "broadcast", 1);
    proto_attr_int(&attrs, "axis", 1);
    proto_floats(&graph, "w", 1, (int64_t[]){3}, (float[]){1, 2, 3});
    proto_node(&graph, "Mul", "x w", "y", &attrs);
    expect_ops(6, "Mul");
    expect_input(0, 1, "1 2 3");
    ck_assert_int_eq(onnx_input(&t, 0, 1)->rank, 3);
    ck_assert_int_eq(onnx_input(&t, 0, 1)->dims[1], 1);
    proto_attr_int(&beyond, "broadcast", 1);
    proto_attr_int(&beyond, "axis", 4);
    graph.size = 0;
    proto_input(&graph, "x", SARD_F32, 4, (int64_t[]){2, 3, 4, 5});
    proto_floats(&graph, "w", 1, (int64_t[]){3}, (float[]){1, 2, 3});
    proto_node(&graph, "Mul", "x w", "y", &beyond);
    refuse(6, SARD_MODEL, "Mul 'y': axis 4");
}
END_TEST

static const char *word_of(const sard_node *node, const char *name)
{
    static sard_attr attr;
    for (size_t i = 0; sard_node_attr(node, i, &attr); i++)
        if (!strcmp(attr.name, name) && attr.kind == SARD_ATTR_STRING)
            return attr.s.data;
    return "default";
}

START_TEST(upsample_is_resize)
{
    proto_floats(&graph, "s", 1, (int64_t[]){4}, (float[]){1, 1, 2, 2});
    proto_node(&graph, "Upsample", "x s", "y", NULL);
    expect_ops(9, "Resize");
    ck_assert_ptr_null(onnx_input(&t, 0, 1));
    expect_input(0, 2, "1 1 2 2");
    ck_assert_str_eq(word_of(t.graph->first, "coordinate_transformation_mode"), "asymmetric");
    ck_assert_str_eq(word_of(t.graph->first, "nearest_mode"), "floor");
    ck_assert_int_eq(t.graph->outputs[0]->dims[3], 10);
}
END_TEST

START_TEST(empty_inputs_of_resize_are_left_out)
{
    proto_floats(&graph, "none", 1, (int64_t[]){0}, (float[]){0});
    proto_int64s(&graph, "s", 1, (int64_t[]){4}, (int64_t[]){2, 3, 8, 10});
    proto_node(&graph, "Resize", "x none none s", "y", NULL);
    expect_ops(11, "Resize");
    ck_assert_ptr_null(onnx_input(&t, 0, 1));
    ck_assert_ptr_null(onnx_input(&t, 0, 2));
    expect_input(0, 3, "2 3 8 10");
}
END_TEST

/* Opset 10 rounds down along an axis that grows, up along one that shrinks. */
START_TEST(old_resize_has_two_roundings)
{
    proto_floats(&graph, "up", 1, (int64_t[]){4}, (float[]){1, 1, 2, 1.5});
    proto_node(&graph, "Resize", "x up", "y", NULL);
    expect_ops(10, "Resize");
    ck_assert_str_eq(word_of(t.graph->first, "nearest_mode"), "floor");
    graph.size = 0;
    proto_input(&graph, "x", SARD_F32, 4, (int64_t[]){2, 3, 4, 5});
    proto_floats(&graph, "down", 1, (int64_t[]){4}, (float[]){1, 1, 1, 0.5f});
    proto_node(&graph, "Resize", "x down", "y", NULL);
    expect_ops(10, "Resize");
    ck_assert_str_eq(word_of(t.graph->first, "nearest_mode"), "ceil");
    graph.size = 0;
    proto_input(&graph, "x", SARD_F32, 4, (int64_t[]){2, 3, 4, 5});
    proto_floats(&graph, "both", 1, (int64_t[]){4}, (float[]){1, 1, 2, 0.5f});
    proto_node(&graph, "Resize", "x both", "y", NULL);
    expect_ops(10, "Min Resize Max Resize");
}
END_TEST

START_TEST(fused_operators_are_taken_apart)
{
    proto attrs = {.size = 0}, list = {.size = 0};
    proto_attr_text(&attrs, "activation", "Clip");
    proto_text(&list, 1, "activation_params");
    proto_bytes(&list, 7, (float[]){0, 6}, 8);
    proto_int(&list, 20, 6);
    proto_message(&attrs, 5, &list);
    proto_floats(&graph, "w", 4, (int64_t[]){1, 3, 1, 1}, (float[]){1, 2, 3});
    proto_node_in(&graph, 1, "com.microsoft", "FusedConv", "x w", "y", &attrs);
    expect_ops(12, "Conv Clip");
    expect_input(1, 1, "0");
    expect_input(1, 2, "6");
}
END_TEST

START_TEST(what_has_no_meaning_today_is_refused)
{
    proto spatial = {.size = 0}, word = {.size = 0}, cast = {.size = 0};
    proto_attr_int(&spatial, "spatial", 0);
    proto_node(&graph, "BatchNormalization", "x x x x x", "y m", &spatial);
    refuse(7, SARD_UNSUPPORTED, "BatchNormalization 'y': training with spatial 0");
    graph.size = 0;
    proto_input(&graph, "x", SARD_F32, 0, NULL);
    proto_attr_text(&cast, "to", "NOTHING");
    proto_node(&graph, "Cast", "x", "y", &cast);
    refuse(5, SARD_MODEL, "no element type 'NOTHING'");
    graph.size = 0;
    proto_input(&graph, "x", SARD_F32, 0, NULL);
    proto_attr_text(&word, "activation", "Wobble");
    proto_node_in(&graph, 1, "com.microsoft", "FusedConv", "x x", "y", &word);
    refuse(12, SARD_UNSUPPORTED, "activation 'Wobble'");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("upgrade");
    TCase *cases = tcase_create("upgrade");
    const TTest *const tests[] = {attributes_become_inputs,
                                  constants_are_of_the_right_type,
                                  softmax_over_several_axes,
                                  operands_are_laid_along_an_axis,
                                  upsample_is_resize,
                                  empty_inputs_of_resize_are_left_out,
                                  old_resize_has_two_roundings,
                                  fused_operators_are_taken_apart,
                                  what_has_no_meaning_today_is_refused};
    tcase_add_checked_fixture(cases, start, end);
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
        tcase_add_test(cases, tests[i]);
    suite_add_tcase(s, cases);
    return s;
}

CHECK_MAIN(suite)
