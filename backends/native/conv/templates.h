/* The templates of the family, and its table for the tier that includes them. No guard: a file is one tier. */
#include "backends/native/conv/stem_template.h"

#define CONV_TABLE     \
    {                  \
        {              \
            STEM_ENTRY \
        }              \
    }
