/* The templates of the family, and its table for the tier that includes them. No guard: a file is one tier. */
#include "backends/native/pool/pool_template.h"

#define POOL_TABLE                                                         \
    {                                                                      \
        TIER(pool_max), TIER(pool_sum), TIER(global_max), TIER(global_sum) \
    }
