/* Vectors of a tier. The tier's header stands before it and says how wide they are.
 *
 * No guard: a file is one tier. Everything is GNU C vector types; what those cannot say is a macro of the tier's header:
 * V_FMA(sum, a, b)  sum += a * b in one rounding where the tier has it; written so that the compiler keeps the sum in its register
 * V_MADD(a, b, c)  a * b + c, likewise, as a value; V_SQRT(a)
 * FUSED             1 where V_MADD has one rounding
 * V_KEEP(v)         stops the compiler from moving v to another register or to memory
 * V_MAX, V_MIN      (a > b ? a : b), NaN where b is NaN
 * V_LARGER(best, x) the larger one; NaN is larger than any number
 * V_PERMUTE(v, from) lane i is lane from[i] of v; not in tiers of 4 lanes
 * V_LOAD_PART, V_STORE_PART  where the tier has better than a copy through memory
 * TAILS             1 where these take no vector register, so that register tiles may end in a part of a vector
 * NOTHING_UNROLLED  where speed does not count, and building is to be quick */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef float vf __attribute__((vector_size(LANES * 4), may_alias));
typedef int32_t vi __attribute__((vector_size(LANES * 4), may_alias));
typedef float vf_anywhere __attribute__((vector_size(LANES * 4), aligned(1), may_alias));

#define ALWAYS_INLINE static inline __attribute__((always_inline, unused))
#if defined(NOTHING_UNROLLED)
#define UNROLL
#define ROLLED
#elif defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#define ROLLED _Pragma("clang loop unroll(disable)")
#else
#define UNROLL _Pragma("GCC unroll 64")
#define ROLLED _Pragma("GCC unroll 1")
#endif

/* Hides where a value comes from, so that the compiler computes it anew instead of keeping derived ones on the stack. */
#define HIDE(p) __asm__("" : "+r"(p))

/* Loads stay on their side of it: else some are moved up until registers run out. */
#define IN_ORDER __asm__ volatile("" ::: "memory")

ALWAYS_INLINE vf v_load(const float *p) { return *(const vf_anywhere *)p; }
ALWAYS_INLINE void v_store(float *p, vf v) { *(vf_anywhere *)p = v; }
ALWAYS_INLINE vf v_all(float s) { return s - (vf){0}; }

/* The first n of LANES floats; the others are 0, and are not touched. */
ALWAYS_INLINE vf v_load_part(const float *p, int64_t n)
{
#ifdef V_LOAD_PART
    return V_LOAD_PART(p, n);
#else
    vf v = {0};
    memcpy(&v, p, (size_t)n * sizeof *p);
    return v;
#endif
}

ALWAYS_INLINE void v_store_part(float *p, vf v, int64_t n)
{
#ifdef V_STORE_PART
    V_STORE_PART(p, v, n);
#else
    memcpy(p, &v, (size_t)n * sizeof *p);
#endif
}
