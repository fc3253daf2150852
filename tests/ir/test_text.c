/* The text form: what is printed reads back as the same graph, and wrong text is refused with its place. */
#include "ir/text.h"
#include "tests/support/check.h"
#include "tests/support/op.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

/* ---- an operator with attributes of every kind, and one that holds a graph ---- */

typedef struct widget {
    int64_t i, mode;
    float f;
    const char *s;
    const sard_tensor *tensor;
    sard_graph *graph;
    sard_ints ints;
    sard_floats floats;
    sard_strings strings;
} widget;

static const char *const modes[] = {"soft", "hard", NULL};

static const sard_attr_spec widget_attrs[] = {
    {.name = "i", .kind = SARD_ATTR_INT, .offset = offsetof(widget, i), .i = 7},
    {.name = "mode", .kind = SARD_ATTR_STRING, .offset = offsetof(widget, mode), .s = "soft", .choices = modes},
    {.name = "f", .kind = SARD_ATTR_FLOAT, .offset = offsetof(widget, f)},
    {.name = "s", .kind = SARD_ATTR_STRING, .offset = offsetof(widget, s)},
    {.name = "tensor", .kind = SARD_ATTR_TENSOR, .offset = offsetof(widget, tensor)},
    {.name = "graph", .kind = SARD_ATTR_GRAPH, .offset = offsetof(widget, graph)},
    {.name = "ints", .kind = SARD_ATTR_INTS, .offset = offsetof(widget, ints)},
    {.name = "floats", .kind = SARD_ATTR_FLOATS, .offset = offsetof(widget, floats)},
    {.name = "strings", .kind = SARD_ATTR_STRINGS, .offset = offsetof(widget, strings)},
    {.name = NULL},
};

/* Outputs: as input 0; a number; nothing known. */
static sard_status infer_widget(sard_node *node, sard_error *error)
{
    const sard_value *x = sard_node_input(node, 0);
    const sard_status status = sard_node_set_output(node, 0, x->dtype, x->rank, x->dims, error);
    return status ? status : sard_node_set_output(node, 1, SARD_F32, 0, NULL, error);
}

static sard_status eval_widget(const sard_call *call) { return sard_call_fail(call, SARD_UNSUPPORTED, "is for tests"); }

static const sard_op ops[] = {
    {.struct_size = sizeof(sard_op),
     .domain = "test.domain",
     .name = "Widget",
     .attrs = widget_attrs,
     .attrs_size = sizeof(widget),
     .inputs = (const sard_port[]){{"x", 'T', 0, SARD_SET_ALL},
                                   {"y", 'U', SARD_OPTIONAL, SARD_SET_ALL},
                                   {"z", 'V', SARD_OPTIONAL, SARD_SET_ALL},
                                   {NULL, 0, 0, 0}},
     .outputs = (const sard_port[]){{"a", 'A', 0, SARD_SET_ALL},
                                    {"b", 'B', SARD_OPTIONAL, SARD_SET_ALL},
                                    {"c", 'C', SARD_OPTIONAL, SARD_SET_ALL},
                                    {NULL, 0, 0, 0}},
     .infer = infer_widget,
     .eval = eval_widget},
    {.struct_size = sizeof(sard_op),
     .domain = "",
     .name = "TestSum",
     .traits = SARD_ELEMENTWISE,
     .inputs = (const sard_port[]){{"a", 'T', 0, SARD_SET_ALL}, {"b", 'T', SARD_OPTIONAL, SARD_SET_ANY}, {NULL, 0, 0, 0}},
     .outputs = (const sard_port[]){{"c", 'T', 0, SARD_SET_ALL}, {NULL, 0, 0, 0}},
     .infer = infer_widget,
     .eval = eval_widget},
};

static op_test t;

static void start(void)
{
    op_start(&t);
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        ck_assert_int_eq(sard_op_table_add(&t.ops, &ops[i], 0, NULL), SARD_OK);
}

static void end(void) { op_end(&t); }

/* ---- help ---- */

static char printed[65536];
static size_t printed_size;

static bool collect(void *user, const char *text, size_t size)
{
    (void)user;
    ck_assert_uint_lt(printed_size + size, sizeof printed);
    memcpy(printed + printed_size, text, size);
    printed_size += size;
    printed[printed_size] = 0;
    return true;
}

static const char *print(const sard_graph *graph)
{
    printed_size = 0;
    ck_assert(sard_graph_print(graph, NULL, collect, NULL));
    return printed;
}

static sard_status parse(const char *text, sard_graph **out)
{
    t.error = (sard_error){SARD_OK, ""};
    return sard_text_parse(&t.arena, &t.ops, text, strlen(text), out, &t.error);
}

static sard_graph *parsed(const char *text)
{
    sard_graph *graph = NULL;
    const sard_status status = parse(text, &graph);
    ck_assert_msg(!status, "%s", t.error.text);
    ck_assert_msg(!sard_graph_verify(graph, &t.error), "%s", t.error.text);
    return graph;
}

/* The text is what the printer would have written. */
static void same(const char *text) { ck_assert_str_eq(print(parsed(text)), text); }

static void fails(const char *text, sard_status status, const char *words)
{
    sard_graph *graph = NULL;
    ck_assert_int_eq(parse(text, &graph), status);
    ck_assert_ptr_null(graph);
    ck_assert_msg(strstr(t.error.text, words) != NULL, "'%s' is not in '%s'", words, t.error.text);
}

/* ---- cases ---- */

#define EXAMPLE                                                                                                                 \
    "graph \"all kinds\" {\n"                                                                                                   \
    "    input x: float32[N,3,?,\"12\",8]\n"                                                                                    \
    "    input \"odd name\\n\\\"\": ?[*]\n"                                                                                     \
    "    input input: int64[*]\n"                                                                                               \
    "    const r: float32[1,2] = {1.5, -0.0}\n"                                                                                 \
    "    const big: float32[5,5] = {...}\n"                                                                                     \
    "    const words: string[2] = {\"a \\\"b\\\"\", \"\\x00\"}\n"                                                               \
    "    const half: float16[3] = {0.1, inf, nan}\n"                                                                            \
    "    const eight: float8e5m2[5] = {-0.25, inf, nan, nan_ff, 57344.0}\n"                                                     \
    "    const four: int4[3] = {-8, 7, -1}\n"                                                                                   \
    "    const power: float8e8m0[2] = {5.877471754111438e-39, nan}\n"                                                           \
    "    const odd: float32[4] = {nan_ff800001, 1e-45, 0.1, 3.4028235e+38}\n"                                                   \
    "    const wide: float64[2] = {0.1, nan_7ff0000000000001}\n"                                                                \
    "    const flags: bool[2] = {true, false}\n"                                                                                \
    "    const most: uint64[1] = {18446744073709551615}\n"                                                                      \
    "    const least: int64[] = {-9223372036854775808}\n"                                                                       \
    "    const none: int8[0] = {}\n"                                                                                            \
    "    a, _, c = test.domain::Widget(x, _, r) {i = -1, mode = \"hard\", f = 0.5, s = \"t\\\\\", tensor = uint8[2] {1, 255}, " \
    "ints = [1, -2], floats = [1.0, nan, -inf], strings = [\"p\", \"q\"]} : float32[N,3,?,\"12\",8], _, ?[*]\n"                 \
    "    _, d = test.domain::Widget@\"node 7\"(words, half, odd) {ints = []} nhwc : _, float32[]\n"                             \
    "    output = TestSum(a) |> Relu() |> TestSum@last($, x) |> TestSum@again(x, $) : float32[N,3,?,\"12\",8]\n"                \
    "    e, f = test.domain::Widget(big, wide, flags) {graph = graph inner {\n"                                                 \
    "        capture big\n"                                                                                                     \
    "        capture other = c\n"                                                                                               \
    "        input i: int64[]\n"                                                                                                \
    "        g = Relu(big) : float32[5,5]\n"                                                                                    \
    "        output g\n"                                                                                                        \
    "        output twice = g\n"                                                                                                \
    "        output other\n"                                                                                                    \
    "    }} : float32[5,5], float32[]\n"                                                                                        \
    "    h = test.domain::Widget(most, least, none) : uint64[1]\n"                                                              \
    "    k = test.domain::Widget(eight, four, power) : float8e5m2[5]\n"                                                         \
    "    output output\n"                                                                                                       \
    "    output \"the sum\" = output\n"                                                                                         \
    "    output d\n"                                                                                                            \
    "    output x\n"                                                                                                            \
    "}\n"

START_TEST(everything_round_trips) { same(EXAMPLE); }
END_TEST

START_TEST(small_graphs_round_trip)
{
    same("graph \"\" {\n}\n");
    same("graph g {\n    input x: float32[]\n    output x\n}\n");
    same("graph g {\n    input s: seq(float32)[?]\n    input o: optional(seq(int8))[?]\n    output s\n    output o\n}\n");
    same("graph 1.5 {\n    input 12: float32[2]\n    13 = Relu(12) : float32[2]\n    output 13\n}\n");
}
END_TEST

START_TEST(types_may_be_left_out)
{
    const sard_graph *graph =
        parsed("graph g { input x: float32[N,3]\n y = Relu(x) # comment }\n\n z = TestSum(\n  y,\n  x)\n |> Relu()\noutput z }");
    ck_assert_uint_eq(sard_graph_node_count(graph), 2);
    const sard_value *z = sard_graph_find(graph, "z");
    ck_assert_int_eq(sard_value_dtype(z), SARD_F32);
    ck_assert_int_eq(sard_value_rank(z), 2);
    ck_assert_str_eq(sard_graph_symbol_name(graph, sard_value_dim(z, 0)), "N");
    ck_assert_uint_eq(sard_node_epilogue_count(sard_value_producer(z)), 1);
    ck_assert_str_eq(sard_node_name(sard_value_producer(z)), "z");
}
END_TEST

START_TEST(types_add_to_what_is_inferred)
{
    const sard_graph *graph =
        parsed("graph g { input x: float32[?,3]\n a, b, c = test.domain::Widget(x) : float32[4,?], _, int64[7]\n output c }");
    ck_assert_int_eq(sard_value_dim(sard_graph_find(graph, "a"), 0), 4);
    ck_assert_int_eq(sard_value_dim(sard_graph_find(graph, "a"), 1), 3);
    ck_assert_int_eq(sard_value_dtype(sard_graph_find(graph, "c")), SARD_I64);
}
END_TEST

START_TEST(captures_need_no_line)
{
    const sard_graph *graph =
        parsed("graph g { input x: float32[2]\n"
               " a = test.domain::Widget(x) {graph = graph outer { b = test.domain::Widget(x) {graph = graph inner {\n"
               "   y = Relu(x)\n output y }}\n output b }}\n output a }");
    const sard_node *node = sard_graph_first(graph);
    ck_assert_uint_eq(node->input_count, 2);
    ck_assert_ptr_eq(node->inputs[1], sard_graph_input(graph, 0));
    const sard_graph *outer = sard_node_subgraph(node, 0);
    ck_assert_uint_eq(outer->capture_count, 1);
    const sard_graph *inner = sard_node_subgraph(sard_graph_first(outer), 0);
    ck_assert_uint_eq(inner->capture_count, 1);
    ck_assert_int_eq(sard_value_dim(sard_graph_find(inner, "y"), 0), 2);
}
END_TEST

START_TEST(branches_may_not_fit)
{
    static const char text[] =
        "graph g {\n    input x: float32[2]\n    input y: float32[3]\n    input c: bool[]\n"
        "    z = If(c) {then_branch = graph then {\n        capture x\n        capture y\n        a = Add(x, y) : ?[*]\n"
        "        output a\n    }, else_branch = graph else {\n        capture x\n        b = Neg(x) : float32[2]\n"
        "        output b\n    }} : float32[2]\n    output z\n}\n";
    same(text);
}
END_TEST

START_TEST(epilogues_of_fused_graphs_print)
{
    const int64_t dims[] = {2};
    sard_value *x = sard_graph_add_input(t.graph, "x", SARD_F32, 1, dims);
    ck_assert_int_eq(op_infer(&t, "TestSum", &x, 1, NULL, 0, 1), SARD_OK);
    sard_node *first = t.node;
    ck_assert_int_eq(op_infer(&t, "TestSum", (sard_value *[]){x, sard_node_output(first, 0)}, 2, NULL, 0, 1), SARD_OK);
    ck_assert_int_eq(sard_value_rename(sard_node_output(t.node, 0), "y", NULL), SARD_OK);
    ck_assert(sard_graph_add_output(t.graph, sard_node_output(t.node, 0)));
    ck_assert(sard_node_absorb(first, t.node, 1));
    const char text[] =
        "graph test {\n    input x: float32[2]\n    y = TestSum@node(x) |> TestSum@node(x, $) : float32[2]\n    output y\n}\n";
    ck_assert_str_eq(print(t.graph), text);
    same(text);
}
END_TEST

START_TEST(wrong_text_is_refused_with_its_place)
{
    static const struct {
        const char *text;
        sard_status status;
        const char *words;
    } cases[] = {
        {"", SARD_PARSE, "line 1, column 1: expected 'graph'"},
        {"graph g {", SARD_PARSE, "column 10"},
        {"graph g { } more", SARD_PARSE, "expected the end of the text"},
        {"graph g {\n  input x: float33[1] }", SARD_PARSE, "line 2, column 12: expected an element type"},
        {"graph g {\n  input x: float32[-1] }", SARD_PARSE, "line 2, column 20: a dimension cannot be negative"},
        {"graph g { input x: float32[1,2,3,4,5,6,7,8,9] }", SARD_PARSE, "more than 8 dimensions"},
        {"graph g { input x: float32[99999999999999999999] }", SARD_PARSE, "64 bits"},
        {"graph g {\n input x: float32[1]\n input x: float32[1] }", SARD_PARSE, "line 3, column 8: there is a value 'x' already"},
        {"graph g {\n  y = Relu(x)\n}", SARD_PARSE, "line 2, column 12: there is no value 'x'"},
        {"graph g {\n input x: float32[1]\n y = Rulu(x)\n}", SARD_UNSUPPORTED, "line 3, column 6: there is no operator Rulu"},
        {"graph g {\n input x: float32[1]\n y = a::Relu(x)\n}", SARD_UNSUPPORTED, "no operator Relu in domain a"},
        {"graph g {\n input x: float32[1]\n y = Relu(x, x)\n}", SARD_MODEL, "line 3: Relu 'y'"},
        {"graph g {\n input x: string[1]\n y = Relu(x)\n}", SARD_UNSUPPORTED, "line 3: Relu 'y'"},
        {"graph g {\n input x: float32[1]\n y = Relu(x) {axis = 1}\n}", SARD_PARSE, "line 3, column 15: Relu has no attribute 'axis'"},
        {"graph g {\n input x: float32[1]\n y = Relu(x) : float32[2]\n}", SARD_PARSE, "line 3"},
        {"graph g {\n input x: float32[1]\n y = Relu(x) : int8[1]\n}", SARD_PARSE, "the type of 'y'"},
        {"graph g {\n input x: float32[1]\n y = Relu($)\n}", SARD_PARSE, "the running result"},
        {"graph g {\n input x: float32[1]\n y = Relu(x) |> TestSum(x)\n}", SARD_PARSE, "'$', the running result, is missing"},
        {"graph g {\n input x: float32[1]\n y = Relu(x) |> test.domain::Widget()\n}", SARD_PARSE, "not element-wise"},
        {"graph g {\n input x: float32[1]\n y = Relu(x) z\n}", SARD_PARSE, "line 3, column 14: expected the end of the line"},
        {"graph g {\n const x: float32[2] = {1, 2, 3} }", SARD_PARSE, "'}' after the last element"},
        {"graph g {\n const x: float32[2] = {1} }", SARD_PARSE, "1 elements of 2"},
        {"graph g {\n const x: int8[1] = {128} }", SARD_PARSE, "128 is no int8"},
        {"graph g {\n const x: uint64[1] = {-1} }", SARD_PARSE, "-1 is no uint64"},
        {"graph g {\n const x: float32[1] = {one} }", SARD_PARSE, "expected a number"},
        {"graph g {\n const x: float32[N] = {1} }", SARD_PARSE, "known dimensions"},
        {"graph g {\n const x: ?[2] = {...} }", SARD_PARSE, "element type that has a size"},
        {"graph g {\n const x: float32[1000000,1000000] = {...} }", SARD_LIMIT, "line 2"},
        {"graph g {\n const x: float32[1000000,1000000] = {1} }", SARD_PARSE, "expected 1000000000000 elements"},
        {"graph g {\n const x: float32[4000000000,4000000000,4000000000] = {...} }", SARD_PARSE, "constant needs"},
        {"graph g {\n input \"x: float32[1] }", SARD_PARSE, "line 2, column 8: the string is not closed"},
        {"graph g {\n input \"\\q\": float32[1] }", SARD_PARSE, "unknown escape"},
        {"graph g {\n input \"a\\x00b\": float32[1] }", SARD_PARSE, "cannot hold a zero"},
        {"graph g {\n ! }", SARD_PARSE, "line 2, column 2: unexpected character"},
        {"graph g {\n capture x }", SARD_PARSE, "no value 'x' outside"},
        {"graph g {\n input x: float32[1]\n _ = Relu(x) |> Relu() }", SARD_PARSE, "'|>' needs a first output"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        fails(cases[i].text, cases[i].status, cases[i].words);
}
END_TEST

START_TEST(deep_nesting_is_refused)
{
    char text[20000] = "graph g {\n input x: float32[1]\n";
    for (int i = 0; i < 100; i++)
        sprintf(text + strlen(text), "y%d = test.domain::Widget(x) {graph = graph g {\n", i);
    fails(text, SARD_PARSE, "nested more than 32 deep");
}
END_TEST

/* Reads in an arena of its own. */
static sard_status try(const char *text, size_t size)
{
    sard_arena arena;
    sard_graph *graph;
    sard_arena_init(&arena, NULL);
    const sard_status status = sard_text_parse(&arena, &t.ops, text, size, &graph, &t.error);
    if (!status)
        ck_assert_msg(!sard_graph_verify(graph, &t.error), "%s", t.error.text);
    sard_arena_reset(&arena);
    return status;
}

/* No beginning of a text, and no text with one character changed, does harm. The copies have their exact size for sanitizers. */
START_TEST(hostile_text_is_safe)
{
    const size_t size = sizeof EXAMPLE - 1;
    for (size_t i = 0; i < size; i++) {
        char *copy = malloc(i ? i : 1);
        memcpy(copy, EXAMPLE, i);
        const sard_status status = try(copy, i);
        ck_assert_msg(i == size - 1 ? !status : status, "%zu characters", i);
        free(copy);
    }
    char *copy = malloc(size);
    memcpy(copy, EXAMPLE, size);
    for (size_t i = 0; i < size; i++)
        for (const char *c = "\"{}()[],=\n0a-$_|:@?*\\\x80"; *c; c++) {
            copy[i] = *c;
            const sard_status status = try(copy, size);
            ck_assert(!status || t.error.text[0]);
            copy[i] = EXAMPLE[i];
        }
    free(copy);
}
END_TEST

/* An allocator that gives out `*user` times. */
static void *alloc_few(void *user, size_t size) { return (*(int *)user)-- > 0 ? malloc(size) : NULL; }

static void free_any(void *user, void *memory)
{
    (void)user;
    free(memory);
}

START_TEST(running_out_of_memory_is_told)
{
    sard_status status = SARD_NOMEM;
    for (int k = 0; status == SARD_NOMEM; k++) {
        int left = k;
        sard_arena arena;
        sard_graph *graph = NULL;
        sard_arena_init(&arena, &(sard_allocator){alloc_few, free_any, &left});
        status = sard_text_parse(&arena, &t.ops, EXAMPLE, sizeof EXAMPLE - 1, &graph, &t.error);
        ck_assert((status == SARD_OK) == (graph != NULL));
        sard_arena_reset(&arena);
        ck_assert_int_lt(k, 10000);
    }
    ck_assert_int_eq(status, SARD_OK);
}
END_TEST

static bool refuse(void *user, const char *text, size_t size)
{
    (void)text, (void)size;
    return (*(int *)user)++ < 0;
}

START_TEST(printing_stops_when_told)
{
    int calls = 0;
    ck_assert(!sard_graph_print(parsed(EXAMPLE), NULL, refuse, &calls));
    ck_assert_int_eq(calls, 1);
}
END_TEST

START_TEST(elements_are_limited)
{
    const sard_print_options options = {.struct_size = sizeof options, .elements = 1};
    printed_size = 0;
    ck_assert(sard_graph_print(parsed("graph g {\n const a: int8[2] = {1, 2}\n const b: int8[1] = {3}\n output a\n output b }"), &options,
                               collect, NULL));
    ck_assert_ptr_nonnull(strstr(printed, "a: int8[2] = {...}"));
    ck_assert_ptr_nonnull(strstr(printed, "b: int8[1] = {3}"));
}
END_TEST

START_TEST(locale_does_not_matter)
{
    if (!setlocale(LC_ALL, "de_DE.UTF-8"))
        return;
    same("graph g {\n    const a: float32[1] = {1.5}\n    output a\n}\n");
    setlocale(LC_ALL, "C");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("text form");
    TCase *c = tcase_create("text form");
    tcase_add_checked_fixture(c, start, end);
    tcase_set_timeout(c, 120);
    tcase_add_test(c, everything_round_trips);
    tcase_add_test(c, small_graphs_round_trip);
    tcase_add_test(c, types_may_be_left_out);
    tcase_add_test(c, types_add_to_what_is_inferred);
    tcase_add_test(c, captures_need_no_line);
    tcase_add_test(c, branches_may_not_fit);
    tcase_add_test(c, epilogues_of_fused_graphs_print);
    tcase_add_test(c, wrong_text_is_refused_with_its_place);
    tcase_add_test(c, deep_nesting_is_refused);
    tcase_add_test(c, hostile_text_is_safe);
    tcase_add_test(c, running_out_of_memory_is_told);
    tcase_add_test(c, printing_stops_when_told);
    tcase_add_test(c, elements_are_limited);
    tcase_add_test(c, locale_does_not_matter);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
