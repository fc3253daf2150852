/* The templates of the family, and its table for the tier that includes them. No guard: a file is one tier. */
#include "backends/native/move/interleave_template.h"
#include "backends/native/move/mix_template.h"

#define MOVE_TABLE                                            \
    {                                                         \
        TIER(mix), { TIER(interleave_2), TIER(interleave_3) } \
    }
