/* Vector functions of every tier against doubles: error in units of the last place, special numbers, any length, in place. */
#include "backends/native/common/tier.h"
#include "ops/gelu.h"
#include "runtime/target.h"
#include "tests/support/check.h"
#include "tests/support/tiers.h"

#include <float.h>
#include <math.h>
#include <string.h>

static const sard_tier *tier_named(int i)
{
    tier_select(i);
    const sard_target target = sard_target_detect();
    return sard_tier_of(&target);
}

static double sigmoid_of(double x) { return 1 / (1 + exp(-x)); }
static double gelu_of(double x) { return sard_gelu(x, false); }
static double gelu_tanh_of(double x) { return sard_gelu(x, true); }
static double softplus_of(double x) { return fmax(x, 0) + log1p(exp(-fabs(x))); }
static double mish_of(double x) { return x * tanh(softplus_of(x)); }
static double swish_of(double x) { return x * sigmoid_of(x); }
static double elu_of(double x) { return x < 0 ? expm1(x) : x; }
static double hard_swish_of(double x) { return x * fmin(fmax(x / 6 + 0.5, 0), 1); }

/* ulp: what is asked for; floor: results below it are compared as if they were as large, where the formula itself subtracts. */
static const struct {
    sard_function function;
    const char *name;
    double (*exact)(double x);
    double ulp, floor, low, high;
} cases[] = {
    {SARD_FUNCTION_exp, "exp", exp, 1.5, FLT_MIN, -200, 200},
    {SARD_FUNCTION_log, "log", log, 2, FLT_MIN, -10, FLT_MAX},
    {SARD_FUNCTION_tanh, "tanh", tanh, 2.5, FLT_MIN, -FLT_MAX, FLT_MAX},
    {SARD_FUNCTION_sigmoid, "sigmoid", sigmoid_of, 2.5, FLT_MIN, -FLT_MAX, FLT_MAX},
    {SARD_FUNCTION_erf, "erf", erf, 2, FLT_MIN, -FLT_MAX, FLT_MAX},
    {SARD_FUNCTION_gelu, "gelu", gelu_of, 6, 1e-34, -FLT_MAX, FLT_MAX},
    {SARD_FUNCTION_gelu_tanh, "gelu_tanh", gelu_tanh_of, 40, 1e-7, -100, 100},
    {SARD_FUNCTION_softplus, "softplus", softplus_of, 2.5, FLT_MIN, -FLT_MAX, FLT_MAX},
    {SARD_FUNCTION_mish, "mish", mish_of, 4, 1e-34, -FLT_MAX, FLT_MAX},
    {SARD_FUNCTION_swish, "swish", swish_of, 3.5, 1e-34, -FLT_MAX, FLT_MAX},
    {SARD_FUNCTION_silu, "silu", swish_of, 3.5, 1e-34, -FLT_MAX, FLT_MAX},
    {SARD_FUNCTION_elu, "elu", elu_of, 2.5, FLT_MIN, -FLT_MAX, FLT_MAX},
    {SARD_FUNCTION_hard_swish, "hard_swish", hard_swish_of, 2.5, FLT_MIN, -FLT_MAX, FLT_MAX},
};

static double ulp_of(double value, double floor)
{
    int exponent;
    frexp(fmax(fabs(value), floor), &exponent);
    return ldexp(1, exponent - 24);
}

enum { COUNT = 1000 };

/* In units of the last place; infinitely wrong where one of them is NaN or infinite and the other is something else. */
static double error_of(float have, double want, double floor)
{
    const float rounded = (float)want;
    if (have == rounded || (isnan(have) && isnan(rounded)))
        return 0;
    return isfinite(have) && isfinite(want) ? fabs(have - want) / ulp_of(want, floor) : INFINITY;
}

static void measure(const sard_tier *tier, size_t c, const float *x)
{
    float y[COUNT];
    tier->elementwise.functions[cases[c].function](&(sard_stripes){.rows = 1, .n = COUNT, .y = y, .a = x, .a_step = 1, .p = 1, .q = 1});
    for (int i = 0; i < COUNT; i++) {
        if (!(x[i] >= cases[c].low && x[i] <= cases[c].high))
            continue;
        const double error = error_of(y[i], cases[c].exact(x[i]), cases[c].floor);
        ck_assert_msg(error <= cases[c].ulp, "%s %s(%.9g) is %.9g, not %.17g: %g ulp", tier->name, cases[c].name, x[i], y[i],
                      cases[c].exact(x[i]), error);
    }
}

/* All exponents, and densely where the functions bend and where results run out. */
START_TEST(errors_are_small)
{
    static const float ranges[] = {20, 3, 110};
    const sard_tier *tier = tier_named(_i);
    float x[COUNT];
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        uint32_t bits = 0;
        for (int part = 0; part < share_of(400); part++) {
            for (int i = 0; i < COUNT; i++) {
                bits += 5347u;
                memcpy(&x[i], &bits, sizeof bits);
                if (part % 2)
                    x[i] = ((float)((bits * 2654435761u) >> 8) / 8388608.0f - 1) * ranges[part / 2 % 3];
            }
            measure(tier, c, x);
        }
    }
}
END_TEST

START_TEST(special_numbers_are_right)
{
    static const struct {
        sard_function function;
        float in, out;
    } specials[] = {
        {SARD_FUNCTION_exp, -INFINITY, 0},
        {SARD_FUNCTION_exp, INFINITY, INFINITY},
        {SARD_FUNCTION_exp, 0, 1},
        {SARD_FUNCTION_exp, 1000, INFINITY},
        {SARD_FUNCTION_exp, -1000, 0},
        {SARD_FUNCTION_exp, NAN, NAN},
        {SARD_FUNCTION_exp, 89, INFINITY},
        {SARD_FUNCTION_exp, -100, 3.78350585e-44f},
        {SARD_FUNCTION_tanh, -INFINITY, -1},
        {SARD_FUNCTION_tanh, INFINITY, 1},
        {SARD_FUNCTION_tanh, NAN, NAN},
        {SARD_FUNCTION_tanh, 1e-42f, 1e-42f},
        {SARD_FUNCTION_sigmoid, -INFINITY, 0},
        {SARD_FUNCTION_sigmoid, INFINITY, 1},
        {SARD_FUNCTION_sigmoid, NAN, NAN},
        {SARD_FUNCTION_sigmoid, -1000, 0},
        {SARD_FUNCTION_sigmoid, -100, 3.78350585e-44f},
        {SARD_FUNCTION_sigmoid, 1000, 1},
        {SARD_FUNCTION_swish, INFINITY, INFINITY},
        {SARD_FUNCTION_swish, FLT_MAX, FLT_MAX},
        {SARD_FUNCTION_swish, -FLT_MAX, 0},
        {SARD_FUNCTION_swish, 1e-38f, 0.5e-38f},
        {SARD_FUNCTION_swish, NAN, NAN},
        {SARD_FUNCTION_erf, -INFINITY, -1},
        {SARD_FUNCTION_erf, INFINITY, 1},
        {SARD_FUNCTION_erf, NAN, NAN},
        {SARD_FUNCTION_gelu, INFINITY, INFINITY},
        {SARD_FUNCTION_gelu, -INFINITY, 0},
        {SARD_FUNCTION_gelu, NAN, NAN},
        {SARD_FUNCTION_gelu, FLT_MAX, FLT_MAX},
        {SARD_FUNCTION_gelu, -FLT_MAX, 0},
        {SARD_FUNCTION_gelu, 1e-30f, 0.5e-30f},
        {SARD_FUNCTION_gelu_tanh, NAN, NAN},
        {SARD_FUNCTION_gelu_tanh, 1e10f, 1e10f},
        {SARD_FUNCTION_log, 0, -INFINITY},
        {SARD_FUNCTION_log, INFINITY, INFINITY},
        {SARD_FUNCTION_log, -1, NAN},
        {SARD_FUNCTION_log, NAN, NAN},
        {SARD_FUNCTION_softplus, -INFINITY, 0},
        {SARD_FUNCTION_softplus, INFINITY, INFINITY},
        {SARD_FUNCTION_softplus, NAN, NAN},
        {SARD_FUNCTION_mish, INFINITY, INFINITY},
        {SARD_FUNCTION_mish, NAN, NAN},
        {SARD_FUNCTION_mish, FLT_MAX, FLT_MAX},
        {SARD_FUNCTION_mish, -1000, 0},
        {SARD_FUNCTION_relu, NAN, NAN},
        {SARD_FUNCTION_relu, -INFINITY, 0},
        {SARD_FUNCTION_clip, NAN, NAN},
        {SARD_FUNCTION_hard_swish, FLT_MAX, FLT_MAX},
        {SARD_FUNCTION_elu, -INFINITY, -1},
        {SARD_FUNCTION_elu, NAN, NAN},
        {SARD_FUNCTION_elu, INFINITY, INFINITY},
        {SARD_FUNCTION_elu, -1e-42f, -1e-42f},
        {SARD_FUNCTION_celu, FLT_MAX, FLT_MAX},
        {SARD_FUNCTION_selu, INFINITY, INFINITY},
        {SARD_FUNCTION_hard_sigmoid, NAN, NAN},
        {SARD_FUNCTION_hard_sigmoid, INFINITY, 1},
    };
    const sard_tier *tier = tier_named(_i);
    for (size_t i = 0; i < sizeof specials / sizeof *specials; i++) {
        float y;
        tier->elementwise.functions[specials[i].function](
            &(sard_stripes){.rows = 1, .n = 1, .y = &y, .a = &specials[i].in, .a_step = 1, .p = 1, .q = 1});
        ck_assert_msg(error_of(y, specials[i].out, FLT_MIN) == 0, "%s: function %d of %g is %g", tier->name, (int)specials[i].function,
                      specials[i].in, y);
    }
}
END_TEST

static uint32_t bits_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* Every function on rows of 1 to 70, in place and apart: the same bits as one element at a time, and not a byte beyond. */
START_TEST(rows_of_any_length)
{
    const sard_tier *tier = tier_named(_i);
    for (int f = 1; f < SARD_FUNCTION_COUNT; f++)
        for (int n = 1; n <= 70; n++) {
            float a[3 * 72], b[3 * 72], y[3 * 72];
            for (int i = 0; i < 3 * 72; i++) {
                a[i] = (float)(i * 37 % 101 - 50) / 9;
                b[i] = (float)(i * 53 % 97 - 40) / 7 + 0.1f;
                y[i] = 77;
            }
            const int in_place = n % 3;
            float *out = in_place == 1 ? a : in_place == 2 ? b : y;
            float before_a[3 * 72], before_b[3 * 72];
            memcpy(before_a, a, sizeof a);
            memcpy(before_b, b, sizeof b);
            sard_stripes r = {.rows = 3, .n = n, .y = out, .a = a, .b = b, .y_row = 72, .a_row = 72, .b_row = 72, .p = 0.5f, .q = 2};
            r.a_step = 1;
            r.b_step = 1;
            tier->elementwise.functions[f](&r);
            for (int i = 0; i < 3 * 72; i++) {
                float want = in_place == 1 ? before_a[i] : in_place == 2 ? before_b[i] : 77;
                if (i % 72 < n)
                    tier->elementwise.functions[f](
                        &(sard_stripes){.rows = 1, .n = 1, .y = &want, .a = before_a + i, .b = before_b + i, .p = 0.5f, .q = 2});
                ck_assert_msg(bits_of(want) == bits_of(out[i]), "%s: function %d, row of %d, element %d: %g, not %g", tier->name, f, n, i,
                              out[i], want);
            }
        }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("math");
    TCase *c = tcase_create("math");
    tcase_set_timeout(c, 120);
    tcase_add_loop_test(c, errors_are_small, 0, TIERS);
    tcase_add_loop_test(c, special_numbers_are_right, 0, TIERS);
    tcase_add_loop_test(c, rows_of_any_length, 0, TIERS);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
