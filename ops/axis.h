/* Operators that work along an axis: their attributes, and the axis counted from the front. */
#ifndef SARD_OPS_AXIS_H
#define SARD_OPS_AXIS_H

#include "ir/graph.h"

typedef struct sard_concat {
    int64_t axis;
} sard_concat;

typedef struct sard_split {
    int64_t axis, num_outputs; /* 0: not given */
} sard_split;

typedef struct sard_gather {
    int64_t axis;
} sard_gather;

typedef struct sard_flatten {
    int64_t axis;
} sard_flatten;

/* Of Softmax, LogSoftmax and Hardmax. */
typedef struct sard_softmax {
    int64_t axis;
} sard_softmax;

typedef struct sard_lp_normalization {
    int64_t axis, p;
} sard_lp_normalization;

/* Of ArgMax and ArgMin. */
typedef struct sard_arg {
    int64_t axis, keepdims, select_last_index;
} sard_arg;

/* Of QuantizeLinear; DequantizeLinear has the first three. */
typedef struct sard_quantize {
    int64_t axis, block_size, output_dtype, precision, saturate;
} sard_quantize;

/* The axis of a node of one of these operators, whose input 0 has a rank; that of a Flatten may be the rank. */
int sard_axis_of(const sard_node *node);
/* Another one, in a copy of the attributes that is the node's own. False when memory runs out. */
bool sard_set_axis(sard_node *node, int axis);

/* The place that a Gather takes, where its indices are one number that is known and inside; false: they are not. */
bool sard_gather_place(const sard_node *node, int64_t *place);

#endif
