/* Attributes of Transpose. */
#ifndef SARD_OPS_TRANSPOSE_H
#define SARD_OPS_TRANSPOSE_H

#include "ir/order.h"

/* Dimension i of the result is dimension perm[i] of the input; not given: they are reversed. */
typedef struct sard_transpose {
    sard_ints perm;
} sard_transpose;

static inline int sard_transpose_axis(const sard_transpose *attrs, int rank, int i)
{
    return attrs->perm.data ? (int)attrs->perm.data[i] : rank - 1 - i;
}

/* The order of a Transpose whose input has a rank. */
sard_perm sard_perm_of(const sard_node *transpose);

#endif
