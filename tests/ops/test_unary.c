/* Functions of one number and activations: every type, values that matter, limits. */
#include "tests/support/check.h"
#include "tests/support/numbers.h"

#include <math.h>
#include <string.h>

static void run(op_test *t, const char *op, sard_value *x, const sard_attr *attrs, size_t count)
{
    ck_assert_msg(op_run(t, op, &x, 1, attrs, count, 1) == SARD_OK, "%s", t->error.text);
}

/* ---- float functions, against libm in double rounded once ---- */

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }
static double softplus(double x) { return x > 30 ? x : log1p(exp(x)); }
static double reciprocal(double x) { return 1 / x; }
static double relu(double x) { return x < 0 ? 0 : x; }
static double mish(double x) { return x * tanh(softplus(x)); }
static double softsign(double x) { return x / (1 + fabs(x)); }
static double hard_swish(double x) { return x * fmin(fmax(x / 6 + 0.5, 0), 1); }
static double sign(double x) { return (x > 0) - (x < 0); }
static double negative(double x) { return -x; }
static double leaky_relu(double x) { return x < 0 ? 0.01f * x : x; }
static double thresholded_relu(double x) { return x > 1 ? x : 0; }
static double hard_sigmoid(double x) { return fmin(fmax((double)0.2f * x + 0.5, 0), 1); }
static double elu(double x) { return x < 0 ? expm1(x) : x; }
static double swish(double x) { return x * sigmoid(x); }
static double shrink(double x) { return x < -0.5 ? x : x > 0.5 ? x : 0; }

static double selu(double x)
{
    const double alpha = 1.67326319217681884765625f, gamma = 1.05070102214813232421875f;
    return x > 0 ? gamma * x : gamma * alpha * expm1(x);
}

static const struct {
    const char *op;
    double (*f)(double);
} functions[] = {
    {"Abs", fabs},
    {"Neg", negative},
    {"Sign", sign},
    {"Ceil", ceil},
    {"Floor", floor},
    {"Round", rint},
    {"Sqrt", sqrt},
    {"Reciprocal", reciprocal},
    {"Exp", exp},
    {"Log", log},
    {"Erf", erf},
    {"Sin", sin},
    {"Cos", cos},
    {"Tan", tan},
    {"Asin", asin},
    {"Acos", acos},
    {"Atan", atan},
    {"Sinh", sinh},
    {"Cosh", cosh},
    {"Tanh", tanh},
    {"Asinh", asinh},
    {"Acosh", acosh},
    {"Atanh", atanh},
    {"Relu", relu},
    {"Sigmoid", sigmoid},
    {"Softplus", softplus},
    {"Softsign", softsign},
    {"HardSwish", hard_swish},
    {"LeakyRelu", leaky_relu},
    {"ThresholdedRelu", thresholded_relu},
    {"HardSigmoid", hard_sigmoid},
    {"Elu", elu},
    {"Celu", elu},
    {"Selu", selu},
    {"Swish", swish},
    {"Mish", mish},
    {"Shrink", shrink},
};

START_TEST(float_functions)
{
    static const double numbers[] = {0.25, 1, 2.5, 3.5, 0.75, 1.5, 20, 0.015625, -0.25, -1, -2.5, -3.5, -20};
    static const sard_dtype types[] = {SARD_F32, SARD_F64, SARD_F16, SARD_BF16};
    enum { COUNT = sizeof numbers / sizeof *numbers };
    const char *op = functions[_i].op;
    for (size_t k = 0; k < 4; k++) {
        if (types[k] == SARD_BF16 && !strcmp(op, "Shrink"))
            continue;
        op_test t;
        double want[COUNT];
        op_start(&t);
        sard_value *x = op_numbers(&t, "x", types[k], numbers, 1, (int64_t[]){COUNT});
        run(&t, op, x, NULL, 0);
        for (int i = 0; i < COUNT; i++) {
            want[i] = functions[_i].f(numbers[i]);
            if (types[k] != SARD_F64 || fabs(sard_get(&t.outputs[0], (size_t)i) - want[i]) > 4e-16 * fabs(want[i]))
                continue;
            want[i] = sard_get(&t.outputs[0], (size_t)i); /* in double another formula may round otherwise */
        }
        op_expect(&t, 0, types[k], want, COUNT);
        op_end(&t);
    }
}
END_TEST

/* ---- what formulas get wrong far out ---- */

START_TEST(limits)
{
    static const struct {
        const char *op;
        double x[5], want[5];
    } cases[] = {
        {"Sigmoid", {INFINITY, -INFINITY, NAN, 1000, -1000}, {1, 0, NAN, 1, 0}},
        {"Softplus", {INFINITY, -INFINITY, NAN, 1000, -1000}, {INFINITY, 0, NAN, 1000, 0}},
        {"Mish", {INFINITY, NAN, 1000, 0, -0.0}, {INFINITY, NAN, 1000, 0, -0.0}},
        {"Tanh", {INFINITY, -INFINITY, NAN, 1000, -0.0}, {1, -1, NAN, 1, -0.0}},
        {"Relu", {INFINITY, -INFINITY, NAN, -1e-30, 1e-30}, {INFINITY, 0, NAN, 0, 1e-30}},
        {"Elu", {INFINITY, -INFINITY, NAN, -1000, 0}, {INFINITY, -1, NAN, -1, 0}},
        {"Round", {0.5, 1.5, -0.5, -2.5, NAN}, {0, 2, -0.0, -2, NAN}},
        {"Gelu", {INFINITY, -INFINITY, NAN, 0, 1000}, {INFINITY, -0.0, NAN, 0, 1000}},
        {"Sign", {INFINITY, -INFINITY, NAN, 0, -0.0}, {1, -1, NAN, 0, 0}},
        {"Sqrt", {-1, INFINITY, -0.0, 4, 0}, {NAN, INFINITY, -0.0, 2, 0}},
        {"Log", {0, -1, INFINITY, 1, NAN}, {-INFINITY, NAN, INFINITY, 0, NAN}},
        {"Reciprocal", {0, -0.0, INFINITY, 4, NAN}, {INFINITY, -INFINITY, 0, 0.25, NAN}},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        op_test t;
        op_start(&t);
        run(&t, cases[c].op, op_numbers(&t, "x", SARD_F32, cases[c].x, 1, (int64_t[]){5}), NULL, 0);
        op_expect(&t, 0, SARD_F32, cases[c].want, 5);
        op_end(&t);
    }
}
END_TEST

/* Values of the normal distribution function to ten digits: Abramowitz and Stegun, table 26.1. */
START_TEST(gelu)
{
    op_test t;
    op_start(&t);
    sard_value *x = OP_VECTOR(&t, "x", SARD_F64, 1, -1, 2);
    static const double phi[] = {0.8413447461, -0.1586552539, 2 * 0.9772498681};
    run(&t, "Gelu", x, NULL, 0);
    for (size_t i = 0; i < 3; i++)
        ck_assert_double_eq_tol(sard_get(&t.outputs[0], i), phi[i], 1e-9);
    const sard_attr tanh_form = {.name = "approximate", .kind = SARD_ATTR_STRING, .s = {"tanh", 4}};
    run(&t, "Gelu", x, &tanh_form, 1);
    for (size_t i = 0; i < 3; i++)
        ck_assert_double_eq_tol(sard_get(&t.outputs[0], i), phi[i], 5e-4);
    const sard_attr wrong = {.name = "approximate", .kind = SARD_ATTR_STRING, .s = {"sigmoid", 7}};
    op_expect_error(&t, op_run(&t, "Gelu", &x, 1, &wrong, 1, 1), SARD_MODEL, "approximate is 'sigmoid'");
    op_end(&t);
}
END_TEST

START_TEST(integers)
{
    static const sard_dtype signed_types[] = {SARD_I8, SARD_I16, SARD_I32, SARD_I64};
    for (size_t k = 0; k < 4; k++) {
        op_test t;
        op_start(&t);
        const double least = -ldexp(1, (int)(8 * sard_dtype_size(signed_types[k])) - 1);
        sard_value *x = OP_VECTOR(&t, "x", signed_types[k], -3, 0, 5, least);
        run(&t, "Abs", x, NULL, 0);
        OP_EXPECT(&t, 0, signed_types[k], 3, 0, 5, least);
        run(&t, "Neg", x, NULL, 0);
        OP_EXPECT(&t, 0, signed_types[k], 3, 0, -5, least);
        run(&t, "Sign", x, NULL, 0);
        OP_EXPECT(&t, 0, signed_types[k], -1, 0, 1, -1);
        run(&t, "Relu", x, NULL, 0);
        OP_EXPECT(&t, 0, signed_types[k], 0, 0, 5, 0);
        run(&t, "BitwiseNot", x, NULL, 0);
        OP_EXPECT(&t, 0, signed_types[k], 2, -1, -6, -(least + 1));
        op_end(&t);
    }
}
END_TEST

START_TEST(attributes)
{
    op_test t;
    op_start(&t);
    sard_value *x = OP_VECTOR(&t, "x", SARD_F32, -4, -1, 0.25, 1, 4);
    const sard_attr alpha = {.name = "alpha", .kind = SARD_ATTR_FLOAT, .f = 0.5f};
    const sard_attr beta = {.name = "beta", .kind = SARD_ATTR_FLOAT, .f = 0.25f};
    run(&t, "LeakyRelu", x, &alpha, 1);
    OP_EXPECT(&t, 0, SARD_F32, -2, -0.5, 0.25, 1, 4);
    run(&t, "ThresholdedRelu", x, &alpha, 1);
    OP_EXPECT(&t, 0, SARD_F32, 0, 0, 0, 1, 4);
    run(&t, "HardSigmoid", x, (sard_attr[]){alpha, beta}, 2);
    OP_EXPECT(&t, 0, SARD_F32, 0, 0, 0.375, 0.75, 1);
    run(&t, "Celu", x, &alpha, 1);
    OP_EXPECT(&t, 0, SARD_F32, 0.5 * expm1(-8), 0.5 * expm1(-2), 0.25, 1, 4);
    run(&t, "Elu", x, &alpha, 1);
    OP_EXPECT(&t, 0, SARD_F32, 0.5 * expm1(-4), 0.5 * expm1(-1), 0.25, 1, 4);
    const sard_attr bias = {.name = "bias", .kind = SARD_ATTR_FLOAT, .f = 1.5f}, lambd = {.name = "lambd", .kind = SARD_ATTR_FLOAT, .f = 1};
    run(&t, "Shrink", x, (sard_attr[]){bias, lambd}, 2);
    OP_EXPECT(&t, 0, SARD_F32, -2.5, 0, 0, 0, 2.5);
    run(&t, "Shrink", OP_VECTOR(&t, "i", SARD_I16, -4, 0, 4), (sard_attr[]){bias, lambd}, 2);
    OP_EXPECT(&t, 0, SARD_I16, -2, 0, 2);
    op_end(&t);
}
END_TEST

START_TEST(is_nan_and_is_inf)
{
    static const sard_dtype types[] = {SARD_F32, SARD_F64, SARD_F16, SARD_BF16};
    for (size_t k = 0; k < 4; k++) {
        op_test t;
        op_start(&t);
        sard_value *x = OP_VECTOR(&t, "x", types[k], NAN, INFINITY, -INFINITY, 1);
        run(&t, "IsNaN", x, NULL, 0);
        OP_EXPECT(&t, 0, SARD_BOOL, 1, 0, 0, 0);
        run(&t, "IsInf", x, NULL, 0);
        OP_EXPECT(&t, 0, SARD_BOOL, 0, 1, 1, 0);
        const sard_attr off = {.name = "detect_negative", .kind = SARD_ATTR_INT, .i = 0};
        run(&t, "IsInf", x, &off, 1);
        OP_EXPECT(&t, 0, SARD_BOOL, 0, 1, 0, 0);
        op_end(&t);
    }
}
END_TEST

START_TEST(clip)
{
    op_test t;
    op_start(&t);
    sard_value *x = OP_VECTOR(&t, "x", SARD_F32, -INFINITY, -2, 0.5, 9, NAN);
    sard_value *low = op_numbers(&t, "low", SARD_F32, (double[]){-1}, 0, NULL);
    sard_value *high = op_numbers(&t, "high", SARD_F32, (double[]){6}, 1, (int64_t[]){1});
    ck_assert_int_eq(op_run(&t, "Clip", (sard_value *[]){x, low, high}, 3, NULL, 0, 1), SARD_OK);
    OP_EXPECT(&t, 0, SARD_F32, -1, -1, 0.5, 6, NAN);
    ck_assert_int_eq(op_run(&t, "Clip", (sard_value *[]){x, NULL, high}, 3, NULL, 0, 1), SARD_OK);
    OP_EXPECT(&t, 0, SARD_F32, -INFINITY, -2, 0.5, 6, NAN);
    ck_assert_int_eq(op_run(&t, "Clip", (sard_value *[]){x, high, low}, 3, NULL, 0, 1), SARD_OK); /* min over max */
    OP_EXPECT(&t, 0, SARD_F32, -1, -1, -1, -1, NAN);
    sard_value *i = OP_VECTOR(&t, "i", SARD_I8, -128, 3, 127), *least = op_numbers(&t, "least", SARD_I8, (double[]){0}, 0, NULL);
    ck_assert_int_eq(op_run(&t, "Clip", (sard_value *[]){i, least}, 2, NULL, 0, 1), SARD_OK);
    OP_EXPECT(&t, 0, SARD_I8, 0, 3, 127);
    sard_value *h = OP_VECTOR(&t, "h", SARD_F16, -2, 9), *six = op_numbers(&t, "six", SARD_F16, (double[]){6}, 0, NULL);
    ck_assert_int_eq(op_run(&t, "Clip", (sard_value *[]){h, NULL, six}, 3, NULL, 0, 1), SARD_OK);
    OP_EXPECT(&t, 0, SARD_F16, -2, 6);
    op_expect_error(&t, op_run(&t, "Clip", (sard_value *[]){x, x}, 2, NULL, 0, 1), SARD_SHAPE, "min has size 5");
    op_end(&t);
}
END_TEST

START_TEST(prelu)
{
    op_test t;
    op_start(&t);
    sard_value *x = op_numbers(&t, "x", SARD_F32, (double[]){-1, 2, -3, -4}, 3, (int64_t[]){1, 2, 2});
    sard_value *slope = op_numbers(&t, "slope", SARD_F32, (double[]){0.5, 0.25}, 2, (int64_t[]){2, 1});
    ck_assert_int_eq(op_run(&t, "PRelu", (sard_value *[]){x, slope}, 2, NULL, 0, 1), SARD_OK);
    OP_EXPECT(&t, 0, SARD_F32, -0.5, 2, -0.75, -1);
    op_expect_error(&t, op_run(&t, "PRelu", (sard_value *[]){slope, x}, 2, NULL, 0, 1), SARD_SHAPE, "slope has rank 3, X has rank 2");
    op_end(&t);
}
END_TEST

/* In domain com.microsoft. Gelu(1), Gelu(-1) and, with tanh, 0.8411919906. */
START_TEST(microsoft)
{
    static const struct {
        const char *op;
        bool bias;
        double want[2];
    } cases[] = {
        {"Gelu", false, {0.8413447461, -0.1586552539}},      {"BiasGelu", true, {1.9544997361, 0}},
        {"FastGelu", false, {0.8411919906, -0.1588080094}},  {"FastGelu", true, {1.9545976941, 0}},
        {"QuickGelu", false, {0.8457957688, -0.1542042312}},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        op_test t;
        op_start(&t);
        sard_value *in[] = {OP_VECTOR(&t, "x", SARD_F64, 1, -1), OP_VECTOR(&t, "bias", SARD_F64, 1, 1)};
        const size_t count = cases[c].bias ? 2 : 1;
        ck_assert_int_eq(sard_graph_add_node(t.graph, "com.microsoft", cases[c].op, "n", in, count, NULL, 0, 1, &t.node, &t.error),
                         SARD_OK);
        ck_assert_int_eq(sard_eval_constant(t.node, &t.arena, 1 << 20, t.outputs, &t.error), SARD_OK);
        for (size_t i = 0; i < 2; i++)
            ck_assert_double_eq_tol(sard_get(&t.outputs[0], i), cases[c].want[i], 1e-8);
        op_end(&t);
    }
    op_test t;
    op_start(&t);
    sard_value *in[] = {OP_VECTOR(&t, "x", SARD_F64, 1, -1), OP_VECTOR(&t, "bias", SARD_F64, 1, 1, 1)};
    op_expect_error(&t, sard_graph_add_node(t.graph, "com.microsoft", "BiasGelu", "n", in, 2, NULL, 0, 1, &t.node, &t.error), SARD_SHAPE,
                    "the bias has 3 elements, the last dimension 2");
    op_end(&t);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("unary");
    TCase *c = tcase_create("functions");
    tcase_add_loop_test(c, float_functions, 0, sizeof functions / sizeof *functions);
    tcase_add_test(c, limits);
    tcase_add_test(c, gelu);
    tcase_add_test(c, integers);
    tcase_add_test(c, attributes);
    tcase_add_test(c, is_nan_and_is_inf);
    tcase_add_test(c, clip);
    tcase_add_test(c, prelu);
    tcase_add_test(c, microsoft);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
