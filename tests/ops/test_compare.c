/* Comparisons, bools, Where. */
#include "tests/support/check.h"
#include "tests/support/numbers.h"

#include <math.h>

static void run(op_test *t, const char *op, sard_value *a, sard_value *b)
{
    ck_assert_msg(op_run(t, op, (sard_value *[]){a, b}, 2, NULL, 0, 1) == SARD_OK, "%s", t->error.text);
}

static const sard_dtype types[] = {SARD_F32, SARD_F64, SARD_F16, SARD_BF16, SARD_I8,  SARD_I16,
                                   SARD_I32, SARD_I64, SARD_U8,  SARD_U16,  SARD_U32, SARD_U64};

START_TEST(order)
{
    op_test t;
    op_start(&t);
    sard_value *a = OP_VECTOR(&t, "a", types[_i], 1, 2, 3), *b = OP_VECTOR(&t, "b", types[_i], 2);
    run(&t, "Equal", a, b);
    OP_EXPECT(&t, 0, SARD_BOOL, 0, 1, 0);
    run(&t, "Less", a, b);
    OP_EXPECT(&t, 0, SARD_BOOL, 1, 0, 0);
    run(&t, "LessOrEqual", a, b);
    OP_EXPECT(&t, 0, SARD_BOOL, 1, 1, 0);
    run(&t, "Greater", a, b);
    OP_EXPECT(&t, 0, SARD_BOOL, 0, 0, 1);
    run(&t, "GreaterOrEqual", b, a);
    OP_EXPECT(&t, 0, SARD_BOOL, 1, 1, 0);
    op_end(&t);
}
END_TEST

START_TEST(nan_and_zeros)
{
    op_test t;
    op_start(&t);
    sard_value *a = OP_VECTOR(&t, "a", SARD_F16, NAN, 0, NAN), *b = OP_VECTOR(&t, "b", SARD_F16, NAN, -0.0, 1);
    run(&t, "Equal", a, b);
    OP_EXPECT(&t, 0, SARD_BOOL, 0, 1, 0);
    run(&t, "LessOrEqual", a, b);
    OP_EXPECT(&t, 0, SARD_BOOL, 0, 1, 0);
    run(&t, "Greater", a, b);
    OP_EXPECT(&t, 0, SARD_BOOL, 0, 0, 0);
    op_end(&t);
}
END_TEST

/* 2^53 + 1 and 2^64 - 1 are no doubles. */
START_TEST(wide_integers)
{
    op_test t;
    op_start(&t);
    sard_value *a = op_i64(&t, "a", (int64_t[]){9007199254740993, -1}, 1, (int64_t[]){2});
    sard_value *b = op_i64(&t, "b", (int64_t[]){9007199254740992, 1}, 1, (int64_t[]){2});
    run(&t, "Equal", a, b);
    OP_EXPECT(&t, 0, SARD_BOOL, 0, 0);
    run(&t, "Less", a, b);
    OP_EXPECT(&t, 0, SARD_BOOL, 0, 1);
    const int64_t dims[] = {2};
    sard_value *c = op_constant(&t, "c", SARD_U64, (uint64_t[]){UINT64_MAX, 0}, 1, dims);
    run(&t, "Greater", c, op_constant(&t, "d", SARD_U64, (uint64_t[]){1, 1}, 1, dims));
    OP_EXPECT(&t, 0, SARD_BOOL, 1, 0);
    op_end(&t);
}
END_TEST

START_TEST(strings)
{
    op_test t;
    op_start(&t);
    const sard_string a[] = {{"cat", 3}, {"", 0}, {"a\0b", 3}}, b[] = {{"cats", 4}, {NULL, 0}, {"a\0c", 3}};
    const int64_t dims[] = {3};
    sard_value *x = op_constant(&t, "x", SARD_STRING, a, 1, dims), *y = op_constant(&t, "y", SARD_STRING, b, 1, dims);
    run(&t, "Equal", x, y);
    OP_EXPECT(&t, 0, SARD_BOOL, 0, 1, 0);
    sard_value *condition = OP_VECTOR(&t, "condition", SARD_BOOL, 1, 1, 0);
    ck_assert_int_eq(op_run(&t, "Where", (sard_value *[]){condition, x, y}, 3, NULL, 0, 1), SARD_OK);
    const sard_string *got = t.outputs[0].data;
    ck_assert(got[0].data && got[0].size == 3);
    ck_assert(got[2].size == 3 && got[2].data[2] == 'c');
    op_expect_error(&t, op_run(&t, "Less", (sard_value *[]){x, y}, 2, NULL, 0, 1), SARD_UNSUPPORTED, "input A is string");
    op_end(&t);
}
END_TEST

START_TEST(bools)
{
    op_test t;
    op_start(&t);
    sard_value *a = OP_VECTOR(&t, "a", SARD_BOOL, 0, 0, 1, 1), *b = OP_VECTOR(&t, "b", SARD_BOOL, 0, 1, 0, 1);
    run(&t, "And", a, b);
    OP_EXPECT(&t, 0, SARD_BOOL, 0, 0, 0, 1);
    run(&t, "Or", a, b);
    OP_EXPECT(&t, 0, SARD_BOOL, 0, 1, 1, 1);
    run(&t, "Xor", a, b);
    OP_EXPECT(&t, 0, SARD_BOOL, 0, 1, 1, 0);
    run(&t, "Equal", a, b);
    OP_EXPECT(&t, 0, SARD_BOOL, 1, 0, 0, 1);
    ck_assert_int_eq(op_run(&t, "Not", &a, 1, NULL, 0, 1), SARD_OK);
    OP_EXPECT(&t, 0, SARD_BOOL, 1, 1, 0, 0);
    op_end(&t);
}
END_TEST

START_TEST(where)
{
    op_test t;
    op_start(&t);
    sard_value *condition = op_numbers(&t, "condition", SARD_BOOL, (double[]){1, 0}, 2, (int64_t[]){2, 1});
    sard_value *x = OP_VECTOR(&t, "x", types[_i], 1, 2, 3), *y = op_numbers(&t, "y", types[_i], (double[]){9}, 0, NULL);
    ck_assert_int_eq(op_run(&t, "Where", (sard_value *[]){condition, x, y}, 3, NULL, 0, 1), SARD_OK);
    ck_assert_int_eq(t.outputs[0].rank, 2);
    OP_EXPECT(&t, 0, types[_i], 1, 2, 3, 9, 9, 9);
    op_end(&t);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("compare");
    TCase *c = tcase_create("results");
    tcase_add_loop_test(c, order, 0, sizeof types / sizeof *types);
    tcase_add_test(c, nan_and_zeros);
    tcase_add_test(c, wide_integers);
    tcase_add_test(c, strings);
    tcase_add_test(c, bools);
    tcase_add_loop_test(c, where, 0, sizeof types / sizeof *types);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
