/* Conversions of elements. */
#include "ir/dtype.h"
#include "ir/round.h"

#include <float.h>
#include <math.h>
#include <string.h>

sard_float_bounds sard_dtype_bounds(sard_dtype dtype)
{
    switch (dtype) {
    case SARD_F16:
        return (sard_float_bounds){65504, 0x1p-14, 11};
    case SARD_BF16:
        return (sard_float_bounds){0x1.fep127, 0x1p-126, 8};
    case SARD_F32:
        return (sard_float_bounds){(double)FLT_MAX, (double)FLT_MIN, FLT_MANT_DIG};
    case SARD_F64:
        return (sard_float_bounds){DBL_MAX, DBL_MIN, DBL_MANT_DIG};
    default:
        return (sard_float_bounds){.bits = 0};
    }
}

float sard_f16_to_f32(uint16_t h)
{
    const uint32_t sign = (uint32_t)(h & 0x8000) << 16, exponent = h >> 10 & 31, mantissa = h & 0x3ff;
    if (exponent == 0) {
        const float value = (float)mantissa * 0x1p-24f;
        return sign ? -value : value;
    }
    const uint32_t bits = sign | (exponent == 31 ? 0x7f800000 : (exponent + 112) << 23) | mantissa << 13;
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

float sard_bf16_to_f32(uint16_t b)
{
    const uint32_t bits = (uint32_t)b << 16;
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

/* Rounds a double to a binary format of `mantissa` explicit bits, least normal exponent `low` and greatest `high`, kept in 16 bits. */
static inline uint16_t narrow16(double d, int mantissa, int low, int high)
{
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    const uint16_t sign = bits >> 48 & 0x8000, infinity = (uint16_t)((high - low + 2) << mantissa);
    if (d != d)
        return sign | infinity | (uint16_t)(1u << (mantissa - 1));
    const uint64_t code = sard_round_code(d, mantissa, low);
    return sign | (code < infinity ? (uint16_t)code : infinity);
}

uint16_t sard_f64_to_f16(double d) { return narrow16(d, 10, -14, 15); }
uint16_t sard_f64_to_bf16(double d) { return narrow16(d, 7, -126, 127); }
uint16_t sard_f32_to_f16(float f) { return sard_f64_to_f16((double)f); }
uint16_t sard_f32_to_bf16(float f) { return sard_f64_to_bf16((double)f); }

/* X(dtype, C type): the types that are C numbers. */
#define INTEGER_TYPES(X) \
    X(U8, uint8_t)       \
    X(I8, int8_t)        \
    X(U16, uint16_t)     \
    X(I16, int16_t)      \
    X(I32, int32_t)      \
    X(I64, int64_t)      \
    X(U32, uint32_t)     \
    X(U64, uint64_t)
/* X(dtype, C type, bits) */
#define SMALL_INTEGER_TYPES(X) \
    X(U4, uint8_t, 4)          \
    X(I4, int8_t, 4)           \
    X(U2, uint8_t, 2)          \
    X(I2, int8_t, 2)
#define FLOAT8_CASES(code)             \
    case SARD_F8E4M3FN:                \
    case SARD_F8E4M3FNUZ:              \
    case SARD_F8E5M2:                  \
    case SARD_F8E5M2FNUZ:              \
    case SARD_F8E8M0:                  \
    case SARD_F4E2M1:                  \
        for (size_t i = 0; i < n; i++) \
            code;                      \
        break;
#define NUMBER_TYPES(X) \
    X(F32, float)       \
    X(F64, double)      \
    INTEGER_TYPES(X)

void sard_widen(sard_dtype dtype, const void *src, size_t n, double *dst)
{
    switch (dtype) {
#define X(name, type, ...)                           \
    case SARD_##name:                                \
        for (size_t i = 0; i < n; i++)               \
            dst[i] = (double)((const type *)src)[i]; \
        break;
        NUMBER_TYPES(X)
        SMALL_INTEGER_TYPES(X)
        X(BOOL, uint8_t)
#undef X
        FLOAT8_CASES(dst[i] = sard_small_to_f64(dtype, ((const uint8_t *)src)[i]))
    case SARD_F16:
        for (size_t i = 0; i < n; i++)
            dst[i] = (double)sard_f16_to_f32(((const uint16_t *)src)[i]);
        break;
    case SARD_BF16:
        for (size_t i = 0; i < n; i++)
            dst[i] = (double)sard_bf16_to_f32(((const uint16_t *)src)[i]);
        break;
    default:
        memset(dst, 0, n * sizeof *dst);
    }
}

/* Truncates towards zero into low .. high, both exact as double or one beyond (2^63, 2^64). */
#define SATURATE(type, d, low, high) \
    ((d) != (d) ? (type)0 : (d) <= (double)(low) ? (type)(low) : (d) >= (double)(high) ? (type)(high) : (type)(d))

void sard_narrow(sard_dtype dtype, const double *src, size_t n, void *dst)
{
    switch (dtype) {
#define EACH(name, type, expression)         \
    case SARD_##name:                        \
        for (size_t i = 0; i < n; i++) {     \
            const double d = src[i];         \
            ((type *)dst)[i] = (expression); \
        }                                    \
        break;
        EACH(F32, float, (float)d)
        EACH(F64, double, d)
        EACH(F16, uint16_t, sard_f64_to_f16(d))
        EACH(BF16, uint16_t, sard_f64_to_bf16(d))
        EACH(BOOL, uint8_t, d != 0)
        EACH(U8, uint8_t, SATURATE(uint8_t, d, 0, UINT8_MAX))
        EACH(I8, int8_t, SATURATE(int8_t, d, INT8_MIN, INT8_MAX))
        EACH(U16, uint16_t, SATURATE(uint16_t, d, 0, UINT16_MAX))
        EACH(I16, int16_t, SATURATE(int16_t, d, INT16_MIN, INT16_MAX))
        EACH(U32, uint32_t, SATURATE(uint32_t, d, 0, UINT32_MAX))
        EACH(I32, int32_t, SATURATE(int32_t, d, INT32_MIN, INT32_MAX))
        EACH(U64, uint64_t, SATURATE(uint64_t, d, 0, UINT64_MAX))
        EACH(I64, int64_t, SATURATE(int64_t, d, INT64_MIN, INT64_MAX))
        EACH(U4, uint8_t, SATURATE(uint8_t, d, 0, 15))
        EACH(I4, int8_t, SATURATE(int8_t, d, -8, 7))
        EACH(U2, uint8_t, SATURATE(uint8_t, d, 0, 3))
        EACH(I2, int8_t, SATURATE(int8_t, d, -2, 1))
#undef EACH
        FLOAT8_CASES(((uint8_t *)dst)[i] = sard_f64_to_small(dtype, src[i]))
    default:
        break;
    }
}

void sard_widen_int(sard_dtype dtype, const void *src, size_t n, int64_t *dst)
{
    switch (dtype) {
#define X(name, type, ...)                            \
    case SARD_##name:                                 \
        for (size_t i = 0; i < n; i++)                \
            dst[i] = (int64_t)((const type *)src)[i]; \
        break;
        INTEGER_TYPES(X)
        SMALL_INTEGER_TYPES(X)
        X(BOOL, uint8_t)
#undef X
    default:
        memset(dst, 0, n * sizeof *dst);
    }
}

/* The low bits, as a number with or without sign. */
static int64_t keep_bits(int64_t value, int bits, bool is_signed)
{
    const int64_t sign = is_signed ? INT64_C(1) << (bits - 1) : 0;
    return ((value & ((INT64_C(1) << bits) - 1)) ^ sign) - sign;
}

void sard_narrow_int(sard_dtype dtype, const int64_t *src, size_t n, void *dst)
{
    switch (dtype) {
#define X(name, type)                        \
    case SARD_##name:                        \
        for (size_t i = 0; i < n; i++)       \
            ((type *)dst)[i] = (type)src[i]; \
        break;
        INTEGER_TYPES(X)
#undef X
#define X(name, type, bits)                                                 \
    case SARD_##name:                                                       \
        for (size_t i = 0; i < n; i++)                                      \
            ((type *)dst)[i] = (type)keep_bits(src[i], bits, (type)-1 < 0); \
        break;
        SMALL_INTEGER_TYPES(X)
#undef X
    case SARD_BOOL:
        for (size_t i = 0; i < n; i++)
            ((uint8_t *)dst)[i] = src[i] != 0;
        break;
    default:
        break;
    }
}

static void *at(const sard_tensor *tensor, size_t i) { return (char *)tensor->data + i * sard_dtype_size(tensor->dtype); }

double sard_get(const sard_tensor *tensor, size_t i)
{
    double value;
    sard_widen(tensor->dtype, at(tensor, i), 1, &value);
    return value;
}

double sard_tensor_get(const sard_tensor *tensor, size_t i) { return sard_get(tensor, i); }

void sard_set(const sard_tensor *tensor, size_t i, double value) { sard_narrow(tensor->dtype, &value, 1, at(tensor, i)); }

int64_t sard_get_int(const sard_tensor *tensor, size_t i)
{
    int64_t value;
    sard_widen_int(tensor->dtype, at(tensor, i), 1, &value);
    return value;
}

void sard_set_int(const sard_tensor *tensor, size_t i, int64_t value) { sard_narrow_int(tensor->dtype, &value, 1, at(tensor, i)); }

bool sard_count(const int64_t *dims, int rank, int64_t *out)
{
    int64_t count = 1;
    bool overflow = false, empty = false;
    for (int i = 0; i < rank; i++) {
        if (dims[i] < 0)
            return false;
        empty |= dims[i] == 0;
        if (dims[i])
            overflow |= __builtin_mul_overflow(count, dims[i], &count);
    }
    *out = empty ? 0 : count;
    return !overflow;
}

bool sard_bytes(sard_dtype dtype, const int64_t *dims, int rank, size_t *out)
{
    int64_t count;
    const size_t size = sard_dtype_size(dtype);
    return size && sard_count(dims, rank, &count) && !__builtin_mul_overflow((uint64_t)count, size, out) && *out <= INT64_MAX;
}

size_t sard_tensor_count(const sard_tensor *tensor)
{
    size_t count = 1;
    for (int i = 0; i < tensor->rank; i++)
        count *= (size_t)tensor->dims[i];
    return count;
}

sard_tensor sard_tensor_make(sard_dtype dtype, int rank, const int64_t *dims, void *data)
{
    sard_tensor tensor = {.dtype = dtype, .rank = rank, .data = data};
    if (rank)
        memcpy(tensor.dims, dims, (size_t)rank * sizeof *dims);
    tensor.bytes = sard_tensor_count(&tensor) * sard_dtype_size(dtype);
    return tensor;
}

bool sard_tensor_is_aligned(const sard_tensor *tensor)
{
    const size_t size = sard_dtype_size(tensor->dtype), align = size > 8 ? 8 : size;
    return align == 0 || (uintptr_t)tensor->data % align == 0;
}
