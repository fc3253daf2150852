/* The networks: parameters as in torchvision, shapes, and weights that are the same everywhere. */
#include "tests/support/check.h"
#include "tests/support/op.h"
#include "zoo/zoo.h"

#include <math.h>
#include <string.h>

/* Parameters as torchvision counts them (num_params of its weights; inception_v3 and its auxiliary head). */
static const struct {
    const char *name;
    size_t parameters, nodes;
} networks[] = {
    {"inception_v3", 27161264, 319},      {"vgg16", 138357544, 37},    {"mobilenet_v2", 3504872, 152},
    {"mobilenet_v3_large", 5483032, 186}, {"resnet50", 25557032, 175}, {"squeezenet1_1", 1235496, 65},
    {"densenet121", 7978856, 427},        {"googlenet", 6624904, 196}, {"efficientnet_b0", 5288548, 288},
    {"shufflenet_v2", 2278604, 230},
};
#define NETWORKS (sizeof networks / sizeof *networks)

static op_test t;

static void start(void) { op_start(&t); }
static void end(void) { op_end(&t); }

static void build(const char *name, uint64_t seed)
{
    ck_assert_msg(!sard_zoo_build_into(t.graph, name, seed, &t.error), "%s", t.error.text);
    ck_assert_msg(!sard_graph_verify(t.graph, &t.error), "%s", t.error.text);
}

/* Is it a running mean or variance? */
static bool is_statistic(const sard_value *value) { return strstr(sard_value_name(value), ".running_") != NULL; }

static size_t count_parameters(void)
{
    size_t count = 0;
    for (size_t i = 0; i < sard_graph_value_count(t.graph); i++) {
        const sard_value *value = sard_graph_value(t.graph, i);
        const sard_tensor *tensor = sard_value_constant(value);
        if (tensor && tensor->dtype == SARD_F32 && tensor->rank && !is_statistic(value))
            count += sard_tensor_count(tensor);
    }
    return count;
}

/* FNV-1a of all constants. */
static uint64_t hash_constants(void)
{
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < sard_graph_value_count(t.graph); i++) {
        const sard_tensor *tensor = sard_value_constant(sard_graph_value(t.graph, i));
        for (size_t k = 0; tensor && k < tensor->bytes; k++)
            hash = (hash ^ ((const unsigned char *)tensor->data)[k]) * 1099511628211u;
    }
    return hash;
}

START_TEST(the_table_has_all)
{
    for (size_t i = 0; i < NETWORKS; i++) {
        ck_assert_ptr_nonnull(sard_zoo_at(i));
        ck_assert_str_eq(sard_zoo_at(i)->name, networks[i].name);
    }
    ck_assert_ptr_null(sard_zoo_at(NETWORKS));
}
END_TEST

START_TEST(networks_have_their_parameters)
{
    build(networks[_i].name, 0);
    ck_assert_uint_eq(count_parameters(), networks[_i].parameters);
    ck_assert_uint_eq(sard_graph_node_count(t.graph), networks[_i].nodes);
    ck_assert_uint_eq(sard_graph_input_count(t.graph), 1);
    ck_assert_str_eq(sard_value_name(sard_graph_input(t.graph, 0)), "input");
    ck_assert_int_eq(sard_value_dim(sard_graph_input(t.graph, 0), 3), strcmp(networks[_i].name, "inception_v3") ? 224 : 299);
    ck_assert_str_eq(sard_graph_output_name(t.graph, 0), "output");
    for (size_t i = 0; i < sard_graph_output_count(t.graph); i++) {
        const sard_value *output = sard_graph_output(t.graph, i);
        ck_assert_int_eq(sard_value_rank(output), 2);
        ck_assert_int_eq(sard_value_dim(output, 0), 1);
        ck_assert_int_eq(sard_value_dim(output, 1), 1000);
    }
}
END_TEST

START_TEST(inception_has_both_heads)
{
    build("inception_v3", 0);
    ck_assert_uint_eq(sard_graph_output_count(t.graph), 2);
    ck_assert_str_eq(sard_graph_output_name(t.graph, 1), "aux");
}
END_TEST

/* The numbers were taken once; a machine that gives others would make other files from the same seed. */
START_TEST(weights_are_the_same_everywhere)
{
    build("squeezenet1_1", 7);
    ck_assert_uint_eq(hash_constants(), 11660957042864890049u);
    end();
    start();
    build("mobilenet_v3_large", 7);
    ck_assert_uint_eq(hash_constants(), 196381229658340235u);
}
END_TEST

START_TEST(seeds_differ)
{
    build("squeezenet1_1", 0);
    const uint64_t first = hash_constants();
    end();
    start();
    build("squeezenet1_1", 1);
    ck_assert_uint_ne(hash_constants(), first);
}
END_TEST

/* He's rule: variance 2 / fan-in where BatchNormalization follows. */
START_TEST(weights_are_normal)
{
    build("resnet50", 3);
    const sard_tensor *w = sard_value_constant(sard_graph_find(t.graph, "layer2.1.conv2.weight"));
    ck_assert_ptr_nonnull(w);
    const float *data = w->data;
    const size_t count = sard_tensor_count(w);
    double sum = 0, squares = 0, inside = 0;
    for (size_t i = 0; i < count; i++) {
        const double x = (double)data[i] / sqrt(2.0 / (128 * 9));
        sum += x;
        squares += x * x;
        inside += fabs(x) < 1;
    }
    ck_assert(fabs(sum / (double)count) < 0.01);
    ck_assert(fabs(squares / (double)count - 1) < 0.01);
    ck_assert(fabs(inside / (double)count - 0.68) < 0.03);
}
END_TEST

/* An allocator that gives out `*user` times. */
static void *alloc_few(void *user, size_t size) { return (*(int *)user)-- > 0 ? malloc(size) : NULL; }

static void free_any(void *user, void *memory)
{
    (void)user;
    free(memory);
}

START_TEST(running_out_of_memory_is_told)
{
    sard_status status = SARD_NOMEM;
    for (int k = 2; status == SARD_NOMEM && k < 1000; k++) {
        int left = k;
        sard_arena arena;
        sard_arena_init(&arena, &(sard_allocator){alloc_few, free_any, &left});
        sard_graph *graph = sard_graph_create(&arena, &t.ops, "g");
        ck_assert_ptr_nonnull(graph);
        status = sard_zoo_build_into(graph, "mobilenet_v2", 0, &t.error);
        sard_arena_reset(&arena);
    }
    ck_assert_int_eq(status, SARD_OK);
}
END_TEST

START_TEST(unknown_networks_are_refused)
{
    ck_assert_int_eq(sard_zoo_build_into(t.graph, "inception_v4", 0, &t.error), SARD_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(t.error.text, "inception_v4"));
    ck_assert_ptr_nonnull(strstr(t.error.text, "shufflenet_v2"));
    ck_assert_uint_eq(sard_graph_value_count(t.graph), 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("zoo");
    TCase *c = tcase_create("zoo");
    tcase_add_checked_fixture(c, start, end);
    tcase_set_timeout(c, 300);
    tcase_add_test(c, the_table_has_all);
    tcase_add_loop_test(c, networks_have_their_parameters, 0, NETWORKS);
    tcase_add_test(c, inception_has_both_heads);
    tcase_add_test(c, weights_are_the_same_everywhere);
    tcase_add_test(c, seeds_differ);
    tcase_add_test(c, weights_are_normal);
    tcase_add_test(c, running_out_of_memory_is_told);
    tcase_add_test(c, unknown_networks_are_refused);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
