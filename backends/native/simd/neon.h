/* NEON of aarch64: 32 registers of 4 floats. */
#define LANES 4
#define TIER(name) name##_neon
/* Rows of a register tile that is 1, 2 or 3 vectors wide. */
#define TILE_ROWS_1 8
#define TILE_ROWS_2 8
#define TILE_ROWS_3 6
#define EACH_TILE_1(M) M(1, 1) M(2, 1) M(3, 1) M(4, 1) M(5, 1) M(6, 1) M(7, 1) M(8, 1)
#define EACH_TILE_2(M) M(1, 2) M(2, 2) M(3, 2) M(4, 2) M(5, 2) M(6, 2) M(7, 2) M(8, 2)
#define EACH_TILE_3(M) M(1, 3) M(2, 3) M(3, 3) M(4, 3) M(5, 3) M(6, 3)

#include <arm_neon.h>
#define TAILS 0
#define FUSED 1
#define V_KEEP(v) __asm__("" : "+w"(v))
#define V_FMA(sum, a, b) ((sum) = (vf)vfmaq_f32((float32x4_t)(sum), (float32x4_t)(a), (float32x4_t)(b)))
#define V_MAX(a, b) ((vf)vmaxq_f32((float32x4_t)(a), (float32x4_t)(b)))
#define V_MIN(a, b) ((vf)vminq_f32((float32x4_t)(a), (float32x4_t)(b)))
#define V_LARGER(best, x) ((vf)vmaxq_f32((float32x4_t)(best), (float32x4_t)(x)))
#define V_MADD(a, b, c) ((vf)vfmaq_f32((float32x4_t)(c), (float32x4_t)(a), (float32x4_t)(b)))
#define V_SQRT(a) ((vf)vsqrtq_f32((float32x4_t)(a)))
