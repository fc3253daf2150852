/* The Reduce family and the cumulative sums: axes, empty tensors, NaN, integers. */
#include "tests/support/check.h"
#include "tests/support/op.h"

#include <math.h>
#include <string.h>

static const float numbers[] = {1, 2, 3, 4, 5, 6};
static const int64_t two_three[] = {2, 3};

static sard_status reduce(op_test *t, const char *op, sard_value *x, const int64_t *axes, size_t count, int64_t keepdims, int64_t noop)
{
    const sard_attr attrs[] = {{.name = "keepdims", .kind = SARD_ATTR_INT, .i = keepdims},
                               {.name = "noop_with_empty_axes", .kind = SARD_ATTR_INT, .i = noop}};
    sard_value *axes_in = axes ? op_i64(t, "axes", axes, 1, (int64_t[]){(int64_t)count}) : NULL;
    return op_run(t, op, (sard_value *[]){x, axes_in}, axes ? 2 : 1, attrs, 2, 1);
}

static void expect(const op_test *t, int rank, const int64_t *dims, const float *elements, size_t count)
{
    ck_assert_int_eq(t->outputs[0].rank, rank);
    for (int i = 0; i < rank; i++)
        ck_assert_int_eq(t->outputs[0].dims[i], dims[i]);
    ck_assert_uint_eq(sard_tensor_count(&t->outputs[0]), count);
    for (size_t i = 0; i < count; i++)
        ck_assert_float_eq_tol(((const float *)t->outputs[0].data)[i], elements[i], 1e-6f);
}

START_TEST(axes_and_keepdims)
{
    op_test t;
    op_start(&t);
    sard_value *x = op_f32(&t, "x", numbers, 2, two_three);
    ck_assert_int_eq(reduce(&t, "ReduceSum", x, (int64_t[]){-1}, 1, 1, 0), SARD_OK);
    expect(&t, 2, (int64_t[]){2, 1}, (float[]){6, 15}, 2);
    ck_assert_int_eq(reduce(&t, "ReduceMean", x, (int64_t[]){0}, 1, 0, 0), SARD_OK);
    expect(&t, 1, (int64_t[]){3}, (float[]){2.5f, 3.5f, 4.5f}, 3);
    ck_assert_int_eq(reduce(&t, "ReduceProd", x, NULL, 0, 0, 0), SARD_OK);
    expect(&t, 0, NULL, (float[]){720}, 1);
    ck_assert_int_eq(reduce(&t, "ReduceL2", x, (int64_t[]){0, 1}, 2, 1, 0), SARD_OK);
    expect(&t, 2, (int64_t[]){1, 1}, (float[]){sqrtf(91)}, 1);
    op_end(&t);
}
END_TEST

START_TEST(no_axes)
{
    op_test t;
    op_start(&t);
    sard_value *x = op_f32(&t, "x", numbers, 2, two_three);
    ck_assert_int_eq(reduce(&t, "ReduceSum", x, (int64_t[]){0}, 0, 0, 0), SARD_OK);
    expect(&t, 0, NULL, (float[]){21}, 1);
    ck_assert_int_eq(reduce(&t, "ReduceSumSquare", x, (int64_t[]){0}, 0, 0, 1), SARD_OK); /* the squares alone */
    expect(&t, 2, two_three, (float[]){1, 4, 9, 16, 25, 36}, 6);
    op_end(&t);
}
END_TEST

START_TEST(middle_axes_of_many)
{
    op_test t;
    op_start(&t);
    float x[2 * 3 * 2 * 700], want[2 * 700];
    for (int i = 0; i < 2; i++)
        for (int c = 0; c < 700; c++) {
            want[i * 700 + c] = 0;
            for (int k = 0; k < 6; k++) {
                x[(i * 6 + k) * 700 + c] = (float)(i + k * c % 11);
                want[i * 700 + c] += x[(i * 6 + k) * 700 + c];
            }
        }
    sard_value *in = op_f32(&t, "x", x, 4, (int64_t[]){2, 3, 2, 700});
    ck_assert_int_eq(reduce(&t, "ReduceSum", in, (int64_t[]){1, 2}, 2, 0, 0), SARD_OK);
    expect(&t, 2, (int64_t[]){2, 700}, want, 1400);
    op_end(&t);
}
END_TEST

START_TEST(over_nothing)
{
    static const struct {
        const char *op;
        float result;
    } rows[] = {{"ReduceSum", 0}, {"ReduceProd", 1}, {"ReduceMax", -INFINITY}, {"ReduceMin", INFINITY}, {"ReduceLogSumExp", -INFINITY}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        op_test t;
        op_start(&t);
        sard_value *x = op_f32(&t, "x", NULL, 2, (int64_t[]){2, 0});
        ck_assert_int_eq(reduce(&t, rows[i].op, x, (int64_t[]){1}, 1, 0, 0), SARD_OK);
        ck_assert_uint_eq(sard_tensor_count(&t.outputs[0]), 2);
        ck_assert_float_eq(((float *)t.outputs[0].data)[1], rows[i].result);
        op_end(&t);
    }
}
END_TEST

START_TEST(nan_wins_and_large_exponents_survive)
{
    op_test t;
    op_start(&t);
    sard_value *x = op_f32(&t, "x", (float[]){1, NAN, 3}, 1, (int64_t[]){3});
    ck_assert_int_eq(reduce(&t, "ReduceMax", x, NULL, 0, 0, 0), SARD_OK);
    ck_assert(isnan(*(float *)t.outputs[0].data));
    sard_value *large = op_f32(&t, "large", (float[]){1000, 1000}, 1, (int64_t[]){2});
    ck_assert_int_eq(reduce(&t, "ReduceLogSumExp", large, NULL, 0, 0, 0), SARD_OK);
    ck_assert_float_eq_tol(*(float *)t.outputs[0].data, 1000 + logf(2), 1e-4f);
    op_end(&t);
}
END_TEST

START_TEST(integers)
{
    op_test t;
    op_start(&t);
    sard_value *x = op_constant(&t, "x", SARD_I32, (int32_t[]){-7, 2}, 1, (int64_t[]){2});
    ck_assert_int_eq(reduce(&t, "ReduceMean", x, NULL, 0, 0, 0), SARD_OK);
    ck_assert_int_eq(*(int32_t *)t.outputs[0].data, -2);
    sard_value *u = op_constant(&t, "u", SARD_U64, (uint64_t[]){UINT64_MAX, 5}, 1, (int64_t[]){2});
    ck_assert_int_eq(reduce(&t, "ReduceMax", u, NULL, 0, 0, 0), SARD_OK);
    ck_assert(*(uint64_t *)t.outputs[0].data == UINT64_MAX);
    sard_value *b = op_constant(&t, "b", SARD_BOOL, (uint8_t[]){0, 1}, 1, (int64_t[]){2});
    ck_assert_int_eq(reduce(&t, "ReduceMin", b, NULL, 0, 0, 0), SARD_OK);
    ck_assert_uint_eq(*(uint8_t *)t.outputs[0].data, 0);
    op_end(&t);
}
END_TEST

START_TEST(wrong_axes)
{
    op_test t;
    op_start(&t);
    sard_value *x = op_f32(&t, "x", numbers, 2, two_three);
    ck_assert_int_eq(reduce(&t, "ReduceSum", x, (int64_t[]){2}, 1, 0, 0), SARD_SHAPE);
    ck_assert_str_eq(t.error.text, "ReduceSum 'node': axis 2 is out of range for rank 2");
    ck_assert_int_eq(reduce(&t, "ReduceSum", x, (int64_t[]){0, -2}, 2, 0, 0), SARD_SHAPE);
    ck_assert_str_eq(t.error.text, "ReduceSum 'node': axis 0 is given twice");
    op_end(&t);
}
END_TEST

START_TEST(cumulative_sums)
{
    op_test t;
    op_start(&t);
    sard_value *x = op_f32(&t, "x", numbers, 2, two_three);
    const int64_t zero = 0, last = -1;
    const sard_attr both[] = {{.name = "exclusive", .kind = SARD_ATTR_INT, .i = 1}, {.name = "reverse", .kind = SARD_ATTR_INT, .i = 1}};
    ck_assert_int_eq(op_run(&t, "CumSum", (sard_value *[]){x, op_i64(&t, "a", &zero, 0, NULL)}, 2, NULL, 0, 1), SARD_OK);
    expect(&t, 2, two_three, (float[]){1, 2, 3, 5, 7, 9}, 6);
    ck_assert_int_eq(op_run(&t, "CumSum", (sard_value *[]){x, op_i64(&t, "b", &last, 0, NULL)}, 2, both, 2, 1), SARD_OK);
    expect(&t, 2, two_three, (float[]){5, 3, 0, 11, 6, 0}, 6);
    op_end(&t);
}
END_TEST

static Suite *suite(void)
{
    return check_suite("reduce", (const TTest *[]){axes_and_keepdims, no_axes, middle_axes_of_many, over_nothing,
                                                   nan_wins_and_large_exponents_survive, integers, wrong_axes, cumulative_sums, NULL});
}

CHECK_MAIN(suite)
