/* What any output must be, up to a tolerance, and attributes in short: for tests of ops/. */
#ifndef SARD_TESTS_OUTPUTS_H
#define SARD_TESTS_OUTPUTS_H

#include "tests/support/op.h"

#include <math.h>

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

void expect_shape(const sard_tensor *got, int rank, const int64_t *dims);
/* As many elements as the shape has, of any type; NaN equals NaN. */
void expect_elements(const sard_tensor *got, const float *want, double tolerance);
/* The error says this. */
void expect_text(const op_test *t, const char *part);

/* Numbers between -1 and 1 that look random, the same each time. */
void fill(float *to, size_t count, uint32_t seed);

#endif
