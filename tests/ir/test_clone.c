/* Clones: the same text, a life of their own. */
#include "ir/text.h"
#include "tests/support/check.h"
#include "tests/support/op.h"

#include <string.h>

typedef struct text {
    char bytes[20000];
    size_t size;
} text;

static bool collect(void *user, const char *piece, size_t size)
{
    text *t = user;
    if (t->size + size >= sizeof t->bytes)
        return false;
    memcpy(t->bytes + t->size, piece, size);
    t->size += size;
    return true;
}

static void expect_same(const sard_graph *a, const sard_graph *b)
{
    static text first, second;
    memset(&first, 0, sizeof first);
    memset(&second, 0, sizeof second);
    ck_assert(sard_graph_print(a, NULL, collect, &first));
    ck_assert(sard_graph_print(b, NULL, collect, &second));
    ck_assert_str_eq(first.bytes, second.bytes);
}

static sard_value *add(op_test *t, sard_graph *graph, const char *op, const char *name, sard_value *a, sard_value *b)
{
    sard_node *node;
    const sard_status status = sard_graph_add_node(graph, "", op, name, (sard_value *[]){a, b}, b ? 2 : 1, NULL, 0, 1, &node, &t->error);
    ck_assert_msg(status == SARD_OK, "%s", t->error.text);
    return sard_node_output(node, 0);
}

/* An epilogue, a symbol, a constant, subgraphs in subgraphs that capture. */
static void build(op_test *t)
{
    const int64_t dims[] = {sard_graph_symbol(t->graph, "N"), 3};
    sard_value *x = sard_graph_add_input(t->graph, "x", SARD_F32, 2, dims),
               *cond = sard_graph_add_input(t->graph, "cond", SARD_BOOL, 0, NULL);
    sard_value *c = op_f32(t, "c", (float[]){1, 2, 3}, 1, (int64_t[]){3});
    sard_value *sum = add(t, t->graph, "Add", "sum", x, c), *relu = add(t, t->graph, "Relu", "relu", sum, NULL);
    ck_assert(sard_node_absorb(sard_value_producer(sum), sard_value_producer(relu), 0));
    sard_attr attrs[2][2] = {{{.name = "then_branch", .kind = SARD_ATTR_GRAPH}, {.name = "else_branch", .kind = SARD_ATTR_GRAPH}},
                             {{.name = "then_branch", .kind = SARD_ATTR_GRAPH}, {.name = "else_branch", .kind = SARD_ATTR_GRAPH}}};
    sard_node *node;
    for (size_t i = 0; i < 2; i++) {
        sard_graph *branch = sard_graph_create_inner(t->graph, "branch");
        sard_value *inner = sard_graph_capture(branch, relu), *inner_cond = sard_graph_capture(branch, cond);
        sard_value_set_type(inner_cond, SARD_BOOL, 0, NULL);
        for (size_t k = 0; k < 2; k++) {
            sard_graph *deep = sard_graph_create_inner(branch, "deep");
            ck_assert(sard_graph_add_output(deep, add(t, deep, k ? "Neg" : "Tanh", "r", sard_graph_capture(deep, inner), NULL)));
            attrs[1][k].graph = deep;
        }
        ck_assert_int_eq(sard_graph_add_node(branch, "", "If", "inner", &inner_cond, 1, attrs[1], 2, 1, &node, &t->error), SARD_OK);
        ck_assert(sard_graph_add_output(branch, sard_node_output(node, 0)));
        attrs[0][i].graph = branch;
    }
    ck_assert_int_eq(sard_graph_add_node(t->graph, "", "If", "outer", &cond, 1, attrs[0], 2, 1, &node, &t->error), SARD_OK);
    ck_assert(sard_graph_add_output(t->graph, sard_node_output(node, 0)));
    ck_assert(sard_graph_add_output(t->graph, relu));
}

START_TEST(a_clone_is_the_same_and_sound)
{
    op_test t;
    sard_arena arena;
    op_start(&t);
    sard_arena_init(&arena, NULL);
    build(&t);
    sard_graph *clone = sard_graph_clone(&arena, t.graph);
    ck_assert_ptr_nonnull(clone);
    ck_assert_msg(sard_graph_verify(t.graph, &t.error) == SARD_OK, "%s", t.error.text);
    ck_assert_msg(sard_graph_verify(clone, &t.error) == SARD_OK, "%s", t.error.text);
    expect_same(t.graph, clone);
    sard_arena_reset(&arena);
    ck_assert_msg(sard_graph_verify(t.graph, &t.error) == SARD_OK, "%s", t.error.text);
    op_end(&t);
}
END_TEST

START_TEST(shapes_settled_in_a_clone_do_not_show_outside)
{
    op_test t;
    sard_arena arena;
    op_start(&t);
    sard_arena_init(&arena, NULL);
    build(&t);
    sard_graph *clone = sard_graph_clone(&arena, t.graph);
    sard_value_set_type(sard_graph_input(clone, 0), SARD_F32, 2, (int64_t[]){5, 3});
    ck_assert_msg(sard_graph_infer(clone, NULL, NULL, &t.error) == SARD_OK, "%s", t.error.text);
    ck_assert_int_eq(sard_value_dim(sard_graph_output(clone, 0), 0), 5);
    ck_assert_int_eq(sard_value_dim(sard_graph_output(t.graph, 0), 0), sard_graph_symbol(t.graph, "N"));
    const sard_node *outer = sard_value_producer(sard_graph_output(t.graph, 0));
    ck_assert_int_lt(sard_node_subgraph(outer, 0)->captures[0].inner->dims[0], 0);
    ck_assert_int_eq(sard_graph_symbol(clone, "M"), sard_graph_symbol(t.graph, "K"));
    sard_arena_reset(&arena);
    op_end(&t);
}
END_TEST

static Suite *suite(void)
{
    return check_suite("clone", (const TTest *[]){a_clone_is_the_same_and_sound, shapes_settled_in_a_clone_do_not_show_outside, NULL});
}

CHECK_MAIN(suite)
