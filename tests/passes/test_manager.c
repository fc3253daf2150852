/* Which passes run, how many edits they make, what is told about them; and passes of plugins. */
#include "tests/support/check.h"
#include "tests/support/graph.h"

#include "ir/graph.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Most passes of the pipeline find something here. */
static const char sample[] =
    "graph g {\n input x: float32[N,2,6,6]\n const w: float32[4,2,3,3] = {...}\n const v: float32[4,4,1,1] = {...}\n"
    " const s: float32[4] = {1, 2, 3, 4}\n const a: float32[] = {1}\n const b: float32[] = {2}\n"
    " const p: int64[8] = {0, 0, 1, 1, 0, 0, 1, 1}\n"
    " dead = Exp(x)\n deader = Neg(dead)\n pad = Pad(x, p)\n same = Identity(pad)\n c = Conv(same, w)\n"
    " n = BatchNormalization(c, s, s, s, s)\n r = Relu(n)\n d = Conv(r, v)\n sum = Add(d, r)\n k = Add(a, b)\n m = Mul(sum, k)\n"
    " gate = Sigmoid(m)\n y = Mul(m, gate)\n output y\n}";

static sard_context *context;
static sard_graph *graph;

static void make_graph(const char *text)
{
    ck_assert(!sard_context_new(NULL, &context, &(sard_error){.text = ""}));
    graph = graph_parse(context, text);
}

static void fill_weights(void)
{
    static const char *const names[] = {"w", "v"};
    for (size_t i = 0; i < 2; i++) {
        const sard_tensor *weights = sard_value_constant(sard_graph_find(graph, names[i]));
        fill_random(weights->data, weights->bytes / sizeof(float), (uint32_t)i + 1);
    }
}

static void setup(void)
{
    make_graph(sample);
    fill_weights();
}

static void teardown(void)
{
    sard_graph_free(graph);
    sard_context_free(context);
}

static void restart(const char *text)
{
    teardown();
    make_graph(text);
}

/* ---- what the callback was told ---- */

#define MOST_RUNS 64

typedef struct told {
    size_t count, edits;
    sard_pass_report runs[MOST_RUNS];
    char nodes[MOST_RUNS][64];
} told;

static void tell(void *user, const sard_pass_report *report, const sard_graph *after)
{
    told *t = user;
    ck_assert_uint_lt(t->count, MOST_RUNS);
    ck_assert_uint_eq(report->first_edit, t->edits + 1);
    ck_assert_uint_eq(report->nodes_after, sard_graph_node_count(after));
    ck_assert_int_eq(report->node != NULL, report->edits > 0);
    t->edits += report->edits;
    snprintf(t->nodes[t->count], sizeof t->nodes[0], "%s", report->node ? report->node : "");
    t->runs[t->count++] = *report;
}

/* Loads the graph and says what the passes did; `options` without callback. */
static told load(sard_model_options options, sard_model **out)
{
    told t = {0};
    sard_error error = {.text = ""};
    sard_model *model;
    options.struct_size = sizeof options;
    options.on_pass = tell;
    options.on_pass_user = &t;
    const sard_status status = sard_model_from_graph(context, graph, &options, &model, &error);
    ck_assert_msg(!status, "%s", error.text);
    if (out)
        *out = model;
    else
        sard_model_free(model);
    return t;
}

/* "remove_dead fold_constants": the passes that ran, each time. */
static const char *names_of(const told *t)
{
    static char text[MOST_RUNS * 32];
    size_t at = 0;
    *text = 0;
    for (size_t i = 0; i < t->count; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%s", i ? " " : "", t->runs[i].name);
    return text;
}

/* ---- edits ---- */

/* The run that made the edit of that number. */
static size_t run_of(const told *t, size_t edit)
{
    size_t i = 0;
    while (edit >= t->runs[i].first_edit + t->runs[i].edits)
        i++;
    return i;
}

static float *answer(sard_model_options options, size_t *count)
{
    enum { SIZE = 2 * 2 * 6 * 6 };
    float x[SIZE];
    fill_random(x, SIZE, 9);
    const sard_tensor input = {.dtype = SARD_F32, .rank = 4, .dims = {2, 2, 6, 6}, .data = x, .bytes = sizeof x};
    options.struct_size = sizeof options;
    return graph_run_with(context, graph, &options, "reference", &input, count);
}

START_TEST(each_number_of_edits_can_be_had)
{
    size_t count, want_count;
    const told all = load((sard_model_options){.level = SARD_O3}, NULL);
    float *want = answer((sard_model_options){.level = SARD_O0}, &want_count);
    ck_assert_uint_gt(all.edits, 12);
    for (size_t n = 1; n <= all.edits + 1; n++) {
        sard_model *model;
        sard_error error = {.text = ""};
        const sard_model_options options = {.level = SARD_O3, .stop_after = n};
        const told some = load(options, &model);
        const size_t edits = n < all.edits ? n : all.edits, last = run_of(&all, edits);
        ck_assert_uint_eq(some.edits, edits);
        ck_assert_msg(!sard_graph_verify(sard_model_graph(model), &error), "%zu edits: %s", n, error.text);
        ck_assert_uint_eq(run_of(&some, edits), last);
        ck_assert_str_eq(some.runs[last].name, all.runs[last].name);
        sard_model_free(model);
        float *have = answer(options, &count);
        ck_assert_uint_eq(count, want_count);
        for (size_t i = 0; i < count; i++)
            ck_assert_msg(fabsf(have[i] - want[i]) <= 1e-5f * (1 + fabsf(want[i])), "%zu edits: element %zu is %g, not %g", n, i,
                          (double)have[i], (double)want[i]);
        free(have);
    }
    free(want);
}
END_TEST

START_TEST(nothing_runs_behind_the_last_edit)
{
    const told t = load((sard_model_options){.stop_after = 3}, NULL);
    ck_assert_str_eq(names_of(&t), "remove_dead fold_constants");
    ck_assert_str_eq(t.nodes[0], "dead");
    ck_assert_str_eq(t.nodes[1], "k");
}
END_TEST

START_TEST(reports_tell_work_and_bytes)
{
    restart("graph g {\n input x: float32[N,2,4,4]\n const w: float32[3,2,1,1] = {1, 2, 3, 4, 5, 6}\n c = Conv(x, w)\n y = Relu(c)\n"
            " output y\n}");
    const told t = load((sard_model_options){.pass_filter = "fuse_activation"}, NULL);
    ck_assert_str_eq(names_of(&t), "fuse_activation fuse_activation");
    ck_assert_double_eq(t.runs[0].macs_before, 3 * 16 * 2);
    ck_assert_double_eq(t.runs[0].macs_after, 3 * 16 * 2);
    ck_assert_double_eq(t.runs[0].bytes_before, 4 * (2 * 16 + 6 + 3 * 3 * 16));
    ck_assert_double_eq(t.runs[0].bytes_after, 4 * (2 * 16 + 6 + 3 * 16));
    ck_assert_double_eq(t.runs[1].bytes_before, t.runs[0].bytes_after);
    ck_assert_double_eq(t.runs[1].bytes_after, t.runs[0].bytes_after);
    ck_assert_uint_eq(t.runs[0].nodes_before, 2);
    ck_assert_uint_eq(t.runs[0].nodes_after, 1);
    ck_assert_str_eq(t.nodes[0], "y");
}
END_TEST

/* ---- which passes ---- */

START_TEST(passes_run_by_name_in_their_own_order)
{
    told t = load((sard_model_options){.level = SARD_O0, .pass_filter = "remove_identities, fold_constants"}, NULL);
    ck_assert_str_eq(names_of(&t), "fold_constants remove_identities fold_constants remove_identities");
    t = load((sard_model_options){.pass_filter = "fold_constants,remove_identities", .pass_exclude = "fold_constants", .stop_after = 9},
             NULL);
    ck_assert_str_eq(names_of(&t), "remove_identities remove_identities");
    t = load((sard_model_options){.pass_filter = ""}, NULL);
    ck_assert_uint_eq(t.count, 0);
    t = load((sard_model_options){.level = SARD_O1, .pass_exclude = "fold_constants"}, NULL);
    ck_assert_str_eq(names_of(&t),
                     "remove_dead merge_casts remove_identities merge_equal remove_dead merge_casts remove_identities merge_equal");
}
END_TEST

static void refuses(sard_model_options options, const char *text)
{
    sard_error error = {.text = ""};
    sard_model *model;
    options.struct_size = sizeof options;
    ck_assert_int_eq(sard_model_from_graph(context, graph, &options, &model, &error), SARD_ARGUMENT);
    ck_assert_str_eq(error.text, text);
}

START_TEST(unknown_passes_are_named)
{
    refuses((sard_model_options){.pass_filter = "fold_constants,fuse_activtion,fold"},
            "there is no pass 'fuse_activtion'; did you mean 'fuse_activation'?");
    refuses((sard_model_options){.pass_exclude = "remove_ded"}, "there is no pass 'remove_ded'; did you mean 'remove_dead'?");
    refuses((sard_model_options){.pass_filter = "fold_constants", .pass_exclude = "xyz"}, "there is no pass 'xyz'");
}
END_TEST

/* ---- passes of plugins ---- */

static char visited[256];

static void note(const sard_node *node)
{
    const size_t size = strlen(visited);
    snprintf(visited + size, sizeof visited - size, "%s ", sard_node_name(node));
}

static sard_status look(sard_rewriter *rewriter, sard_node *node)
{
    (void)rewriter;
    note(node);
    return SARD_OK;
}

/* Neg(Neg(x)) -> x, found from the first of the two: the node at hand and the next one go. */
static sard_status cancel_with_next(sard_rewriter *rewriter, sard_node *node)
{
    sard_node *next = sard_node_next(node);
    note(node);
    if (!next || strcmp(sard_node_op(next), "Neg") || sard_node_input(next, 0) != sard_node_output(node, 0))
        return SARD_OK;
    sard_value_replace(sard_node_output(next, 0), sard_node_input(node, 0));
    if (sard_node_remove(next) && sard_node_remove(node))
        sard_rewriter_edited(rewriter);
    return SARD_OK;
}

/* Neg(x) -> Neg(Neg(Neg(x))) once, for the node that is called `y`: the new ones stand behind it. */
static sard_status grow(sard_rewriter *rewriter, sard_node *node)
{
    note(node);
    if (strcmp(sard_node_name(node), "y"))
        return SARD_OK;
    sard_node *first, *second;
    sard_value *y = sard_node_output(node, 0), *x = sard_node_input(node, 0);
    sard_node_spec neg = {.struct_size = sizeof neg,
                          .op = "Neg",
                          .name = "first",
                          .inputs = &x,
                          .input_count = 1,
                          .output_count = 1,
                          .before = sard_node_next(node)};
    sard_status status = sard_graph_insert_node(sard_rewriter_graph(rewriter), &neg, &first, sard_rewriter_error(rewriter));
    x = status ? NULL : sard_node_output(first, 0);
    neg.name = "second";
    if (!status)
        status = sard_graph_insert_node(sard_rewriter_graph(rewriter), &neg, &second, sard_rewriter_error(rewriter));
    if (status)
        return status;
    sard_value_replace(y, sard_node_output(second, 0));
    sard_rewriter_edited(rewriter);
    return SARD_OK;
}

/* Relu(x) -> x, last first. */
static sard_status drop_last(sard_rewriter *rewriter)
{
    sard_node *found;
    sard_status status = SARD_OK;
    do {
        found = NULL;
        for (sard_node *node = sard_graph_first(sard_rewriter_graph(rewriter)); node; node = sard_node_next(node))
            found = !strcmp(sard_node_op(node), "Relu") && sard_value_use_count(sard_node_output(node, 0)) ? node : found;
        if (found && sard_rewriter_may_edit(rewriter)) {
            sard_value_replace(sard_node_output(found, 0), sard_node_input(found, 0));
            note(found);
            status = sard_rewriter_count(rewriter, found);
        }
    } while (found && !status && sard_rewriter_may_edit(rewriter));
    return status;
}

static void add_pass(sard_pass pass)
{
    sard_error error = {.text = ""};
    pass.struct_size = sizeof pass;
    pass.name = "mine";
    *visited = 0;
    ck_assert_msg(!sard_context_register_pass(context, &pass, &error), "%s", error.text);
}

static void check_left(const sard_model *model, const char *nodes)
{
    char text[256] = "";
    for (const sard_node *node = sard_graph_first(sard_model_graph(model)); node; node = sard_node_next(node)) {
        const size_t size = strlen(text);
        snprintf(text + size, sizeof text - size, "%s ", sard_node_name(node));
    }
    ck_assert_str_eq(text, nodes);
}

START_TEST(rewrites_see_used_nodes_of_their_operator)
{
    restart("graph g {\n input x: float32[2]\n input q: bool[]\n a = Neg(x)\n dead = Neg(a)\n b = Relu(a)\n c = Neg(b)\n"
            " y = If(q) {else_branch = graph e {\n  u = Relu(c)\n  output u\n }, then_branch = graph t {\n  v = Neg(c)\n  output v\n }}\n"
            " output y\n}");
    add_pass((sard_pass){.op = "Neg", .rewrite = look});
    load((sard_model_options){.pass_filter = "mine"}, NULL);
    ck_assert_str_eq(visited, "a c ");
    add_pass((sard_pass){.rewrite = look});
    load((sard_model_options){.pass_filter = "mine"}, NULL);
    ck_assert_str_eq(visited, "a b c y ");
    add_pass((sard_pass){.domain = "com.microsoft", .op = "Neg", .rewrite = look});
    load((sard_model_options){.pass_filter = "mine"}, NULL);
    ck_assert_str_eq(visited, "");
}
END_TEST

START_TEST(the_walk_outlives_what_a_rewrite_takes_out)
{
    restart("graph g {\n input x: float32[2]\n a = Relu(x)\n b = Neg(a)\n c = Neg(b)\n d = Neg(c)\n e = Neg(d)\n f = Relu(e)\n"
            " y = Neg(f)\n output y\n}");
    add_pass((sard_pass){.op = "Neg", .rewrite = cancel_with_next});
    sard_model *model;
    const told t = load((sard_model_options){.pass_filter = "mine"}, &model);
    ck_assert_uint_eq(t.runs[0].edits, 2);
    ck_assert_str_eq(visited, "b d y y ");
    check_left(model, "a f y ");
    sard_model_free(model);
    load((sard_model_options){.pass_filter = "mine", .stop_after = 1}, &model);
    check_left(model, "a d e f y ");
    sard_model_free(model);
}
END_TEST

START_TEST(the_walk_visits_nodes_made_behind_and_takes_out_dead_ones)
{
    restart("graph g {\n input x: float32[2]\n a = Relu(x)\n y = Neg(a)\n z = Neg(y)\n output z\n}");
    add_pass((sard_pass){.op = "Neg", .rewrite = grow});
    sard_model *model;
    load((sard_model_options){.pass_filter = "mine"}, &model);
    ck_assert_str_eq(visited, "y first second z first second z ");
    check_left(model, "a first second z ");
    sard_model_free(model);
}
END_TEST

START_TEST(runs_ask_before_each_edit)
{
    restart("graph g {\n input x: float32[2]\n a = Relu(x)\n b = Neg(a)\n c = Relu(b)\n y = Relu(c)\n output y\n}");
    add_pass((sard_pass){.run = drop_last});
    sard_model *model;
    const told t = load((sard_model_options){.pass_filter = "mine", .stop_after = 2}, &model);
    ck_assert_uint_eq(t.edits, 2);
    ck_assert_str_eq(t.nodes[0], "c");
    ck_assert_str_eq(visited, "y c ");
    check_left(model, "a b ");
    sard_model_free(model);
}
END_TEST

START_TEST(a_pass_has_one_function)
{
    sard_error error = {.text = ""};
    sard_pass pass = {.struct_size = sizeof pass, .name = "mine"};
    ck_assert_int_eq(sard_context_register_pass(context, &pass, &error), SARD_ARGUMENT);
    ck_assert_str_eq(error.text, "pass 'mine' has no name, or not one of rewrite and run");
    pass.run = drop_last;
    pass.rewrite = look;
    ck_assert_int_eq(sard_context_register_pass(context, &pass, &error), SARD_ARGUMENT);
    pass.run = NULL;
    ck_assert_int_eq(sard_context_register_pass(context, &pass, &error), SARD_OK);
}
END_TEST

#ifdef SARD_DEBUG
/* The second Neg reads what is made behind it. */
static sard_status break_order(sard_rewriter *rewriter, sard_node *node)
{
    sard_rewriter_edited(rewriter);
    if (!strcmp(sard_node_name(node), "b"))
        sard_node_set_input(node, 0, sard_node_output(sard_node_next(node), 0));
    return SARD_OK;
}

START_TEST(the_edit_that_breaks_a_graph_is_named)
{
    restart("graph g {\n input x: float32[2]\n a = Neg(x)\n b = Neg(a)\n c = Neg(x)\n y = Add(b, c)\n output y\n}");
    add_pass((sard_pass){.op = "Neg", .rewrite = break_order});
    sard_error error = {.text = ""};
    sard_model *model;
    const sard_model_options options = {.struct_size = sizeof options, .pass_filter = "mine"};
    ck_assert_int_eq(sard_model_from_graph(context, graph, &options, &model, &error), SARD_MODEL);
    ck_assert_str_eq(error.text, "g: pass mine, edit 2, node 'b': graph 'g': 'b' stands before a node that it needs");
}
END_TEST
#endif

static Suite *suite(void)
{
    const TTest *const tests[] = {each_number_of_edits_can_be_had,
                                  nothing_runs_behind_the_last_edit,
                                  reports_tell_work_and_bytes,
                                  passes_run_by_name_in_their_own_order,
                                  unknown_passes_are_named,
                                  rewrites_see_used_nodes_of_their_operator,
                                  the_walk_outlives_what_a_rewrite_takes_out,
                                  the_walk_visits_nodes_made_behind_and_takes_out_dead_ones,
                                  runs_ask_before_each_edit,
                                  a_pass_has_one_function,
#ifdef SARD_DEBUG
                                  the_edit_that_breaks_a_graph_is_named,
#endif
                                  NULL};
    Suite *s = suite_create("passes/manager");
    TCase *cases = tcase_create("passes/manager");
    tcase_add_checked_fixture(cases, setup, teardown);
    for (const TTest *const *test = tests; *test; test++)
        tcase_add_test(cases, *test);
    suite_add_tcase(s, cases);
    return s;
}

CHECK_MAIN(suite)
