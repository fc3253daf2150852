/* Resize: sizes, coordinates, weights, what is refused. */
#include "ops/resample.h"
#include "tests/support/expect.h"

#include <math.h>
#include <string.h>

static sard_attr word(const char *name, const char *value)
{
    return (sard_attr){.name = name, .kind = SARD_ATTR_STRING, .s = {value, strlen(value)}};
}

/* A line of float32 by one scale. */
static sard_status by_scale(op_test *t, const double *x, int64_t n, double scale, const sard_attr *attrs, size_t count)
{
    sard_value *line = op_numbers(t, "line", SARD_F32, x, 1, &n), *scales = OP_VECTOR(t, "scales", SARD_F32, scale);
    return op_run(t, "Resize", (sard_value *[]){line, NULL, scales}, 3, attrs, count, 1);
}

/* A line to a size. */
static void check_line(const double *x, int64_t n, int64_t size, const sard_attr *attrs, size_t count, const double *want)
{
    op_test t;
    op_start(&t);
    sard_value *line = op_numbers(&t, "line", SARD_F32, x, 1, &n), *sizes = op_i64(&t, "sizes", &size, 1, &(int64_t){1});
    ck_assert_msg(op_run(&t, "Resize", (sard_value *[]){line, NULL, NULL, sizes}, 4, attrs, count, 1) == SARD_OK, "%s", t.error.text);
    expect(&t, 1, &size, want);
    op_end(&t);
}

START_TEST(nearest_rounds_four_ways)
{
    static const char *const modes[] = {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"};
    const double x[] = {1, 2, 3, 4}, want[][2] = {{1, 3}, {2, 4}, {1, 3}, {2, 4}}; /* places 0.5 and 2.5 */
    for (int i = 0; i < 4; i++) {
        const sard_attr attr = word("nearest_mode", modes[i]);
        check_line(x, 4, 2, &attr, 1, want[i]);
    }
}
END_TEST

START_TEST(coordinates)
{
    const double x[] = {0, 10, 20, 30};
    sard_attr attrs[] = {word("mode", "linear"), word("coordinate_transformation_mode", "half_pixel")};
    check_line(x, 4, 8, attrs, 2, (double[]){0, 2.5, 7.5, 12.5, 17.5, 22.5, 27.5, 30});
    attrs[1] = word("coordinate_transformation_mode", "align_corners");
    check_line(x, 4, 7, attrs, 2, (double[]){0, 5, 10, 15, 20, 25, 30});
    attrs[1] = word("coordinate_transformation_mode", "asymmetric");
    check_line(x, 4, 8, attrs, 2, (double[]){0, 5, 10, 15, 20, 25, 30, 30});
    attrs[1] = word("coordinate_transformation_mode", "pytorch_half_pixel");
    check_line(x, 4, 1, attrs, 2, (double[]){0});
}
END_TEST

START_TEST(cubic)
{
    const double x[] = {0, 0, 1, 0, 0};
    const double a = -0.75, near = (a + 2) * 0.125 - (a + 3) * 0.25 + 1, far = ((a * 1.5 - 5 * a) * 1.5 + 8 * a) * 1.5 - 4 * a;
    const sard_attr attrs[] = {word("mode", "cubic"), word("coordinate_transformation_mode", "align_corners")};
    check_line(x, 5, 9, attrs, 2, (double[]){0, far, 0, near, 1, near, 0, far, 0});
}
END_TEST

START_TEST(antialias_averages)
{
    const sard_attr attrs[] = {word("mode", "linear"), {.name = "antialias", .kind = SARD_ATTR_INT, .i = 1}};
    check_line((double[]){1, 2, 3, 4, 5, 6, 7, 8}, 8, 4, attrs, 2, (double[]){1.625, 3.5, 5.5, 7.375});
}
END_TEST

START_TEST(crop_and_extrapolate)
{
    op_test t;
    op_start(&t);
    const sard_attr attrs[] = {word("mode", "linear"),
                               word("coordinate_transformation_mode", "tf_crop_and_resize"),
                               {.name = "extrapolation_value", .kind = SARD_ATTR_FLOAT, .f = -1}};
    sard_value *x = OP_VECTOR(&t, "x", SARD_F32, 0, 10, 20, 30, 40), *roi = OP_VECTOR(&t, "roi", SARD_F32, 0.5, 1.25);
    sard_value *sizes = OP_VECTOR(&t, "sizes", SARD_I64, 4);
    ck_assert_int_eq(op_run(&t, "Resize", (sard_value *[]){x, roi, NULL, sizes}, 4, attrs, 3, 1), SARD_OK);
    expect(&t, 1, (int64_t[]){4}, (double[]){20, 30, 40, -1});
    op_expect_error(&t, op_infer(&t, "Resize", (sard_value *[]){x, NULL, NULL, sizes}, 4, attrs, 3, 1), SARD_SHAPE, "needs roi");
    op_end(&t);
}
END_TEST

/* A place as a fraction of whole numbers. */
typedef struct place {
    int64_t over, under;
} place;

static place exact_place(int64_t transformation, int64_t i, int64_t in, int64_t out)
{
    switch (transformation) {
    case SARD_COORDINATE_ALIGN_CORNERS:
        return out == 1 ? (place){0, 1} : (place){i * (in - 1), out - 1};
    case SARD_COORDINATE_ASYMMETRIC:
        return (place){i * in, out};
    case SARD_COORDINATE_TF_HALF_PIXEL_FOR_NN:
        return (place){(2 * i + 1) * in, 2 * out};
    case SARD_COORDINATE_PYTORCH_HALF_PIXEL:
        return out == 1 ? (place){0, 1} : (place){(2 * i + 1) * in - out, 2 * out};
    default:
        return (place){(2 * i + 1) * in - out, 2 * out};
    }
}

static int64_t floor_of(int64_t over, int64_t under) { return over / under - (over % under < 0); }

static int64_t exact_nearest(int64_t rounding, place p, int64_t in)
{
    const int64_t found = rounding == SARD_ROUND_FLOOR        ? floor_of(p.over, p.under)
                        : rounding == SARD_ROUND_CEIL         ? -floor_of(-p.over, p.under)
                        : rounding == SARD_ROUND_PREFER_FLOOR ? -floor_of(p.under - 2 * p.over, 2 * p.under)
                                                              : floor_of(2 * p.over + p.under, 2 * p.under);
    return found < 0 ? 0 : found < in ? found : in - 1;
}

enum { MOST = 64 };

/* From `in` to `out` elements, by sizes, or by the float32 nearest to their quotient: how many places are wrong. */
static int wrong_places(const sard_resize *a, int64_t in, int64_t out, bool by_float)
{
    int64_t index[2 * MOST];
    double weight[2 * MOST];
    int wrong = 0;
    sard_axis_scale axis = {.in = in, .out = out, .over = (double)out, .under = (double)in};
    sard_taps taps = {.in = in, .out = out, .count = a->mode == SARD_RESIZE_NEAREST ? 1 : 2, .index = index, .weight = weight};
    if (by_float)
        sard_axis_set_scale(&axis, (float)out / (float)in);
    sard_taps_fill(a, &axis, &taps);
    for (int64_t i = 0; i < out; i++) {
        const place p = exact_place(a->coordinate_transformation_mode, i, in, out);
        const int64_t whole = floor_of(p.over, p.under);
        if (a->mode == SARD_RESIZE_NEAREST)
            wrong += index[i] != exact_nearest(a->nearest_mode, p, in);
        else
            wrong += fabs(weight[2 * i + 1] - (double)(p.over - whole * p.under) / (double)p.under) > 1e-13;
    }
    return wrong;
}

/* Of all sizes up to 64, in all transformations and roundings. */
START_TEST(places_are_exact)
{
    sard_resize a = {.coordinate_transformation_mode = _i};
    if (_i == SARD_COORDINATE_TF_CROP_AND_RESIZE)
        return;
    for (int64_t in = 1; in <= MOST; in++)
        for (int64_t out = 1; out <= MOST; out++) {
            int wrong = 0;
            for (a.mode = SARD_RESIZE_NEAREST, a.nearest_mode = 0; a.nearest_mode <= SARD_ROUND_CEIL; a.nearest_mode++)
                wrong += wrong_places(&a, in, out, false) + wrong_places(&a, in, out, true);
            a.mode = SARD_RESIZE_LINEAR;
            wrong += wrong_places(&a, in, out, false);
            ck_assert_msg(!wrong, "%d to %d, transformation %d: %d wrong", (int)in, (int)out, _i, wrong);
        }
}
END_TEST

/* A float stands for the fraction that it was rounded from; one that was not keeps its value. */
START_TEST(scales_are_fractions)
{
    const struct {
        float scale;
        double over, under;
    } table[] = {{0.3f, 3, 10}, {1 / 3.0f, 1, 3}, {1.7f, 17, 10},    {2.5f, 5, 2},
                 {0.5f, 1, 2},  {7, 7, 1},        {1e-30f, 1, 1e30}, {0x1p100f, 0x1p100, 1}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        sard_axis_scale axis = {.in = 5, .out = 64};
        sard_axis_set_scale(&axis, table[i].scale);
        ck_assert_double_eq_tol(sard_axis_ratio(&axis) / (double)table[i].scale, 1, 6e-8);
        ck_assert_double_eq_tol(axis.over / table[i].over, 1, 1e-7);
        ck_assert_double_eq_tol(axis.under / table[i].under, 1, 1e-7);
    }
}
END_TEST

START_TEST(two_axes_and_integers)
{
    op_test t;
    op_start(&t);
    const int64_t last[] = {-1, 1};
    const sard_attr attrs[] = {word("mode", "linear"),
                               {.name = "axes", .kind = SARD_ATTR_INTS, .count = 2, .ints = last},
                               word("coordinate_transformation_mode", "align_corners")};
    sard_value *x = op_numbers(&t, "x", SARD_U8, (double[]){0, 100, 200, 255}, 3, (int64_t[]){1, 2, 2});
    sard_value *sizes = OP_VECTOR(&t, "sizes", SARD_I64, 3, 2);
    ck_assert_int_eq(op_run(&t, "Resize", (sard_value *[]){x, NULL, NULL, sizes}, 4, attrs, 3, 1), SARD_OK);
    expect(&t, 3, (int64_t[]){1, 2, 3}, (double[]){0, 50, 100, 200, 228, 255}); /* 227.5 to the even one */
    op_end(&t);
}
END_TEST

START_TEST(scales_and_policies)
{
    op_test t;
    op_start(&t);
    const sard_attr policy = word("keep_aspect_ratio_policy", "not_larger");
    ck_assert_int_eq(by_scale(&t, (double[]){1, 2, 3, 4, 5}, 5, 0.5, NULL, 0), SARD_OK);
    expect(&t, 1, (int64_t[]){2}, (double[]){1, 3}); /* places 0.5 and 2.5 */
    sard_value *x = sard_graph_add_input(t.graph, "x", SARD_F32, 2, (int64_t[]){10, 20});
    sard_value *sizes = OP_VECTOR(&t, "sizes", SARD_I64, 7, 9);
    ck_assert_int_eq(op_infer(&t, "Resize", (sard_value *[]){x, NULL, NULL, sizes}, 4, &policy, 1, 1), SARD_OK);
    expect_inferred(t.node->outputs[0], 2, (int64_t[]){5, 9}); /* 0.45 * 10 rounds up */
    op_end(&t);
}
END_TEST

START_TEST(channels_last_nearest)
{
    op_test t;
    op_start(&t);
    sard_value *x = op_numbers(&t, "x", SARD_I16, (double[]){1, 2, 3, 4}, 4, (int64_t[]){1, 1, 2, 2});
    sard_value *scales = OP_VECTOR(&t, "scales", SARD_F32, 1, 2, 2, 1);
    ck_assert_int_eq(op_run(&t, "Resize", (sard_value *[]){x, NULL, scales}, 3, NULL, 0, 1), SARD_OK);
    expect(&t, 4, (int64_t[]){1, 2, 4, 2}, (double[]){1, 2, 1, 2, 3, 4, 3, 4, 1, 2, 1, 2, 3, 4, 3, 4});
    op_end(&t);
}
END_TEST

START_TEST(refused)
{
    op_test t;
    op_start(&t);
    const double one = 1;
    sard_value *x = OP_VECTOR(&t, "x", SARD_F32, 1, 2), *two = OP_VECTOR(&t, "two", SARD_I64, 2),
               *scale = OP_VECTOR(&t, "scale", SARD_F32, 2);
    sard_value *none = op_numbers(&t, "none", SARD_F32, &one, 1, (int64_t[]){0});
    op_expect_error(&t, by_scale(&t, &one, 1, 0, NULL, 0), SARD_SHAPE, "scale 0 of axis 0");
    op_expect_error(&t, by_scale(&t, &one, 1, -2, NULL, 0), SARD_SHAPE, "scale -2 of axis 0");
    op_expect_error(&t, op_infer(&t, "Resize", (sard_value *[]){x, NULL, scale, two}, 4, NULL, 0, 1), SARD_SHAPE, "both");
    op_expect_error(&t, op_infer(&t, "Resize", (sard_value *[]){x, NULL, none}, 3, NULL, 0, 1), SARD_SHAPE, "neither");
    op_expect_error(&t, op_infer(&t, "Resize", (sard_value *[]){none, NULL, NULL, two}, 4, NULL, 0, 1), SARD_SHAPE, "without elements");
    ck_assert_int_eq(op_infer(&t, "Resize", (sard_value *[]){x, none, none, two}, 4, NULL, 0, 1), SARD_OK);
    op_end(&t);
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {nearest_rounds_four_ways,
                                  coordinates,
                                  cubic,
                                  antialias_averages,
                                  crop_and_extrapolate,
                                  two_axes_and_integers,
                                  scales_and_policies,
                                  channels_last_nearest,
                                  refused,
                                  scales_are_fractions,
                                  NULL};
    Suite *s = check_suite("resize", tests);
    TCase *all = tcase_create("places");
    tcase_add_loop_test(all, places_are_exact, 0, SARD_COORDINATE_TF_HALF_PIXEL_FOR_NN + 1);
    suite_add_tcase(s, all);
    return s;
}

CHECK_MAIN(suite)
