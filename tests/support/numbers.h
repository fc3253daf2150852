/* Tensors of any number type from doubles, and results compared with doubles. */
#ifndef SARD_TESTS_NUMBERS_H
#define SARD_TESTS_NUMBERS_H

#include "tests/support/op.h"

/* A constant of a number or bool type. */
sard_value *op_numbers(op_test *t, const char *name, sard_dtype dtype, const double *elements, int rank, const int64_t *dims);
/* A vector of them, one argument each. */
#define OP_VECTOR(t, name, dtype, ...)                                 \
    op_numbers((t), (name), (dtype), (const double[]){__VA_ARGS__}, 1, \
               (const int64_t[]){(int64_t)(sizeof((const double[]){__VA_ARGS__}) / sizeof(double))})

/* Output i has this type and these elements, once rounded to the type; NaN is equal to NaN, 0 differs from -0. */
void op_expect(const op_test *t, size_t i, sard_dtype dtype, const double *elements, size_t count);
#define OP_EXPECT(t, i, dtype, ...) \
    op_expect((t), (i), (dtype), (const double[]){__VA_ARGS__}, sizeof((const double[]){__VA_ARGS__}) / sizeof(double))

/* The status, and an error that names what it should. */
void op_expect_error(const op_test *t, sard_status got, sard_status want, const char *part);

#endif
