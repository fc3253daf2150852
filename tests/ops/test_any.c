/* What no operator may do, whatever it is: read an input that has no elements, or trip over one that is left out. */
#include "tests/support/any_node.h"
#include "tests/support/check.h"
#include "tests/support/graph.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const int64_t sizes[] = {1, 2, 3};

/* Calls visit(context, op, shape) for some shapes. */
static void each_shape(sard_context *context, const sard_op *op, any_shape shape,
                       void (*visit)(sard_context *, const sard_op *, const any_shape *))
{
    for (shape.rank = 0; shape.rank <= 4; shape.rank++)
        for (shape.other_rank = 0; shape.other_rank <= 4; shape.other_rank += shape.other_rank == 1 && shape.rank > 2 ? shape.rank - 1 : 1)
            for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
                shape.size = sizes[i];
                visit(context, op, &shape);
            }
}

static size_t made, refused;

static void run(sard_context *context, const sard_op *op, const any_shape *shape)
{
    sard_tensor inputs[ANY_MOST_INPUTS], output = {.dtype = SARD_NONE};
    sard_graph *graph;
    sard_model *model = NULL;
    sard_session *session = NULL;
    sard_error error = {.text = ""};
    size_t count;
    if (!any_graph(context, op, shape, &graph, inputs, &count))
        return;
    sard_status status = sard_model_from_graph(context, graph, NULL, &model, &error);
    if (!status)
        status = sard_session_new(model, NULL, &session, &error);
    if (!status)
        status = sard_session_run(session, inputs, count, &output, 1, &error);
    ck_assert_msg(!status || *error.text, "%s fails without a word", op->name);
    made += status == SARD_OK;
    refused += status != SARD_OK;
    sard_session_free(session);
    sard_model_free(model);
    sard_graph_free(graph);
}

static sard_context *make_context(void)
{
    sard_context *context;
    ck_assert(!sard_context_new(&(sard_context_options){.struct_size = sizeof(sard_context_options), .threads = 1}, &context, NULL));
    return context;
}

START_TEST(inputs_without_elements_are_not_read)
{
    sard_context *context = make_context();
    const sard_op *op;
    for (size_t i = 0; (op = sard_context_op(context, i)); i++)
        for (size_t input = 0; input < any_input_count(op); input++)
            each_shape(context, op, (any_shape){.empty = 1u << input}, run);
    ck_assert_uint_gt(made, 100); /* many have something to say to nothing */
    ck_assert_uint_gt(refused, 100);
    sard_context_free(context);
}
END_TEST

static size_t saved;
static bool was_made;

static void save(sard_context *context, const sard_op *op, const any_shape *shape)
{
    static const int opsets[] = {0, 13, 16, 21};
    sard_tensor inputs[ANY_MOST_INPUTS];
    sard_graph *graph;
    size_t count;
    char path[60];
    if (was_made || !any_graph(context, op, shape, &graph, inputs, &count))
        return;
    was_made = true; /* one of each will do */
    snprintf(path, sizeof path, "/tmp/sard-any-%ld.onnx", (long)getpid());
    for (size_t i = 0; i < sizeof opsets / sizeof *opsets; i++) {
        sard_error error = {.text = ""};
        const sard_export_options options = {.struct_size = sizeof options, .opset = opsets[i]};
        const sard_status status = sard_graph_save(graph, path, &options, &error);
        ck_assert_msg(!status || status == SARD_UNSUPPORTED, "%s: %s", op->name, error.text);
        ck_assert_msg(!status || *error.text, "%s fails without a word", op->name);
        saved += status == SARD_OK;
        if (!status) {
            sard_model *model;
            ck_assert_msg(!sard_model_load(context, path, NULL, &model, &error), "%s without inputs %x, opset %d: %s", op->name,
                          shape->left_out, opsets[i], error.text);
            sard_model_free(model);
            unlink(path);
        }
    }
    sard_graph_free(graph);
}

/* All optional inputs but those of `kept`. */
static uint32_t optional_inputs(const sard_op *op, uint32_t kept)
{
    uint32_t mask = 0;
    for (size_t i = 0; i < any_input_count(op); i++)
        if (op->inputs[i].flags & SARD_OPTIONAL && !(kept >> i & 1))
            mask |= 1u << i;
    return mask;
}

static void save_without(sard_context *context, const sard_op *op, uint32_t left_out)
{
    was_made = false;
    each_shape(context, op, (any_shape){.told = true, .left_out = left_out}, save);
    was_made = false;
    each_shape(context, op, (any_shape){.left_out = left_out}, save);
}

/* Each operator of the standard, with each optional input left out or alone there. */
START_TEST(operators_are_saved_without_optional_inputs)
{
    sard_context *context = make_context();
    const sard_op *op;
    size_t ops = 0;
    for (size_t i = 0; (op = sard_context_op(context, i)); i++) {
        const size_t before = saved;
        save_without(context, op, optional_inputs(op, 0));
        for (size_t input = 0; input < any_input_count(op); input++)
            if (op->inputs[input].flags & SARD_OPTIONAL) {
                save_without(context, op, optional_inputs(op, 1u << input));
                save_without(context, op, 1u << input);
            }
        ops += saved > before;
    }
    ck_assert_uint_gt(ops, 150); /* but for those with subgraphs and some whose inputs have ranks of their own */
    sard_context_free(context);
}
END_TEST

static void save_text(const char *loop)
{
    char text[600], path[60];
    sard_context *context = make_context();
    sard_model *model;
    sard_error error = {.text = ""};
    snprintf(path, sizeof path, "/tmp/sard-any-%ld.onnx", (long)getpid());
    snprintf(
        text, sizeof text,
        "graph g {\n input m: int64[]\n input c: bool[]\n input x: float32[2]\n"
        " y = %s {body = graph b {\n input i: int64[]\n input k: bool[]\n input s: float32[2]\n t = Add(s, s)\n output k\n output t\n }}\n"
        " output y\n}",
        loop);
    sard_graph *graph = graph_parse(context, text);
    ck_assert_msg(!sard_graph_save(graph, path, NULL, &error), "%s", error.text);
    ck_assert_msg(!sard_model_load(context, path, NULL, &model, &error), "%s", error.text);
    sard_model_free(model);
    unlink(path);
    sard_graph_free(graph);
    sard_context_free(context);
}

START_TEST(loops_are_saved_without_count_or_condition)
{
    save_text("Loop(m, c, x)");
    save_text("Loop(_, c, x)");
    save_text("Loop(m, _, x)");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("any");
    TCase *c = tcase_create("operators");
    tcase_set_timeout(c, 0);
    tcase_add_test(c, inputs_without_elements_are_not_read);
    tcase_add_test(c, operators_are_saved_without_optional_inputs);
    tcase_add_test(c, loops_are_saved_without_count_or_condition);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
