/* What passes that fill epilogues agree on. */
#ifndef SARD_PASSES_LIB_FUSE_H
#define SARD_PASSES_LIB_FUSE_H

#include "ops/ops.h"

/* Whether a node is an Add, Sub, Mul or Div. */
bool sard_is_arithmetic(const sard_node *node);

/* Whether a node (may be NULL) makes sums of products. */
bool sard_makes_sums(const sard_node *node);
/* Whether its epilogue may be filled, too. */
bool sard_takes_epilogue(const sard_node *node);

/* Whether the result has the shape of x, known or not: the other operand adds nothing to it by broadcasting. */
bool sard_keeps_shape(const sard_value *x, const sard_value *other, const sard_value *result);

/* Whether a node is an activation that its operand's producer can take in. */
bool sard_can_fuse_activation(const sard_node *node);

#endif
