/* Attributes of Concat. */
#ifndef SARD_OPS_CONCAT_H
#define SARD_OPS_CONCAT_H

#include <stdint.h>

typedef struct sard_concat {
    int64_t axis;
} sard_concat;

#endif
