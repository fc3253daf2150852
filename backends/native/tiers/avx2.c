/* Every template for avx2. */
#include "backends/native/simd/avx2.h"
#define TIER_NAME "avx2"
#include "backends/native/tiers/tier.inc"
