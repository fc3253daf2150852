/* Einsum: terms, implicit outputs, diagonals, the ellipsis, broadcasting. */
#include "tests/support/check.h"
#include "tests/support/op.h"

#include <string.h>

static sard_status run(op_test *t, const char *equation, sard_value *const *inputs, size_t count)
{
    const sard_attr attr = {.name = "equation", .kind = SARD_ATTR_STRING, .s = {equation, strlen(equation)}};
    return op_run(t, "Einsum", inputs, count, &attr, 1, 1);
}

static void expect(const op_test *t, int rank, const int64_t *dims, const float *elements, size_t count)
{
    ck_assert_int_eq(t->outputs[0].rank, rank);
    for (int i = 0; i < rank; i++)
        ck_assert_int_eq(t->outputs[0].dims[i], dims[i]);
    ck_assert_uint_eq(sard_tensor_count(&t->outputs[0]), count);
    for (size_t i = 0; i < count; i++)
        ck_assert_float_eq(((const float *)t->outputs[0].data)[i], elements[i]);
}

static const float numbers[] = {1, 2, 3, 4, 5, 6};

START_TEST(matrix_product)
{
    op_test t;
    op_start(&t);
    sard_value *a = op_f32(&t, "a", numbers, 2, (int64_t[]){2, 3}), *b = op_f32(&t, "b", numbers, 2, (int64_t[]){3, 2});
    ck_assert_int_eq(run(&t, "ij, jk -> ik", (sard_value *[]){a, b}, 2), SARD_OK);
    expect(&t, 2, (int64_t[]){2, 2}, (float[]){22, 28, 49, 64}, 4);
    op_end(&t);
}
END_TEST

START_TEST(implicit_output_is_sorted_capitals_first)
{
    op_test t;
    op_start(&t);
    sard_value *a = op_f32(&t, "a", numbers, 2, (int64_t[]){2, 3});
    ck_assert_int_eq(run(&t, "bA", (sard_value *[]){a}, 1), SARD_OK);
    expect(&t, 2, (int64_t[]){3, 2}, (float[]){1, 4, 2, 5, 3, 6}, 6);
    op_end(&t);
}
END_TEST

START_TEST(diagonal_and_trace)
{
    op_test t;
    op_start(&t);
    sard_value *a = op_f32(&t, "a", numbers, 2, (int64_t[]){2, 2});
    ck_assert_int_eq(run(&t, "ii->i", (sard_value *[]){a}, 1), SARD_OK);
    expect(&t, 1, (int64_t[]){2}, (float[]){1, 4}, 2);
    ck_assert_int_eq(run(&t, "ii", (sard_value *[]){a}, 1), SARD_OK);
    expect(&t, 0, NULL, (float[]){5}, 1);
    op_end(&t);
}
END_TEST

START_TEST(ellipsis_is_aligned_at_its_end_and_broadcast)
{
    op_test t;
    op_start(&t);
    sard_value *a = op_f32(&t, "a", numbers, 3, (int64_t[]){1, 3, 2}), *b = op_f32(&t, "b", numbers, 3, (int64_t[]){2, 1, 2});
    ck_assert_int_eq(run(&t, "...j,...j", (sard_value *[]){a, b}, 2), SARD_OK);
    expect(&t, 2, (int64_t[]){2, 3}, (float[]){5, 11, 17, 11, 25, 39}, 6);
    sard_value *v = op_f32(&t, "v", numbers, 1, (int64_t[]){2});
    ck_assert_int_eq(run(&t, "...j,j...->...", (sard_value *[]){a, v}, 2), SARD_OK);
    expect(&t, 2, (int64_t[]){1, 3}, (float[]){5, 11, 17}, 3);
    op_end(&t);
}
END_TEST

START_TEST(three_inputs_and_a_scalar)
{
    op_test t;
    op_start(&t);
    sard_value *a = op_f32(&t, "a", numbers, 1, (int64_t[]){2}), *b = op_f32(&t, "b", numbers, 2, (int64_t[]){2, 3});
    sard_value *s = op_f32(&t, "s", (float[]){2}, 0, NULL);
    ck_assert_int_eq(run(&t, "i,ij,->j", (sard_value *[]){a, b, s}, 3), SARD_OK);
    expect(&t, 1, (int64_t[]){3}, (float[]){18, 24, 30}, 3);
    op_end(&t);
}
END_TEST

START_TEST(sum_over_nothing_is_zero)
{
    op_test t;
    op_start(&t);
    sard_value *a = op_f32(&t, "a", numbers, 2, (int64_t[]){2, 0});
    ck_assert_int_eq(run(&t, "ij->i", (sard_value *[]){a}, 1), SARD_OK);
    expect(&t, 1, (int64_t[]){2}, (float[]){0, 0}, 2);
    op_end(&t);
}
END_TEST

START_TEST(integers_wrap)
{
    op_test t;
    op_start(&t);
    sard_value *a = op_constant(&t, "a", SARD_U8, (uint8_t[]){200, 100}, 1, (int64_t[]){2});
    ck_assert_int_eq(run(&t, "i->", (sard_value *[]){a}, 1), SARD_OK);
    ck_assert_uint_eq(*(uint8_t *)t.outputs[0].data, 44);
    op_end(&t);
}
END_TEST

START_TEST(wrong_equations_are_refused)
{
    static const char *const wrong[] = {"ij", "i,j", "i.j", "i->j", "i->ii", "i->i,", "i->i->i", "", "ij->i", "i-", "i..."};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        op_test t;
        op_start(&t);
        sard_value *a = op_f32(&t, "a", numbers, 1, (int64_t[]){3});
        const sard_status status = run(&t, wrong[i], (sard_value *[]){a}, 1);
        ck_assert_msg((status != SARD_OK) == (strcmp(wrong[i], "i...") != 0), "'%s' gave %d", wrong[i], status);
        op_end(&t);
    }
    op_test t;
    op_start(&t);
    sard_value *a = op_f32(&t, "a", numbers, 1, (int64_t[]){3}), *b = op_f32(&t, "b", numbers, 1, (int64_t[]){2});
    ck_assert_int_eq(run(&t, "i,i", (sard_value *[]){a, b}, 2), SARD_SHAPE);
    ck_assert_str_eq(t.error.text, "Einsum 'node': equation 'i,i': sizes 3 and 2 have the same label");
    op_end(&t);
}
END_TEST

static Suite *suite(void)
{
    return check_suite("einsum", (const TTest *[]){matrix_product, implicit_output_is_sorted_capitals_first, diagonal_and_trace,
                                                   ellipsis_is_aligned_at_its_end_and_broadcast, three_inputs_and_a_scalar,
                                                   sum_over_nothing_is_zero, integers_wrap, wrong_equations_are_refused, NULL});
}

CHECK_MAIN(suite)
