/* Native Gemm and MatMul against the reference: one row and many, constant and computed matrices, batches, epilogues, views. */
#include "tests/support/check.h"
#include "tests/support/graph.h"
#include "tests/support/tiers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int sizes[][3] = {{1, 10, 1}, {1, 37, 5},    {1, 301, 129}, {1, 64, 300},  {2, 33, 17},
                               {7, 1, 1},  {13, 600, 70}, {197, 64, 48}, {40, 1100, 31}};

START_TEST(gemm)
{
    char text[1000];
    tier_select(_i);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int variant = 0; variant < 6; variant++) {
            const int m = sizes[i][0], k = sizes[i][1], n = sizes[i][2], transposed = variant & 1;
            const char *const c[] = {", c", "", ", d"};
            const char *const epilogue[] = {"Relu()", "Add($, r) |> Clip($, s)", "Sigmoid() |> Mul($, v)"};
            snprintf(text, sizeof text,
                     "graph g {\n input x: float32[%d,%d]\n const w: float32[%d,%d] = {...}\n const c: float32[%d] = {...}\n"
                     " const d: float32[1,1] = {...}\n const r: float32[%d,%d] = {...}\n const v: float32[%d] = {...}\n"
                     " const s: float32[] = {-0.3}\n y = Gemm(x, w%s) {transB = %d, alpha = %g, beta = %g} |> %s\n output y\n}",
                     m, k, transposed ? n : k, transposed ? k : n, n, m, n, n, c[variant / 2], transposed, variant > 3 ? 0.5 : 1,
                     variant > 3 ? 2.0 : 1, epilogue[variant / 2]);
            check_native(text, 2e-5, NULL);
        }
}
END_TEST

/* The constants plus a zero that only the run knows. */
START_TEST(computed_gemm)
{
    char text[1000];
    tier_select(_i);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int variant = 1; variant < 4; variant++) {
            const int m = sizes[i][0], k = sizes[i][1], n = sizes[i][2];
            snprintf(text, sizeof text,
                     "graph g {\n input x: float32[%d,%d]\n const w: float32[%d,%d] = {...}\n const c: float32[%d] = {...}\n"
                     " a = ReduceMax(x) {keepdims = 0}\n z = Sub(a, a)\n v = Add(w, z)\n d = Add(c, z)\n"
                     " y = Gemm(x, %s, %s) {transB = 1, beta = 0.5} |> Relu()\n output y\n}",
                     m, k, n, k, n, variant & 1 ? "v" : "w", variant & 2 ? "d" : "c");
            check_native(text, 2e-5, NULL);
        }
}
END_TEST

static const struct {
    const char *a, *b;
} shapes[] = {{"197,32", "32,50"},     {"2,7,32", "32,50"},   {"2,3,20,16", "2,3,16,20"}, {"2,3,20,16", "1,3,16,9"},   {"1,1,33", "33,70"},
              {"2,1,20,16", "3,16,9"}, {"5,1,16", "5,16,40"}, {"20,16", "4,16,33"},       {"1,12,50,64", "1,12,64,50"}};

START_TEST(matmul)
{
    char text[1000];
    tier_select(_i);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (int computed = 0; computed < 2; computed++) {
            snprintf(text, sizeof text,
                     "graph g {\n input x: float32[%s]\n const w: float32[%s] = {...}\n const z: float32[] = {0.1}\n%s"
                     " y = MatMul(x, %s) |> Mul($, z)\n output y\n}",
                     shapes[i].a, shapes[i].b, computed ? " v = Neg(w)\n" : "", computed ? "v" : "w");
            check_native(text, 2e-5, NULL);
            snprintf(text, sizeof text,
                     "graph g {\n input x: float32[%s]\n const w: float32[%s] = {...}\n%s y = MatMul(w, %s)\n output y\n}", shapes[i].b,
                     shapes[i].a, computed ? " v = Neg(x)\n" : "", computed ? "v" : "x");
            check_native(text, 2e-5, NULL);
        }
}
END_TEST

/* The parts of a Split of queries, keys and values are columns of one matrix. */
START_TEST(views)
{
    tier_select(_i);
    check_native("graph g {\n input x: float32[2,9,32]\n const w: float32[32,60] = {...}\n const b: float32[60] = {...}\n"
                 " const s: int64[3] = {20, 20, 20}\n const n: float32[20,20] = {...}\n a = MatMul(x, w) |> Add($, b)\n"
                 " q, k, v = Split(a, s) {axis = 2}\n t = Transpose(k) {perm = [0, 2, 1]}\n m = MatMul(q, t)\n o = MatMul(m, v)\n"
                 " p = MatMul(v, n) |> Add($, q)\n y = Add(o, p)\n output y\n}",
                 2e-5, " Split  Transpose ");
}
END_TEST

/* Squeeze and excite: pictures of one pixel. */
START_TEST(conv_of_one_pixel)
{
    char text[600];
    tier_select(_i);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const int m = sizes[i][0], k = sizes[i][1], n = sizes[i][2];
        snprintf(text, sizeof text,
                 "graph g {\n input x: float32[%d,1,1,%d]\n const w: float32[%d,%d,1,1] = {...}\n const c: float32[%d] = {...}\n"
                 " y = Conv(x, w%s) nhwc |> %s\n output y\n}",
                 m, k, n, k, n, i % 2 ? ", c" : "", i % 3 ? "Relu()" : "HardSigmoid()");
        check_native(text, 2e-5, NULL);
    }
}
END_TEST

/* A row alone has the bits that it has among many, which other kernels make; of matrices that are not transposed. */
START_TEST(rows_alone)
{
    enum { ROWS = 40, MOST = 1200 };
    tier_select(_i);
    sard_context *context = guarded_context();
    for (int k = 300; k <= MOST; k += 225) {
        char text[300];
        float x[ROWS * MOST];
        float *y[2];
        size_t count[2];
        fill_random(x, (size_t)(ROWS * k), 3);
        for (int alone = 0; alone < 2; alone++) {
            const int rows = alone ? 1 : ROWS;
            snprintf(text, sizeof text,
                     "graph g {\n input x: float32[%d,%d]\n const w: float32[%d,70] = {...}\n const c: float32[70] = {...}\n"
                     " y = Gemm(x, w, c) {beta = 0.5} |> Relu()\n output y\n}",
                     rows, k, k);
            sard_graph *graph = graph_parse(context, text);
            const sard_tensor *w = sard_value_constant(sard_graph_find(graph, "w")), *c = sard_value_constant(sard_graph_find(graph, "c"));
            fill_random(w->data, w->bytes / sizeof(float), 1);
            fill_random(c->data, c->bytes / sizeof(float), 2);
            const sard_tensor in = {.dtype = SARD_F32,
                                    .rank = 2,
                                    .dims = {rows, k},
                                    .data = alone ? x + (ROWS - 1) * k : x,
                                    .bytes = (size_t)(rows * k) * sizeof(float)};
            y[alone] = graph_run(context, graph, SARD_O0, "native", &in, &count[alone]);
            sard_graph_free(graph);
        }
        ck_assert_msg(!memcmp(y[0] + count[0] - count[1], y[1], count[1] * sizeof(float)), "%d steps", k);
        free(y[0]);
        free(y[1]);
    }
    sard_context_free(context);
}
END_TEST

START_TEST(empty)
{
    tier_select(_i);
    check_native(
        "graph g {\n input x: float32[3,0]\n const w: float32[0,5] = {...}\n const c: float32[5] = {...}\n y = Gemm(x, w, c)\n output y\n}",
        2e-5, NULL);
    check_native("graph g {\n input x: float32[1,0]\n const w: float32[0,5] = {...}\n y = Gemm(x, w)\n output y\n}", 2e-5, NULL);
    check_native("graph g {\n input x: float32[0,4]\n const w: float32[4,5] = {...}\n y = MatMul(x, w)\n output y\n}", 2e-5, NULL);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("matmul");
    TCase *c = tcase_create("matmul");
    tcase_set_timeout(c, 120);
    tcase_add_loop_test(c, gemm, 0, TIERS);
    tcase_add_loop_test(c, computed_gemm, 0, TIERS);
    tcase_add_loop_test(c, matmul, 0, TIERS);
    tcase_add_loop_test(c, views, 0, TIERS);
    tcase_add_loop_test(c, conv_of_one_pixel, 0, TIERS);
    tcase_add_loop_test(c, rows_alone, 0, TIERS);
    tcase_add_loop_test(c, empty, 0, TIERS);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
