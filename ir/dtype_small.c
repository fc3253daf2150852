/* Types of 8 bits and less: float8 (Micikevicius and others, FP8 Formats for Deep Learning, 2022; FNUZ: Noune and others, 8-bit Numerical
 * Formats for Deep Neural Networks, 2022), float8e8m0 and float4e2m1 (OCP Microscaling Formats 1.0), and how files pack what is below 8. */
#include "ir/dtype.h"
#include "ir/round.h"

#include <math.h>

/* mantissa, low: explicit bits, least normal exponent. sign: its bit. The other members are codes without sign.
 * greatest   the greatest number; what is above it is infinity or NaN
 * beyond     what larger numbers become where they don't saturate
 * nan        its code
 * unsigned_zero  the code of -0 is the only NaN */
typedef struct format {
    int mantissa, low;
    uint8_t sign, greatest, beyond, nan;
    bool unsigned_zero;
} format;

enum { UNSIGNED_NAN = 0x80, E5M2_INFINITY = 0x7c, E8M0_NAN = 255, E8M0_BIAS = 127 };

static format format_of(sard_dtype dtype)
{
    switch (dtype) {
    case SARD_F8E4M3FN:
        return (format){3, -6, 0x80, 0x7e, 0x7f, 0x7f, false};
    case SARD_F8E4M3FNUZ:
        return (format){3, -7, 0x80, 0x7f, UNSIGNED_NAN, UNSIGNED_NAN, true};
    case SARD_F8E5M2:
        return (format){2, -14, 0x80, 0x7b, E5M2_INFINITY, 0x7e, false};
    case SARD_F8E5M2FNUZ:
        return (format){2, -15, 0x80, 0x7f, UNSIGNED_NAN, UNSIGNED_NAN, true};
    default: /* F4E2M1, which has no NaN */
        return (format){1, 0, 0x08, 0x07, 0x07, 0, false};
    }
}

uint8_t sard_f64_to_float8(sard_dtype dtype, double d, bool saturate)
{
    const format f = format_of(dtype);
    const uint8_t sign = signbit(d) && !f.unsigned_zero ? f.sign : 0;
    if (d != d)
        return f.nan ? f.nan | sign : 0;
    const uint64_t code = sard_round_code(d, f.mantissa, f.low);
    if (code > f.greatest && !saturate)
        return f.beyond | sign;
    const uint8_t size = code > f.greatest ? f.greatest : (uint8_t)code;
    return signbit(d) && (size || !f.unsigned_zero) ? size | f.sign : size;
}

uint8_t sard_f64_to_e8m0(double d, sard_round round, bool saturate)
{
    if (d != d || d < 0)
        return E8M0_NAN;
    int exponent = 0;
    const double part = isinf(d) ? 1 : frexp(d, &exponent); /* d = part * 2^exponent, part of 0.5 .. 1 */
    if (round == SARD_ROUND_DOWN || (round == SARD_ROUND_UP ? part <= 0.5 : part < 0.75))
        exponent--;
    if (isinf(d) || exponent > E8M0_BIAS)
        return saturate ? E8M0_NAN - 1 : E8M0_NAN;
    if (d == 0 || exponent < -E8M0_BIAS)
        return saturate ? 0 : E8M0_NAN;
    return (uint8_t)(exponent + E8M0_BIAS);
}

static double float8_to_f64(sard_dtype dtype, uint8_t code)
{
    const format f = format_of(dtype);
    const int size = code & (f.sign - 1), exponent = size >> f.mantissa, fraction = size & ((1 << f.mantissa) - 1);
    const double sign = code & f.sign ? -1 : 1;
    if (f.unsigned_zero && code == UNSIGNED_NAN)
        return (double)NAN;
    if (size > f.greatest)
        return copysign(dtype == SARD_F8E5M2 && size == E5M2_INFINITY ? (double)INFINITY : (double)NAN, sign);
    return sign * (exponent ? ldexp(fraction + (1 << f.mantissa), exponent - 1 + f.low - f.mantissa) : ldexp(fraction, f.low - f.mantissa));
}

double sard_small_to_f64(sard_dtype dtype, uint8_t code)
{
    if (dtype == SARD_F8E8M0)
        return code == E8M0_NAN ? (double)NAN : ldexp(1, code - E8M0_BIAS);
    return float8_to_f64(dtype, code);
}

uint8_t sard_f64_to_small(sard_dtype dtype, double d)
{
    return dtype == SARD_F8E8M0 ? sard_f64_to_e8m0(d, SARD_ROUND_NEAREST, true) : sard_f64_to_float8(dtype, d, true);
}

/* ---- files ---- */

/* Elements in a byte. */
static size_t per_byte(sard_dtype dtype)
{
    return sard_dtype_in(dtype, SARD_SET(U2) | SARD_SET(I2)) ? 4 : sard_dtype_is_packed(dtype) ? 2 : 1;
}

size_t sard_packed_bytes(sard_dtype dtype, size_t count)
{
    const size_t per = per_byte(dtype);
    return per == 1 ? count * sard_dtype_size(dtype) : count / per + (count % per != 0);
}

void sard_pack(sard_dtype dtype, const void *elements, size_t count, uint8_t *out)
{
    const size_t per = per_byte(dtype), bits = 8 / per;
    const uint8_t *from = elements;
    memset(out, 0, sard_packed_bytes(dtype, count));
    for (size_t i = 0; i < count; i++)
        out[i / per] |= (uint8_t)((from[i] & ((1u << bits) - 1)) << i % per * bits);
}

void sard_unpack(sard_dtype dtype, const uint8_t *packed, size_t count, void *out)
{
    const size_t per = per_byte(dtype), bits = 8 / per;
    const unsigned sign = sard_dtype_in(dtype, SARD_SET(I4) | SARD_SET(I2)) ? 1u << (bits - 1) : 0;
    uint8_t *to = out;
    for (size_t i = 0; i < count; i++)
        to[i] = (uint8_t)((((unsigned)packed[i / per] >> i % per * bits & ((1u << bits) - 1)) ^ sign) - sign);
}
