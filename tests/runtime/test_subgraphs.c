/* If, Loop and Scan: what inference says of them, and what they give when they run. */
#include "ir/graph.h"
#include "tests/support/check.h"

#include <string.h>

typedef struct fixture {
    sard_context *context;
    sard_graph *graph;
    sard_tensor outputs[4];
    sard_model *model;
    sard_session *session;
    sard_error error;
} fixture;

static void start(fixture *f)
{
    memset(f, 0, sizeof *f);
    ck_assert_int_eq(sard_context_new(NULL, &f->context, &f->error), SARD_OK);
    ck_assert_int_eq(sard_graph_new(f->context, "outer", &f->graph, &f->error), SARD_OK);
}

static void end(fixture *f)
{
    sard_session_free(f->session);
    sard_model_free(f->model);
    sard_graph_free(f->graph);
    sard_context_free(f->context);
}

static sard_status run(fixture *f, const sard_tensor *inputs, size_t input_count, size_t output_count)
{
    sard_status status = sard_graph_verify(f->graph, &f->error);
    if (!status && !f->model)
        status = sard_model_from_graph(f->context, f->graph, NULL, &f->model, &f->error);
    if (!status && !f->session)
        status = sard_session_new(f->model, NULL, &f->session, &f->error);
    memset(f->outputs, 0, sizeof f->outputs);
    return status ? status : sard_session_run(f->session, inputs, input_count, f->outputs, output_count, &f->error);
}

static sard_value *add(sard_graph *graph, const char *op, const char *name, sard_value *const *inputs, size_t count, const sard_attr *attrs,
                       size_t attr_count)
{
    sard_node *node;
    sard_error error;
    const sard_status status = sard_graph_add_node(graph, "", op, name, inputs, count, attrs, attr_count, 1, &node, &error);
    ck_assert_msg(status == SARD_OK, "%s", error.text);
    return sard_node_output(node, 0);
}

static sard_value *scalar_f32(sard_graph *graph, const char *name, float x)
{
    float *data = sard_graph_alloc(graph, sizeof x);
    *data = x;
    const sard_tensor tensor = sard_tensor_make(SARD_F32, 0, NULL, data);
    return sard_graph_add_constant(graph, name, &tensor);
}

static sard_value *scalar_i64(sard_graph *graph, const char *name, int64_t x)
{
    int64_t *data = sard_graph_alloc(graph, sizeof x);
    *data = x;
    const sard_tensor tensor = sard_tensor_make(SARD_I64, 0, NULL, data);
    return sard_graph_add_constant(graph, name, &tensor);
}

static sard_value *scalar_bool(sard_graph *graph, const char *name, bool x)
{
    uint8_t *data = sard_graph_alloc(graph, sizeof x);
    *data = x;
    const sard_tensor tensor = sard_tensor_make(SARD_BOOL, 0, NULL, data);
    return sard_graph_add_constant(graph, name, &tensor);
}

static void expect(const fixture *f, size_t i, int rank, const int64_t *dims, const float *elements)
{
    const sard_tensor *t = &f->outputs[i];
    ck_assert_int_eq(t->dtype, SARD_F32);
    ck_assert_int_eq(t->rank, rank);
    for (int k = 0; k < rank; k++)
        ck_assert_int_eq(t->dims[k], dims[k]);
    for (size_t k = 0; k < sard_tensor_count(t); k++)
        ck_assert_float_eq(((const float *)t->data)[k], elements[k]);
}

static sard_tensor vector(float *data, int64_t n) { return sard_tensor_make(SARD_F32, 1, &n, data); }

/* x + 1 or x * 2, where x is captured. */
static void build_if(fixture *f, sard_value *cond, sard_value *x, sard_node **out)
{
    sard_graph *branches[2];
    for (int i = 0; i < 2; i++) {
        branches[i] = sard_graph_create_inner(f->graph, i ? "else" : "then");
        sard_value *inner = sard_graph_capture(branches[i], x);
        sard_value_set_type(inner, x->dtype, x->rank, x->dims);
        sard_value *two = scalar_f32(branches[i], "number", i ? 2 : 1);
        sard_graph_add_output(branches[i], add(branches[i], i ? "Mul" : "Add", "r", (sard_value *[]){inner, two}, 2, NULL, 0));
    }
    const sard_attr attrs[] = {{.name = "then_branch", .kind = SARD_ATTR_GRAPH, .graph = branches[0]},
                               {.name = "else_branch", .kind = SARD_ATTR_GRAPH, .graph = branches[1]}};
    ck_assert_int_eq(sard_graph_add_node(f->graph, "", "If", "if", &cond, 1, attrs, 2, 1, out, &f->error), SARD_OK);
}

START_TEST(if_takes_the_branch_that_cond_names)
{
    fixture f;
    sard_node *node;
    start(&f);
    sard_value *cond = sard_graph_add_input(f.graph, "cond", SARD_BOOL, 0, NULL);
    sard_value *x = sard_graph_add_input(f.graph, "x", SARD_F32, 1, (int64_t[]){3});
    build_if(&f, cond, x, &node);
    sard_graph_add_output(f.graph, sard_node_output(node, 0));
    ck_assert_int_eq(sard_value_dim(sard_node_output(node, 0), 0), 3);
    float data[] = {1, 2, 3};
    for (uint8_t yes = 0; yes < 2; yes++) {
        const sard_tensor inputs[] = {sard_tensor_make(SARD_BOOL, 0, NULL, &yes), vector(data, 3)};
        ck_assert_msg(run(&f, inputs, 2, 1) == SARD_OK, "%s", f.error.text);
        expect(&f, 0, 1, (int64_t[]){3}, yes ? (float[]){2, 3, 4} : (float[]){2, 4, 6});
    }
    end(&f);
}
END_TEST

/* Loop over a sum and its history: s += x, history gets s. */
static sard_node *build_loop(fixture *f, sard_value *trips, sard_value *cond, sard_value *initial, const char *op)
{
    sard_node *node;
    sard_graph *body = sard_graph_create_inner(f->graph, "body");
    sard_graph_add_input(body, "i", SARD_I64, 0, NULL);
    sard_value *go = sard_graph_add_input(body, "go", SARD_BOOL, 0, NULL);
    sard_value *state = sard_graph_add_input(body, "s", SARD_F32, -1, NULL);
    const sard_attr axis = {.name = "axis", .kind = SARD_ATTR_INT, .i = 0};
    sard_value *next = strcmp(op, "Concat") ? add(body, op, "next", (sard_value *[]){state, state}, 2, NULL, 0)
                                            : add(body, op, "next", (sard_value *[]){state, state}, 2, &axis, 1);
    sard_graph_add_output(body, add(body, "Identity", "go_on", &go, 1, NULL, 0));
    sard_graph_add_output(body, next);
    sard_graph_add_output(body, state);
    const sard_attr attr = {.name = "body", .kind = SARD_ATTR_GRAPH, .graph = body};
    const sard_status status =
        sard_graph_add_node(f->graph, "", "Loop", "loop", (sard_value *[]){trips, cond, initial}, 3, &attr, 1, 2, &node, &f->error);
    ck_assert_msg(status == SARD_OK, "%s", f->error.text);
    sard_graph_add_output(f->graph, sard_node_output(node, 0));
    sard_graph_add_output(f->graph, sard_node_output(node, 1));
    return node;
}

START_TEST(loop_of_known_length_has_known_shapes)
{
    fixture f;
    start(&f);
    sard_value *x = sard_graph_add_input(f.graph, "x", SARD_F32, 1, (int64_t[]){2});
    sard_node *node = build_loop(&f, scalar_i64(f.graph, "trips", 3), scalar_bool(f.graph, "yes", true), x, "Add");
    ck_assert_int_eq(sard_value_rank(sard_node_output(node, 1)), 2);
    ck_assert_int_eq(sard_value_dim(sard_node_output(node, 1), 0), 3);
    ck_assert_int_eq(sard_value_dim(sard_node_output(node, 1), 1), 2);
    float data[] = {1, -1};
    const sard_tensor input = vector(data, 2);
    ck_assert_msg(run(&f, &input, 1, 2) == SARD_OK, "%s", f.error.text);
    expect(&f, 0, 1, (int64_t[]){2}, (float[]){8, -8});
    expect(&f, 1, 2, (int64_t[]){3, 2}, (float[]){1, -1, 2, -2, 4, -4});
    end(&f);
}
END_TEST

START_TEST(loop_whose_state_grows)
{
    fixture f;
    start(&f);
    sard_value *x = sard_graph_add_input(f.graph, "x", SARD_F32, 1, (int64_t[]){1});
    sard_value *trips = sard_graph_add_input(f.graph, "trips", SARD_I64, 0, NULL);
    sard_node *node = build_loop(&f, trips, NULL, x, "Concat");
    ck_assert_int_eq(sard_value_dim(sard_node_output(node, 0), 0), SARD_UNKNOWN_DIM);
    float data[] = {5};
    int64_t count = 0;
    const sard_tensor inputs[] = {vector(data, 1), sard_tensor_make(SARD_I64, 0, NULL, &count)};
    ck_assert_msg(run(&f, inputs, 2, 2) == SARD_OK, "%s", f.error.text);
    expect(&f, 0, 1, (int64_t[]){1}, (float[]){5});
    ck_assert_int_eq(f.outputs[1].dims[0], 0);
    count = 2; /* the second round gives a scan output of another shape than the first */
    ck_assert_int_eq(run(&f, inputs, 2, 2), SARD_SHAPE);
    ck_assert_ptr_nonnull(strstr(f.error.text, "round 1"));
    end(&f);
}
END_TEST

START_TEST(loop_without_end_meets_the_limit)
{
    fixture f;
    const sard_limits limits = {.steps = 1000};
    const sard_context_options options = {.struct_size = sizeof options, .limits = &limits};
    memset(&f, 0, sizeof f);
    ck_assert_int_eq(sard_context_new(&options, &f.context, &f.error), SARD_OK);
    ck_assert_int_eq(sard_graph_new(f.context, "outer", &f.graph, &f.error), SARD_OK);
    sard_graph *body = sard_graph_create_inner(f.graph, "body");
    sard_graph_add_input(body, "i", SARD_I64, 0, NULL);
    sard_value *go = sard_graph_add_input(body, "go", SARD_BOOL, 0, NULL), *s = sard_graph_add_input(body, "s", SARD_F32, 0, NULL);
    sard_graph_add_output(body, go);
    sard_graph_add_output(body, s);
    const sard_attr attr = {.name = "body", .kind = SARD_ATTR_GRAPH, .graph = body};
    sard_value *x = sard_graph_add_input(f.graph, "x", SARD_F32, 0, NULL);
    sard_node *node;
    ck_assert_int_eq(sard_graph_add_node(f.graph, "", "Loop", "for ever", (sard_value *[]){NULL, NULL, x}, 3, &attr, 1, 1, &node, &f.error),
                     SARD_OK);
    sard_graph_add_output(f.graph, sard_node_output(node, 0));
    float data = 1;
    const sard_tensor input = sard_tensor_make(SARD_F32, 0, NULL, &data);
    ck_assert_int_eq(run(&f, &input, 1, 1), SARD_LIMIT);
    end(&f);
}
END_TEST

/* s += slice; the history is stacked along axis 1, from its end. */
START_TEST(scan_slices_and_stacks)
{
    fixture f;
    start(&f);
    sard_graph *body = sard_graph_create_inner(f.graph, "body");
    sard_value *s = sard_graph_add_input(body, "s", SARD_F32, 1, (int64_t[]){2}),
               *slice = sard_graph_add_input(body, "x", SARD_F32, 1, (int64_t[]){2});
    sard_value *sum = add(body, "Add", "sum", (sard_value *[]){s, slice}, 2, NULL, 0);
    sard_graph_add_output(body, sum);
    sard_graph_add_output(body, add(body, "Identity", "copy", &sum, 1, NULL, 0));
    sard_value *initial = sard_graph_add_input(f.graph, "initial", SARD_F32, 1, (int64_t[]){2});
    sard_value *x = sard_graph_add_input(f.graph, "x", SARD_F32, 2, (int64_t[]){2, 3});
    const int64_t one = 1;
    const sard_attr attrs[] = {{.name = "body", .kind = SARD_ATTR_GRAPH, .graph = body},
                               {.name = "num_scan_inputs", .kind = SARD_ATTR_INT, .i = 1},
                               {.name = "scan_input_axes", .kind = SARD_ATTR_INTS, .count = 1, .ints = &one},
                               {.name = "scan_output_axes", .kind = SARD_ATTR_INTS, .count = 1, .ints = &one},
                               {.name = "scan_output_directions", .kind = SARD_ATTR_INTS, .count = 1, .ints = &one}};
    sard_node *node;
    ck_assert_int_eq(sard_graph_add_node(f.graph, "", "Scan", "scan", (sard_value *[]){initial, x}, 2, attrs, 5, 2, &node, &f.error),
                     SARD_OK);
    ck_assert_int_eq(sard_value_dim(sard_node_output(node, 1), 1), 3);
    sard_graph_add_output(f.graph, sard_node_output(node, 0));
    sard_graph_add_output(f.graph, sard_node_output(node, 1));
    float start_data[] = {100, 200}, data[] = {1, 2, 3, 4, 5, 6};
    const sard_tensor inputs[] = {vector(start_data, 2), sard_tensor_make(SARD_F32, 2, (int64_t[]){2, 3}, data)};
    ck_assert_msg(run(&f, inputs, 2, 2) == SARD_OK, "%s", f.error.text);
    expect(&f, 0, 1, (int64_t[]){2}, (float[]){106, 215});
    expect(&f, 1, 2, (int64_t[]){2, 3}, (float[]){106, 103, 101, 215, 209, 204});
    end(&f);
}
END_TEST

START_TEST(wrong_bodies_are_refused)
{
    fixture f;
    start(&f);
    sard_graph *body = sard_graph_create_inner(f.graph, "body");
    sard_value *x = sard_graph_add_input(f.graph, "x", SARD_F32, 0, NULL);
    const sard_attr attr = {.name = "body", .kind = SARD_ATTR_GRAPH, .graph = body};
    sard_node *node;
    ck_assert_int_eq(sard_graph_add_node(f.graph, "", "Loop", "loop", (sard_value *[]){NULL, NULL, x}, 3, &attr, 1, 1, &node, &f.error),
                     SARD_MODEL);
    ck_assert_str_eq(f.error.text, "Loop 'loop': 1 states and 1 outputs, but the body has 0 inputs and 0 outputs");
    end(&f);
}
END_TEST

static Suite *suite(void)
{
    return check_suite("subgraphs",
                       (const TTest *[]){if_takes_the_branch_that_cond_names, loop_of_known_length_has_known_shapes, loop_whose_state_grows,
                                         loop_without_end_meets_the_limit, scan_slices_and_stacks, wrong_bodies_are_refused, NULL});
}

CHECK_MAIN(suite)
