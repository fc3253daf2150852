/* Native kernels of every tier against the reference. */
#include "tests/support/tiers.h"

#include "backends/native/common/tier.h"
#include "runtime/target.h"
#include "tests/support/graph.h"
#include "tests/support/guard.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __aarch64__
const char *const tiers[] = {"neon"};
#else
const char *const tiers[] = {"sse2", "avx2", "avx512"};
#endif

int tier_count(void)
{
    const sard_tier *last = NULL;
    int count = 0;
    for (size_t i = 0; i < sizeof tiers / sizeof *tiers; i++) {
        tier_select((int)i);
        const sard_target target = sard_target_detect();
        count += sard_tier_of(&target) != last;
        last = sard_tier_of(&target);
    }
    return count;
}

void tier_select(int i) { setenv("SARD_ISA", tiers[i], 1); }

sard_context *guarded_context(void)
{
    sard_context *context;
    const sard_context_options options = {.struct_size = sizeof options, .allocator = &guard_allocator};
    ck_assert(!sard_context_new(&options, &context, NULL));
    return context;
}

static int share(void)
{
    const char *text = getenv("SARD_TEST_SHARE");
    return text && atoi(text) > 1 ? atoi(text) : 1;
}

int share_of(int all) { return (all + share() - 1) / share(); }

static void fill_constants(const sard_graph *graph)
{
    for (size_t i = 0; i < sard_graph_value_count(graph); i++) {
        const sard_tensor *tensor = sard_value_constant(sard_graph_value(graph, i));
        if (!tensor || tensor->dtype != SARD_F32)
            continue;
        const float *data = tensor->data;
        size_t zeros = 0;
        while (zeros < tensor->bytes / sizeof *data && !data[zeros])
            zeros++;
        if (zeros == tensor->bytes / sizeof *data)
            fill_random(tensor->data, zeros, (uint32_t)i);
    }
}

static void check_steps(const sard_context *context, const sard_graph *graph, const char *text, const char *others)
{
    sard_model *model;
    sard_session *session;
    sard_error error = {.text = ""};
    const sard_model_options model_options = {.struct_size = sizeof model_options, .level = SARD_O0};
    const sard_session_options options = {.struct_size = sizeof options, .backends = "native"};
    ck_assert_msg(!sard_model_from_graph((sard_context *)context, graph, &model_options, &model, &error), "%s", error.text);
    ck_assert_msg(!sard_session_new(model, &options, &session, &error), "%s", error.text);
    for (size_t i = 0; i < sard_session_step_count(session); i++) {
        sard_step_info info = {.struct_size = sizeof info};
        char padded[100];
        ck_assert(sard_session_step(session, i, &info));
        snprintf(padded, sizeof padded, " %s ", info.op);
        ck_assert_msg(!strcmp(info.backend, "native") || (others && strstr(others, padded)), "%s by %s: %s\n%s", info.op, info.backend,
                      info.reason, text);
    }
    sard_session_free(session);
    sard_model_free(model);
}

static void compare(const float *want, const float *have, size_t count, double tolerance, const char *text)
{
    double square = 0;
    for (size_t i = 0; i < count; i++)
        square += isfinite(want[i]) ? (double)want[i] * want[i] : 0;
    const double allowed = tolerance * sqrt(square / (double)(count ? count : 1)) + 1e-30;
    for (size_t i = 0; i < count; i++) {
        const bool same = want[i] == have[i] || (isnan(want[i]) && isnan(have[i]));
        ck_assert_msg(same || fabs((double)want[i] - have[i]) <= allowed, "element %zu of %zu is %.9g, not %.9g: %s\n%s", i, count, have[i],
                      want[i], getenv("SARD_ISA"), text);
    }
}

void check_native(const char *text, double tolerance, const char *others)
{
    static int calls;
    if (calls++ % share())
        return;
    size_t count, other;
    sard_context *context = guarded_context();
    sard_graph *graph = graph_parse(context, text);
    fill_constants(graph);
    check_steps(context, graph, text, others);
    const sard_value *value = sard_graph_input(graph, 0);
    sard_tensor x = {.dtype = SARD_F32, .rank = sard_value_rank(value), .bytes = sizeof(float)};
    for (int i = 0; i < x.rank; i++) {
        x.dims[i] = sard_value_dim(value, i);
        x.bytes *= (size_t)x.dims[i];
    }
    x.data = malloc(x.bytes + 1);
    fill_random(x.data, x.bytes / sizeof(float), 7);
    for (size_t i = 0; i < x.bytes / sizeof(float); i++)
        ((float *)x.data)[i] *= 5;
    float *want = graph_run(context, graph, SARD_O0, "reference", &x, &count), *have = guard_run(context, graph, "native", &x, &other);
    ck_assert_uint_eq(count, other);
    compare(want, have, count, tolerance, text);
    free(x.data);
    free(want);
    free(have);
    sard_graph_free(graph);
    sard_context_free(context);
}
