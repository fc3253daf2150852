/* NULL, and numbers that are out of range, in every place of the public functions: an ARGUMENT that says so, or nothing. */
#include "tests/support/check.h"
#include "tests/support/graph.h"

#include <limits.h>
#include <sard/plugin.h>
#include <string.h>

static sard_context *context;
static sard_graph *graph;
static sard_model *model;
static sard_session *session;
static sard_error error;

static void start(void)
{
    ck_assert_int_eq(sard_context_new(NULL, &context, &error), SARD_OK);
    graph = graph_parse(context, "graph g {\n input x: float32[2]\n y = Relu(x)\n output y\n}");
    ck_assert_int_eq(sard_model_from_graph(context, graph, NULL, &model, &error), SARD_OK);
    ck_assert_int_eq(sard_session_new(model, NULL, &session, &error), SARD_OK);
}

static void stop(void)
{
    sard_session_free(session);
    sard_model_free(model);
    sard_graph_free(graph);
    sard_context_free(context);
}

/* Fails with ARGUMENT and this text, also without an error to write to. `call` has an argument named e. */
#define REFUSED(what, call)                                                \
    do {                                                                   \
        sard_error *e = &error;                                            \
        *error.text = 0;                                                   \
        ck_assert_int_eq(call, SARD_ARGUMENT);                             \
        ck_assert_msg(strstr(error.text, what) != NULL, "%s", error.text); \
        e = NULL;                                                          \
        ck_assert_int_eq(call, SARD_ARGUMENT);                             \
    } while (0)

START_TEST(contexts_models_and_sessions)
{
    sard_context *c;
    sard_model *m;
    sard_session *s;
    float data[2] = {1, 2};
    sard_tensor in = {.dtype = SARD_F32, .rank = 1, .dims = {2}, .data = data, .bytes = sizeof data}, out = {.data = NULL};
    sard_memory memory = {.struct_size = sizeof memory};
    sard_step_info step = {.struct_size = sizeof step};
    sard_place_info place = {.struct_size = sizeof place};
    REFUSED("out", sard_context_new(NULL, NULL, e));
    REFUSED("context", sard_context_load_plugin(NULL, "x.so", e));
    REFUSED("path", sard_context_load_plugin(context, NULL, e));
    REFUSED("context", sard_model_load(NULL, "x", NULL, &m, e));
    REFUSED("path", sard_model_load(context, NULL, NULL, &m, e));
    REFUSED("out", sard_model_load(context, "x", NULL, NULL, e));
    REFUSED("context", sard_model_load_memory(NULL, "x", 1, NULL, &m, e));
    REFUSED("bytes", sard_model_load_memory(context, NULL, 1, NULL, &m, e));
    REFUSED("out", sard_model_load_memory(context, "x", 1, NULL, NULL, e));
    REFUSED("context", sard_model_from_graph(NULL, graph, NULL, &m, e));
    REFUSED("graph", sard_model_from_graph(context, NULL, NULL, &m, e));
    REFUSED("out", sard_model_from_graph(context, graph, NULL, NULL, e));
    REFUSED("graph", sard_model_save(NULL, "x", NULL, e));
    REFUSED("path", sard_model_save(model, NULL, NULL, e));
    REFUSED("model", sard_session_new(NULL, NULL, &s, e));
    REFUSED("out", sard_session_new(model, NULL, NULL, e));
    REFUSED("session", sard_session_plan(NULL, &in, 1, e));
    REFUSED("inputs", sard_session_plan(session, NULL, 1, e));
    REFUSED("session", sard_session_run(NULL, &in, 1, &out, 1, e));
    REFUSED("inputs", sard_session_run(session, NULL, 1, &out, 1, e));
    REFUSED("outputs", sard_session_run(session, &in, 1, NULL, 1, e));
    const char *const x = "x", *const y = "y";
    REFUSED("session", sard_session_run_named(NULL, &x, &in, 1, &y, &out, 1, e));
    REFUSED("inputs", sard_session_run_named(session, &x, NULL, 1, &y, &out, 1, e));
    REFUSED("outputs", sard_session_run_named(session, &x, &in, 1, &y, NULL, 1, e));
    ck_assert_int_eq(sard_session_run(session, &in, 1, NULL, 0, NULL), SARD_OK);
    ck_assert_int_eq(sard_session_run(session, &in, 1, &out, 1, NULL), SARD_OK);
    (void)c;
    sard_context_free(NULL);
    sard_model_free(NULL);
    sard_session_free(NULL);
    sard_session_cancel(NULL);
    sard_session_memory(NULL, &memory);
    sard_session_memory(session, NULL);
    ck_assert_uint_eq(memory.arena, 0);
    ck_assert(!sard_session_step_count(NULL) && !sard_session_step(NULL, 0, &step) && !sard_session_step(session, 0, NULL));
    ck_assert(!sard_session_place(NULL, 0, &place) && !sard_session_place(session, 0, NULL));
    ck_assert(!sard_context_threads(NULL) && !sard_model_input_count(NULL) && !sard_model_output_count(NULL));
    ck_assert(sard_model_find_input(NULL, "x") == SIZE_MAX && sard_model_find_input(model, NULL) == SIZE_MAX);
    ck_assert(sard_model_find_output(NULL, "x") == SIZE_MAX && sard_model_find_output(model, NULL) == SIZE_MAX);
    ck_assert(!sard_session_place_count(NULL));
    ck_assert(!sard_model_input(NULL, 0) && !sard_model_output(NULL, 0) && !sard_model_graph(NULL));
    ck_assert(!sard_model_metadata(NULL, "opset") && !sard_model_metadata(model, NULL));
    ck_assert_int_eq(sard_dtype_parse(NULL), SARD_NONE);
    ck_assert_int_eq(sard_fail(NULL, SARD_DATA, "%d", 1), SARD_DATA);
}
END_TEST

START_TEST(options_out_of_range)
{
    sard_context *c;
    sard_model *m;
    sard_session *s;
    const int threads[] = {-1, INT_MIN, INT_MAX};
    const char *const names[] = {NULL};
    for (size_t i = 0; i < 3; i++)
        REFUSED("threads",
                sard_context_new(&(sard_context_options){.struct_size = sizeof(sard_context_options), .threads = threads[i]}, &c, e));
    REFUSED("alloc",
            sard_context_new(
                &(sard_context_options){.struct_size = sizeof(sard_context_options), .allocator = &(sard_allocator){.user = NULL}}, &c, e));
#define MODEL(...) \
    sard_model_from_graph(context, graph, &(sard_model_options){.struct_size = sizeof(sard_model_options), __VA_ARGS__}, &m, e)
    REFUSED("level", MODEL(.level = (sard_level)-1));
    REFUSED("level", MODEL(.level = (sard_level)5));
    REFUSED("precision", MODEL(.precision = (sard_precision)2));
    REFUSED("precision", MODEL(.precision = (sard_precision)-7));
    REFUSED("keep", MODEL(.keep_count = 1));
    REFUSED("keep", MODEL(.keep_count = 1, .keep = names));
#define SESSION(...) sard_session_new(model, &(sard_session_options){.struct_size = sizeof(sard_session_options), __VA_ARGS__}, &s, e)
    REFUSED("threads", SESSION(.threads = -2));
    REFUSED("accuracy", SESSION(.accuracy = (sard_accuracy)3));
    REFUSED("accuracy", SESSION(.accuracy = (sard_accuracy)-1));
    ck_assert_int_eq(
        sard_session_new(model, &(sard_session_options){.struct_size = sizeof(sard_session_options), .threads = INT_MAX}, &s, NULL),
        SARD_OK);
    sard_session_free(s);
}
END_TEST

static bool take(void *user, const char *text, size_t size)
{
    (void)user;
    (void)text;
    return size > 0;
}

static const struct {
    const char *op;
    size_t inputs;
    sard_attr attr;
} unset[] = {{"ConstantOfShape", 1, {.name = "value", .kind = SARD_ATTR_TENSOR}},
             {"Loop", 3, {.name = "body", .kind = SARD_ATTR_GRAPH}},
             {"Conv", 2, {.name = "pads", .kind = SARD_ATTR_INTS, .count = 1}},
             {"RNN", 3, {.name = "direction", .kind = SARD_ATTR_STRING, .s = {NULL, 1}}},
             {"RNN", 3, {.name = "activation_alpha", .kind = SARD_ATTR_FLOATS, .count = 1}},
             {"RNN", 3, {.name = "activations", .kind = SARD_ATTR_STRINGS, .count = 1}},
             {"RNN", 3, {.name = "activations", .kind = SARD_ATTR_STRINGS, .count = 1, .strings = &(const sard_string){NULL, 1}}}};

START_TEST(graphs)
{
    sard_graph *g;
    sard_node *n;
    sard_attr attr;
    float number = 1;
    const sard_tensor tensor = {.dtype = SARD_F32, .data = &number, .bytes = sizeof number};
    sard_value *x = sard_graph_input(graph, 0);
    sard_node *relu = sard_graph_first(graph);
    REFUSED("context", sard_graph_new(NULL, "g", &g, e));
    REFUSED("name", sard_graph_new(context, NULL, &g, e));
    REFUSED("out", sard_graph_new(context, "g", NULL, e));
    REFUSED("graph", sard_graph_copy(NULL, &g, e));
    REFUSED("out", sard_graph_copy(graph, NULL, e));
    REFUSED("context", sard_graph_parse(NULL, "", 0, &g, e));
    REFUSED("text", sard_graph_parse(context, NULL, 1, &g, e));
    REFUSED("out", sard_graph_parse(context, "", 0, NULL, e));
    REFUSED("graph", sard_graph_save(NULL, "x", NULL, e));
    REFUSED("path", sard_graph_save(graph, NULL, NULL, e));
    REFUSED("graph", sard_graph_add_node(NULL, "", "Relu", "r", &x, 1, NULL, 0, 1, &n, e));
    REFUSED("op", sard_graph_add_node(graph, "", NULL, "r", &x, 1, NULL, 0, 1, &n, e));
    REFUSED("inputs", sard_graph_add_node(graph, "", "Relu", "r", NULL, 1, NULL, 0, 1, &n, e));
    REFUSED("attrs", sard_graph_add_node(graph, "", "Relu", "r", &x, 1, NULL, 1, 1, &n, e));
    REFUSED("name of attribute 0", sard_graph_add_node(graph, "", "Relu", "r", &x, 1, &(sard_attr){.kind = SARD_ATTR_INT}, 1, 1, &n, e));
    for (size_t i = 0; i < sizeof unset / sizeof *unset; i++)
        REFUSED("is NULL",
                sard_graph_add_node(graph, "", unset[i].op, "n", (sard_value *[]){x, x, x}, unset[i].inputs, &unset[i].attr, 1, 1, &n, e));
    const sard_node_spec spec = {
        .struct_size = sizeof spec, .op = "Relu", .inputs = &x, .input_count = 1, .output_count = 1, .before = relu};
    const sard_node_spec no_size = {.op = "Relu"};
    REFUSED("graph", sard_graph_insert_node(NULL, &spec, &n, e));
    REFUSED("spec", sard_graph_insert_node(graph, NULL, &n, e));
    REFUSED("out", sard_graph_insert_node(graph, &spec, NULL, e));
    REFUSED("sard_node_spec has a struct_size of 0", sard_graph_insert_node(graph, &no_size, &n, e));
    ck_assert_int_eq(sard_graph_add_node(graph, NULL, "Relu", NULL, &x, 1, NULL, 0, 1, &n, NULL), SARD_OK);
    sard_graph_free(NULL);
    ck_assert_int_eq(sard_graph_symbol(NULL, "N"), SARD_UNKNOWN_DIM);
    ck_assert_int_eq(sard_graph_symbol(graph, NULL), SARD_UNKNOWN_DIM);
    ck_assert(!sard_graph_symbol_name(NULL, SARD_FIRST_SYMBOL));
    ck_assert(!sard_graph_add_input(NULL, "i", SARD_F32, 0, NULL) && !sard_graph_add_input(graph, "i", SARD_F32, 1, NULL));
    ck_assert(!sard_graph_add_constant(NULL, "c", &tensor) && !sard_graph_add_constant(graph, "c", NULL));
    ck_assert(!sard_graph_alloc(NULL, 1) && !sard_graph_add_output(NULL, x) && !sard_graph_add_output(graph, NULL));
    REFUSED("value", sard_value_rename(NULL, "n", e));
    REFUSED("name", sard_value_rename(x, NULL, e));
    ck_assert(!sard_graph_set_doc(NULL, "t") && !sard_value_set_doc(NULL, "t") && !sard_node_set_doc(NULL, "t"));
    ck_assert(!sard_graph_set_metadata(NULL, "k", "v") && !sard_graph_set_metadata(graph, NULL, "v"));
    ck_assert(!sard_graph_name(NULL) && !*sard_graph_doc(NULL) && !*sard_value_doc(NULL) && !*sard_node_doc(NULL));
    ck_assert(!sard_graph_metadata(NULL, "k") && !sard_graph_metadata(graph, NULL));
    ck_assert(!sard_graph_input_count(NULL) && !sard_graph_input(NULL, 0) && !sard_graph_output_count(NULL) && !sard_graph_output(NULL, 0));
    ck_assert(!sard_graph_output_name(NULL, 0) && !sard_graph_find(NULL, "x") && !sard_graph_find(graph, NULL));
    ck_assert(!sard_graph_value_count(NULL) && !sard_graph_value(NULL, 0) && !sard_graph_node_count(NULL) && !sard_graph_first(NULL));
    ck_assert(!sard_node_next(NULL) && !sard_node_name(NULL) && !sard_node_op(NULL) && !sard_node_domain(NULL) && !sard_node_layout(NULL));
    ck_assert(!sard_node_input_count(NULL) && !sard_node_input(NULL, 0) && !sard_node_operand_count(NULL) && !sard_node_operand(NULL, 0));
    ck_assert(!sard_node_output_count(NULL) && !sard_node_output(NULL, 0) && !sard_node_attr(NULL, 0, &attr) &&
              !sard_node_attr(relu, 0, NULL));
    ck_assert(!sard_node_attrs(NULL) && !sard_node_epilogue_count(NULL) && !sard_node_epilogue_op(NULL, 0) &&
              !sard_node_epilogue_name(NULL, 0));
    ck_assert(!sard_value_name(NULL) && !sard_value_dtype(NULL) && sard_value_rank(NULL) == -1 &&
              sard_value_dim(NULL, 0) == SARD_UNKNOWN_DIM);
    ck_assert(!sard_value_producer(NULL) && !sard_value_use_count(NULL) && !sard_value_constant(NULL));
    sard_value_replace(NULL, x);
    sard_value_replace(x, NULL);
    ck_assert(!sard_node_set_input(NULL, 0, x) && !sard_node_remove(NULL));
    ck_assert(!sard_value_set_shape(NULL, 0, NULL) && !sard_value_set_shape(x, 1, NULL));
    ck_assert(!sard_graph_set_output(NULL, 0, x) && !sard_graph_set_output(graph, 0, NULL));
    ck_assert(!sard_graph_remove_input(NULL, 0) && !sard_graph_remove_output(NULL, 0));
    ck_assert(!sard_graph_print(NULL, NULL, take, NULL) && !sard_graph_print(graph, NULL, NULL, NULL));
}
END_TEST

START_TEST(tensors_and_registration)
{
    size_t size;
    void *bytes;
    float number = 1;
    sard_tensor tensor = {.dtype = SARD_F32, .data = &number, .bytes = sizeof number};
    const sard_kernel *const kernels[] = {NULL};
    const sard_backend backend = {.struct_size = sizeof backend, .name = "b", .kernels = kernels, .kernel_count = 1},
                       none = {.struct_size = sizeof none, .name = "b", .kernel_count = 1};
    REFUSED("bytes", sard_tensor_parse(NULL, 1, &tensor, NULL, e));
    REFUSED("out", sard_tensor_parse("", 0, NULL, NULL, e));
    REFUSED("bytes", sard_list_parse(SARD_SEQUENCE_OF(SARD_F32), NULL, 1, &tensor, NULL, e));
    REFUSED("out", sard_list_parse(SARD_SEQUENCE_OF(SARD_F32), "", 0, NULL, NULL, e));
    REFUSED("tensor", sard_tensor_serialize(NULL, "t", &bytes, &size, e));
    REFUSED("bytes", sard_tensor_serialize(&tensor, "t", NULL, &size, e));
    REFUSED("size", sard_tensor_serialize(&tensor, "t", &bytes, NULL, e));
    REFUSED("context", sard_context_register_op(NULL, sard_context_op(context, 0), e));
    REFUSED("op", sard_context_register_op(context, NULL, e));
    REFUSED("missing", sard_context_register_op(context, &(sard_op){.struct_size = sizeof(sard_op)}, e));
    REFUSED("context", sard_context_register_kernel(NULL, "native", &(sard_kernel){.struct_size = sizeof(sard_kernel)}, e));
    REFUSED("backend", sard_context_register_kernel(context, NULL, &(sard_kernel){.struct_size = sizeof(sard_kernel)}, e));
    REFUSED("kernel", sard_context_register_kernel(context, "native", NULL, e));
    REFUSED("kernel", sard_context_register_kernel(context, "native", &(sard_kernel){.struct_size = sizeof(sard_kernel)}, e));
    REFUSED("context", sard_context_register_backend(NULL, &backend, e));
    REFUSED("backend", sard_context_register_backend(context, NULL, e));
    REFUSED("kernel", sard_context_register_backend(context, &backend, e));
    REFUSED("no kernels", sard_context_register_backend(context, &none, e));
    REFUSED("context", sard_context_register_pass(NULL, sard_context_pass(context, 0), e));
    REFUSED("pass", sard_context_register_pass(context, NULL, e));
    ck_assert(!sard_context_op(NULL, 0) && !sard_context_backend(NULL, 0) && !sard_context_pass(NULL, 0));
}
END_TEST

START_TEST(infer_and_passes)
{
    size_t count;
    int64_t element;
    const double *factors;
    sard_node *relu = sard_graph_first(graph);
    sard_value *x = sard_graph_input(graph, 0);
    REFUSED("node", sard_node_set_output(NULL, 0, SARD_F32, 0, NULL, e));
    REFUSED("dims", sard_node_set_output(relu, 0, SARD_F32, 1, NULL, e));
    REFUSED("text", sard_node_fail(NULL, e, SARD_ARGUMENT, "%s", "text"));
    ck_assert_int_eq(sard_rewriter_count(NULL, relu), SARD_ARGUMENT);
    ck_assert(!sard_rewriter_may_edit(NULL) && !sard_rewriter_graph(NULL) && !sard_rewriter_error(NULL));
    sard_rewriter_edited(NULL);
    ck_assert_int_eq(sard_no_memory(NULL), SARD_NOMEM);
    ck_assert(!sard_node_input_ints(NULL, 0, &element, 1, &count) && !sard_node_input_ints(relu, 0, NULL, 1, &count) &&
              !sard_node_input_ints(relu, 0, &element, 1, NULL));
    ck_assert(!sard_value_unscaled(NULL, &factors) && !sard_value_unscaled(x, NULL));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("nulls");
    TCase *cases = tcase_create("nulls");
    const TTest *const tests[] = {contexts_models_and_sessions, options_out_of_range, graphs, tensors_and_registration, infer_and_passes};
    tcase_add_checked_fixture(cases, start, stop);
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
        tcase_add_test(cases, tests[i]);
    suite_add_tcase(s, cases);
    return s;
}

CHECK_MAIN(suite)
