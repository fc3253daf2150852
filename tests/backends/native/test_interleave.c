/* Shuffles of channels as one step: the numbers of the reference, from parts that are columns of another tensor into a result that is cut
 * where it lies; and whose steps a joining kernel may take. */
#include "tests/backends/native/random.h"

#include "ir/graph.h"

/* Of two or three parts. */
static void print(char *text, size_t size, int parts)
{
    const int n = pick(1, 2), h = pick(1, 40), w = pick(1, 40), columns = pick(1, 70), all = parts * columns, cut = pick(0, all);
    const bool three = parts == 3;
    snprintf(text, size,
             "graph g {\n input x: float32[%d,%d,%d,%d]\n const axes: int64[1] = {4}\n const dims: int64[4] = {%d, %d, %d, %d}\n"
             " const cut: int64[2] = {%d, %d}\n s = Neg(x)\n a, b%s = Split(s) {axis = 3}\n ua = Unsqueeze(a, axes)\n"
             " ub = Unsqueeze(b, axes)\n%s j = Concat(ua, ub%s) {axis = %d}\n r = Reshape(j, dims)\n"
             " p, q = Split(r, cut) {axis = 3}\n d = Relu(p)\n e = Neg(q)\n y = Concat(e, d) {axis = 3}\n output y\n}",
             n, h, w, all, n, h, w, all, cut, all - cut, three ? ", c" : "", three ? " uc = Unsqueeze(c, axes)\n" : "", three ? ", uc" : "",
             pick(0, 1) ? 4 : -1);
}

START_TEST(same_numbers)
{
    char text[1200];
    sard_context *context = context_of(tiers[_i]);
    for (int i = 0; i < share_of(60); i++) {
        print(text, sizeof text, pick(2, 3));
        ck_assert_msg(steps_by(context, text, "interleave") == 1, "not one step: %s", text);
        compare_text(context, text, 0);
    }
    sard_context_free(context);
}
END_TEST

/* What is not a shuffle, or is read by others as well. */
START_TEST(others_stay)
{
    static const char *const graphs[] = {
        "graph g {\n input x: float32[1,2,2,6]\n const axes: int64[1] = {4}\n const dims: int64[4] = {1, 2, 2, 12}\n"
        " const same: int64[4] = {1, 2, 2, 6}\n a = Neg(x)\n b = Relu(x)\n ua = Unsqueeze(a, axes)\n ub = Unsqueeze(b, axes)\n j = "
        "Concat(ua, ub) {axis = 4}\n"
        " r = Reshape(j, dims)\n k = Reshape(ua, same)\n y = Concat(r, k) {axis = 3}\n output y\n}",
        "graph g {\n input x: float32[1,2,2,6]\n const axes: int64[1] = {4}\n const dims: int64[4] = {1, 2, 12, 2}\n"
        " a = Neg(x)\n b = Relu(x)\n ua = Unsqueeze(a, axes)\n ub = Unsqueeze(b, axes)\n j = Concat(ua, ub) {axis = 4}\n"
        " r = Reshape(j, dims)\n y = Neg(r)\n output y\n}",
        "graph g {\n input x: float32[1,2,2,6]\n const axes: int64[1] = {3}\n const dims: int64[4] = {1, 2, 2, 12}\n"
        " a = Neg(x)\n b = Relu(x)\n ua = Unsqueeze(a, axes)\n ub = Unsqueeze(b, axes)\n j = Concat(ua, ub) {axis = 3}\n"
        " r = Reshape(j, dims)\n y = Neg(r)\n output y\n}"};
    sard_context *context = context_of(tiers[TIERS - 1]);
    for (size_t i = 0; i < sizeof graphs / sizeof *graphs; i++)
        ck_assert_msg(steps_by(context, graphs[i], "interleave") == 0, "graph %zu", i);
    sard_context_free(context);
}
END_TEST

static double dear(const sard_node *node, const sard_target *target)
{
    (void)node;
    (void)target;
    return 1e9;
}

static sard_status evaluate(const sard_call *call) { return call->node->op->eval(call); }

/* The Concat of a backend that the user prefers is not taken from it, however dear it says it is. */
START_TEST(preferred_backends_keep_their_steps)
{
    static const sard_kernel concat = {.struct_size = sizeof concat, .name = "theirs", .op = "Concat", .cost = dear, .run = evaluate};
    static const sard_kernel *const kernels[] = {&concat};
    const sard_backend backend = {.struct_size = sizeof backend, .name = "theirs", .kernels = kernels, .kernel_count = 1};
    const char *const orders[] = {"theirs,native", "native,theirs"};
    char text[1200];
    sard_context *context = context_of(tiers[TIERS - 1]);
    ck_assert(!sard_context_register_backend(context, &backend, NULL));
    print(text, sizeof text, 2);
    sard_graph *graph = graph_parse(context, text);
    for (int i = 0; i < 2; i++) {
        sard_model *model;
        sard_session *session;
        int found = 0;
        const sard_model_options model_options = {.struct_size = sizeof model_options, .level = SARD_O0};
        const sard_session_options options = {.struct_size = sizeof options, .backends = orders[i]};
        ck_assert(!sard_model_from_graph(context, graph, &model_options, &model, NULL));
        ck_assert(!sard_session_new(model, &options, &session, NULL));
        for (size_t s = 0; s < sard_session_step_count(session); s++) {
            sard_step_info step = {.struct_size = sizeof step};
            ck_assert(sard_session_step(session, s, &step));
            found += !strcmp(step.kernel, "interleave");
            if (!strcmp(step.kernel, "interleave"))
                ck_assert_str_eq(step.backend, "native");
        }
        ck_assert_int_eq(found, i);
        sard_session_free(session);
        sard_model_free(model);
    }
    sard_graph_free(graph);
    sard_context_free(context);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("interleave");
    TCase *c = tcase_create("interleave");
    tcase_add_loop_test(c, same_numbers, 0, TIERS);
    tcase_add_test(c, others_stay);
    tcase_add_test(c, preferred_backends_keep_their_steps);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
