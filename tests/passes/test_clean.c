/* Passes that take out what computes nothing new: the graph before, the graph after; and what they must leave alone. */
#include "tests/support/check.h"
#include "tests/support/graph.h"

#include <stdio.h>

static void stays(const char *pass, const char *text) { check_pass(pass, text, text); }

/* ---- merge_equal ---- */

/* By way of each other; with constants of the same bytes; with operands that changed places; three of a kind; as outputs too. */
START_TEST(equal_nodes_merge)
{
    check_pass("merge_equal",
               "graph g {\n input x: float32[2]\n const p: float32[2] = {1, 2}\n const q: float32[2] = {1, 2}\n a = Add(x, p)\n"
               " b = Add(q, x)\n c = Add(x, q)\n d = LeakyRelu(a) {alpha = 0.5}\n e = LeakyRelu(b) {alpha = 0.5}\n f = Mul(d, e)\n"
               " y = Mul(f, c)\n output y\n output e\n}",
               "graph g {\n input x: float32[2]\n const p: float32[2] = {1, 2}\n a = Add(x, p)\n d = LeakyRelu(a) {alpha = 0.5}\n"
               " f = Mul(d, d)\n y = Mul(f, a)\n output y\n output e = d\n}");
    check_pass("merge_equal",
               "graph g {\n input x: float32[4]\n const n: int64[2] = {1, 3}\n a, b = Split(x, n)\n c, d = Split(x, n)\n"
               " y = Concat(a, d) {axis = 0}\n output y\n output b\n output c\n}",
               "graph g {\n input x: float32[4]\n const n: int64[2] = {1, 3}\n a, b = Split(x, n)\n"
               " y = Concat(a, b) {axis = 0}\n output y\n output b\n output c = a\n}");
}
END_TEST

START_TEST(equal_epilogues_merge)
{
    check_pass("merge_equal",
               "graph g {\n input x: float32[1,1,2,2]\n const w: float32[1,1,1,1] = {1}\n a = Conv(x, w) |> Add($, x) |> Relu()\n"
               " b = Conv(x, w) |> Add($, x) |> Relu()\n y = Sub(a, b)\n output y\n}",
               "graph g {\n input x: float32[1,1,2,2]\n const w: float32[1,1,1,1] = {1}\n a = Conv(x, w) |> Add($, x) |> Relu()\n"
               " y = Sub(a, a)\n output y\n}");
    stays("merge_equal", "graph g {\n input x: float32[1,1,2,2]\n const w: float32[1,1,1,1] = {1}\n a = Conv(x, w) |> Relu()\n"
                         " b = Conv(x, w) |> Sigmoid()\n c = Conv(x, w) |> Add($, x)\n d = Conv(x, w) |> Add(x, $)\n"
                         " e = Conv(x, w) |> LeakyRelu() {alpha = 0.5}\n f = Conv(x, w) |> LeakyRelu()\n"
                         " y = Sum(a, b, c, d, e, f)\n output y\n}");
}
END_TEST

/* Attributes, order, constants, types, layouts that differ. */
START_TEST(nodes_that_differ_stay)
{
    stays("merge_equal",
          "graph g {\n input x: float32[1,2,2,2]\n input z: float32[1,2,2,2]\n const p: float32[] = {1}\n"
          " const q: float32[] = {2}\n const r: float32[1] = {1}\n const w: float32[2,2,1,1] = {1, 2, 3, 4}\n a = Sub(x, z)\n"
          " b = Sub(z, x)\n c = Add(x, p)\n d = Add(x, q)\n e = Elu(x) {alpha = 0.5}\n f = Elu(x)\n"
          " h = Transpose(x) {perm = [0, 2, 1, 3]}\n i = Transpose(x) {perm = [0, 1, 3, 2]}\n j = Conv(x, w)\n"
          " k = Conv(x, w) nhwc\n l = Cast(x) {to = 10}\n m = Cast(x) {to = 11}\n n = Add(x, r)\n"
          " y = Sum(a, b, c, d, e, f, h, i, j, k, n)\n output y\n output l\n output m\n}");
}
END_TEST

/* Numbers that are drawn, shapes that depend on data, subgraphs. */
START_TEST(nodes_that_may_not_repeat_stay)
{
    stays("merge_equal", "graph g {\n input x: float32[4]\n input p: bool[]\n const r: float32[] = {0.5}\n const t: bool[] = {true}\n"
                         " a = Dropout(x, r, t)\n b = Dropout(x, r, t)\n c = NonZero(x)\n d = NonZero(x)\n"
                         " e = If(p) {else_branch = graph f {\n  h = Neg(x)\n  output h\n },"
                         " then_branch = graph t {\n  h = Abs(x)\n  output h\n }}\n"
                         " f = If(p) {else_branch = graph f {\n  h = Neg(x)\n  output h\n },"
                         " then_branch = graph t {\n  h = Abs(x)\n  output h\n }}\n"
                         " output a\n output b\n output c\n output d\n output e\n output f\n}");
}
END_TEST

/* ---- remove_identities ---- */

/* y is Relu of what the nodes leave of x. */
static void goes(const char *constants, const char *nodes, const char *type)
{
    char before[1500], after[200];
    snprintf(before, sizeof before, "graph g {\n input x: %s\n%s%s y = Relu(b)\n output y\n}", type, constants, nodes);
    snprintf(after, sizeof after, "graph g {\n input x: %s\n y = Relu(x)\n output y\n}", type);
    check_pass("remove_identities", before, after);
}

START_TEST(identities_go)
{
    goes(" const s: int64[2] = {0, 4}\n",
         " c = Identity(x)\n d = Dropout(c)\n e = Reshape(d, s)\n f = Transpose(e) {perm = [0, 1]}\n b = Concat(f) {axis = 0}\n",
         "float32[N,4]");
    goes("", " c = Cast(x) {to = 1}\n d = Sum(c)\n e = Max(d)\n f = Clip(e)\n b = Split(f) {num_outputs = 1}\n", "float32[N,4]");
    goes(" const a: int64[1] = {1}\n const s: int64[2] = {1, 1}\n const o: int64[2] = {2, 1}\n",
         " c = ReduceMean(x, a)\n d = Expand(c, s)\n b = Tile(d, s)\n", "float32[N,1]");
    goes("", " c = DepthToSpace(x) {blocksize = 1}\n d = GlobalAveragePool(c)\n b = GlobalMaxPool(d)\n", "float32[N,4,1,1]");
    goes(" const s: float32[4] = {1, 1, 1, 1}\n const z: int64[4] = {2, 4, 3, 3}\n",
         " c = Resize(x, _, s) {mode = \"cubic\"}\n b = Resize(c, _, _, z) {mode = \"linear\"}\n", "float32[2,4,3,3]");
}
END_TEST

/* Also where sizes are not known. */
START_TEST(identities_of_unknown_sizes_go)
{
    goes(" const p: int64[4] = {0, 0, 0, 0}\n const z: int64[1] = {0}\n const e: int64[1] = {9223372036854775807}\n const a: int64[1] = "
         "{-1}\n"
         " const s: int64[2] = {0, -1}\n",
         " c = Pad(x, p)\n d = Slice(c, z, e, a)\n f = Transpose(d) {perm = [0, 1]}\n b = Reshape(f, s)\n", "float32[N,?]");
}
END_TEST

START_TEST(what_only_looks_like_an_identity_stays)
{
    static const char *const nodes[] = {
        " const e: int64[1] = {-9}\n const n: int64[1] = {-1}\n const a: int64[1] = {0}\n b = Slice(x, n, e, a, n)\n",
        " const z: int64[1] = {0}\n const e: int64[1] = {4}\n const a: int64[1] = {1}\n b = Slice(x, z, e, a)\n",
        " const s: int64[2] = {-1, 3}\n b = Reshape(x, s)\n",
        " input d: int64[2]\n b = Reshape(x, d)\n",
        " b = Transpose(x)\n",
        " b = MaxPool(x) {kernel_shape = [3], pads = [1, 1]}\n",
        " b = ReduceMean(x) {keepdims = 0}\n",
        " b, m = Dropout(x)\n output m\n",
        " const r: float32[3] = {1, 1, 1.1}\n b = Resize(x, _, r) {mode = \"nearest\"}\n",
        (" const o: float32[6] = {0, 0, 0.5, 1, 1, 1}\n const r: float32[3] = {1, 1, 1}\n"
         " b = Resize(x, o, r) {coordinate_transformation_mode = \"tf_crop_and_resize\"}\n"),
    };
    static const char *const types[] = {"float32[4]",     "float32[2,?]", "float32[?,?]", "float32[?,?]",   "float32[3,3]",
                                        "float32[N,1,3]", "float32[1,?]", "float32[2]",   "float32[1,1,5]", "float32[1,1,5]"};
    char text[800];
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
        snprintf(text, sizeof text, "graph g {\n input x: %s\n%s output b\n}", types[i], nodes[i]);
        stays("remove_identities", text);
    }
}
END_TEST

START_TEST(pools_of_one_element_go)
{
    goes("", " c = AveragePool(x) {kernel_shape = [1, 1]}\n b = MaxPool(c) {kernel_shape = [1, 1]}\n", "float32[N,1,4,4]");
}
END_TEST

/* ---- merge_casts ---- */

/* From one type by way of another to a third; `direct`: the way is cut short. */
static void check_casts(const char *from, int by, int to, bool direct)
{
    char before[300], after[300];
    snprintf(before, sizeof before, "graph g {\n input x: %s[2]\n a = Cast(x) {to = %d}\n y = Cast(a) {to = %d}\n output y\n}", from, by,
             to);
    snprintf(after, sizeof after, "graph g {\n input x: %s[2]\n y = Cast(x) {to = %d}\n output y\n}", from, to);
    check_pass("merge_casts", before, direct ? after : before);
}

START_TEST(casts_merge)
{
    enum { F32 = 1, U8, I8, U16, I16, I32, I64, STRING, BOOL, F16, F64, U32, U64, BF16 = 16 };
    check_casts("float32", F64, F32, true);
    check_casts("float16", F32, I32, true);
    check_casts("uint8", F32, F64, true);
    check_casts("int8", I32, F32, true);
    check_casts("int8", I32, U8, true);
    check_casts("bool", I64, BOOL, true);
    check_casts("uint8", BF16, U8, true);
    check_casts("float32", F16, F32, false);
    check_casts("float32", I32, F32, false);
    check_casts("int32", F32, I32, false);
    check_casts("uint8", I8, I32, false);
    check_casts("int8", U16, I32, false);
    check_casts("int8", F32, U8, false); /* -1 becomes 0, not 255 */
    check_casts("int32", BOOL, I32, false);
    check_casts("bfloat16", F16, F32, false);
    check_casts("uint16", F16, F64, false);
    check_casts("uint16", BF16, F64, false);
    check_casts("bool", F32, STRING, false); /* how a number is written depends on its type */
    check_casts("float16", F32, STRING, false);
    check_casts("int8", F32, STRING, false);
    check_casts("bool", STRING, BOOL, false);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("clean");
    TCase *c = tcase_create("text");
    tcase_add_test(c, equal_nodes_merge);
    tcase_add_test(c, equal_epilogues_merge);
    tcase_add_test(c, nodes_that_differ_stay);
    tcase_add_test(c, nodes_that_may_not_repeat_stay);
    tcase_add_test(c, identities_go);
    tcase_add_test(c, identities_of_unknown_sizes_go);
    tcase_add_test(c, what_only_looks_like_an_identity_stays);
    tcase_add_test(c, pools_of_one_element_go);
    tcase_add_test(c, casts_merge);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
