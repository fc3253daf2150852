/* Native transposed convolutions against the reference, on random shapes: strides above and below the window, dilations, groups, tails. */
#include "tests/backends/native/random.h"

static void transpose_case(sard_context *context)
{
    char text[1000], with[100] = "";
    const int h = pick(1, 9), w = pick(1, 20), group = pick(0, 2) ? 1 : pick(2, 3), channels = group * pick(1, 40), results = pick(1, 70);
    const int kh = pick(1, 4), kw = pick(1, 4), sh = pick(1, 3), sw = pick(1, 3), dh = pick(1, 2), dw = pick(1, 2), n = pick(1, 2);
    const int top = pick(0, (kh - 1) * dh / 2), left = pick(0, (kw - 1) * dw / 2), more_h = pick(0, sh - 1), more_w = pick(0, sw - 1);
    const int oh = (h - 1) * sh + more_h + (kh - 1) * dh + 1 - 2 * top, ow = (w - 1) * sw + more_w + (kw - 1) * dw + 1 - 2 * left;
    const bool residual = !pick(0, 2);
    if (residual)
        snprintf(with, sizeof with, " const r: float32[%d,%d,%d,%d] = {...}\n", n, oh, ow, group * results);
    snprintf(text, sizeof text,
             "graph g {\n input x: float32[%d,%d,%d,%d]\n const w: float32[%d,%d,%d,%d] = {...}\n const b: float32[%d] = {...}\n%s"
             " y = ConvTranspose(x, w%s) {group = %d, strides = [%d, %d], dilations = [%d, %d], pads = [%d, %d, %d, %d],"
             " output_padding = [%d, %d]} nhwc%s%s\n output y\n}",
             n, h, w, channels, channels, results, kh, kw, group * results, with, pick(0, 1) ? ", b" : "", group, sh, sw, dh, dw, top, left,
             top, left, more_h, more_w, residual ? " |> Add($, r)" : "", pick(0, 1) ? " |> Relu()" : "");
    compare_text(context, text, 1e-5);
}

START_TEST(random_shapes)
{
    sard_context *context = context_of(tiers[_i]);
    for (int i = 0; i < share_of(150); i++)
        transpose_case(context);
    compare_text(context,
                 "graph g {\n input x: float32[1,7,9,5,6]\n const w: float32[6,17,2,3,2] = {...}\n"
                 " y = ConvTranspose(x, w) {strides = [2, 2, 2]} nhwc\n output y\n}",
                 1e-5);
    compare_text(context,
                 "graph g {\n input x: float32[1,50,12]\n const w: float32[12,20,5] = {...}\n"
                 " y = ConvTranspose(x, w) {strides = [3]} nhwc\n output y\n}",
                 1e-5);
    sard_context_free(context);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("conv_transpose");
    TCase *c = tcase_create("conv_transpose");
    tcase_set_timeout(c, 120);
    tcase_add_loop_test(c, random_shapes, 0, TIERS);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
