/* Every template for sse2. */
#include "backends/native/simd/sse2.h"
#define TIER_NAME "sse2"
#include "backends/native/tiers/tier.inc"
