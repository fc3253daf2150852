/* One loop per pair of types. Four rows of the matrix at a time, so that the accumulators are read and written less often. */
#include "ops/lib/product.h"

#define FOUR(acc_type, wide, M, columns)                                                                                           \
    for (int64_t j = 0, column = columns; j < n; j++)                                                                              \
        acc[j] = (acc_type)((wide)acc[j] + v0 * M(m[j * column]) + v1 * M(m[row + j * column]) + v2 * M(m[2 * row + j * column]) + \
                            v3 * M(m[3 * row + j * column]));

#define ONE(acc_type, wide, M, columns)               \
    for (int64_t j = 0, column = columns; j < n; j++) \
        acc[j] = (acc_type)((wide)acc[j] + v0 * M(m[j * column]));

/* Neighbouring columns get a loop of their own, which the compiler can vectorise. */
#define PRODUCT(name, acc_type, wide, v_type, m_type, V, M)                                     \
    static void name(const sard_product *p, int64_t n, acc_type *restrict acc)                  \
    {                                                                                           \
        const int64_t row = p->row, step = p->step;                                             \
        const v_type *v = p->v;                                                                 \
        const m_type *m = p->m;                                                                 \
        int64_t k = 0;                                                                          \
        for (; k + 4 <= p->depth; k += 4, v += 4 * step, m += 4 * row) {                        \
            const wide v0 = V(v[0]), v1 = V(v[step]), v2 = V(v[2 * step]), v3 = V(v[3 * step]); \
            if (p->column == 1) {                                                               \
                FOUR(acc_type, wide, M, 1)                                                      \
            } else {                                                                            \
                FOUR(acc_type, wide, M, p->column)                                              \
            }                                                                                   \
        }                                                                                       \
        for (; k < p->depth; k++, v += step, m += row) {                                        \
            const wide v0 = V(v[0]);                                                            \
            if (p->column == 1) {                                                               \
                ONE(acc_type, wide, M, 1)                                                       \
            } else {                                                                            \
                ONE(acc_type, wide, M, p->column)                                               \
            }                                                                                   \
        }                                                                                       \
    }

#define WIDE(x) (double)(x)
#define HALF(x) (double)sard_f16_to_f32(x)
#define BRAIN(x) (double)sard_bf16_to_f32(x)
#define V_MINUS_ZERO(x) (double)((x)-p->v_zero)
#define M_MINUS_ZERO(x) (double)((x)-p->m_zero)
#define MODULO(x) (uint64_t)(x)

PRODUCT(f32, double, double, float, float, WIDE, WIDE)
PRODUCT(f64, double, double, double, double, WIDE, WIDE)
PRODUCT(f16, double, double, uint16_t, uint16_t, HALF, HALF)
PRODUCT(bf16, double, double, uint16_t, uint16_t, BRAIN, BRAIN)
PRODUCT(i8_i8, double, double, int8_t, int8_t, V_MINUS_ZERO, M_MINUS_ZERO)
PRODUCT(i8_u8, double, double, int8_t, uint8_t, V_MINUS_ZERO, M_MINUS_ZERO)
PRODUCT(u8_i8, double, double, uint8_t, int8_t, V_MINUS_ZERO, M_MINUS_ZERO)
PRODUCT(u8_u8, double, double, uint8_t, uint8_t, V_MINUS_ZERO, M_MINUS_ZERO)
PRODUCT(i32, int64_t, uint64_t, int32_t, int32_t, MODULO, MODULO)
PRODUCT(i64, int64_t, uint64_t, int64_t, int64_t, MODULO, MODULO)
PRODUCT(u32, int64_t, uint64_t, uint32_t, uint32_t, MODULO, MODULO)

sard_product_function *sard_product_of(sard_dtype v, sard_dtype m)
{
    if (v == SARD_I8 || v == SARD_U8)
        return v == SARD_I8 ? (m == SARD_I8 ? i8_i8 : i8_u8) : (m == SARD_I8 ? u8_i8 : u8_u8);
    switch (v == m ? v : SARD_NONE) {
    case SARD_F32:
        return f32;
    case SARD_F64:
        return f64;
    case SARD_F16:
        return f16;
    case SARD_BF16:
        return bf16;
    default:
        return NULL;
    }
}

sard_product_int_function *sard_product_int_of(sard_dtype dtype)
{
    switch (dtype) {
    case SARD_I32:
        return i32;
    case SARD_I64:
    case SARD_U64: /* the same modulo 2^64 */
        return i64;
    case SARD_U32:
        return u32;
    default:
        return NULL;
    }
}
