/* Gather, GatherElements, GatherND, ScatterElements, ScatterND. */
#include "tests/support/expect.h"

#include <math.h>
#include <string.h>

static const double numbers[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};

static sard_attr word(const char *name, const char *value)
{
    return (sard_attr){.name = name, .kind = SARD_ATTR_STRING, .s = {value, strlen(value)}};
}

START_TEST(gather)
{
    op_test t;
    op_start(&t);
    const sard_attr axis = {.name = "axis", .kind = SARD_ATTR_INT, .i = 1};
    sard_value *x = op_numbers(&t, "x", SARD_F32, numbers, 2, (int64_t[]){3, 4});
    sard_value *indices = op_numbers(&t, "indices", SARD_I32, (double[]){-1, 0, 2}, 2, (int64_t[]){1, 3});
    ck_assert_int_eq(op_run(&t, "Gather", (sard_value *[]){x, indices}, 2, &axis, 1, 1), SARD_OK);
    expect(&t, 3, (int64_t[]){3, 1, 3}, (double[]){3, 0, 2, 7, 4, 6, 11, 8, 10});
    sard_value *far = op_i64(&t, "far", (int64_t[]){4}, 0, NULL);
    op_expect_error(&t, op_run(&t, "Gather", (sard_value *[]){x, far}, 2, &axis, 1, 1), SARD_SHAPE, "index 4 is out of range for size 4");
    op_end(&t);
}
END_TEST

/* More indices than contents are kept of: only eval sees them. */
START_TEST(many_indices)
{
    op_test t;
    op_start(&t);
    double indices[100] = {0};
    sard_value *x = op_numbers(&t, "x", SARD_F32, numbers, 1, (int64_t[]){4});
    indices[99] = -5;
    sard_value *wrong = op_numbers(&t, "wrong", SARD_I64, indices, 1, (int64_t[]){100});
    op_expect_error(&t, op_run(&t, "Gather", (sard_value *[]){x, wrong}, 2, NULL, 0, 1), SARD_DATA, "index -5 is out of range");
    indices[99] = -4;
    sard_value *right = op_numbers(&t, "right", SARD_I64, indices, 1, (int64_t[]){100});
    ck_assert_int_eq(op_run(&t, "Gather", (sard_value *[]){x, right}, 2, NULL, 0, 1), SARD_OK);
    op_end(&t);
}
END_TEST

START_TEST(gather_elements)
{
    op_test t;
    op_start(&t);
    sard_value *x = op_numbers(&t, "x", SARD_U16, numbers, 2, (int64_t[]){3, 2});
    sard_value *indices = op_numbers(&t, "indices", SARD_I64, (double[]){-1, 0, 1, 2}, 2, (int64_t[]){2, 2});
    ck_assert_int_eq(op_run(&t, "GatherElements", (sard_value *[]){x, indices}, 2, NULL, 0, 1), SARD_OK);
    expect(&t, 2, (int64_t[]){2, 2}, (double[]){4, 1, 2, 5});
    const sard_attr axis = {.name = "axis", .kind = SARD_ATTR_INT, .i = 1};
    op_expect_error(&t, op_run(&t, "GatherElements", (sard_value *[]){x, indices}, 2, &axis, 1, 1), SARD_DATA, "index 2 is out of range");
    sard_value *wide = op_numbers(&t, "wide", SARD_I64, numbers, 2, (int64_t[]){1, 3});
    op_expect_error(&t, op_infer(&t, "GatherElements", (sard_value *[]){x, wide}, 2, NULL, 0, 1), SARD_SHAPE, "indices has size 3");
    op_end(&t);
}
END_TEST

START_TEST(gather_nd)
{
    op_test t;
    op_start(&t);
    sard_attr batch = {.name = "batch_dims", .kind = SARD_ATTR_INT, .i = 1};
    sard_value *x = op_numbers(&t, "x", SARD_F32, numbers, 3, (int64_t[]){2, 3, 2});
    sard_value *indices = op_numbers(&t, "indices", SARD_I64, (double[]){1, -1}, 2, (int64_t[]){2, 1});
    ck_assert_int_eq(op_run(&t, "GatherND", (sard_value *[]){x, indices}, 2, &batch, 1, 1), SARD_OK);
    expect(&t, 2, (int64_t[]){2, 2}, (double[]){2, 3, 10, 11});
    sard_value *far = op_numbers(&t, "far", SARD_I64, (double[]){1, 3}, 2, (int64_t[]){2, 1});
    op_expect_error(&t, op_run(&t, "GatherND", (sard_value *[]){x, far}, 2, &batch, 1, 1), SARD_DATA, "index 3 is out of range for size 3");
    batch.i = 2;
    op_expect_error(&t, op_infer(&t, "GatherND", (sard_value *[]){x, far}, 2, &batch, 1, 1), SARD_SHAPE, "batch_dims 2 must be below");
    op_end(&t);
}
END_TEST

static sard_status scatter(op_test *t, sard_dtype dtype, const char *reduction, const double *data, const double *updates)
{
    const sard_attr how = word("reduction", reduction);
    sard_value *x = op_numbers(t, "x", dtype, data, 1, (int64_t[]){3});
    sard_value *indices = op_numbers(t, "indices", SARD_I64, (double[]){1, -1, 1}, 1, (int64_t[]){3});
    sard_value *u = op_numbers(t, "updates", dtype, updates, 1, (int64_t[]){3});
    return op_run(t, "ScatterElements", (sard_value *[]){x, indices, u}, 3, &how, 1, 1);
}

static void check_scatter(sard_dtype dtype, const char *reduction, const double *updates, const double *want)
{
    op_test t;
    op_start(&t);
    ck_assert_int_eq(scatter(&t, dtype, reduction, (double[]){1, 2, 3}, updates), SARD_OK);
    op_expect(&t, 0, dtype, want, 3);
    op_end(&t);
}

START_TEST(scatter_elements)
{
    check_scatter(SARD_F32, "none", (double[]){7, 8, 9}, (double[]){1, 9, 8});
    check_scatter(SARD_F16, "add", (double[]){7, 8, 9}, (double[]){1, 18, 11});
    check_scatter(SARD_I32, "mul", (double[]){7, 8, 9}, (double[]){1, 126, 24});
    check_scatter(SARD_U8, "max", (double[]){1, 200, 9}, (double[]){1, 9, 200});
    check_scatter(SARD_F64, "min", (double[]){NAN, 8, 1}, (double[]){1, NAN, 3});
}
END_TEST

START_TEST(scatter_errors)
{
    op_test t;
    op_start(&t);
    const sard_attr add = word("reduction", "add");
    const sard_string words[] = {{"one", 3}};
    sard_value *s = op_constant(&t, "s", SARD_STRING, words, 1, (int64_t[]){1});
    sard_value *zero = op_i64(&t, "zero", (int64_t[]){0}, 1, (int64_t[]){1}), *two = op_i64(&t, "two", (int64_t[]){2}, 1, (int64_t[]){1});
    sard_value *x = op_numbers(&t, "x", SARD_F32, numbers, 1, (int64_t[]){1});
    op_expect_error(&t, op_infer(&t, "ScatterElements", (sard_value *[]){s, zero, s}, 3, &add, 1, 1), SARD_UNSUPPORTED, "strings");
    op_expect_error(&t, op_run(&t, "ScatterElements", (sard_value *[]){x, two, x}, 3, &add, 1, 1), SARD_DATA, "index 2 is out of range");
    op_end(&t);
}
END_TEST

START_TEST(scatter_nd)
{
    op_test t;
    op_start(&t);
    sard_attr add = word("reduction", "add");
    sard_value *x = op_numbers(&t, "x", SARD_F32, numbers, 2, (int64_t[]){3, 2});
    sard_value *indices = op_numbers(&t, "indices", SARD_I64, (double[]){-1, 0, -1}, 2, (int64_t[]){3, 1});
    sard_value *updates = op_numbers(&t, "updates", SARD_F32, (double[]){10, 20, 30, 40, 50, 60}, 2, (int64_t[]){3, 2});
    ck_assert_int_eq(op_run(&t, "ScatterND", (sard_value *[]){x, indices, updates}, 3, &add, 1, 1), SARD_OK);
    expect(&t, 2, (int64_t[]){3, 2}, (double[]){30, 41, 2, 3, 64, 85});
    sard_value *rows = op_numbers(&t, "rows", SARD_F32, numbers, 2, (int64_t[]){3, 3});
    op_expect_error(&t, op_infer(&t, "ScatterND", (sard_value *[]){x, indices, rows}, 3, &add, 1, 1), SARD_SHAPE,
                    "updates has size 3 in dimension 1, must be 2");
    op_end(&t);
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {gather, many_indices, gather_elements, gather_nd, scatter_elements, scatter_errors, scatter_nd, NULL};
    return check_suite("gather", tests);
}

CHECK_MAIN(suite)
