/* Gemm, MatMul and their integer relatives; Softmax and its relatives. */
#include "tests/support/check.h"
#include "tests/support/outputs.h"

static const float six[] = {1, 2, 3, 4, 5, 6};

START_TEST(gemm_scales_adds_and_transposes)
{
    op_test t;
    op_start(&t);
    sard_value *in[] = {op_f32(&t, "a", six, 2, INTS(2, 3)), op_f32(&t, "b", FLOATS(1, 0, 0, 1, 1, 0), 2, INTS(3, 2)),
                        op_f32(&t, "c", FLOATS(10, 20), 1, INTS(2))};
    const sard_attr scales[] = {ATTR_FLOAT("alpha", 2), ATTR_FLOAT("beta", 0.5f)};
    ck_assert_int_eq(op_run(&t, "Gemm", in, 3, scales, 2, 1), SARD_OK);
    expect_shape(&t.outputs[0], 2, INTS(2, 2));
    expect_elements(&t.outputs[0], FLOATS(13, 14, 25, 20), 0);
    const sard_attr transposes[] = {ATTR_INT("transA", 1), ATTR_INT("transB", 1)};
    sard_value *other[] = {op_f32(&t, "d", six, 2, INTS(3, 2)), op_f32(&t, "e", FLOATS(1, 0, 0, 0, 1, 1), 2, INTS(2, 3)),
                           op_f32(&t, "f", FLOATS(1, 2), 2, INTS(2, 1))};
    ck_assert_int_eq(op_run(&t, "Gemm", other, 2, transposes, 2, 1), SARD_OK);
    expect_elements(&t.outputs[0], FLOATS(1, 8, 2, 10), 0);
    ck_assert_int_eq(op_run(&t, "Gemm", other, 3, transposes, 2, 1), SARD_OK);
    expect_elements(&t.outputs[0], FLOATS(2, 9, 4, 12), 0);
    op_end(&t);
}
END_TEST

/* Rows longer than what is summed at once. */
START_TEST(wide_rows)
{
    enum { K = 7, N = 700 };
    static float a[K], b[K * N], want[N];
    op_test t;
    op_start(&t);
    fill(a, K, 1);
    fill(b, K * N, 2);
    for (int i = 0; i < N; i++) {
        double sum = 0;
        for (int k = 0; k < K; k++)
            sum += (double)a[k] * (double)b[k * N + i];
        want[i] = (float)sum;
    }
    sard_value *in[] = {op_f32(&t, "a", a, 1, INTS(K)), op_f32(&t, "b", b, 2, INTS(K, N))};
    ck_assert_int_eq(op_run(&t, "MatMul", in, 2, NULL, 0, 1), SARD_OK);
    expect_shape(&t.outputs[0], 1, INTS(N));
    expect_elements(&t.outputs[0], want, 1e-6);
    op_end(&t);
}
END_TEST

START_TEST(matmul_broadcasts_stacks)
{
    op_test t;
    op_start(&t);
    sard_value *in[] = {op_f32(&t, "a", six, 4, INTS(3, 1, 1, 2)), op_f32(&t, "b", FLOATS(1, 10, 100, 1000), 3, INTS(2, 2, 1))};
    ck_assert_int_eq(op_run(&t, "MatMul", in, 2, NULL, 0, 1), SARD_OK);
    expect_shape(&t.outputs[0], 4, INTS(3, 2, 1, 1));
    expect_elements(&t.outputs[0], FLOATS(21, 2100, 43, 4300, 65, 6500), 0);
    op_end(&t);
}
END_TEST

START_TEST(matmul_of_vectors_and_of_nothing)
{
    op_test t;
    op_start(&t);
    sard_value *v = op_f32(&t, "v", six, 1, INTS(3)), *empty = op_f32(&t, "e", six, 2, INTS(2, 0)),
               *wide = op_f32(&t, "w", six, 2, INTS(0, 3));
    ck_assert_int_eq(op_run(&t, "MatMul", (sard_value *[]){v, v}, 2, NULL, 0, 1), SARD_OK);
    expect_shape(&t.outputs[0], 0, NULL);
    expect_elements(&t.outputs[0], FLOATS(14), 0);
    ck_assert_int_eq(op_run(&t, "MatMul", (sard_value *[]){empty, wide}, 2, NULL, 0, 1), SARD_OK);
    expect_shape(&t.outputs[0], 2, INTS(2, 3));
    expect_elements(&t.outputs[0], FLOATS(0, 0, 0, 0, 0, 0), 0);
    op_end(&t);
}
END_TEST

START_TEST(integers_wrap)
{
    op_test t;
    op_start(&t);
    const uint32_t large[] = {0x80000000u, 3};
    sard_value *in[] = {op_constant(&t, "a", SARD_U32, large, 2, INTS(1, 2)), op_constant(&t, "b", SARD_U32, large, 2, INTS(2, 1))};
    ck_assert_int_eq(op_run(&t, "MatMul", in, 2, NULL, 0, 1), SARD_OK);
    ck_assert_uint_eq(*(const uint32_t *)t.outputs[0].data, 9);
    op_end(&t);
}
END_TEST

START_TEST(bytes_lose_zero_points_of_rows_and_columns)
{
    op_test t;
    op_start(&t);
    sard_value *in[] = {op_constant(&t, "a", SARD_U8, (uint8_t[]){1, 2, 3, 4}, 2, INTS(2, 2)),
                        op_constant(&t, "b", SARD_I8, (int8_t[]){1, -1, 2, -2}, 2, INTS(2, 2)),
                        op_constant(&t, "az", SARD_U8, (uint8_t[]){1, 3}, 1, INTS(2)),
                        op_constant(&t, "bz", SARD_I8, (int8_t[]){0, -2}, 1, INTS(2))};
    ck_assert_int_eq(op_run(&t, "MatMulInteger", in, 4, NULL, 0, 1), SARD_OK);
    ck_assert_int_eq(t.outputs[0].dtype, SARD_I32);
    expect_elements(&t.outputs[0], FLOATS(2, 0, 2, 0), 0);
    op_end(&t);
}
END_TEST

START_TEST(shapes_that_do_not_fit_are_told)
{
    op_test t;
    op_start(&t);
    sard_value *a = op_f32(&t, "a", six, 2, INTS(2, 3)), *b = op_f32(&t, "b", six, 2, INTS(2, 3)), *c = op_f32(&t, "c", six, 1, INTS(3));
    sard_value *stack = op_f32(&t, "s", six, 3, INTS(3, 2, 1)), *other = op_f32(&t, "o", six, 3, INTS(2, 1, 3));
    ck_assert_int_eq(op_run(&t, "MatMul", (sard_value *[]){a, b}, 2, NULL, 0, 1), SARD_SHAPE);
    expect_text(&t, "'a' has rows of 3 elements, 'b' columns of 2");
    ck_assert_int_eq(op_run(&t, "MatMul", (sard_value *[]){stack, other}, 2, NULL, 0, 1), SARD_SHAPE);
    expect_text(&t, "batch sizes 3 and 2");
    const sard_attr transposed = ATTR_INT("transB", 1);
    ck_assert_int_eq(op_run(&t, "Gemm", (sard_value *[]){a, b, c}, 3, &transposed, 1, 1), SARD_SHAPE);
    expect_text(&t, "C has size 3 where the result has 2");
    op_end(&t);
}
END_TEST

START_TEST(softmax_of_large_numbers_along_any_axis)
{
    op_test t;
    op_start(&t);
    sard_value *in[] = {op_f32(&t, "x", FLOATS(1000, 0, 1000, 0.6931472f), 2, INTS(2, 2))};
    const sard_attr first = ATTR_INT("axis", -2);
    ck_assert_int_eq(op_run(&t, "Softmax", in, 1, &first, 1, 1), SARD_OK);
    expect_elements(&t.outputs[0], FLOATS(0.5f, 0.33333334f, 0.5f, 0.6666667f), 1e-7);
    ck_assert_int_eq(op_run(&t, "LogSoftmax", in, 1, NULL, 0, 1), SARD_OK);
    expect_elements(&t.outputs[0], FLOATS(0, -1000, 0, -999.3068f), 1e-7);
    op_end(&t);
}
END_TEST

START_TEST(softmax_keeps_nan_and_hardmax_takes_the_first)
{
    op_test t;
    op_start(&t);
    sard_value *in[] = {op_f32(&t, "x", FLOATS(1, NAN, 2, 3, 1, 3), 2, INTS(2, 3))};
    ck_assert_int_eq(op_run(&t, "Softmax", in, 1, NULL, 0, 1), SARD_OK);
    expect_elements(&t.outputs[0], FLOATS(NAN, NAN, NAN, 0.46831054f, 0.06337894f, 0.46831054f), 1e-6);
    ck_assert_int_eq(op_run(&t, "Hardmax", in, 1, NULL, 0, 1), SARD_OK);
    expect_elements(&t.outputs[0], FLOATS(0, 1, 0, 1, 0, 0), 0);
    const sard_attr axis = ATTR_INT("axis", 2);
    ck_assert_int_eq(op_run(&t, "Softmax", in, 1, &axis, 1, 1), SARD_SHAPE);
    expect_text(&t, "axis 2 is out of range for rank 2");
    op_end(&t);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("matrix");
    TCase *c = tcase_create("matrix");
    tcase_add_test(c, gemm_scales_adds_and_transposes);
    tcase_add_test(c, wide_rows);
    tcase_add_test(c, matmul_broadcasts_stacks);
    tcase_add_test(c, matmul_of_vectors_and_of_nothing);
    tcase_add_test(c, integers_wrap);
    tcase_add_test(c, bytes_lose_zero_points_of_rows_and_columns);
    tcase_add_test(c, shapes_that_do_not_fit_are_told);
    tcase_add_test(c, softmax_of_large_numbers_along_any_axis);
    tcase_add_test(c, softmax_keeps_nan_and_hardmax_takes_the_first);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
