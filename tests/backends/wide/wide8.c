/* Every template, 8 lanes wide, in baseline instructions. */
#define LANES 8
#define TIER(name) name##_wide8
#include "tests/backends/wide/vectors.h"
#define TIER_NAME "wide8"
#include "backends/native/tiers/tier.inc"
