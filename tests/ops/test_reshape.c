/* Reshape, Flatten, Squeeze, Unsqueeze, Transpose: dims, and what is refused. */
#include "tests/support/expect.h"

static sard_value *shape_of(op_test *t, const int64_t *elements, int64_t count) { return op_i64(t, "shape", elements, 1, &count); }

/* Dims of the result for an input of these dims, which may be symbols. */
static sard_status reshape(op_test *t, int rank, const int64_t *dims, const int64_t *shape, int64_t count)
{
    sard_value *x = sard_graph_add_input(t->graph, "x", SARD_F32, rank, dims);
    return op_infer(t, "Reshape", (sard_value *[]){x, shape_of(t, shape, count)}, 2, NULL, 0, 1);
}

START_TEST(rest_and_copied_dims)
{
    op_test t;
    op_start(&t);
    ck_assert_int_eq(reshape(&t, 3, (int64_t[]){2, 3, 4}, (int64_t[]){0, -1}, 2), SARD_OK);
    expect_inferred(t.node->outputs[0], 2, (int64_t[]){2, 12});
    const int64_t n = sard_graph_symbol(t.graph, "N"), c = sard_graph_symbol(t.graph, "C");
    ck_assert_int_eq(reshape(&t, 3, (int64_t[]){n, 3, 4}, (int64_t[]){-1, 12}, 2), SARD_OK);
    expect_inferred(t.node->outputs[0], 2, (int64_t[]){n, 12});
    ck_assert_int_eq(reshape(&t, 3, (int64_t[]){n, c, 4}, (int64_t[]){0, 0, 2, -1}, 4), SARD_OK);
    expect_inferred(t.node->outputs[0], 4, (int64_t[]){n, c, 2, 2});
    ck_assert_int_eq(reshape(&t, 2, (int64_t[]){n, 4}, (int64_t[]){-1, 8}, 2), SARD_OK);
    expect_inferred(t.node->outputs[0], 2, (int64_t[]){SARD_UNKNOWN_DIM, 8});
    op_end(&t);
}
END_TEST

START_TEST(shapes_that_do_not_fit)
{
    op_test t;
    op_start(&t);
    op_expect_error(&t, reshape(&t, 2, (int64_t[]){2, 3}, (int64_t[]){4, 2}, 2), SARD_SHAPE, "6 elements cannot be given a shape of 8");
    op_expect_error(&t, reshape(&t, 2, (int64_t[]){2, 3}, (int64_t[]){4, -1}, 2), SARD_SHAPE, "6 elements");
    op_expect_error(&t, reshape(&t, 2, (int64_t[]){2, 3}, (int64_t[]){-1, -1}, 2), SARD_SHAPE, "second time");
    op_expect_error(&t, reshape(&t, 2, (int64_t[]){2, 3}, (int64_t[]){-2, 3}, 2), SARD_SHAPE, "shape[0] is -2");
    op_expect_error(&t, reshape(&t, 1, (int64_t[]){6}, (int64_t[]){6, 0}, 2), SARD_SHAPE, "shape[1] is 0, but data has rank 1");
    op_expect_error(&t, reshape(&t, 1, (int64_t[]){6}, (int64_t[]){1, 1, 1, 1, 1, 1, 1, 1, 6}, 9), SARD_SHAPE, "9 elements");
    op_end(&t);
}
END_TEST

START_TEST(allowzero)
{
    op_test t;
    op_start(&t);
    const sard_attr allow = {.name = "allowzero", .kind = SARD_ATTR_INT, .i = 1};
    sard_value *x = op_f32(&t, "x", (float[]){0}, 2, (int64_t[]){3, 0});
    ck_assert_int_eq(op_run(&t, "Reshape", (sard_value *[]){x, shape_of(&t, (int64_t[]){0, 7}, 2)}, 2, &allow, 1, 1), SARD_OK);
    expect_dims(&t, 2, (int64_t[]){0, 7});
    op_end(&t);
}
END_TEST

START_TEST(flatten)
{
    op_test t;
    op_start(&t);
    const int64_t n = sard_graph_symbol(t.graph, "N");
    sard_value *x = sard_graph_add_input(t.graph, "x", SARD_F32, 4, (int64_t[]){n, 3, 4, 5});
    sard_attr axis = {.name = "axis", .kind = SARD_ATTR_INT, .i = 1};
    ck_assert_int_eq(op_infer(&t, "Flatten", &x, 1, &axis, 1, 1), SARD_OK);
    expect_inferred(t.node->outputs[0], 2, (int64_t[]){n, 60});
    axis.i = -4;
    ck_assert_int_eq(op_infer(&t, "Flatten", &x, 1, &axis, 1, 1), SARD_OK);
    expect_inferred(t.node->outputs[0], 2, (int64_t[]){1, SARD_UNKNOWN_DIM});
    axis.i = 4;
    ck_assert_int_eq(op_infer(&t, "Flatten", &x, 1, &axis, 1, 1), SARD_OK);
    expect_inferred(t.node->outputs[0], 2, (int64_t[]){SARD_UNKNOWN_DIM, 1});
    axis.i = 5;
    op_expect_error(&t, op_infer(&t, "Flatten", &x, 1, &axis, 1, 1), SARD_SHAPE, "axis 5 is out of range for rank 4");
    op_end(&t);
}
END_TEST

START_TEST(squeeze_and_unsqueeze)
{
    op_test t;
    op_start(&t);
    const int64_t n = sard_graph_symbol(t.graph, "N");
    sard_value *x = sard_graph_add_input(t.graph, "x", SARD_F32, 4, (int64_t[]){n, 1, 4, 1});
    ck_assert_int_eq(op_infer(&t, "Squeeze", &x, 1, NULL, 0, 1), SARD_OK);
    ck_assert_int_eq(t.node->outputs[0]->rank, -1); /* N may be 1 */
    ck_assert_int_eq(op_infer(&t, "Squeeze", (sard_value *[]){x, shape_of(&t, (int64_t[]){-1, 1}, 2)}, 2, NULL, 0, 1), SARD_OK);
    expect_inferred(t.node->outputs[0], 2, (int64_t[]){n, 4});
    op_expect_error(&t, op_infer(&t, "Squeeze", (sard_value *[]){x, shape_of(&t, (int64_t[]){2}, 1)}, 2, NULL, 0, 1), SARD_SHAPE,
                    "axis 2 has size 4");
    ck_assert_int_eq(op_infer(&t, "Unsqueeze", (sard_value *[]){x, shape_of(&t, (int64_t[]){0, -1}, 2)}, 2, NULL, 0, 1), SARD_OK);
    expect_inferred(t.node->outputs[0], 6, (int64_t[]){1, n, 1, 4, 1, 1});
    op_expect_error(&t, op_infer(&t, "Unsqueeze", (sard_value *[]){x, shape_of(&t, (int64_t[]){0, 0}, 2)}, 2, NULL, 0, 1), SARD_SHAPE,
                    "given twice");
    op_end(&t);
}
END_TEST

START_TEST(transpose)
{
    op_test t;
    op_start(&t);
    sard_value *x = op_f32(&t, "x", (float[]){0, 1, 2, 3, 4, 5}, 3, (int64_t[]){1, 2, 3});
    ck_assert_int_eq(op_run(&t, "Transpose", &x, 1, NULL, 0, 1), SARD_OK);
    expect(&t, 3, (int64_t[]){3, 2, 1}, (double[]){0, 3, 1, 4, 2, 5});
    const int64_t order[] = {1, 0, 2}, twice[] = {1, 1, 2};
    sard_attr perm = {.name = "perm", .kind = SARD_ATTR_INTS, .count = 3, .ints = order};
    ck_assert_int_eq(op_run(&t, "Transpose", &x, 1, &perm, 1, 1), SARD_OK);
    expect(&t, 3, (int64_t[]){2, 1, 3}, (double[]){0, 1, 2, 3, 4, 5});
    perm.ints = twice;
    op_expect_error(&t, op_infer(&t, "Transpose", &x, 1, &perm, 1, 1), SARD_SHAPE, "perm[1] is 1: not a permutation");
    op_end(&t);
}
END_TEST

/* Larger than a tile, and odd, in every element size. */
START_TEST(transpose_of_every_element_size)
{
    static const sard_dtype dtypes[] = {SARD_U8, SARD_I16, SARD_F32, SARD_F64, SARD_STRING};
    const int64_t rows = 37, columns = 53, dims[] = {rows, columns};
    for (size_t k = 0; k < sizeof dtypes / sizeof *dtypes; k++) {
        op_test t;
        op_start(&t);
        const size_t size = sard_dtype_size(dtypes[k]);
        unsigned char data[37 * 53 * 16];
        for (size_t i = 0; i < sizeof data; i++)
            data[i] = (unsigned char)(i * 7 + i / 251);
        sard_value *x = op_constant(&t, "x", dtypes[k], data, 2, dims);
        ck_assert_int_eq(op_run(&t, "Transpose", &x, 1, NULL, 0, 1), SARD_OK);
        for (int64_t i = 0; i < rows; i++)
            for (int64_t j = 0; j < columns; j++)
                ck_assert_mem_eq((const char *)t.outputs[0].data + (size_t)(j * rows + i) * size, data + (size_t)(i * columns + j) * size,
                                 size);
        op_end(&t);
    }
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {rest_and_copied_dims,
                                  shapes_that_do_not_fit,
                                  allowzero,
                                  flatten,
                                  squeeze_and_unsqueeze,
                                  transpose,
                                  transpose_of_every_element_size,
                                  NULL};
    return check_suite("reshape", tests);
}

CHECK_MAIN(suite)
