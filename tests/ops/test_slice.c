/* Slice: clamping, steps, axes, partly known inputs. */
#include "tests/support/expect.h"

static const double numbers[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};

/* data[start:end:step] of 0 .. 7. */
static sard_status slice(op_test *t, int64_t start, int64_t end, int64_t step)
{
    const int64_t eight = 8, one = 1;
    sard_value *x = op_numbers(t, "x", SARD_F32, numbers, 1, &eight), *axes = op_i64(t, "axes", (int64_t[]){0}, 1, &one);
    sard_value *starts = op_i64(t, "starts", &start, 1, &one), *ends = op_i64(t, "ends", &end, 1, &one);
    sard_value *steps = op_i64(t, "steps", &step, 1, &one);
    return op_run(t, "Slice", (sard_value *[]){x, starts, ends, axes, steps}, 5, NULL, 0, 1);
}

static void check_slice(int64_t start, int64_t end, int64_t step, int64_t count, const double *elements)
{
    op_test t;
    op_start(&t);
    ck_assert_int_eq(slice(&t, start, end, step), SARD_OK);
    expect(&t, 1, &count, elements);
    op_end(&t);
}

START_TEST(clamped_and_negative)
{
    check_slice(2, 5, 1, 3, (double[]){2, 3, 4});
    check_slice(-3, INT64_MAX, 1, 3, (double[]){5, 6, 7});
    check_slice(INT64_MIN, -6, 1, 2, (double[]){0, 1});
    check_slice(5, 2, 1, 0, NULL);
    check_slice(100, 200, 1, 0, NULL);
}
END_TEST

START_TEST(steps)
{
    check_slice(1, 8, 3, 3, (double[]){1, 4, 7});
    check_slice(INT64_MAX, INT64_MIN, -1, 8, (double[]){7, 6, 5, 4, 3, 2, 1, 0});
    check_slice(-2, 0, -2, 3, (double[]){6, 4, 2});
    check_slice(3, 100, INT64_MAX, 1, (double[]){3});
    check_slice(3, INT64_MIN, INT64_MIN, 1, (double[]){3});
}
END_TEST

/* The shape of a scalar is the usual one to have no elements. */
START_TEST(nothing_backwards)
{
    op_test t;
    op_start(&t);
    sard_value *scalar = op_numbers(&t, "scalar", SARD_F32, numbers, 0, NULL);
    ck_assert_int_eq(op_infer(&t, "Shape", &scalar, 1, NULL, 0, 1), SARD_OK);
    const int64_t one = 1;
    sard_value *shape = sard_node_output(t.node, 0), *minus = op_i64(&t, "minus", (int64_t[]){-1}, 1, &one);
    sard_value *low = op_i64(&t, "low", (int64_t[]){INT64_MIN}, 1, &one), *zero = op_i64(&t, "zero", (int64_t[]){0}, 1, &one);
    ck_assert_int_eq(op_infer(&t, "Slice", (sard_value *[]){shape, minus, low, zero, minus}, 5, NULL, 0, 1), SARD_OK);
    ck_assert_int_eq(sard_node_output(t.node, 0)->dims[0], 0);
    ck_assert_int_eq(sard_node_output(t.node, 0)->content_count, 0);
    op_end(&t);
}
END_TEST

START_TEST(two_axes_of_three)
{
    op_test t;
    op_start(&t);
    const int64_t two = 2;
    sard_value *x = op_numbers(&t, "x", SARD_I16, numbers, 3, (int64_t[]){2, 2, 3});
    sard_value *starts = op_i64(&t, "starts", (int64_t[]){-1, 0}, 1, &two), *ends = op_i64(&t, "ends", (int64_t[]){-4, 1}, 1, &two);
    sard_value *axes = op_i64(&t, "axes", (int64_t[]){-1, 0}, 1, &two), *steps = op_i64(&t, "steps", (int64_t[]){-2, 1}, 1, &two);
    ck_assert_int_eq(op_run(&t, "Slice", (sard_value *[]){x, starts, ends, axes, steps}, 5, NULL, 0, 1), SARD_OK);
    expect(&t, 3, (int64_t[]){1, 2, 2}, (double[]){2, 0, 5, 3});
    op_end(&t);
}
END_TEST

START_TEST(symbols_stay_where_all_is_taken)
{
    op_test t;
    op_start(&t);
    const int64_t n = sard_graph_symbol(t.graph, "N"), two = 2, three = 3;
    sard_value *x = sard_graph_add_input(t.graph, "x", SARD_F32, 2, (int64_t[]){n, 8});
    sard_value *starts = op_i64(&t, "starts", (int64_t[]){0, 2}, 1, &two), *ends = op_i64(&t, "ends", (int64_t[]){INT64_MAX, -1}, 1, &two);
    ck_assert_int_eq(op_infer(&t, "Slice", (sard_value *[]){x, starts, ends}, 3, NULL, 0, 1), SARD_OK);
    expect_inferred(t.node->outputs[0], 2, (int64_t[]){n, 5});
    sard_value *shorter = op_i64(&t, "shorter", (int64_t[]){2, INT64_MAX}, 1, &two);
    ck_assert_int_eq(op_infer(&t, "Slice", (sard_value *[]){x, starts, shorter}, 3, NULL, 0, 1), SARD_OK);
    expect_inferred(t.node->outputs[0], 2, (int64_t[]){SARD_UNKNOWN_DIM, 6});
    sard_value *later = sard_graph_add_input(t.graph, "later", SARD_I64, 1, &two);
    ck_assert_int_eq(op_infer(&t, "Slice", (sard_value *[]){x, starts, ends, later}, 4, NULL, 0, 1), SARD_OK);
    expect_inferred(t.node->outputs[0], 2, (int64_t[]){SARD_UNKNOWN_DIM, SARD_UNKNOWN_DIM});
    sard_value *many = op_i64(&t, "many", (int64_t[]){0, 0, 0}, 1, &three);
    op_expect_error(&t, op_infer(&t, "Slice", (sard_value *[]){x, many, many}, 3, NULL, 0, 1), SARD_SHAPE, "starts has 3 elements");
    op_end(&t);
}
END_TEST

START_TEST(step_of_zero)
{
    op_test t;
    op_start(&t);
    op_expect_error(&t, slice(&t, 0, 4, 0), SARD_SHAPE, "step 0 is 0");
    op_end(&t);
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {clamped_and_negative, steps, nothing_backwards, two_axes_of_three, symbols_stay_where_all_is_taken,
                                  step_of_zero,         NULL};
    return check_suite("slice", tests);
}

CHECK_MAIN(suite)
