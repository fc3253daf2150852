/* The budget of work that folding has: what would go beyond it stays a node, and the answer is the same. */
#include "tests/support/check.h"
#include "tests/support/graph.h"

#include <stdlib.h>

static size_t nodes;

static void note_nodes(void *user, const sard_pass_report *report, const sard_graph *graph)
{
    (void)user;
    (void)report;
    nodes = sard_graph_node_count(graph);
}

/* How many nodes are left of a text with that budget; its answer must be `wanted`. */
static size_t nodes_left(const char *text, uint64_t work, float wanted)
{
    sard_context *context;
    float one = 1;
    size_t count;
    const sard_limits limits = {.fold_work = work};
    const sard_context_options options = {.struct_size = sizeof options, .limits = &limits};
    const sard_model_options model_options = {.struct_size = sizeof model_options, .on_pass = note_nodes};
    const sard_tensor input = {.dtype = SARD_F32, .rank = 1, .dims = {1}, .data = &one, .bytes = sizeof one};
    ck_assert(!sard_context_new(&options, &context, NULL));
    sard_graph *graph = graph_parse(context, text);
    float *have = graph_run_with(context, graph, &model_options, NULL, &input, &count);
    ck_assert_float_eq(have[0], wanted);
    free(have);
    sard_graph_free(graph);
    sard_context_free(context);
    return nodes;
}

START_TEST(products_are_counted)
{
    const char *const text = "graph g {\n input x: float32[1]\n const n: int64[2] = {20, 20}\n"
                             " o = ConstantOfShape(n) {value = float32[1] {1}}\n p = MatMul(o, o)\n y = Max(p, x)\n output y\n}";
    ck_assert_uint_eq(nodes_left(text, 0, 20), 1); /* the default */
    ck_assert_uint_eq(nodes_left(text, 10000, 20), 1);
    ck_assert_uint_eq(nodes_left(text, 5000, 20), 2);
}
END_TEST

START_TEST(windows_are_counted)
{
    const char *const text = "graph g {\n input x: float32[1]\n const n: int64[4] = {1, 1, 40, 40}\n"
                             " o = ConstantOfShape(n) {value = float32[1] {2}}\n p = MaxPool(o) {kernel_shape = [20, 20]}\n y = Max(p, x)\n"
                             " output y\n}";
    ck_assert_uint_eq(nodes_left(text, 200000, 2), 1);
    ck_assert_uint_eq(nodes_left(text, 100000, 2), 2);
}
END_TEST

static Suite *suite(void) { return check_suite("fold_work", (const TTest *[]){products_are_counted, windows_are_counted, NULL}); }

CHECK_MAIN(suite)
