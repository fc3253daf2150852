/* NegativeLogLikelihoodLoss and SoftmaxCrossEntropyLoss: reductions, weights, labels that are ignored or wrong. */
#include "tests/support/check.h"
#include "tests/support/numbers.h"

#include <math.h>
#include <string.h>

static sard_attr reduction(const char *word)
{
    return (sard_attr){.name = "reduction", .kind = SARD_ATTR_STRING, .s = {word, strlen(word)}};
}

START_TEST(reductions)
{
    op_test t;
    op_start(&t);
    sard_value *x = op_numbers(&t, "x", SARD_F64, (double[]){-1, -2, -3, -4, -5, -6, -7, -8}, 3, (int64_t[]){2, 2, 2});
    sard_value *labels = op_numbers(&t, "labels", SARD_I32, (double[]){0, 1, 1, 0}, 2, (int64_t[]){2, 2});
    sard_value *weights = OP_VECTOR(&t, "weights", SARD_F64, 2, 0.5);
    const sard_attr none = reduction("none"), sum = reduction("sum"), mean = reduction("mean");
    ck_assert_int_eq(op_run(&t, "NegativeLogLikelihoodLoss", (sard_value *[]){x, labels}, 2, &none, 1, 1), SARD_OK);
    OP_EXPECT(&t, 0, SARD_F64, 1, 4, 7, 6);
    ck_assert_int_eq(t.outputs[0].rank, 2);
    ck_assert_int_eq(op_run(&t, "NegativeLogLikelihoodLoss", (sard_value *[]){x, labels, weights}, 3, &sum, 1, 1), SARD_OK);
    OP_EXPECT(&t, 0, SARD_F64, 2 + 2 + 3.5 + 12);
    ck_assert_int_eq(t.outputs[0].rank, 0);
    ck_assert_int_eq(op_run(&t, "NegativeLogLikelihoodLoss", (sard_value *[]){x, labels, weights}, 3, &mean, 1, 1), SARD_OK);
    OP_EXPECT(&t, 0, SARD_F64, 19.5 / 5);
    op_end(&t);
}
END_TEST

/* Of scores beyond the range of exp. */
START_TEST(entropy)
{
    op_test t;
    op_start(&t);
    sard_value *x = op_numbers(&t, "x", SARD_F64, (double[]){1000, 1000, -2000, 0, 0, 0}, 2, (int64_t[]){2, 3});
    sard_value *labels = op_i64(&t, "labels", (int64_t[]){1, 2}, 1, (int64_t[]){2});
    const sard_attr none = reduction("none");
    ck_assert_int_eq(op_run(&t, "SoftmaxCrossEntropyLoss", (sard_value *[]){x, labels}, 2, &none, 1, 2), SARD_OK);
    ck_assert_double_eq_tol(sard_get(&t.outputs[0], 0), log(2), 1e-12);
    ck_assert_double_eq_tol(sard_get(&t.outputs[0], 1), log(3), 1e-12);
    ck_assert_double_eq_tol(sard_get(&t.outputs[1], 2), -3000 - log(2), 1e-9);
    ck_assert_double_eq_tol(sard_get(&t.outputs[1], 5), -log(3), 1e-12);
    op_end(&t);
}
END_TEST

START_TEST(labels_that_are_ignored)
{
    op_test t;
    op_start(&t);
    sard_value *x = op_numbers(&t, "x", SARD_F32, (double[]){-1, -2, -3, -4}, 2, (int64_t[]){2, 2});
    sard_value *labels = op_i64(&t, "labels", (int64_t[]){-100, 1}, 1, (int64_t[]){2});
    const sard_attr ignore = {.name = "ignore_index", .kind = SARD_ATTR_INT, .i = -100};
    ck_assert_int_eq(op_run(&t, "NegativeLogLikelihoodLoss", (sard_value *[]){x, labels}, 2, &ignore, 1, 1), SARD_OK);
    OP_EXPECT(&t, 0, SARD_F32, 4);
    op_expect_error(&t, op_run(&t, "NegativeLogLikelihoodLoss", (sard_value *[]){x, labels}, 2, NULL, 0, 1), SARD_DATA,
                    "label 0 is -100, there are 2 classes");
    op_end(&t);
}
END_TEST

START_TEST(wrong_shapes_are_refused)
{
    op_test t;
    op_start(&t);
    sard_value *x = op_numbers(&t, "x", SARD_F32, (double[]){-1, -2, -3, -4}, 2, (int64_t[]){2, 2});
    sard_value *labels = op_i64(&t, "labels", (int64_t[]){0, 1, 0}, 1, (int64_t[]){3}),
               *two = op_i64(&t, "two", (int64_t[]){0, 1}, 1, (int64_t[]){2});
    sard_value *weights = OP_VECTOR(&t, "weights", SARD_F32, 1, 2, 3);
    op_expect_error(&t, op_run(&t, "SoftmaxCrossEntropyLoss", (sard_value *[]){x, labels}, 2, NULL, 0, 1), SARD_SHAPE,
                    "labels have size 3");
    op_expect_error(&t, op_run(&t, "SoftmaxCrossEntropyLoss", (sard_value *[]){x, two, weights}, 3, NULL, 0, 1), SARD_SHAPE,
                    "weights must");
    op_end(&t);
}
END_TEST

static Suite *suite(void)
{
    return check_suite("loss", (const TTest *[]){reductions, entropy, labels_that_are_ignored, wrong_shapes_are_refused, NULL});
}

CHECK_MAIN(suite)
