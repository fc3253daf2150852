/* Operators of domain com.microsoft in terms of the standard's: steps by file, and what they share. (ONNX Runtime, ContribOperators.md.) */
#ifndef SARD_FRONTENDS_ONNX_MICROSOFT_H
#define SARD_FRONTENDS_ONNX_MICROSOFT_H

#include "frontends/onnx/upgrade.h"

/* clang-format off */
#define SARD_MICROSOFT_STEP_LIST(X) \
    X(attention) X(multi_head_attention) X(q_attention) /* microsoft_attention.c */ \
    X(rotary_embedding) X(group_query_attention) /* microsoft_cache.c */ \
    X(matmul_integer_to_float) X(dynamic_quantize_matmul) X(q_embed_layer_norm) X(qlinear_where) X(mul_integer) X(matmul_integer_16) \
    X(reduce_sum_integer) /* microsoft_integer.c */ \
    X(matmul_nbits) X(gather_block_quantized) /* microsoft_bits.c */ \
    X(embed_layer_norm) X(group_norm) X(skip_group_norm) X(bias_add) X(bias_softmax) X(bias_split_gelu) /* microsoft_norm.c */ \
    X(bias_dropout) X(bitmask_dropout) X(expand_dims) X(gemm_fast_gelu) X(range) X(torch_embedding) X(unique) \
    X(conv_transpose_pads) /* microsoft_plain.c */
/* clang-format on */

#define X(name) void sard_microsoft_##name(sard_onnx_draft *draft);
SARD_MICROSOFT_STEP_LIST(X)
#undef X

/* Elements, scale and zero point (may be NULL) as floats. */
sard_value *sard_microsoft_floats(sard_onnx_draft *draft, const char *role, sard_value *data, sard_value *scale, sard_value *zero);

/* A product of integers as floats: (a - a_zero) (b - b_zero) a_scale b_scale + bias; NULL: no zero point, no bias. */
typedef struct sard_microsoft_product {
    sard_value *a, *b, *a_scale, *b_scale, *a_zero, *b_zero, *bias;
} sard_microsoft_product;
sard_value *sard_microsoft_multiply(sard_onnx_draft *draft, const sard_microsoft_product *p);

/* The sum of embeddings that layer normalisation is then applied to: segment values may be NULL; positions NULL: 0, 1, ... */
typedef struct sard_microsoft_embedding {
    sard_value *ids, *segments, *words, *places, *kinds, *gamma, *beta, *mask, *positions;
} sard_microsoft_embedding;
void sard_microsoft_embed(sard_onnx_draft *draft, const sard_microsoft_embedding *e);

/* Places 0, 1, ... of an axis, int64 of rank 1. */
sard_value *sard_microsoft_count(sard_onnx_draft *draft, const char *role, sard_value *length);

#endif
