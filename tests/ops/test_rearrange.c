/* DepthToSpace, SpaceToDepth, ReverseSequence, Col2Im, TensorScatter. */
#include "tests/support/expect.h"

#include <string.h>

static const double numbers[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

static sard_status blocks(op_test *t, const char *op, const char *mode, sard_value *x)
{
    const sard_attr attrs[] = {{.name = "blocksize", .kind = SARD_ATTR_INT, .i = 2},
                               {.name = "mode", .kind = SARD_ATTR_STRING, .s = {mode, strlen(mode)}}};
    return op_run(t, op, &x, 1, attrs, 2, 1);
}

START_TEST(depth_to_space)
{
    op_test t;
    op_start(&t);
    sard_value *x = op_numbers(&t, "x", SARD_F32, numbers, 4, (int64_t[]){1, 8, 1, 2});
    ck_assert_int_eq(blocks(&t, "DepthToSpace", "DCR", x), SARD_OK);
    expect(&t, 4, (int64_t[]){1, 2, 2, 4}, (double[]){0, 4, 1, 5, 8, 12, 9, 13, 2, 6, 3, 7, 10, 14, 11, 15});
    ck_assert_int_eq(blocks(&t, "DepthToSpace", "CRD", x), SARD_OK);
    expect(&t, 4, (int64_t[]){1, 2, 2, 4}, (double[]){0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15});
    sard_value *odd = op_numbers(&t, "odd", SARD_F32, numbers, 4, (int64_t[]){1, 6, 1, 2});
    op_expect_error(&t, blocks(&t, "DepthToSpace", "CRD", odd), SARD_SHAPE, "blocks of 2 do not fit 6 channels of 1x2");
    op_end(&t);
}
END_TEST

START_TEST(space_to_depth_is_the_opposite)
{
    static const char *const modes[] = {"DCR", "CRD"};
    for (int k = 0; k < 2; k++) {
        op_test t;
        op_start(&t);
        sard_value *x = op_numbers(&t, "x", SARD_I8, numbers, 4, (int64_t[]){1, 1, 4, 4});
        ck_assert_int_eq(blocks(&t, "SpaceToDepth", modes[k], x), SARD_OK);
        expect(&t, 4, (int64_t[]){1, 4, 2, 2}, (double[]){0, 2, 8, 10, 1, 3, 9, 11, 4, 6, 12, 14, 5, 7, 13, 15});
        sard_value *deep = op_constant(&t, "deep", SARD_I8, t.outputs[0].data, 4, t.outputs[0].dims);
        ck_assert_int_eq(blocks(&t, "DepthToSpace", modes[k], deep), SARD_OK);
        expect(&t, 4, (int64_t[]){1, 1, 4, 4}, numbers);
        op_end(&t);
    }
}
END_TEST

/* Channels last: the same pixels. */
START_TEST(space_to_depth_with_channels_last)
{
    op_test t;
    op_start(&t);
    sard_value *x = op_numbers(&t, "x", SARD_F32, numbers, 4, (int64_t[]){1, 2, 2, 2});
    ck_assert_int_eq(blocks(&t, "SpaceToDepth", "DCR", x), SARD_OK);
    t.node->layout = SARD_NHWC;
    ck_assert_int_eq(sard_node_infer(t.node, &t.error), SARD_OK);
    ck_assert_int_eq(sard_eval_constant(t.node, &t.arena, 1024, t.outputs, &t.error), SARD_OK);
    expect(&t, 4, (int64_t[]){1, 1, 1, 8}, (double[]){0, 1, 2, 3, 4, 5, 6, 7});
    op_end(&t);
}
END_TEST

START_TEST(reverse_sequence)
{
    op_test t;
    op_start(&t);
    sard_value *x = op_numbers(&t, "x", SARD_F32, numbers, 2, (int64_t[]){4, 3});
    sard_value *lens = op_i64(&t, "lens", (int64_t[]){4, 0, 2}, 1, (int64_t[]){3}),
               *wrong = op_i64(&t, "wrong", (int64_t[]){5, 1, 1}, 1, (int64_t[]){3});
    ck_assert_int_eq(op_run(&t, "ReverseSequence", (sard_value *[]){x, lens}, 2, NULL, 0, 1), SARD_OK);
    expect(&t, 2, (int64_t[]){4, 3}, (double[]){9, 1, 5, 6, 4, 2, 3, 7, 8, 0, 10, 11});
    op_expect_error(&t, op_run(&t, "ReverseSequence", (sard_value *[]){x, wrong}, 2, NULL, 0, 1), SARD_DATA, "sequence 0 has length 5");
    op_end(&t);
}
END_TEST

START_TEST(col2im_adds_what_overlaps)
{
    op_test t;
    op_start(&t);
    const int64_t padding[] = {1, 0};
    const sard_attr pads = {.name = "pads", .kind = SARD_ATTR_INTS, .count = 2, .ints = padding};
    sard_value *x = op_numbers(&t, "x", SARD_I32, numbers, 3, (int64_t[]){1, 2, 3});
    sard_value *image = op_i64(&t, "image", (int64_t[]){3}, 1, (int64_t[]){1}),
               *block = op_i64(&t, "block", (int64_t[]){2}, 1, (int64_t[]){1});
    ck_assert_int_eq(op_run(&t, "Col2Im", (sard_value *[]){x, image, block}, 3, &pads, 1, 1), SARD_OK);
    expect(&t, 3, (int64_t[]){1, 1, 3}, (double[]){1 + 3, 2 + 4, 5});
    op_expect_error(&t, op_infer(&t, "Col2Im", (sard_value *[]){x, image, block}, 3, NULL, 0, 1), SARD_SHAPE,
                    "input has 3 blocks, but the image has 2");
    op_end(&t);
}
END_TEST

START_TEST(tensor_scatter)
{
    op_test t;
    op_start(&t);
    sard_attr mode = {.name = "mode", .kind = SARD_ATTR_STRING, .s = {"circular", 8}};
    sard_value *cache = op_numbers(&t, "cache", SARD_F32, (double[8]){0}, 3, (int64_t[]){2, 4, 1});
    sard_value *update = op_numbers(&t, "update", SARD_F32, (double[]){1, 2, 3, 4}, 3, (int64_t[]){2, 2, 1});
    sard_value *places = op_i64(&t, "places", (int64_t[]){1, 3}, 1, (int64_t[]){2});
    ck_assert_int_eq(op_run(&t, "TensorScatter", (sard_value *[]){cache, update, places}, 3, &mode, 1, 1), SARD_OK);
    expect(&t, 3, (int64_t[]){2, 4, 1}, (double[]){0, 1, 2, 0, 4, 0, 0, 3});
    op_expect_error(&t, op_run(&t, "TensorScatter", (sard_value *[]){cache, update, places}, 3, NULL, 0, 1), SARD_DATA,
                    "2 elements at 3 are beyond a length of 4");
    op_end(&t);
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {depth_to_space,
                                  space_to_depth_is_the_opposite,
                                  space_to_depth_with_channels_last,
                                  reverse_sequence,
                                  col2im_adds_what_overlaps,
                                  tensor_scatter,
                                  NULL};
    return check_suite("rearrange", tests);
}

CHECK_MAIN(suite)
