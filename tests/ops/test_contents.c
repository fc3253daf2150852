/* Chains of shape arithmetic: what is known of small integer values before the run, with a symbolic batch. */
#include "tests/support/expect.h"

static sard_value *apply(op_test *t, const char *op, sard_value *const *inputs, size_t count, const sard_attr *attrs, size_t attr_count)
{
    ck_assert_msg(op_infer(t, op, inputs, count, attrs, attr_count, 1) == SARD_OK, "%s", t->error.text);
    return sard_node_output(t->node, 0);
}

static sard_value *vector(op_test *t, const char *name, const int64_t *elements, int64_t count)
{
    return op_i64(t, name, elements, 1, &count);
}

static sard_value *picture(op_test *t, int64_t *batch)
{
    *batch = sard_graph_symbol(t->graph, "N");
    return sard_graph_add_input(t->graph, "x", SARD_F32, 4, (int64_t[]){*batch, 3, 8, 6});
}

/* want: numbers, or symbols as dims. */
static void expect_contents(const sard_value *value, const int64_t *want, int count)
{
    sard_content contents[SARD_MAX_CONTENTS];
    ck_assert_int_eq(sard_value_contents(value, contents), count);
    for (int i = 0; i < count; i++) {
        ck_assert_int_eq(contents[i].known, want[i] >= 0);
        ck_assert_int_eq(contents[i].known ? contents[i].value : contents[i].dim, want[i]);
    }
}

START_TEST(reshape_by_gathered_batch)
{
    op_test t;
    int64_t n;
    op_start(&t);
    sard_value *x = picture(&t, &n), *shape = apply(&t, "Shape", &x, 1, NULL, 0);
    expect_contents(shape, (int64_t[]){n, 3, 8, 6}, 4);
    sard_value *batch = apply(&t, "Gather", (sard_value *[]){shape, op_i64(&t, "zero", (int64_t[]){0}, 0, NULL)}, 2, NULL, 0);
    expect_contents(batch, &n, 1);
    sard_value *one = apply(&t, "Unsqueeze", (sard_value *[]){batch, vector(&t, "axes", (int64_t[]){0}, 1)}, 2, NULL, 0);
    const sard_attr axis = {.name = "axis", .kind = SARD_ATTR_INT, .i = 0};
    sard_value *wanted = apply(&t, "Concat", (sard_value *[]){one, vector(&t, "rest", (int64_t[]){-1}, 1)}, 2, &axis, 1);
    sard_value *flat = apply(&t, "Reshape", (sard_value *[]){x, wanted}, 2, NULL, 0);
    expect_inferred(flat, 2, (int64_t[]){n, 144});
    op_end(&t);
}
END_TEST

START_TEST(slice_and_split_of_a_shape)
{
    op_test t;
    int64_t n;
    op_start(&t);
    sard_value *x = picture(&t, &n), *shape = apply(&t, "Shape", &x, 1, NULL, 0);
    sard_value *back =
        apply(&t, "Slice",
              (sard_value *[]){shape, vector(&t, "starts", (int64_t[]){-1}, 1), vector(&t, "ends", (int64_t[]){INT64_MIN}, 1),
                               vector(&t, "axes", (int64_t[]){0}, 1), vector(&t, "steps", (int64_t[]){-2}, 1)},
              5, NULL, 0);
    expect_contents(back, (int64_t[]){6, 3}, 2);
    ck_assert_int_eq(op_infer(&t, "Split", (sard_value *[]){shape, vector(&t, "split", (int64_t[]){1, 3}, 2)}, 2, NULL, 0, 2), SARD_OK);
    expect_contents(sard_node_output(t.node, 0), &n, 1);
    expect_contents(sard_node_output(t.node, 1), (int64_t[]){3, 8, 6}, 3);
    op_end(&t);
}
END_TEST

START_TEST(constant_of_shape_expand_and_tile)
{
    op_test t;
    op_start(&t);
    const int64_t seven = 7, one_dim = 1;
    const sard_tensor tensor = sard_tensor_make(SARD_I64, 1, &one_dim, (void *)&seven);
    const sard_attr value = {.name = "value", .kind = SARD_ATTR_TENSOR, .tensor = &tensor};
    sard_value *two = vector(&t, "two", (int64_t[]){2}, 1);
    sard_value *sevens = apply(&t, "ConstantOfShape", &two, 1, &value, 1);
    expect_contents(sevens, (int64_t[]){7, 7}, 2);
    sard_value *four = apply(&t, "Tile", (sard_value *[]){sevens, two}, 2, NULL, 0);
    expect_contents(four, (int64_t[]){7, 7, 7, 7}, 4);
    sard_value *spread = apply(&t, "Expand", (sard_value *[]){two, vector(&t, "three", (int64_t[]){3}, 1)}, 2, NULL, 0);
    expect_contents(spread, (int64_t[]){2, 2, 2}, 3);
    op_end(&t);
}
END_TEST

START_TEST(dims_from_symbols)
{
    op_test t;
    int64_t n;
    op_start(&t);
    sard_value *x = picture(&t, &n), *shape = apply(&t, "Shape", &x, 1, NULL, 0);
    sard_value *zeros = apply(&t, "ConstantOfShape", &shape, 1, NULL, 0);
    expect_inferred(zeros, 4, (int64_t[]){n, 3, 8, 6});
    sard_value *batch = apply(&t, "Gather", (sard_value *[]){shape, op_i64(&t, "zero", (int64_t[]){0}, 0, NULL)}, 2, NULL, 0);
    sard_value *from = op_i64(&t, "from", (int64_t[]){0}, 0, NULL), *step = op_i64(&t, "step", (int64_t[]){1}, 0, NULL);
    expect_inferred(apply(&t, "Range", (sard_value *[]){from, batch, step}, 3, NULL, 0), 1, &n);
    sard_value *row = sard_graph_add_input(t.graph, "row", SARD_F32, 4, (int64_t[]){1, 3, 1, 6});
    expect_inferred(apply(&t, "Expand", (sard_value *[]){row, shape}, 2, NULL, 0), 4, (int64_t[]){n, 3, 8, 6});
    op_end(&t);
}
END_TEST

START_TEST(sizes_of_resize)
{
    op_test t;
    int64_t n;
    op_start(&t);
    sard_value *x = picture(&t, &n), *shape = apply(&t, "Shape", &x, 1, NULL, 0);
    ck_assert_int_eq(op_infer(&t, "Split", (sard_value *[]){shape, vector(&t, "split", (int64_t[]){2, 2}, 2)}, 2, NULL, 0, 2), SARD_OK);
    const sard_attr axis = {.name = "axis", .kind = SARD_ATTR_INT, .i = 0};
    sard_value *sizes =
        apply(&t, "Concat", (sard_value *[]){sard_node_output(t.node, 0), vector(&t, "hw", (int64_t[]){16, 12}, 2)}, 2, &axis, 1);
    expect_inferred(apply(&t, "Resize", (sard_value *[]){x, NULL, NULL, sizes}, 4, NULL, 0), 4, (int64_t[]){n, 3, 16, 12});
    op_end(&t);
}
END_TEST

START_TEST(unknown_lengths_and_ranks)
{
    op_test t;
    op_start(&t);
    const int64_t unknown = SARD_UNKNOWN_DIM;
    sard_value *x = sard_graph_add_input(t.graph, "x", SARD_F32, 2, (int64_t[]){4, 6});
    sard_value *anything = sard_graph_add_input(t.graph, "anything", SARD_F32, -1, NULL);
    sard_value *shape = sard_graph_add_input(t.graph, "shape", SARD_I64, 1, &unknown);
    sard_value *three = sard_graph_add_input(t.graph, "three", SARD_I64, 1, (int64_t[]){3});
    ck_assert_int_eq(apply(&t, "Reshape", (sard_value *[]){x, shape}, 2, NULL, 0)->rank, -1);
    expect_inferred(apply(&t, "Reshape", (sard_value *[]){x, three}, 2, NULL, 0), 3, (int64_t[]){-1, -1, -1});
    expect_inferred(apply(&t, "Reshape", (sard_value *[]){anything, vector(&t, "to", (int64_t[]){-1, 5}, 2)}, 2, NULL, 0), 2,
                    (int64_t[]){-1, 5});
    expect_inferred(apply(&t, "Shape", &anything, 1, NULL, 0), 1, &unknown);
    ck_assert_int_eq(apply(&t, "Size", &anything, 1, NULL, 0)->rank, 0);
    op_end(&t);
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {reshape_by_gathered_batch,
                                  slice_and_split_of_a_shape,
                                  constant_of_shape_expand_and_tile,
                                  dims_from_symbols,
                                  sizes_of_resize,
                                  unknown_lengths_and_ranks,
                                  NULL};
    return check_suite("contents", tests);
}

CHECK_MAIN(suite)
