/* Each pass: the graph before, the graph after; and what it must leave alone. */
#include "tests/support/check.h"
#include "tests/support/graph.h"

#include <stdio.h>

START_TEST(constants_fold)
{
    check_pass("fold_constants",
               "graph g {\n input x: float32[2]\n const a: float32[2] = {1, 2}\n const b: float32[2] = {3, 4}\n"
               " c = Add(a, b)\n y = Mul(x, c)\n output y\n}",
               "graph g {\n input x: float32[2]\n const c: float32[2] = {4, 6}\n y = Mul(x, c)\n output y\n}");
}
END_TEST

START_TEST(shape_arithmetic_folds_with_a_free_batch)
{
    check_pass("fold_constants",
               "graph g {\n input x: float32[N,4,8]\n const i: int64[1] = {1}\n s = Shape(x)\n c = Gather(s, i)\n"
               " y = ConstantOfShape(c)\n output y\n}",
               "graph g {\n input x: float32[N,4,8]\n const y: float32[4] = {0, 0, 0, 0}\n output y\n}");
}
END_TEST

START_TEST(folding_is_bounded)
{
    const char *const text = "graph g {\n input x: float32[1]\n const n: int64[1] = {400000}\n z = ConstantOfShape(n) : float32[400000]\n"
                             " y = Add(x, z)\n output y\n}";
    check_pass("fold_constants", text, text);
}
END_TEST

START_TEST(pads_of_zeros_become_those_of_convolutions)
{
    check_pass("absorb_pad",
               "graph g {\n input x: float32[N,3,8,H]\n const w: float32[4,3,3,3] = {...}\n const p: int64[4] = {0, 1, 2, 3}\n"
               " const a: int64[2] = {-2, 3}\n const z: float32[] = {0}\n b = Pad(x, p, z, a)\n"
               " c = Conv(b, w) {auto_pad = \"VALID\", strides = [2, 2]}\n d = Conv(b, w) {pads = [1, 0, 0, 1]}\n"
               " output c\n output d\n}",
               "graph g {\n input x: float32[N,3,8,H]\n const w: float32[4,3,3,3] = {...}\n"
               " c = Conv(x, w) {auto_pad = \"NOTSET\", pads = [0, 1, 2, 3], strides = [2, 2]}\n d = Conv(x, w) {pads = [1, 1, 2, 4]}\n"
               " output c\n output d\n}");
    check_pass("absorb_pad",
               "graph g {\n input x: float32[1,8,8,3]\n const w: float32[4,3,3,3] = {...}\n"
               " const p: int64[8] = {0, 1, 0, 0, 0, 0, 1, 0}\n b = Pad(x, p)\n y = Conv(b, w) nhwc\n output y\n}",
               "graph g {\n input x: float32[1,8,8,3]\n const w: float32[4,3,3,3] = {...}\n"
               " y = Conv(x, w) {pads = [1, 0, 0, 1]} nhwc\n output y\n}");
}
END_TEST

/* Not zeros, not only around pictures, less instead of more, pads that depend on the size. */
START_TEST(other_pads_stay)
{
    static const char *const parts[][3] = {{"0, 0, 1, 1, 0, 0, 1, 1", ", one", ""},
                                           {"0, 1, 0, 0, 0, 0, 0, 0", "", ""},
                                           {"0, 0, -1, 0, 0, 0, 1, 0", "", ""},
                                           {"0, 0, 1, 1, 0, 0, 1, 1", "", " {auto_pad = \"SAME_UPPER\"}"}};
    char text[600];
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        snprintf(text, sizeof text,
                 "graph g {\n input x: float32[1,%d,8,8]\n const w: float32[4,3,3,3] = {...}\n const p: int64[8] = {%s}\n%s"
                 " b = Pad(x, p%s)\n y = Conv(b, w)%s\n output y\n}",
                 i == 1 ? 2 : 3, parts[i][0], i ? "" : " const one: float32[] = {1}\n", parts[i][1], parts[i][2]);
        check_pass("absorb_pad", text, text);
    }
}
END_TEST

/* x of 1 x 1 x 8 x 8 and a Pad with `value`; what the pool is before and after. */
static void check_pool(const char *before, const char *value, const char *pool, const char *after)
{
    char text[800], wanted[800];
    snprintf(text, sizeof text,
             "graph g {\n input x: float32[1,1,8,8]\n const p: int64[8] = {0, 0, 1, 0, 0, 0, 2, 1}\n const v: float32[] = {%s}\n%s"
             " b = Pad(a, p, v)\n y = %s\n output y\n}",
             value, before, pool);
    snprintf(wanted, sizeof wanted, "graph g {\n input x: float32[1,1,8,8]\n%s y = %s\n output y\n}", before, after ? after : "");
    check_pass("absorb_pad", text, after ? wanted : text);
}

START_TEST(pads_become_those_of_pools)
{
    check_pool(" a = Neg(x)\n", "0", "AveragePool(b) {kernel_shape = [3, 3]}",
               "AveragePool(a) {count_include_pad = 1, kernel_shape = [3, 3], pads = [1, 0, 2, 1]}");
    check_pool(" a = Neg(x)\n", "0", "AveragePool(b) {count_include_pad = 1, kernel_shape = [4, 4], pads = [1, 1, 1, 1]}",
               "AveragePool(a) {count_include_pad = 1, kernel_shape = [4, 4], pads = [2, 1, 3, 2]}");
    check_pool(" a = Relu(x)\n", "0", "MaxPool(b) {auto_pad = \"VALID\", kernel_shape = [3, 3]}",
               "MaxPool(a) {kernel_shape = [3, 3], pads = [1, 0, 2, 1]}");
    check_pool(" a = Neg(x)\n", "-inf", "MaxPool(b) {kernel_shape = [3, 3]}", "MaxPool(a) {kernel_shape = [3, 3], pads = [1, 0, 2, 1]}");
}
END_TEST

/* An average that leaves its own pads out, windows that may lie outside, numbers below 0, other values, indices into what is padded. */
START_TEST(pads_of_other_pools_stay)
{
    check_pool(" a = Neg(x)\n", "0", "AveragePool(b) {kernel_shape = [4, 4], pads = [1, 1, 1, 1]}", NULL);
    check_pool(" a = Neg(x)\n", "0", "AveragePool(b) {kernel_shape = [3, 3], ceil_mode = 1}", NULL);
    check_pool(" a = Neg(x)\n", "0", "AveragePool(b) {kernel_shape = [2, 2]}", NULL);
    check_pool(" a = Neg(x)\n", "-inf", "AveragePool(b) {kernel_shape = [3, 3]}", NULL);
    check_pool(" a = Neg(x)\n", "0", "MaxPool(b) {kernel_shape = [3, 3]}", NULL);
    check_pool(" a = Relu(x)\n", "1", "MaxPool(b) {kernel_shape = [3, 3]}", NULL);
    check_pool(" a = Relu(x)\n", "0", "MaxPool(b) {kernel_shape = [3, 3], ceil_mode = 1}", NULL);
    const char *const text = "graph g {\n input x: float32[1,1,8,8]\n const p: int64[8] = {0, 0, 1, 1, 0, 0, 1, 1}\n a = Relu(x)\n"
                             " b = Pad(a, p)\n y, i = MaxPool(b) {kernel_shape = [3, 3]}\n output y\n output i\n}";
    check_pass("absorb_pad", text, text);
}
END_TEST

/* Dilations of 9 and 5 on a picture of 8 by 8, a stride that jumps over it; what is left of W. */
START_TEST(taps_on_padding_go)
{
    check_pass("trim_window",
               "graph g {\n input x: float32[N,1,8,8]\n const w: float32[1,1,3,3] = {1, 2, 3, 4, 5, 6, 7, 8, 9}\n"
               " y = Conv(x, w) {dilations = [9, 5], kernel_shape = [3, 3], pads = [9, 5, 9, 5]}\n output y\n}",
               "graph g {\n input x: float32[N,1,8,8]\n const w_3: float32[1,1,1,3] = {4, 5, 6}\n"
               " y = Conv(x, w_3) {dilations = [9, 5], kernel_shape = [1, 3], pads = [0, 5, 0, 5]}\n output y\n}");
    check_pass("trim_window",
               "graph g {\n input x: float32[1,8,8,2]\n const w: float32[1,2,2,2] = {1, 2, 3, 4, 5, 6, 7, 8}\n"
               " y = Conv(x, w) {pads = [3, 0, 0, 1], strides = [2, 9]} nhwc\n output y\n}",
               "graph g {\n input x: float32[1,8,8,2]\n const w: float32[1,2,2,2] = {1, 2, 3, 4, 5, 6, 7, 8}\n"
               " y = Conv(x, w) {pads = [3, 0, 0, 1], strides = [2, 9]} nhwc\n output y\n}");
    check_pass("trim_window",
               "graph g {\n input x: float32[1,8,8,1]\n const w: float32[1,1,2,3] = {1, 2, 3, 4, 5, 6}\n"
               " y = Conv(x, w) {dilations = [1, 7], pads = [0, 0, 0, 7], strides = [1, 8]} nhwc\n output y\n}",
               "graph g {\n input x: float32[1,8,8,1]\n const w_3: float32[1,1,2,2] = {1, 2, 4, 5}\n"
               " y = Conv(x, w_3) {dilations = [1, 7], pads = [0, 0, 0, 0], strides = [1, 8]} nhwc\n output y\n}");
}
END_TEST

START_TEST(activation_becomes_an_epilogue)
{
    check_pass("fuse_activation",
               "graph g {\n input x: float32[1,1,2,2]\n const w: float32[2,1,1,1] = {1, 2}\n c = Conv(x, w)\n y = Relu(c)\n output y\n}",
               "graph g {\n input x: float32[1,1,2,2]\n const w: float32[2,1,1,1] = {1, 2}\n y = Conv@c(x, w) |> Relu()\n output y\n}");
}
END_TEST

START_TEST(activation_of_an_output_stays)
{
    const char *const text = "graph g {\n input x: float32[1,1,2,2]\n const w: float32[2,1,1,1] = {1, 2}\n c = Conv(x, w)\n y = Relu(c)\n"
                             " output y\n output c\n}";
    check_pass("fuse_activation", text, text);
}
END_TEST

START_TEST(input_transform_becomes_one_scale_and_shift)
{
    check_pass("transform_input",
               "graph g {\n input x: float32[N,2,4,4]\n const i: int64[] = {0}\n const j: int64[] = {1}\n const u: int64[1] = {1}\n"
               " const p: float32[] = {2}\n const q: float32[] = {3}\n const r: float32[] = {5}\n"
               " a = Gather(x, i) {axis = 1}\n b = Unsqueeze(a, u)\n c = Mul(b, p)\n d = Add(c, q)\n"
               " e = Gather(x, j) {axis = 1}\n f = Unsqueeze(e, u)\n h = Mul(f, q)\n k = Add(h, r)\n"
               " m = Concat(d, k) {axis = 1}\n y = Relu(m)\n output y\n}",
               "graph g {\n input x: float32[N,2,4,4]\n const m_17: float32[2,1,1] = {2, 3}\n const m_19: float32[2,1,1] = {3, 5}\n"
               " m_18 = Mul@m(x, m_17)\n m_20 = Add@m(m_18, m_19)\n y = Relu(m_20)\n output y\n}");
}
END_TEST

START_TEST(channels_out_of_order_stay)
{
    const char *const text =
        "graph g {\n input x: float32[N,2,4,4]\n const i: int64[] = {0}\n const j: int64[] = {1}\n const u: int64[1] = {1}\n"
        " a = Gather(x, i) {axis = 1}\n b = Unsqueeze(a, u)\n e = Gather(x, j) {axis = 1}\n f = Unsqueeze(e, u)\n"
        " y = Concat(f, b) {axis = 1}\n output y\n}";
    check_pass("transform_input", text, text);
}
END_TEST

START_TEST(dead_nodes_go)
{
    check_pass("remove_dead", "graph g {\n input x: float32[2]\n a = Relu(x)\n b = Exp(a)\n y = Neg(x)\n output y\n}",
               "graph g {\n input x: float32[2]\n y = Neg(x)\n output y\n}");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("passes");
    TCase *c = tcase_create("text");
    tcase_add_test(c, constants_fold);
    tcase_add_test(c, shape_arithmetic_folds_with_a_free_batch);
    tcase_add_test(c, folding_is_bounded);
    tcase_add_test(c, pads_of_zeros_become_those_of_convolutions);
    tcase_add_test(c, other_pads_stay);
    tcase_add_test(c, pads_become_those_of_pools);
    tcase_add_test(c, pads_of_other_pools_stay);
    tcase_add_test(c, taps_on_padding_go);
    tcase_add_test(c, activation_becomes_an_epilogue);
    tcase_add_test(c, activation_of_an_output_stays);
    tcase_add_test(c, input_transform_becomes_one_scale_and_shift);
    tcase_add_test(c, channels_out_of_order_stay);
    tcase_add_test(c, dead_nodes_go);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
