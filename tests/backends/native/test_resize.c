/* Native Resize against the reference: every mode and coordinate transformation, up and down, by scales and by sizes. */
#include "tests/backends/native/random.h"

static const char *const modes[] = {"nearest", "linear", "cubic"};
static const char *const coordinates[] = {"half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric"};
static const char *const roundings[] = {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"};

static void resize_case(sard_context *context)
{
    char text[1000], by[200];
    const int mode = pick(0, 2), n = pick(1, 2), c = pick(1, 80), h = pick(1, 12), w = pick(1, 12);
    const bool sizes = pick(0, 1);
    if (sizes)
        snprintf(by, sizeof by, "int64[4] = {%d, %d, %d, %d}", n, pick(1, 30), pick(1, 30), c);
    else
        snprintf(by, sizeof by, "float32[4] = {1, %d, %d.5, 1}", pick(1, 4), pick(1, 3));
    snprintf(text, sizeof text,
             "graph g {\n input x: float32[%d,%d,%d,%d]\n const s: %s\n y = Resize(x, _, %ss) {mode = \"%s\","
             " coordinate_transformation_mode = \"%s\", nearest_mode = \"%s\"%s}%s\n output y\n}",
             n, h, w, c, by, sizes ? "_, " : "", modes[mode], coordinates[pick(0, 4)], roundings[pick(0, 3)],
             mode == 2 && pick(0, 1) ? ", exclude_outside = 1" : "", pick(0, 3) ? "" : " |> Relu()");
    compare_text(context, text, mode ? 1e-5 : 0);
}

START_TEST(random_shapes)
{
    sard_context *context = context_of(tiers[_i]);
    for (int i = 0; i < share_of(150); i++)
        resize_case(context);
    sard_context_free(context);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("resize");
    TCase *c = tcase_create("resize");
    tcase_set_timeout(c, 120);
    tcase_add_loop_test(c, random_shapes, 0, TIERS);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
