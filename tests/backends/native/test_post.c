/* Epilogues of native kernels against the reference: every activation, operands of every shape, any order. */
#include "tests/support/check.h"
#include "tests/support/tiers.h"

#include <stdio.h>

static const char *const epilogues[] = {
    "Relu()",
    "LeakyRelu() {alpha = 0.2}",
    "PRelu($, c)",
    "PRelu($, s)",
    "Sigmoid()",
    "HardSigmoid() {alpha = 0.3}",
    "HardSwish()",
    "Swish()",
    "Swish() {alpha = 1.7}",
    "Tanh()",
    "Gelu()",
    "Gelu() {approximate = \"tanh\"}",
    "Mish()",
    "Elu() {alpha = 0.7}",
    "Selu()",
    "Celu() {alpha = 0.6}",
    "Softplus()",
    "Softsign()",
    "ThresholdedRelu() {alpha = 0.3}",
    "Clip($, low, s)",
    "Add($, r)",
    "Add(r, $) |> Relu()",
    "Add($, r) |> Clip($, low) |> Mul($, c)",
    "Relu() |> Add($, r)",
    "Sigmoid() |> Add($, r) |> Relu()",
    "Mul($, n)",
    "Mul(n, $) |> Add($, r) |> HardSwish()",
    "Sub($, c) |> Div($, s)",
    "Sub(c, $) |> Sigmoid() |> Add($, s) |> Div(s, $)",
    "Mul($, p) |> Tanh()",
    "Max($, c) |> Min($, s)",
    "Sub($, r) |> Sub(r, $)",
    "Add($, c1)",
};

static void check_as(const char *op, const char *shape, int channels, const char *node, const char *epilogue)
{
    char text[2000];
    snprintf(text, sizeof text,
             "graph g {\n input x: float32[2,7,6,20]\n const w: float32[%s] = {...}\n const c: float32[%d] = {...}\n"
             " const c1: float32[1,1,1,%d] = {...}\n const s: float32[] = {0.7}\n const low: float32[] = {-0.2}\n"
             " const r: float32[2,7,6,%d] = {...}\n const n: float32[2,1,1,%d] = {...}\n const p: float32[2,7,6,1] = {...}\n"
             " y = %s(x, w) {%s} nhwc |> %s\n output y\n}",
             shape, channels, channels, channels, channels, op, node, epilogue);
    check_native(text, 2e-5, NULL);
}

static void check(const char *shape, int channels, const char *node, const char *epilogue)
{
    check_as("Conv", shape, channels, node, epilogue);
}

START_TEST(after_convolutions)
{
    tier_select(_i);
    for (size_t i = 0; i < sizeof epilogues / sizeof *epilogues; i++) {
        check("37,20,1,1", 37, "", epilogues[i]);
        if (i % 4 == 0) {
            check("3,20,3,3", 3, "pads = [1, 1, 1, 1]", epilogues[i]);
            check("26,10,3,3", 26, "group = 2, pads = [1, 1, 1, 1]", epilogues[i]);
        }
    }
}
END_TEST

/* Tiles in which outputs lie side by side, dilated ones, and the plain form. */
START_TEST(after_depthwise_convolutions)
{
    tier_select(_i);
    for (size_t i = 0; i < sizeof epilogues / sizeof *epilogues; i++) {
        check("20,1,3,3", 20, "group = 20, pads = [1, 1, 1, 1]", epilogues[i]);
        check("20,1,3,3", 20, "group = 20, dilations = [2, 2], pads = [2, 2, 2, 2]", epilogues[i]);
        check("20,1,2,2", 20, "group = 20, pads = [0, 0, 1, 1]", epilogues[i]);
    }
}
END_TEST

/* Also where the outputs of a phase lie a stride apart. */
START_TEST(after_transposed_convolutions)
{
    tier_select(_i);
    for (size_t i = 0; i < sizeof epilogues / sizeof *epilogues; i++) {
        check_as("ConvTranspose", "20,37,1,1", 37, "", epilogues[i]);
        check_as("ConvTranspose", "20,13,1,2", 26, "group = 2, strides = [1, 2], pads = [0, 3, 0, 3]", epilogues[i]);
    }
}
END_TEST

/* What is not known becomes a node again. */
START_TEST(the_rest_splits_off)
{
    tier_select(_i);
    check_native("graph g {\n input x: float32[2,7,6,20]\n const w: float32[8,20,1,1] = {...}\n const r: float32[2,7,1,8] = {...}\n"
                 " y = Conv(x, w) nhwc |> Relu() |> Add($, r)\n output y\n}",
                 2e-5, " Add ");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("post");
    TCase *c = tcase_create("post");
    tcase_set_timeout(c, 120);
    tcase_add_loop_test(c, after_convolutions, 0, TIERS);
    tcase_add_loop_test(c, after_depthwise_convolutions, 0, TIERS);
    tcase_add_loop_test(c, after_transposed_convolutions, 0, TIERS);
    tcase_add_loop_test(c, the_rest_splits_off, 0, TIERS);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
