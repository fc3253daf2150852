/* Add Sub Mul Div Pow Mod, shifts and bits: integers at their limits, division by zero, mixed types. */
#include "tests/support/check.h"
#include "tests/support/numbers.h"

#include <math.h>
#include <string.h>

static void run(op_test *t, const char *op, sard_value *a, sard_value *b, const sard_attr *attrs, size_t count)
{
    ck_assert_msg(op_run(t, op, (sard_value *[]){a, b}, 2, attrs, count, 1) == SARD_OK, "%s", t->error.text);
}

static const sard_dtype signed_types[] = {SARD_I8, SARD_I16, SARD_I32, SARD_I64};
static const sard_dtype unsigned_types[] = {SARD_U8, SARD_U16, SARD_U32, SARD_U64};
static const sard_dtype float_types[] = {SARD_F32, SARD_F64, SARD_F16, SARD_BF16};

static double power_of_two(sard_dtype dtype, int below) { return ldexp(1, 8 * (int)sard_dtype_size(dtype) - below); }

START_TEST(signed_integers_wrap)
{
    const sard_dtype type = signed_types[_i];
    const double least = -power_of_two(type, 1);
    op_test t;
    op_start(&t);
    sard_value *a = OP_VECTOR(&t, "a", type, 7, -7, least, least), *b = OP_VECTOR(&t, "b", type, 2, 2, -1, 1);
    run(&t, "Add", a, b, NULL, 0);
    op_expect(&t, 0, type, (double[]){9, -5, -(least + 1), least + 1}, 4);
    run(&t, "Sub", a, b, NULL, 0);
    OP_EXPECT(&t, 0, type, 5, -9, least + 1, -(least + 1));
    run(&t, "Mul", a, b, NULL, 0);
    OP_EXPECT(&t, 0, type, 14, -14, least, least);
    run(&t, "Div", a, b, NULL, 0);
    OP_EXPECT(&t, 0, type, 3, -3, least, least);
    run(&t, "Mod", a, b, NULL, 0);
    OP_EXPECT(&t, 0, type, 1, 1, 0, 0);
    const sard_attr fmod = {.name = "fmod", .kind = SARD_ATTR_INT, .i = 1};
    run(&t, "Mod", a, b, &fmod, 1);
    OP_EXPECT(&t, 0, type, 1, -1, 0, 0);
    op_end(&t);
}
END_TEST

START_TEST(unsigned_integers_wrap)
{
    const sard_dtype type = unsigned_types[_i];
    op_test t;
    op_start(&t);
    sard_value *a = OP_VECTOR(&t, "a", type, 7, 200, 0), *b = OP_VECTOR(&t, "b", type, 2, 100, 1);
    run(&t, "Div", a, b, NULL, 0);
    OP_EXPECT(&t, 0, type, 3, 2, 0);
    run(&t, "Mod", a, b, NULL, 0);
    OP_EXPECT(&t, 0, type, 1, 0, 0);
    run(&t, "Sub", a, b, NULL, 0);
    ck_assert_int_eq(sard_get_int(&t.outputs[0], 0), 5);
    ck_assert_uint_eq((uint64_t)sard_get_int(&t.outputs[0], 2), UINT64_MAX >> (64 - 8 * sard_dtype_size(type)));
    op_end(&t);
}
END_TEST

START_TEST(division_by_zero)
{
    op_test t;
    op_start(&t);
    for (size_t k = 0; k < 8; k++) {
        const sard_dtype type = k < 4 ? signed_types[k] : unsigned_types[k - 4];
        sard_value *a = OP_VECTOR(&t, "a", type, 7, 0), *b = OP_VECTOR(&t, "b", type, 1, 0);
        op_expect_error(&t, op_run(&t, "Div", (sard_value *[]){a, b}, 2, NULL, 0, 1), SARD_DATA, "division by zero: element 1 of input B");
        op_expect_error(&t, op_run(&t, "Mod", (sard_value *[]){a, b}, 2, NULL, 0, 1), SARD_DATA, "division by zero");
    }
    for (size_t k = 0; k < 4; k++) {
        sard_value *a = OP_VECTOR(&t, "a", float_types[k], 7, -7, 0), *b = OP_VECTOR(&t, "b", float_types[k], 0);
        run(&t, "Div", a, b, NULL, 0);
        OP_EXPECT(&t, 0, float_types[k], INFINITY, -INFINITY, NAN);
        run(&t, "Mod", a, b, NULL, 0);
        OP_EXPECT(&t, 0, float_types[k], NAN, NAN, NAN);
    }
    op_end(&t);
}
END_TEST

START_TEST(floats_are_rounded_once)
{
    const sard_dtype type = float_types[_i];
    op_test t;
    op_start(&t);
    sard_value *a = OP_VECTOR(&t, "a", type, 1, 5, -2.5), *b = OP_VECTOR(&t, "b", type, 3, 0.125, -7);
    run(&t, "Div", a, b, NULL, 0);
    OP_EXPECT(&t, 0, type, 1.0 / 3, 40, 2.5 / 7);
    run(&t, "Mul", a, b, NULL, 0);
    OP_EXPECT(&t, 0, type, 3, 0.625, 17.5);
    run(&t, "Mod", a, b, NULL, 0);
    OP_EXPECT(&t, 0, type, 1, 0, -2.5);
    run(&t, "Mod", OP_VECTOR(&t, "c", type, -5, 5, -0.0, INFINITY, -3), OP_VECTOR(&t, "d", type, 3, -3, 2, 2, INFINITY), NULL, 0);
    OP_EXPECT(&t, 0, type, 1, -1, 0, NAN, INFINITY);
    op_end(&t);
}
END_TEST

START_TEST(powers)
{
    op_test t;
    op_start(&t);
    sard_value *x = OP_VECTOR(&t, "x", SARD_I32, 2, -3, 1, -1, 0, 10), *y = OP_VECTOR(&t, "y", SARD_I64, 10, 3, -5, -5, 0, -1);
    run(&t, "Pow", x, y, NULL, 0);
    OP_EXPECT(&t, 0, SARD_I32, 1024, -27, 1, -1, 1, 0);
    sard_value *half = OP_VECTOR(&t, "half", SARD_F32, 0.5), *two = OP_VECTOR(&t, "two", SARD_I8, 2);
    run(&t, "Pow", OP_VECTOR(&t, "i", SARD_I64, 9, 17), half, NULL, 0);
    OP_EXPECT(&t, 0, SARD_I64, 3, 4);
    run(&t, "Pow", OP_VECTOR(&t, "f", SARD_F32, -3, 0.1, -INFINITY), two, NULL, 0);
    OP_EXPECT(&t, 0, SARD_F32, 9, (double)0.1f * (double)0.1f, INFINITY);
    run(&t, "Pow", OP_VECTOR(&t, "h", SARD_F16, 9, -1, -0.0), half, NULL, 0);
    OP_EXPECT(&t, 0, SARD_F16, 3, NAN, 0);
    run(&t, "Pow", OP_VECTOR(&t, "big", SARD_I64, 3), OP_VECTOR(&t, "e", SARD_U8, 39), NULL, 0);
    ck_assert_int_eq(sard_get_int(&t.outputs[0], 0), 4052555153018976267); /* beyond what a double holds */
    op_end(&t);
}
END_TEST

static const sard_attr left = {.name = "direction", .kind = SARD_ATTR_STRING, .s = {"LEFT", 4}};
static const sard_attr right = {.name = "direction", .kind = SARD_ATTR_STRING, .s = {"RIGHT", 5}};

START_TEST(shifts)
{
    const bool is_signed = _i < 4;
    const sard_dtype type = is_signed ? signed_types[_i] : unsigned_types[_i - 4];
    const double bits = (double)(8 * sard_dtype_size(type));
    op_test t;
    op_start(&t);
    sard_value *x = OP_VECTOR(&t, "x", type, 16, 1, 3, 3), *y = OP_VECTOR(&t, "y", type, 2, 0, bits - 1, bits);
    run(&t, "BitShift", x, y, &left, 1);
    OP_EXPECT(&t, 0, type, 64, 1, is_signed ? -power_of_two(type, 1) : power_of_two(type, 1), 0);
    run(&t, "BitShift", x, y, &right, 1);
    OP_EXPECT(&t, 0, type, 4, 1, 0, 0);
    if (is_signed) {
        run(&t, "BitShift", OP_VECTOR(&t, "n", type, -16, -1, -1, 7), OP_VECTOR(&t, "m", type, 2, bits, -1, -1), &right, 1);
        OP_EXPECT(&t, 0, type, -4, -1, -1, 0);
    }
    op_expect_error(&t, op_run(&t, "BitShift", (sard_value *[]){x, y}, 2, NULL, 0, 1), SARD_MODEL, "direction is missing");
    run(&t, "BitwiseAnd", x, OP_VECTOR(&t, "z", type, 17, 3, 6, 0), NULL, 0);
    OP_EXPECT(&t, 0, type, 16, 1, 2, 0);
    run(&t, "BitwiseOr", x, OP_VECTOR(&t, "z", type, 1, 2, 4, 0), NULL, 0);
    OP_EXPECT(&t, 0, type, 17, 3, 7, 3);
    run(&t, "BitwiseXor", x, OP_VECTOR(&t, "z", type, 17, 3, 6, 3), NULL, 0);
    OP_EXPECT(&t, 0, type, 1, 2, 5, 0);
    op_end(&t);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("arithmetic");
    TCase *c = tcase_create("types");
    tcase_add_loop_test(c, signed_integers_wrap, 0, 4);
    tcase_add_loop_test(c, unsigned_integers_wrap, 0, 4);
    tcase_add_test(c, division_by_zero);
    tcase_add_loop_test(c, floats_are_rounded_once, 0, 4);
    tcase_add_test(c, powers);
    tcase_add_loop_test(c, shifts, 0, 8);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
