/* Pools: windows at the border, what is counted, indices, both layouts. */
#include "tests/support/check.h"
#include "tests/support/outputs.h"

static const float nine[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};

START_TEST(max_of_windows)
{
    op_test t;
    op_start(&t);
    sard_value *in[] = {op_f32(&t, "x", nine, 4, INTS(1, 1, 3, 3))};
    const sard_attr attrs[] = {ATTR_INTS("kernel_shape", 2, 2), ATTR_INTS("pads", 1, 1, 0, 0), ATTR_INTS("strides", 2, 1)};
    ck_assert_int_eq(op_run(&t, "MaxPool", in, 1, attrs, 3, 1), SARD_OK);
    expect_shape(&t.outputs[0], 4, INTS(1, 1, 2, 3));
    expect_elements(&t.outputs[0], FLOATS(1, 2, 3, 7, 8, 9), 0);
    op_end(&t);
}
END_TEST

START_TEST(max_tells_where)
{
    op_test t;
    op_start(&t);
    sard_value *in[] = {op_f32(&t, "x", FLOATS(1, 9, 9, 4, 5, 6, 7, 8, 3, 2, 2, 2), 4, INTS(1, 2, 2, 3))};
    const sard_attr attrs[] = {ATTR_INTS("kernel_shape", 2, 2), ATTR_INT("storage_order", 1)};
    ck_assert_int_eq(op_run(&t, "MaxPool", in, 1, attrs, 1, 2), SARD_OK);
    expect_elements(&t.outputs[0], FLOATS(9, 9, 8, 8), 0);
    expect_elements(&t.outputs[1], FLOATS(1, 1, 7, 7), 0);
    ck_assert_int_eq(op_run(&t, "MaxPool", in, 1, attrs, 2, 2), SARD_OK);
    expect_elements(&t.outputs[1], FLOATS(2, 2, 8, 8), 0);

    in[0] = op_f32(&t, "y", FLOATS(1, 7, 9, 8, 9, 3, 4, 2, 5, 2, 6, 2), 4, INTS(1, 2, 3, 2));
    ck_assert_int_eq(op_run_nhwc(&t, "MaxPool", in, 1, attrs, 1, 2), SARD_OK);
    expect_shape(&t.outputs[0], 4, INTS(1, 1, 2, 2));
    expect_elements(&t.outputs[0], FLOATS(9, 8, 9, 8), 0);
    expect_elements(&t.outputs[1], FLOATS(1, 7, 1, 7), 0);
    op_end(&t);
}
END_TEST

START_TEST(max_of_bytes_and_nan)
{
    op_test t;
    op_start(&t);
    const sard_attr attrs[] = {ATTR_INTS("kernel_shape", 2), ATTR_INTS("pads", 1, 0)};
    sard_value *in[] = {op_constant(&t, "x", SARD_I8, (int8_t[]){-128, -5, -7}, 3, INTS(1, 1, 3))};
    ck_assert_int_eq(op_run(&t, "MaxPool", in, 1, attrs, 2, 1), SARD_OK);
    ck_assert_int_eq(t.outputs[0].dtype, SARD_I8);
    expect_elements(&t.outputs[0], FLOATS(-128, -5, -5), 0);
    in[0] = op_f32(&t, "y", FLOATS(1, NAN, 3), 3, INTS(1, 1, 3));
    ck_assert_int_eq(op_run(&t, "MaxPool", in, 1, attrs, 2, 1), SARD_OK);
    expect_elements(&t.outputs[0], FLOATS(1, NAN, NAN), 0);
    op_end(&t);
}
END_TEST

/* Ceil makes a window more, unless it would begin in the padding. */
START_TEST(ceil_mode)
{
    op_test t;
    op_start(&t);
    sard_value *in[] = {op_f32(&t, "x", nine, 3, INTS(1, 1, 6))};
    const sard_attr attrs[] = {ATTR_INTS("kernel_shape", 3), ATTR_INTS("strides", 2), ATTR_INT("ceil_mode", 1)};
    ck_assert_int_eq(op_run(&t, "AveragePool", in, 1, attrs, 3, 1), SARD_OK);
    expect_shape(&t.outputs[0], 3, INTS(1, 1, 3));
    expect_elements(&t.outputs[0], FLOATS(2, 4, 5.5f), 0);
    const sard_attr padded[] = {ATTR_INTS("kernel_shape", 2), ATTR_INTS("strides", 3), ATTR_INT("ceil_mode", 1), ATTR_INTS("pads", 0, 1)};
    ck_assert_int_eq(op_run(&t, "AveragePool", in, 1, padded, 4, 1), SARD_OK);
    expect_shape(&t.outputs[0], 3, INTS(1, 1, 2));
    op_end(&t);
}
END_TEST

START_TEST(average_counts_what_it_is_told)
{
    op_test t;
    op_start(&t);
    sard_value *in[] = {op_f32(&t, "x", nine, 4, INTS(1, 1, 3, 3))};
    const sard_attr attrs[] = {ATTR_INTS("kernel_shape", 2, 2), ATTR_INTS("strides", 2, 2), ATTR_INTS("pads", 1, 1, 0, 0),
                               ATTR_INT("count_include_pad", 1)};
    ck_assert_int_eq(op_run(&t, "AveragePool", in, 1, attrs, 3, 1), SARD_OK);
    expect_elements(&t.outputs[0], FLOATS(1, 2.5f, 5.5f, 7), 0);
    ck_assert_int_eq(op_run(&t, "AveragePool", in, 1, attrs, 4, 1), SARD_OK);
    expect_elements(&t.outputs[0], FLOATS(0.25f, 1.25f, 2.75f, 7), 0);
    op_end(&t);
}
END_TEST

START_TEST(norms)
{
    op_test t;
    op_start(&t);
    sard_value *in[] = {op_f32(&t, "x", FLOATS(3, -4, 0, 5, 12), 3, INTS(1, 1, 5))};
    const sard_attr attrs[] = {ATTR_INTS("kernel_shape", 2), ATTR_INT("p", 1)};
    ck_assert_int_eq(op_run(&t, "LpPool", in, 1, attrs, 1, 1), SARD_OK);
    expect_elements(&t.outputs[0], FLOATS(5, 4, 5, 13), 1e-7);
    ck_assert_int_eq(op_run(&t, "LpPool", in, 1, attrs, 2, 1), SARD_OK);
    expect_elements(&t.outputs[0], FLOATS(7, 4, 5, 17), 1e-7);
    op_end(&t);
}
END_TEST

START_TEST(dilation_reaches_over_elements)
{
    op_test t;
    op_start(&t);
    sard_value *in[] = {op_f32(&t, "x", FLOATS(9, 1, 2, 8, 3), 3, INTS(1, 1, 5))};
    const sard_attr attrs[] = {ATTR_INTS("kernel_shape", 2), ATTR_INTS("dilations", 3)};
    ck_assert_int_eq(op_run(&t, "MaxPool", in, 1, attrs, 2, 1), SARD_OK);
    expect_elements(&t.outputs[0], FLOATS(9, 3), 0);
    ck_assert_int_eq(op_run(&t, "AveragePool", in, 1, attrs, 2, 1), SARD_OK);
    expect_elements(&t.outputs[0], FLOATS(8.5f, 2), 0);
    op_end(&t);
}
END_TEST

/* One image of two channels, in both layouts. */
static void expect_global(const char *op, const float *want)
{
    op_test t;
    op_start(&t);
    sard_value *nchw[] = {op_f32(&t, "x", FLOATS(1, 2, 3, 6, -3, -4, -3, -4), 4, INTS(1, 2, 2, 2))};
    sard_value *nhwc[] = {op_f32(&t, "y", FLOATS(1, -3, 2, -4, 3, -3, 6, -4), 4, INTS(1, 2, 2, 2))};
    ck_assert_int_eq(op_run(&t, op, nchw, 1, NULL, 0, 1), SARD_OK);
    expect_shape(&t.outputs[0], 4, INTS(1, 2, 1, 1));
    expect_elements(&t.outputs[0], want, 1e-7);
    ck_assert_int_eq(op_run_nhwc(&t, op, nhwc, 1, NULL, 0, 1), SARD_OK);
    expect_shape(&t.outputs[0], 4, INTS(1, 1, 1, 2));
    expect_elements(&t.outputs[0], want, 1e-7);
    op_end(&t);
}

START_TEST(global_pools)
{
    expect_global("GlobalAveragePool", FLOATS(3, -3.5f));
    expect_global("GlobalMaxPool", FLOATS(6, -3));
    expect_global("GlobalLpPool", FLOATS(7.0710678f, 7.0710678f));
}
END_TEST

/* Two billion taps, of which few meet the input. */
START_TEST(a_huge_kernel_takes_no_time)
{
    op_test t;
    op_start(&t);
    sard_value *in[] = {op_f32(&t, "x", nine, 4, INTS(1, 1, 3, 3))};
    const sard_attr attrs[] = {ATTR_INTS("kernel_shape", INT32_MAX, INT32_MAX), ATTR_INTS("pads", INT32_MAX - 2, INT32_MAX - 3, 0, 0)};
    ck_assert_int_eq(op_run(&t, "MaxPool", in, 1, attrs, 2, 1), SARD_OK);
    expect_shape(&t.outputs[0], 4, INTS(1, 1, 2, 1));
    expect_elements(&t.outputs[0], FLOATS(6, 9), 0);
    op_end(&t);
}
END_TEST

START_TEST(wrong_attributes_are_told)
{
    op_test t;
    op_start(&t);
    sard_value *in[] = {op_f32(&t, "x", nine, 4, INTS(1, 1, 3, 3))};
    const sard_attr shorter = ATTR_INTS("kernel_shape", 2), negative[] = {ATTR_INTS("kernel_shape", 2, 2), ATTR_INTS("pads", 0, 0, -1, 0)};
    ck_assert_int_eq(op_run(&t, "MaxPool", in, 1, NULL, 0, 1), SARD_MODEL);
    expect_text(&t, "kernel_shape is missing");
    ck_assert_int_eq(op_run(&t, "MaxPool", in, 1, &shorter, 1, 1), SARD_SHAPE);
    expect_text(&t, "kernel_shape has 1 elements, must have 2");
    ck_assert_int_eq(op_run(&t, "AveragePool", in, 1, negative, 2, 1), SARD_SHAPE);
    expect_text(&t, "pads[2] is -1");
    op_end(&t);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("pool");
    TCase *c = tcase_create("pool");
    tcase_add_test(c, max_of_windows);
    tcase_add_test(c, max_tells_where);
    tcase_add_test(c, max_of_bytes_and_nan);
    tcase_add_test(c, ceil_mode);
    tcase_add_test(c, average_counts_what_it_is_told);
    tcase_add_test(c, norms);
    tcase_add_test(c, dilation_reaches_over_elements);
    tcase_add_test(c, global_pools);
    tcase_add_test(c, a_huge_kernel_takes_no_time);
    tcase_add_test(c, wrong_attributes_are_told);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
