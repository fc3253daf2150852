/* Concats, Splits and Slices over channels that cost nothing: no step, the same numbers. */
#include "tests/support/check.h"
#include "tests/support/graph.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* DenseNet's growth, a Concat of a Concat, a part that is used twice, an inner Split; pools, normalisations and windows of every kind on views. */
static const char *const growth =
    "graph g {\n input x: float32[2,6,5,16]\n const w0: float32[16,16,1,1] = {...}\n const w1: float32[24,16,3,3] = {...}\n"
    " const w2: float32[8,40,3,3] = {...}\n const w3: float32[20,48,1,1] = {...}\n const w4: float32[5,68,1,1] = {...}\n"
    " const w5: float32[12,16,1,1] = {...}\n const w6: float32[7,177,1,1] = {...}\n const w7: float32[40,1,3,3] = {...}\n"
    " const w8: float32[40,4,3,3] = {...}\n const u: float32[40] = {...}\n const v: float32[40] = {...}\n const s: int64[2] = {16, 24}\n"
    " a = Conv(x, w0) nhwc |> Relu()\n b = Conv(a, w1) {pads = [1, 1, 1, 1]} nhwc\n c = Concat(a, b) {axis = 3}\n"
    " d = Conv(c, w2) {pads = [1, 1, 1, 1]} nhwc\n e = Concat(a, b, d) {axis = -1}\n f = Conv(e, w3) nhwc |> Relu()\n"
    " g = Concat(e, f) {axis = 3}\n h = Conv(g, w4) nhwc\n p, q = Split(c, s) {axis = 3}\n r = Conv(p, w5) nhwc\n"
    " i = MaxPool(c) {kernel_shape = [3, 3], pads = [1, 1, 1, 1]} nhwc\n"
    " j = Conv(c, w7) {group = 40, pads = [1, 1, 1, 1]} nhwc\n k = Conv(c, w8) {group = 10, pads = [1, 1, 1, 1]} nhwc\n"
    " l = AveragePool(j) {kernel_shape = [3, 3], pads = [1, 1, 1, 1]} nhwc\n"
    " o = BatchNormalization(c, u, u, u, v) nhwc |> Relu()\n t = Concat(r, h, i, l, k, o) {axis = 3}\n y = Conv(t, w6) nhwc\n output y\n}";

static size_t count_steps(sard_context *context, const sard_graph *graph, const char *op)
{
    sard_model *model;
    sard_session *session;
    size_t found = 0;
    const sard_model_options model_options = {.struct_size = sizeof model_options, .level = SARD_O0};
    const sard_session_options options = {.struct_size = sizeof options, .backends = "native"};
    ck_assert(!sard_model_from_graph(context, graph, &model_options, &model, NULL));
    ck_assert(!sard_session_new(model, &options, &session, NULL));
    for (size_t i = 0; i < sard_session_step_count(session); i++) {
        sard_step_info info = {.struct_size = sizeof info};
        ck_assert(sard_session_step(session, i, &info));
        found += !strcmp(info.op, op);
    }
    sard_session_free(session);
    sard_model_free(model);
    return found;
}

START_TEST(nothing_is_copied)
{
    sard_context *context;
    size_t count, other;
    float data[2 * 6 * 5 * 16];
    ck_assert(!sard_context_new(NULL, &context, NULL));
    sard_graph *graph = graph_parse(context, growth);
    for (size_t i = 0; i < sard_graph_value_count(graph); i++) {
        const sard_tensor *tensor = sard_value_constant(sard_graph_value(graph, i));
        if (tensor && tensor->dtype == SARD_F32)
            fill_random(tensor->data, tensor->bytes / sizeof(float), (uint32_t)i);
        for (int64_t k = 0; tensor && !strcmp(sard_value_name(sard_graph_value(graph, i)), "v") && k < tensor->dims[0]; k++)
            ((float *)tensor->data)[k] = 0.5f + fabsf(((float *)tensor->data)[k]); /* a variance */
    }
    const sard_tensor x = {.dtype = SARD_F32, .rank = 4, .dims = {2, 6, 5, 16}, .data = data, .bytes = sizeof data};
    fill_random(data, sizeof data / sizeof *data, 3);
    ck_assert_uint_eq(count_steps(context, graph, "Concat"), 0);
    ck_assert_uint_eq(count_steps(context, graph, "Split"), 0);
    float *want = graph_run(context, graph, SARD_O0, "reference", &x, &count),
          *have = graph_run(context, graph, SARD_O0, "native", &x, &other);
    ck_assert_uint_eq(count, other);
    double square = 0;
    for (size_t i = 0; i < count; i++)
        square += want[i] * want[i];
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(fabsf(want[i] - have[i]) <= 1e-5 * sqrt(square / (double)count), "element %zu: %g, not %g", i, have[i], want[i]);
    free(want);
    free(have);
    sard_graph_free(graph);
    sard_context_free(context);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("views");
    TCase *c = tcase_create("views");
    tcase_add_test(c, nothing_is_copied);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
