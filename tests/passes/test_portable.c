/* Models that are to be saved: passes keep to what ONNX has words for. */
#include "tests/support/check.h"
#include "tests/support/graph.h"

#include <string.h>

static sard_context *context;
static sard_error error;

static void start(void) { ck_assert_int_eq(sard_context_new(NULL, &context, &error), SARD_OK); }
static void end(void) { sard_context_free(context); }

/* The graph of a portable model as text, to be freed. */
static char *optimised(const char *text, bool portable)
{
    sard_graph *graph = graph_parse(context, text);
    const sard_model_options options = {.struct_size = sizeof options, .level = SARD_O3, .portable = portable};
    sard_model *model;
    ck_assert_msg(!sard_model_from_graph(context, graph, &options, &model, &error), "%s", error.text);
    char *printed = graph_print(sard_model_graph(model));
    sard_model_free(model);
    sard_graph_free(graph);
    return printed;
}

static void has(const char *text, bool portable, const char *words, bool there)
{
    char *printed = optimised(text, portable);
    ck_assert_msg((strstr(printed, words) != NULL) == there, "'%s' %s in: %s", words, there ? "is not" : "is", printed);
    free(printed);
}

static const char residual[] =
    "graph g {\n input x: float32[1,2,8,8]\n const w: float32[2,2,1,1] = {1, 2, 3, 4}\n const b: float32[2] = {1, 2}\n"
    " const m: float32[2] = {0.5, 0.5}\n c = Conv(x, w)\n n = BatchNormalization(c, b, b, m, b)\n r = Relu(n)\n"
    " y = Add(r, x)\n p = MaxPool(y) {kernel_shape = [2, 2]}\n output p }";

START_TEST(layout_and_epilogues_are_for_sard_alone)
{
    has(residual, false, "nhwc", true);
    has(residual, false, "|>", true);
    has(residual, true, "nhwc", false);
    has(residual, true, "Transpose", false);
    has(residual, true, "|>", false);
    has(residual, true, "BatchNormalization", false); /* what others gain from is done */
}
END_TEST

/* A Transpose that sinks would turn the pool to channels last, which has no form in ONNX. */
START_TEST(pools_stay_channels_first)
{
    static const char keras[] = "graph g {\n input x: float32[1,8,8,3]\n t = Transpose(x) {perm = [0, 3, 1, 2]}\n"
                                " p = MaxPool(t) {kernel_shape = [2, 2]}\n y = Transpose(p) {perm = [0, 2, 3, 1]}\n output y }";
    has(keras, false, "nhwc", true);
    has(keras, true, "nhwc", false);
}
END_TEST

START_TEST(quantised_weights_stay)
{
    static const char quantised[] = "graph g {\n input x: float32[1,1,4,4]\n const q: int8[1,1,1,1] = {3}\n const s: float32[] = {0.5}\n"
                                    " w = DequantizeLinear(q, s)\n y = Conv(x, w)\n output y }";
    has(quantised, false, "DequantizeLinear", false);
    has(quantised, true, "DequantizeLinear", true);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("portable");
    TCase *c = tcase_create("portable");
    tcase_add_checked_fixture(c, start, end);
    tcase_add_test(c, layout_and_epilogues_are_for_sard_alone);
    tcase_add_test(c, pools_stay_channels_first);
    tcase_add_test(c, quantised_weights_stay);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
