/* Random graphs of a product and what becomes its epilogue, whose operands have sizes that are free while loading and right or wrong in the
 * run: every level and backend gives the same answer, or refuses the same operator and sizes. SARD_GRAPHS in the environment: how many. */
#include "ir/dtype.h"
#include "tests/support/check.h"
#include "tests/support/graph.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_INPUTS = 24, LEAST_GRAPHS = 300 };

typedef struct shape {
    int rank;
    int64_t dims[SARD_MAX_RANK];
} shape;

/* A graph as text, and what its inputs are in the run. */
typedef struct draft {
    uint64_t state;
    char head[40000], nodes[4000];
    size_t head_size, node_size, inputs, names;
    shape shapes[MOST_INPUTS], result;
    sard_dtype dtype;
} draft;

static uint64_t below(draft *d, uint64_t n)
{
    d->state ^= d->state << 13;
    d->state ^= d->state >> 7;
    d->state ^= d->state << 17;
    return (d->state >> 20) % n;
}

SARD_PRINTF(4, 5) static void write(char *text, size_t size, size_t *used, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    *used += (size_t)vsnprintf(text + *used, size - *used, format, list);
    va_end(list);
    ck_assert_uint_lt(*used, size);
}

#define HEAD(d, ...) write((d)->head, sizeof(d)->head, &(d)->head_size, __VA_ARGS__)
#define NODE(d, ...) write((d)->nodes, sizeof(d)->nodes, &(d)->node_size, __VA_ARGS__)

/* ---- values ---- */

/* An input i0, i1, ... of that shape; `fixed`: its last dims that many are told, the others perhaps. Returns its number. */
static size_t add_input(draft *d, const shape *s, int fixed)
{
    ck_assert_uint_lt(d->inputs, MOST_INPUTS);
    HEAD(d, " input i%zu: %s[", d->inputs, sard_dtype_name(d->dtype));
    for (int i = 0; i < s->rank; i++) {
        const uint64_t how = i >= s->rank - fixed ? 0 : below(d, 4);
        HEAD(d, "%s", i ? "," : "");
        if (how == 0)
            HEAD(d, "%" PRId64, s->dims[i]);
        else if (how == 1)
            HEAD(d, "S%" PRId64, s->dims[i]); /* the same symbol for the same size */
        else
            HEAD(d, "?");
    }
    HEAD(d, "]\n");
    d->shapes[d->inputs] = *s;
    return d->inputs++;
}

static size_t add_constant(draft *d, const shape *s)
{
    int64_t count = 1;
    HEAD(d, " const w%zu: %s[", d->names, sard_dtype_name(d->dtype));
    for (int i = 0; i < s->rank; i++) {
        HEAD(d, "%s%" PRId64, i ? "," : "", s->dims[i]);
        count *= s->dims[i];
    }
    HEAD(d, "] = {");
    for (int64_t i = 0; i < count; i++)
        HEAD(d, "%s%.2f", i ? "," : "", (double)below(d, 101) * 0.01 - 0.5);
    HEAD(d, "}\n");
    return d->names++;
}

static shape shape_of(int rank, const int64_t *dims)
{
    shape s = {.rank = rank};
    memcpy(s.dims, dims, (size_t)rank * sizeof *dims);
    return s;
}

#define SHAPE(...) shape_of(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t), (int64_t[]){__VA_ARGS__})

/* ---- products ---- */

static void add_matmul(draft *d, const char *x)
{
    const int64_t out = (int64_t)below(d, 20) + 1;
    const shape w = SHAPE(d->result.dims[d->result.rank - 1], out);
    const size_t number = add_constant(d, &w);
    NODE(d, " v%zu = MatMul(%s, w%zu)\n", d->names, x, number);
    d->result.dims[d->result.rank - 1] = out;
}

static void add_gemm(draft *d, const char *x)
{
    const int64_t out = (int64_t)below(d, 20) + 1;
    const shape w = SHAPE(out, d->result.dims[1]), c = SHAPE(below(d, 2) ? out : 1);
    const size_t number = add_constant(d, &w), bias = below(d, 2) ? add_input(d, &c, 0) : SIZE_MAX;
    if (bias == SIZE_MAX)
        NODE(d, " v%zu = Gemm(%s, w%zu) {transB = 1}\n", d->names, x, number);
    else
        NODE(d, " v%zu = Gemm(%s, w%zu, i%zu) {transB = 1}\n", d->names, x, number, bias);
    d->result.dims[1] = out;
}

static void add_conv(draft *d, const char *x)
{
    const int64_t out = (int64_t)below(d, 12) + 1, in = d->result.dims[1], k = 1 + 2 * (int64_t)below(d, 2);
    const bool transposed = below(d, 4) == 0, depthwise = !transposed && below(d, 4) == 0;
    const shape w = transposed ? SHAPE(in, out, k, k) : depthwise ? SHAPE(in, 1, k, k) : SHAPE(out, in, k, k);
    const size_t number = add_constant(d, &w);
    NODE(d, " v%zu = %s(%s, w%zu) {pads = [%d, %d, %d, %d], group = %" PRId64 "}\n", d->names, transposed ? "ConvTranspose" : "Conv", x,
         number, k > 1, k > 1, k > 1, k > 1, depthwise ? in : 1);
    d->result.dims[1] = depthwise ? in : out;
}

static void add_product(draft *d, const char *x)
{
    if (d->result.rank == 4 && below(d, 8))
        add_conv(d, x);
    else if (d->result.rank == 2 && below(d, 2))
        add_gemm(d, x);
    else
        add_matmul(d, x);
}

/* ---- what stands behind them ---- */

/* A shape that broadcasts to the result, or one that is a little wrong. */
static shape operand_shape(draft *d)
{
    shape s = {.rank = (int)below(d, (uint64_t)d->result.rank + 1)};
    s.rank = below(d, 3) ? d->result.rank : s.rank;
    for (int i = 0; i < s.rank; i++)
        s.dims[i] = below(d, 3) ? d->result.dims[d->result.rank - s.rank + i] : 1;
    if (s.rank && below(d, 5) == 0)
        s.dims[below(d, (uint64_t)s.rank)] = (int64_t)below(d, 9);
    return s;
}

/* What numpy makes of both, or the result as it is where they do not fit. */
static void broadcast(draft *d, const shape *s)
{
    for (int i = 1; i <= s->rank && i <= d->result.rank; i++)
        if (d->result.dims[d->result.rank - i] == 1)
            d->result.dims[d->result.rank - i] = s->dims[s->rank - i];
}

static void add_binary(draft *d, const char *x)
{
    static const char *const ops[] = {"Add", "Add", "Sub", "Mul", "Div", "PRelu", "Max"};
    const char *op = ops[below(d, sizeof ops / sizeof *ops)];
    const shape s = operand_shape(d);
    const bool swapped = strcmp(op, "PRelu") && below(d, 2);
    const size_t other = add_input(d, &s, 0);
    if (swapped)
        NODE(d, " v%zu = %s(i%zu, %s)\n", d->names, op, other, x);
    else
        NODE(d, " v%zu = %s(%s, i%zu)\n", d->names, op, x, other);
    broadcast(d, &s);
}

static void add_unary(draft *d, const char *x)
{
    static const char *const ops[] = {"Relu", "Sigmoid", "Tanh", "HardSwish", "LeakyRelu", "Neg"};
    NODE(d, " v%zu = %s(%s)\n", d->names, ops[below(d, sizeof ops / sizeof *ops)], x);
}

static void add_clip(draft *d, const char *x)
{
    const shape scalar = {.rank = below(d, 6) == 0}, one = {.rank = scalar.rank, .dims = {1 + (int64_t)below(d, 2)}};
    const size_t low = add_input(d, &one, 0);
    NODE(d, " v%zu = Clip(%s, i%zu)\n", d->names, x, low);
}

/* The sum of two products of the same value. */
static void add_residual(draft *d, const char *x)
{
    const shape before = d->result;
    add_product(d, x);
    const size_t first = d->names++;
    const shape after = d->result;
    d->result = before;
    add_product(d, x);
    const size_t second = d->names++;
    NODE(d, " v%zu = Add(v%zu, v%zu)\n", d->names, first, second);
    d->result = after;
}

static void add_view(draft *d, const char *x)
{
    const uint64_t axis = below(d, (uint64_t)d->result.rank);
    if (below(d, 2)) {
        NODE(d, " v%zu = Concat(%s, %s) {axis = %d}\n", d->names, x, x, (int)axis);
        d->result.dims[axis] *= 2;
    } else {
        const int last = d->result.rank - 1;
        NODE(d, " v%zu = Transpose(%s) {perm = [", d->names, x);
        for (int i = 0; i <= last; i++)
            NODE(d, "%s%d", i ? ", " : "", i == last ? last - 1 : i == last - 1 ? last : i);
        NODE(d, "]}\n");
        const int64_t swapped = d->result.dims[last];
        d->result.dims[last] = d->result.dims[last - 1];
        d->result.dims[last - 1] = swapped;
    }
}

static void add_step(draft *d)
{
    char x[24];
    snprintf(x, sizeof x, "v%zu", d->names++);
    switch (below(d, 12)) {
    case 0:
    case 1:
    case 2:
        add_unary(d, x);
        break;
    case 3:
        add_clip(d, x);
        break;
    case 4:
        add_view(d, x);
        break;
    case 5:
        add_product(d, x);
        break;
    case 6:
        add_residual(d, x);
        break;
    default:
        add_binary(d, x);
        break;
    }
}

static void make_graph(draft *d, uint64_t seed)
{
    *d = (draft){.state = seed * 0x9e3779b97f4a7c15u + 1, .dtype = SARD_F32};
    d->dtype = below(d, 4) ? SARD_F32 : SARD_F16;
    const int64_t a = (int64_t)below(d, 9) + 1, b = (int64_t)below(d, 9) + 1, c = (int64_t)below(d, 9) + 1;
    const uint64_t kind = below(d, 3);
    d->result = kind == 0 ? SHAPE(a, b) : kind == 1 ? SHAPE(a, b, c) : SHAPE(1 + a % 2, b, c, a);
    const int known = below(d, 3) ? d->result.rank : kind == 2 ? 3 : 1; /* only sums of known sizes take in operands of free ones */
    const size_t x = add_input(d, &d->result, known);
    char name[24];
    snprintf(name, sizeof name, "i%zu", x);
    add_product(d, name);
    for (uint64_t steps = 1 + below(d, 4); steps > 0; steps--)
        add_step(d);
    HEAD(d, "%s output v%zu\n}\n", d->nodes, d->names);
}

/* ---- running ---- */

typedef struct answer {
    sard_status status;
    sard_error error;
    sard_tensor tensor; /* data: to be freed */
} answer;

static void make_inputs(const draft *d, uint64_t seed, sard_tensor *inputs)
{
    for (size_t i = 0; i < d->inputs; i++) {
        const shape *s = &d->shapes[i];
        inputs[i] = sard_tensor_make(d->dtype, s->rank, s->dims, NULL);
        const size_t count = sard_tensor_count(&inputs[i]);
        inputs[i].data = malloc(inputs[i].bytes ? inputs[i].bytes : 1);
        float *numbers = malloc((count + 1) * sizeof *numbers);
        fill_random(numbers, count, (uint32_t)(seed * 31 + i));
        for (size_t k = 0; k < count; k++) {
            const double number = (double)numbers[k] + (numbers[k] < 0 ? -0.5 : 0.5); /* fit to divide by */
            sard_narrow(d->dtype, &number, 1, (char *)inputs[i].data + k * sard_dtype_size(d->dtype));
        }
        free(numbers);
    }
}

static answer run(sard_context *context, const sard_graph *graph, sard_level level, const char *backends, const sard_tensor *inputs,
                  size_t count)
{
    const sard_model_options model_options = {.struct_size = sizeof model_options, .level = level};
    const sard_session_options session_options = {.struct_size = sizeof session_options, .backends = backends};
    answer a = {.error = {.text = ""}};
    sard_model *model = NULL;
    sard_session *session = NULL;
    a.status = sard_model_from_graph(context, graph, &model_options, &model, &a.error);
    if (!a.status)
        a.status = sard_session_new(model, &session_options, &session, &a.error);
    if (!a.status)
        a.status = sard_session_run(session, inputs, count, &a.tensor, 1, &a.error);
    if (!a.status) {
        const void *data = a.tensor.data;
        a.tensor.data = malloc(a.tensor.bytes + 1);
        memcpy(a.tensor.data, data, a.tensor.bytes);
    }
    sard_session_free(session);
    sard_model_free(model);
    return a;
}

static double element(const sard_tensor *tensor, size_t i)
{
    double number;
    sard_widen(tensor->dtype, (const char *)tensor->data + i * sard_dtype_size(tensor->dtype), 1, &number);
    return number;
}

/* The same operator and sizes; an operator within an epilogue calls its running result by another name. */
static bool is_same_refusal(const answer *want, const answer *have)
{
    const char *end = strstr(want->error.text, " of '");
    return want->status == have->status && !strncmp(want->error.text, have->error.text, end ? (size_t)(end - want->error.text) : SIZE_MAX);
}

/* Whether both are the same up to rounding. */
static bool is_close(const answer *want, const answer *have)
{
    const double share = want->tensor.dtype == SARD_F16 ? 3e-2 : 1e-3;
    double most = 1;
    if (want->status != have->status || want->status)
        return is_same_refusal(want, have);
    if (want->tensor.dtype != have->tensor.dtype || want->tensor.rank != have->tensor.rank ||
        memcmp(want->tensor.dims, have->tensor.dims, (size_t)want->tensor.rank * sizeof *want->tensor.dims) != 0)
        return false;
    const size_t count = sard_tensor_count(&want->tensor);
    for (size_t i = 0; i < count; i++)
        most = fmax(most, isfinite(element(&want->tensor, i)) ? fabs(element(&want->tensor, i)) : 0);
    for (size_t i = 0; i < count; i++) {
        const double w = element(&want->tensor, i), h = element(&have->tensor, i);
        if (isfinite(w) && !(fabs(w - h) <= share * most))
            return false;
    }
    return true;
}

static void check_graph(sard_context *context, draft *d, uint64_t seed, size_t *refused)
{
    static const char *const backends[] = {"reference", "native,reference", "openblas,native,reference"};
    char text[sizeof d->head + 20];
    sard_tensor inputs[MOST_INPUTS];
    make_graph(d, seed);
    snprintf(text, sizeof text, "graph g {\n%s", d->head);
    sard_graph *graph;
    sard_error error;
    if (sard_graph_parse(context, text, strlen(text), &graph, &error)) /* what is known is wrong already */
        return;
    make_inputs(d, seed, inputs);
    const answer want = run(context, graph, SARD_O0, "reference", inputs, d->inputs);
    *refused += want.status != SARD_OK;
    ck_assert_msg(want.status == SARD_OK || want.status == SARD_SHAPE, "%s", want.error.text);
    for (size_t b = 0; b < sizeof backends / sizeof *backends; b++)
        for (sard_level level = SARD_O0; level <= SARD_O3; level++) {
            const answer have = run(context, graph, level, backends[b], inputs, d->inputs);
            ck_assert_msg(is_close(&want, &have), "seed %" PRIu64 ", level %d, %s: status %d '%s', without passes %d '%s', of\n%s", seed,
                          (int)level - SARD_O0, backends[b], have.status, have.error.text, want.status, want.error.text, text);
            free(have.tensor.data);
        }
    free(want.tensor.data);
    for (size_t i = 0; i < d->inputs; i++)
        free(inputs[i].data);
    sard_graph_free(graph);
}

START_TEST(operands_fit_or_are_refused_alike)
{
    const char *wanted = getenv("SARD_GRAPHS");
    const uint64_t count = wanted ? strtoull(wanted, NULL, 10) : LEAST_GRAPHS;
    draft *d = malloc(sizeof *d);
    sard_context *context;
    size_t refused = 0;
    ck_assert(!sard_context_new(&(sard_context_options){.struct_size = sizeof(sard_context_options), .threads = 1}, &context, NULL));
    for (uint64_t seed = 1; seed <= count; seed++)
        check_graph(context, d, seed, &refused);
    ck_assert_uint_gt(refused, count / 20);
    ck_assert_uint_lt(refused, count / 2);
    sard_context_free(context);
    free(d);
}
END_TEST

/* Epilogues as text tell it too. */
static void refused_as_text(const char *nodes, const char *what)
{
    static const float numbers[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    const sard_tensor inputs[2] = {{.dtype = SARD_F32, .rank = 2, .dims = {4, 2}, .data = (void *)numbers, .bytes = sizeof numbers},
                                   {.dtype = SARD_F32, .rank = 2, .dims = {2, 3}, .data = (void *)numbers, .bytes = 24}};
    char text[500];
    sard_context *context;
    ck_assert(!sard_context_new(NULL, &context, NULL));
    snprintf(text, sizeof text, "graph g {\n input x: float32[?,?]\n input m: float32[?,?]\n%s output y\n}", nodes);
    sard_graph *graph = graph_parse(context, text);
    const answer have = run(context, graph, SARD_O0, NULL, inputs, 2);
    ck_assert_int_ne(have.status, SARD_OK);
    ck_assert_msg(strstr(have.error.text, what) != NULL, "%s", have.error.text);
    sard_graph_free(graph);
    sard_context_free(context);
}

START_TEST(text_is_refused_in_the_run)
{
    refused_as_text(" y = Relu(x) |> Add@sum($, m)\n", "Add 'sum': sizes");
    refused_as_text(" y = ReduceSum(x) |> Add@sum($, m)\n", "Add 'sum': would make float32[2,3] of float32[1,1]");
    refused_as_text(" y = Relu(x) |> Less@is($, x)\n", "Less 'is': would make bool[?,?] of float32[?,?]");
    refused_as_text(" a = Greater(x, m)\n b = NonZero(x) |> Neg()\n y = Cast(b) {to = 1}\n", "NonZero 'b': has an epilogue");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("epilogue_operands");
    TCase *c = tcase_create("run");
    tcase_set_timeout(c, 0);
    tcase_add_test(c, operands_fit_or_are_refused_alike);
    tcase_add_test(c, text_is_refused_in_the_run);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
