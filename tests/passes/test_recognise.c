/* Passes that recognise normalisations, softmax and scaled products: the graph before, the graph after; and what they must leave alone. */
#include "tests/support/check.h"
#include "tests/support/graph.h"

#include <stdio.h>

static void stays(const char *pass, const char *text) { check_pass(pass, text, text); }

/* ---- recognise_layer_norm ---- */

#define NORM_INPUT                                                                                                                  \
    "graph g {\n input x: float32[N,3,2]\n const a: int64[1] = {-1}\n const b: int64[2] = {2, 1}\n const two: float32[] = {2}\n"    \
    " const half: float32[1] = {0.5}\n const e: float32[] = {0.25}\n const w: float32[2] = {3, 4}\n const s: float32[2] = {5, 6}\n" \
    " const v: float32[3,1] = {1, 2, 3}\n"
#define CENTRE " m = ReduceMean(x, a)\n c = Sub(x, m)\n"
#define SPREAD " q = Mul(c, c)\n r = ReduceMean(q, a)\n t = Add(e, r)\n"

/* What is left is the normalisation alone, on ones. The number of its value is that of all before it. */
static void normalised(const char *nodes, int made, const char *attrs, const char *ones)
{
    char before[1500], after[500];
    snprintf(before, sizeof before, NORM_INPUT "%s output y\n}", nodes);
    snprintf(after, sizeof after,
             "graph g {\n input x: float32[N,3,2]\n const y_%d: float32%s\n y_%d = LayerNormalization@y(x, y_%d) {%sepsilon = 0.25}\n"
             " output y = y_%d\n}",
             made, ones, made + 1, made, attrs, made + 1);
    check_pass("recognise_layer_norm", before, after);
}

START_TEST(layer_norm)
{
    normalised(CENTRE SPREAD " u = Sqrt(t)\n y = Div(c, u)\n", 16, "", "[2] = {1, 1}");
    normalised(CENTRE SPREAD " u = Pow(t, half)\n y = Div(c, u)\n", 16, "", "[2] = {1, 1}");
    normalised(CENTRE SPREAD " u = Sqrt(t)\n i = Reciprocal(u)\n y = Mul(i, c)\n", 17, "", "[2] = {1, 1}");
    normalised(CENTRE " d = Sub(x, m)\n q = Pow(d, two)\n r = ReduceMean(q, a)\n t = Add(r, e)\n u = Sqrt(t)\n y = Div(c, u)\n", 17, "",
               "[2] = {1, 1}");
    normalised(" m = ReduceMean(x, b)\n c = Sub(x, m)\n q = Mul(c, c)\n r = ReduceMean(q, b)\n t = Add(r, e)\n u = Sqrt(t)\n"
               " y = Div(c, u)\n",
               16, "axis = 1, ", "[3,2] = {1, 1, 1, 1, 1, 1}");
}
END_TEST

/* Other axes for the mean and the variance, axes that are not the last, an inner value that others use, a cube, the wrong way round. */
START_TEST(other_norms_stay)
{
    static const char *const nodes[] = {
        CENTRE " q = Mul(c, c)\n r = ReduceMean(q, b)\n t = Add(e, r)\n u = Sqrt(t)\n y = Div(c, u)\n",
        " const f: int64[1] = {1}\n m = ReduceMean(x, f)\n c = Sub(x, m)\n q = Mul(c, c)\n r = ReduceMean(q, f)\n t = Add(e, r)\n"
        " u = Sqrt(t)\n y = Div(c, u)\n",
        " const f: int64[1] = {1}\n m = ReduceMean(x, f)\n c = Sub(x, m)\n q = Mul(c, c)\n r = ReduceMean(q, b)\n t = Add(e, r)\n"
        " u = Sqrt(t)\n y = Div(c, u)\n",
        CENTRE SPREAD " u = Sqrt(t)\n y = Div(c, u)\n output u\n",
        CENTRE " q = Pow(c, w)\n r = ReduceMean(q, a)\n t = Add(e, r)\n u = Sqrt(t)\n y = Div(c, u)\n",
        CENTRE SPREAD " u = Sqrt(t)\n y = Div(u, c)\n",
        CENTRE SPREAD " u = Sqrt(t)\n y = Mul(u, c)\n",
        CENTRE " q = Mul(x, x)\n r = ReduceMean(q, a)\n t = Add(e, r)\n u = Sqrt(t)\n y = Div(c, u)\n",
    };
    char text[1500];
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
        snprintf(text, sizeof text, NORM_INPUT "%s output y\n}", nodes[i]);
        stays("recognise_layer_norm", text);
    }
}
END_TEST

START_TEST(scale_and_shift_join_the_norm)
{
    check_pass(
        "recognise_layer_norm",
        NORM_INPUT " c = LayerNormalization(x, w)\n d = Mul(s, c)\n f = Add(d, w)\n h = Mul(f, two)\n y = Add(s, h)\n output y\n}",
        "graph g {\n input x: float32[N,3,2]\n const two: float32[] = {2}\n const w: float32[2] = {3, 4}\n"
        " const s: float32[2] = {5, 6}\n const w_14: float32[2] = {15, 24}\n f = LayerNormalization@c(x, w_14, w)\n h = Mul(f, two)\n"
        " y = Add(s, h)\n output y\n}");
    check_pass("recognise_layer_norm", NORM_INPUT " c = LayerNormalization(x, w, s)\n y = Add(c, half)\n output y\n}",
               "graph g {\n input x: float32[N,3,2]\n const w: float32[2] = {3, 4}\n const s_11: float32[2] = {5.5, 6.5}\n"
               " y = LayerNormalization@c(x, w, s_11)\n output y\n}");
}
END_TEST

/* Along another axis than the normalised one; used by others. */
START_TEST(other_arithmetic_behind_a_norm_stays)
{
    stays("recognise_layer_norm", NORM_INPUT " c = LayerNormalization(x, w)\n y = Mul(c, v)\n output y\n}");
    stays("recognise_layer_norm", NORM_INPUT " c = LayerNormalization(x, w)\n y = Add(c, v)\n output y\n}");
    stays("recognise_layer_norm", NORM_INPUT " c = LayerNormalization(x, w)\n y = Mul(c, s)\n output y\n output c\n}");
    stays("recognise_layer_norm", NORM_INPUT " c = LayerNormalization(x, w)\n y = Mul(c, x)\n output y\n}");
}
END_TEST

/* ---- recognise_softmax ---- */

#define SOFTMAX(most, sum, more)                                                                                           \
    "graph g {\n input x: float32[N,3,2]\n const a: int64[1] = {-2}\n const b: int64[1] = {1}\n const c: int64[1] = {2}\n" \
    " const d: int64[2] = {1, 2}\n m = ReduceMax(x, " most ")\n s = Sub(x, m)\n e = Exp(s)\n t = ReduceSum(e, " sum ")\n"  \
    " y = Div(e, t)\n output y\n" more "}"

START_TEST(softmax)
{
    check_pass("recognise_softmax", SOFTMAX("a", "b", ""),
               "graph g {\n input x: float32[N,3,2]\n y_10 = Softmax@y(x) {axis = 1}\n output y = y_10\n}");
    check_pass("recognise_softmax", SOFTMAX("c", "c", ""),
               "graph g {\n input x: float32[N,3,2]\n y_10 = Softmax@y(x)\n output y = y_10\n}");
    stays("recognise_softmax", SOFTMAX("a", "c", ""));
    stays("recognise_softmax", SOFTMAX("d", "d", ""));
    stays("recognise_softmax", SOFTMAX("a", "b", " output e\n"));
    stays("recognise_softmax", "graph g {\n input x: float32[N,3]\n const a: int64[1] = {1}\n e = Exp(x)\n t = ReduceSum(e, a)\n"
                               " y = Div(e, t)\n output y\n}");
}
END_TEST

/* ---- scale_product ---- */

#define PRODUCT(nodes)                                                                                                         \
    "graph g {\n input q: float32[N,3,2]\n input k: float32[N,2,3]\n const s: float32[] = {0.5}\n const t: float32[1] = {4}\n" \
    " const w: float32[3] = {1, 2, 3}\n" nodes " output y\n}"

START_TEST(factors_go_behind_products)
{
    check_pass("scale_product", PRODUCT(" a = Mul(q, s)\n b = Div(k, t)\n y = MatMul(a, b)\n"),
               "graph g {\n input q: float32[N,3,2]\n input k: float32[N,2,3]\n const y_8: float32[] = {0.125}\n"
               " y_9 = MatMul@y(q, k)\n y_10 = Mul@y(y_9, y_8)\n output y = y_10\n}");
    check_pass("scale_product", PRODUCT(" b = Mul(t, k)\n y = MatMul(q, b)\n"),
               "graph g {\n input q: float32[N,3,2]\n input k: float32[N,2,3]\n const y_7: float32[] = {4}\n"
               " y_8 = MatMul@y(q, k)\n y_9 = Mul@y(y_8, y_7)\n output y = y_9\n}");
}
END_TEST

START_TEST(other_factors_stay)
{
    stays("scale_product", PRODUCT(" a = Div(s, q)\n b = Mul(k, w)\n y = MatMul(a, b)\n"));
    stays("scale_product", PRODUCT(" a = Mul(q, s)\n y = MatMul(a, k)\n output a\n"));
    stays("scale_product", PRODUCT(" const z: float32[] = {0}\n a = Mul(q, z)\n y = MatMul(a, k)\n"));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("recognise");
    TCase *c = tcase_create("text");
    tcase_add_test(c, layer_norm);
    tcase_add_test(c, other_norms_stay);
    tcase_add_test(c, scale_and_shift_join_the_norm);
    tcase_add_test(c, other_arithmetic_behind_a_norm_stays);
    tcase_add_test(c, softmax);
    tcase_add_test(c, factors_go_behind_products);
    tcase_add_test(c, other_factors_stay);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
