/* Weights that BatchNormalization scales: kernels that pack them make no scaled copy, and give the bits that it would give. */
#include "runtime/model.h"
#include "tests/backends/native/random.h"

/* One convolution of each kind, with the type of its weights; each gets a kernel of its own. */
static const struct {
    const char *input, *weights, *attrs;
    int results;
} cases[] = {
    {"1,40,9,7", "33,40,1,1", "", 33},                               /* direct, flat */
    {"1,19,9,7", "50,19,3,2", "strides = [2, 1]", 50},               /* taps */
    {"1,12,9,7", "24,3,3,3", "group = 4, strides = [2, 2]", 24},     /* merged groups */
    {"1,64,9,7", "96,32,3,3", "group = 2, strides = [2, 2]", 96},    /* groups */
    {"1,33,9,7", "33,1,3,3", "group = 33, pads = [1, 1, 1, 1]", 33}, /* depthwise */
    {"1,32,9,7", "32,4,3,3", "group = 8, pads = [1, 1, 1, 1]", 32},  /* grouped */
    {"1,70,24,24", "70,70,3,3", "pads = [1, 1, 1, 1]", 70},          /* Winograd */
    {"1,48,24,24", "64,48,5,5", "pads = [2, 2, 2, 2]", 64},
    {"1,128,17,17", "131,128,1,7", "pads = [0, 3, 0, 3]", 131},
};

enum { CASES = sizeof cases / sizeof *cases };

static sard_graph *make_graph(sard_context *context, int i, bool normalised)
{
    char text[1000];
    snprintf(text, sizeof text,
             "graph g {\n input x: float32[%s]\n const w: float32[%s] = {...}\n const b: float32[%d] = {...}\n"
             " const s: float32[%d] = {...}\n const t: float32[%d] = {...}\n const m: float32[%d] = {...}\n const v: float32[%d] = {...}\n"
             " %s = Conv(x, w, b) {%s}\n%s output y\n}",
             cases[i].input, cases[i].weights, cases[i].results, cases[i].results, cases[i].results, cases[i].results, cases[i].results,
             normalised ? "a" : "y", cases[i].attrs, normalised ? " y = BatchNormalization(a, s, t, m, v)\n" : "");
    return graph_parse(context, text);
}

static float *elements(const sard_graph *graph, const char *name) { return sard_value_constant(sard_graph_find(graph, name))->data; }
static size_t count_of(const sard_graph *graph, const char *name)
{
    return sard_value_constant(sard_graph_find(graph, name))->bytes / sizeof(float);
}

static void randomise(const sard_graph *graph)
{
    const char *const names[] = {"w", "b", "s", "t", "m", "v"};
    for (uint32_t i = 0; i < 6; i++)
        fill_random(elements(graph, names[i]), count_of(graph, names[i]), i + 1);
    for (size_t i = 0; i < count_of(graph, "v"); i++)
        elements(graph, "v")[i] = fabsf(elements(graph, "v")[i]) + 0.5f;
}

static sard_tensor random_input(const sard_graph *graph)
{
    const sard_value *value = sard_graph_input(graph, 0);
    sard_tensor x = {.dtype = SARD_F32, .rank = 4, .bytes = sizeof(float)};
    for (int i = 0; i < x.rank; i++)
        x.bytes *= (size_t)(x.dims[i] = sard_value_dim(value, i));
    x.data = malloc(x.bytes);
    fill_random(x.data, x.bytes / sizeof(float), 7);
    return x;
}

static float *run(sard_model *model, const char *backends, const sard_tensor *x, size_t *count)
{
    sard_session *session;
    sard_error error = {.text = ""};
    sard_tensor y = {.dtype = SARD_NONE};
    const sard_session_options options = {.struct_size = sizeof options, .backends = backends};
    ck_assert_msg(!sard_session_new(model, &options, &session, &error), "%s", error.text);
    ck_assert_msg(!sard_session_run(session, x, 1, &y, 1, &error), "%s", error.text);
    float *copy = malloc(y.bytes);
    memcpy(copy, y.data, y.bytes);
    *count = y.bytes / sizeof *copy;
    sard_session_free(session);
    return copy;
}

/* The convolution of a model that has just one. */
static const sard_node *find_conv(const sard_model *model)
{
    const sard_node *node = model->graph->first;
    while (node && strcmp(node->op->name, "Conv"))
        node = node->next;
    ck_assert_ptr_nonnull(node);
    return node;
}

/* The same model with the products as its weights. */
static float *run_products(sard_context *context, int i, const sard_model *scaled, const sard_tensor *x, size_t *count)
{
    const sard_node *conv = find_conv(scaled);
    sard_graph *graph = make_graph(context, i, false);
    const sard_tensor *w = sard_value_constant(conv->inputs[1]), *b = sard_value_constant(conv->inputs[2]);
    memcpy(elements(graph, "w"), w->data, w->bytes);
    memcpy(elements(graph, "b"), b->data, b->bytes);
    float *y = graph_run(context, graph, SARD_O2, "native", x, count);
    sard_graph_free(graph);
    return y;
}

static void check_case(sard_context *context, int i)
{
    sard_model *model;
    size_t count, other;
    sard_graph *graph = make_graph(context, i, true);
    randomise(graph);
    ck_assert(!sard_model_from_graph(context, graph, NULL, &model, NULL));
    const sard_tensor x = random_input(graph), *copy = find_conv(model)->inputs[1]->constant;
    memset(copy->data, 7, copy->bytes);
    float *have = run(model, "native", &x, &count);
    for (size_t k = 0; k < copy->bytes; k++)
        ck_assert_int_eq(((const char *)copy->data)[k], 7); /* never made */
    float *want = run_products(context, i, model, &x, &other);
    ck_assert_uint_eq(count, other);
    ck_assert_msg(!memcmp(have, want, count * sizeof *have), "case %d", i);
    free(want);
    want = run(model, "reference", &x, &other); /* reads the copy */
    ck_assert_uint_eq(count, other);
    double square = 0, worst = 0;
    for (size_t k = 0; k < count; k++) {
        square += (double)want[k] * want[k];
        worst = fmax(worst, fabs((double)have[k] - want[k]));
    }
    ck_assert_msg(worst <= 1e-4 * sqrt(square / (double)count), "case %d: off by %g", i, worst);
    free(have);
    free(want);
    free(x.data);
    sard_model_free(model);
    sard_graph_free(graph);
}

START_TEST(no_copy_and_the_same_bits)
{
    sard_context *context = context_of(tiers[_i]);
    for (int i = 0; i < share_of(CASES); i++)
        check_case(context, i);
    sard_context_free(context);
}
END_TEST

/* A session that reads the products, whichever comes first, and one that doesn't: both are right. */
START_TEST(sessions_of_any_backend_in_any_order)
{
    const char *const backends[] = {"openblas,reference", "reference", "native"};
    sard_context *context = context_of(tiers[TIERS - 1]);
    for (int first = 0; first < 3; first++) {
        sard_model *model;
        float *results[3];
        size_t count = 0;
        sard_graph *graph = make_graph(context, 1, true);
        randomise(graph);
        ck_assert(!sard_model_from_graph(context, graph, NULL, &model, NULL));
        const sard_tensor x = random_input(graph);
        for (int i = 0; i < 3; i++)
            results[i] = run(model, backends[(first + i) % 3], &x, &count);
        for (size_t k = 0; k < count; k++)
            for (int i = 1; i < 3; i++)
                ck_assert(fabsf(results[i][k] - results[0][k]) <= 1e-4f * (1 + fabsf(results[0][k])));
        for (int i = 0; i < 3; i++)
            free(results[i]);
        free(x.data);
        sard_model_free(model);
        sard_graph_free(graph);
    }
    sard_context_free(context);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("scaled");
    TCase *c = tcase_create("scaled");
    tcase_set_timeout(c, 120);
    tcase_add_loop_test(c, no_copy_and_the_same_bits, 0, TIERS);
    tcase_add_test(c, sessions_of_any_backend_in_any_order);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
