/* The templates of the family, and its table for the tier that includes them. No guard: a file is one tier. */
#include "backends/native/depthwise/depthwise_template.h"

#define DEPTHWISE_TABLE                                                                                                       \
    {                                                                                                                         \
        .tiles = {EACH_DEPTHWISE(DEPTHWISE_ENTRY)}, .grouped = {EACH_GROUPED_4(GROUPED_ENTRY) EACH_GROUPED_8(GROUPED_ENTRY)}, \
        .plain = TIER(depthwise_plain_4), .plain_one = TIER(depthwise_plain_1),                                               \
    }
