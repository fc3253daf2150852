/* QuantizeLinear, DequantizeLinear, DynamicQuantizeLinear: granularities, types, rounding, saturation. */
#include "tests/support/check.h"
#include "tests/support/numbers.h"

#include <math.h>
#include <string.h>

static const sard_dtype coded[] = {SARD_U8, SARD_I8, SARD_U16, SARD_I16}, real[] = {SARD_F32, SARD_F16, SARD_BF16};

static sard_attr integer(const char *name, int64_t value) { return (sard_attr){.name = name, .kind = SARD_ATTR_INT, .i = value}; }

START_TEST(one_scale)
{
    const sard_dtype y = coded[_i / 3], x = real[_i % 3];
    const bool is_signed = y == SARD_I8 || y == SARD_I16;
    const double top = ldexp(1, 8 * (int)sard_dtype_size(y) - (is_signed ? 1 : 0)) - 1, low = is_signed ? -top - 1 : 0;
    op_test t;
    op_start(&t);
    sard_value *data = OP_VECTOR(&t, "x", x, 0, 1, 3, 5, -1, INFINITY, -INFINITY);
    sard_value *scale = op_numbers(&t, "scale", x, (double[]){2}, 0, NULL);
    sard_value *zero = op_numbers(&t, "zero", y, (double[]){1}, 1, (int64_t[]){1});
    ck_assert_int_eq(op_run(&t, "QuantizeLinear", (sard_value *[]){data, scale, zero}, 3, NULL, 0, 1), SARD_OK);
    OP_EXPECT(&t, 0, y, 1, 1, 3, 3, 1, top, low); /* halves to even, then the zero point */
    sard_value *codes = OP_VECTOR(&t, "codes", y, 0, 1, 3, 100);
    ck_assert_int_eq(op_run(&t, "DequantizeLinear", (sard_value *[]){codes, scale, zero}, 3, NULL, 0, 1), SARD_OK);
    OP_EXPECT(&t, 0, x, -2, 0, 4, 198);
    op_end(&t);
}
END_TEST

START_TEST(one_scale_for_each_index)
{
    op_test t;
    op_start(&t);
    sard_value *x = op_numbers(&t, "x", SARD_F32, (double[]){1, 2, 4, 8, 10, 20, 40, 80}, 3, (int64_t[]){2, 2, 2});
    sard_value *scale = OP_VECTOR(&t, "scale", SARD_F32, 1, 2), *zero = OP_VECTOR(&t, "zero", SARD_I8, 0, -3);
    static const double want[3][8] = {{1, 2, 4, 8, 2, 7, 17, 37}, {1, 2, -1, 1, 10, 20, 17, 37}, {1, -2, 4, 1, 10, 7, 40, 37}};
    for (int64_t axis = 0; axis < 3; axis++) {
        const sard_attr attr = integer("axis", axis - 3);
        ck_assert_int_eq(op_run(&t, "QuantizeLinear", (sard_value *[]){x, scale, zero}, 3, &attr, 1, 1), SARD_OK);
        op_expect(&t, 0, SARD_I8, want[axis], 8);
    }
    const sard_attr attr = integer("axis", 3);
    op_expect_error(&t, op_run(&t, "QuantizeLinear", (sard_value *[]){x, scale, zero}, 3, &attr, 1, 1), SARD_SHAPE,
                    "axis 3 is out of range for rank 3");
    op_end(&t);
}
END_TEST

/* Five elements in blocks of two: the last block is short. */
START_TEST(blocks)
{
    op_test t;
    op_start(&t);
    sard_value *x = op_numbers(&t, "x", SARD_U8, (double[]){1, 1, 1, 1, 1, 2, 2, 2, 2, 2}, 2, (int64_t[]){2, 5});
    sard_value *scale = op_numbers(&t, "scale", SARD_F32, (double[]){1, 2, 3, 4, 5, 6}, 2, (int64_t[]){2, 3});
    const sard_attr attrs[] = {integer("axis", 1), integer("block_size", 2)};
    ck_assert_int_eq(op_run(&t, "DequantizeLinear", (sard_value *[]){x, scale}, 2, attrs, 2, 1), SARD_OK);
    OP_EXPECT(&t, 0, SARD_F32, 1, 1, 2, 2, 3, 8, 8, 10, 10, 12);
    sard_value *rows = op_numbers(&t, "rows", SARD_F32, (double[]){1, 2, 3, 4, 5}, 2, (int64_t[]){1, 5});
    const sard_attr along[] = {integer("axis", 0), integer("block_size", 2)};
    ck_assert_int_eq(op_run(&t, "DequantizeLinear", (sard_value *[]){x, rows}, 2, along, 2, 1), SARD_OK);
    OP_EXPECT(&t, 0, SARD_F32, 1, 2, 3, 4, 5, 2, 4, 6, 8, 10);
    op_expect_error(&t, op_run(&t, "DequantizeLinear", (sard_value *[]){x, scale}, 2, along, 2, 1), SARD_SHAPE,
                    "the scale has size 2 in dimension 0, must be 1");
    op_end(&t);
}
END_TEST

START_TEST(types_of_results)
{
    op_test t;
    op_start(&t);
    sard_value *x = OP_VECTOR(&t, "x", SARD_F32, 3, 700), *scale = op_numbers(&t, "scale", SARD_F32, (double[]){1}, 0, NULL);
    ck_assert_int_eq(op_run(&t, "QuantizeLinear", (sard_value *[]){x, scale}, 2, NULL, 0, 1), SARD_OK);
    OP_EXPECT(&t, 0, SARD_U8, 3, 255);
    const sard_attr to_i16 = integer("output_dtype", SARD_I16), to_e8m0 = integer("output_dtype", SARD_F8E8M0);
    const sard_attr to_f16 = integer("output_dtype", SARD_F16);
    ck_assert_int_eq(op_run(&t, "QuantizeLinear", (sard_value *[]){x, scale}, 2, &to_i16, 1, 1), SARD_OK);
    OP_EXPECT(&t, 0, SARD_I16, 3, 700);
    op_expect_error(&t, op_run(&t, "QuantizeLinear", (sard_value *[]){x, scale}, 2, &to_e8m0, 1, 1), SARD_UNSUPPORTED, "float8e8m0");
    sard_value *codes = OP_VECTOR(&t, "codes", SARD_I32, 16777217, -5);
    ck_assert_int_eq(op_run(&t, "DequantizeLinear", (sard_value *[]){codes, scale}, 2, &to_f16, 1, 1), SARD_OK);
    OP_EXPECT(&t, 0, SARD_F16, INFINITY, -5);
    sard_value *zero = op_numbers(&t, "zero", SARD_U8, (double[]){0}, 0, NULL);
    op_expect_error(&t, op_run(&t, "QuantizeLinear", (sard_value *[]){x, scale, zero}, 3, &to_i16, 1, 1), SARD_SHAPE, "output_dtype is 5");
    op_end(&t);
}
END_TEST

/* Above 4096 halves have steps of 4. */
START_TEST(precision_of_the_quotient)
{
    op_test t;
    op_start(&t);
    sard_value *x = OP_VECTOR(&t, "x", SARD_F32, 4097), *scale = op_numbers(&t, "scale", SARD_F32, (double[]){1}, 0, NULL);
    const sard_attr attrs[] = {integer("precision", SARD_F16), integer("output_dtype", SARD_I16)};
    ck_assert_int_eq(op_run(&t, "QuantizeLinear", (sard_value *[]){x, scale}, 2, attrs, 2, 1), SARD_OK);
    OP_EXPECT(&t, 0, SARD_I16, 4096);
    ck_assert_int_eq(op_run(&t, "QuantizeLinear", (sard_value *[]){x, scale}, 2, attrs + 1, 1, 1), SARD_OK);
    OP_EXPECT(&t, 0, SARD_I16, 4097);
    op_end(&t);
}
END_TEST

START_TEST(dynamic)
{
    op_test t;
    op_start(&t);
    sard_value *x = OP_VECTOR(&t, "x", SARD_F32, 0, 2, -3, -2.5, 1.34, 0.5);
    ck_assert_int_eq(op_run(&t, "DynamicQuantizeLinear", &x, 1, NULL, 0, 3), SARD_OK);
    OP_EXPECT(&t, 0, SARD_U8, 153, 255, 0, 26, 221, 179);
    ck_assert_float_eq_tol(*(const float *)t.outputs[1].data, 5.0f / 255, 1e-8f);
    OP_EXPECT(&t, 2, SARD_U8, 153);
    sard_value *empty = op_numbers(&t, "empty", SARD_F32, NULL, 1, (int64_t[]){0});
    ck_assert_int_eq(op_run(&t, "DynamicQuantizeLinear", &empty, 1, NULL, 0, 3), SARD_OK);
    OP_EXPECT(&t, 2, SARD_U8, 0);
    op_end(&t);
}
END_TEST

START_TEST(shapes_that_disagree)
{
    op_test t;
    op_start(&t);
    sard_value *x = op_numbers(&t, "x", SARD_U8, (double[]){1, 2, 3, 4}, 2, (int64_t[]){2, 2});
    sard_value *three = OP_VECTOR(&t, "three", SARD_F32, 1, 1, 1), *two = OP_VECTOR(&t, "two", SARD_F32, 1, 1);
    op_expect_error(&t, op_run(&t, "DequantizeLinear", (sard_value *[]){x, three}, 2, NULL, 0, 1), SARD_SHAPE,
                    "3 scales for 2 elements of axis 1");
    sard_value *zero = OP_VECTOR(&t, "zero", SARD_U8, 1, 1, 1);
    op_expect_error(&t, op_run(&t, "DequantizeLinear", (sard_value *[]){x, two, zero}, 3, NULL, 0, 1), SARD_SHAPE, "different shapes");
    op_end(&t);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("quantize");
    TCase *c = tcase_create("linear");
    tcase_add_loop_test(c, one_scale, 0, 12);
    tcase_add_test(c, one_scale_for_each_index);
    tcase_add_test(c, blocks);
    tcase_add_test(c, types_of_results);
    tcase_add_test(c, precision_of_the_quotient);
    tcase_add_test(c, dynamic);
    tcase_add_test(c, shapes_that_disagree);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
