/* Rounding a double to a narrower binary format. */
#ifndef SARD_IR_ROUND_H
#define SARD_IR_ROUND_H

#include <stdint.h>
#include <string.h>

/* |d|, no NaN, rounded to nearest even as a format of `mantissa` explicit bits and least normal exponent `low` has it: exponent and
 * mantissa in one number, 1 for the least subnormal. Numbers beyond the format's greatest go on counting. */
static inline uint64_t sard_round_code(double d, int mantissa, int low)
{
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    const int exponent = (int)(bits >> 52 & 0x7ff) - 1023; /* d = 1.xxx * 2^exponent */
    const int least = exponent < low ? low : exponent, shift = 52 - mantissa + least - exponent;
    if (shift > 53)
        return 0; /* below half of the least number, or zero */
    const uint64_t whole = (bits & (((uint64_t)1 << 52) - 1)) | (uint64_t)1 << 52, half = (uint64_t)1 << (shift - 1);
    const uint64_t units = (whole + half - 1 + (whole >> shift & 1)) >> shift; /* to even; with the hidden bit */
    return units + ((uint64_t)(least - low) << mantissa);
}

#endif
