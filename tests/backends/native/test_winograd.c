/* Winograd's convolutions against the reference, each kernel by itself on every tier: tails of channels and tiles, padding, batches,
 * residuals. */
#include "backends/native/kernels.h"
#include "tests/backends/native/random.h"

/* kh and kw of a kernel, or of it turned; tolerance: how far from the reference it may be. */
typedef struct algorithm {
    const sard_kernel *kernel;
    int kh, kw;
    double tolerance;
} algorithm;

static const algorithm algorithms[] = {
    {&sard_native_conv_winograd_2x2_3x3, 3, 3, 2e-5}, {&sard_native_conv_winograd_4x4_3x3, 3, 3, 4e-5},
    {&sard_native_conv_winograd_4x4_5x5, 5, 5, 3e-4}, {&sard_native_conv_winograd_4_7, 1, 7, 2e-4},
    {&sard_native_conv_winograd_4_7, 7, 1, 2e-4},     {&sard_native_conv_winograd_4_3, 1, 3, 4e-5},
    {&sard_native_conv_winograd_4_3, 3, 1, 4e-5},
};
enum { ALGORITHMS = sizeof algorithms / sizeof *algorithms };

typedef struct shape {
    int n, h, w, channels, results, kh, kw, top, left, bottom, right;
    bool bias, relu, residual;
} shape;

static shape random_shape(const algorithm *a)
{
    shape s = {.n = pick(1, 3), .kh = a->kh, .kw = a->kw, .bias = pick(0, 1), .relu = pick(0, 1), .residual = pick(0, 1)};
    s.h = pick(s.kh, pick(0, 3) ? 12 : 12 + share_of(28));
    s.w = pick(s.kw, pick(0, 3) ? 12 : 12 + share_of(28));
    s.channels = pick(0, 2) ? pick(1, 70) : 16 * pick(1, share_of(40));
    s.results = pick(0, 2) ? pick(1, 130) : 16 * pick(1, share_of(20));
    s.top = pick(0, s.kh / 2 + 1);
    s.left = pick(0, s.kw / 2 + 1);
    s.bottom = pick(0, s.kh / 2 + 1);
    s.right = pick(0, s.kw / 2 + 1);
    return s;
}

static void write_text(const shape *s, char *text, size_t size)
{
    char residual[200] = "";
    if (s->residual)
        snprintf(residual, sizeof residual, " const r: float32[%d,%d,%d,%d] = {...}\n", s->n, s->h + s->top + s->bottom - s->kh + 1,
                 s->w + s->left + s->right - s->kw + 1, s->results);
    snprintf(text, size,
             "graph g {\n input x: float32[%d,%d,%d,%d]\n const w: float32[%d,%d,%d,%d] = {...}\n const b: float32[%d] = {...}\n%s"
             " y = Conv(x, w%s) {pads = [%d, %d, %d, %d]} nhwc%s%s\n output y\n}",
             s->n, s->h, s->w, s->channels, s->results, s->channels, s->kh, s->kw, s->results, residual, s->bias ? ", b" : "", s->top,
             s->left, s->bottom, s->right, s->residual ? " |> Add($, r)" : "", s->relu ? " |> Relu()" : "");
}

START_TEST(random_shapes)
{
    const algorithm *a = &algorithms[_i % ALGORITHMS];
    const sard_backend alone = {.struct_size = sizeof alone, .name = "native", .kernels = &a->kernel, .kernel_count = 1};
    sard_context *context = context_of(tiers[_i / ALGORITHMS]);
    ck_assert(!sard_context_register_backend(context, &alone, NULL));
    state = (unsigned)_i;
    for (int i = 0; i < share_of(12); i++) {
        char text[1000];
        const shape s = random_shape(a);
        write_text(&s, text, sizeof text);
        compare_text(context, text, a->tolerance);
    }
    sard_context_free(context);
}
END_TEST

/* Outputs that are parts of a Concat, inputs and residuals that are parts of a Split, an activation behind the sum. */
static void write_views(const algorithm *a, char *text, size_t size)
{
    const int h = pick(a->kh, 20), w = pick(a->kw, 20), channels = pick(1, 40), first = pick(1, 50), second = pick(1, 50),
              inner = pick(1, 50);
    char pads[100];
    snprintf(pads, sizeof pads, "{pads = [%d, %d, %d, %d]}", a->kh / 2, a->kw / 2, a->kh / 2, a->kw / 2);
    snprintf(
        text, size,
        "graph g {\n input x: float32[2,%d,%d,%d]\n const w0: float32[%d,%d,%d,%d] = {...}\n const w1: float32[%d,%d,%d,%d] = {...}\n"
        " const w2: float32[%d,%d,%d,%d] = {...}\n const w3: float32[%d,%d,%d,%d] = {...}\n const s: int64[2] = {%d, %d}\n"
        " a = Conv(x, w0) %s nhwc |> Relu()\n b = Conv(a, w1) %s nhwc |> HardSwish($)\n c = Concat(a, b) {axis = 3}\n"
        " p, q = Split(c, s) {axis = 3}\n d = Conv(q, w2) %s nhwc\n y = Conv(d, w3) %s nhwc |> Add($, p) |> HardSwish($)\n output y\n}",
        h, w, channels, first, channels, a->kh, a->kw, second, first, a->kh, a->kw, inner, second, a->kh, a->kw, first, inner, a->kh, a->kw,
        first, second, pads, pads, pads, pads);
}

START_TEST(views)
{
    const algorithm *a = &algorithms[_i % ALGORITHMS];
    const sard_backend alone = {.struct_size = sizeof alone, .name = "native", .kernels = &a->kernel, .kernel_count = 1};
    sard_context *context = context_of(tiers[_i / ALGORITHMS]);
    ck_assert(!sard_context_register_backend(context, &alone, NULL));
    state = (unsigned)_i;
    for (int i = 0; i < share_of(6); i++) {
        char text[2000];
        write_views(a, text, sizeof text);
        compare_text(context, text, 5 * a->tolerance);
    }
    sard_context_free(context);
}
END_TEST

static float *run_on(sard_context *context, const sard_graph *graph, const sard_tensor *x, int threads, size_t *bytes)
{
    sard_model *model;
    sard_session *session;
    sard_tensor y = {.dtype = SARD_NONE};
    const sard_model_options model_options = {.struct_size = sizeof model_options, .level = SARD_O0};
    const sard_session_options options = {.struct_size = sizeof options, .backends = "native", .threads = threads};
    ck_assert(!sard_model_from_graph(context, graph, &model_options, &model, NULL));
    ck_assert(!sard_session_new(model, &options, &session, NULL));
    ck_assert(!sard_session_run(session, x, 1, &y, 1, NULL));
    float *copy = malloc(y.bytes);
    memcpy(copy, y.data, y.bytes);
    *bytes = y.bytes;
    sard_session_free(session);
    sard_model_free(model);
    return copy;
}

/* The same bits for any number of threads and each place in a batch: here of 5 equal pictures whose tiles fall in groups differently. */
START_TEST(same_bits)
{
    enum { BATCH = 5 };
    const algorithm *a = &algorithms[_i];
    const sard_backend alone = {.struct_size = sizeof alone, .name = "native", .kernels = &a->kernel, .kernel_count = 1};
    const sard_context_options options = {.struct_size = sizeof options, .allocator = &guard_allocator, .threads = 3};
    sard_context *context;
    char text[1000];
    size_t bytes, other;
    tier_select(TIERS - 1);
    ck_assert(!sard_context_new(&options, &context, NULL));
    ck_assert(!sard_context_register_backend(context, &alone, NULL));
    const shape s = {.n = BATCH, .h = 21, .w = 17, .channels = 37, .results = 70, .kh = a->kh, .kw = a->kw, .bias = true, .relu = true};
    write_text(&s, text, sizeof text);
    sard_graph *graph = graph_parse(context, text);
    for (size_t i = 0; i < sard_graph_value_count(graph); i++) {
        const sard_tensor *tensor = sard_value_constant(sard_graph_value(graph, i));
        if (tensor)
            fill_random(tensor->data, tensor->bytes / sizeof(float), (uint32_t)i);
    }
    static float data[BATCH][21 * 17 * 37];
    const sard_tensor x = {.dtype = SARD_F32, .rank = 4, .dims = {BATCH, 21, 17, 37}, .data = data, .bytes = sizeof data};
    for (int i = 0; i < BATCH; i++)
        fill_random(data[i], sizeof data[i] / sizeof(float), 3);
    float *one = run_on(context, graph, &x, 1, &bytes);
    for (int threads = 2; threads <= 3; threads++) {
        float *more = run_on(context, graph, &x, threads, &other);
        ck_assert_uint_eq(bytes, other);
        ck_assert_mem_eq(one, more, bytes);
        free(more);
    }
    for (size_t i = 1; i < BATCH; i++)
        ck_assert_mem_eq(one, (const char *)one + i * (bytes / BATCH), bytes / BATCH);
    free(one);
    sard_graph_free(graph);
    sard_context_free(context);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("winograd");
    TCase *c = tcase_create("winograd");
    tcase_set_timeout(c, 120);
    tcase_add_loop_test(c, random_shapes, 0, TIERS * ALGORITHMS);
    tcase_add_loop_test(c, views, 0, TIERS * ALGORITHMS);
    tcase_add_loop_test(c, same_bits, 0, share_of(ALGORITHMS));
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
