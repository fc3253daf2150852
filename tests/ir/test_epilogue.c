/* Epilogues: absorbed, evaluated, split off again. */
#include "tests/support/check.h"
#include "tests/support/op.h"

#include <string.h>

static const int64_t two[] = {2};

static sard_node *add(op_test *t, const char *op, const char *name, sard_value *a, sard_value *b)
{
    sard_node *node;
    const sard_status status = sard_graph_add_node(t->graph, "", op, name, (sard_value *[]){a, b}, b ? 2 : 1, NULL, 0, 1, &node, &t->error);
    ck_assert_msg(status == SARD_OK, "%s", t->error.text);
    return node;
}

static void sound(op_test *t) { ck_assert_msg(sard_graph_verify(t->graph, &t->error) == SARD_OK, "%s", t->error.text); }

/* -(3 - (x * y)) with x = 1 2, y = 3 4: the product takes in the others. */
static sard_node *build(op_test *t)
{
    sard_value *x = op_f32(t, "x", (float[]){1, 2}, 1, two), *y = op_f32(t, "y", (float[]){3, 4}, 1, two);
    sard_value *three = op_f32(t, "three", (float[]){3}, 0, NULL);
    sard_node *product = add(t, "Mul", "product", x, y);
    sard_node *sub = add(t, "Sub", "sub", three, sard_node_output(product, 0)), *neg = add(t, "Neg", "neg", sard_node_output(sub, 0), NULL);
    sard_value *result = sard_node_output(neg, 0);
    ck_assert(sard_graph_add_output(t->graph, result));
    ck_assert(sard_node_absorb(product, sub, 1));
    sound(t);
    ck_assert(sard_node_absorb(product, neg, 0));
    ck_assert_ptr_eq(sard_node_output(product, 0), result);
    ck_assert_ptr_eq(sard_value_producer(result), product);
    ck_assert_uint_eq(sard_graph_node_count(t->graph), 1);
    sound(t);
    return product;
}

START_TEST(absorbed_operators_are_evaluated)
{
    op_test t;
    op_start(&t);
    sard_node *node = build(&t);
    ck_assert_uint_eq(sard_node_epilogue_count(node), 2);
    ck_assert_str_eq(sard_node_epilogue_op(node, 0), "Sub");
    ck_assert_str_eq(sard_node_epilogue_name(node, 1), "neg");
    ck_assert_ptr_null(sard_node_epilogue_name(node, 2));
    ck_assert_uint_eq(sard_node_input_count(node), 2);
    ck_assert_uint_eq(sard_node_operand_count(node), 1);
    ck_assert_str_eq(sard_value_name(sard_node_operand(node, 0)), "three");
    ck_assert_ptr_null(sard_node_operand(node, 1));
    ck_assert_int_eq(sard_node_infer(node, &t.error), SARD_OK);
    ck_assert_msg(sard_eval_constant(node, &t.arena, 1000, t.outputs, &t.error) == SARD_OK, "%s", t.error.text);
    ck_assert_float_eq(((float *)t.outputs[0].data)[0], 0);
    ck_assert_float_eq(((float *)t.outputs[0].data)[1], 5);
    op_end(&t);
}
END_TEST

START_TEST(splitting_undoes_absorbing)
{
    op_test t;
    op_start(&t);
    sard_node *node = build(&t);
    sard_value *result = sard_node_output(node, 0);
    ck_assert_int_eq(sard_node_split_epilogue(node, &t.error), SARD_OK);
    sound(&t);
    ck_assert_int_eq(sard_node_split_epilogue(node, &t.error), SARD_OK);
    sound(&t);
    ck_assert_uint_eq(sard_graph_node_count(t.graph), 3);
    ck_assert_str_eq(sard_node_op(sard_node_next(node)), "Sub");
    ck_assert_str_eq(sard_node_name(sard_node_next(node)), "sub");
    ck_assert_ptr_eq(sard_node_input(sard_node_next(node), 1), sard_node_output(node, 0));
    ck_assert_str_eq(sard_node_op(sard_value_producer(result)), "Neg");
    ck_assert_int_eq(sard_graph_infer(t.graph, NULL, NULL, &t.error), SARD_OK);
    ck_assert_int_eq(sard_value_dim(result, 0), 2);
    op_end(&t);
}
END_TEST

START_TEST(a_limit_is_not_memory_running_out)
{
    op_test t;
    op_start(&t);
    sard_node *node = build(&t);
    ck_assert_int_eq(sard_eval_constant(node, &t.arena, 7, t.outputs, &t.error), SARD_LIMIT);
    op_end(&t);
}
END_TEST

static Suite *suite(void)
{
    return check_suite("epilogue", (const TTest *[]){absorbed_operators_are_evaluated, splitting_undoes_absorbing,
                                                     a_limit_is_not_memory_running_out, NULL});
}

CHECK_MAIN(suite)
