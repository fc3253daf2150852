/* Dropout: inference, and training with numbers that numpy draws. */
#include "tests/support/check.h"
#include "tests/support/numbers.h"

#include <math.h>
#include <string.h>

START_TEST(inference_keeps_all)
{
    op_test t;
    op_start(&t);
    sard_value *x = OP_VECTOR(&t, "x", SARD_F32, 1, -2, NAN), *ratio = op_numbers(&t, "ratio", SARD_F64, (double[]){0.9}, 0, NULL);
    sard_value *training = op_numbers(&t, "training", SARD_BOOL, (double[]){0}, 0, NULL);
    ck_assert_int_eq(op_run(&t, "Dropout", (sard_value *[]){x, ratio}, 2, NULL, 0, 2), SARD_OK);
    OP_EXPECT(&t, 0, SARD_F32, 1, -2, NAN);
    OP_EXPECT(&t, 1, SARD_BOOL, 1, 1, 1);
    ck_assert_int_eq(op_run(&t, "Dropout", (sard_value *[]){x, ratio, training}, 3, NULL, 0, 1), SARD_OK);
    OP_EXPECT(&t, 0, SARD_F32, 1, -2, NAN);
    op_end(&t);
}
END_TEST

/* RandomState(0) gives 0.549 0.715 0.603 0.545 0.424 0.646, and 0.098 0.515 0.938 0.229 0.677 as its numbers 996 to 1000, 483 of
 * which are not below a half. */
START_TEST(training_draws_as_numpy)
{
    enum { COUNT = 1000 };
    static double numbers[COUNT];
    for (int i = 0; i < COUNT; i++)
        numbers[i] = 1 + i % 7;
    op_test t;
    op_start(&t);
    sard_value *x = op_numbers(&t, "x", SARD_F32, numbers, 1, (int64_t[]){COUNT});
    sard_value *training = op_numbers(&t, "training", SARD_BOOL, (double[]){1}, 0, NULL);
    ck_assert_int_eq(op_run(&t, "Dropout", (sard_value *[]){x, NULL, training}, 3, NULL, 0, 2), SARD_OK);
    const float *y = t.outputs[0].data;
    const uint8_t *mask = t.outputs[1].data;
    int left = 0;
    for (int i = 0; i < COUNT; i++) {
        left += mask[i];
        ck_assert_double_eq((double)y[i], mask[i] ? 2 * numbers[i] : 0);
    }
    ck_assert_int_eq(left, 483);
    ck_assert(!memcmp(mask, (uint8_t[]){1, 1, 1, 1, 0, 1}, 6));
    ck_assert(!memcmp(mask + COUNT - 5, (uint8_t[]){0, 1, 1, 0, 1}, 5));
    op_end(&t);
}
END_TEST

START_TEST(ratios)
{
    op_test t;
    op_start(&t);
    sard_value *x = OP_VECTOR(&t, "x", SARD_F32, 1, -2), *training = op_numbers(&t, "training", SARD_BOOL, (double[]){1}, 0, NULL);
    sard_value *none = op_numbers(&t, "none", SARD_F32, (double[]){0}, 0, NULL);
    ck_assert_int_eq(op_run(&t, "Dropout", (sard_value *[]){x, none, training}, 3, NULL, 0, 2), SARD_OK);
    OP_EXPECT(&t, 0, SARD_F32, 1, -2);
    OP_EXPECT(&t, 1, SARD_BOOL, 1, 1);
    sard_value *all = op_numbers(&t, "all", SARD_F32, (double[]){1}, 0, NULL);
    op_expect_error(&t, op_run(&t, "Dropout", (sard_value *[]){x, all, training}, 3, NULL, 0, 2), SARD_DATA, "ratio is 1");
    op_expect_error(&t, op_run(&t, "Dropout", (sard_value *[]){x, x}, 2, NULL, 0, 2), SARD_SHAPE, "ratio must be a scalar");
    op_end(&t);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dropout");
    TCase *c = tcase_create("modes");
    tcase_add_test(c, inference_keeps_all);
    tcase_add_test(c, training_draws_as_numpy);
    tcase_add_test(c, ratios);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
