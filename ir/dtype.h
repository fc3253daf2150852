/* Element types: conversions to and from the widest type of their class, half and bfloat16. */
#ifndef SARD_IR_DTYPE_H
#define SARD_IR_DTYPE_H

#include <sard/plugin.h>

static inline uint32_t sard_dtype_bit(sard_dtype dtype) { return 1u << (unsigned)dtype; }
static inline bool sard_dtype_in(sard_dtype dtype, uint32_t set) { return dtype && (set & sard_dtype_bit(dtype)); }
static inline bool sard_dtype_is_float(sard_dtype dtype) { return sard_dtype_in(dtype, SARD_SET_FLOAT); }
/* Integers and bool. */
static inline bool sard_dtype_is_integral(sard_dtype dtype) { return sard_dtype_in(dtype, SARD_SET_INTEGER | SARD_SET(BOOL)); }

/* IEEE 754 binary16 and bfloat16, rounding to nearest even; NaN stays NaN. */
float sard_f16_to_f32(uint16_t h);
uint16_t sard_f32_to_f16(float f);
float sard_bf16_to_f32(uint16_t b);
uint16_t sard_f32_to_bf16(float f);
/* From double in one rounding. */
uint16_t sard_f64_to_f16(double d);
uint16_t sard_f64_to_bf16(double d);

/* n elements of any number or bool type as doubles (64-bit integers are rounded). `src` is aligned to its type. */
void sard_widen(sard_dtype dtype, const void *src, size_t n, double *dst);
/* n doubles as elements: floats are rounded to nearest, integers truncated and saturated (NaN: 0), bools are != 0. */
void sard_narrow(sard_dtype dtype, const double *src, size_t n, void *dst);
/* Integers and bools as int64 (uint64 by its bits), and back (keeping the low bits; bools are != 0). */
void sard_widen_int(sard_dtype dtype, const void *src, size_t n, int64_t *dst);
void sard_narrow_int(sard_dtype dtype, const int64_t *src, size_t n, void *dst);

/* One element of a tensor, by the functions above. */
double sard_get(const sard_tensor *tensor, size_t i);
void sard_set(const sard_tensor *tensor, size_t i, double value);
int64_t sard_get_int(const sard_tensor *tensor, size_t i);
void sard_set_int(const sard_tensor *tensor, size_t i, int64_t value);

/* Product of dims; false on overflow of int64 or a negative dim. */
bool sard_count(const int64_t *dims, int rank, int64_t *out);
/* Bytes of a dense tensor with these dims; false on overflow or an element type without a size. */
bool sard_bytes(sard_dtype dtype, const int64_t *dims, int rank, size_t *out);
/* Elements of a tensor whose dims are known to be sound. */
size_t sard_tensor_count(const sard_tensor *tensor);
/* A dense tensor struct over `data`; bytes follow from the dims, which are known to be sound. */
sard_tensor sard_tensor_make(sard_dtype dtype, int rank, const int64_t *dims, void *data);
bool sard_tensor_is_aligned(const sard_tensor *tensor);

#endif
