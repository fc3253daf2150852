/* What a tier offers: the functions of every template, compiled for one instruction set, in a table for each family of kernels. Code
 * outside the tiers sees only this. */
#ifndef SARD_BACKENDS_NATIVE_COMMON_TIER_H
#define SARD_BACKENDS_NATIVE_COMMON_TIER_H

#include "backends/native/conv/table.h"
#include "backends/native/depthwise/table.h"
#include "backends/native/elementwise/functions.h"
#include "backends/native/gemm/table.h"
#include "backends/native/move/table.h"
#include "backends/native/normalise/lines.h"
#include "backends/native/pool/table.h"
#include "backends/native/winograd/table.h"

/* From row to row of the last dimension, in elements. */
static inline int64_t sard_row_of(const sard_tensor *tensor) { return tensor->ld ? tensor->ld : tensor->dims[tensor->rank - 1]; }

static inline int64_t sard_divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

typedef struct sard_tier {
    const char *name;
    int lanes;  /* floats in a vector */
    bool tails; /* tiles can leave lanes out */
    sard_gemm_table gemm;
    sard_conv_table conv;
    sard_depthwise_table depthwise;
    sard_winograd_table winograd;
    sard_pool_table pool;
    sard_elementwise_table elementwise;
    sard_lines_functions normalise;
    sard_move_table move;
} sard_tier;

/* The best tier of a machine; NULL where there is none. */
const sard_tier *sard_tier_of(const sard_target *target);

#endif
