/* Cast, CastLike, BitCast, Identity: all pairs of types, limits, strings. */
#include "tests/support/check.h"
#include "tests/support/numbers.h"

#include <math.h>
#include <string.h>

static const sard_dtype types[] = {SARD_F32, SARD_F64, SARD_F16, SARD_BF16, SARD_I8,  SARD_I16, SARD_I32,
                                   SARD_I64, SARD_U8,  SARD_U16, SARD_U32,  SARD_U64, SARD_BOOL};
enum { TYPES = sizeof types / sizeof *types };

static sard_status cast(op_test *t, sard_value *x, sard_dtype to)
{
    const sard_attr attr = {.name = "to", .kind = SARD_ATTR_INT, .i = to};
    return op_run(t, "Cast", &x, 1, &attr, 1, 1);
}

START_TEST(every_pair_of_numbers)
{
    enum { COUNT = 600 };
    double numbers[COUNT];
    for (int i = 0; i < COUNT; i++)
        numbers[i] = i % 100;
    for (int k = 0; k < TYPES; k++) {
        op_test t;
        op_start(&t);
        double want[COUNT];
        for (int i = 0; i < COUNT; i++)
            want[i] = types[_i] == SARD_BOOL ? numbers[i] != 0 : numbers[i];
        sard_value *x = op_numbers(&t, "x", types[_i], numbers, 1, (int64_t[]){COUNT});
        ck_assert_int_eq(cast(&t, x, types[k]), SARD_OK);
        op_expect(&t, 0, types[k], want, COUNT);
        sard_value *like = op_numbers(&t, "like", types[k], NULL, 1, (int64_t[]){0});
        ck_assert_int_eq(op_run(&t, "CastLike", (sard_value *[]){x, like}, 2, NULL, 0, 1), SARD_OK);
        op_expect(&t, 0, types[k], want, COUNT);
        op_end(&t);
    }
}
END_TEST

START_TEST(limits)
{
    op_test t;
    op_start(&t);
    sard_value *f = OP_VECTOR(&t, "f", SARD_F32, -1.9, 1.9, 1e20, -1e20, NAN, -0.0);
    ck_assert_int_eq(cast(&t, f, SARD_I32), SARD_OK);
    OP_EXPECT(&t, 0, SARD_I32, -1, 1, 2147483647, -2147483648.0, 0, 0);
    ck_assert_int_eq(cast(&t, f, SARD_U8), SARD_OK);
    OP_EXPECT(&t, 0, SARD_U8, 0, 1, 255, 0, 0, 0);
    ck_assert_int_eq(cast(&t, f, SARD_BOOL), SARD_OK);
    OP_EXPECT(&t, 0, SARD_BOOL, 1, 1, 1, 1, 1, 0);
    ck_assert_int_eq(cast(&t, f, SARD_F16), SARD_OK);
    OP_EXPECT(&t, 0, SARD_F16, (double)-1.9f, (double)1.9f, INFINITY, -INFINITY, NAN, -0.0);
    sard_value *i = OP_VECTOR(&t, "i", SARD_I16, 200, -200, 256);
    ck_assert_int_eq(cast(&t, i, SARD_I8), SARD_OK);
    OP_EXPECT(&t, 0, SARD_I8, -56, 56, 0);
    ck_assert_int_eq(cast(&t, i, SARD_BOOL), SARD_OK);
    OP_EXPECT(&t, 0, SARD_BOOL, 1, 1, 1);
    op_end(&t);
}
END_TEST

/* 2^53 + 2^29 + 1 lies just above the middle of two float32 numbers; as a double it would be the middle. */
START_TEST(wide_integers_are_rounded_once)
{
    op_test t;
    op_start(&t);
    sard_value *x = op_i64(&t, "x", (int64_t[]){9007199791611905, INT64_MIN}, 1, (int64_t[]){2});
    ck_assert_int_eq(cast(&t, x, SARD_F32), SARD_OK);
    OP_EXPECT(&t, 0, SARD_F32, 9007200328482816, -0x1p63);
    op_end(&t);
}
END_TEST

/* ---- strings ---- */

static void expect_strings(const op_test *t, const char *const *want, size_t count)
{
    ck_assert_uint_eq(sard_tensor_count(&t->outputs[0]), count);
    for (size_t i = 0; i < count; i++) {
        const sard_string *s = (const sard_string *)t->outputs[0].data + i;
        const bool same = s->size == strlen(want[i]) && !memcmp(s->data, want[i], s->size);
        ck_assert_msg(same, "'%.*s' is not '%s'", (int)s->size, s->data, want[i]);
    }
}

START_TEST(numbers_as_strings)
{
    op_test t;
    op_start(&t);
    ck_assert_int_eq(cast(&t, OP_VECTOR(&t, "f", SARD_F32, 1, 0.1, -2.5, 100, 1e16, 1.5e-5, NAN, -INFINITY, -0.0, 314.15926), SARD_STRING),
                     SARD_OK);
    expect_strings(&t, (const char *[]){"1", "0.1", "-2.5", "100", "1e+16", "1.5e-05", "NaN", "-INF", "-0", "314.15927"}, 10);
    ck_assert_int_eq(cast(&t, OP_VECTOR(&t, "g", SARD_F32, 123456, 1e7, 16777217, 1e8, 123456789, 1e-4, INFINITY), SARD_STRING), SARD_OK);
    expect_strings(&t, (const char *[]){"123456", "10000000", "16777216", "1e+08", "1.2345679e+08", "0.0001", "INF"}, 7);
    ck_assert_int_eq(cast(&t, OP_VECTOR(&t, "d", SARD_F64, 0.1, 1.0 / 3, 1e15, 0.0001, 123456789012345680), SARD_STRING), SARD_OK);
    expect_strings(&t, (const char *[]){"0.1", "0.3333333333333333", "1e+15", "0.0001", "1.2345678901234568e+17"}, 5);
    ck_assert_int_eq(cast(&t, OP_VECTOR(&t, "h", SARD_F16, 0.1, 65504, 1.0 / 3), SARD_STRING), SARD_OK);
    expect_strings(&t, (const char *[]){"0.099975586", "65504", "0.33325195"}, 3);
    ck_assert_int_eq(cast(&t, op_i64(&t, "i", (int64_t[]){INT64_MIN, 0}, 1, (int64_t[]){2}), SARD_STRING), SARD_OK);
    expect_strings(&t, (const char *[]){"-9223372036854775808", "0"}, 2);
    ck_assert_int_eq(cast(&t, OP_VECTOR(&t, "b", SARD_BOOL, 0, 1), SARD_STRING), SARD_OK);
    expect_strings(&t, (const char *[]){"0", "1"}, 2);
    op_end(&t);
}
END_TEST

static sard_value *words(op_test *t, const char *const *text, size_t count)
{
    sard_string strings[16];
    for (size_t i = 0; i < count; i++)
        strings[i] = (sard_string){text[i], strlen(text[i])};
    return op_constant(t, NULL, SARD_STRING, strings, 1, (int64_t[]){(int64_t)count});
}

START_TEST(strings_as_numbers)
{
    op_test t;
    op_start(&t);
    sard_value *x = words(&t, (const char *[]){"3.14", "1000", "1e-5", " 1E8\n", "+INF", "-inf", "NaN", ".5"}, 8);
    ck_assert_int_eq(cast(&t, x, SARD_F32), SARD_OK);
    OP_EXPECT(&t, 0, SARD_F32, 3.14, 1000, 1e-5, 1e8, INFINITY, -INFINITY, NAN, 0.5);
    ck_assert_int_eq(cast(&t, words(&t, (const char *[]){"9007199254740993", "100.5", "-7"}, 3), SARD_I64), SARD_OK);
    ck_assert_int_eq(sard_get_int(&t.outputs[0], 0), 9007199254740993);
    ck_assert_int_eq(sard_get_int(&t.outputs[0], 1), 100);
    ck_assert_int_eq(sard_get_int(&t.outputs[0], 2), -7);
    static const char *const wrong[] = {"", "hello", "0x10", "1.2.3", "1,5", "12 34", "nan(1)", "-"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        op_expect_error(&t, cast(&t, words(&t, &wrong[i], 1), SARD_F64), SARD_DATA, "is not a number");
    op_end(&t);
}
END_TEST

START_TEST(types_that_are_refused)
{
    op_test t;
    op_start(&t);
    sard_value *x = OP_VECTOR(&t, "x", SARD_F32, 1);
    op_expect_error(&t, cast(&t, x, SARD_C64), SARD_UNSUPPORTED, "to type 14 (complex64)");
    op_expect_error(&t, cast(&t, x, (sard_dtype)1000), SARD_UNSUPPORTED, "to type 1000");
    op_expect_error(&t, op_run(&t, "Cast", &x, 1, NULL, 0, 1), SARD_MODEL, "attribute to is missing");
    op_end(&t);
}
END_TEST

/* ---- the same bytes ---- */

START_TEST(bit_cast)
{
    op_test t;
    op_start(&t);
    sard_value *x = OP_VECTOR(&t, "x", SARD_F32, 1, -0.0);
    const sard_attr to_int = {.name = "to", .kind = SARD_ATTR_INT, .i = SARD_I32};
    const sard_attr to_wide = {.name = "to", .kind = SARD_ATTR_INT, .i = SARD_I64};
    ck_assert_int_eq(op_run(&t, "BitCast", &x, 1, &to_int, 1, 1), SARD_OK);
    OP_EXPECT(&t, 0, SARD_I32, 0x3f800000, -2147483648.0);
    op_expect_error(&t, op_run(&t, "BitCast", &x, 1, &to_wide, 1, 1), SARD_SHAPE, "from float32 to int64");
    sard_value *bytes = OP_VECTOR(&t, "bytes", SARD_U8, 0, 1, 2);
    const sard_attr to_bool = {.name = "to", .kind = SARD_ATTR_INT, .i = SARD_BOOL};
    ck_assert_int_eq(op_run(&t, "BitCast", &bytes, 1, &to_bool, 1, 1), SARD_OK);
    ck_assert_int_eq(((const uint8_t *)t.outputs[0].data)[2], 1);
    op_end(&t);
}
END_TEST

START_TEST(identity)
{
    op_test t;
    op_start(&t);
    sard_value *x = OP_VECTOR(&t, "x", SARD_F32, 1, -2, NAN);
    ck_assert_int_eq(op_run(&t, "Identity", &x, 1, NULL, 0, 1), SARD_OK);
    OP_EXPECT(&t, 0, SARD_F32, 1, -2, NAN);
    op_end(&t);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("cast");
    TCase *c = tcase_create("types");
    tcase_add_loop_test(c, every_pair_of_numbers, 0, TYPES);
    tcase_add_test(c, limits);
    tcase_add_test(c, wide_integers_are_rounded_once);
    tcase_add_test(c, numbers_as_strings);
    tcase_add_test(c, strings_as_numbers);
    tcase_add_test(c, types_that_are_refused);
    tcase_add_test(c, bit_cast);
    tcase_add_test(c, identity);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
