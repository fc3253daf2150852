/* What MaxPool, AveragePool and LpPool share. */
#ifndef SARD_OPS_POOL_H
#define SARD_OPS_POOL_H

#include "ops/lib/slide.h"

/* auto_pad: SARD_AUTO_*. count_include_pad: of AveragePool; storage_order: of MaxPool; p: of LpPool. */
typedef struct sard_pool_attrs {
    int64_t auto_pad, ceil_mode, count_include_pad, storage_order, p;
    sard_ints kernel_shape, strides, dilations, pads;
} sard_pool_attrs;

#define SARD_POOL_ATTRS                                                                                                              \
    SARD_CHOICE(sard_pool_attrs, auto_pad, "NOTSET", sard_auto_pad_words), SARD_INT(sard_pool_attrs, ceil_mode, 0),                  \
        {.name = "kernel_shape", .kind = SARD_ATTR_INTS, .flags = SARD_REQUIRED, .offset = offsetof(sard_pool_attrs, kernel_shape)}, \
        SARD_LIST(sard_pool_attrs, strides), SARD_LIST(sard_pool_attrs, dilations), SARD_LIST(sard_pool_attrs, pads)

/* The window of a pool whose X has a known rank, as kernels need it too. */
sard_status sard_pool_window(const sard_node *node, sard_window *out, sard_error *error) SARD_MUST_USE;
/* Outputs 0, and 1 if it is wanted, like X with as many places as there are windows. */
sard_status sard_pool_infer(sard_node *node, sard_error *error) SARD_MUST_USE;
/* sard_op.work of pools: every tap of every window. */
double sard_pool_work(const sard_node *node);

/* Evaluation of a row of results at a time. */
typedef struct sard_pool_job {
    const sard_pool_attrs *attrs;
    sard_window window;
    sard_spatial x, y;
    sard_dtype dtype;
    const void *in;
    void *out;
    int64_t *indices; /* of MaxPool; NULL: not wanted */
} sard_pool_job;

/* Calls work(job, n * C + c) for each channel of each image, on several threads. */
sard_status sard_pool_slide(const sard_call *call, void (*work)(void *job, size_t channel)) SARD_MUST_USE;

#endif
