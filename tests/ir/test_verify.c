/* The verifier: each invariant, broken by hand, is found. */
#include "tests/support/check.h"
#include "tests/support/op.h"

#include <string.h>

typedef struct broken {
    op_test t;
    sard_value *x, *c;
    sard_node *first, *second;
} broken;

static void start(broken *b)
{
    op_start(&b->t);
    b->x = sard_graph_add_input(b->t.graph, "x", SARD_F32, 1, (int64_t[]){2});
    b->c = op_f32(&b->t, "c", (float[]){1, 2}, 1, (int64_t[]){2});
    ck_assert_int_eq(op_infer(&b->t, "Add", (sard_value *[]){b->x, b->c}, 2, NULL, 0, 1), SARD_OK);
    b->first = b->t.node;
    sard_value *sum = sard_node_output(b->first, 0);
    ck_assert_int_eq(op_infer(&b->t, "Relu", &sum, 1, NULL, 0, 1), SARD_OK);
    b->second = b->t.node;
    ck_assert(sard_graph_add_output(b->t.graph, sard_node_output(b->second, 0)));
    ck_assert_int_eq(sard_graph_verify(b->t.graph, &b->t.error), SARD_OK);
}

static void expect(broken *b, const char *words)
{
    ck_assert_int_eq(sard_graph_verify(b->t.graph, &b->t.error), SARD_MODEL);
    ck_assert_msg(strstr(b->t.error.text, words) != NULL, "'%s' lacks '%s'", b->t.error.text, words);
    op_end(&b->t);
}

START_TEST(uses)
{
    broken b;
    start(&b);
    b.x->use_count++;
    expect(&b, "'x' counts its uses wrongly");
    start(&b);
    b.first->inputs[0] = b.c;
    expect(&b, "has a use that is none");
    start(&b);
    sard_node_output(b.second, 0)->output_count = 0;
    sard_node_output(b.first, 0)->output_count = 1;
    expect(&b, "counts its uses wrongly");
}
END_TEST

START_TEST(producers)
{
    broken b;
    start(&b);
    sard_node_output(b.first, 0)->output = 0;
    sard_node_output(b.first, 0)->producer = NULL;
    expect(&b, "is used but nobody makes it");
    start(&b);
    sard_node_output(b.first, 0)->producer = b.second;
    expect(&b, "is not an output of its producer");
    start(&b);
    b.c->is_input = true;
    expect(&b, "'c' is a constant and something else");
    start(&b);
    b.c->dtype = SARD_I32;
    expect(&b, "'c' is a constant and something else");
}
END_TEST

/* The hash is another one in each process, and may lead a new name to the old one's place: that name is no good here. */
START_TEST(names)
{
    broken b;
    char name[] = "A";
    start(&b);
    for (b.x->name = name; sard_graph_find(b.t.graph, name) == b.x; ++*name)
        continue;
    expect(&b, "is not found by its name");
}
END_TEST

START_TEST(inputs_and_order)
{
    broken b;
    start(&b);
    b.first->own_count = 1;
    expect(&b, "has another number of inputs than it should");
    start(&b);
    ck_assert(sard_node_set_input(b.first, 0, sard_node_output(b.second, 0)));
    expect(&b, "stands before a node that it needs");
    start(&b);
    b.t.graph->node_count++;
    expect(&b, "counts nodes, uses or outputs wrongly");
}
END_TEST

static Suite *suite(void) { return check_suite("verify", (const TTest *[]){uses, producers, names, inputs_and_order, NULL}); }

CHECK_MAIN(suite)
