/* Pad in its modes, and Expand, Tile, CenterCropPad. */
#include "tests/support/expect.h"

#include <string.h>

static const double numbers[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};

/* 0 .. n-1 with `before` and `behind`. */
static sard_status pad(op_test *t, const char *mode, int64_t n, int64_t before, int64_t behind)
{
    const sard_attr attr = {.name = "mode", .kind = SARD_ATTR_STRING, .s = {mode, strlen(mode)}};
    sard_value *x = op_numbers(t, "x", SARD_F32, numbers, 1, &n), *pads = op_i64(t, "pads", (int64_t[]){before, behind}, 1, (int64_t[]){2});
    return op_run(t, "Pad", (sard_value *[]){x, pads}, 2, &attr, 1, 1);
}

static void check_pad(const char *mode, int64_t n, int64_t before, int64_t behind, const double *want)
{
    op_test t;
    op_start(&t);
    ck_assert_msg(pad(&t, mode, n, before, behind) == SARD_OK, "%s", t.error.text);
    expect(&t, 1, &(int64_t){n + before + behind}, want);
    op_end(&t);
}

START_TEST(modes)
{
    check_pad("constant", 3, 1, 2, (double[]){0, 0, 1, 2, 0, 0});
    check_pad("edge", 3, 2, 1, (double[]){0, 0, 0, 1, 2, 2});
    check_pad("reflect", 3, 2, 2, (double[]){2, 1, 0, 1, 2, 1, 0});
    check_pad("wrap", 3, 2, 2, (double[]){1, 2, 0, 1, 2, 0, 1});
}
END_TEST

/* Farther than the tensor is long. */
START_TEST(many_times_around)
{
    check_pad("wrap", 2, 3, 4, (double[]){1, 0, 1, 0, 1, 0, 1, 0, 1});
    check_pad("edge", 1, 2, 1, (double[]){0, 0, 0, 0});
    op_test t;
    op_start(&t);
    op_expect_error(&t, pad(&t, "reflect", 3, 3, 0), SARD_SHAPE, "pads 3 and 0 reflect beyond the 3 elements of axis 0");
    op_expect_error(&t, pad(&t, "reflect", 4, 1, -3), SARD_SHAPE, "pads 1 and -3 reflect beyond the 1 elements of axis 0");
    op_end(&t);
}
END_TEST

START_TEST(negative_pads)
{
    check_pad("constant", 4, -1, 2, (double[]){1, 2, 3, 0, 0});
    check_pad("constant", 4, -6, 3, (double[]){0});
    check_pad("edge", 4, -1, 2, (double[]){1, 2, 3, 3, 3});
    check_pad("reflect", 4, 2, -1, (double[]){2, 1, 0, 1, 2});
    op_test t;
    op_start(&t);
    op_expect_error(&t, pad(&t, "constant", 4, -3, -2), SARD_SHAPE, "pads -3 and -2 are not possible for axis 0 of size 4");
    op_expect_error(&t, pad(&t, "edge", 4, -4, 1), SARD_SHAPE, "nothing is left");
    op_end(&t);
}
END_TEST

START_TEST(value_and_axes)
{
    op_test t;
    op_start(&t);
    sard_value *x = op_numbers(&t, "x", SARD_I64, numbers, 3, (int64_t[]){1, 2, 2});
    sard_value *pads = op_i64(&t, "pads", (int64_t[]){1, 0, 0, 1}, 1, (int64_t[]){4}),
               *nine = op_numbers(&t, "nine", SARD_I64, &(double){9}, 0, NULL);
    sard_value *axes = op_numbers(&t, "axes", SARD_I32, (double[]){-1, 1}, 1, (int64_t[]){2});
    ck_assert_int_eq(op_run(&t, "Pad", (sard_value *[]){x, pads, nine, axes}, 4, NULL, 0, 1), SARD_OK);
    expect(&t, 3, (int64_t[]){1, 3, 3}, (double[]){9, 0, 1, 9, 2, 3, 9, 9, 9});
    op_end(&t);
}
END_TEST

START_TEST(dims_with_symbols)
{
    op_test t;
    op_start(&t);
    const int64_t n = sard_graph_symbol(t.graph, "N");
    sard_value *x = sard_graph_add_input(t.graph, "x", SARD_F32, 2, (int64_t[]){n, n});
    sard_value *pads = op_i64(&t, "pads", (int64_t[]){0, 1, 0, 0}, 1, (int64_t[]){4});
    ck_assert_int_eq(op_infer(&t, "Pad", (sard_value *[]){x, pads}, 2, NULL, 0, 1), SARD_OK);
    expect_inferred(t.node->outputs[0], 2, (int64_t[]){n, SARD_UNKNOWN_DIM});
    op_end(&t);
}
END_TEST

START_TEST(expand)
{
    op_test t;
    op_start(&t);
    sard_value *x = op_numbers(&t, "x", SARD_BF16, numbers, 2, (int64_t[]){2, 1});
    sard_value *shape = op_i64(&t, "shape", (int64_t[]){2, 1, 3}, 1, (int64_t[]){3});
    ck_assert_int_eq(op_run(&t, "Expand", (sard_value *[]){x, shape}, 2, NULL, 0, 1), SARD_OK);
    expect(&t, 3, (int64_t[]){2, 2, 3}, (double[]){0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1});
    sard_value *three = op_i64(&t, "three", (int64_t[]){3, 1}, 1, (int64_t[]){2});
    op_expect_error(&t, op_infer(&t, "Expand", (sard_value *[]){x, three}, 2, NULL, 0, 1), SARD_SHAPE,
                    "size 2 in dimension 0 cannot be broadcast to 3");
    op_end(&t);
}
END_TEST

START_TEST(tile)
{
    op_test t;
    op_start(&t);
    sard_value *x = op_numbers(&t, "x", SARD_I8, numbers, 2, (int64_t[]){2, 2}),
               *times = op_i64(&t, "times", (int64_t[]){1, 2}, 1, (int64_t[]){2});
    ck_assert_int_eq(op_run(&t, "Tile", (sard_value *[]){x, times}, 2, NULL, 0, 1), SARD_OK);
    expect(&t, 2, (int64_t[]){2, 4}, (double[]){0, 1, 0, 1, 2, 3, 2, 3});
    sard_value *never = op_i64(&t, "never", (int64_t[]){3, 0}, 1, (int64_t[]){2});
    ck_assert_int_eq(op_run(&t, "Tile", (sard_value *[]){x, never}, 2, NULL, 0, 1), SARD_OK);
    expect_dims(&t, 2, (int64_t[]){6, 0});
    sard_value *much = op_i64(&t, "much", (int64_t[]){1, INT64_MAX}, 1, (int64_t[]){2});
    op_expect_error(&t, op_infer(&t, "Tile", (sard_value *[]){x, much}, 2, NULL, 0, 1), SARD_SHAPE, "too large");
    op_end(&t);
}
END_TEST

START_TEST(center_crop_pad)
{
    op_test t;
    op_start(&t);
    sard_value *x = op_numbers(&t, "x", SARD_F32, numbers, 2, (int64_t[]){2, 5}),
               *shape = op_i64(&t, "shape", (int64_t[]){3, 2}, 1, (int64_t[]){2});
    ck_assert_int_eq(op_run(&t, "CenterCropPad", (sard_value *[]){x, shape}, 2, NULL, 0, 1), SARD_OK);
    expect(&t, 2, (int64_t[]){3, 2}, (double[]){1, 2, 6, 7, 0, 0});
    op_end(&t);
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {modes, many_times_around, negative_pads, value_and_axes, dims_with_symbols, expand,
                                  tile,  center_crop_pad,   NULL};
    return check_suite("pad", tests);
}

CHECK_MAIN(suite)
