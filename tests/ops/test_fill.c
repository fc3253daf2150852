/* Tensors made from a few numbers: ConstantOfShape, Range, OneHot, EyeLike, Trilu. */
#include "tests/support/expect.h"

#include <math.h>

static const double numbers[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

START_TEST(constant_of_shape)
{
    op_test t;
    op_start(&t);
    const double half = 0.5;
    sard_value *value = op_numbers(&t, "value", SARD_F16, &half, 1, (int64_t[]){1});
    const sard_attr attr = {.name = "value", .kind = SARD_ATTR_TENSOR, .tensor = sard_value_constant(value)};
    sard_value *shape = op_i64(&t, "shape", (int64_t[]){2, 2}, 1, (int64_t[]){2}),
               *none = op_i64(&t, "none", (int64_t[]){0}, 1, (int64_t[]){0});
    ck_assert_int_eq(op_run(&t, "ConstantOfShape", &shape, 1, &attr, 1, 1), SARD_OK);
    ck_assert_int_eq(t.outputs[0].dtype, SARD_F16);
    expect(&t, 2, (int64_t[]){2, 2}, (double[]){0.5, 0.5, 0.5, 0.5});
    ck_assert_int_eq(op_run(&t, "ConstantOfShape", &none, 1, NULL, 0, 1), SARD_OK);
    expect(&t, 0, NULL, (double[]){0});
    sard_value *wrong = op_i64(&t, "wrong", (int64_t[]){2, -1}, 1, (int64_t[]){2});
    op_expect_error(&t, op_infer(&t, "ConstantOfShape", &wrong, 1, NULL, 0, 1), SARD_SHAPE, "shape[1] is -1");
    op_end(&t);
}
END_TEST

static sard_status range(op_test *t, sard_dtype dtype, double start, double limit, double delta)
{
    sard_value *const in[] = {op_numbers(t, "start", dtype, &start, 0, NULL), op_numbers(t, "limit", dtype, &limit, 0, NULL),
                              op_numbers(t, "delta", dtype, &delta, 0, NULL)};
    return op_run(t, "Range", in, 3, NULL, 0, 1);
}

static void check_range(sard_dtype dtype, double start, double limit, double delta, int64_t count, const double *want)
{
    op_test t;
    op_start(&t);
    ck_assert_msg(range(&t, dtype, start, limit, delta) == SARD_OK, "%s", t.error.text);
    expect(&t, 1, &count, want);
    op_end(&t);
}

START_TEST(ranges)
{
    check_range(SARD_I64, 3, 9, 3, 2, (double[]){3, 6});
    check_range(SARD_I16, 10, 4, -4, 2, (double[]){10, 6});
    check_range(SARD_I32, 4, 4, 1, 0, NULL);
    check_range(SARD_I32, 5, 4, 1, 0, NULL);
    check_range(SARD_F32, 0, 1, 0.25, 4, (double[]){0, 0.25, 0.5, 0.75});
    check_range(SARD_F64, 1, 0, -0.4, 3, (double[]){1, 0.6, 0.2});
}
END_TEST

START_TEST(ranges_that_never_end)
{
    op_test t;
    op_start(&t);
    op_expect_error(&t, range(&t, SARD_I64, 0, 5, 0), SARD_SHAPE, "delta is 0");
    op_expect_error(&t, range(&t, SARD_F32, 0, 5, 0), SARD_SHAPE, "delta is 0");
    op_expect_error(&t, range(&t, SARD_F32, 0, INFINITY, 1), SARD_SHAPE, "cannot be counted");
    op_expect_error(&t, range(&t, SARD_F32, 0, NAN, 1), SARD_SHAPE, "cannot be counted");
    op_expect_error(&t, range(&t, SARD_I64, -0x1p63, 0x1p62, 1), SARD_SHAPE, "too many elements");
    op_end(&t);
}
END_TEST

START_TEST(one_hot)
{
    op_test t;
    op_start(&t);
    sard_attr axis = {.name = "axis", .kind = SARD_ATTR_INT, .i = 0};
    sard_value *indices = op_numbers(&t, "indices", SARD_F32, (double[]){1, -1, 3, -4}, 1, (int64_t[]){4});
    sard_value *depth = op_numbers(&t, "depth", SARD_F32, (double[]){3}, 1, (int64_t[]){1});
    sard_value *values = op_numbers(&t, "values", SARD_U8, (double[]){2, 5}, 1, (int64_t[]){2});
    ck_assert_int_eq(op_run(&t, "OneHot", (sard_value *[]){indices, depth, values}, 3, &axis, 1, 1), SARD_OK);
    expect(&t, 2, (int64_t[]){3, 4}, (double[]){2, 2, 2, 2, 5, 2, 2, 2, 2, 5, 2, 2});
    axis.i = -1;
    ck_assert_int_eq(op_run(&t, "OneHot", (sard_value *[]){indices, depth, values}, 3, &axis, 1, 1), SARD_OK);
    expect(&t, 2, (int64_t[]){4, 3}, (double[]){2, 5, 2, 2, 2, 5, 2, 2, 2, 2, 2, 2});
    sard_value *negative = op_numbers(&t, "negative", SARD_I64, (double[]){-3}, 0, NULL);
    op_expect_error(&t, op_infer(&t, "OneHot", (sard_value *[]){indices, negative, values}, 3, &axis, 1, 1), SARD_SHAPE, "depth");
    op_end(&t);
}
END_TEST

START_TEST(eye_like)
{
    op_test t;
    op_start(&t);
    const sard_attr attrs[] = {{.name = "dtype", .kind = SARD_ATTR_INT, .i = SARD_BOOL}, {.name = "k", .kind = SARD_ATTR_INT, .i = 1}};
    const sard_attr far = {.name = "k", .kind = SARD_ATTR_INT, .i = INT64_MAX}, wrong = {.name = "dtype", .kind = SARD_ATTR_INT, .i = 99};
    sard_value *x = op_numbers(&t, "x", SARD_F32, numbers, 2, (int64_t[]){2, 3});
    ck_assert_int_eq(op_run(&t, "EyeLike", &x, 1, attrs, 2, 1), SARD_OK);
    ck_assert_int_eq(t.outputs[0].dtype, SARD_BOOL);
    expect(&t, 2, (int64_t[]){2, 3}, (double[]){0, 1, 0, 0, 0, 1});
    ck_assert_int_eq(op_run(&t, "EyeLike", &x, 1, &far, 1, 1), SARD_OK);
    op_expect(&t, 0, SARD_F32, (double[]){0, 0, 0, 0, 0, 0}, 6);
    op_expect_error(&t, op_infer(&t, "EyeLike", &x, 1, &wrong, 1, 1), SARD_UNSUPPORTED, "dtype 99");
    op_end(&t);
}
END_TEST

START_TEST(trilu)
{
    op_test t;
    op_start(&t);
    const sard_attr lower = {.name = "upper", .kind = SARD_ATTR_INT, .i = 0};
    sard_value *x = op_numbers(&t, "x", SARD_F32, numbers, 3, (int64_t[]){2, 2, 3});
    sard_value *one = op_i64(&t, "one", (int64_t[]){1}, 0, NULL), *least = op_i64(&t, "least", (int64_t[]){INT64_MIN}, 0, NULL);
    ck_assert_int_eq(op_run(&t, "Trilu", &x, 1, NULL, 0, 1), SARD_OK);
    op_expect(&t, 0, SARD_F32, (double[]){1, 2, 3, 0, 5, 6, 7, 8, 9, 0, 11, 12}, 12);
    ck_assert_int_eq(op_run(&t, "Trilu", (sard_value *[]){x, one}, 2, &lower, 1, 1), SARD_OK);
    op_expect(&t, 0, SARD_F32, (double[]){1, 2, 0, 4, 5, 6, 7, 8, 0, 10, 11, 12}, 12);
    ck_assert_int_eq(op_run(&t, "Trilu", (sard_value *[]){x, least}, 2, &lower, 1, 1), SARD_OK);
    op_expect(&t, 0, SARD_F32, (double[12]){0}, 12);
    op_end(&t);
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {constant_of_shape, ranges, ranges_that_never_end, one_hot, eye_like, trilu, NULL};
    return check_suite("fill", tests);
}

CHECK_MAIN(suite)
