/* Passes that recognise activations and fill epilogues: the graph before, the graph after; and what they must leave alone. */
#include "tests/support/check.h"
#include "tests/support/graph.h"

#include <stdio.h>

#define X                                                                                                                             \
    "graph g {\n input x: float32[2,4,3,5]\n const half: float32[] = {0.5}\n const one: float32[] = {1}\n"                            \
    " const two: float32[] = {1.4142135}\n const three: float32[] = {3}\n const six: float32[] = {6}\n const zero: float32[] = {0}\n" \
    " const sixth: float32[] = {0.16666667}\n const a: float32[] = {0.7978846}\n const b: float32[] = {0.044715}\n"                   \
    " const k: float32[] = {1.702}\n const root: float32[] = {0.70710677}\n"

/* What is left is one operator on x, as the value that is made next (an empty line stands for one that was made on the way and went);
 * NULL: nothing changes. */
static void recognised(const char *nodes, const char *after)
{
    char before[2000], wanted[2000];
    int made = 12; /* values above */
    for (const char *at = nodes; *at; at++)
        made += *at == '\n';
    snprintf(before, sizeof before, X "%s output y\n}", nodes);
    snprintf(wanted, sizeof wanted, X " y_%d = %s\n output y = y_%d\n}", made, after ? after : "", made);
    check_pass("recognise_activations", before, after ? wanted : before);
}

START_TEST(swish)
{
    recognised(" s = Sigmoid(x)\n y = Mul(x, s)\n", "Swish@y(x)");
    recognised(" s = Sigmoid(x)\n y = Mul(s, x)\n", "Swish@y(x)");
    recognised(" m = Mul(x, k)\n s = Sigmoid(m)\n y = Mul(s, x)\n", "Swish@y(x) {alpha = 1.702}");
}
END_TEST

START_TEST(hard_swish)
{
    recognised(" s = Add(x, three)\n c = Clip(s, zero, six)\n m = Mul(x, c)\n y = Div(m, six)\n", "HardSwish@y(x)");
    recognised(" s = Add(three, x)\n c = Clip(s, zero, six)\n d = Div(c, six)\n\n y = Mul(d, x)\n", "HardSwish@y(x)");
    recognised(" s = Add(x, three)\n c = Clip(s, zero, six)\n d = Mul(c, sixth)\n\n y = Mul(x, d)\n", "HardSwish@y(x)");
    recognised(" h = HardSigmoid(x) {alpha = 0.16666667}\n y = Mul(x, h)\n", "HardSwish@y(x)");
    recognised(" h = HardSigmoid(x)\n y = Mul(x, h)\n", NULL);
}
END_TEST

START_TEST(hard_sigmoid)
{
    recognised(" s = Add(x, three)\n c = Clip(s, zero, six)\n y = Div(c, six)\n", "HardSigmoid@y(x) {alpha = 0.16666667}");
    recognised(" s = Add(x, three)\n c = Clip(s, zero, three)\n y = Div(c, six)\n", NULL);
    recognised(" s = Add(x, three)\n c = Clip(s)\n y = Div(c, six)\n", NULL);
}
END_TEST

START_TEST(gelu)
{
    recognised(" d = Div(x, two)\n e = Erf(d)\n p = Add(e, one)\n m = Mul(x, p)\n y = Mul(m, half)\n", "Gelu@y(x)");
    recognised(" d = Mul(x, root)\n e = Erf(d)\n p = Add(one, e)\n m = Mul(half, x)\n y = Mul(m, p)\n", "Gelu@y(x)");
    recognised(" d = Div(x, two)\n e = Erf(d)\n p = Add(e, one)\n h = Mul(p, half)\n y = Mul(x, h)\n", "Gelu@y(x)");
    recognised(" c = Pow(x, three)\n m = Mul(c, b)\n s = Add(x, m)\n u = Mul(a, s)\n t = Tanh(u)\n p = Add(t, one)\n h = Mul(x, half)\n"
               " y = Mul(h, p)\n",
               "Gelu@y(x) {approximate = \"tanh\"}");
    recognised(" p = Mul(x, x)\n c = Mul(p, x)\n m = Mul(c, b)\n s = Add(x, m)\n u = Mul(a, s)\n t = Tanh(u)\n q = Add(t, one)\n"
               " h = Mul(x, half)\n y = Mul(h, q)\n",
               "Gelu@y(x) {approximate = \"tanh\"}");
    recognised(" p = Mul(x, x)\n r = Abs(x)\n c = Mul(p, r)\n m = Mul(c, b)\n s = Add(x, m)\n u = Mul(a, s)\n t = Tanh(u)\n"
               " q = Add(t, one)\n h = Mul(x, half)\n y = Mul(h, q)\n",
               NULL);
    recognised(" d = Div(x, six)\n e = Erf(d)\n p = Add(e, one)\n m = Mul(x, p)\n y = Mul(m, half)\n", NULL);
}
END_TEST

START_TEST(mish) { recognised(" s = Softplus(x)\n t = Tanh(s)\n y = Mul(x, t)\n", "Mish@y(x)"); }
END_TEST

/* A gate that is used again, or is an output; another x; a result of another shape. */
START_TEST(what_only_looks_like_one_stays)
{
    recognised(" s = Sigmoid(x)\n m = Mul(x, s)\n y = Add(m, s)\n", NULL);
    recognised(" n = Neg(x)\n s = Sigmoid(n)\n y = Mul(x, s)\n", NULL);
    const char *const output = "graph g {\n input x: float32[2]\n s = Sigmoid(x)\n y = Mul(x, s)\n output y\n output s\n}";
    check_pass("recognise_activations", output, output);
    const char *const wider = "graph g {\n input x: float32[2]\n const n: float32[1,1] = {0.16666667}\n const u: float32[] = {6}\n"
                              " const z: float32[] = {0}\n const t: float32[] = {3}\n s = Add(x, t)\n c = Clip(s, z, u)\n y = Mul(c, n)\n"
                              " output y\n}";
    check_pass("recognise_activations", wider, wider);
}
END_TEST

/* Rows of r whose number nobody knows. */
#define UNKNOWN \
    "graph g {\n input x: float32[N,M,2]\n const d: int64[2] = {-1, 2}\n const w: float32[2,4] = {...}\n r = Reshape(x, d)\n const "
#define CONV "graph g {\n input x: float32[1,2,2,2]\n const w: float32[2,2,1,1] = {1, 2, 3, 4}\n const v: float32[1,2,1,1] = {1, 2}\n"

START_TEST(residual_becomes_an_epilogue)
{
    check_pass("fuse_residual", CONV " c = Conv(x, w)\n s = Add(x, c)\n y = Relu(s)\n output y\n}",
               CONV " y = Conv@c(x, w) |> Add@s(x, $) |> Relu()\n output y\n}");
    check_pass("fuse_residual", CONV " c = Conv(x, w)\n s = Mul(c, v)\n y = Sub(s, v)\n output y\n}",
               CONV " y = Conv@c(x, w) |> Mul@s($, v) |> Sub($, v)\n output y\n}");
    check_pass("fuse_residual", UNKNOWN "b: float32[4] = {1, 2, 3, 4}\n c = MatMul(r, w)\n s = Add(c, b)\n y = Gelu(s)\n output y\n}",
               UNKNOWN "b: float32[4] = {1, 2, 3, 4}\n y = MatMul@c(r, w) |> Add@s($, b) |> Gelu()\n output y\n}");
}
END_TEST

START_TEST(the_later_sums_take_it)
{
    check_pass("fuse_residual", CONV " c = Conv(x, w)\n d = Conv(x, w)\n y = Add(c, d)\n output y\n}",
               CONV " c = Conv(x, w)\n y = Conv@d(x, w) |> Add(c, $)\n output y\n}");
    check_pass("fuse_residual", CONV " c = Conv(x, w)\n d = Conv(x, w)\n y = Add(d, c)\n output y\n}",
               CONV " c = Conv(x, w)\n y = Conv@d(x, w) |> Add($, c)\n output y\n}");
}
END_TEST

START_TEST(sums_wait_for_the_residual)
{
    check_pass("fuse_residual", CONV " c = Conv(x, w)\n d = Exp(x)\n e = Neg(d)\n y = Add(c, d)\n z = Add(y, e)\n output z\n}",
               CONV " d = Exp(x)\n e = Neg(d)\n z = Conv@c(x, w) |> Add@y($, d) |> Add($, e)\n output z\n}");
}
END_TEST

/* Sums that are an output, or used again, or broadcast, perhaps; integers; both operands the same. */
START_TEST(other_sums_stay)
{
    const char *const texts[] = {
        CONV " c = Conv(x, w)\n y = Add(c, x)\n output y\n output c\n}",
        CONV " c = Conv(x, w)\n d = Neg(c)\n y = Add(c, d)\n output y\n}",
        CONV " c = Conv(x, w)\n y = Add(c, c)\n output y\n}",
        "graph g {\n input x: float32[1,2,1,1]\n input r: float32[1,2,3,3]\n const w: float32[2,2,1,1] = {1, 2, 3, 4}\n"
        " c = Conv(x, w)\n y = Add(c, r)\n output y\n}",
        "graph g {\n input x: int32[2,2]\n c = MatMul(x, x)\n y = Add(c, x)\n output y\n}",
        "graph g {\n input x: float32[1,2,N,2]\n input r: float32[1,2,M,2]\n const w: float32[2,2,1,1] = {1, 2, 3, 4}\n"
        " c = Conv(x, w)\n y = Add(c, r)\n output y\n}",
        UNKNOWN "b: float32[3,4] = {...}\n c = MatMul(r, w)\n y = Add(c, b)\n output y\n}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        check_pass("fuse_residual", texts[i], texts[i]);
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {swish,
                                  hard_swish,
                                  hard_sigmoid,
                                  gelu,
                                  mish,
                                  what_only_looks_like_one_stays,
                                  residual_becomes_an_epilogue,
                                  the_later_sums_take_it,
                                  sums_wait_for_the_residual,
                                  other_sums_stay,
                                  NULL};
    return check_suite("activations", tests);
}

CHECK_MAIN(suite)
