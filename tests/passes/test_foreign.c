/* Operators that a plugin puts in the place of built-in ones, with other attributes: what passes know of their names does not hold. */
#include "tests/support/check.h"
#include "tests/support/graph.h"

#include <sard/plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct own {
    int64_t first;
} own;

static const sard_attr_spec attrs[] = {{.name = "first", .kind = SARD_ATTR_INT, .offset = offsetof(own, first)}, {.name = NULL}};
static const sard_port inputs[] = {{.name = "x", .type = 'T', .dtypes = SARD_SET_ALL}, {.name = NULL}};
static const sard_port outputs[] = {{.name = "y", .type = 'T', .dtypes = SARD_SET_ALL}, {.name = NULL}};

static sard_status infer(sard_node *node, sard_error *error)
{
    int64_t dims[SARD_MAX_RANK];
    const sard_value *x = sard_node_input(node, 0);
    for (int i = 0; i < sard_value_rank(x); i++)
        dims[i] = sard_value_dim(x, i);
    return sard_node_set_output(node, 0, sard_value_dtype(x), sard_value_rank(x), dims, error);
}

/* 1 - x, so that leaving it out shows. */
static sard_status eval(const sard_call *call)
{
    const float *x = call->inputs[0].data;
    float *y = call->outputs[0].data;
    for (size_t i = 0; i < call->inputs[0].bytes / sizeof *x; i++)
        y[i] = 1 - x[i];
    return SARD_OK;
}

static void check(const char *name)
{
    char text[1000];
    sard_context *context;
    sard_error error;
    float numbers[32];
    size_t want_count, have_count;
    const sard_tensor input = {.dtype = SARD_F32, .rank = 4, .dims = {1, 2, 4, 4}, .data = numbers, .bytes = sizeof numbers};
    const sard_op op = {.struct_size = sizeof op,
                        .name = name,
                        .since = 1,
                        .inputs = inputs,
                        .outputs = outputs,
                        .attrs = attrs,
                        .attrs_size = sizeof(own),
                        .infer = infer,
                        .eval = eval};
    fill_random(numbers, 32, 1);
    ck_assert(!sard_context_new(NULL, &context, &error));
    ck_assert_msg(!sard_context_register_op(context, &op, &error), "%s", error.text);
    snprintf(text, sizeof text,
             "graph g {\n input x: float32[1,2,4,4]\n const w: float32[2,2,1,1] = {1, 2, 3, 4}\n c = Conv(x, w)\n s = %s(c) {first = 3}\n"
             " r = Relu(s)\n t = %s(r)\n y = Conv(t, w)\n output y\n}",
             name, name);
    sard_graph *graph = graph_parse(context, text);
    float *want = graph_run(context, graph, SARD_O0, "reference", &input, &want_count);
    float *have = graph_run(context, graph, SARD_O3, "reference", &input, &have_count);
    ck_assert_uint_eq(have_count, want_count);
    for (size_t i = 0; i < have_count; i++)
        ck_assert_msg(have[i] - want[i] < 1e-4f && want[i] - have[i] < 1e-4f, "%s: %g, must be %g", name, (double)have[i], (double)want[i]);
    free(want);
    free(have);
    sard_graph_free(graph);
    sard_context_free(context);
}

START_TEST(operators_of_a_plugin_keep_their_meaning)
{
    static const char *const names[] = {"Softmax",   "LogSoftmax", "Hardmax", "LpNormalization", "ArgMax",  "ReduceMean",
                                        "ReduceMax", "Flatten",    "Cast",    "Squeeze",         "Dropout", "MaxPool",
                                        "Identity",  "Shape",      "Split",   "Concat"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        check(names[i]);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("foreign");
    TCase *c = tcase_create("operators");
    tcase_add_test(c, operators_of_a_plugin_keep_their_meaning);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
