/* AVX-512 F, BW, DQ, VL: 32 registers of 16 floats. */
#define LANES 16
#define TIER(name) name##_avx512
/* Rows of a register tile that is 1, 2 or 3 vectors wide. */
#define TILE_ROWS_1 12
#define TILE_ROWS_2 12
#define TILE_ROWS_3 8
#define EACH_TILE_1(M) M(1, 1) M(2, 1) M(3, 1) M(4, 1) M(5, 1) M(6, 1) M(7, 1) M(8, 1) M(9, 1) M(10, 1) M(11, 1) M(12, 1)
#define EACH_TILE_2(M) M(1, 2) M(2, 2) M(3, 2) M(4, 2) M(5, 2) M(6, 2) M(7, 2) M(8, 2) M(9, 2) M(10, 2) M(11, 2) M(12, 2)
#define EACH_TILE_3(M) M(1, 3) M(2, 3) M(3, 3) M(4, 3) M(5, 3) M(6, 3) M(7, 3) M(8, 3)

#include <immintrin.h>
#define TAILS 1
#define FUSED 1
#define V_KEEP(v) __asm__("" : "+v"(v))
#define V_FMA(sum, a, b) __asm__("vfmadd231ps %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b))
#define V_MAX(a, b) ((vf)_mm512_max_ps((__m512)(a), (__m512)(b)))
#define V_MIN(a, b) ((vf)_mm512_min_ps((__m512)(a), (__m512)(b)))
#define V_LARGER(best, x) \
    ((vf)_mm512_mask_max_ps((__m512)(best), _mm512_cmp_ps_mask((__m512)(best), (__m512)(best), _CMP_ORD_Q), (__m512)(best), (__m512)(x)))
#define V_LOAD_PART(p, n) ((vf)_mm512_maskz_loadu_ps((__mmask16)((1u << (n)) - 1), p))
#define V_STORE_PART(p, v, n) _mm512_mask_storeu_ps(p, (__mmask16)((1u << (n)) - 1), (__m512)(v))
#define V_MADD(a, b, c) ((vf)_mm512_fmadd_ps((__m512)(a), (__m512)(b), (__m512)(c)))
#define V_SQRT(a) ((vf)_mm512_sqrt_ps((__m512)(a)))
#define V_PERMUTE(v, from) ((vf)_mm512_permutexvar_ps((__m512i)(from), (__m512)(v)))
