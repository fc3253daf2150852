/* Orders of dimensions. */
#ifndef SARD_IR_ORDER_H
#define SARD_IR_ORDER_H

#include "ir/graph.h"

/* Dimension i of the result is dimension axis[i] of what is permuted, as Transpose has it. */
typedef struct sard_perm {
    int rank;
    int axis[SARD_MAX_RANK];
} sard_perm;

/* N, spatial..., C -> N, C, spatial... and the other way round. */
sard_perm sard_perm_to_nchw(int rank);
sard_perm sard_perm_to_nhwc(int rank);
sard_perm sard_perm_inverse(const sard_perm *p);
/* `first`, then `second`, in one. */
sard_perm sard_perm_then(const sard_perm *first, const sard_perm *second);
/* Of what is left when the axes of `mask`, numbered as in the result, are gone on both sides. */
sard_perm sard_perm_without(const sard_perm *p, uint32_t mask);
bool sard_perm_same(const sard_perm *a, const sard_perm *b);
bool sard_perm_is_identity(const sard_perm *p);
/* Does it turn all dimensions but the first one around, as between channels first and channels last? */
bool sard_perm_turns(const sard_perm *p);
/* Keeps every element where it is: the dimensions other than 1 stay in order. */
bool sard_perm_moves_nothing(const sard_perm *p, const sard_value *value);

#endif
