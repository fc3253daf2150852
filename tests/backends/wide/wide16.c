/* Every template, 16 lanes wide, in baseline instructions. */
#define LANES 16
#define TIER(name) name##_wide16
#include "tests/backends/wide/vectors.h"
#define TIER_NAME "wide16"
#include "backends/native/tiers/tier.inc"
