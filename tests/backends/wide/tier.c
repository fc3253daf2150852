/* In place of backends/native/common/tier.c, whatever the machine has: SARD_ISA=sse2 means 8 floats, any other 16. */
#include "backends/native/common/tier.h"

#include <stdlib.h>
#include <string.h>

extern const sard_tier sard_tier_wide8, sard_tier_wide16;

const sard_tier *sard_tier_of(const sard_target *target)
{
    const char *isa = getenv("SARD_ISA");
    (void)target;
    return isa && !strcmp(isa, "sse2") ? &sard_tier_wide8 : &sard_tier_wide16;
}
