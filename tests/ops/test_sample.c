/* What reads between elements: GridSample, RoiAlign. */
#include "tests/support/check.h"
#include "tests/support/op.h"

#include <math.h>
#include <string.h>

static const float picture[] = {1, 2, 3, 4};

static sard_status sample(op_test *t, const char *mode, const char *padding, int64_t corners, const float *places, int64_t count)
{
    const sard_attr attrs[] = {{.name = "mode", .kind = SARD_ATTR_STRING, .s = {mode, strlen(mode)}},
                               {.name = "padding_mode", .kind = SARD_ATTR_STRING, .s = {padding, strlen(padding)}},
                               {.name = "align_corners", .kind = SARD_ATTR_INT, .i = corners}};
    sard_value *in[] = {op_f32(t, "x", picture, 4, (int64_t[]){1, 1, 2, 2}), op_f32(t, "grid", places, 4, (int64_t[]){1, 1, count, 2})};
    return op_run(t, "GridSample", in, 2, attrs, 3, 1);
}

static void expect(const op_test *t, const float *want, size_t count)
{
    ck_assert_uint_eq(sard_tensor_count(&t->outputs[0]), count);
    for (size_t i = 0; i < count; i++)
        ck_assert_float_eq_tol(((const float *)t->outputs[0].data)[i], want[i], 1e-6f);
}

START_TEST(corners_and_the_middle)
{
    const float places[] = {-1, -1, 1, -1, 0, 0, 1, 1};
    op_test t;
    op_start(&t);
    ck_assert_msg(sample(&t, "linear", "zeros", 1, places, 4) == SARD_OK, "%s", t.error.text);
    expect(&t, (float[]){1, 2, 2.5f, 4}, 4);
    ck_assert_int_eq(sample(&t, "linear", "zeros", 0, places, 4), SARD_OK); /* -1 is the outer edge: a quarter */
    expect(&t, (float[]){0.25f, 0.5f, 2.5f, 1}, 4);
    ck_assert_int_eq(sample(&t, "cubic", "border", 0, places, 4), SARD_OK);
    ck_assert_float_eq_tol(((float *)t.outputs[0].data)[2], 2.5f, 1e-6f);
    op_end(&t);
}
END_TEST

START_TEST(padding)
{
    const float outside[] = {-3, -3, 5, 0, NAN, -1, INFINITY, 1e30f};
    op_test t;
    op_start(&t);
    ck_assert_int_eq(sample(&t, "nearest", "zeros", 0, outside, 4), SARD_OK);
    expect(&t, (float[]){0, 0, 0, 0}, 4);
    ck_assert_int_eq(sample(&t, "nearest", "border", 0, outside, 2), SARD_OK);
    expect(&t, (float[]){1, 2}, 2);
    ck_assert_int_eq(sample(&t, "linear", "reflection", 1, (float[]){1.5f, -1, -2, -1}, 2), SARD_OK);
    expect(&t, (float[]){1.75f, 1.5f}, 2);
    ck_assert_int_eq(sample(&t, "cubic", "reflection", 0, outside, 4), SARD_OK);
    op_end(&t);
}
END_TEST

START_TEST(grids_that_do_not_fit)
{
    op_test t;
    op_start(&t);
    sard_value *in[] = {op_f32(&t, "x", picture, 4, (int64_t[]){1, 1, 2, 2}), op_f32(&t, "grid", picture, 4, (int64_t[]){2, 1, 1, 2})};
    ck_assert_int_eq(op_run(&t, "GridSample", in, 2, NULL, 0, 1), SARD_SHAPE);
    ck_assert_str_eq(t.error.text, "GridSample 'node': grid has 2 batches of places with 2 numbers, must have 1 and 2");
    op_end(&t);
}
END_TEST

static sard_status pool(op_test *t, const float *roi, int64_t batch, const char *transformation)
{
    const sard_attr attrs[] = {
        {.name = "output_height", .kind = SARD_ATTR_INT, .i = 1},
        {.name = "output_width", .kind = SARD_ATTR_INT, .i = 2},
        {.name = "sampling_ratio", .kind = SARD_ATTR_INT, .i = 1},
        {.name = "coordinate_transformation_mode", .kind = SARD_ATTR_STRING, .s = {transformation, strlen(transformation)}}};
    sard_value *in[] = {op_f32(t, "x", picture, 4, (int64_t[]){1, 1, 2, 2}), op_f32(t, "rois", roi, 2, (int64_t[]){1, 4}),
                        op_i64(t, "batch", &batch, 1, (int64_t[]){1})};
    return op_run(t, "RoiAlign", in, 3, attrs, 4, 1);
}

START_TEST(regions)
{
    op_test t;
    op_start(&t);
    ck_assert_msg(pool(&t, (float[]){0, 0, 2, 2}, 0, "half_pixel") == SARD_OK, "%s", t.error.text); /* places (0, 0.5) and (1, 0.5) */
    expect(&t, (float[]){2, 3}, 2);
    ck_assert_int_eq(pool(&t, (float[]){0, 0, 0, 0}, 0, "output_half_pixel"), SARD_OK); /* at least 1 x 1: 0.25 and 0.75 across, 0.5 down */
    expect(&t, (float[]){2.25f, 2.75f}, 2);
    ck_assert_int_eq(pool(&t, (float[]){50, 50, 60, 60}, 0, "half_pixel"), SARD_OK);
    expect(&t, (float[]){0, 0}, 2);
    ck_assert_int_eq(pool(&t, (float[]){0, 0, 1, 1}, 1, "half_pixel"), SARD_DATA);
    ck_assert_str_eq(t.error.text, "RoiAlign 'node': batch index 1 of region 0, but X has 1 batches");
    ck_assert_int_eq(pool(&t, (float[]){0, 0, NAN, 1}, 0, "half_pixel"), SARD_DATA);
    op_end(&t);
}
END_TEST

static Suite *suite(void)
{
    return check_suite("sample", (const TTest *[]){corners_and_the_middle, padding, grids_that_do_not_fit, regions, NULL});
}

CHECK_MAIN(suite)
