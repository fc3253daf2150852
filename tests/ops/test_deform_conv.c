/* DeformConv and MaxUnpool. */
#include "tests/support/check.h"
#include "tests/support/outputs.h"

#include <string.h>

static const float nine[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};

START_TEST(without_offsets_it_is_conv)
{
    static float x[4 * 6 * 5], w[6 * 2 * 3 * 2], want[6 * 3 * 5];
    static const float zeros[2 * 6 * 3 * 5];
    op_test t;
    op_start(&t);
    fill(x, sizeof x / sizeof *x, 1);
    fill(w, sizeof w / sizeof *w, 2);
    const sard_attr attrs[] = {ATTR_INT("group", 2), ATTR_INTS("pads", 0, 1, 1, 0), ATTR_INTS("strides", 2, 1)};
    sard_value *in[] = {op_f32(&t, "x", x, 4, INTS(1, 4, 6, 5)), op_f32(&t, "w", w, 4, INTS(6, 2, 3, 2)), NULL, NULL};
    ck_assert_int_eq(op_run(&t, "Conv", in, 2, attrs, 3, 1), SARD_OK);
    expect_shape(&t.outputs[0], 4, INTS(1, 6, 3, 5));
    memcpy(want, t.outputs[0].data, sizeof want);
    in[2] = op_f32(&t, "offset", zeros, 4, INTS(1, 12, 3, 5));
    ck_assert_int_eq(op_run(&t, "DeformConv", in, 3, attrs, 3, 1), SARD_OK);
    expect_elements(&t.outputs[0], want, 1e-6);
    op_end(&t);
}
END_TEST

START_TEST(offsets_interpolate_and_masks_weigh)
{
    op_test t;
    op_start(&t);
    sard_value *in[] = {op_f32(&t, "x", nine, 4, INTS(1, 1, 3, 3)), op_f32(&t, "w", FLOATS(1), 4, INTS(1, 1, 1, 1)), NULL,
                        op_f32(&t, "b", FLOATS(10), 1, INTS(1)), NULL};
    float offset[18] = {0}, mask[9] = {1, 1, 1, 1, 0.5f, 1, 1, 1, 0};
    offset[0] = 0.5f;      /* y of the first */
    offset[9 + 1] = 0.25f; /* x of the second */
    offset[2] = -1;        /* the third looks above the picture */
    offset[3] = NAN;
    in[2] = op_f32(&t, "offset", offset, 4, INTS(1, 2, 3, 3));
    in[4] = op_f32(&t, "mask", mask, 4, INTS(1, 1, 3, 3));
    ck_assert_int_eq(op_run(&t, "DeformConv", in, 5, NULL, 0, 1), SARD_OK);
    expect_elements(&t.outputs[0], FLOATS(12.5f, 12.25f, 10, 10, 12.5f, 16, 17, 18, 10), 1e-6);
    in[4] = op_f32(&t, "mask2", nine, 4, INTS(1, 1, 1, 9));
    ck_assert_int_eq(op_run(&t, "DeformConv", in, 5, NULL, 0, 1), SARD_SHAPE);
    expect_text(&t, "dimension 2 of mask is 1, must be 3");
    op_end(&t);
}
END_TEST

START_TEST(unpool_puts_back)
{
    op_test t;
    op_start(&t);
    sard_value *in[] = {op_f32(&t, "x", FLOATS(5, 8), 3, INTS(1, 1, 2)), op_i64(&t, "i", INTS(1, 3), 3, INTS(1, 1, 2)), NULL};
    const sard_attr attrs[] = {ATTR_INTS("kernel_shape", 2), ATTR_INTS("strides", 2)};
    ck_assert_int_eq(op_run(&t, "MaxUnpool", in, 2, attrs, 2, 1), SARD_OK);
    expect_shape(&t.outputs[0], 3, INTS(1, 1, 4));
    expect_elements(&t.outputs[0], FLOATS(0, 5, 0, 8), 0);
    in[2] = op_i64(&t, "shape", INTS(1, 1, 5), 1, INTS(3));
    ck_assert_int_eq(op_run(&t, "MaxUnpool", in, 3, attrs, 2, 1), SARD_OK);
    expect_elements(&t.outputs[0], FLOATS(0, 5, 0, 8, 0), 0);
    in[1] = op_i64(&t, "j", INTS(1, 4), 3, INTS(1, 1, 2));
    ck_assert_int_eq(op_run(&t, "MaxUnpool", in, 2, attrs, 2, 1), SARD_DATA);
    expect_text(&t, "I[1] is 4, must be 0 to 3");
    op_end(&t);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("deform_conv");
    TCase *c = tcase_create("deform_conv");
    tcase_add_test(c, without_offsets_it_is_conv);
    tcase_add_test(c, offsets_interpolate_and_masks_weigh);
    tcase_add_test(c, unpool_puts_back);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
