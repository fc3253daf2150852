/* Operators of domain com.microsoft, which files that ONNX Runtime has optimised are full of: several of the standard's in one. They are
 * taken apart again, for passes and backends know the parts. (Its documentation: ContribOperators.md.) */
#include "frontends/onnx/microsoft.h"

#include <string.h>

#define QLINEAR(op, name)                                   \
    {                                                       \
        op, SARD_ONNX_ANY_VERSION, sard_onnx_qlinear_##name \
    }
#define STEP(op, name)                                   \
    {                                                    \
        op, SARD_ONNX_ANY_VERSION, sard_microsoft_##name \
    }
#define FUSED(op, name)                 \
    {                                   \
        op, SARD_ONNX_ANY_VERSION, name \
    }

/* ---- activations ---- */

/* What an activation of a fused operator is called, and its parameters: attributes, or inputs of Clip. */
typedef struct activation {
    const char *name;
    bool as_inputs;
    const char *params[3];
} activation;

static const activation activations[] = {
    {"Relu", false, {NULL}},
    {"Tanh", false, {NULL}},
    {"Sigmoid", false, {NULL}},
    {"Softplus", false, {NULL}},
    {"Softsign", false, {NULL}},
    {"HardSwish", false, {NULL}},
    {"LeakyRelu", false, {"alpha"}},
    {"Elu", false, {"alpha"}},
    {"ThresholdedRelu", false, {"alpha"}},
    {"HardSigmoid", false, {"alpha", "beta"}},
    {"Selu", false, {"alpha", "gamma"}},
    {"Clip", true, {"min", "max"}},
};

static const activation *find_activation(sard_onnx_draft *draft, sard_string word)
{
    for (size_t i = 0; i < sizeof activations / sizeof *activations; i++)
        if (strlen(activations[i].name) == word.size && !memcmp(activations[i].name, word.data, word.size))
            return &activations[i];
    sard_onnx_draft_fail(draft, SARD_UNSUPPORTED, "activation '%.*s' is not supported", (int)(word.size < 64 ? word.size : 64), word.data);
    return NULL;
}

/* The rest of the draft is the activation of `value`. */
static void end_with(sard_onnx_draft *draft, const activation *a, sard_value *value, const float *params, size_t count)
{
    draft->op = a->name;
    sard_onnx_set_input(draft, 0, value);
    for (size_t i = 0; i < 3 && i < count && a->params[i]; i++)
        if (a->as_inputs)
            sard_onnx_set_input(draft, 1 + i, sard_onnx_scalar(draft, a->params[i], SARD_F32, (double)params[i]));
        else
            sard_onnx_set_float(draft, a->params[i], params[i]);
}

static const activation *take_activation(sard_onnx_draft *draft)
{
    sard_attr word;
    if (!sard_onnx_take_attr(draft, "activation", SARD_ATTR_STRING, &word) || !word.s.size)
        return NULL;
    return find_activation(draft, word.s);
}

/* Conv, then plus Z where there is one, then the activation. */
static void fused_conv(sard_onnx_draft *draft)
{
    sard_attr params = {.count = 0};
    const activation *a = take_activation(draft);
    sard_value *z = sard_onnx_input(draft, 3);
    sard_onnx_take_attr(draft, "activation_params", SARD_ATTR_FLOATS, &params);
    sard_onnx_cut_inputs(draft, 3);
    draft->domain = "";
    draft->op = "Conv";
    if (!z && !a)
        return;
    sard_value *result = sard_onnx_split(draft, "conv");
    if (z && a) {
        sard_value *const both[] = {result, z};
        result = sard_onnx_node_before(draft, "Add", "sum", both, 2, NULL, 0);
    }
    if (a) {
        end_with(draft, a, result, params.floats, params.count);
        return;
    }
    draft->op = "Add";
    sard_onnx_set_input(draft, 0, result);
    sard_onnx_set_input(draft, 1, z);
}

/* activation_alpha, _beta and _gamma as far as they are given; returns their number. */
static size_t take_params(sard_onnx_draft *draft, float params[2])
{
    static const char *const names[] = {"activation_alpha", "activation_beta", "activation_gamma"};
    size_t count = 0;
    for (size_t i = 0; i < 3; i++) {
        const bool given = sard_onnx_attr(draft, names[i], SARD_ATTR_FLOAT) != NULL;
        const float param = sard_onnx_take_float(draft, names[i], 0);
        if (given && count < 2)
            params[count++] = param;
    }
    return count;
}

static void fused_gemm(sard_onnx_draft *draft)
{
    float params[2];
    const activation *a = take_activation(draft);
    const size_t count = take_params(draft, params);
    draft->domain = "";
    draft->op = "Gemm";
    if (a)
        end_with(draft, a, sard_onnx_split(draft, "gemm"), params, count);
}

/* ---- FusedMatMul, TransposeMatMul: y = alpha A B, either with its last two dims swapped ---- */

/* transBatch: the first dim is the matrix's row, and the batch comes after it. */
static void arrange(sard_onnx_draft *draft, size_t i, const char *flag, const char *batch_flag, const char *role)
{
    int64_t perm[SARD_MAX_RANK];
    const bool swap = sard_onnx_take_int(draft, flag, 0), batch = sard_onnx_take_int(draft, batch_flag, 0);
    sard_value *value = sard_onnx_typed_input(draft, i);
    if (!swap && !batch)
        return;
    if (!value || value->rank < 0) {
        sard_onnx_draft_fail(draft, SARD_UNSUPPORTED, "%s needs an input of known rank", swap ? flag : batch_flag);
        return;
    }
    if (value->rank < 2)
        return; /* a vector has nothing to swap */
    const int row = value->rank - 2, last = value->rank - 1;
    for (int k = 0; k < row; k++)
        perm[k] = batch ? k + 1 : k;
    perm[row] = batch ? 0 : row;
    perm[last] = last;
    if (swap) {
        const int64_t other = perm[row];
        perm[row] = perm[last];
        perm[last] = other;
    }
    sard_onnx_set_input(draft, i, sard_onnx_transpose(draft, role, value, perm, (size_t)value->rank));
}

static void fused_matmul(sard_onnx_draft *draft)
{
    const float alpha = sard_onnx_take_float(draft, "alpha", 1);
    arrange(draft, 0, "transA", "transBatchA", "a");
    arrange(draft, 1, "transB", "transBatchB", "b");
    draft->domain = "";
    draft->op = "MatMul";
    if (alpha == 1)
        return;
    const sard_value *a = sard_onnx_typed_input(draft, 0);
    sard_value *product = sard_onnx_split(draft, "product");
    const bool number = a && sard_dtype_is_float(a->dtype);
    draft->op = "Mul";
    sard_onnx_set_input(draft, 0, product);
    sard_onnx_set_input(draft, 1, sard_onnx_scalar(draft, "alpha", number ? a->dtype : SARD_F32, (double)alpha));
}

static void fused_matmul_activation(sard_onnx_draft *draft)
{
    float params[2];
    const activation *a = take_activation(draft);
    const size_t count = take_params(draft, params);
    sard_onnx_drop_attr(draft, "activation_axis");
    fused_matmul(draft);
    if (a)
        end_with(draft, a, sard_onnx_split(draft, "matmul"), params, count);
}

/* ---- SkipLayerNormalization: of x + skip + bias, which is output 3 ---- */

static void skip_norm(sard_onnx_draft *draft, const char *op, size_t params)
{
    sard_value *const terms[] = {sard_onnx_input(draft, 0), sard_onnx_input(draft, 1)};
    sard_value *bias = sard_onnx_input(draft, 2 + params), *sum = sard_onnx_node_before(draft, "Add", "sum", terms, 2, NULL, 0);
    sard_value *const biased[] = {sum, bias};
    if (bias)
        sum = sard_onnx_node_before(draft, "Add", "biased", biased, 2, NULL, 0);
    for (size_t i = 1; i < draft->output_count && i < 3; i++)
        if (*draft->outputs[i])
            sard_onnx_draft_fail(draft, SARD_UNSUPPORTED, "output %zu is not supported", i);
    if (!sard_onnx_attr(draft, "epsilon", SARD_ATTR_FLOAT))
        sard_onnx_set_float(draft, "epsilon", 1e-12f);
    sard_onnx_set_input(draft, 0, sum);
    for (size_t i = 1; i <= params; i++)
        sard_onnx_set_input(draft, i, sard_onnx_input(draft, i + 1));
    sard_onnx_cut_inputs(draft, 1 + params);
    draft->known[3] = sum;
    draft->output_count = 1;
    draft->domain = "";
    draft->op = op;
}

static void skip_layer_norm(sard_onnx_draft *draft) { skip_norm(draft, "LayerNormalization", 2); }
static void skip_rms_norm(sard_onnx_draft *draft) { skip_norm(draft, "RMSNormalization", 1); }

/* ---- the same as in the standard ---- */

static void as_standard(sard_onnx_draft *draft)
{
    draft->domain = "";
    draft->version = SARD_ONNX_ANY_VERSION - 1;
}

static void qlinear_conv(sard_onnx_draft *draft)
{
    const int rank = sard_onnx_enter_nhwc(draft, false);
    as_standard(draft);
    sard_onnx_leave_nhwc(draft, rank);
}

/* NhwcConv, NhwcFusedConv: input, Z and result have their channels last. */
static void nhwc_conv(sard_onnx_draft *draft)
{
    static const int64_t to_first[] = {0, 3, 1, 2};
    const int rank = sard_onnx_enter_nhwc(draft, true);
    sard_value *z = sard_onnx_input(draft, 3);
    if (z && rank != 4)
        sard_onnx_draft_fail(draft, SARD_UNSUPPORTED, "Z needs an input of 4 dims");
    if (z)
        sard_onnx_set_input(draft, 3, sard_onnx_transpose(draft, "z", z, to_first, 4));
    fused_conv(draft);
    sard_onnx_leave_nhwc(draft, rank);
}

static void nhwc_max_pool(sard_onnx_draft *draft)
{
    const int rank = sard_onnx_enter_nhwc(draft, true);
    as_standard(draft);
    draft->op = "MaxPool";
    sard_onnx_leave_nhwc(draft, rank);
}

const sard_onnx_upgrade sard_onnx_microsoft[] = {
    STEP("Attention", attention),
    STEP("BiasAdd", bias_add),
    STEP("BiasDropout", bias_dropout),
    STEP("BiasSoftmax", bias_softmax),
    STEP("BiasSplitGelu", bias_split_gelu),
    STEP("BitmaskDropout", bitmask_dropout),
    STEP("ConvTransposeWithDynamicPads", conv_transpose_pads),
    FUSED("DequantizeLinear", as_standard),
    STEP("DynamicQuantizeMatMul", dynamic_quantize_matmul),
    STEP("EmbedLayerNormalization", embed_layer_norm),
    STEP("ExpandDims", expand_dims),
    FUSED("FusedConv", fused_conv),
    FUSED("FusedGemm", fused_gemm),
    FUSED("FusedMatMul", fused_matmul),
    FUSED("FusedMatMulActivation", fused_matmul_activation),
    STEP("GatherBlockQuantized", gather_block_quantized),
    FUSED("GatherND", as_standard),
    STEP("GemmFastGelu", gemm_fast_gelu),
    FUSED("GridSample", sard_onnx_step_grid_sample),
    FUSED("GridSample", as_standard),
    STEP("GroupNorm", group_norm),
    STEP("GroupQueryAttention", group_query_attention),
    STEP("MatMulInteger16", matmul_integer_16),
    STEP("MatMulIntegerToFloat", matmul_integer_to_float),
    STEP("MatMulNBits", matmul_nbits),
    STEP("MulInteger", mul_integer),
    STEP("MultiHeadAttention", multi_head_attention),
    FUSED("NhwcConv", nhwc_conv),
    FUSED("NhwcFusedConv", nhwc_conv),
    FUSED("NhwcMaxPool", nhwc_max_pool),
    FUSED("Pad", as_standard),
    STEP("QAttention", q_attention),
    STEP("QEmbedLayerNormalization", q_embed_layer_norm),
    FUSED("QGemm", sard_onnx_qgemm),
    FUSED("QLinearConv", qlinear_conv),
    STEP("QLinearWhere", qlinear_where),
    FUSED("QuantizeLinear", as_standard),
    STEP("Range", range),
    STEP("ReduceSumInteger", reduce_sum_integer),
    STEP("RotaryEmbedding", rotary_embedding),
    STEP("SkipGroupNorm", skip_group_norm),
    FUSED("SkipLayerNormalization", skip_layer_norm),
    FUSED("SkipSimplifiedLayerNormalization", skip_rms_norm),
    STEP("TorchEmbedding", torch_embedding),
    FUSED("TransposeMatMul", fused_matmul),
    FUSED("Trilu", as_standard),
    STEP("Unique", unique),
    QLINEAR("QLinearAdd", add),
    QLINEAR("QLinearAveragePool", average_pool),
    QLINEAR("QLinearConcat", concat),
    QLINEAR("QLinearGlobalAveragePool", global_average_pool),
    QLINEAR("QLinearLeakyRelu", leaky_relu),
    QLINEAR("QLinearMul", mul),
    QLINEAR("QLinearReduceMean", reduce_mean),
    QLINEAR("QLinearSigmoid", sigmoid),
    QLINEAR("QLinearSoftmax", softmax),
    {NULL, 0, NULL},
};
