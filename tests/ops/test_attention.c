/* Attention: what a query sees, shared heads, the cache; RotaryEmbedding. */
#include "tests/support/check.h"
#include "tests/support/outputs.h"

/* With all scores equal the result is the mean of what is seen. */
static const float zeros[64], values[] = {1, 2, 4, 8};

START_TEST(queries_see_the_mean)
{
    op_test t;
    op_start(&t);
    sard_value *in[] = {op_f32(&t, "q", zeros, 4, INTS(1, 1, 3, 2)), op_f32(&t, "k", zeros, 4, INTS(1, 1, 4, 2)),
                        op_f32(&t, "v", values, 4, INTS(1, 1, 4, 1))};
    ck_assert_int_eq(op_run(&t, "Attention", in, 3, NULL, 0, 1), SARD_OK);
    expect_shape(&t.outputs[0], 4, INTS(1, 1, 3, 1));
    expect_elements(&t.outputs[0], FLOATS(3.75f, 3.75f, 3.75f), 1e-7);
    const sard_attr causal = ATTR_INT("is_causal", 1), window[] = {ATTR_INT("left_window_size", 1), ATTR_INT("right_window_size", 0)};
    ck_assert_int_eq(op_run(&t, "Attention", in, 3, &causal, 1, 1), SARD_OK);
    expect_elements(&t.outputs[0], FLOATS(1, 1.5f, 7.f / 3), 1e-7);
    ck_assert_int_eq(op_run(&t, "Attention", in, 3, window, 2, 1), SARD_OK);
    expect_elements(&t.outputs[0], FLOATS(1, 1.5f, 3), 1e-7);
    op_end(&t);
}
END_TEST

START_TEST(masks_forbid_and_an_empty_row_is_zero)
{
    op_test t;
    op_start(&t);
    sard_value *in[] = {op_f32(&t, "q", zeros, 4, INTS(1, 1, 2, 2)), op_f32(&t, "k", zeros, 4, INTS(1, 1, 4, 2)),
                        op_f32(&t, "v", FLOATS(1, 2, 4, INFINITY), 4, INTS(1, 1, 4, 1)),
                        op_constant(&t, "mask", SARD_BOOL, (uint8_t[]){1, 0, 1, 0, 0, 0}, 2, INTS(2, 3))};
    ck_assert_int_eq(op_run(&t, "Attention", in, 4, NULL, 0, 1), SARD_OK);
    expect_elements(&t.outputs[0], FLOATS(2.5f, 0), 1e-7);
    in[3] = op_f32(&t, "bias", FLOATS(0, 0.6931472f, -INFINITY, -INFINITY), 1, INTS(4));
    ck_assert_int_eq(op_run(&t, "Attention", in, 4, NULL, 0, 1), SARD_OK);
    expect_elements(&t.outputs[0], FLOATS(5.f / 3, 5.f / 3), 1e-6);
    op_end(&t);
}
END_TEST

START_TEST(the_past_comes_first_and_is_handed_on)
{
    op_test t;
    op_start(&t);
    sard_value *in[] = {op_f32(&t, "q", zeros, 4, INTS(1, 1, 2, 1)),         op_f32(&t, "k", FLOATS(5, 6), 4, INTS(1, 1, 2, 1)),
                        op_f32(&t, "v", values + 2, 4, INTS(1, 1, 2, 1)),    NULL,
                        op_f32(&t, "pk", FLOATS(3, 4), 4, INTS(1, 1, 2, 1)), op_f32(&t, "pv", values, 4, INTS(1, 1, 2, 1))};
    const sard_attr causal = ATTR_INT("is_causal", 1);
    ck_assert_int_eq(op_run(&t, "Attention", in, 6, &causal, 1, 3), SARD_OK);
    expect_elements(&t.outputs[0], FLOATS(7.f / 3, 3.75f), 1e-6);
    expect_shape(&t.outputs[1], 4, INTS(1, 1, 4, 1));
    expect_elements(&t.outputs[1], FLOATS(3, 4, 5, 6), 0);
    expect_elements(&t.outputs[2], values, 0);
    op_end(&t);
}
END_TEST

/* Two heads of Q share one of K and V; scores are q * k / sqrt(1). */
START_TEST(heads_are_shared_in_rows)
{
    op_test t;
    op_start(&t);
    sard_value *in[] = {op_f32(&t, "q", FLOATS(0, 1), 3, INTS(1, 1, 2)), op_f32(&t, "k", FLOATS(0, 0.6931472f), 3, INTS(1, 2, 1)),
                        op_f32(&t, "v", FLOATS(3, 6), 3, INTS(1, 2, 1))};
    const sard_attr heads[] = {ATTR_INT("q_num_heads", 2), ATTR_INT("kv_num_heads", 1), ATTR_INT("qk_matmul_output_mode", 3)};
    ck_assert_int_eq(op_run(&t, "Attention", in, 3, heads, 3, 4), SARD_OK);
    expect_shape(&t.outputs[0], 3, INTS(1, 1, 2));
    expect_elements(&t.outputs[0], FLOATS(4.5f, 5), 1e-6);
    expect_shape(&t.outputs[3], 4, INTS(1, 2, 1, 2));
    expect_elements(&t.outputs[3], FLOATS(0.5f, 0.5f, 1.f / 3, 2.f / 3), 1e-6);
    op_end(&t);
}
END_TEST

START_TEST(wrong_attention_is_told)
{
    op_test t;
    op_start(&t);
    sard_value *in[] = {op_f32(&t, "q", zeros, 4, INTS(1, 3, 2, 2)),
                        op_f32(&t, "k", zeros, 4, INTS(1, 2, 4, 2)),
                        op_f32(&t, "v", zeros, 4, INTS(1, 2, 4, 1)),
                        NULL,
                        NULL,
                        NULL,
                        NULL};
    ck_assert_int_eq(op_run(&t, "Attention", in, 3, NULL, 0, 1), SARD_SHAPE);
    expect_text(&t, "3 heads of Q cannot share 2 of K");
    in[0] = op_f32(&t, "q2", zeros, 4, INTS(1, 2, 2, 2));
    in[6] = op_i64(&t, "lengths", INTS(5), 1, INTS(1));
    ck_assert_int_eq(op_run(&t, "Attention", in, 7, NULL, 0, 1), SARD_DATA);
    expect_text(&t, "nonpad_kv_seqlen[0] is 5, must be 0 to 4");
    op_end(&t);
}
END_TEST

START_TEST(rotary_pairs)
{
    op_test t;
    op_start(&t);
    sard_value *in[] = {op_f32(&t, "x", FLOATS(1, 2, 3, 4, 5), 4, INTS(1, 1, 1, 5)), op_f32(&t, "cos", FLOATS(9, 9, 0, 1), 2, INTS(2, 2)),
                        op_f32(&t, "sin", FLOATS(9, 9, 1, 0), 2, INTS(2, 2)), op_i64(&t, "ids", INTS(1), 2, INTS(1, 1))};
    const sard_attr attrs[] = {ATTR_INT("rotary_embedding_dim", 4), ATTR_INT("interleaved", 1)};
    ck_assert_int_eq(op_run(&t, "RotaryEmbedding", in, 4, attrs, 1, 1), SARD_OK);
    expect_elements(&t.outputs[0], FLOATS(-3, 2, 1, 4, 5), 0);
    ck_assert_int_eq(op_run(&t, "RotaryEmbedding", in, 4, attrs, 2, 1), SARD_OK);
    expect_elements(&t.outputs[0], FLOATS(-2, 1, 3, 4, 5), 0);
    in[3] = op_i64(&t, "far", INTS(2), 2, INTS(1, 1));
    ck_assert_int_eq(op_run(&t, "RotaryEmbedding", in, 4, attrs, 1, 1), SARD_DATA);
    expect_text(&t, "position_ids[0] is 2, must be 0 to 1");
    op_end(&t);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("attention");
    TCase *c = tcase_create("attention");
    tcase_add_test(c, queries_see_the_mean);
    tcase_add_test(c, masks_forbid_and_an_empty_row_is_zero);
    tcase_add_test(c, the_past_comes_first_and_is_handed_on);
    tcase_add_test(c, heads_are_shared_in_rows);
    tcase_add_test(c, wrong_attention_is_told);
    tcase_add_test(c, rotary_pairs);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
