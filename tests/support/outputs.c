/* Comparing outputs. */
#include "tests/support/outputs.h"

#include <check.h>
#include <string.h>

void expect_shape(const sard_tensor *got, int rank, const int64_t *dims)
{
    ck_assert_int_eq(got->rank, rank);
    for (int i = 0; i < rank; i++)
        ck_assert_int_eq(got->dims[i], dims[i]);
}

void expect_elements(const sard_tensor *got, const float *want, double tolerance)
{
    for (size_t i = 0; i < sard_tensor_count(got); i++) {
        const double a = sard_get(got, i), b = (double)want[i];
        if (isnan(b) ? !isnan(a) : !(a == b || fabs(a - b) <= tolerance * (1 + fabs(b))))
            ck_abort_msg("element %zu is %.9g, must be %.9g", i, a, b);
    }
}

void expect_text(const op_test *t, const char *part)
{
    if (!strstr(t->error.text, part))
        ck_abort_msg("\"%s\" says nothing of \"%s\"", t->error.text, part);
}

void fill(float *to, size_t count, uint32_t seed)
{
    for (size_t i = 0; i < count; i++) {
        seed = seed * 1664525 + 1013904223;
        to[i] = (float)(int32_t)seed * 0x1p-31f;
    }
}
