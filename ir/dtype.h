/* Element types: conversions to and from the widest type of their class, half and bfloat16. */
#ifndef SARD_IR_DTYPE_H
#define SARD_IR_DTYPE_H

#include <sard/plugin.h>

/* Sequences and optionals: values whose elements are sard_tensors. */
static inline bool sard_dtype_is_list(sard_dtype dtype) { return dtype >= SARD_SEQUENCE; }
/* The type of a list's items. */
static inline sard_dtype sard_dtype_item(sard_dtype list)
{
    return (sard_dtype)(list & (list >= SARD_MAYBE ? SARD_MAYBE - 1 : SARD_SEQUENCE - 1));
}
static inline uint32_t sard_dtype_bit(sard_dtype dtype)
{
    return dtype < SARD_SEQUENCE ? 1u << (unsigned)dtype : dtype < SARD_MAYBE ? SARD_SET_SEQUENCE : SARD_SET_OPTIONAL;
}
static inline bool sard_dtype_in(sard_dtype dtype, uint32_t set) { return dtype && (set & sard_dtype_bit(dtype)); }
static inline bool sard_dtype_is_float(sard_dtype dtype) { return sard_dtype_in(dtype, SARD_SET_FLOAT); }
/* Integers of any size and bool. */
static inline bool sard_dtype_is_integral(sard_dtype dtype)
{
    return sard_dtype_in(dtype, SARD_SET_INTEGER | SARD_SET_SMALL_INTEGER | SARD_SET(BOOL));
}
/* Below 8 bits: a byte each in memory, several in a byte of a file. */
static inline bool sard_dtype_is_packed(sard_dtype dtype) { return sard_dtype_in(dtype, SARD_SET_SMALL_INTEGER | SARD_SET(F4E2M1)); }

/* What a type of floats holds. */
typedef struct sard_float_bounds {
    double largest, smallest; /* numbers; smaller ones than `smallest` lose bits */
    int bits;                 /* of a number, with the first one, which is not stored */
} sard_float_bounds;

/* All 0 for types that are no floats. */
sard_float_bounds sard_dtype_bounds(sard_dtype dtype);

/* IEEE 754 binary16 and bfloat16, rounding to nearest even; NaN stays NaN. */
float sard_f16_to_f32(uint16_t h);
uint16_t sard_f32_to_f16(float f);
float sard_bf16_to_f32(uint16_t b);
uint16_t sard_f32_to_bf16(float f);
/* From double in one rounding. */
uint16_t sard_f64_to_f16(double d);
uint16_t sard_f64_to_bf16(double d);

/* Codes of float8, float8e8m0 and float4e2m1, which has no NaN: it becomes 0. saturate: what is too large becomes the greatest number, else
 * infinity or NaN as the type has it. E8M0 holds powers of two: halfway is rounded up, zero is too small, negative numbers are NaN. */
typedef enum sard_round { SARD_ROUND_UP, SARD_ROUND_DOWN, SARD_ROUND_NEAREST } sard_round;
uint8_t sard_f64_to_float8(sard_dtype dtype, double d, bool saturate); /* E8M0 excepted */
uint8_t sard_f64_to_e8m0(double d, sard_round round, bool saturate);
/* To nearest, saturating. */
uint8_t sard_f64_to_small(sard_dtype dtype, double d);
double sard_small_to_f64(sard_dtype dtype, uint8_t code);

/* n elements of any number or bool type as doubles (64-bit integers are rounded). `src` is aligned to its type. */
void sard_widen(sard_dtype dtype, const void *src, size_t n, double *dst);
/* n doubles as elements: floats are rounded to nearest (those of 8 bits and less saturate), integers truncated and saturated (NaN: 0), bools are != 0. */
void sard_narrow(sard_dtype dtype, const double *src, size_t n, void *dst);
/* Integers and bools as int64 (uint64 by its bits), and back (keeping the low bits; bools are != 0). */
void sard_widen_int(sard_dtype dtype, const void *src, size_t n, int64_t *dst);
void sard_narrow_int(sard_dtype dtype, const int64_t *src, size_t n, void *dst);

/* One element of a tensor, by the functions above. */
double sard_get(const sard_tensor *tensor, size_t i);
void sard_set(const sard_tensor *tensor, size_t i, double value);
int64_t sard_get_int(const sard_tensor *tensor, size_t i);
void sard_set_int(const sard_tensor *tensor, size_t i, int64_t value);

/* Elements of a type below 8 bits as files have them: several in a byte, the first in the lowest bits, the last byte filled with zeros. */
size_t sard_packed_bytes(sard_dtype dtype, size_t count); /* of any type; the elements' own where they are not packed */
void sard_pack(sard_dtype dtype, const void *elements, size_t count, uint8_t *out);
void sard_unpack(sard_dtype dtype, const uint8_t *packed, size_t count, void *out);

/* Product of dims; false on overflow of int64 or a negative dim. */
bool sard_count(const int64_t *dims, int rank, int64_t *out);
/* Bytes of a dense tensor with these dims; false on overflow or an element type without a size. */
bool sard_bytes(sard_dtype dtype, const int64_t *dims, int rank, size_t *out);
/* Elements of a tensor whose dims are known to be sound. */
size_t sard_tensor_count(const sard_tensor *tensor);
/* A dense tensor struct over `data`; bytes follow from the dims, which are known to be sound. */
sard_tensor sard_tensor_make(sard_dtype dtype, int rank, const int64_t *dims, void *data);
bool sard_tensor_is_aligned(const sard_tensor *tensor);

/* ARGUMENT: a pointer that a public function needs, by its name in the header, is NULL. */
sard_status sard_null(sard_error *error, const char *what);

#endif
