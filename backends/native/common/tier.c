/* Which tier a machine gets. */
#include "backends/native/common/tier.h"

extern const sard_tier sard_tier_sse2, sard_tier_avx2, sard_tier_avx512, sard_tier_neon;

const sard_tier *sard_tier_of(const sard_target *target)
{
#if defined(__x86_64__)
    if (target->isa & 1u << SARD_ISA_AVX512)
        return &sard_tier_avx512;
    if (target->isa & 1u << SARD_ISA_AVX2)
        return &sard_tier_avx2;
    if (target->isa & 1u << SARD_ISA_SSE2)
        return &sard_tier_sse2;
#elif defined(__aarch64__)
    if (target->isa & 1u << SARD_ISA_NEON)
        return &sard_tier_neon;
#endif
    (void)target;
    return NULL;
}
