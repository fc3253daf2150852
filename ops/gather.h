/* Attributes of Gather. */
#ifndef SARD_OPS_GATHER_H
#define SARD_OPS_GATHER_H

#include <stdint.h>

typedef struct sard_gather {
    int64_t axis;
} sard_gather;

#endif
