/* The baseline of x86-64: 16 registers of 4 floats; a product needs a register of its own. */
#define LANES 4
#define TIER(name) name##_sse2
/* Rows of a register tile that is 1, 2 or 3 vectors wide. */
#define TILE_ROWS_1 8
#define TILE_ROWS_2 5
#define TILE_ROWS_3 3
#define EACH_TILE_1(M) M(1, 1) M(2, 1) M(3, 1) M(4, 1) M(5, 1) M(6, 1) M(7, 1) M(8, 1)
#define EACH_TILE_2(M) M(1, 2) M(2, 2) M(3, 2) M(4, 2) M(5, 2)
#define EACH_TILE_3(M) M(1, 3) M(2, 3) M(3, 3)

#include <emmintrin.h>
#define TAILS 0
#define FUSED 0
#define V_KEEP(v) __asm__("" : "+x"(v))
#define V_FMA(sum, a, b)    \
    do {                    \
        (sum) += (a) * (b); \
        V_KEEP(sum);        \
    } while (0)
#define V_MAX(a, b) ((vf)_mm_max_ps((__m128)(a), (__m128)(b)))
#define V_MIN(a, b) ((vf)_mm_min_ps((__m128)(a), (__m128)(b)))
#define V_LARGER(best, x)                                                                       \
    ((vf)_mm_or_ps(_mm_and_ps(_mm_cmpunord_ps((__m128)(best), (__m128)(best)), (__m128)(best)), \
                   _mm_andnot_ps(_mm_cmpunord_ps((__m128)(best), (__m128)(best)), _mm_max_ps((__m128)(best), (__m128)(x)))))
#define V_MADD(a, b, c) ((a) * (b) + (c))
#define V_SQRT(a) ((vf)_mm_sqrt_ps((__m128)(a)))
