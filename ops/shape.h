/* Attributes of Shape, and the dims that it takes. */
#ifndef SARD_OPS_SHAPE_H
#define SARD_OPS_SHAPE_H

#include <stdint.h>

/* As they were given; the defaults are 0 and INT64_MAX. */
typedef struct sard_shape {
    int64_t start, end;
} sard_shape;

/* How many dims of that rank, from *first on. */
int sard_shape_taken(const sard_shape *attrs, int rank, int *first);

#endif
