/* Passes that choose a layout and move Transposes: the graph before, the graph after, what must stay; and the same numbers through every
 * operator that a Transpose can be carried over. */
#include "tests/support/check.h"
#include "tests/support/graph.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GRAPH(text) "graph g {\n" text "}"
#define INPUT " input x: float32[N,2,4,4]\n"
#define NHWC_INPUT " input x: float32[N,4,4,2]\n"
#define DOWN " t = Transpose(x) {perm = [0, 3, 1, 2]}\n"

/* ---- channels_last ---- */

START_TEST(conv_gets_channels_last)
{
    check_pass("channels_last", GRAPH(INPUT " const w: float32[1,2,1,1] = {1, 2}\n y = Conv(x, w)\n output y\n"),
               GRAPH(INPUT " const w: float32[1,2,1,1] = {1, 2}\n x_3 = Transpose@x(x) {perm = [0, 2, 3, 1]}\n y_4 = Conv@y(x_3, w) nhwc\n"
                           " y = Transpose@y(y_4) {perm = [0, 3, 1, 2]}\n output y\n"));
}
END_TEST

START_TEST(conv_of_one_dimension_too)
{
    check_pass("channels_last", GRAPH(" input x: float32[N,2,5]\n const w: float32[1,2,1] = {1, 2}\n y = Conv(x, w)\n output y\n"),
               GRAPH(" input x: float32[N,2,5]\n const w: float32[1,2,1] = {1, 2}\n x_3 = Transpose@x(x) {perm = [0, 2, 1]}\n"
                     " y_4 = Conv@y(x_3, w) nhwc\n y = Transpose@y(y_4) {perm = [0, 2, 1]}\n output y\n"));
}
END_TEST

START_TEST(epilogue_without_order_comes_along)
{
    check_pass(
        "channels_last",
        GRAPH(INPUT " const w: float32[1,2,1,1] = {1, 2}\n const low: float32[] = {0}\n y = Conv(x, w) |> Clip($, low)\n output y\n"),
        GRAPH(INPUT " const w: float32[1,2,1,1] = {1, 2}\n const low: float32[] = {0}\n"
                    " x_5 = Transpose@x(x) {perm = [0, 2, 3, 1]}\n y_6 = Conv@y(x_5, w) nhwc |> Clip@y($, low)\n"
                    " y = Transpose@y(y_6) {perm = [0, 3, 1, 2]}\n output y\n"));
}
END_TEST

static void stays(const char *pass, const char *text) { check_pass(pass, text, text); }

START_TEST(what_channels_last_leaves_alone)
{
    stays("channels_last", GRAPH(INPUT " y = MaxPool(x) {kernel_shape = [2, 2]}\n output y\n"));
    stays("channels_last", GRAPH(" input x: float64[N,2,4,4]\n const w: float64[1,2,1,1] = {1, 2}\n y = Conv(x, w)\n output y\n"));
    stays("channels_last", GRAPH(INPUT " const w: float32[2,2,1,1] = {1, 2, 3, 4}\n const s: float32[2,1,1] = {1, 2}\n"
                                       " y = Conv(x, w) |> PRelu($, s)\n output y\n"));
    stays("channels_last", GRAPH(NHWC_INPUT " const w: float32[1,2,1,1] = {1, 2}\n y = Conv(x, w) nhwc\n output y\n"));
}
END_TEST

/* ---- sink_transposes ---- */

START_TEST(opposite_transposes_cancel)
{
    check_pass("sink_transposes", GRAPH(NHWC_INPUT DOWN " u = Transpose(t) {perm = [0, 2, 3, 1]}\n y = Relu(u)\n output y\n"),
               GRAPH(NHWC_INPUT " y = Relu(x)\n output y\n"));
}
END_TEST

START_TEST(two_transposes_become_one)
{
    check_pass("sink_transposes", GRAPH(NHWC_INPUT DOWN " y = Transpose(t) {perm = [1, 0, 2, 3]}\n output y\n"),
               GRAPH(NHWC_INPUT " x_3 = Transpose@x(x) {perm = [3, 0, 1, 2]}\n output y = x_3\n"));
}
END_TEST

START_TEST(operands_follow)
{
    check_pass("sink_transposes",
               GRAPH(NHWC_INPUT " const c: float32[2,1,1] = {1, 2}\n const s: float32[] = {3}\n" DOWN
                                " a = Mul(t, c)\n b = Add(s, a)\n d = Add(b, t)\n output d\n"),
               GRAPH(NHWC_INPUT " const s: float32[] = {3}\n const c_8: float32[2] = {1, 2}\n a_9 = Mul@a(x, c_8)\n b_10 = Add@b(s, a_9)\n"
                                " d_11 = Add@d(b_10, x)\n d = Transpose@d(d_11) {perm = [0, 3, 1, 2]}\n output d\n"));
}
END_TEST

START_TEST(axes_are_called_otherwise)
{
    check_pass("sink_transposes",
               GRAPH(NHWC_INPUT DOWN " a = Concat(t, t) {axis = 1}\n b, c = Split(a) {axis = -3}\n y = Softmax(b) {axis = 1}\n output y\n"),
               GRAPH(NHWC_INPUT " a_6 = Concat@a(x, x) {axis = 3}\n b_7, _ = Split@b(a_6) {axis = 3}\n y_9 = Softmax@y(b_7) {axis = 3}\n"
                                " y = Transpose@y(y_9) {perm = [0, 3, 1, 2]}\n output y\n"));
}
END_TEST

START_TEST(dimensions_that_go_take_the_transpose_along)
{
    check_pass("sink_transposes",
               GRAPH(NHWC_INPUT " const a: int64[2] = {2, 3}\n" DOWN " y = ReduceMean(t, a) {keepdims = 0}\n output y\n"),
               GRAPH(NHWC_INPUT " const y_4: int64[2] = {1, 2}\n y = ReduceMean(x, y_4) {keepdims = 0}\n output y\n"));
}
END_TEST

START_TEST(pools_change_their_layout)
{
    check_pass(
        "sink_transposes", GRAPH(NHWC_INPUT DOWN " y = MaxPool(t) {kernel_shape = [2, 2]}\n output y\n"),
        GRAPH(NHWC_INPUT " y_3 = MaxPool@y(x) {kernel_shape = [2, 2]} nhwc\n y = Transpose@y(y_3) {perm = [0, 3, 1, 2]}\n output y\n"));
}
END_TEST

START_TEST(shapes_are_asked_of_what_is_there)
{
    check_pass("sink_transposes", GRAPH(NHWC_INPUT DOWN " y = Shape(t) {start = 1}\n output y\n"),
               GRAPH(NHWC_INPUT " const y_4: int64[3] = {3, 1, 2}\n y_3 = Shape@y(x)\n y = Gather@y(y_3, y_4)\n output y\n"));
}
END_TEST

START_TEST(whole_groups_are_reshaped)
{
    check_pass("sink_transposes", GRAPH(NHWC_INPUT " const s: int64[3] = {0, 2, 16}\n" DOWN " y = Reshape(t, s)\n output y\n"),
               GRAPH(NHWC_INPUT " const y_4: int64[3] = {0, 16, 2}\n y_5 = Reshape@y(x, y_4)\n y = Transpose@y(y_5) {perm = [0, 2, 1]}\n"
                                " output y\n"));
}
END_TEST

START_TEST(a_shuffle_of_channels_turns_inside)
{
    check_pass("sink_transposes",
               GRAPH(" input x: float32[N,3,3,4]\n const s: int64[5] = {0, 2, 2, 3, 3}\n const f: int64[4] = {0, 4, 3, 3}\n" DOWN
                     " a = Reshape(t, s)\n b = Transpose(a) {perm = [0, 2, 1, 3, 4]}\n c = Reshape(b, f)\n"
                     " y = Transpose(c) {perm = [0, 2, 3, 1]}\n output y\n"),
               GRAPH(" input x: float32[N,3,3,4]\n const a_8: int64[5] = {0, 3, 3, 2, 2}\n const c_11: int64[4] = {0, 3, 3, 4}\n"
                     " a_9 = Reshape@a(x, a_8)\n a_12 = Transpose@a_9(a_9) {perm = [0, 1, 2, 4, 3]}\n c_13 = Reshape@c(a_12, c_11)\n"
                     " output y = c_13\n"));
}
END_TEST

START_TEST(what_sinking_leaves_alone)
{
    /* an operand in the other order */
    stays("sink_transposes", GRAPH(NHWC_INPUT " input z: float32[N,2,4,4]\n" DOWN " y = Add(t, z)\n output y\n"));
    /* elements of different dimensions would mix */
    stays("sink_transposes", GRAPH(NHWC_INPUT DOWN " y = Flatten(t)\n output y\n"));
    /* the tensor grows and nothing further down needs it otherwise */
    stays("sink_transposes", GRAPH(NHWC_INPUT " const s: float32[4] = {1, 1, 2, 2}\n" DOWN " y = Resize(t, _, s)\n output y\n"));
    stays("sink_transposes", GRAPH(NHWC_INPUT " input s: int64[4]\n" DOWN " y = Resize(t, _, _, s) : float32[N,2,H,W]\n output y\n"));
    /* two Transposes in place of one */
    stays("sink_transposes", GRAPH(NHWC_INPUT DOWN " y = Relu(t)\n output t\n output y\n"));
    /* heads of an attention: no change of layout */
    stays("sink_transposes", GRAPH(" input x: float32[N,4,2,8]\n t = Transpose(x) {perm = [0, 2, 1, 3]}\n y = Relu(t)\n output y\n"));
}
END_TEST

/* ---- raise_transposes ---- */

START_TEST(a_join_of_both_orders_is_mended)
{
    check_pass("raise_transposes",
               GRAPH(NHWC_INPUT " input z: float32[N,2,4,4]\n" DOWN
                                " a = Add(t, z)\n b = Relu(a)\n y = Transpose(b) {perm = [0, 2, 3, 1]}\n"
                                " output y\n"),
               GRAPH(NHWC_INPUT " input z: float32[N,2,4,4]\n z_6 = Transpose@z(z) {perm = [0, 2, 3, 1]}\n a_7 = Add@a(x, z_6)\n"
                                " b_8 = Relu@b(a_7)\n output y = b_8\n"));
}
END_TEST

START_TEST(a_transpose_rises_over_what_grows)
{
    check_pass(
        "raise_transposes",
        GRAPH(NHWC_INPUT " const s: float32[4] = {1, 2, 2, 1}\n a = Resize(x, _, s)\n y = Transpose(a) {perm = [0, 3, 1, 2]}\n output y\n"),
        GRAPH(NHWC_INPUT " const s_5: float32[4] = {1, 1, 2, 2}\n x_6 = Transpose@x(x) {perm = [0, 3, 1, 2]}\n"
                         " a_7 = Resize@a(x_6, _, s_5)\n output y = a_7\n"));
}
END_TEST

START_TEST(what_raising_leaves_alone)
{
    stays("raise_transposes", GRAPH(INPUT " a = Relu(x)\n y = Transpose(a) {perm = [0, 2, 3, 1]}\n output y\n"));
    stays("raise_transposes",
          GRAPH(INPUT " input z: float32[N,2,4,4]\n a = Add(x, z)\n y = Transpose(a) {perm = [0, 2, 3, 1]}\n output y\n"));
}
END_TEST

/* ---- absorb_flatten, interleave_concat, merge_reshapes ---- */

START_TEST(weights_take_the_order_of_what_is_flattened)
{
    check_pass("absorb_flatten",
               GRAPH(" input x: float32[N,1,2,2]\n const w: float32[4,1] = {1, 2, 3, 4}\n t = Transpose(x) {perm = [0, 3, 1, 2]}\n"
                     " f = Flatten(t)\n r = Relu(f)\n y = MatMul(r, w)\n output y\n"),
               GRAPH(" input x: float32[N,1,2,2]\n const w_7: float32[4,1] = {1, 3, 2, 4}\n const f_8: int64[2] = {0, 4}\n"
                     " f = Reshape(x, f_8)\n r = Relu(f)\n y = MatMul(r, w_7)\n output y\n"));
    check_pass("absorb_flatten",
               GRAPH(" input x: float32[N,1,2,2]\n const w: float32[1,4] = {1, 2, 3, 4}\n t = Transpose(x) {perm = [0, 3, 1, 2]}\n"
                     " f = Flatten(t)\n y = Gemm(f, w) {transB = 1}\n output y\n"),
               GRAPH(" input x: float32[N,1,2,2]\n const w_6: float32[1,4] = {1, 3, 2, 4}\n const f_7: int64[2] = {0, 4}\n"
                     " f = Reshape(x, f_7)\n y = Gemm(f, w_6) {transB = 1}\n output y\n"));
}
END_TEST

START_TEST(what_absorbing_leaves_alone)
{
#define FLAT " input x: float32[N,1,2,2]\n t = Transpose(x) {perm = [0, 3, 1, 2]}\n f = Flatten(t)\n"
    stays("absorb_flatten", GRAPH(" const w: float32[4,100000] = {...}\n" FLAT " y = MatMul(f, w)\n output y\n")); /* too large */
    stays("absorb_flatten", GRAPH(" input w: float32[4,1]\n" FLAT " y = MatMul(f, w)\n output y\n"));
    stays("absorb_flatten", GRAPH(" const w: float32[4,1] = {1, 2, 3, 4}\n" FLAT " y = MatMul(f, w)\n output y\n output f\n"));
    stays("absorb_flatten", GRAPH(" const w: float32[4,1] = {1, 2, 3, 4}\n" FLAT " a = Add(f, f)\n y = MatMul(a, w)\n output y\n"));
    stays("absorb_flatten",
          GRAPH(" const w: float32[4,1] = {1, 2, 3, 4}\n" FLAT " y = MatMul(f, w)\n z = MatMul(f, w)\n output y\n output z\n"));
}
END_TEST

START_TEST(a_shuffled_concat_gets_an_axis_of_its_own)
{
    check_pass("interleave_concat",
               GRAPH(" input a: float32[N,3,2]\n input b: float32[N,3,2]\n const s: int64[4] = {0, 0, 2, 2}\n c = Concat(a, b) {axis = 2}\n"
                     " r = Reshape(c, s)\n y = Transpose(r) {perm = [0, 1, 3, 2]}\n output y\n"),
               GRAPH(" input a: float32[N,3,2]\n input b: float32[N,3,2]\n const a_6: int64[1] = {3}\n const b_8: int64[1] = {3}\n"
                     " a_7 = Unsqueeze@a(a, a_6)\n b_9 = Unsqueeze@b(b, b_8)\n c_10 = Concat@c(a_7, b_9) {axis = 3}\n output y = c_10\n"));
    stays("interleave_concat",
          GRAPH(" input a: float32[N,3,1]\n input b: float32[N,3,3]\n const s: int64[4] = {0, 0, 2, 2}\n"
                " c = Concat(a, b) {axis = 2}\n r = Reshape(c, s)\n y = Transpose(r) {perm = [0, 1, 3, 2]}\n output y\n"));
}
END_TEST

START_TEST(reshapes_become_one)
{
    check_pass("merge_reshapes",
               GRAPH(" input x: float32[N,1,1,6]\n const s: int64[3] = {0, 2, 3}\n t = Transpose(x) {perm = [0, 3, 1, 2]}\n"
                     " f = Flatten(t)\n y = Reshape(f, s)\n output y\n"),
               GRAPH(" input x: float32[N,1,1,6]\n const y_7: int64[3] = {0, 2, 3}\n y = Reshape(x, y_7)\n output y\n"));
    stays("merge_reshapes", GRAPH(" input x: float32[N,2,6]\n t = Transpose(x) {perm = [0, 2, 1]}\n y = Flatten(t)\n output y\n"));
}
END_TEST

/* ---- the same numbers ---- */

typedef struct seen {
    size_t transposes;
} seen;

static void count_transposes(void *user, const sard_pass_report *report, const sard_graph *graph)
{
    seen *s = user;
    (void)report;
    s->transposes = 0;
    for (const sard_node *node = sard_graph_first(graph); node; node = sard_node_next(node))
        s->transposes += !strcmp(sard_node_op(node), "Transpose");
}

static size_t transposes_left(sard_context *context, const sard_graph *graph)
{
    seen s = {0};
    sard_error error;
    sard_model *model;
    const sard_model_options options = {.struct_size = sizeof options, .on_pass = count_transposes, .on_pass_user = &s};
    ck_assert_msg(!sard_model_from_graph(context, graph, &options, &model, &error), "%s", error.text);
    sard_model_free(model);
    return s.transposes;
}

/* x is [N,4,6,6]; `body` makes b from a. Between two Convs, so that only the Transpose of the input is left, or `more`. */
static void check_between(const char *body, const char *last, size_t more)
{
    enum { SIZE = 2 * 4 * 6 * 6 };
    char text[3000];
    float x[SIZE];
    size_t have_count, want_count;
    snprintf(text, sizeof text,
             GRAPH(" input x: float32[N,4,6,6]\n const w: float32[4,4,1,1] = {1, 2, 0, 1, -1, 1, 3, 1, 2, 1, 1, -2, 0, 1, 1, 1}\n"
                   " const one: int64[1] = {1}\n const two: int64[1] = {2}\n a = Conv(x, w)\n%s%s output y\n"),
             body, last);
    sard_context *context;
    sard_error error;
    ck_assert(!sard_context_new(NULL, &context, &error));
    sard_graph *graph = graph_parse(context, text);
    ck_assert_msg(transposes_left(context, graph) <= 1 + more, "%zu Transposes are left of\n%s", transposes_left(context, graph), text);
    fill_random(x, SIZE, 1);
    const sard_tensor input = {.dtype = SARD_F32, .rank = 4, .dims = {2, 4, 6, 6}, .data = x, .bytes = sizeof x};
    float *want = graph_run(context, graph, SARD_O0, "reference", &input, &want_count);
    float *have = graph_run(context, graph, SARD_O2, "reference", &input, &have_count);
    ck_assert_uint_eq(have_count, want_count);
    for (size_t i = 0; i < have_count; i++)
        ck_assert_msg(fabsf(have[i] - want[i]) <= 1e-5f * (1 + fabsf(want[i])), "element %zu is %g, not %g, of\n%s", i, (double)have[i],
                      (double)want[i], text);
    free(want);
    free(have);
    sard_graph_free(graph);
    sard_context_free(context);
}

#define CONV " y = Conv(b, w)\n"

START_TEST(elementwise_between_convs)
{
    check_between(" b = Relu(a)\n", CONV, 1);
    check_between(" const c: float32[4,1,1] = {1, 2, 3, 4}\n b = Mul(a, c)\n", CONV, 1);
    check_between(" const c: float32[1,4,1,1] = {1, 2, 3, 4}\n b = PRelu(a, c)\n", CONV, 1);
    check_between(" const c: float32[6] = {1, 2, 3, 4, 5, 6}\n b = Sub(c, a)\n", CONV, 1);
    check_between(" const c: float32[4,1,6] = {1, 2, 3, 4, 5, 6, 6, 5, 4, 3, 2, 1, 1, 2, 3, 4, 5, 6, 6, 5, 4, 3, 2, 1}\n b = Add(a, c)\n",
                  CONV, 1);
    check_between(" const z: float32[] = {0}\n c = Greater(a, z)\n d = Neg(a)\n b = Where(c, a, d)\n", CONV, 1);
    check_between(" const l: float32[] = {0}\n const h: float32[] = {6}\n const t: float32[] = {3}\n c = Add(a, t)\n d = Clip(c, l, h)\n"
                  " e = Mul(a, d)\n b = Div(e, h)\n",
                  CONV, 1);
    check_between(" c = Conv(a, w)\n d = Relu(c)\n e = Conv(d, w)\n f = Add(e, a)\n b = Relu(f)\n", CONV, 1);
    check_between(" c = Sum(a, a, a)\n b = Max(c, a)\n", CONV, 1);
}
END_TEST

START_TEST(squeeze_and_excitation)
{
    check_between(" c = GlobalAveragePool(a)\n d = Conv(c, w)\n e = Relu(d)\n f = Conv(e, w)\n g = HardSigmoid(f)\n b = Mul(g, a)\n", CONV,
                  1);
    check_between(" const ax: int64[2] = {-1, -2}\n c = ReduceMean(a, ax)\n d = Conv(c, w)\n e = Sigmoid(d)\n b = Mul(a, e)\n", CONV, 1);
    check_between(" const m: float32[4,4] = {1, 2, 3, 4, 1, 1, 1, 1, 2, 1, 2, 1, 0, 1, 0, 1}\n const s: int64[4] = {0, 4, 1, 1}\n"
                  " c = GlobalMaxPool(a)\n d = Flatten(c)\n e = Gemm(d, m)\n f = Reshape(e, s)\n b = Mul(a, f)\n",
                  CONV, 1);
}
END_TEST

START_TEST(spatial_operators_between_convs)
{
    check_between(" b = MaxPool(a) {kernel_shape = [3, 2], strides = [2, 1], pads = [1, 0, 1, 1]}\n", CONV, 1);
    check_between(" b = AveragePool(a) {kernel_shape = [3, 2], pads = [1, 0, 1, 1], count_include_pad = 1}\n", CONV, 1);
    check_between(" b = LpPool(a) {kernel_shape = [2, 2]}\n", CONV, 1);
    check_between(" const s: float32[4] = {1, 2, 3, 4}\n b = BatchNormalization(a, s, s, s, s)\n c = Relu(a)\n", CONV, 1);
    check_between(" const s: float32[4] = {1, 2, 3, 4}\n b = InstanceNormalization(a, s, s)\n", CONV, 1);
    check_between(" const s: float32[4] = {1, 2, 3, 4}\n b = GroupNormalization(a, s, s) {num_groups = 2}\n", CONV, 1);
    check_between(" b = LRN(a) {size = 3}\n", CONV, 1);
    check_between(" c = SpaceToDepth(a) {blocksize = 2}\n b = DepthToSpace(c) {blocksize = 2, mode = \"CRD\"}\n", CONV, 1);
    check_between(" b = ConvTranspose(a, w) {strides = [2, 2]}\n", CONV, 1);
}
END_TEST

START_TEST(movements_between_convs)
{
    check_between(" c, d = Split(a) {axis = 1}\n e = Relu(c)\n b = Concat(d, e) {axis = -3}\n", CONV, 1);
    check_between(" const s: int64[2] = {0, 0}\n const e: int64[2] = {9, 4}\n b = Slice(a, s, e)\n", CONV, 1);
    check_between(
        " const s: int64[2] = {1, -1}\n const e: int64[2] = {5, -9}\n const ax: int64[2] = {3, 2}\n const st: int64[2] = {2, -1}\n"
        " b = Slice(a, s, e, ax, st)\n",
        CONV, 1);
    check_between(" const p: int64[8] = {0, 0, 1, 2, 0, 0, 0, -1}\n const v: float32[] = {2}\n b = Pad(a, p, v)\n", CONV, 1);
    check_between(" const p: int64[4] = {1, 2, 0, 1}\n const ax: int64[2] = {-1, 2}\n b = Pad(a, p, _, ax) {mode = \"reflect\"}\n", CONV,
                  1);
    check_between(" const s: float32[4] = {1, 1, 2, 1.5}\n b = Resize(a, _, s) {mode = \"linear\"}\n", CONV, 1);
    check_between(" const s: int64[2] = {3, 8}\n b = Resize(a, _, _, s) {mode = \"nearest\", axes = [-1, 2]}\n", CONV, 1);
    check_between(" const i: int64[4] = {3, 1, 0, 2}\n b = Gather(a, i) {axis = 1}\n", CONV, 1);
    check_between(" const r: int64[4] = {1, 1, 2, 3}\n b = Tile(a, r)\n", CONV, 1);
    check_between(" c = ReduceMax(a, two)\n d = Squeeze(c, two)\n b = Unsqueeze(d, two)\n", CONV, 1);
}
END_TEST

START_TEST(a_resize_to_the_size_of_another)
{
    check_between(" c = MaxPool(a) {kernel_shape = [2, 2], strides = [2, 2]}\n d = Conv(c, w)\n s = Shape(a)\n"
                  " e = Resize(d, _, _, s) {mode = \"nearest\"}\n f = Add(e, a)\n b = Relu(f)\n",
                  CONV, 1);
}
END_TEST

START_TEST(shuffles_of_channels)
{
    check_between(" const s: int64[5] = {0, 2, 2, 6, 6}\n const f: int64[4] = {0, 4, 6, 6}\n c, d = Split(a) {axis = 1}\n e = Relu(c)\n"
                  " g = Concat(e, d) {axis = 1}\n h = Reshape(g, s)\n i = Transpose(h) {perm = [0, 2, 1, 3, 4]}\n b = Reshape(i, f)\n",
                  CONV, 1);
}
END_TEST

START_TEST(ends_of_networks)
{
    check_between(" const m: float32[144,2] = {...}\n b = Flatten(a)\n", " y = Gemm(b, m)\n", 0);
    check_between(" b = GlobalAveragePool(a)\n", " y = Flatten(b)\n", 0);
    check_between(" const ax: int64[2] = {2, 3}\n b = ReduceMean(a, ax) {keepdims = 0}\n", " y = Softmax(b)\n", 0);
    check_between(" b = Softmax(a) {axis = 1}\n", " y = Identity(b)\n", 1);
    check_between(" const s: int64[3] = {0, 4, 36}\n c = Reshape(a, s)\n b = Transpose(c) {perm = [0, 2, 1]}\n", " y = Softmax(b)\n", 0);
    check_between(" c = ArgMax(a) {axis = 1, keepdims = 0}\n b = Cast(c) {to = 1}\n", " y = Neg(b)\n", 0);
    check_between(" b = LogSoftmax(a) {axis = 2}\n", " y = ReduceMax(b, one) {keepdims = 0}\n", 0);
    check_between(" const i: int64[] = {1}\n b = Gather(a, i) {axis = 1}\n", " y = Exp(b)\n", 0);
    check_between(" b = ReduceL2(a, one)\n", " y = Squeeze(b, one)\n", 0);
    check_between(" b = Unsqueeze(a, two)\n", " y = Neg(b)\n", 1);
}
END_TEST

static void add_text_tests(TCase *c)
{
    tcase_add_test(c, conv_gets_channels_last);
    tcase_add_test(c, conv_of_one_dimension_too);
    tcase_add_test(c, epilogue_without_order_comes_along);
    tcase_add_test(c, what_channels_last_leaves_alone);
    tcase_add_test(c, opposite_transposes_cancel);
    tcase_add_test(c, two_transposes_become_one);
    tcase_add_test(c, operands_follow);
    tcase_add_test(c, axes_are_called_otherwise);
    tcase_add_test(c, dimensions_that_go_take_the_transpose_along);
    tcase_add_test(c, pools_change_their_layout);
    tcase_add_test(c, shapes_are_asked_of_what_is_there);
    tcase_add_test(c, whole_groups_are_reshaped);
    tcase_add_test(c, a_shuffle_of_channels_turns_inside);
    tcase_add_test(c, what_sinking_leaves_alone);
    tcase_add_test(c, a_join_of_both_orders_is_mended);
    tcase_add_test(c, a_transpose_rises_over_what_grows);
    tcase_add_test(c, what_raising_leaves_alone);
    tcase_add_test(c, weights_take_the_order_of_what_is_flattened);
    tcase_add_test(c, what_absorbing_leaves_alone);
    tcase_add_test(c, a_shuffled_concat_gets_an_axis_of_its_own);
    tcase_add_test(c, reshapes_become_one);
}

static Suite *suite(void)
{
    Suite *s = suite_create("layout");
    TCase *text = tcase_create("text"), *numbers = tcase_create("numbers");
    add_text_tests(text);
    tcase_add_test(numbers, elementwise_between_convs);
    tcase_add_test(numbers, squeeze_and_excitation);
    tcase_add_test(numbers, spatial_operators_between_convs);
    tcase_add_test(numbers, movements_between_convs);
    tcase_add_test(numbers, a_resize_to_the_size_of_another);
    tcase_add_test(numbers, shuffles_of_channels);
    tcase_add_test(numbers, ends_of_networks);
    suite_add_tcase(s, text);
    suite_add_tcase(s, numbers);
    return s;
}

CHECK_MAIN(suite)
