/* What Conv and its relatives share: attributes, the window of a node, the sums. */
#ifndef SARD_OPS_CONV_H
#define SARD_OPS_CONV_H

#include "ops/lib/util.h"

/* Of Conv, ConvInteger and QLinearConv. auto_pad: SARD_AUTO_*. */
typedef struct sard_conv_attrs {
    int64_t group, auto_pad;
    sard_ints kernel_shape, strides, dilations, pads;
} sard_conv_attrs;
extern const sard_attr_spec sard_conv_attr_specs[];

/* The window of a Conv or ConvInteger whose X and W have known shapes, as kernels need it. */
sard_status sard_conv_window(const sard_node *node, sard_window *out, sard_error *error) SARD_MUST_USE;

/* infer for X at input x and W at input w; the result has type `dtype`. */
sard_status sard_conv_infer(sard_node *node, size_t x, size_t w, sard_dtype dtype, sard_error *error) SARD_MUST_USE;

/* Whether input i, if it is there, is a vector of W's M output channels; `one`: or a single element. */
sard_status sard_conv_check_vector(const sard_node *node, size_t i, int64_t m, bool one, const char *what, sard_error *error) SARD_MUST_USE;

/* What a Conv's sums become: n doubles of output channel m, in place. */
typedef void sard_conv_finish(const void *arg, int64_t m, double *sums, int64_t n);

/* How to evaluate: zeros (w_zeros: one element or M, integral; NULL: none) and what to do with the sums. */
typedef struct sard_conv_parts {
    const sard_tensor *x, *w;
    int64_t x_zero;
    const sard_tensor *w_zeros;
    sard_conv_finish *finish;
    const void *arg;
} sard_conv_parts;
sard_status sard_conv_eval(const sard_call *call, const sard_conv_parts *parts) SARD_MUST_USE;

/* Multiply-adds of a result `y` whose elements take the taps and channels of weights `w` (its dims but the first). */
double sard_conv_macs_of(const sard_value *y, const sard_value *w);

#endif
