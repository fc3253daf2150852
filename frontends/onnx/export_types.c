/* Element types that operators take only since a later opset; told in Changelog.md of the ONNX repository. */
#include "frontends/onnx/export.h"

#include <string.h>

/* What takes types for storage, but float8. */
#define MOVEMENT                                                                                                        \
    " Cast CastLike Constant ConstantOfShape DequantizeLinear Flatten Identity If Loop Pad QuantizeLinear Reshape Scan" \
    " Shape Size Squeeze Transpose Unsqueeze "

/* ops: names, each between spaces. Types that the operators had at opset 13 are not listed. */
static const struct {
    int since;
    uint32_t types;
    const char *ops;
} admitted[] = {
    {14, SARD_SET(BF16), " BatchNormalization "},
    {14, SARD_SET(BF16) | SARD_SET(F16), " CumSum "},
    {14, SARD_SET_SIGNED, " Relu "},
    {14, SARD_SET(I8) | SARD_SET(I16) | SARD_SET(U8) | SARD_SET(U16), " Add Div Mul Sub "},
    {16, SARD_SET(BF16), " GreaterOrEqual If LeakyRelu LessOrEqual Loop PRelu Scan Where "},
    {18, SARD_SET(F16) | SARD_SET(F32) | SARD_SET(F64) | SARD_SET_SIGNED | SARD_SET_UNSIGNED | SARD_SET(STRING) | SARD_SET(BOOL),
     " OptionalHasElement "},
    {19, SARD_SET(BF16) | SARD_SET(F16), " DequantizeLinear QuantizeLinear "},
    {19, SARD_SET(STRING), " Equal "},
    {19, SARD_SET_FLOAT8, " Cast CastLike Constant DequantizeLinear Identity If Loop QuantizeLinear Reshape Scan Shape Size "},
    {20, SARD_SET(BF16) | SARD_SET_FLOAT8, " ConstantOfShape "},
    {20, SARD_SET(BF16) | SARD_SET(F16), " IsInf "},
    {20, SARD_SET_FLOAT8, " IsInf IsNaN "},
    {20, SARD_SET(BOOL), " ReduceMax ReduceMin "},
    {21, SARD_SET(BF16) | SARD_SET(F16), " QLinearMatMul "},
    {21, SARD_SET(I16) | SARD_SET(U16), " DequantizeLinear QuantizeLinear "},
    {21, SARD_SET_FLOAT8, " Flatten Pad QLinearMatMul Squeeze Transpose Unsqueeze "},
    {21, SARD_SET(U4) | SARD_SET(I4), MOVEMENT},
    {22, SARD_SET_FLOAT8, " Dropout "},
    {23, SARD_SET(F4E2M1), MOVEMENT},
    {24, SARD_SET(F8E8M0), MOVEMENT},
    {25, SARD_SET(U2) | SARD_SET(I2), MOVEMENT},
    {22, SARD_SET(BF16),
     " Acos Acosh Asin Asinh Atan Atanh AveragePool Conv ConvTranspose Cos Cosh DeformConv Det Elu EyeLike GRU GlobalAveragePool "
     "GlobalLpPool"
     " GlobalMaxPool GridSample HardSigmoid HardSwish InstanceNormalization LSTM LpNormalization LpPool MaxPool MaxRoiPool MaxUnpool Mish "
     "Multinomial"
     " NegativeLogLikelihoodLoss RNN RandomNormal RandomNormalLike RandomUniform RandomUniformLike RoiAlign"
     " Round Selu Sin Sinh Softplus Softsign Tan ThresholdedRelu "},
    {24, SARD_SET(BF16), " SplitToSequence TopK "},
    {27, SARD_SET(BF16) | SARD_SET(F16), " Range "},
    {28, SARD_SET(BF16), " Compress Einsum OneHot ReverseSequence Unique "},
    {28, SARD_SET(BF16) | SARD_SET(F16) | SARD_SET(F64), " Celu "},
    {28, SARD_SET(BF16) | SARD_SET_FLOAT8 | SARD_SET(F8E8M0) | SARD_SET(F4E2M1) | SARD_SET_SMALL_INTEGER,
     " Optional OptionalGetElement OptionalHasElement "},
    {28, SARD_SET_SIGNED, " BitShift "},
};

static bool is_named(const char *ops, const char *op)
{
    const size_t size = strlen(op);
    for (const char *at = strstr(ops, op); at; at = strstr(at + 1, op))
        if (at[-1] == ' ' && at[size] == ' ')
            return true;
    return false;
}

/* The first type of an input or output that is among `types`; SARD_NONE if there is none. */
static sard_dtype used_type(const sard_export_node *node, uint32_t types)
{
    for (size_t i = 0; i < node->input_count; i++)
        if (node->values[i] && sard_dtype_in(node->values[i]->dtype, types))
            return node->values[i]->dtype;
    for (size_t i = 0; node->node && i < node->node->output_count; i++)
        if (node->node->outputs[i] && sard_dtype_in(node->node->outputs[i]->dtype, types))
            return node->node->outputs[i]->dtype;
    return SARD_NONE;
}

sard_dtype sard_export_newer_type(const sard_export *x, const sard_export_node *node, int *since)
{
    for (size_t i = 0; i < sizeof admitted / sizeof *admitted; i++) {
        const sard_dtype type =
            admitted[i].since > x->opset && is_named(admitted[i].ops, node->op) ? used_type(node, admitted[i].types) : SARD_NONE;
        *since = admitted[i].since;
        if (type)
            return type;
    }
    return SARD_NONE;
}
