/* The templates of the family, and its table for the tier that includes them. No guard: a file is one tier. */
#include "backends/native/winograd/winograd_template.h"
#include "backends/native/winograd/winograd_weights_template.h"

#define WINOGRAD_TABLE                                                                                                                     \
    {                                                                                                                                      \
        .weights = TIER(winograd_weights), .in = {SARD_WINOGRAD_LIST(WINOGRAD_IN_ENTRY)}, .out = {SARD_WINOGRAD_LIST(WINOGRAD_OUT_ENTRY)}, \
    }
