/* First layers of networks: windows over pictures of a few channels, channels-last and -first, against the reference. */
#include "tests/backends/native/random.h"

static void stem_case(sard_context *context)
{
    char text[1000], input[200];
    const int n = pick(1, 2), c = pick(1, 4), kh = pick(1, 7), kw = pick(1, 7), s = pick(1, 4), results = pick(1, 70);
    const int top = pick(0, kh), left = pick(0, kw), bottom = pick(0, kh), right = pick(0, kw);
    const int h = kh + pick(0, 20), w = kw + 11 * s + pick(0, 90);
    /* The picture: as it is, or before a Transpose; of bytes before a Cast, and a Transpose before or behind that. */
    static const char *const kernels[] = {"conv_stem", "conv_stem_nchw", "conv_stem_bytes", "conv_stem_bytes", "conv_stem_bytes"};
    static const char *const pictures[] = {
        " input x: float32[%d,%d,%d,%d]\n", " input p: float32[%d,%d,%d,%d]\n x = Transpose(p) {perm = [0, 2, 3, 1]}\n",
        " input p: uint8[%d,%d,%d,%d]\n x = Cast(p) {to = 1}\n",
        " input p: uint8[%d,%d,%d,%d]\n q = Cast(p) {to = 1}\n x = Transpose(q) {perm = [0, 2, 3, 1]}\n",
        " input p: uint8[%d,%d,%d,%d]\n q = Transpose(p) {perm = [0, 2, 3, 1]}\n x = Cast(q) {to = 1}\n"};
    const int picture = pick(0, 4);
    const bool first = strstr(pictures[picture], "Transpose");
    snprintf(input, sizeof input, pictures[picture], n, first ? c : h, first ? h : w, first ? w : c);
    static const char *const ends[] = {"", " |> Relu()", " |> HardSwish()"};
    snprintf(text, sizeof text,
             "graph g {\n%s const w: float32[%d,%d,%d,%d] = {...}\n const b: float32[%d] = {...}\n"
             " y = Conv(x, w%s) {strides = [%d, %d], pads = [%d, %d, %d, %d]} nhwc%s\n output y\n}",
             input, results, c, kh, kw, results, pick(0, 1) ? ", b" : "", s, s, top, left, bottom, right, ends[pick(0, 2)]);
    compare_text(context, text, 4e-6);
    ck_assert_uint_eq(steps_by(context, text, kernels[picture]), 1);
    ck_assert_uint_eq(steps_by(context, text, NULL), 1);
}

START_TEST(random_shapes)
{
    sard_context *context = context_of(tiers[_i]);
    for (int i = 0; i < share_of(150); i++)
        stem_case(context);
    sard_context_free(context);
}
END_TEST

/* Somebody else reads the turned picture. */
START_TEST(shared_transpose_stays)
{
    static const char *const text = "graph g {\n input p: float32[1,3,20,40]\n const w: float32[8,3,3,3] = {...}\n"
                                    " x = Transpose(p) {perm = [0, 2, 3, 1]}\n y = Conv(x, w) nhwc\n output y\n output x\n}";
    sard_context *context = context_of(tiers[_i]);
    ck_assert_uint_eq(steps_by(context, text, "conv_stem"), 1);
    ck_assert_uint_eq(steps_by(context, text, "transpose"), 1);
    sard_context_free(context);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("stem");
    TCase *c = tcase_create("stem");
    tcase_add_loop_test(c, random_shapes, 0, TIERS);
    tcase_add_loop_test(c, shared_transpose_stays, 0, TIERS);
    tcase_set_timeout(c, 60);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
