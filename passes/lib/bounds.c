/* What constants may become in the type of their file. */
#include "passes/lib/bounds.h"

#include <math.h>
#include <string.h>

double sard_most_shift(sard_dtype dtype) { return ldexp(1, sard_dtype_bounds(dtype).bits - 4); }

const sard_span sard_empty_span = {.least = INFINITY};

/* Floats without their sign are in the order of their bits, whatever their type. `low` is 1 less than the bits, so that zeros come last.
 * *most and *least: the bits, 0 where there is none. True: there are zeros. */
#define FINDER(name, type)                                                            \
    static bool name(const void *elements, size_t n, uint64_t *most, uint64_t *least) \
    {                                                                                 \
        type high = 0, low = (type)-1;                                                \
        bool zeros = false;                                                           \
        for (size_t i = 0; i < n; i++) {                                              \
            type bits;                                                                \
            memcpy(&bits, (const char *)elements + i * sizeof bits, sizeof bits);     \
            bits = (type)((type)(bits << 1) >> 1);                                    \
            high = bits > high ? bits : high;                                         \
            low = (type)(bits - 1) < low ? (type)(bits - 1) : low;                    \
            zeros |= !bits;                                                           \
        }                                                                             \
        *most = high;                                                                 \
        *least = (type)(low + 1);                                                     \
        return zeros;                                                                 \
    }
FINDER(find_halves, uint16_t)
FINDER(find_floats, uint32_t)
FINDER(find_doubles, uint64_t)

static double number_of(sard_dtype dtype, uint64_t bits)
{
    double number;
    const uint16_t half = (uint16_t)bits;
    const uint32_t single = (uint32_t)bits;
    sard_widen(dtype, dtype == SARD_F64 ? (const void *)&bits : dtype == SARD_F32 ? (const void *)&single : &half, 1, &number);
    return number;
}

void sard_span_add(sard_span *span, sard_dtype dtype, const void *elements, size_t n)
{
    uint64_t high, low;
    span->zeros |= (dtype == SARD_F64 ? find_doubles : dtype == SARD_F32 ? find_floats : find_halves)(elements, n, &high, &low);
    const double most = number_of(dtype, high), least = low ? number_of(dtype, low) : INFINITY;
    span->most = isnan(span->most) || span->most >= most ? span->most : most;
    span->least = least < span->least ? least : span->least;
}

sard_span sard_span_of(const sard_value *constant)
{
    sard_span span = sard_empty_span;
    const sard_tensor *tensor = sard_value_constant(constant);
    sard_span_add(&span, tensor->dtype, tensor->data, sard_tensor_count(tensor));
    return span;
}

bool sard_holds_scaled(sard_dtype dtype, const sard_span *span, double factor)
{
    const sard_float_bounds type = sard_dtype_bounds(dtype);
    const double size = fabs(factor);
    if (!(span->most * size <= type.largest))
        return false;
    return size == 0 || size >= 1 || span->least * size >= type.smallest || span->most * size >= ldexp(type.smallest, 2 * type.bits);
}

bool sard_holds_products(sard_dtype dtype, const sard_span *a, const sard_span *b, bool quotients)
{
    const sard_float_bounds type = sard_dtype_bounds(dtype);
    if (quotients)
        return !b->zeros && a->most / b->least <= type.largest && a->least / b->most >= type.smallest;
    return a->most * b->most <= type.largest && a->least * b->least >= type.smallest;
}

bool sard_holds_all(sard_dtype dtype, const double *numbers, int64_t count)
{
    const double largest = sard_dtype_bounds(dtype).largest;
    for (int64_t i = 0; i < count; i++)
        if (!(fabs(numbers[i]) <= largest))
            return false;
    return true;
}
