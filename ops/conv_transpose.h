/* Attributes and window of ConvTranspose. */
#ifndef SARD_OPS_CONV_TRANSPOSE_H
#define SARD_OPS_CONV_TRANSPOSE_H

#include "ops/lib/util.h"

/* auto_pad: SARD_AUTO_*. */
typedef struct sard_conv_transpose_attrs {
    int64_t group, auto_pad;
    sard_ints kernel_shape, strides, dilations, pads, output_padding, output_shape;
} sard_conv_transpose_attrs;

/* Of a node whose X and W have known ranks: begin and end are the pads, which take away from the result; out is its size. */
sard_status sard_conv_transpose_window(const sard_node *node, sard_window *out, sard_error *error) SARD_MUST_USE;

#endif
