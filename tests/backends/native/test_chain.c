/* Convolutions that run together, a band of rows at a time: the same bits as one after the other, for any number of threads. */
#include "tests/backends/native/random.h"

typedef struct shape {
    int n, h, w, k, wide, results, kernel, stride, top, left, bottom, right;
    bool expands, projects, residual;
} shape;

/* The wide tensor has to be larger than a quarter of any cache of a core, weights smaller than a quarter of 256 KB. */
static shape random_shape(void)
{
    shape s = {.n = pick(1, 2), .h = pick(56, 90), .w = pick(56, 90), .k = pick(3, 40), .results = pick(1, 40)};
    s.kernel = pick(0, 1) ? 3 : 5;
    s.stride = pick(1, 2);
    s.top = pick(0, s.kernel - 1);
    s.left = pick(0, s.kernel - 1);
    s.bottom = pick(0, s.kernel - 1);
    s.right = pick(0, s.kernel - 1);
    s.expands = pick(0, 3);
    s.projects = !s.expands || pick(0, 2);
    s.residual = pick(0, 1);
    s.results = s.expands ? s.results : 1 + s.results / 2;
    s.wide = (1 << 18) * (s.expands ? 1 : s.stride * s.stride) / (s.h * s.w) * pick(11, 14) / 10 + 8 * s.stride * s.stride;
    return s;
}

static void print(const shape *s, bool apart, char *text, size_t size)
{
    const int oh = (s->h + s->top + s->bottom - s->kernel) / s->stride + 1, ow = (s->w + s->left + s->right - s->kernel) / s->stride + 1;
    char first[300] = "", last[300] = "";
    if (s->expands)
        snprintf(first, sizeof first, " e = Conv(x, we, be) nhwc |> Relu()\n");
    if (s->projects)
        snprintf(last, sizeof last, " y = Conv(d, wp) nhwc%s\n", s->residual ? " |> Add($, r) |> Clip($, low, high)" : " |> Sigmoid()");
    snprintf(text, size,
             "graph g {\n input x: float32[%d,%d,%d,%d]\n const we: float32[%d,%d,1,1] = {...}\n const be: float32[%d] = {...}\n"
             " const wd: float32[%d,1,%d,%d] = {...}\n const bd: float32[%d] = {...}\n const wp: float32[%d,%d,1,1] = {...}\n"
             " const r: float32[%d,%d,%d,%d] = {...}\n const low: float32[] = {-0.5}\n const high: float32[] = {0.75}\n"
             "%s %s = Conv(%s, wd, bd) {group = %d, strides = [%d, %d], pads = [%d, %d, %d, %d]} nhwc |> HardSwish()\n%s output y\n%s}",
             s->n, s->h, s->w, s->expands ? s->k : s->wide, s->wide, s->k, s->wide, s->wide, s->kernel, s->kernel, s->wide, s->results,
             s->wide, s->n, oh, ow, s->results, first, s->projects ? "d" : "y", s->expands ? "e" : "x", s->wide, s->stride, s->stride,
             s->top, s->left, s->bottom, s->right, last,
             !apart       ? ""
             : s->expands ? " output e\n"
                          : " output d\n");
}

static sard_graph *parse(sard_context *context, const shape *s, bool apart)
{
    char text[2400];
    print(s, apart, text, sizeof text);
    sard_graph *graph = graph_parse(context, text);
    for (size_t i = 0; i < sard_graph_value_count(graph); i++) {
        const sard_tensor *tensor = sard_value_constant(sard_graph_value(graph, i));
        if (tensor && tensor->rank)
            fill_random(tensor->data, tensor->bytes / sizeof(float), (uint32_t)tensor->bytes);
    }
    return graph;
}

/* Kernels of that name in the plan, and the first output of a run. */
static size_t run(sard_context *context, const sard_graph *graph, int threads, const sard_tensor *x, float **out, size_t *count)
{
    sard_model *model;
    sard_session *session;
    sard_tensor outputs[2] = {{.dtype = SARD_NONE}};
    size_t chains = 0;
    const sard_model_options model_options = {.struct_size = sizeof model_options, .level = SARD_O0};
    const sard_session_options options = {.struct_size = sizeof options, .backends = "native", .threads = threads};
    ck_assert(!sard_model_from_graph(context, graph, &model_options, &model, NULL));
    ck_assert(!sard_session_new(model, &options, &session, NULL));
    for (size_t i = 0; i < sard_session_step_count(session); i++) {
        sard_step_info step = {.struct_size = sizeof step};
        ck_assert(sard_session_step(session, i, &step));
        const bool chain = !strcmp(step.kernel, "conv_chain");
        chains += chain;
        ck_assert_uint_eq(chain, step.joined_count > 0);
        for (size_t k = 0; k < step.joined_count; k++)
            ck_assert_str_ne(step.joined[k], step.name);
    }
    ck_assert(!sard_session_run(session, x, 1, outputs, sard_model_output_count(model), NULL));
    *count = outputs[0].bytes / sizeof(float);
    *out = malloc(outputs[0].bytes);
    memcpy(*out, outputs[0].data, outputs[0].bytes);
    sard_session_free(session);
    sard_model_free(model);
    return chains;
}

static void chain_case(sard_context *context)
{
    const shape s = random_shape();
    sard_graph *graph = parse(context, &s, false), *apart = parse(context, &s, true);
    sard_tensor x = {.dtype = SARD_F32, .rank = 4, .dims = {s.n, s.h, s.w, s.expands ? s.k : s.wide}};
    size_t count, other;
    float *want, *have;
    x.bytes = (size_t)(s.n * s.h * s.w) * (size_t)x.dims[3] * sizeof(float);
    x.data = malloc(x.bytes);
    fill_random(x.data, x.bytes / sizeof(float), 7);
    ck_assert_uint_eq(run(context, apart, 1, &x, &want, &count), 0);
    for (int threads = 1; threads < 4; threads++) {
        ck_assert_msg(run(context, graph, threads, &x, &have, &other) == 1, "no chain: %dx%dx%d %d", s.h, s.w, s.wide, s.stride);
        ck_assert_uint_eq(count, other);
        ck_assert_msg(!memcmp(want, have, count * sizeof *want), "%d threads: %d,%d,%d,%d wide %d kernel %d stride %d", threads, s.n, s.h,
                      s.w, s.k, s.wide, s.kernel, s.stride);
        free(have);
    }
    free(want);
    free(x.data);
    sard_graph_free(graph);
    sard_graph_free(apart);
}

START_TEST(same_bits_as_apart)
{
    setenv("SARD_ISA", tiers[_i], 1);
    sard_context *context;
    const sard_context_options options = {.struct_size = sizeof options, .allocator = &guard_allocator, .threads = 3};
    ck_assert(!sard_context_new(&options, &context, NULL));
    for (int i = 0; i < share_of(12); i++)
        chain_case(context);
    sard_context_free(context);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("chain");
    TCase *c = tcase_create("chain");
    tcase_set_timeout(c, 120);
    tcase_add_loop_test(c, same_bits_as_apart, 0, TIERS);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
