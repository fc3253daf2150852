/* An inverted residual (Sandler and others, "MobileNetV2", 2018) or a part of one: [1x1 convolution] depthwise convolution [1x1
 * convolution], a few rows at a time, so that the wide tensor between them stays in a cache. Each result is summed as the kernels of its
 * own would sum it. */
#ifndef SARD_BACKENDS_NATIVE_CONV_CHAIN_H
#define SARD_BACKENDS_NATIVE_CONV_CHAIN_H

#include "backends/native/depthwise/depthwise.h"
#include "backends/native/gemm/product.h"

/* The nodes; expand and project may be NULL, but not both. */
typedef struct sard_chain_nodes {
    const sard_node *expand, *depthwise, *project;
} sard_chain_nodes;

/* A 1x1 convolution. */
typedef struct sard_pointwise {
    sard_panels panels;
    int64_t k;
    const float *weights, *bias;
    sard_post post;
    size_t first; /* of the step's inputs: the convolution's own ones begin there */
} sard_pointwise;

/* What a plan knows; distances in floats. */
typedef struct sard_chain {
    sard_chain_nodes nodes;
    sard_depthwise d; /* its x_row and y_row: of the ring and of `made` where there are such */
    const float *depthwise_weights, *depthwise_bias;
    size_t depthwise_first; /* as sard_pointwise.first */
    sard_pointwise expand, project;
    int64_t band, ring;   /* rows of the depthwise result made at once; rows of its input that are kept for that */
    size_t x;             /* the input that the first convolution reads */
    int64_t x_row, y_row; /* from pixel to pixel */
    int64_t pieces;       /* of a picture */
} sard_chain;

/* What a run brings. */
typedef struct sard_chain_job {
    const sard_chain *plan;
    sard_depthwise_job d;
    const float *x;
    float *y;
    const sard_tensor *inputs;
} sard_chain_job;

/* The geometry; the rest is set where the chain is bound. */
sard_status sard_chain_of(const sard_chain_nodes *nodes, const sard_target *target, sard_chain *out, sard_error *error);

/* Floats of a piece of work: the ring, and the rows after it. */
int64_t sard_chain_ring(const sard_chain *c);
int64_t sard_chain_scratch(const sard_chain *c);

/* Rows first .. end-1 of the depthwise result of picture n, and what follows from them. */
void sard_chain_run(const sard_chain_job *job, int64_t n, int64_t first, int64_t end, float *scratch);

#endif
