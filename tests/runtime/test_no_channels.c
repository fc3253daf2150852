/* A convolution without input channels sums nothing: zeros, at any level, on any backend that is asked for. */
#include "tests/support/check.h"

#include <sard/graph.h>
#include <string.h>

START_TEST(sums_of_nothing_are_zero)
{
    static const char *const backends[] = {"openblas,reference", "native,openblas,reference", "reference"};
    const char *const text = "graph g {\n input x: float32[1,0,5,5]\n const w: float32[2,0,3,3] = {}\n y = Conv(x, w)\n output y\n}";
    sard_context *context;
    sard_graph *graph;
    sard_error error;
    ck_assert(!sard_context_new(NULL, &context, &error));
    ck_assert_msg(!sard_graph_parse(context, text, strlen(text), &graph, &error), "%s", error.text);
    for (sard_level level = SARD_O0; level <= SARD_O3; level++) {
        sard_model *model;
        sard_session *session;
        float none = 0;
        const sard_model_options model_options = {.struct_size = sizeof model_options, .level = level};
        const sard_session_options options = {.struct_size = sizeof options, .backends = backends[_i]};
        const sard_tensor x = {.dtype = SARD_F32, .rank = 4, .dims = {1, 0, 5, 5}, .data = &none};
        sard_tensor y = {.dtype = SARD_NONE};
        ck_assert_msg(!sard_model_from_graph(context, graph, &model_options, &model, &error), "%s", error.text);
        ck_assert_msg(!sard_session_new(model, &options, &session, &error), "%s", error.text);
        ck_assert_msg(!sard_session_run(session, &x, 1, &y, 1, &error), "%s", error.text);
        ck_assert_int_eq(y.bytes, 2 * 9 * sizeof(float));
        for (int i = 0; i < 18; i++)
            ck_assert(((const float *)y.data)[i] == 0);
        sard_session_free(session);
        sard_model_free(model);
    }
    sard_graph_free(graph);
    sard_context_free(context);
}
END_TEST

static Suite *suite(void)
{
    TCase *tests = tcase_create("no channels");
    tcase_add_loop_test(tests, sums_of_nothing_are_zero, 0, 3);
    Suite *made = suite_create("no channels");
    suite_add_tcase(made, tests);
    return made;
}

CHECK_MAIN(suite)
