/* Native pools against the reference, on random shapes: windows that stick out, ceil_mode, dilations, parts of vectors, 1 to 3 dimensions. */
#include "tests/backends/native/random.h"

static void write_list(char *text, size_t size, const char *name, const int *values, int count)
{
    size_t used = (size_t)snprintf(text, size, "%s = [", name);
    for (int i = 0; i < count; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%d", i ? ", " : "", values[i]);
    snprintf(text + used, size - used, "]");
}

static void pool_case(sard_context *context)
{
    char dims[100], kernel[100], strides[100], dilations[100], pads[200], text[1000];
    int x[5] = {pick(1, 2)}, k[3], s[3], d[3], p[6];
    const int count = pick(0, 3) ? 2 : pick(1, 3), average = pick(0, 1);
    for (int i = 0; i < count; i++) {
        x[i + 1] = pick(4, 17);
        k[i] = pick(1, 4);
        s[i] = pick(1, 3);
        d[i] = x[i + 1] > 9 ? pick(1, 2) : 1;
        p[i] = pick(0, k[i] - 1);
        p[i + count] = pick(0, k[i] - 1);
        if ((k[i] - 1) * d[i] + 1 > x[i + 1] + p[i] + p[i + count])
            k[i] = 1;
    }
    x[count + 1] = pick(0, 1) ? pick(1, 100) : 16 * pick(1, 10);
    write_list(dims, sizeof dims, "", x, count + 2);
    write_list(kernel, sizeof kernel, "kernel_shape", k, count);
    write_list(strides, sizeof strides, "strides", s, count);
    write_list(dilations, sizeof dilations, "dilations", d, count);
    write_list(pads, sizeof pads, "pads", p, 2 * count);
    snprintf(text, sizeof text, "graph g {\n input x: float32%s\n y = %s(x) {%s, %s, %s, %s, ceil_mode = %d%s} nhwc%s\n output y\n}",
             dims + 3, average ? "AveragePool" : "MaxPool", kernel, strides, dilations, pads, pick(0, 1),
             average && pick(0, 1) ? ", count_include_pad = 1" : "", pick(0, 3) ? "" : " |> Relu()");
    compare_text(context, text, average ? 1e-6 : 0);
}

START_TEST(random_pools)
{
    sard_context *context = context_of(tiers[_i]);
    for (int i = 0; i < share_of(150); i++)
        pool_case(context);
    sard_context_free(context);
}
END_TEST

START_TEST(global_pools)
{
    sard_context *context = context_of(tiers[_i]);
    char text[300];
    for (int i = 0; i < share_of(40); i++) {
        snprintf(text, sizeof text, "graph g {\n input x: float32[%d, %d, %d, %d]\n y = Global%sPool(x) nhwc\n output y\n}", pick(1, 2),
                 pick(1, 30), pick(1, 30), pick(1, 200), i % 2 ? "Average" : "Max");
        compare_text(context, text, i % 2 ? 1e-5 : 0);
    }
    sard_context_free(context);
}
END_TEST

static float *run_on(sard_context *context, const char *text, const char *backend, float *data, size_t *count)
{
    sard_graph *graph = graph_parse(context, text);
    sard_tensor x = {.dtype = SARD_F32, .rank = 4, .dims = {1, 3, 3, 17}, .data = data, .bytes = 9 * 17 * sizeof *data};
    float *y = graph_run(context, graph, SARD_O0, backend, &x, count);
    sard_graph_free(graph);
    return y;
}

START_TEST(not_a_number_wins)
{
    static const char *const texts[] = {
        "graph g {\n input x: float32[1, 3, 3, 17]\n y = MaxPool(x) {kernel_shape = [2, 2]} nhwc\n output y\n}",
        "graph g {\n input x: float32[1, 3, 3, 17]\n y = GlobalMaxPool(x) nhwc\n output y\n}"};
    sard_context *context = context_of(tiers[_i]);
    float x[9 * 17];
    fill_random(x, 9 * 17, 3);
    x[0] = x[4 * 17 + 16] = NAN;
    x[8 * 17 + 5] = INFINITY;
    for (int k = 0; k < 2; k++) {
        size_t count, other;
        float *want = run_on(context, texts[k], "reference", x, &count), *have = run_on(context, texts[k], "native", x, &other);
        ck_assert_uint_eq(count, other);
        for (size_t i = 0; i < count; i++)
            ck_assert_msg(isnan(want[i]) ? isnan(have[i]) : want[i] == have[i], "%s: element %zu is %g, not %g", texts[k], i, have[i],
                          want[i]);
        free(want);
        free(have);
    }
    sard_context_free(context);
}
END_TEST

/* The mean of pixels that are all alike is one of them, but for a rounding or two, however many there are; what is infinite or no number
 * stays so. */
START_TEST(global_means_are_nearly_exact)
{
    enum { CHANNELS = 17, SIDE = 60, COUNT = SIDE * SIDE * CHANNELS };
    sard_context *context = context_of(tiers[_i]);
    sard_graph *graph = graph_parse(context, "graph g {\n input x: float32[1, 60, 60, 17]\n y = GlobalAveragePool(x) nhwc\n output y\n}");
    float *data = malloc(COUNT * sizeof *data), values[CHANNELS];
    const sard_tensor x = {.dtype = SARD_F32, .rank = 4, .dims = {1, SIDE, SIDE, CHANNELS}, .data = data, .bytes = COUNT * sizeof *data};
    size_t count;
    fill_random(values, CHANNELS, 5);
    for (size_t i = 0; i < COUNT; i++)
        data[i] = 1 + fabsf(values[i % CHANNELS]);
    data[300 * CHANNELS + 3] = NAN;
    data[300 * CHANNELS + 4] = INFINITY;
    data[300 * CHANNELS + 5] = -INFINITY;
    float *y = graph_run(context, graph, SARD_O0, "native", &x, &count);
    ck_assert_uint_eq(count, CHANNELS);
    ck_assert(isnan(y[3]) && y[4] == INFINITY && y[5] == -INFINITY);
    for (size_t i = 0; i < count; i++)
        ck_assert_msg((i >= 3 && i <= 5) || fabsf(y[i] - data[i]) <= 0x1p-22f * data[i], "channel %zu is %.9g, not %.9g", i, y[i], data[i]);
    free(y);
    free(data);
    sard_graph_free(graph);
    sard_context_free(context);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("pool");
    TCase *c = tcase_create("pool");
    tcase_set_timeout(c, 120);
    tcase_add_loop_test(c, random_pools, 0, TIERS);
    tcase_add_loop_test(c, global_pools, 0, TIERS);
    tcase_add_loop_test(c, not_a_number_wins, 0, TIERS);
    tcase_add_loop_test(c, global_means_are_nearly_exact, 0, TIERS);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
