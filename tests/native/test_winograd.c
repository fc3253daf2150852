/* Winograd's convolutions against the reference, each kernel by itself on every tier: tails of channels and tiles, padding, batches,
 * residuals. */
#include "backends/native/kernels.h"
#include "tests/support/check.h"
#include "tests/support/graph.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static unsigned state;

static int pick(int low, int high)
{
    state = state * 1664525u + 1013904223u;
    return low + (int)((state >> 8) % (unsigned)(high - low + 1));
}

/* kh and kw of a kernel, or of it turned; factor: how much further from the reference than direct sums it may be. */
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
static const char *const tiers[] = {"sse2", "avx2", "avx512"};

typedef struct shape {
    int n, h, w, channels, results, kh, kw, top, left, bottom, right;
    bool bias, relu, residual;
} shape;

static shape random_shape(const algorithm *a)
{
    shape s = {.n = pick(1, 3), .kh = a->kh, .kw = a->kw, .bias = pick(0, 1), .relu = pick(0, 1), .residual = pick(0, 1)};
    s.h = pick(s.kh, pick(0, 3) ? 12 : 40);
    s.w = pick(s.kw, pick(0, 3) ? 12 : 40);
    s.channels = pick(0, 2) ? pick(1, 70) : 16 * pick(1, 40);
    s.results = pick(0, 2) ? pick(1, 130) : 16 * pick(1, 20);
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

static void compare(sard_context *context, const shape *s, double tolerance)
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
    x.bytes = (size_t)s->n * (size_t)s->h * (size_t)s->w * (size_t)s->channels * sizeof(float);
    x.data = malloc(x.bytes);
    fill_random(x.data, x.bytes / sizeof(float), 7);
    float *want = graph_run(context, graph, SARD_O0, "reference", &x, &count), *have = graph_run(context, graph, SARD_O0, "one", &x, &other);
    ck_assert_uint_eq(count, other);
    double worst = 0, square = 0;
    for (size_t i = 0; i < count; i++) {
        worst = fmax(worst, fabs(have[i] - want[i]));
        square += want[i] * want[i];
    }
    ck_assert_msg(worst <= tolerance * sqrt(square / (double)count) + 1e-30, "worst %g of %g: %s", worst, sqrt(square / (double)count), text);
    free(x.data);
    free(want);
    free(have);
    sard_graph_free(graph);
}

START_TEST(random_shapes)
{
    const algorithm *a = &algorithms[_i % ALGORITHMS];
    const sard_backend one = {.struct_size = sizeof one, .name = "one", .kernels = &a->kernel, .kernel_count = 1};
    setenv("SARD_ISA", tiers[_i / ALGORITHMS], 1);
    sard_context *context;
    ck_assert(!sard_context_new(NULL, &context, NULL));
    ck_assert(!sard_context_register_backend(context, &one, NULL));
    state = (unsigned)_i;
    for (int i = 0; i < 12; i++) {
        const shape s = random_shape(a);
        compare(context, &s, a->tolerance);
    }
    sard_context_free(context);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("winograd");
    TCase *c = tcase_create("winograd");
    tcase_set_timeout(c, 120);
    tcase_add_loop_test(c, random_shapes, 0, 3 * ALGORITHMS);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
