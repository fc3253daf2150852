/* What a test of an operator expects of its first output (numbers.h), dims included. */
#ifndef SARD_TESTS_EXPECT_H
#define SARD_TESTS_EXPECT_H

#include "tests/support/check.h"
#include "tests/support/numbers.h"

static inline void expect_dims(const op_test *t, int rank, const int64_t *dims)
{
    ck_assert_int_eq(t->outputs[0].rank, rank);
    for (int i = 0; i < rank; i++)
        ck_assert_int_eq(t->outputs[0].dims[i], dims[i]);
}

/* Numbers or bools of any type. */
static inline void expect(const op_test *t, int rank, const int64_t *dims, const double *elements)
{
    expect_dims(t, rank, dims);
    size_t count = 1;
    for (int i = 0; i < rank; i++)
        count *= (size_t)dims[i];
    for (size_t i = 0; i < count; i++)
        ck_assert_double_eq_tol(sard_get(&t->outputs[0], i), elements[i], 1e-6);
}

/* Dims that inference has found. */
static inline void expect_inferred(const sard_value *value, int rank, const int64_t *dims)
{
    ck_assert_int_eq(value->rank, rank);
    for (int i = 0; i < rank; i++)
        ck_assert_int_eq(value->dims[i], dims[i]);
}

#endif
