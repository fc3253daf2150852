/* SARD_PRECISION_F64: floats become double, inputs stay, what has no double is left alone or refused. */
#include "tests/support/check.h"
#include "tests/support/graph.h"

#include <math.h>
#include <string.h>

static sard_context *context;
static sard_graph *graph;
static sard_model *model;
static sard_session *session;
static sard_tensor output;

static void start(void)
{
    graph = NULL;
    model = NULL;
    session = NULL;
    ck_assert(!sard_context_new(NULL, &context, NULL));
}

static void stop(void)
{
    sard_session_free(session);
    sard_model_free(model);
    sard_graph_free(graph);
    sard_context_free(context);
}

static sard_status load(const char *text, sard_level level, sard_error *error)
{
    const sard_model_options o = {.struct_size = sizeof o, .level = level, .precision = SARD_PRECISION_F64};
    graph = graph_parse(context, text);
    return sard_model_from_graph(context, graph, &o, &model, error);
}

/* The first output, of a model with one input. */
static const double *run(const char *text, sard_level level, const sard_tensor *x)
{
    sard_error error = {.text = ""};
    ck_assert_msg(!load(text, level, &error), "%s", error.text);
    ck_assert_msg(!sard_session_new(model, NULL, &session, &error), "%s", error.text);
    output = (sard_tensor){.dtype = SARD_NONE};
    ck_assert_msg(!sard_session_run(session, x, 1, &output, 1, &error), "%s", error.text);
    ck_assert_int_eq(output.dtype, SARD_F64);
    ck_assert_int_eq(sard_model_output(model, 0)->dtype, SARD_F64);
    return output.data;
}

static sard_tensor of_floats(float *data, int64_t count)
{
    return (sard_tensor){.dtype = SARD_F32, .rank = 1, .dims = {count}, .data = data, .bytes = (size_t)count * sizeof *data};
}

/* In float32 none of these is exact. */
START_TEST(floats_are_double)
{
    float data[3] = {0.1f, 1e-9f, 3};
    const sard_tensor x = of_floats(data, 3);
    const double *y = run("graph g {\n input x: float32[3]\n const third: float32[1] = {0.333333343}\n const one: float32[1] = {1}\n"
                          " a = Mul(x, third)\n b = Add(a, one)\n y = Exp(b)\n output y\n}",
                          _i ? SARD_O2 : SARD_O0, &x);
    for (int i = 0; i < 3; i++)
        ck_assert(y[i] == exp((double)data[i] * (double)0.333333343f + 1));
    ck_assert_int_eq(sard_model_input(model, 0)->dtype, SARD_F32);
}
END_TEST

START_TEST(halves_are_double)
{
    const uint16_t bits = 0x3001; /* 0.12512... */
    const sard_tensor x = {.dtype = SARD_F16, .rank = 1, .dims = {1}, .data = (uint16_t[]){bits}, .bytes = sizeof bits};
    const double value = ldexp(1025, -13);
    const double *y =
        run("graph g {\n input x: float16[1]\n const c: float16[1] = {0.0999755859375}\n y = Mul(x, c)\n output y\n}", SARD_O0, &x);
    ck_assert(y[0] == value * 0.0999755859375);
}
END_TEST

/* Attributes that say float32: the type of a Cast, the elements of ConstantOfShape. */
START_TEST(attributes_are_double)
{
    float data[1] = {0.1f};
    const sard_tensor x = of_floats(data, 1);
    const double *y = run("graph g {\n input x: float32[1]\n const n: int64[1] = {1}\n const seven: int64[1] = {7}\n"
                          " f = Cast(seven) {to = 1}\n z = ConstantOfShape(n)\n c = ConstantOfShape(n) {value = float32[1] {0.5}}\n"
                          " a = Div(x, f)\n b = Add(a, z)\n y = Add(b, c)\n output y\n}",
                          SARD_O0, &x);
    ck_assert(y[0] == (double)0.1f / 7 + 0.5);
}
END_TEST

/* The scales of Resize exist in float32 only: the constant keeps its type for it, and is double for Mul. */
START_TEST(what_must_be_float32_stays)
{
    float data[4] = {1, 2, 3, 4};
    const sard_tensor x = {.dtype = SARD_F32, .rank = 4, .dims = {1, 1, 2, 2}, .data = data, .bytes = sizeof data};
    const double *y = run("graph g {\n input x: float32[1,1,2,2]\n const s: float32[4] = {1, 1, 1.5, 1.5}\n const i: int64[1] = {3}\n"
                          " r = Resize(x, _, s) {mode = \"linear\"}\n one = Gather(s, i)\n y = Mul(r, one)\n output y\n}",
                          SARD_O0, &x);
    ck_assert_int_eq(output.dims[3], 3);
    ck_assert(y[0] == 1.5);
}
END_TEST

/* A computed value that has to be float32 is rounded for that reader alone. */
START_TEST(boxes_are_rounded)
{
    float data[8] = {0, 0, 1, 1, 0, 0, 1, 0.9f};
    const sard_tensor x = {.dtype = SARD_F32, .rank = 3, .dims = {1, 2, 4}, .data = data, .bytes = sizeof data};
    sard_tensor outputs[2] = {{.dtype = SARD_NONE}};
    sard_error error = {.text = ""};
    const char *const text =
        "graph g {\n input x: float32[1,2,4]\n const scores: float32[1,1,2] = {0.5, 0.9}\n const n: int64[1] = {5}\n"
        " const t: float32[1] = {0.5}\n y = Exp(x)\n kept = NonMaxSuppression(y, scores, n, t)\n output kept\n output y\n}";
    ck_assert_msg(!load(text, SARD_O0, &error), "%s", error.text);
    ck_assert(!sard_session_new(model, NULL, &session, &error));
    ck_assert_msg(!sard_session_run(session, &x, 1, outputs, 2, &error), "%s", error.text);
    ck_assert_int_eq(outputs[0].dims[0], 1);
    ck_assert_int_eq(outputs[1].dtype, SARD_F64);
    ck_assert(((double *)outputs[1].data)[7] == exp((double)0.9f));
}
END_TEST

START_TEST(what_has_no_double_is_refused)
{
    sard_error error = {.text = ""};
    ck_assert_int_eq(
        load("graph g {\n input x: uint8[3]\n const s: float32[] = {0.5}\n y = DequantizeLinear@dequantize(x, s)\n output y\n}", SARD_O0,
             &error),
        SARD_UNSUPPORTED);
    ck_assert_msg(strstr(error.text, "DequantizeLinear 'dequantize'") && strstr(error.text, "float64"), "%s", error.text);
}
END_TEST

/* Constants in branches, and what these capture. */
START_TEST(subgraphs_are_double)
{
    float data[1] = {0.1f};
    const sard_tensor x = of_floats(data, 1);
    const double *y =
        run("graph g {\n input x: float32[1]\n const zero: float32[1] = {0}\n const axes: int64[1] = {0}\n"
            " p = Greater(x, zero)\n c = Squeeze(p, axes)\n y = If(c) {then_branch = graph yes {\n const third: float32[1] = "
            "{0.333333343}\n m = Mul(x, third)\n output m\n }, else_branch = graph no {\n n = Neg(x)\n output n\n }}\n output y\n}",
            SARD_O0, &x);
    ck_assert(y[0] == (double)0.1f * (double)0.333333343f);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("widen");
    TCase *cases = tcase_create("widen");
    tcase_add_checked_fixture(cases, start, stop);
    tcase_add_loop_test(cases, floats_are_double, 0, 2);
    tcase_add_test(cases, halves_are_double);
    tcase_add_test(cases, attributes_are_double);
    tcase_add_test(cases, what_must_be_float32_stays);
    tcase_add_test(cases, boxes_are_rounded);
    tcase_add_test(cases, what_has_no_double_is_refused);
    tcase_add_test(cases, subgraphs_are_double);
    suite_add_tcase(s, cases);
    return s;
}

CHECK_MAIN(suite)
