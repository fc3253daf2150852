/* What depends on elements: Compress, NonZero, Unique. */
#include "tests/support/expect.h"

#include <math.h>

static const double numbers[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};

START_TEST(compress)
{
    op_test t;
    op_start(&t);
    const sard_attr axis = {.name = "axis", .kind = SARD_ATTR_INT, .i = -1};
    sard_value *x = op_numbers(&t, "x", SARD_F64, numbers, 2, (int64_t[]){3, 2}),
               *second = op_numbers(&t, "second", SARD_BOOL, numbers, 1, (int64_t[]){2});
    ck_assert_int_eq(op_run(&t, "Compress", (sard_value *[]){x, second}, 2, &axis, 1, 1), SARD_OK);
    expect(&t, 2, (int64_t[]){3, 1}, (double[]){1, 3, 5});
    ck_assert_int_eq(op_run(&t, "Compress", (sard_value *[]){x, second}, 2, NULL, 0, 1), SARD_OK);
    expect(&t, 1, (int64_t[]){1}, (double[]){1});
    expect_inferred(t.node->outputs[0], 1, (int64_t[]){SARD_UNKNOWN_DIM});
    op_end(&t);
}
END_TEST

START_TEST(non_zero)
{
    op_test t;
    op_start(&t);
    sard_value *x = op_numbers(&t, "x", SARD_F16, (double[]){0, NAN, -0.0, 2, 0, -1}, 2, (int64_t[]){2, 3});
    ck_assert_int_eq(op_run(&t, "NonZero", &x, 1, NULL, 0, 1), SARD_OK);
    expect(&t, 2, (int64_t[]){2, 3}, (double[]){0, 1, 1, 1, 0, 2});
    const sard_string words[] = {{"", 0}, {"a", 1}};
    sard_value *s = op_constant(&t, "s", SARD_STRING, words, 1, (int64_t[]){2});
    ck_assert_int_eq(op_run(&t, "NonZero", &s, 1, NULL, 0, 1), SARD_OK);
    expect(&t, 2, (int64_t[]){1, 1}, (double[]){1});
    sard_value *none = op_numbers(&t, "none", SARD_F32, numbers, 2, (int64_t[]){0, 3});
    ck_assert_int_eq(op_run(&t, "NonZero", &none, 1, NULL, 0, 1), SARD_OK);
    expect_dims(&t, 2, (int64_t[]){2, 0});
    op_end(&t);
}
END_TEST

START_TEST(unique_in_both_orders)
{
    op_test t;
    op_start(&t);
    sard_attr sorted = {.name = "sorted", .kind = SARD_ATTR_INT, .i = 0};
    sard_value *x = op_numbers(&t, "x", SARD_F32, (double[]){2, 1, NAN, 1, 3, NAN}, 2, (int64_t[]){2, 3});
    ck_assert_int_eq(op_run(&t, "Unique", &x, 1, &sorted, 1, 4), SARD_OK);
    op_expect(&t, 0, SARD_F32, (double[]){2, 1, NAN, 3}, 4);
    op_expect(&t, 1, SARD_I64, (double[]){0, 1, 2, 4}, 4);
    op_expect(&t, 2, SARD_I64, (double[]){0, 1, 2, 1, 3, 2}, 6);
    op_expect(&t, 3, SARD_I64, (double[]){1, 2, 2, 1}, 4);
    sorted.i = 1;
    ck_assert_int_eq(op_run(&t, "Unique", &x, 1, &sorted, 1, 4), SARD_OK);
    op_expect(&t, 0, SARD_F32, (double[]){1, 2, 3, NAN}, 4);
    op_expect(&t, 1, SARD_I64, (double[]){1, 0, 4, 2}, 4);
    op_expect(&t, 2, SARD_I64, (double[]){1, 0, 3, 0, 2, 3}, 6);
    op_expect(&t, 3, SARD_I64, (double[]){2, 1, 1, 2}, 4);
    op_end(&t);
}
END_TEST

START_TEST(unique_columns)
{
    op_test t;
    op_start(&t);
    const sard_attr axis = {.name = "axis", .kind = SARD_ATTR_INT, .i = 1};
    sard_value *x = op_numbers(&t, "x", SARD_U8, (double[]){3, 1, 3, 1, 2, 2, 2, 0}, 2, (int64_t[]){2, 4});
    ck_assert_int_eq(op_run(&t, "Unique", &x, 1, &axis, 1, 1), SARD_OK);
    expect(&t, 2, (int64_t[]){2, 3}, (double[]){1, 1, 3, 0, 2, 2});
    op_end(&t);
}
END_TEST

START_TEST(unique_strings)
{
    op_test t;
    op_start(&t);
    const sard_string words[] = {{"b", 1}, {"ab", 2}, {"a", 1}, {"ab", 2}, {"", 0}};
    sard_value *x = op_constant(&t, "x", SARD_STRING, words, 1, (int64_t[]){5});
    ck_assert_int_eq(op_run(&t, "Unique", &x, 1, NULL, 0, 3), SARD_OK);
    expect_dims(&t, 1, (int64_t[]){4});
    op_expect(&t, 2, SARD_I64, (double[]){3, 2, 1, 2, 0}, 5);
    op_end(&t);
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {compress, non_zero, unique_in_both_orders, unique_columns, unique_strings, NULL};
    return check_suite("select", tests);
}

CHECK_MAIN(suite)
