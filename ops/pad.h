/* Attributes of Pad. */
#ifndef SARD_OPS_PAD_H
#define SARD_OPS_PAD_H

#include <stdint.h>

enum { SARD_PAD_CONSTANT, SARD_PAD_REFLECT, SARD_PAD_EDGE, SARD_PAD_WRAP };

typedef struct sard_pad {
    int64_t mode;
} sard_pad;

#endif
