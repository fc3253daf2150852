/* Kinds of operators. */
#include "cli/kinds.h"

#include <string.h>

/* Dark enough for white letters upon them. */
const cli_kind cli_kinds[] = {
    {"convolution", "#3d6a9e", " Conv ConvTranspose ConvInteger QLinearConv DeformConv "},
    {"matrix product", "#2b7f79", " Gemm MatMul MatMulInteger QLinearMatMul Einsum Attention LSTM GRU RNN "},
    {"pooling", "#4c7d31", " MaxPool AveragePool GlobalAveragePool GlobalMaxPool LpPool ReduceMean ReduceMax ReduceSum "},
    {"activation", "#a63d52", " Relu LeakyRelu PRelu Clip Sigmoid HardSigmoid HardSwish Gelu Tanh Elu Selu Mish Swish Softplus Erf "},
    {"arithmetic", "#7a6a2a", " Add Sub Mul Div Sum Pow Sqrt Exp Log Neg Abs Max Min Mean "},
    {"joined or cut", "#b35c16", " Concat Split Slice Gather Pad "},
    {"moved", "#6b7280", " Transpose Reshape Flatten Squeeze Unsqueeze Resize Expand Tile DepthToSpace SpaceToDepth "},
    {"normalised", "#7d4f94", " Softmax LayerNormalization BatchNormalization InstanceNormalization GroupNormalization LRN LogSoftmax "},
    {"quantised", "#a1447f", " QuantizeLinear DequantizeLinear DynamicQuantizeLinear Cast "},
    {"other", "#57534e", ""},
    {NULL, NULL, NULL},
};

size_t cli_kind_of(const char *op)
{
    const size_t length = strlen(op);
    size_t kind = 0;
    for (; *cli_kinds[kind].ops; kind++)
        for (const char *at = cli_kinds[kind].ops; length && (at = strstr(at, op)); at++)
            if (at[-1] == ' ' && at[length] == ' ')
                return kind;
    return kind;
}
