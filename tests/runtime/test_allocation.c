/* Memory that runs out at the k-th request, for every k from making a context to the end of a run: one line of error or the right
 * result, and everything is given back. */
#include "tests/support/check.h"

#include <sard/graph.h>

#include <string.h>
#include <unistd.h>

/* Refuses request number `refused`, with `for_good` also all later ones. Memory is kept in a list, so that what is lost is noticed. */
typedef struct counter {
    long requests, refused, alive;
    bool for_good;
} counter;

static void *count_alloc(void *user, size_t size)
{
    counter *c = user;
    const long request = c->requests++;
    if (request == c->refused || (c->for_good && request > c->refused))
        return NULL;
    void *memory = malloc(size);
    if (memory) {
        memset(memory, 0xa5, size);
        c->alive++;
    }
    return memory;
}

static void count_free(void *user, void *memory)
{
    counter *c = user;
    if (memory)
        c->alive--;
    free(memory);
}

/* What may exist when something fails. */
typedef struct objects {
    sard_context *context;
    sard_graph *graph;
    sard_model *model;
    sard_session *session;
} objects;

static void release(objects *o)
{
    sard_session_free(o->session);
    sard_model_free(o->model);
    sard_graph_free(o->graph);
    sard_context_free(o->context);
}

static const float weights[2 * 3 * 3 * 3] = {1, -1, 2, 0.5f};
static const float bias[2] = {0.25f, -3};
static const int64_t shape[2] = {0, -1};

static sard_status add(sard_graph *graph, const char *op, const char *name, sard_value *const *inputs, size_t count, const sard_attr *attr,
                       sard_value **out, sard_error *error)
{
    sard_node *node;
    const sard_status status = sard_graph_add_node(graph, "", op, name, inputs, count, attr, attr ? 1 : 0, 1, &node, error);
    if (!status)
        *out = sard_node_output(node, 0);
    return status;
}

/* Conv, Relu, a Reshape by a folded shape, Softmax. */
static sard_status build(sard_graph *g, sard_error *error)
{
    const sard_tensor w = {.dtype = SARD_F32, .rank = 4, .dims = {2, 3, 3, 3}, .data = (void *)weights, .bytes = sizeof weights};
    const sard_tensor b = {.dtype = SARD_F32, .rank = 1, .dims = {2}, .data = (void *)bias, .bytes = sizeof bias};
    const sard_tensor s = {.dtype = SARD_I64, .rank = 1, .dims = {2}, .data = (void *)shape, .bytes = sizeof shape};
    const int64_t ones[] = {1, 1, 1, 1};
    const sard_attr pads = {.name = "pads", .kind = SARD_ATTR_INTS, .count = 4, .ints = ones};
    sard_value *x = sard_graph_add_input(g, "x", SARD_F32, 4, (int64_t[]){sard_graph_symbol(g, "N"), 3, 5, 5});
    sard_value *wv = sard_graph_add_constant(g, "w", &w), *bv = sard_graph_add_constant(g, "b", &b),
               *sv = sard_graph_add_constant(g, "s", &s);
    sard_value *y;
    if (!x || !wv || !bv || !sv)
        return SARD_NOMEM;
    sard_status status = add(g, "Conv", "conv", (sard_value *[]){x, wv, bv}, 3, &pads, &y, error);
    if (!status)
        status = add(g, "Relu", "relu", &y, 1, NULL, &y, error);
    if (!status)
        status = add(g, "Reshape", "flat", (sard_value *[]){y, sv}, 2, NULL, &y, error);
    if (!status)
        status = add(g, "Softmax", "softmax", &y, 1, NULL, &y, error);
    return status ? status : sard_graph_add_output(g, y) ? SARD_OK : SARD_NOMEM;
}

static float pixels[2 * 3 * 5 * 5];

/* The graph as a file; NULL until a test has written it. */
static const char *path;

/* Of the model; in float64 each value is told as well. */
static sard_precision precision;

static void hear(void *user, const char *name, const sard_tensor *tensor, size_t step)
{
    (void)user;
    (void)step;
    ck_assert(*name && tensor->data);
}

static sard_status make_model(objects *o, sard_error *error)
{
    const sard_model_options options = {.struct_size = sizeof options, .precision = precision};
    if (path)
        return sard_model_load(o->context, path, &options, &o->model, error);
    sard_status status = sard_graph_new(o->context, "small", &o->graph, error);
    if (!status)
        status = build(o->graph, error);
    return status ? status : sard_model_from_graph(o->context, o->graph, &options, &o->model, error);
}

/* result: 50 probabilities of each of two pictures. */
static sard_status load_and_run(objects *o, const sard_allocator *allocator, float result[100], sard_error *error)
{
    const sard_context_options context = {.struct_size = sizeof context, .allocator = allocator, .threads = 1};
    const sard_session_options session = {.struct_size = sizeof session, .on_value = precision ? hear : NULL};
    const sard_tensor input = {.dtype = SARD_F32, .rank = 4, .dims = {2, 3, 5, 5}, .data = pixels, .bytes = sizeof pixels};
    sard_tensor output = {.data = NULL};
    for (size_t i = 0; i < sizeof pixels / sizeof *pixels; i++)
        pixels[i] = (float)(i % 7) / 7;
    sard_status status = sard_context_new(&context, &o->context, error);
    if (!status)
        status = make_model(o, error);
    if (!status)
        status = sard_session_new(o->model, &session, &o->session, error);
    if (!status)
        status = sard_session_run(o->session, &input, 1, &output, 1, error);
    for (size_t i = 0; !status && i < 100; i++) {
        ck_assert_uint_eq(output.bytes, 100 * (precision ? sizeof(double) : sizeof(float)));
        result[i] = precision ? (float)((double *)output.data)[i] : ((float *)output.data)[i];
    }
    return status;
}

/* Returns the requests that were made. */
static long attempt(long refused, bool for_good, const float *expected, float *result)
{
    counter c = {.refused = refused, .for_good = for_good};
    const sard_allocator allocator = {count_alloc, count_free, &c};
    objects o = {.context = NULL};
    sard_error error = {SARD_OK, ""};
    const sard_status status = load_and_run(&o, &allocator, result, &error);
    ck_assert_msg(status == SARD_OK || status == SARD_NOMEM, "request %ld refused: %s", refused, error.text);
    if (!status && expected)
        ck_assert_mem_eq(result, expected, 100 * sizeof(float));
    release(&o);
    ck_assert_msg(c.alive == 0, "request %ld refused: %ld blocks are lost", refused, c.alive);
    return status ? c.requests : -c.requests;
}

static void refuse_each(bool for_good)
{
    float expected[100], result[100];
    const long requests = -attempt(-1, false, NULL, expected);
    ck_assert_int_gt(requests, 10);
    for (long k = 0; k < requests; k++)
        attempt(k, for_good, expected, result);
}

START_TEST(every_request_may_be_refused) { refuse_each(_i != 0); }
END_TEST

START_TEST(also_when_a_file_is_loaded)
{
    char name[] = "/tmp/sard-test-XXXXXX";
    const int file = mkstemp(name);
    objects o = {.context = NULL};
    ck_assert_int_ge(file, 0);
    close(file);
    ck_assert_int_eq(sard_context_new(NULL, &o.context, NULL), SARD_OK);
    ck_assert_int_eq(sard_graph_new(o.context, "small", &o.graph, NULL), SARD_OK);
    ck_assert_int_eq(build(o.graph, NULL), SARD_OK);
    ck_assert_int_eq(sard_graph_save(o.graph, name, NULL, NULL), SARD_OK);
    release(&o);
    path = name;
    refuse_each(_i != 0);
    unlink(name);
}
END_TEST

START_TEST(also_in_float64)
{
    precision = SARD_PRECISION_F64;
    refuse_each(_i != 0);
}
END_TEST

START_TEST(results_do_not_depend_on_the_allocator)
{
    float expected[100], result[100];
    objects o = {.context = NULL};
    attempt(-1, false, NULL, expected);
    ck_assert_int_eq(load_and_run(&o, NULL, result, NULL), SARD_OK);
    ck_assert_mem_eq(result, expected, sizeof result);
    release(&o);
}
END_TEST

static Suite *suite(void)
{
    Suite *suite = check_suite("allocation", (const TTest *[]){results_do_not_depend_on_the_allocator, NULL});
    TCase *cases = tcase_create("refused");
    tcase_set_timeout(cases, 300);
    tcase_add_loop_test(cases, every_request_may_be_refused, 0, 2);
    tcase_add_loop_test(cases, also_when_a_file_is_loaded, 0, 2);
    tcase_add_loop_test(cases, also_in_float64, 0, 2);
    suite_add_tcase(suite, cases);
    return suite;
}

CHECK_MAIN(suite)
