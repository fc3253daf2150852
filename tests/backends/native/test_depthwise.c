/* Native depthwise convolutions against the reference, on random shapes: windows that stick out, strides, dilations, parts of vectors,
 * multipliers, residuals. */
#include "tests/backends/native/random.h"

static void depthwise_case(sard_context *context)
{
    char text[1200];
    const int h = pick(1, 17), w = pick(4, 40), multiplier = pick(0, 5) ? 1 : pick(2, 3), same = pick(0, 2);
    const int channels = multiplier > 1 ? pick(1, 40) : pick(0, 1) ? pick(1, 100) : 8 * pick(1, 16);
    const int square = 2 * pick(1, 3) + 1, kh = pick(0, 3) ? square : pick(1, 5), kw = pick(0, 3) ? square : pick(1, 8);
    const int s = pick(0, 3) ? pick(1, 2) : 3, d = pick(0, 2) ? 1 : pick(2, 3);
    int top = same ? kh / 2 * d : pick(0, kh * d), left = same ? kw / 2 * d : pick(0, kw * d);
    int bottom = same ? top : pick(0, kh * d), right = same ? left : pick(0, kw * d);
    if (h + top + bottom < (kh - 1) * d + 1)
        bottom += (kh - 1) * d + 1;
    if (w + left + right < (kw - 1) * d + 1)
        right += (kw - 1) * d + 1;
    const int n = pick(1, 2), oh = (h + top + bottom - (kh - 1) * d - 1) / s + 1, ow = (w + left + right - (kw - 1) * d - 1) / s + 1;
    const bool residual = !pick(0, 2), clip = pick(0, 1);
    char with[100] = "";
    if (residual)
        snprintf(with, sizeof with, " const r: float32[%d,%d,%d,%d] = {...}\n", n, oh, ow, channels * multiplier);
    snprintf(text, sizeof text,
             "graph g {\n input x: float32[%d,%d,%d,%d]\n const w: float32[%d,1,%d,%d] = {...}\n const b: float32[%d] = {...}\n%s"
             " y = Conv(x, w%s) {group = %d, strides = [%d, %d], dilations = [%d, %d], pads = [%d, %d, %d, %d]} nhwc%s%s\n output y\n}",
             n, h, w, channels, channels * multiplier, kh, kw, channels * multiplier, with, pick(0, 1) ? ", b" : "", channels, s, s, d, d,
             top, left, bottom, right, residual ? " |> Add($, r)" : "", clip ? " |> Relu()" : "");
    compare_text(context, text, 2e-6 * (kh * kw > 9 ? 2 : 1));
}

START_TEST(random_shapes)
{
    sard_context *context = context_of(tiers[_i]);
    for (int i = 0; i < share_of(250); i++)
        depthwise_case(context);
    sard_context_free(context);
}
END_TEST

static void grouped_case(sard_context *context)
{
    char text[1000];
    const int width = pick(0, 1) ? 4 : 8, group = pick(1, 20), h = pick(3, 12), w = pick(3, 30), s = pick(1, 2),
              d = s == 1 ? pick(1, 2) : 1;
    const int top = pick(0, 2), left = pick(2, 3), bottom = pick(2, 3), right = pick(2, 3);
    snprintf(text, sizeof text,
             "graph g {\n input x: float32[%d,%d,%d,%d]\n const w: float32[%d,%d,3,3] = {...}\n const b: float32[%d] = {...}\n"
             " y = Conv(x, w, b) {group = %d, strides = [%d, %d], dilations = [%d, %d], pads = [%d, %d, %d, %d]} nhwc%s\n output y\n}",
             pick(1, 2), h, w, group * width, group * width, width, group * width, group, s, s, d, d, top, left, bottom, right,
             pick(0, 1) ? " |> Relu()" : "");
    compare_text(context, text, 4e-6);
}

START_TEST(narrow_groups)
{
    sard_context *context = context_of(tiers[_i]);
    for (int i = 0; i < share_of(100); i++)
        grouped_case(context);
    sard_context_free(context);
}
END_TEST

/* One dimension, and three, which no kernel of our own takes as depthwise. */
START_TEST(other_ranks)
{
    sard_context *context = context_of(tiers[_i]);
    compare_text(context,
                 "graph g {\n input x: float32[2, 50, 24]\n const w: float32[24, 1, 3] = {...}\n"
                 " y = Conv(x, w) {group = 24, pads = [1, 1]} nhwc\n output y\n}",
                 2e-6);
    compare_text(context,
                 "graph g {\n input x: float32[1, 5, 6, 7, 10]\n const w: float32[10, 1, 3, 3, 3] = {...}\n"
                 " y = Conv(x, w) {group = 10, pads = [1, 1, 1, 1, 1, 1]} nhwc\n output y\n}",
                 4e-6);
    sard_context_free(context);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("depthwise");
    TCase *c = tcase_create("depthwise");
    tcase_set_timeout(c, 120);
    tcase_add_loop_test(c, random_shapes, 0, TIERS);
    tcase_add_loop_test(c, narrow_groups, 0, TIERS);
    tcase_add_loop_test(c, other_ranks, 0, TIERS);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
