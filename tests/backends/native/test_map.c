/* Element-wise kernels against the reference: every operator, broadcasting of every kind, in place, views. */
#include "tests/support/check.h"
#include "tests/support/tiers.h"

#include <stdio.h>

static const char *const unary[] = {
    "Abs(x)",
    "Celu(x)",
    "Elu(x) {alpha = 0.5}",
    "Erf(x)",
    "Exp(x)",
    "Gelu(x)",
    "Gelu(x) {approximate = \"tanh\"}",
    "HardSigmoid(x)",
    "HardSwish(x)",
    "LeakyRelu(x)",
    "Mish(x)",
    "Neg(x)",
    "Relu(x)",
    "Selu(x)",
    "Sigmoid(x)",
    "Softplus(x)",
    "Softsign(x)",
    "Swish(x)",
    "Tanh(x)",
    "ThresholdedRelu(x)",
    "Clip(x, low, high)",
    "Clip(x, _, high)",
    "Clip(x, low)",
    "Pow(x, two)",
    "Log(x)",
    "Sqrt(x)",
    "Reciprocal(x)",
    "Sum(x)",
    "Max(x)",
    "com.microsoft::QuickGelu(x)",
    "com.microsoft::Gelu(x)",
};

START_TEST(functions_of_one)
{
    char text[1000];
    tier_select(_i);
    for (size_t i = 0; i < sizeof unary / sizeof *unary; i++)
        for (int size = 1; size < 100; size += 49) {
            snprintf(text, sizeof text,
                     "graph g {\n input x: float32[3,%d,7]\n const low: float32[] = {-0.5}\n const high: float32[] = {0.25}\n"
                     " const two: float32[] = {2}\n y = %s\n output y\n}",
                     size, unary[i]);
            check_native(text, 1e-6, NULL);
        }
}
END_TEST

static const char *const shapes[] = {"2,5,6,33", "",         "1",       "33",      "6,33",    "6,1",      "5,1,1",
                                     "5,1,33",   "2,1,1,33", "2,5,1,1", "2,1,6,1", "1,1,1,1", "2,5,1,33", "2,1,6,33"};
static const char *const binary[] = {"Add", "Sub", "Mul", "Div", "Max", "Min", "Sum", "PRelu"};

START_TEST(functions_of_two)
{
    char text[1000];
    tier_select(_i);
    for (size_t o = 0; o < sizeof binary / sizeof *binary; o++)
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
            snprintf(text, sizeof text,
                     "graph g {\n input x: float32[2,5,6,33]\n const c: float32[%s] = {...}\n y = %s(x, c)\n output y\n}", shapes[i],
                     binary[o]);
            check_native(text, 1e-6, NULL);
            snprintf(text, sizeof text,
                     "graph g {\n input x: float32[2,5,6,33]\n const c: float32[%s] = {...}\n y = %s(c, x)\n output y\n}", shapes[i],
                     binary[o]);
            if (o < 7 || !i)
                check_native(text, 1e-6, NULL);
        }
}
END_TEST

START_TEST(special_shapes)
{
    tier_select(_i);
    check_native("graph g {\n input x: float32[4,1,9]\n const c: float32[3,1] = {...}\n y = Add(x, c)\n output y\n}", 1e-6, NULL);
    check_native("graph g {\n input x: float32[]\n const c: float32[] = {...}\n y = Add(x, c)\n output y\n}", 1e-6, NULL);
    check_native("graph g {\n input x: float32[0,3]\n const c: float32[3] = {...}\n y = Add(x, c)\n output y\n}", 1e-6, NULL);
    check_native("graph g {\n input x: float32[3,100,401]\n const c: float32[100,1] = {...}\n const d: float32[3,1,401] = {...}\n"
                 " a = Exp(x)\n b = Mul(a, c)\n e = Sub(d, b)\n y = Sum(d, c, e, x)\n output y\n}",
                 1e-6, NULL);
    check_native("graph g {\n input x: float32[3,5]\n const c: float32[3,1] = {...}\n const d: float32[5] = {...}\n"
                 " a = Neg(x)\n b = Abs(x)\n y = Max(c, d, b, a) |> Mul($, c) |> Sigmoid()\n output y\n}",
                 1e-6, NULL);
}
END_TEST

/* Parts of a Concat and of a Split lie apart. */
START_TEST(views)
{
    tier_select(_i);
    check_native(
        "graph g {\n input x: float32[2,3,5,24]\n const w: float32[40,24,1,1] = {...}\n const v: float32[9,40,1,1] = {...}\n"
        " const c: float32[2,1,1,20] = {...}\n const s: int64[2] = {20, 20}\n a = Conv(x, w) nhwc\n p, q = Split(a, s) {axis = 3}\n"
        " d = Mul(p, c)\n e = Add(q, d)\n f = Sigmoid(e) |> Add($, q)\n g = Concat(d, f) {axis = 3}\n y = Conv(g, v) nhwc\n output y\n}",
        2e-5, NULL);
    check_native("graph g {\n input x: float32[2,3,5,24]\n const w: float32[4,24,1,1] = {...}\n const v: float32[9,2,1,1] = {...}\n"
                 " const s: int64[2] = {1, 3}\n a = Conv(x, w) nhwc\n p, q = Split(a, s) {axis = 3}\n"
                 " d = Tanh(p)\n e = Mul(q, d)\n f = Exp(p)\n g = Concat(d, f) {axis = 3}\n h = Conv(g, v) nhwc\n"
                 " i = Concat(h, e) {axis = 3}\n y = Neg(i)\n output y\n}",
                 2e-5, NULL);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("map");
    TCase *c = tcase_create("map");
    tcase_set_timeout(c, 120);
    tcase_add_loop_test(c, functions_of_one, 0, TIERS);
    tcase_add_loop_test(c, functions_of_two, 0, TIERS);
    tcase_add_loop_test(c, special_shapes, 0, TIERS);
    tcase_add_loop_test(c, views, 0, TIERS);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
