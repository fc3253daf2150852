/* Graphs: names, symbols, order, uses, contents, captures, edits. */
#include "tests/support/check.h"
#include "tests/support/op.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t two_three[] = {2, 3};

static void sound(const op_test *t)
{
    sard_error error;
    ck_assert_msg(sard_graph_verify(t->graph, &error) == SARD_OK, "%s", error.text);
}

static sard_node *add(op_test *t, const char *op, const char *name, sard_value *a, sard_value *b)
{
    sard_node *node;
    const sard_status status = sard_graph_add_node(t->graph, "", op, name, (sard_value *[]){a, b}, b ? 2 : 1, NULL, 0, 1, &node, &t->error);
    ck_assert_msg(status == SARD_OK, "%s", t->error.text);
    return node;
}

START_TEST(names_are_unique_and_found)
{
    op_test t;
    op_start(&t);
    sard_value *first = sard_graph_add_input(t.graph, "x", SARD_F32, 2, two_three);
    sard_value *second = sard_graph_add_input(t.graph, "x", SARD_F32, 2, two_three),
               *none = sard_graph_add_input(t.graph, NULL, SARD_F32, 0, NULL);
    ck_assert_str_ne(sard_value_name(second), "x");
    ck_assert_ptr_eq(sard_graph_find(t.graph, "x"), first);
    ck_assert_ptr_eq(sard_graph_find(t.graph, sard_value_name(none)), none);
    ck_assert_ptr_null(sard_graph_find(t.graph, "y"));
    for (int i = 0; i < 500; i++) {
        char name[20];
        snprintf(name, sizeof name, "v%d", i);
        ck_assert_ptr_nonnull(sard_graph_add_input(t.graph, name, SARD_F32, 0, NULL));
    }
    ck_assert_str_eq(sard_value_name(sard_graph_find(t.graph, "v321")), "v321");
    ck_assert_int_eq(sard_value_rename(first, "y", &t.error), SARD_OK);
    ck_assert_ptr_eq(sard_graph_find(t.graph, "y"), first);
    ck_assert_ptr_null(sard_graph_find(t.graph, "x"));
    ck_assert_int_eq(sard_value_rename(first, "v3", &t.error), SARD_ARGUMENT);
    ck_assert_str_eq(t.error.text, "another value is called 'v3'");
    sound(&t);
    op_end(&t);
}
END_TEST

START_TEST(symbols_are_the_same_for_the_same_name)
{
    op_test t;
    op_start(&t);
    const int64_t n = sard_graph_symbol(t.graph, "N"), h = sard_graph_symbol(t.graph, "H");
    ck_assert_int_le(n, SARD_FIRST_SYMBOL);
    ck_assert_int_ne(n, h);
    ck_assert_int_eq(sard_graph_symbol(t.graph, "N"), n);
    ck_assert_str_eq(sard_graph_symbol_name(t.graph, h), "H");
    ck_assert_ptr_null(sard_graph_symbol_name(t.graph, SARD_UNKNOWN_DIM));
    ck_assert_ptr_null(sard_graph_symbol_name(t.graph, h - 1));
    ck_assert_ptr_null(sard_graph_symbol_name(t.graph, INT64_MIN));
    sard_graph *inner = sard_graph_create_inner(t.graph, "inner");
    ck_assert_int_eq(sard_graph_symbol(inner, "H"), h);
    op_end(&t);
}
END_TEST

START_TEST(multiples_of_symbols_have_one_base)
{
    op_test t;
    op_start(&t);
    enum { FACTORS = 30000 };
    char *name = calloc(2 * FACTORS + 2, 1);
    int64_t base, n = sard_graph_symbol(t.graph, "N");
    ck_assert_int_eq(sard_dim_factor(t.graph, sard_graph_symbol(t.graph, "2*3*5*N"), &base), 30);
    ck_assert_int_eq(base, n);
    ck_assert_int_eq(sard_dim_factor(t.graph, sard_graph_symbol(t.graph, "2*1*N"), &base), 2); /* "1*N" is a name like others */
    ck_assert_int_ne(base, n);
    for (size_t i = 0; i < FACTORS; i++)
        memcpy(name + 2 * i, "2*", 2);
    name[2 * FACTORS] = 'N';
    const int64_t many = sard_graph_symbol(t.graph, name); /* more than can be counted: a name */
    ck_assert_int_eq(sard_dim_factor(t.graph, many, &base), 1);
    ck_assert_int_eq(base, many);
    ck_assert_int_eq(sard_graph_symbol(t.graph, name), many);
    ck_assert_uint_le(t.graph->symbols->count, 6);
    free(name);
    op_end(&t);
}
END_TEST

START_TEST(constants_are_checked)
{
    op_test t;
    op_start(&t);
    float data[6] = {0};
    sard_tensor tensor = sard_tensor_make(SARD_F32, 2, two_three, data);
    ck_assert_ptr_nonnull(sard_graph_add_constant(t.graph, "ok", &tensor));
    tensor.bytes--;
    ck_assert_ptr_null(sard_graph_add_constant(t.graph, "short", &tensor));
    tensor.bytes = SIZE_MAX;
    tensor.dims[0] = -1;
    ck_assert_ptr_null(sard_graph_add_constant(t.graph, "negative", &tensor));
    tensor.dims[0] = INT64_MAX;
    ck_assert_ptr_null(sard_graph_add_constant(t.graph, "huge", &tensor));
    tensor.rank = 9;
    ck_assert_ptr_null(sard_graph_add_constant(t.graph, "rank", &tensor));
    ck_assert_ptr_null(sard_graph_add_input(t.graph, "rank", SARD_F32, 9, two_three));
    op_end(&t);
}
END_TEST

START_TEST(nodes_infer_and_count_uses)
{
    op_test t;
    op_start(&t);
    sard_value *x = sard_graph_add_input(t.graph, "x", SARD_F32, 2, two_three);
    sard_node *square = add(&t, "Mul", "square", x, x), *relu = add(&t, "Relu", "relu", sard_node_output(square, 0), NULL);
    ck_assert(sard_graph_add_output(t.graph, sard_node_output(relu, 0)));
    ck_assert_uint_eq(sard_value_use_count(x), 2);
    ck_assert_uint_eq(sard_value_use_count(sard_node_output(relu, 0)), 1);
    ck_assert_int_eq(sard_value_dim(sard_node_output(relu, 0), 1), 3);
    ck_assert_ptr_eq(sard_value_producer(sard_node_output(square, 0)), square);
    ck_assert_ptr_eq(sard_graph_first(t.graph), square);
    ck_assert_ptr_eq(sard_node_next(square), relu);
    ck_assert(!sard_node_remove(square));
    ck_assert(!sard_node_set_input(relu, 1, x));
    ck_assert(sard_node_set_input(relu, 0, x));
    ck_assert_uint_eq(sard_value_use_count(x), 3);
    ck_assert(sard_node_remove(square));
    ck_assert_uint_eq(sard_value_use_count(x), 1);
    ck_assert_uint_eq(sard_graph_node_count(t.graph), 1);
    sound(&t);
    op_end(&t);
}
END_TEST

START_TEST(a_failed_node_leaves_no_trace)
{
    op_test t;
    sard_node *node;
    op_start(&t);
    sard_value *x = sard_graph_add_input(t.graph, "x", SARD_F32, 2, two_three);
    sard_value *y = sard_graph_add_input(t.graph, "y", SARD_F32, 2, (int64_t[]){4, 4});
    ck_assert_int_eq(sard_graph_add_node(t.graph, "", "Add", "a", (sard_value *[]){x, y}, 2, NULL, 0, 1, &node, &t.error), SARD_SHAPE);
    ck_assert_int_eq(sard_graph_add_node(t.graph, "", "Ad", "a", (sard_value *[]){x, y}, 2, NULL, 0, 1, &node, &t.error), SARD_UNSUPPORTED);
    ck_assert_int_eq(sard_graph_add_node(t.graph, "", "Add", "a", &x, 1, NULL, 0, 1, &node, &t.error), SARD_MODEL);
    ck_assert_int_eq(sard_graph_add_node(t.graph, "", "Add", "a", (sard_value *[]){x, NULL}, 2, NULL, 0, 1, &node, &t.error), SARD_MODEL);
    ck_assert_int_eq(sard_graph_add_node(t.graph, "", "Add", "a", (sard_value *[]){x, x}, 2, NULL, 0, 2, &node, &t.error), SARD_MODEL);
    ck_assert_uint_eq(sard_graph_node_count(t.graph), 0);
    ck_assert_uint_eq(sard_value_use_count(x), 0);
    sound(&t);
    op_end(&t);
}
END_TEST

START_TEST(types_that_do_not_fit_are_named)
{
    op_test t;
    sard_node *node;
    op_start(&t);
    sard_value *x = sard_graph_add_input(t.graph, "x", SARD_F32, 2, two_three),
               *i = sard_graph_add_input(t.graph, "i", SARD_I32, 2, two_three);
    ck_assert_int_eq(sard_graph_add_node(t.graph, "", "Add", "sum", (sard_value *[]){x, i}, 2, NULL, 0, 1, &node, &t.error), SARD_SHAPE);
    ck_assert_str_eq(t.error.text, "Add 'sum': input B is int32, but 'x' is float32");
    sard_value *b = sard_graph_add_input(t.graph, "b", SARD_BOOL, 2, two_three);
    ck_assert_int_eq(sard_graph_add_node(t.graph, "", "Relu", "r", &b, 1, NULL, 0, 1, &node, &t.error), SARD_UNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(t.error.text, "Relu 'r': input X is bool, must be one of float32"));
    op_end(&t);
}
END_TEST

START_TEST(replacing_moves_uses_and_outputs)
{
    op_test t;
    op_start(&t);
    sard_value *x = sard_graph_add_input(t.graph, "x", SARD_F32, 2, two_three);
    sard_value *a = sard_node_output(add(&t, "Relu", "a", x, NULL), 0), *b = sard_node_output(add(&t, "Mul", "b", a, a), 0);
    ck_assert(sard_graph_add_output(t.graph, a) && sard_graph_add_output(t.graph, b) && sard_graph_add_output(t.graph, a));
    sard_value_replace(a, x);
    ck_assert_uint_eq(sard_value_use_count(a), 0);
    ck_assert_uint_eq(sard_value_use_count(x), 5);
    ck_assert_ptr_eq(sard_graph_output(t.graph, 2), x);
    ck_assert_str_eq(sard_graph_output_name(t.graph, 2), "a");
    ck_assert_uint_eq(sard_graph_remove_dead(t.graph), 1);
    sound(&t);
    op_end(&t);
}
END_TEST

START_TEST(inserting_keeps_the_order)
{
    op_test t;
    sard_node *node;
    op_start(&t);
    sard_value *x = sard_graph_add_input(t.graph, "x", SARD_F32, 2, two_three);
    sard_node *first = add(&t, "Relu", "first", x, NULL);
    sard_node_spec spec = {.struct_size = sizeof spec,
                           .op = "Tanh",
                           .name = "before",
                           .inputs = &x,
                           .input_count = 1,
                           .output_names = (const char *const[]){"t"},
                           .output_count = 1,
                           .before = first};
    ck_assert_int_eq(sard_graph_insert_node(t.graph, &spec, &node, &t.error), SARD_OK);
    ck_assert_ptr_eq(sard_graph_first(t.graph), node);
    ck_assert_str_eq(sard_value_name(sard_node_output(node, 0)), "t");
    op_test other;
    op_start(&other);
    spec.before = add(&other, "Relu", "far", sard_graph_add_input(other.graph, "x", SARD_F32, 2, two_three), NULL);
    sard_node *none;
    ck_assert_int_eq(sard_graph_insert_node(t.graph, &spec, &none, &t.error), SARD_ARGUMENT);
    ck_assert_str_eq(t.error.text, "Tanh: the node 'far' that it shall stand before is in another graph");
    op_end(&other);
    ck_assert(sard_node_set_input(first, 0, sard_node_output(node, 0)));
    sound(&t);
    sard_node *last = add(&t, "Relu", "last", x, NULL);
    ck_assert(sard_node_set_input(node, 0, sard_node_output(last, 0)));
    ck_assert_int_eq(sard_graph_verify(t.graph, &t.error), SARD_MODEL);
    ck_assert_str_eq(t.error.text, "graph 'test': 'before' stands before a node that it needs");
    op_end(&t);
}
END_TEST

START_TEST(contents_follow_shapes)
{
    op_test t;
    sard_content contents[SARD_MAX_CONTENTS];
    op_start(&t);
    const int64_t n = sard_graph_symbol(t.graph, "N");
    sard_value *x = sard_graph_add_input(t.graph, "x", SARD_F32, 3, (int64_t[]){n, 3, SARD_UNKNOWN_DIM});
    const sard_value *shape = sard_node_output(add(&t, "Shape", "shape", x, NULL), 0);
    ck_assert_int_eq(sard_value_contents(x, contents), -1);
    ck_assert_int_eq(sard_value_contents(shape, contents), 3);
    ck_assert(!contents[0].known && contents[0].dim == n);
    ck_assert(contents[1].known && contents[1].value == 3);
    ck_assert(!contents[2].known && contents[2].dim == SARD_UNKNOWN_DIM);
    const sard_value *constant = op_constant(&t, "c", SARD_I32, (int32_t[]){-7, 8}, 1, (int64_t[]){2});
    ck_assert_int_eq(sard_value_contents(constant, contents), 2);
    ck_assert_int_eq(contents[0].value, -7);
    sard_value *empty = op_i64(&t, "empty", NULL, 1, (int64_t[]){0});
    ck_assert_int_eq(sard_value_contents(empty, contents), 0);
    op_end(&t);
}
END_TEST

/* If with two branches that read x. */
static sard_node *add_if(op_test *t, sard_value *cond, sard_value *x)
{
    sard_node *node;
    sard_attr attrs[] = {{.name = "then_branch", .kind = SARD_ATTR_GRAPH}, {.name = "else_branch", .kind = SARD_ATTR_GRAPH}};
    for (int i = 0; i < 2; i++) {
        sard_graph *branch = sard_graph_create_inner(t->graph, "branch");
        sard_value *inner = sard_graph_capture(branch, x);
        ck_assert_ptr_eq(sard_graph_capture(branch, x), inner);
        ck_assert_int_eq(sard_graph_add_node(branch, "", i ? "Relu" : "Neg", "r", &inner, 1, NULL, 0, 1, &node, &t->error), SARD_OK);
        ck_assert(sard_graph_add_output(branch, sard_node_output(node, 0)));
        attrs[i].graph = branch;
    }
    ck_assert_int_eq(sard_graph_add_node(t->graph, "", "If", "if", &cond, 1, attrs, 2, 1, &node, &t->error), SARD_OK);
    return node;
}

START_TEST(captures_are_inputs_of_the_node)
{
    op_test t;
    op_start(&t);
    sard_value *cond = sard_graph_add_input(t.graph, "cond", SARD_BOOL, 0, NULL),
               *x = sard_graph_add_input(t.graph, "x", SARD_F32, 2, two_three);
    sard_value *y = sard_graph_add_input(t.graph, "y", SARD_F32, 2, two_three);
    sard_node *node = add_if(&t, cond, x);
    ck_assert_uint_eq(sard_node_input_count(node), 1);
    ck_assert_uint_eq(sard_value_use_count(x), 2);
    ck_assert_int_eq(sard_value_dim(sard_node_output(node, 0), 1), 3);
    sound(&t);
    sard_value_replace(x, y);
    ck_assert_uint_eq(sard_value_use_count(y), 2);
    ck_assert_ptr_eq(sard_node_subgraph(node, 1)->captures[0].outer, y);
    sound(&t);
    ck_assert(sard_node_remove(node));
    ck_assert_uint_eq(sard_value_use_count(y), 0);
    op_end(&t);
}
END_TEST

static Suite *suite(void)
{
    return check_suite("graph",
                       (const TTest *[]){names_are_unique_and_found, symbols_are_the_same_for_the_same_name,
                                         multiples_of_symbols_have_one_base, constants_are_checked, nodes_infer_and_count_uses,
                                         a_failed_node_leaves_no_trace, types_that_do_not_fit_are_named, replacing_moves_uses_and_outputs,
                                         inserting_keeps_the_order, contents_follow_shapes, captures_are_inputs_of_the_node, NULL});
}

CHECK_MAIN(suite)
