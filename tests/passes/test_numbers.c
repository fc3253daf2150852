/* What passes must not do to numbers that are none: NaN and infinities run through activations, pools and products as without passes. */
#include "tests/support/check.h"
#include "tests/support/graph.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* y from x of [1,1,4,4], with c = 1x1 Conv of x, at every level. */
static void check_numbers(const char *nodes)
{
    static const float numbers[16] = {0, -1, NAN, 7, -0.0f, INFINITY, 2, -INFINITY, 1, 3, -3, 6, NAN, 0.5f, -7, 100};
    static const char *const backends[] = {"reference", "native,reference"};
    char text[1500];
    sard_context *context;
    sard_error error;
    size_t want_count, have_count;
    snprintf(text, sizeof text,
             "graph g {\n input x: float32[1,1,4,4]\n const w: float32[1,1,1,1] = {1}\n const zero: float32[] = {0}\n"
             " const three: float32[] = {3}\n const six: float32[] = {6}\n c = Conv(x, w)\n%s output y\n}",
             nodes);
    ck_assert(!sard_context_new(NULL, &context, &error));
    sard_graph *graph = graph_parse(context, text);
    const sard_tensor input = {.dtype = SARD_F32, .rank = 4, .dims = {1, 1, 4, 4}, .data = (void *)numbers, .bytes = sizeof numbers};
    float *want = graph_run(context, graph, SARD_O0, "reference", &input, &want_count);
    for (size_t b = 0; b < 2; b++)
        for (sard_level level = SARD_O0; level <= SARD_O3; level++) {
            float *have = graph_run(context, graph, level, backends[b], &input, &have_count);
            ck_assert_uint_eq(have_count, want_count);
            for (size_t i = 0; i < have_count; i++)
                ck_assert_msg(isnan(want[i]) ? isnan(have[i]) : have[i] == want[i] || fabsf(have[i] - want[i]) < 1e-5f,
                              "level %d, %s: element %zu is %g, not %g, of\n%s", (int)level, backends[b], i, (double)have[i],
                              (double)want[i], text);
            free(have);
        }
    free(want);
    sard_graph_free(graph);
    sard_context_free(context);
}

START_TEST(bounds)
{
    check_numbers(" y = Clip(c, zero, six)\n");
    check_numbers(" y = Relu(c)\n");
    check_numbers(" y = Max(c, zero)\n");
    check_numbers(" a = Max(c, zero)\n y = Min(a, six)\n");
    check_numbers(" y = LeakyRelu(c)\n");
    check_numbers(" y = HardSigmoid(c)\n");
}
END_TEST

START_TEST(activations_written_out)
{
    check_numbers(" s = Sigmoid(c)\n y = Mul(c, s)\n");
    check_numbers(" a = Add(c, three)\n b = Clip(a, zero, six)\n d = Mul(c, b)\n y = Div(d, six)\n");
    check_numbers(" a = Add(c, three)\n b = Clip(a, zero, six)\n y = Div(b, six)\n");
}
END_TEST

START_TEST(arithmetic)
{
    check_numbers(" a = Mul(c, six)\n y = Add(a, three)\n");
    check_numbers(" a = Sub(c, six)\n b = Div(a, three)\n y = Conv(b, w)\n");
}
END_TEST

START_TEST(pools)
{
    check_numbers(" const p: int64[8] = {0, 0, 1, 1, 0, 0, 1, 1}\n a = Relu(c)\n b = Pad(a, p)\n y = MaxPool(b) {kernel_shape = [2, 2]}\n");
    check_numbers(" y = MaxPool(c) {kernel_shape = [2, 2], strides = [2, 2]}\n");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("numbers");
    TCase *c = tcase_create("levels");
    tcase_add_test(c, bounds);
    tcase_add_test(c, activations_written_out);
    tcase_add_test(c, arithmetic);
    tcase_add_test(c, pools);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
