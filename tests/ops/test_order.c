/* What compares elements: sort keys, ArgMax, ArgMin, TopK, NonMaxSuppression. */
#include "ops/lib/order.h"
#include "tests/support/check.h"
#include "tests/support/op.h"

#include <math.h>

START_TEST(keys_sort_like_elements)
{
    const float floats[] = {-INFINITY, -2, -1e-40f, -0.0f, 0, 1e-40f, 3, INFINITY, NAN};
    const int8_t ints[] = {-128, -1, 0, 127};
    const uint64_t longs[] = {0, 5, INT64_MAX, UINT64_MAX};
    uint64_t keys[9];
    sard_order_keys(SARD_F32, floats, 1, 9, keys);
    for (int i = 1; i < 9; i++)
        ck_assert(i == 4 ? keys[i] == keys[i - 1] : keys[i] > keys[i - 1]);
    sard_order_keys(SARD_I8, ints, 1, 4, keys);
    for (int i = 1; i < 4; i++)
        ck_assert(keys[i] > keys[i - 1]);
    sard_order_keys(SARD_U64, longs, 1, 4, keys);
    for (int i = 1; i < 4; i++)
        ck_assert(keys[i] > keys[i - 1]);
    sard_order_keys(SARD_F32, floats + 1, 3, 2, keys); /* every third */
    ck_assert(keys[0] < keys[1]);
}
END_TEST

static const int64_t *run_arg(op_test *t, const char *op, sard_value *x, int64_t axis, int64_t last)
{
    const sard_attr attrs[] = {{.name = "axis", .kind = SARD_ATTR_INT, .i = axis},
                               {.name = "select_last_index", .kind = SARD_ATTR_INT, .i = last},
                               {.name = "keepdims", .kind = SARD_ATTR_INT, .i = 0}};
    ck_assert_msg(op_run(t, op, &x, 1, attrs, 3, 1) == SARD_OK, "%s", t->error.text);
    return t->outputs[0].data;
}

START_TEST(places_of_extremes)
{
    op_test t;
    op_start(&t);
    sard_value *x = op_f32(&t, "x", (float[]){1, 5, 5, -1, 5, -1}, 2, (int64_t[]){2, 3});
    ck_assert_int_eq(run_arg(&t, "ArgMax", x, 1, 0)[0], 1);
    ck_assert_int_eq(run_arg(&t, "ArgMax", x, 1, 1)[0], 2);
    ck_assert_int_eq(run_arg(&t, "ArgMin", x, -1, 0)[1], 0);
    ck_assert_int_eq(run_arg(&t, "ArgMin", x, -1, 1)[1], 2);
    ck_assert_int_eq(run_arg(&t, "ArgMax", x, 0, 1)[1], 1);
    ck_assert_int_eq(run_arg(&t, "ArgMax", op_f32(&t, "n", (float[]){1, NAN, 3}, 1, (int64_t[]){3}), 0, 0)[0], 1);
    op_end(&t);
}
END_TEST

static sard_status top_k(op_test *t, sard_value *x, int64_t k, int64_t axis, int64_t largest)
{
    const sard_attr attrs[] = {{.name = "axis", .kind = SARD_ATTR_INT, .i = axis},
                               {.name = "largest", .kind = SARD_ATTR_INT, .i = largest}};
    return op_run(t, "TopK", (sard_value *[]){x, op_i64(t, "k", &k, 1, (int64_t[]){1})}, 2, attrs, 2, 2);
}

START_TEST(best_ones_first_lower_index_of_equals)
{
    op_test t;
    op_start(&t);
    sard_value *x = op_f32(&t, "x", (float[]){2, 7, 2, 7, 1, 9}, 2, (int64_t[]){1, 6});
    ck_assert_int_eq(top_k(&t, x, 4, -1, 1), SARD_OK);
    ck_assert_mem_eq(t.outputs[0].data, ((float[]){9, 7, 7, 2}), 4 * sizeof(float));
    ck_assert_mem_eq(t.outputs[1].data, ((int64_t[]){5, 1, 3, 0}), 4 * sizeof(int64_t));
    ck_assert_int_eq(top_k(&t, x, 3, 1, 0), SARD_OK);
    ck_assert_mem_eq(t.outputs[1].data, ((int64_t[]){4, 0, 2}), 3 * sizeof(int64_t));
    ck_assert_int_eq(top_k(&t, x, 0, 1, 0), SARD_OK);
    ck_assert_uint_eq(sard_tensor_count(&t.outputs[0]), 0);
    ck_assert_int_eq(top_k(&t, x, 7, 1, 0), SARD_SHAPE);
    ck_assert_str_eq(t.error.text, "TopK 'node': K is 7, but axis 1 has 6 elements");
    op_end(&t);
}
END_TEST

START_TEST(top_k_along_an_outer_axis)
{
    op_test t;
    op_start(&t);
    int16_t x[40 * 3];
    for (int i = 0; i < 120; i++)
        x[i] = (int16_t)(i * 37 % 101);
    ck_assert_int_eq(top_k(&t, op_constant(&t, "x", SARD_I16, x, 2, (int64_t[]){40, 3}), 5, 0, 1), SARD_OK);
    for (int column = 0; column < 3; column++)
        for (int k = 0; k < 5; k++) {
            const int16_t value = ((int16_t *)t.outputs[0].data)[k * 3 + column];
            int larger = 0;
            for (int i = 0; i < 40; i++)
                larger += x[i * 3 + column] > value;
            ck_assert_int_eq(larger, k);
            ck_assert_int_eq(x[((int64_t *)t.outputs[1].data)[k * 3 + column] * 3 + column], value);
        }
    op_end(&t);
}
END_TEST

START_TEST(overlapping_boxes_go)
{
    op_test t;
    op_start(&t);
    const float boxes[] = {0, 0, 1, 1, /* almost the same, corners the other way round */ 1, 1.1f, 0, 0.1f, 0, 10, 1, 11};
    const float scores[] = {0.9f, 0.75f, 0.6f};
    const int64_t most = 3;
    sard_value *in[] = {op_f32(&t, "boxes", boxes, 3, (int64_t[]){1, 3, 4}), op_f32(&t, "scores", scores, 3, (int64_t[]){1, 1, 3}),
                        op_i64(&t, "most", &most, 1, (int64_t[]){1}), op_f32(&t, "iou", (float[]){0.5f}, 1, (int64_t[]){1}),
                        op_f32(&t, "score", (float[]){0.7f}, 1, (int64_t[]){1})};
    ck_assert_msg(op_run(&t, "NonMaxSuppression", in, 4, NULL, 0, 1) == SARD_OK, "%s", t.error.text);
    ck_assert_int_eq(t.outputs[0].dims[0], 2);
    ck_assert_mem_eq(t.outputs[0].data, ((int64_t[]){0, 0, 0, 0, 0, 2}), 6 * sizeof(int64_t));
    ck_assert_int_eq(op_run(&t, "NonMaxSuppression", in, 5, NULL, 0, 1), SARD_OK);
    ck_assert_int_eq(t.outputs[0].dims[0], 1);
    in[3] = op_f32(&t, "iou2", (float[]){1.5f}, 1, (int64_t[]){1});
    ck_assert_int_eq(op_run(&t, "NonMaxSuppression", in, 4, NULL, 0, 1), SARD_DATA);
    op_end(&t);
}
END_TEST

static Suite *suite(void)
{
    return check_suite("order", (const TTest *[]){keys_sort_like_elements, places_of_extremes, best_ones_first_lower_index_of_equals,
                                                  top_k_along_an_outer_axis, overlapping_boxes_go, NULL});
}

CHECK_MAIN(suite)
