/* Every template for avx512. */
#include "backends/native/simd/avx512.h"
#define TIER_NAME "avx512"
#include "backends/native/tiers/tier.inc"
