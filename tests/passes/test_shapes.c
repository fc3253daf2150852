/* Passes about shapes: the graph before, the graph after; and what they must leave alone. */
#include "tests/support/check.h"
#include "tests/support/graph.h"

#include <stdio.h>

static void stays(const char *pass, const char *text) { check_pass(pass, text, text); }

/* ---- merge_reshapes ---- */

START_TEST(reshapes_merge)
{
    check_pass(
        "merge_reshapes",
        "graph g {\n input x: float32[N,4,6]\n const a: int64[1] = {1}\n const s: int64[2] = {0, 24}\n const t: int64[3] = {0, 2, -1}\n"
        " b = Unsqueeze(x, a)\n c = Flatten(b)\n d = Reshape(c, s)\n y = Reshape(d, t)\n output y\n}",
        "graph g {\n input x: float32[N,4,6]\n const y_10: int64[3] = {0, 2, 12}\n y = Reshape(x, y_10)\n output y\n}");
}
END_TEST

/* What Shape, Gather and Concat make of a free batch is 0 or -1. */
START_TEST(computed_dims_become_numbers)
{
    check_pass("merge_reshapes",
               "graph g {\n input x: float32[N,4,6]\n const i: int64[1] = {0}\n const m: int64[2] = {3, 8}\n const p: int64[1] = {6}\n"
               " s = Shape(x)\n n = Gather(s, i)\n d = Concat(n, m) {axis = 0}\n y = Reshape(x, d)\n"
               " e = Concat(m, n) {axis = 0}\n z = Reshape(y, e)\n output y\n output z\n}",
               "graph g {\n input x: float32[N,4,6]\n const y_10: int64[3] = {0, 3, 8}\n const z_11: int64[3] = {3, 8, -1}\n"
               " y = Reshape(x, y_10)\n z = Reshape(x, z_11)\n output y\n output z\n}");
}
END_TEST

/* Two sizes that only the run knows. */
START_TEST(unknown_dims_stay)
{
    stays("merge_reshapes", "graph g {\n input x: float32[N,4,?]\n input d: int64[3]\n y = Reshape(x, d)\n output y\n}");
}
END_TEST

/* 64 windows of each picture, and the pictures again. */
START_TEST(multiples_of_symbols_are_known)
{
    check_pass("merge_reshapes",
               "graph g {\n input x: float32[N,64,3]\n const s: int64[2] = {-1, 3}\n const t: int64[3] = {-1, 32, 3}\n"
               " const u: int64[3] = {-1, 16, 12}\n a = Reshape(x, s)\n b = Relu(a)\n c = Reshape(b, t)\n d = Reshape(c, u)\n"
               " output a\n output c\n output d\n}",
               "graph g {\n input x: float32[N,64,3]\n const s: int64[2] = {-1, 3}\n const t: int64[3] = {-1, 32, 3}\n"
               " const d_8: int64[3] = {-1, 16, 12}\n a = Reshape(x, s) : float32[\"64*N\",3]\n b = Relu(a) : float32[\"64*N\",3]\n"
               " c = Reshape(b, t) : float32[\"2*N\",32,3]\n d = Reshape(b, d_8) : float32[N,16,12]\n output a\n output c\n output d\n}");
}
END_TEST

/* ---- gather_in_order ---- */

#define FLAT " const m: int64[1] = {-1}\n f = Reshape(x, m)\n"

START_TEST(indices_that_count_up_are_a_reshape)
{
    check_pass("gather_in_order",
               "graph g {\n input x: float32[2,3]\n const i: int64[3,2] = {0, 1, 2, 3, 4, 5}\n" FLAT " y = Gather(f, i)\n output y\n}",
               "graph g {\n input x: float32[2,3]\n const y_5: int64[2] = {3, 2}\n y = Reshape(x, y_5)\n output y\n}");
    check_pass("gather_in_order",
               "graph g {\n input x: float32[N,1,1,3]\n const o: int64[] = {0}\n const l: int64[] = {1}\n const t: int64[] = {3}\n"
               " const a: int64[3] = {1, 2, 3}\n const c: int64[3,1,1] = {0, 1, 2}\n const z: int64[1] = {0}\n" FLAT
               " s = Shape(x) {end = 1}\n n = Squeeze(s, z)\n r = Range(o, n, l)\n p = Mul(r, t)\n u = Unsqueeze(p, a)\n i = Add(u, c)\n"
               " y = Gather(f, i)\n output y\n}",
               "graph g {\n input x: float32[N,1,1,3]\n const y_16: int64[4] = {0, 3, 1, 1}\n y = Reshape(x, y_16)\n output y\n}");
}
END_TEST

/* Back to front, every second one, in columns, one too few; of a tensor of other sizes. */
START_TEST(other_indices_stay)
{
    static const char *const indices[] = {"{5, 4, 3, 2, 1, 0}", "{0, 1, 2, 3, 4, 6}", "{0, 2, 4, 1, 3, 5}", "{1, 2, 3, 4, 5, 6}"};
    char text[300];
    for (size_t i = 0; i < sizeof indices / sizeof *indices; i++) {
        snprintf(text, sizeof text, "graph g {\n input x: float32[2,3]\n const i: int64[3,2] = %s\n" FLAT " y = Gather(f, i)\n output y\n}",
                 indices[i]);
        stays("gather_in_order", text);
    }
    stays("gather_in_order",
          "graph g {\n input x: float32[2,4]\n const i: int64[3,2] = {0, 1, 2, 3, 4, 5}\n" FLAT " y = Gather(f, i)\n output y\n}");
    stays("gather_in_order",
          "graph g {\n input x: float32[?,3]\n const i: int64[3,2] = {0, 1, 2, 3, 4, 5}\n" FLAT " y = Gather(f, i)\n output y\n}");
}
END_TEST

/* ---- pad_expanded ---- */

#define TOKEN(type, values, concat)                                                                                                       \
    "graph g {\n input x: float32[N,2,2]\n const c: float32" type " = " values "\n const o: int64[2] = {1, 2}\n s = Shape(x) {end = 1}\n" \
    " d = Concat(s, o) {axis = 0}\n e = Expand(c, d)\n y = Concat(" concat "\n output y\n}"

START_TEST(a_token_is_a_pad_and_a_sum)
{
    check_pass(
        "pad_expanded", TOKEN("[1,1,2]", "{5, 6}", "e, x) {axis = 1}"),
        "graph g {\n input x: float32[N,2,2]\n const c_7: float32[1,3,2] = {5, 6, 0, 0, 0, 0}\n const y_8: int64[6] = {0, 1, 0, 0, 0, 0}\n"
        " y_9 = Pad@y(x, y_8)\n y_10 = Add@y(y_9, c_7)\n output y = y_10\n}");
    check_pass("pad_expanded", TOKEN("[1,1]", "{5}", "x, e) {axis = -2}"),
               "graph g {\n input x: float32[N,2,2]\n const c_7: float32[3,1] = {0, 0, 5}\n const y_8: int64[6] = {0, 0, 0, 0, 1, 0}\n"
               " y_9 = Pad@y(x, y_8)\n y_10 = Add@y(y_9, c_7)\n output y = y_10\n}");
}
END_TEST

START_TEST(other_concats_stay)
{
    stays("pad_expanded", TOKEN("[1,1,1]", "{5}", "e, x, e) {axis = 1}"));
    stays("pad_expanded", "graph g {\n input x: float32[N,2]\n input c: float32[1,1]\n const o: int64[1] = {1}\n s = Shape(x) {end = 1}\n"
                          " d = Concat(s, o) {axis = 0}\n e = Expand(c, d)\n y = Concat(e, x) {axis = 1}\n output y\n}");
}
END_TEST

/* ---- shuffle_to_slice ---- */

/* x is shuffled by way of other dims, then a part of it taken. */
#define SHUFFLE(first, perm, second, attrs)                                                                                             \
    "graph g {\n input x: float32[1,6,2,2]\n const a: int64[3] = " first "\n const b: int64[5] = " second "\n const i: int64[] = {1}\n" \
    " c = Reshape(x, a)\n d = Transpose(c) {perm = " perm "}\n e = Reshape(d, b)\n y = Gather(e, i) {axis = " attrs "}\n output y\n}"

START_TEST(a_part_of_a_shuffle_is_a_slice)
{
    check_pass(
        "shuffle_to_slice", SHUFFLE("{3, 2, 4}", "[1, 0, 2]", "{2, 1, 3, 2, 2}", "0"),
        "graph g {\n input x: float32[1,6,2,2]\n const y_8: int64[1] = {1}\n const y_9: int64[1] = {6}\n const y_10: int64[1] = {1}\n"
        " const y_11: int64[1] = {2}\n y_12 = Slice@y(x, y_8, y_9, y_10, y_11)\n output y = y_12\n}");
    check_pass(
        "shuffle_to_slice", SHUFFLE("{2, 3, 4}", "[1, 0, 2]", "{1, 3, 2, 2, 2}", "-4"),
        "graph g {\n input x: float32[1,6,2,2]\n const y_8: int64[1] = {1}\n const y_9: int64[1] = {6}\n const y_10: int64[1] = {1}\n"
        " const y_11: int64[1] = {3}\n y_12 = Slice@y(x, y_8, y_9, y_10, y_11)\n output y = y_12\n}");
}
END_TEST

/* A half that is one piece, axes that change places, elements of two axes in one. */
START_TEST(other_parts_stay)
{
    stays("shuffle_to_slice", SHUFFLE("{3, 2, 4}", "[0, 1, 2]", "{2, 1, 3, 2, 2}", "0"));
    stays("shuffle_to_slice", SHUFFLE("{3, 2, 4}", "[2, 0, 1]", "{4, 1, 3, 2, 1}", "0"));
    stays("shuffle_to_slice", SHUFFLE("{3, 2, 4}", "[1, 0, 2]", "{3, 1, 2, 2, 2}", "0"));
    stays("shuffle_to_slice", "graph g {\n input x: float32[1,6,2,2]\n const s: int64[5] = {2, 1, 3, 2, 2}\n const i: int64[] = {0}\n"
                              " c = Reshape(x, s)\n y = Gather(c, i)\n output y\n}");
    stays("shuffle_to_slice", "graph g {\n input x: float32[N,4]\n const s: int64[2] = {-1, 2}\n const i: int64[] = {1}\n"
                              " c = Reshape(x, s)\n y = Gather(c, i) {axis = 1}\n output y\n}");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("shapes");
    TCase *c = tcase_create("text");
    tcase_add_test(c, reshapes_merge);
    tcase_add_test(c, computed_dims_become_numbers);
    tcase_add_test(c, unknown_dims_stay);
    tcase_add_test(c, multiples_of_symbols_are_known);
    tcase_add_test(c, indices_that_count_up_are_a_reshape);
    tcase_add_test(c, other_indices_stay);
    tcase_add_test(c, a_token_is_a_pad_and_a_sum);
    tcase_add_test(c, other_concats_stay);
    tcase_add_test(c, a_part_of_a_shuffle_is_a_slice);
    tcase_add_test(c, other_parts_stay);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
