/* Concat and Split. */
#include "tests/support/expect.h"

static const double numbers[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};

START_TEST(middle_axis)
{
    op_test t;
    op_start(&t);
    const sard_attr axis = {.name = "axis", .kind = SARD_ATTR_INT, .i = -2};
    sard_value *a = op_numbers(&t, "a", SARD_F16, numbers, 3, (int64_t[]){2, 1, 2});
    sard_value *b = op_numbers(&t, "b", SARD_F16, numbers, 3, (int64_t[]){2, 2, 2});
    sard_value *none = op_numbers(&t, "none", SARD_F16, numbers, 3, (int64_t[]){2, 0, 2});
    ck_assert_int_eq(op_run(&t, "Concat", (sard_value *[]){a, none, b}, 3, &axis, 1, 1), SARD_OK);
    expect(&t, 3, (int64_t[]){2, 3, 2}, (double[]){0, 1, 0, 1, 2, 3, 2, 3, 4, 5, 6, 7});
    op_end(&t);
}
END_TEST

START_TEST(strings)
{
    op_test t;
    op_start(&t);
    const sard_attr axis = {.name = "axis", .kind = SARD_ATTR_INT, .i = 0};
    const sard_string words[] = {{"one", 3}, {"", 0}};
    sard_value *a = op_constant(&t, "a", SARD_STRING, words, 1, (int64_t[]){2});
    ck_assert_int_eq(op_run(&t, "Concat", (sard_value *[]){a, a}, 2, &axis, 1, 1), SARD_OK);
    expect_dims(&t, 1, (int64_t[]){4});
    const sard_string *got = t.outputs[0].data;
    ck_assert_uint_eq(got[2].size, 3);
    ck_assert_mem_eq(got[2].data, "one", 3);
    op_end(&t);
}
END_TEST

START_TEST(shapes_that_disagree)
{
    op_test t;
    op_start(&t);
    const sard_attr axis = {.name = "axis", .kind = SARD_ATTR_INT, .i = 0};
    sard_value *a = sard_graph_add_input(t.graph, "a", SARD_F32, 2, (int64_t[]){2, 3});
    sard_value *b = sard_graph_add_input(t.graph, "b", SARD_F32, 2, (int64_t[]){2, 4});
    sard_value *c = sard_graph_add_input(t.graph, "c", SARD_F32, 2, (int64_t[]){SARD_UNKNOWN_DIM, SARD_UNKNOWN_DIM});
    op_expect_error(&t, op_infer(&t, "Concat", (sard_value *[]){a, b}, 2, &axis, 1, 1), SARD_SHAPE, "'b' has size 4 in dimension 1");
    ck_assert_int_eq(op_infer(&t, "Concat", (sard_value *[]){c, a}, 2, &axis, 1, 1), SARD_OK);
    expect_inferred(t.node->outputs[0], 2, (int64_t[]){SARD_UNKNOWN_DIM, 3});
    op_end(&t);
}
END_TEST

START_TEST(split_by_sizes)
{
    op_test t;
    op_start(&t);
    const sard_attr axis = {.name = "axis", .kind = SARD_ATTR_INT, .i = 1};
    sard_value *x = op_numbers(&t, "x", SARD_I32, numbers, 2, (int64_t[]){2, 6});
    sard_value *sizes = op_i64(&t, "sizes", (int64_t[]){1, 0, 5}, 1, (int64_t[]){3});
    ck_assert_int_eq(op_run(&t, "Split", (sard_value *[]){x, sizes}, 2, &axis, 1, 3), SARD_OK);
    expect(&t, 2, (int64_t[]){2, 1}, (double[]){0, 6});
    op_expect(&t, 2, SARD_I32, (double[]){1, 2, 3, 4, 5, 7, 8, 9, 10, 11}, 10);
    ck_assert_int_eq(t.outputs[1].dims[1], 0);
    sard_value *wrong = op_i64(&t, "wrong", (int64_t[]){1, 1, 5}, 1, (int64_t[]){3});
    op_expect_error(&t, op_infer(&t, "Split", (sard_value *[]){x, wrong}, 2, &axis, 1, 3), SARD_SHAPE,
                    "the parts make 7, but the axis has size 6");
    op_end(&t);
}
END_TEST

START_TEST(split_evenly)
{
    op_test t;
    op_start(&t);
    const sard_attr three = {.name = "num_outputs", .kind = SARD_ATTR_INT, .i = 3};
    sard_value *x = op_numbers(&t, "x", SARD_U8, numbers, 1, (int64_t[]){7});
    ck_assert_int_eq(op_run(&t, "Split", &x, 1, &three, 1, 3), SARD_OK);
    expect(&t, 1, (int64_t[]){3}, (double[]){0, 1, 2});
    ck_assert_int_eq(t.outputs[2].dims[0], 1);
    op_expect_error(&t, op_infer(&t, "Split", &x, 1, &three, 1, 2), SARD_SHAPE, "num_outputs is 3, but there are 2 outputs");
    sard_value *small = op_numbers(&t, "small", SARD_U8, numbers, 1, (int64_t[]){1});
    op_expect_error(&t, op_infer(&t, "Split", &small, 1, &three, 1, 3), SARD_SHAPE, "cannot be cut into 3 parts");
    op_end(&t);
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {middle_axis, strings, shapes_that_disagree, split_by_sizes, split_evenly, NULL};
    return check_suite("concat", tests);
}

CHECK_MAIN(suite)
