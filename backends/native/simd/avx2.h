/* AVX2 and FMA: 16 registers of 8 floats. */
#define LANES 8
#define TIER(name) name##_avx2
/* Rows of a register tile that is 1, 2 or 3 vectors wide. */
#define TILE_ROWS_1 8
#define TILE_ROWS_2 6
#define TILE_ROWS_3 4
#define EACH_TILE_1(M) M(1, 1) M(2, 1) M(3, 1) M(4, 1) M(5, 1) M(6, 1) M(7, 1) M(8, 1)
#define EACH_TILE_2(M) M(1, 2) M(2, 2) M(3, 2) M(4, 2) M(5, 2) M(6, 2)
#define EACH_TILE_3(M) M(1, 3) M(2, 3) M(3, 3) M(4, 3)

#include <immintrin.h>
#define TAILS 0
#define FUSED 1
#define V_KEEP(v) __asm__("" : "+x"(v))
#define V_FMA(sum, a, b) __asm__("vfmadd231ps %2, %1, %0" : "+x"(sum) : "x"(a), "x"(b))
#define V_MAX(a, b) ((vf)_mm256_max_ps((__m256)(a), (__m256)(b)))
#define V_MIN(a, b) ((vf)_mm256_min_ps((__m256)(a), (__m256)(b)))
#define V_LARGER(best, x)                                                             \
    ((vf)_mm256_blendv_ps(_mm256_max_ps((__m256)(best), (__m256)(x)), (__m256)(best), \
                          _mm256_cmp_ps((__m256)(best), (__m256)(best), _CMP_UNORD_Q)))
#define V_PART_MASK(n) _mm256_cmpgt_epi32(_mm256_set1_epi32((int)(n)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7))
#define V_LOAD_PART(p, n) ((vf)_mm256_maskload_ps(p, V_PART_MASK(n)))
#define V_STORE_PART(p, v, n) _mm256_maskstore_ps(p, V_PART_MASK(n), (__m256)(v))
#define V_MADD(a, b, c) ((vf)_mm256_fmadd_ps((__m256)(a), (__m256)(b), (__m256)(c)))
#define V_SQRT(a) ((vf)_mm256_sqrt_ps((__m256)(a)))
#define V_PERMUTE(v, from) ((vf)_mm256_permutevar8x32_ps((__m256)(v), (__m256i)(from)))
