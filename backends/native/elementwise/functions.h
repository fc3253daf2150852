/* Element-wise functions: which operator is which, and how a tier is asked to do a rectangle of rows at once. */
#ifndef SARD_BACKENDS_NATIVE_ELEMENTWISE_FUNCTIONS_H
#define SARD_BACKENDS_NATIVE_ELEMENTWISE_FUNCTIONS_H

#include "ir/graph.h"

typedef enum sard_function {
    SARD_FUNCTION_none,
#define UNARY(name, expression) SARD_FUNCTION_##name,
#define BINARY(name, expression) SARD_FUNCTION_##name,
#include "backends/native/elementwise/functions.def"
#undef UNARY
#undef BINARY
    SARD_FUNCTION_COUNT
} sard_function;

/* `rows` rows of n elements: y = f(a) or f(a, b). y may be a or b, or lie apart from both.
 * step  1, or 0: one element serves its row (of a unary function: 1)
 * row   from row to row */
typedef struct sard_stripes {
    int64_t rows, n;
    float *y;
    const float *a, *b;
    int64_t y_row, a_row, b_row;
    int a_step, b_step;
    float p, q;
} sard_stripes;

typedef void sard_stripes_function(const sard_stripes *stripes);

/* What a tier offers. */
typedef struct sard_elementwise_table {
    sard_stripes_function *const *functions; /* by sard_function */
} sard_elementwise_table;

/* An operator as a function of its first `operands` inputs. chains: any further ones are taken in one after the other. */
typedef struct sard_function_use {
    sard_function function;
    int operands;
    bool chains;
    float p, q;
} sard_function_use;

/* An input as one number: NULL where it is left out, or is no number that is known by now. */
typedef const float *sard_number_input(const void *arg, size_t i);

/* What an operator is in float32, `inputs` of it; false: none of ours. Bounds of a Clip that are not known are infinite. */
bool sard_function_of(const sard_op *op, const void *attrs, size_t inputs, sard_number_input *number, const void *arg,
                      sard_function_use *out);

#endif
