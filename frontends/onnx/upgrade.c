/* The list of what changed between opsets, and the loop over it. What is not here has kept its meaning, or has gained attributes and
 * inputs whose defaults are the old meaning. */
#include "frontends/onnx/upgrade.h"

#include <string.h>

#define STEP(op, below, name)            \
    {                                    \
        op, below, sard_onnx_step_##name \
    }

const sard_onnx_upgrade sard_onnx_upgrades[] = {
    STEP("Add", 7, broadcast),
    STEP("Affine", SARD_ONNX_ANY_VERSION, affine),
    STEP("And", 7, broadcast),
    STEP("BatchNormalization", 14, batch_norm),
    STEP("Cast", 6, cast),
    STEP("Clip", 11, clip),
    STEP("Concat", 4, concat),
    STEP("ConstantFill", SARD_ONNX_ANY_VERSION, fill),
    STEP("Crop", SARD_ONNX_ANY_VERSION, crop),
    STEP("DFT", 20, dft),
    STEP("Div", 7, broadcast),
    STEP("Dropout", 12, drop_ratio),
    STEP("DynamicSlice", SARD_ONNX_ANY_VERSION, dynamic_slice),
    STEP("Equal", 7, broadcast),
    STEP("GRU", 7, drop_sequence),
    STEP("Gemm", 7, drop_broadcast),
    STEP("GlobalLpPool", 2, norm_p),
    STEP("Greater", 7, broadcast),
    STEP("GridSample", 20, grid_sample),
    STEP("GroupNormalization", 21, group_norm),
    STEP("Hardmax", 13, softmax),
    STEP("ImageScaler", SARD_ONNX_ANY_VERSION, image_scaler),
    STEP("LSTM", 7, drop_sequence),
    STEP("Less", 7, broadcast),
    STEP("LogSoftmax", 13, softmax),
    STEP("LpPool", 2, norm_p),
    STEP("MeanVarianceNormalization", 9, mvn),
    STEP("Mul", 7, broadcast),
    STEP("Or", 7, broadcast),
    STEP("PRelu", 7, prelu),
    STEP("Pad", 2, pad_2),
    STEP("Pad", 11, pad),
    STEP("ParametricSoftplus", SARD_ONNX_ANY_VERSION, soft_plus),
    STEP("Pow", 7, broadcast),
    STEP("RNN", 7, drop_sequence),
    STEP("ReduceL1", 18, axes),
    STEP("ReduceL2", 18, axes),
    STEP("ReduceLogSum", 18, axes),
    STEP("ReduceLogSumExp", 18, axes),
    STEP("ReduceMax", 18, axes),
    STEP("ReduceMean", 18, axes),
    STEP("ReduceMin", 18, axes),
    STEP("ReduceProd", 18, axes),
    STEP("ReduceSum", 13, axes),
    STEP("ReduceSumSquare", 18, axes),
    STEP("Reshape", 5, reshape),
    STEP("Upsample", 7, upsample_7), /* before Resize, which it becomes */
    STEP("Upsample", 9, upsample_9),
    STEP("Upsample", SARD_ONNX_ANY_VERSION, upsample),
    STEP("Resize", 11, resize_10),
    STEP("Resize", SARD_ONNX_ANY_VERSION, resize),
    STEP("RoiAlign", 16, roi_align),
    STEP("ScaledTanh", SARD_ONNX_ANY_VERSION, scaled_tanh),
    STEP("Scan", 9, scan),
    STEP("Scatter", SARD_ONNX_ANY_VERSION, scatter),
    STEP("Selu", 6, selu),
    STEP("Slice", 10, slice),
    STEP("Softmax", 13, softmax),
    STEP("Split", 18, split),
    STEP("Squeeze", 13, axes),
    STEP("Sub", 7, broadcast),
    STEP("Tile", 6, tile),
    STEP("TopK", 10, topk),
    STEP("Unsqueeze", 13, axes),
    STEP("Xor", 7, broadcast),
    {NULL, 0, NULL},
};

static bool fits(const sard_onnx_upgrade *row, const char *op, int64_t version) { return version < row->below && !strcmp(row->op, op); }

static const sard_onnx_upgrade *table_of(const char *domain)
{
    static const sard_onnx_upgrade none = {NULL, 0, NULL};
    return !*domain ? sard_onnx_upgrades : !strcmp(domain, "com.microsoft") ? sard_onnx_microsoft : &none;
}

bool sard_onnx_can_upgrade(const char *domain, const char *op, int64_t version)
{
    for (const sard_onnx_upgrade *row = table_of(domain); row->op; row++)
        if (fits(row, op, version))
            return true;
    return false;
}

void sard_onnx_upgrade_draft(sard_onnx_draft *draft)
{
    /* of the first opsets: which inputs might be overwritten */
    if (!*draft->domain)
        sard_onnx_drop_attr(draft, "consumed_inputs");
    /* an operator of com.microsoft that sard has is taken as it is */
    if (*draft->domain && sard_op_table_find(draft->scope->importer->ops, draft->domain, draft->op))
        return;
    for (const sard_onnx_upgrade *row = table_of(draft->domain); row->op && !draft->status; row++)
        if (fits(row, draft->op, draft->version))
            row->apply(draft);
}
