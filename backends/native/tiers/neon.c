/* Every template for neon. */
#include "backends/native/simd/neon.h"
#define TIER_NAME "neon"
#include "backends/native/tiers/tier.inc"
