/* What any output must be, up to a tolerance, and attributes in short: for tests of ops/. */
#ifndef SARD_TESTS_OUTPUTS_H
#define SARD_TESTS_OUTPUTS_H

#include "tests/support/op.h"

#include <check.h>
#include <math.h>
#include <string.h>

#define INTS(...) \
    (const int64_t[]) { __VA_ARGS__ }
#define FLOATS(...) \
    (const float[]) { __VA_ARGS__ }

#define ATTR_INTS(name_, ...)                                                                                                         \
    {                                                                                                                                 \
        .name = name_, .kind = SARD_ATTR_INTS, .count = sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t), .ints = INTS(__VA_ARGS__) \
    }
#define ATTR_INT(name_, value)                             \
    {                                                      \
        .name = name_, .kind = SARD_ATTR_INT, .i = (value) \
    }
#define ATTR_FLOAT(name_, value)                             \
    {                                                        \
        .name = name_, .kind = SARD_ATTR_FLOAT, .f = (value) \
    }
#define ATTR_WORD(name_, word)                                                   \
    {                                                                            \
        .name = name_, .kind = SARD_ATTR_STRING, .s = { word, sizeof(word) - 1 } \
    }

static inline void expect_shape(const sard_tensor *got, int rank, const int64_t *dims)
{
    ck_assert_int_eq(got->rank, rank);
    for (int i = 0; i < rank; i++)
        ck_assert_int_eq(got->dims[i], dims[i]);
}

/* As many elements as the shape has, of any type; NaN equals NaN. */
static inline void expect_elements(const sard_tensor *got, const float *want, double tolerance)
{
    for (size_t i = 0; i < sard_tensor_count(got); i++) {
        const double a = sard_get(got, i), b = (double)want[i];
        if (isnan(b) ? !isnan(a) : !(a == b || fabs(a - b) <= tolerance * (1 + fabs(b))))
            ck_abort_msg("element %zu is %.9g, must be %.9g", i, a, b);
    }
}

static inline void expect_text(const op_test *t, const char *part)
{
    if (!strstr(t->error.text, part))
        ck_abort_msg("\"%s\" says nothing of \"%s\"", t->error.text, part);
}

/* Numbers between -1 and 1 that look random, the same each time. */
static inline void fill(float *to, size_t count, uint32_t seed)
{
    for (size_t i = 0; i < count; i++) {
        seed = seed * 1664525 + 1013904223;
        to[i] = (float)(int32_t)seed * 0x1p-31f;
    }
}

#endif
