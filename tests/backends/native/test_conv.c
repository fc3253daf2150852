/* Native convolutions against the reference, on random shapes: tails, strides, dilations, groups, batches, residuals. */
#include "backends/native/kernels.h"
#include "tests/backends/native/random.h"

static const sard_kernel *const direct = &sard_native_conv_direct;
static const sard_backend direct_alone = {.struct_size = sizeof direct_alone, .name = "native", .kernels = &direct, .kernel_count = 1};

typedef struct shape {
    int n, h, w, group, channels, results, kh, kw, sh, sw, dh, dw, top, left, bottom, right;
    bool bias, relu;
} shape;

static shape random_shape(void)
{
    shape s = {.n = pick(1, 2), .h = pick(5, 19), .w = pick(5, 23), .group = pick(0, 3) ? 1 : pick(1, 4)};
    s.channels = s.group * (pick(0, 2) ? pick(1, 70) : 16 * pick(1, share_of(40)));
    s.results = s.group * (pick(0, 2) ? pick(1, 90) : 16 * pick(1, share_of(12)));
    s.kh = pick(1, 5);
    s.kw = pick(1, 5);
    s.sh = pick(1, 2);
    s.sw = pick(1, 2);
    s.dh = s.h > 10 && s.kh < 4 ? pick(1, 2) : 1;
    s.dw = s.w > 10 && s.kw < 4 ? pick(1, 2) : 1;
    s.top = pick(0, s.kh / 2 + 1);
    s.left = pick(0, s.kw / 2 + 1);
    s.bottom = pick(0, s.kh / 2 + 1);
    s.right = pick(0, s.kw / 2 + 1);
    s.bias = pick(0, 1);
    s.relu = pick(0, 1);
    return s;
}

static void write_text(const shape *s, char *text, size_t size)
{
    snprintf(text, size,
             "graph g {\n input x: float32[%d,%d,%d,%d]\n const w: float32[%d,%d,%d,%d] = {...}\n const b: float32[%d] = {...}\n"
             " y = Conv(x, w%s) {group = %d, strides = [%d, %d], dilations = [%d, %d], pads = [%d, %d, %d, %d]} nhwc%s\n output y\n}",
             s->n, s->h, s->w, s->channels, s->results, s->channels / s->group, s->kh, s->kw, s->results, s->bias ? ", b" : "", s->group,
             s->sh, s->sw, s->dh, s->dw, s->top, s->left, s->bottom, s->right, s->relu ? " |> Relu()" : "");
}

static void compare(sard_context *context, const shape *s)
{
    char text[1000];
    size_t count, other;
    write_text(s, text, sizeof text);
    sard_graph *graph = graph_parse(context, text);
    for (size_t i = 0; i < sard_graph_value_count(graph); i++) {
        const sard_tensor *tensor = sard_value_constant(sard_graph_value(graph, i));
        if (tensor)
            fill_random(tensor->data, tensor->bytes / sizeof(float), (uint32_t)i);
    }
    sard_tensor x = {.dtype = SARD_F32, .rank = 4, .dims = {s->n, s->h, s->w, s->channels}};
    x.bytes = (size_t)(s->n * s->h * s->w * s->channels) * sizeof(float);
    x.data = malloc(x.bytes);
    fill_random(x.data, x.bytes / sizeof(float), 7);
    float *want = graph_run(context, graph, SARD_O0, "reference", &x, &count), *have = guard_run(context, graph, "native", &x, &other);
    ck_assert_uint_eq(count, other);
    double worst = 0, square = 0;
    for (size_t i = 0; i < count; i++) {
        worst = fmax(worst, fabs((double)have[i] - want[i]));
        square += want[i] * want[i];
    }
    ck_assert_msg(worst <= 2e-5 * sqrt(square / (double)count) + 1e-30, "worst %g of %g: %s", worst, sqrt(square / (double)count), text);
    free(x.data);
    free(want);
    free(have);
    sard_graph_free(graph);
}

START_TEST(random_shapes)
{
    sard_context *context = context_of(tiers[_i]);
    ck_assert(!sard_context_register_backend(context, &direct_alone, NULL));
    state = 1;
    for (int i = 0; i < share_of(60); i++) {
        const shape s = random_shape();
        const int reach_h = (s.kh - 1) * s.dh + 1, reach_w = (s.kw - 1) * s.dw + 1;
        if (s.h + s.top + s.bottom >= reach_h && s.w + s.left + s.right >= reach_w)
            compare(context, &s);
    }
    sard_context_free(context);
}
END_TEST

/* Mean distance of the result from float64's. */
static double mean_error(sard_context *context, const sard_graph *graph, const sard_tensor *x, sard_accuracy accuracy)
{
    sard_model *models[2];
    sard_session *sessions[2];
    sard_tensor y[2] = {{.dtype = SARD_NONE}};
    double error = 0;
    for (int i = 0; i < 2; i++) {
        const sard_model_options o = {
            .struct_size = sizeof o, .level = SARD_O0, .precision = i ? SARD_PRECISION_F64 : SARD_PRECISION_MODEL};
        const sard_session_options options = {.struct_size = sizeof options, .backends = i ? "reference" : "native", .accuracy = accuracy};
        ck_assert(!sard_model_from_graph(context, graph, &o, &models[i], NULL));
        ck_assert(!sard_session_new(models[i], &options, &sessions[i], NULL));
        ck_assert(!sard_session_run(sessions[i], x, 1, &y[i], 1, NULL));
    }
    const size_t count = y[1].bytes / sizeof(double);
    for (size_t i = 0; i < count; i++)
        error += fabs(((float *)y[0].data)[i] - ((double *)y[1].data)[i]) / (double)count;
    for (int i = 0; i < 2; i++) {
        sard_session_free(sessions[i]);
        sard_model_free(models[i]);
    }
    return error;
}

/* Whole taps, parts of one, and taps of a row that are merged. */
START_TEST(exact_sums_are_short)
{
    static const int channels[] = {64, 300, 40};
    sard_context *context = context_of(tiers[_i]);
    ck_assert(!sard_context_register_backend(context, &direct_alone, NULL));
    for (size_t i = 0; i < sizeof channels / sizeof *channels; i++) {
        char text[300];
        const int c = channels[i];
        snprintf(text, sizeof text,
                 "graph g {\n input x: float32[1, 12, 12, %d]\n const w: float32[20, %d, 3, 3] = {...}\n y = Conv(x, w) {strides = [2, 2]} "
                 "nhwc\n output "
                 "y\n}",
                 c, c);
        sard_graph *graph = graph_parse(context, text);
        const sard_tensor *w = sard_value_constant(sard_graph_find(graph, "w"));
        const sard_tensor x = {.dtype = SARD_F32,
                               .rank = 4,
                               .dims = {1, 12, 12, c},
                               .data = malloc(144 * (size_t)c * sizeof(float)),
                               .bytes = 144 * (size_t)c * sizeof(float)};
        fill_random(w->data, w->bytes / sizeof(float), 1);
        fill_random(x.data, 144 * (size_t)c, 2);
        const double usual = mean_error(context, graph, &x, SARD_ACCURACY_DEFAULT), exact = mean_error(context, graph, &x, SARD_EXACT);
        ck_assert_msg(exact < 0.8 * usual, "%d channels: %g, by default %g", c, exact, usual);
        free(x.data);
        sard_graph_free(graph);
    }
    sard_context_free(context);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("conv");
    TCase *c = tcase_create("conv");
    tcase_set_timeout(c, 120);
    tcase_add_loop_test(c, random_shapes, 0, TIERS);
    tcase_add_loop_test(c, exact_sums_are_short, 0, TIERS);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
