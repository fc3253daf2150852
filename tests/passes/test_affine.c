/* Passes about products and sums with constants: the graph before, the graph after; and what they must leave alone. */
#include "tests/support/check.h"
#include "tests/support/graph.h"

#include <stdio.h>

static void stays(const char *pass, const char *text) { check_pass(pass, text, text); }

/* ---- fold_affine ---- */

START_TEST(batch_norm_folds_into_conv)
{
    check_pass("fold_affine",
               "graph g {\n input x: float32[1,1,2,2]\n const w: float32[2,1,1,1] = {1, 2}\n const s: float32[2] = {3, 4}\n"
               " const t: float32[2] = {5, 6}\n const m: float32[2] = {1, 2}\n const v: float32[2] = {4, 16}\n"
               " c = Conv(x, w)\n y = BatchNormalization(c, s, t, m, v) {epsilon = 0.0}\n output y\n}",
               "graph g {\n input x: float32[1,1,2,2]\n const w_8: float32[2,1,1,1] = {1.5, 2}\n const y_9: float32[2] = {3.5, 4}\n"
               " y = Conv@c(x, w_8, y_9)\n output y\n}");
}
END_TEST

/* Two normalisations share their parameters: neither sees what the other one made of them. */
START_TEST(shared_parameters_fold_twice)
{
    check_pass("fold_affine",
               "graph g {\n input x: float32[1,1,2,2]\n const w: float32[1,1,1,1] = {3}\n const s: float32[1] = {2}\n"
               " const t: float32[1] = {5}\n const m: float32[1] = {1}\n const v: float32[1] = {4}\n c = Conv(x, w)\n"
               " d = BatchNormalization(c, s, t, m, v) {epsilon = 0.0}\n e = Conv(d, w)\n"
               " y = BatchNormalization(e, s, t, m, v) {epsilon = 0.0}\n output y\n}",
               "graph g {\n input x: float32[1,1,2,2]\n const w: float32[1,1,1,1] = {3}\n const d_10: float32[1] = {4}\n"
               " const y_11: float32[1] = {4}\n d = Conv@c(x, w, d_10)\n y = Conv@e(d, w, y_11)\n output y\n}");
}
END_TEST

START_TEST(batch_norm_of_a_shared_conv_stays)
{
    stays("fold_affine", "graph g {\n input x: float32[1,1,2,2]\n const w: float32[2,1,1,1] = {1, 2}\n const s: float32[2] = {3, 4}\n"
                         " c = Conv(x, w)\n y = BatchNormalization(c, s, s, s, s)\n z = Add(c, y)\n output z\n}");
}
END_TEST

START_TEST(batch_norm_without_variance_stays)
{
    stays("fold_affine", "graph g {\n input x: float32[1,1,2,2]\n const w: float32[2,1,1,1] = {1, 2}\n const s: float32[2] = {3, 4}\n"
                         " const v: float32[2] = {1, -1}\n c = Conv(x, w)\n y = BatchNormalization(c, s, s, s, v)\n output y\n}");
}
END_TEST

START_TEST(sums_that_are_an_output_stay)
{
    stays("fold_affine", "graph g {\n input x: float32[1,1,2,2]\n const w: float32[2,1,1,1] = {1, 2}\n const b: float32[2,1,1] = {3, 4}\n"
                         " c = Conv(x, w)\n y = Add(c, b)\n output y\n output c\n}");
}
END_TEST

/* c is the outer value of a subgraph of d's. */
START_TEST(sums_that_a_subgraph_reads_stay)
{
    stays("fold_affine", "graph g {\n input x: float32[1,1,2,2]\n input p: bool[]\n const w: float32[2,1,1,1] = {1, 2}\n"
                         " const b: float32[2,1,1] = {3, 4}\n c = Conv(x, w)\n y = Add(c, b)\n"
                         " d = If(p) {else_branch = graph e {\n  capture c\n  f = Neg(c)\n  output f\n },"
                         " then_branch = graph t {\n  capture c\n  h = Abs(c)\n  output h\n }}\n output y\n output d\n}");
}
END_TEST

START_TEST(arithmetic_folds_into_conv)
{
    check_pass("fold_affine",
               "graph g {\n input x: float32[1,2,2,2]\n const w: float32[2,1,1,1] = {1, 2}\n const b: float32[2] = {1, -1}\n"
               " const m: float32[1,2,1,1] = {3, 4}\n const a: float32[2,1,1] = {5, 6}\n const d: float32[] = {2}\n"
               " const s: float32[1] = {10}\n c = Conv(x, w, b) {group = 2}\n e = Mul(m, c)\n f = Add(e, a)\n h = Div(f, d)\n"
               " y = Sub(s, h)\n output y\n}",
               "graph g {\n input x: float32[1,2,2,2]\n const w_17: float32[2,1,1,1] = {-1.5, -4}\n const y_18: float32[2] = {6, 9}\n"
               " y = Conv@c(x, w_17, y_18) {group = 2}\n output y\n}");
}
END_TEST

/* Channels last: the last dim is that of the channels. */
START_TEST(arithmetic_folds_into_conv_with_channels_last)
{
    const char *const form = "graph g {\n input x: float32[1,2,2,1]\n const w: float32[2,1,1,1] = {1, 2}\n const m: float32%s = {3, 4}\n"
                             " c = Conv(x, w) nhwc\n y = Mul(c, m)\n output y\n}";
    char text[400];
    snprintf(text, sizeof text, form, "[2]");
    check_pass("fold_affine", text,
               "graph g {\n input x: float32[1,2,2,1]\n const w_5: float32[2,1,1,1] = {3, 8}\n y = Conv@c(x, w_5) nhwc\n output y\n}");
    snprintf(text, sizeof text, form, "[2,1,1]");
    stays("fold_affine", text);
}
END_TEST

/* Weights of a ConvTranspose: in, out of the group. */
START_TEST(arithmetic_folds_into_conv_transpose)
{
    check_pass("fold_affine",
               "graph g {\n input x: float32[1,2,2,2]\n const w: float32[2,2,1,1] = {1, 2, 3, 4}\n"
               " const m: float32[4,1,1] = {1, 10, 100, 1000}\n const a: float32[4,1,1] = {1, 2, 3, 4}\n"
               " c = ConvTranspose(x, w) {group = 2}\n d = Mul(c, m)\n y = Add(d, a)\n output y\n}",
               "graph g {\n input x: float32[1,2,2,2]\n const w_7: float32[2,2,1,1] = {1, 20, 300, 4000}\n"
               " const y_8: float32[4] = {1, 2, 3, 4}\n y = ConvTranspose@c(x, w_7, y_8) {group = 2}\n output y\n}");
}
END_TEST

START_TEST(arithmetic_folds_into_gemm)
{
    check_pass("fold_affine",
               "graph g {\n input x: float32[3,2]\n const w: float32[2,2] = {1, 2, 3, 4}\n const b: float32[1] = {7}\n"
               " const m: float32[2] = {2, 3}\n const s: float32[2] = {1, 1}\n const z: float32[2] = {0, 0}\n"
               " c = Gemm(x, w, b) {alpha = 0.5, transB = 1}\n d = Mul(c, m)\n"
               " y = BatchNormalization(d, s, m, z, s) {epsilon = 0.0}\n output y\n}",
               "graph g {\n input x: float32[3,2]\n const w_9: float32[2,2] = {2, 4, 9, 12}\n const y_11: float32[2] = {16, 24}\n"
               " y = Gemm@c(x, w_9, y_11) {alpha = 0.5, transB = 1}\n output y\n}");
}
END_TEST

/* A bias that is a matrix, or multiplied. */
START_TEST(other_gemms_stay)
{
    stays("fold_affine", "graph g {\n input x: float32[2,2]\n const w: float32[2,2] = {1, 2, 3, 4}\n const b: float32[2,1] = {7, 8}\n"
                         " c = Gemm(x, w, b)\n y = Mul(c, w)\n output y\n}");
    stays("fold_affine", "graph g {\n input x: float32[2,2]\n const w: float32[2,2] = {1, 2, 3, 4}\n const b: float32[2] = {7, 8}\n"
                         " c = Gemm(x, w, b) {beta = 0.5}\n y = Mul(c, b)\n output y\n}");
}
END_TEST

START_TEST(matmul_and_a_bias_are_gemm)
{
    check_pass("fold_affine",
               "graph g {\n input x: float32[N,2]\n const w: float32[2,2] = {1, 2, 3, 4}\n const b: float32[2] = {7, 8}\n"
               " c = MatMul(x, w)\n d = Mul(c, b)\n y = Add(b, d)\n output y\n}",
               "graph g {\n input x: float32[N,2]\n const w_6: float32[2,2] = {7, 16, 21, 32}\n const y_7: float32[2] = {7, 8}\n"
               " y = Gemm@c(x, w_6, y_7)\n output y\n}");
}
END_TEST

/* There is no place for a bias; a factor goes into the columns. */
START_TEST(matmul_of_stacks_takes_factors_alone)
{
    check_pass("fold_affine",
               "graph g {\n input x: float32[N,3,2]\n const w: float32[2,2] = {1, 2, 3, 4}\n const b: float32[2] = {7, 8}\n"
               " c = MatMul(x, w)\n d = Mul(c, b)\n y = Add(d, b)\n output y\n}",
               "graph g {\n input x: float32[N,3,2]\n const b: float32[2] = {7, 8}\n const w_6: float32[2,2] = {7, 16, 21, 32}\n"
               " d = MatMul@c(x, w_6)\n y = Add(d, b)\n output y\n}");
}
END_TEST

/* Along the width, wider than the sums, not constant; behind a group's Conv none of them is a bias. */
START_TEST(sums_that_are_no_bias_stay)
{
    static const char *const others[] = {"const b: float32[2] = {3, 4}", "const b: float32[2,2,2] = {1, 2, 3, 4, 5, 6, 7, 8}",
                                         "const b: float32[2,1,1,1] = {3, 4}", "input b: float32[2,1,1]",
                                         "const b: float32[1,1,2,1,1] = {3, 4}"};
    char text[400];
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        snprintf(text, sizeof text,
                 "graph g {\n input x: float32[1,2,2,2]\n %s\n const w: float32[2,1,1,1] = {1, 2}\n c = Conv(x, w) {group = 2}\n"
                 " y = Add(c, b)\n output y\n}",
                 others[i]);
        stays("fold_affine", text);
    }
}
END_TEST

/* A Conv of one channel that an operand widens. */
START_TEST(a_wider_result_stays)
{
    stays("fold_affine", "graph g {\n input x: float32[1,1,2,2]\n const w: float32[1,1,1,1] = {2}\n const b: float32[2,1,1] = {3, 4}\n"
                         " c = Conv(x, w)\n y = Add(c, b)\n output y\n}");
}
END_TEST

/* 1.5 * 2^23 rounds; 1 / 0 is no number to multiply with. */
START_TEST(numbers_that_do_more_stay)
{
    stays("fold_affine", "graph g {\n input x: float32[1,1,2,2]\n const w: float32[1,1,1,1] = {2}\n const b: float32[] = {12582912}\n"
                         " c = Conv(x, w)\n y = Add(c, b)\n output y\n}");
    stays("fold_affine", "graph g {\n input x: float32[1,1,2,2]\n const w: float32[1,1,1,1] = {2}\n const b: float32[] = {0}\n"
                         " c = Conv(x, w)\n y = Div(c, b)\n output y\n}");
}
END_TEST

/* ---- fold_forward ---- */

#define CONV(x, attrs) \
    "graph g {\n input x: float32[1,2,3,3]\n const w: float32[1,2,1,1] = {3, 5}\n" x " y = Conv(b, w)" attrs "\n output y\n}"

START_TEST(arithmetic_folds_forward)
{
    check_pass("fold_forward", CONV(" const s: float32[2,1,1] = {2, 4}\n const t: float32[] = {7}\n a = Mul(x, s)\n b = Sub(a, t)\n", ""),
               "graph g {\n input x: float32[1,2,3,3]\n const y_7: float32[1] = {-56}\n const w_8: float32[1,2,1,1] = {6, 20}\n"
               " y = Conv(x, w_8, y_7)\n output y\n}");
    check_pass("fold_forward",
               "graph g {\n input x: float32[1,2,3,3]\n const w: float32[2,1,1,1] = {3, 5}\n const c: float32[2] = {1, 2}\n"
               " const s: float32[2] = {2, 4}\n const v: float32[2] = {4, 4}\n"
               " b = BatchNormalization(x, s, c, s, v) {epsilon = 0.0}\n y = Conv(b, w, c) {group = 2}\n output y\n}",
               "graph g {\n input x: float32[1,2,3,3]\n const y_7: float32[2] = {-2, -28}\n const w_8: float32[2,1,1,1] = {3, 10}\n"
               " y = Conv(x, w_8, y_7) {group = 2}\n output y\n}");
}
END_TEST

/* Zeros around the picture are zeros of the sum; of a product they are the same. */
START_TEST(sums_before_pads_stay)
{
    stays("fold_forward", CONV(" const s: float32[] = {2}\n b = Add(x, s)\n", " {pads = [0, 1, 0, 0]}"));
    stays("fold_forward", CONV(" const s: float32[] = {2}\n b = Add(x, s)\n", " {auto_pad = \"SAME_UPPER\"}"));
    check_pass("fold_forward", CONV(" const s: float32[] = {2}\n b = Mul(x, s)\n", " {pads = [0, 1, 0, 0]}"),
               "graph g {\n input x: float32[1,2,3,3]\n const w_5: float32[1,2,1,1] = {6, 10}\n"
               " y = Conv(x, w_5) {pads = [0, 1, 0, 0]}\n output y\n}");
}
END_TEST

/* A Conv that pads takes the product alone; where the quotient cannot be had both stay. */
START_TEST(a_product_before_a_sum_before_pads_folds)
{
#define SUM(s, t, x) \
    CONV(" const s: float32[2,1,1] = " s "\n const t: float32[] = {" t "}\n a = Mul(x, s)\n b = " x "\n", " {pads = [0, 1, 0, 0]}")
    check_pass("fold_forward", SUM("{2, 4}", "8", "Sub(a, t)"),
               "graph g {\n input x: float32[1,2,3,3]\n const b_7: float32[2,1,1] = {-4, -2}\n const w_8: float32[1,2,1,1] = {6, 20}\n"
               " b_9 = Add@b(x, b_7)\n y = Conv(b_9, w_8) {pads = [0, 1, 0, 0]}\n output y\n}");
    stays("fold_forward", SUM("{2, 0}", "8", "Add(a, t)"));
    stays("fold_forward", SUM("{2, 0.0001}", "8000", "Add(a, t)"));
    stays("fold_forward", SUM("{2, 4}", "8", "Sub(t, a)"));
    stays("fold_forward", CONV(" const s: float32[2,1,1] = {2, 4}\n a = Add(x, s)\n b = Sub(a, s)\n", " {pads = [0, 1, 0, 0]}"));
    stays("fold_forward", SUM("{2, 4}", "8", "Add(a, t)\n z = Relu(a)\n output z"));
#undef SUM
}
END_TEST

/* Not a number for each channel; used by others; with an activation between them, as DenseNet has it. */
START_TEST(other_arithmetic_before_conv_stays)
{
    stays("fold_forward", CONV(" const s: float32[3] = {2, 3, 4}\n b = Mul(x, s)\n", ""));
    stays("fold_forward", CONV(" const s: float32[] = {2}\n b = Mul(x, s)\n", "\n output b"));
    stays("fold_forward", CONV(" const s: float32[2] = {2, 3}\n a = BatchNormalization(x, s, s, s, s)\n b = Relu(a)\n", ""));
    stays("fold_forward", "graph g {\n input x: float32[1,1,3,3]\n const w: float32[1,2,1,1] = {3, 5}\n const s: float32[2,1,1] = {2, 3}\n"
                          " b = Mul(x, s)\n y = Conv(b, w)\n output y\n}");
}
END_TEST

/* ---- merge_affine, remove_neutral ---- */

#define CHAIN(nodes) "graph g {\n input x: float32[N,2]\n const a: float32[2] = {4, 8}\n const b: float32[] = {2}\n" nodes " output y\n}"

START_TEST(products_and_sums_merge)
{
    check_pass("merge_affine", CHAIN(" c = Add(x, a)\n y = Sub(c, b)\n"),
               "graph g {\n input x: float32[N,2]\n const a_5: float32[2] = {2, 6}\n y = Add@c(x, a_5)\n output y\n}");
    check_pass("merge_affine", CHAIN(" c = Sub(x, b)\n y = Add(a, c)\n"),
               "graph g {\n input x: float32[N,2]\n const b_5: float32[2] = {-2, -6}\n y = Sub@c(x, b_5)\n output y\n}");
    check_pass("merge_affine", CHAIN(" c = Div(x, b)\n y = Div(c, a)\n"),
               "graph g {\n input x: float32[N,2]\n const b_5: float32[2] = {8, 16}\n y = Div@c(x, b_5)\n output y\n}");
    check_pass("merge_affine", CHAIN(" c = Mul(a, x)\n y = Div(c, b)\n"),
               "graph g {\n input x: float32[N,2]\n const a_5: float32[2] = {2, 4}\n y = Mul@c(a_5, x)\n output y\n}");
}
END_TEST

/* (x / 2 - a) / 2 */
START_TEST(products_meet)
{
    check_pass("merge_affine", CHAIN(" c = Div(x, b)\n d = Sub(c, a)\n y = Div(d, b)\n"),
               "graph g {\n input x: float32[N,2]\n const a_6: float32[2] = {2, 4}\n const b_7: float32[] = {4}\n"
               " c = Div(x, b_7)\n y = Sub@d(c, a_6)\n output y\n}");
}
END_TEST

START_TEST(other_chains_stay)
{
    stays("merge_affine", CHAIN(" c = Add(x, a)\n y = Mul(c, b)\n"));
    stays("merge_affine", CHAIN(" c = Add(x, a)\n y = Sub(c, b)\n output c\n"));
    stays("merge_affine", CHAIN(" c = Sub(b, x)\n y = Add(c, a)\n"));
    stays("merge_affine", CHAIN(" const r: float32[] = {12582912}\n c = Add(x, r)\n y = Sub(c, r)\n"));
    stays("merge_affine", "graph g {\n input x: float32[N,2,3]\n const a: float32[2,1] = {1, 2}\n const b: float32[3] = {3, 4, 5}\n"
                          " c = Add(x, a)\n y = Add(c, b)\n output y\n}");
}
END_TEST

START_TEST(neutral_numbers_go)
{
    check_pass("remove_neutral",
               "graph g {\n input x: float32[N,2]\n const z: float32[2] = {0, -0.0}\n const o: float32[] = {1}\n a = Add(z, x)\n"
               " b = Sub(a, z)\n c = Mul(b, o)\n d = Div(c, o)\n e = Pow(d, o)\n y = Relu(e)\n output y\n}",
               "graph g {\n input x: float32[N,2]\n y = Relu(x)\n output y\n}");
}
END_TEST

/* 0 - x, 1 / x, what widens x. */
START_TEST(other_numbers_stay)
{
    stays("remove_neutral", "graph g {\n input x: float32[N,2]\n const z: float32[2] = {0, 0}\n const o: float32[] = {1}\n"
                            " const w: float32[3,1,1] = {0, 0, 0}\n a = Sub(z, x)\n b = Div(o, a)\n c = Add(b, w)\n"
                            " d = Mul(c, z)\n output d\n}");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("affine");
    TCase *c = tcase_create("text");
    tcase_add_test(c, batch_norm_folds_into_conv);
    tcase_add_test(c, shared_parameters_fold_twice);
    tcase_add_test(c, batch_norm_of_a_shared_conv_stays);
    tcase_add_test(c, batch_norm_without_variance_stays);
    tcase_add_test(c, sums_that_are_an_output_stay);
    tcase_add_test(c, sums_that_a_subgraph_reads_stay);
    tcase_add_test(c, arithmetic_folds_into_conv);
    tcase_add_test(c, arithmetic_folds_into_conv_with_channels_last);
    tcase_add_test(c, arithmetic_folds_into_conv_transpose);
    tcase_add_test(c, arithmetic_folds_into_gemm);
    tcase_add_test(c, other_gemms_stay);
    tcase_add_test(c, matmul_and_a_bias_are_gemm);
    tcase_add_test(c, matmul_of_stacks_takes_factors_alone);
    tcase_add_test(c, sums_that_are_no_bias_stay);
    tcase_add_test(c, a_wider_result_stays);
    tcase_add_test(c, numbers_that_do_more_stay);
    tcase_add_test(c, arithmetic_folds_forward);
    tcase_add_test(c, sums_before_pads_stay);
    tcase_add_test(c, a_product_before_a_sum_before_pads_folds);
    tcase_add_test(c, other_arithmetic_before_conv_stays);
    tcase_add_test(c, products_and_sums_merge);
    tcase_add_test(c, products_meet);
    tcase_add_test(c, other_chains_stay);
    tcase_add_test(c, neutral_numbers_go);
    tcase_add_test(c, other_numbers_stay);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
