/* Attributes of Gemm. */
#ifndef SARD_OPS_GEMM_H
#define SARD_OPS_GEMM_H

#include "ops/lib/util.h"

typedef struct sard_gemm_attrs {
    float alpha, beta;
    int64_t transA, transB;
} sard_gemm_attrs;

#endif
