/* Moves that cost nothing: no step, the same numbers; and results in the place of operands that are not needed any more. */
#include "tests/support/check.h"
#include "tests/support/graph.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* DenseNet's growth, a Concat of a Concat, a part that is used twice, an inner Split; pools, normalisations and windows of every kind on views. */
static const char *const growth =
    "graph g {\n input x: float32[2,6,5,16]\n const w0: float32[16,16,1,1] = {...}\n const w1: float32[24,16,3,3] = {...}\n"
    " const w2: float32[8,40,3,3] = {...}\n const w3: float32[20,48,1,1] = {...}\n const w4: float32[5,68,1,1] = {...}\n"
    " const w5: float32[12,16,1,1] = {...}\n const w6: float32[7,217,1,1] = {...}\n const w7: float32[40,1,3,3] = {...}\n"
    " const w8: float32[40,4,3,3] = {...}\n const u: float32[40] = {...}\n const v: float32[40] = {...}\n const s: int64[2] = {16, 24}\n"
    " a = Conv(x, w0) nhwc |> Relu()\n b = Conv(a, w1) {pads = [1, 1, 1, 1]} nhwc\n c = Concat(a, b) {axis = 3}\n"
    " d = Conv(c, w2) {pads = [1, 1, 1, 1]} nhwc\n e = Concat(a, b, d) {axis = -1}\n f = Conv(e, w3) nhwc |> Relu()\n"
    " g = Concat(e, f) {axis = 3}\n h = Conv(g, w4) nhwc\n p, q = Split(c, s) {axis = 3}\n r = Conv(p, w5) nhwc\n"
    " i = MaxPool(c) {kernel_shape = [3, 3], pads = [1, 1, 1, 1]} nhwc\n"
    " j = Conv(c, w7) {group = 40, pads = [1, 1, 1, 1]} nhwc\n k = Conv(c, w8) {group = 10, pads = [1, 1, 1, 1]} nhwc\n"
    " l = AveragePool(j) {kernel_shape = [3, 3], pads = [1, 1, 1, 1]} nhwc\n"
    " o = BatchNormalization(c, u, u, u, v) nhwc |> Relu()\n const size: int64[4] = {2, 6, 5, 40}\n"
    " m = Resize(i, _, _, size) {mode = \"linear\"}\n t = Concat(r, h, i, l, k, o, m) {axis = 3}\n y = Conv(t, w6) nhwc\n output y\n}";

/* Concat, Split, Slice and Gather along an axis before which all dims are 1, of views of views. */
static const char *const runs =
    "graph g {\n input x: float32[1,6,5,8]\n const w0: float32[8,8,1,1] = {...}\n const w1: float32[12,8,1,1] = {...}\n"
    " const w2: float32[6,12,1,1] = {...}\n const s: int64[1] = {-4}\n const e: int64[1] = {5}\n const one: int64[1] = {1}\n"
    " const two: int64[] = {-2}\n const axis: int64[1] = {1}\n const cut: int64[2] = {4, 2}\n const zero: int64[1] = {0}\n"
    " a = Conv(x, w0) nhwc\n b = Slice(a, s, e, axis)\n c = Conv(b, w1) nhwc\n d, f = Split(a, cut) {axis = 1}\n"
    " g = Conv(d, w1) nhwc\n h = Conv(f, w1) nhwc\n i = Concat(h, g, c) {axis = 1}\n j = Gather(i, two) {axis = 1}\n"
    " k = Unsqueeze(j, zero)\n l = Gather(i, one) {axis = -3}\n m = Conv(k, w2) nhwc\n n = Conv(l, w2) nhwc\n"
    " o = Conv(i, w2) nhwc\n y = Concat(n, o, m) {axis = 1}\n output y\n}";

/* Other dims of dense values, of columns of others, of what becomes columns of others, and of the result. */
static const char *const names =
    "graph g {\n input x: float32[1,6,5,8]\n const w0: float32[8,8,1,1] = {...}\n const w1: float32[12,8,1,1] = {...}\n"
    " const w2: float32[12,4,1,1] = {...}\n const w3: float32[7,36,1,1] = {...}\n const rows: int64[2] = {30, 8}\n"
    " const shape: int64[4] = {1, 6, 5, 8}\n const flat: int64[4] = {1, 30, 1, 12}\n const back: int64[4] = {1, 6, 5, 12}\n"
    " const first: int64[1] = {0}\n const none: int64[8] = {0, 0, 0, 0, 0, 0, 0, 0}\n a = Conv(x, w0) nhwc\n b = Reshape(a, rows)\n c = "
    "Reshape(b, shape)\n d = Conv(c, w1) nhwc\n"
    " e = Identity(d)\n f = Reshape(e, flat)\n g = Transpose(f) {perm = [2, 1, 0, 3]}\n h = Reshape(g, back)\n"
    " i, j = Split(a) {axis = 3}\n k = Squeeze(i, first)\n l = Unsqueeze(k, first)\n m = Conv(l, w2) nhwc\n"
    " n = Conv(j, w2) nhwc\n o = Reshape(n, flat)\n p = Reshape(o, back)\n q = Dropout(p)\n v = Pad(h, none)\n"
    " r = Concat(m, q, v) {axis = 3}\n"
    " t = Conv(r, w3) nhwc\n y = Flatten(t) {axis = 0}\n output y\n}";

/* Operands that something reads later under another name, or that the same step reads twice: their place is not taken. */
static const char *const in_use =
    "graph g {\n input x: float32[1,6,5,8]\n const rows: int64[2] = {30, 8}\n const w: float32[8,8,1,1] = {...}\n"
    " const half: float32[8,4,1,1] = {...}\n a = Conv(x, w) nhwc\n r = Reshape(a, rows)\n b = Relu(a)\n c = Reshape(b, rows)\n"
    " d = Sub(c, r)\n e = Conv(x, w) nhwc |> Relu()\n f = Sum(e, x, e)\n i = Conv(x, w) nhwc |> Relu()\n"
    " j = Sigmoid(i) |> Mul($, i)\n k, l = Split(j) {axis = 3}\n m = Neg(j)\n o = Sub(k, l)\n p = Conv(o, half) nhwc\n"
    " q = Sub(p, m)\n s = Reshape(q, rows)\n t = Abs(s)\n u = Reshape(f, rows)\n v = Softmax(u) {axis = 1}\n z = Add(v, t)\n"
    " y = Add(z, d)\n output y\n}";

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

/* The native backend and the reference agree. */
static void compare(sard_context *context, const sard_graph *graph, const sard_tensor *x)
{
    size_t count, other;
    float *want = graph_run(context, graph, SARD_O0, "reference", x, &count),
          *have = graph_run(context, graph, SARD_O0, "native", x, &other);
    ck_assert_uint_eq(count, other);
    double square = 0;
    for (size_t i = 0; i < count; i++)
        square += want[i] * want[i];
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(fabsf(want[i] - have[i]) <= 1e-5 * sqrt(square / (double)count), "element %zu: %g, not %g", i, have[i], want[i]);
    free(want);
    free(have);
}

/* Runs a graph; none of its moves is a step. */
static void check_graph(const char *text, int64_t n, int64_t c)
{
    static const char *const moves[] = {"Concat",  "Split",     "Slice",    "Gather",  "Transpose", "Reshape",
                                        "Flatten", "Unsqueeze", "Identity", "Squeeze", "Dropout",   "Pad"};
    sard_context *context;
    float data[2 * 6 * 5 * 16];
    ck_assert(!sard_context_new(NULL, &context, NULL));
    sard_graph *graph = graph_parse(context, text);
    for (size_t i = 0; i < sard_graph_value_count(graph); i++) {
        const sard_tensor *tensor = sard_value_constant(sard_graph_value(graph, i));
        if (tensor && tensor->dtype == SARD_F32)
            fill_random(tensor->data, tensor->bytes / sizeof(float), (uint32_t)i);
        for (int64_t k = 0;
             tensor && tensor->dtype == SARD_F32 && !strcmp(sard_value_name(sard_graph_value(graph, i)), "v") && k < tensor->dims[0]; k++)
            ((float *)tensor->data)[k] = 0.5f + fabsf(((float *)tensor->data)[k]); /* a variance */
    }
    const sard_tensor x = {
        .dtype = SARD_F32, .rank = 4, .dims = {n, 6, 5, c}, .data = data, .bytes = (size_t)(n * 6 * 5 * c) * sizeof(float)};
    fill_random(data, sizeof data / sizeof *data, 3);
    for (size_t i = 0; i < sizeof moves / sizeof *moves; i++)
        ck_assert_msg(!count_steps(context, graph, moves[i]), "%s is a step", moves[i]);
    compare(context, graph, &x);
    sard_graph_free(graph);
    sard_context_free(context);
}

START_TEST(columns) { check_graph(growth, 2, 16); }
END_TEST

START_TEST(runs_of_rows) { check_graph(runs, 1, 8); }
END_TEST

START_TEST(other_names) { check_graph(names, 1, 8); }
END_TEST

START_TEST(operands_in_use) { check_graph(in_use, 1, 8); }
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("views");
    TCase *c = tcase_create("views");
    tcase_add_test(c, columns);
    tcase_add_test(c, runs_of_rows);
    tcase_add_test(c, other_names);
    tcase_add_test(c, operands_in_use);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
