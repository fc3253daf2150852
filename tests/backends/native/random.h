/* Random graphs of one node, run by the native backend and by the reference. */
#ifndef SARD_TESTS_BACKENDS_NATIVE_RANDOM_H
#define SARD_TESTS_BACKENDS_NATIVE_RANDOM_H

#include "tests/support/check.h"
#include "tests/support/graph.h"
#include "tests/support/guard.h"
#include "tests/support/tiers.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned state = 1;

static inline int pick(int low, int high)
{
    state = state * 1664525u + 1013904223u;
    return low + (int)((state >> 8) % (unsigned)(high - low + 1));
}

/* A context that uses that tier, in guarded memory. */
static inline sard_context *context_of(const char *tier)
{
    setenv("SARD_ISA", tier, 1);
    return guarded_context();
}

/* Whether all steps are run by the native backend; tells the first reason why not. */
static inline void expect_native(sard_context *context, const sard_graph *graph)
{
    sard_model *model;
    sard_session *session;
    sard_error error = {.text = ""};
    const sard_model_options model_options = {.struct_size = sizeof model_options, .level = SARD_O0};
    const sard_session_options options = {.struct_size = sizeof options, .backends = "native"};
    ck_assert_msg(!sard_model_from_graph(context, graph, &model_options, &model, &error), "%s", error.text);
    ck_assert_msg(!sard_session_new(model, &options, &session, &error), "%s", error.text);
    for (size_t i = 0; i < sard_session_step_count(session); i++) {
        sard_step_info step = {.struct_size = sizeof step};
        ck_assert(sard_session_step(session, i, &step));
        ck_assert_msg(!strcmp(step.backend, "native"), "%s: %s", step.op, step.reason);
    }
    sard_session_free(session);
    sard_model_free(model);
}

/* Steps that this kernel runs. */
static inline size_t steps_by(sard_context *context, const char *text, const char *kernel)
{
    sard_model *model;
    sard_session *session;
    size_t count = 0;
    sard_graph *graph = graph_parse(context, text);
    const sard_model_options model_options = {.struct_size = sizeof model_options, .level = SARD_O0};
    const sard_session_options options = {.struct_size = sizeof options, .backends = "native"};
    ck_assert(!sard_model_from_graph(context, graph, &model_options, &model, NULL));
    ck_assert(!sard_session_new(model, &options, &session, NULL));
    for (size_t i = 0; i < sard_session_step_count(session); i++) {
        sard_step_info step = {.struct_size = sizeof step};
        ck_assert(sard_session_step(session, i, &step));
        count += !kernel || !strcmp(step.kernel, kernel);
    }
    sard_session_free(session);
    sard_model_free(model);
    sard_graph_free(graph);
    return count;
}

/* Constants written {...}. */
static inline bool is_zero(const sard_tensor *tensor)
{
    const char *bytes = tensor->data;
    for (size_t i = 0; i < tensor->bytes; i++)
        if (bytes[i])
            return false;
    return true;
}

/* The graph in that text with one input, random where constants are {...}, and random input: both backends agree to `tolerance` of the result's size. */
static inline void compare_text(sard_context *context, const char *text, double tolerance)
{
    size_t count, other;
    sard_graph *graph = graph_parse(context, text);
    for (size_t i = 0; i < sard_graph_value_count(graph); i++) {
        const sard_tensor *tensor = sard_value_constant(sard_graph_value(graph, i));
        if (tensor && tensor->dtype == SARD_F32 && is_zero(tensor))
            fill_random(tensor->data, tensor->bytes / sizeof(float), (uint32_t)i);
    }
    const sard_value *input = sard_graph_input(graph, 0);
    const bool bytes = sard_value_dtype(input) == SARD_U8;
    sard_tensor x = {.dtype = bytes ? SARD_U8 : SARD_F32, .rank = sard_value_rank(input), .bytes = bytes ? 1 : sizeof(float)};
    for (int i = 0; i < x.rank; i++) {
        x.dims[i] = sard_value_dim(input, i);
        x.bytes *= (size_t)x.dims[i];
    }
    x.data = malloc(x.bytes);
    for (size_t i = 0; bytes && i < x.bytes; i++)
        ((uint8_t *)x.data)[i] = (uint8_t)(i * 2654435761u >> 24);
    if (!bytes)
        fill_random(x.data, x.bytes / sizeof(float), 7);
    expect_native(context, graph);
    float *want = graph_run(context, graph, SARD_O0, "reference", &x, &count), *have = guard_run(context, graph, "native", &x, &other);
    ck_assert_uint_eq(count, other);
    double square = 0, worst = 0;
    for (size_t i = 0; i < count; i++) {
        square += isfinite(want[i]) ? want[i] * want[i] : 0;
        const double off = want[i] == have[i] || (isnan(want[i]) && isnan(have[i])) ? 0 : fabs((double)have[i] - want[i]);
        worst = isnan(off) ? INFINITY : fmax(worst, off);
    }
    const double size = sqrt(square / (double)count);
    ck_assert_msg(worst <= tolerance * size + 1e-30, "worst %g of %g: %s", worst, size, text);
    free(x.data);
    free(want);
    free(have);
    sard_graph_free(graph);
}

#endif
