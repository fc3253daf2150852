/* What constants may become in the type of their file. A half has 5 bits of exponent: products and sums that are harmless in float32 leave
 * its range, lose bits below it, or round on purpose. A pass that cannot keep within these bounds leaves the nodes as they are. */
#ifndef SARD_PASSES_LIB_BOUNDS_H
#define SARD_PASSES_LIB_BOUNDS_H

#include "ir/graph.h"

/* Larger or smaller factors are not looked at further. */
#define SARD_MOST_FACTOR 0x1p60

/* Sums with larger numbers are made to round: adding and subtracting 1.5 * 2^23 does in float32, 1.5 * 2^10 in float16. */
double sard_most_shift(sard_dtype dtype);

/* How large numbers are, without their signs. */
typedef struct sard_span {
    double least, most; /* without zeros; least is infinite where there is none, most is NaN where a number is none */
    bool zeros;         /* there are some */
} sard_span;

extern const sard_span sard_empty_span;
/* Takes in n floats at any address. */
void sard_span_add(sard_span *span, sard_dtype dtype, const void *elements, size_t n);
/* Of all elements of a constant of floats. */
sard_span sard_span_of(const sard_value *constant);

/* Does the type hold what span times factor becomes? Nothing gets infinite; nothing loses bits that it had, but for what does not count
 * beside the largest. */
bool sard_holds_scaled(sard_dtype dtype, const sard_span *span, double factor);
/* Does the type hold each product of a number of a and one of b, or each quotient, with all its bits? */
bool sard_holds_products(sard_dtype dtype, const sard_span *a, const sard_span *b, bool quotients);
/* Is no number larger than the type's largest? */
bool sard_holds_all(sard_dtype dtype, const double *numbers, int64_t count);

#endif
