/* Native convolutions whose weights or bias come with the run, and such as stay channels-first, on random shapes: the same bits as those of
 * the same numbers as constants, channels-last, which are compared with float64. */
#include "backends/native/kernels.h"
#include "tests/backends/native/random.h"

static const sard_kernel *const kernels[] = {
    &sard_native_conv_depthwise_computed, &sard_native_conv_direct_computed, &sard_native_conv_grouped_computed, &sard_native_conv_nchw,
    &sard_native_conv_depthwise,          &sard_native_conv_direct,          &sard_native_conv_grouped};
static const sard_backend backend = {
    .struct_size = sizeof backend, .name = "native", .kernels = kernels, .kernel_count = sizeof kernels / sizeof *kernels};

typedef enum kind { WIDE, DEPTHWISE, NARROW } kind;

typedef struct shape {
    int n, h, w, group, channels, results, kh, kw, s, dh, dw, top, left, bottom, right, steps;
    bool bias;
} shape;

/* The graph's forms. */
typedef enum form { CONSTANT, WEIGHTS = 1, BIAS = 2, FIRST = 4, FORMS = 8 } form;

static shape random_shape(kind kind)
{
    shape s = {.n = pick(1, 3), .h = pick(5, 14), .w = pick(5, 20), .group = pick(0, 2) ? 1 : pick(2, 5), .s = pick(1, 2)};
    const int each = kind == DEPTHWISE ? 1 : kind == NARROW ? 4 * pick(1, 2) : pick(0, 2) ? pick(1, 40) : 16 * pick(1, 8);
    s.group = kind == DEPTHWISE ? pick(1, 50) : kind == NARROW ? pick(2, 12) : s.group;
    s.channels = s.group * each;
    s.results = kind == WIDE ? s.group * pick(1, 60) : s.channels;
    s.kh = kind == NARROW ? 3 : pick(1, 5);
    s.kw = kind == NARROW ? 3 : pick(1, 5);
    s.dh = s.kh < 4 && s.s == 1 ? pick(1, 2) : 1;
    s.dw = s.kw < 4 && s.s == 1 ? pick(1, 2) : 1;
    s.top = pick(0, 2);
    s.left = pick(kind == NARROW ? 2 : 0, 2);
    s.bottom = pick(0, 2);
    s.right = pick(kind == NARROW ? 2 : 0, 2);
    s.steps = pick(0, 2);
    s.bias = pick(0, 1);
    return s;
}

/* What is computed is the constant plus a zero that only the run knows. */
static void write_text(const shape *s, int form, char *text, size_t size)
{
    static const char *const steps[] = {"", " |> Relu()", " |> Sigmoid() |> Mul($, t)"};
    const bool first = form & FIRST;
    snprintf(text, size,
             "graph g {\n input x: float32[%d,%d,%d,%d]\n const w: float32[%d,%d,%d,%d] = {...}\n const b: float32[%d] = {...}\n"
             " const t: float32[] = {1.5}\n m = ReduceMax(x) {keepdims = 0}\n z = Sub(m, m)\n v = Add(w, z)\n c = Add(b, z)\n"
             "%s %s = Conv(%s, %s%s) {group = %d, strides = [%d, %d], dilations = [%d, %d], pads = [%d, %d, %d, %d]}%s%s\n%s output y\n}",
             s->n, s->channels, s->h, s->w, s->results, s->channels / s->group, s->kh, s->kw, s->results,
             first ? "" : " l = Transpose(x) {perm = [0, 2, 3, 1]}\n", first ? "y" : "o", first ? "x" : "l", form & WEIGHTS ? "v" : "w",
             !s->bias      ? ""
             : form & BIAS ? ", c"
                           : ", b",
             s->group, s->s, s->s, s->dh, s->dw, s->top, s->left, s->bottom, s->right, first ? "" : " nhwc", steps[s->steps],
             first ? "" : " y = Transpose(o) {perm = [0, 3, 1, 2]}\n");
}

static sard_graph *make_graph(sard_context *context, const shape *s, int form)
{
    char text[1200];
    write_text(s, form, text, sizeof text);
    sard_graph *graph = graph_parse(context, text);
    const sard_tensor *w = sard_value_constant(sard_graph_find(graph, "w")), *b = sard_value_constant(sard_graph_find(graph, "b"));
    fill_random(w->data, w->bytes / sizeof(float), 1);
    fill_random(b->data, b->bytes / sizeof(float), 2);
    return graph;
}

/* The convolution's kernel. */
static void expect_kernel(sard_context *context, const sard_graph *graph, const char *end)
{
    sard_model *model;
    sard_session *session;
    bool found = false;
    const sard_model_options model_options = {.struct_size = sizeof model_options, .level = SARD_O0};
    const sard_session_options options = {.struct_size = sizeof options, .backends = "native"};
    ck_assert(!sard_model_from_graph(context, graph, &model_options, &model, NULL));
    ck_assert(!sard_session_new(model, &options, &session, NULL));
    for (size_t i = 0; i < sard_session_step_count(session); i++) {
        sard_step_info step = {.struct_size = sizeof step};
        ck_assert(sard_session_step(session, i, &step));
        const size_t length = strlen(step.kernel), tail = strlen(end);
        found |= !strcmp(step.op, "Conv") && length >= tail && !strcmp(step.kernel + length - tail, end);
    }
    ck_assert_msg(found, "no %s", end);
    sard_session_free(session);
    sard_model_free(model);
}

/* One thread. */
static float *run_alone(sard_context *context, const sard_graph *graph, const sard_tensor *x)
{
    sard_model *model;
    sard_session *session;
    sard_tensor y = {.dtype = SARD_NONE};
    const sard_model_options model_options = {.struct_size = sizeof model_options, .level = SARD_O0};
    const sard_session_options options = {.struct_size = sizeof options, .backends = "native", .threads = 1};
    ck_assert(!sard_model_from_graph(context, graph, &model_options, &model, NULL));
    ck_assert(!sard_session_new(model, &options, &session, NULL));
    ck_assert(!sard_session_run(session, x, 1, &y, 1, NULL));
    float *copy = malloc(y.bytes);
    memcpy(copy, y.data, y.bytes);
    sard_session_free(session);
    sard_model_free(model);
    return copy;
}

static void compare_close(const float *want, const float *have, size_t count)
{
    double worst = 0, square = 0;
    for (size_t i = 0; i < count; i++) {
        worst = fmax(worst, fabs((double)have[i] - want[i]));
        square += want[i] * want[i];
    }
    ck_assert_msg(worst <= 2e-5 * sqrt(square / (double)count) + 1e-30, "worst %g of %g", worst, sqrt(square / (double)count));
}

static void compare_forms(sard_context *context, const shape *s)
{
    size_t count, other;
    sard_tensor x = {.dtype = SARD_F32, .rank = 4, .dims = {s->n, s->channels, s->h, s->w}};
    x.bytes = (size_t)(s->n * s->channels * s->h * s->w) * sizeof(float);
    x.data = malloc(x.bytes);
    fill_random(x.data, x.bytes / sizeof(float), 7);
    sard_graph *graph = make_graph(context, s, CONSTANT);
    float *want = graph_run(context, graph, SARD_O0, "reference", &x, &count), *bits = run_alone(context, graph, &x);
    compare_close(want, bits, count);
    sard_graph_free(graph);
    for (int form = 1; form < (s->steps == 2 ? FIRST : FORMS); form++) { /* channels-first the functions would be the reference's */
        graph = make_graph(context, s, form);
        expect_kernel(context, graph, form & FIRST ? "conv_nchw" : form & WEIGHTS || s->bias ? "_computed" : "");
        float *have = guard_run(context, graph, "native", &x, &other);
        ck_assert_uint_eq(count, other);
        ck_assert_msg(!memcmp(bits, have, count * sizeof *have), "form %d: %d,%d,%d,%d group %d results %d window %dx%d", form, s->n,
                      s->channels, s->h, s->w, s->group, s->results, s->kh, s->kw);
        free(have);
        sard_graph_free(graph);
    }
    free(want);
    free(bits);
    free(x.data);
}

START_TEST(random_shapes)
{
    sard_context *context = context_of(tiers[_i]);
    ck_assert(!sard_context_register_backend(context, &backend, NULL));
    state = 1;
    for (int i = 0; i < share_of(60); i++) {
        const shape s = random_shape((kind)(i % 3));
        if (s.h + s.top + s.bottom > (s.kh - 1) * s.dh && s.w + s.left + s.right > (s.kw - 1) * s.dw)
            compare_forms(context, &s);
    }
    sard_context_free(context);
}
END_TEST

/* Rows of weights that lie apart: columns of a larger tensor. */
START_TEST(parts_of_a_tensor)
{
    sard_context *context = context_of(tiers[_i]);
    compare_text(context,
                 "graph g {\n input x: float32[1,9,9,6]\n const w: float32[8,6,3,6] = {...}\n const s: int64[2] = {3, 3}\n"
                 " m = ReduceMax(x) {keepdims = 0}\n z = Sub(m, m)\n v = Add(w, z)\n a, b = Split(v, s) {axis = 3}\n"
                 " p = Conv(x, a) nhwc\n q = Conv(x, b) nhwc |> Relu()\n y = Add(p, q)\n output y\n}",
                 2e-5);
    sard_context_free(context);
}
END_TEST

/* Pictures, videos, lines. */
START_TEST(ranks)
{
    sard_context *context = context_of(tiers[_i]);
    compare_text(context,
                 "graph g {\n input x: float32[2,20,33]\n const w: float32[24,20,3] = {...}\n const b: float32[24] = {...}\n"
                 " y = Conv(x, w, b) {pads = [1, 1]}\n output y\n}",
                 2e-5);
    compare_text(context,
                 "graph g {\n input x: float32[1,10,5,6,7]\n const w: float32[12,10,3,2,3] = {...}\n"
                 " y = Conv(x, w) {pads = [1, 0, 1, 1, 1, 1], strides = [2, 1, 1]}\n output y\n}",
                 2e-5);
    sard_context_free(context);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("conv_computed");
    TCase *c = tcase_create("conv_computed");
    tcase_set_timeout(c, 120);
    tcase_add_loop_test(c, random_shapes, 0, TIERS);
    tcase_add_loop_test(c, parts_of_a_tensor, 0, TIERS);
    tcase_add_loop_test(c, ranks, 0, TIERS);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
