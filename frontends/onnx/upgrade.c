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
    STEP("Dropout", 12, mask),
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

/* What is done where the table has no operator of that name. */
static const sard_onnx_upgrade *replacements(const char *domain)
{
    static const sard_onnx_upgrade none = {NULL, 0, NULL};
    return !*domain                         ? sard_onnx_expansions
         : !strcmp(domain, "com.microsoft") ? sard_onnx_microsoft
         : !strcmp(domain, "ai.onnx.ml")    ? sard_onnx_ml
                                            : &none;
}

static bool has_row(const sard_onnx_upgrade *rows, const char *op, int64_t version)
{
    while (rows->op && !fits(rows, op, version))
        rows++;
    return rows->op != NULL;
}

bool sard_onnx_can_upgrade(const char *domain, const char *op, int64_t version)
{
    return has_row(replacements(domain), op, version) || (!*domain && has_row(sard_onnx_upgrades, op, version));
}

static void apply(const sard_onnx_upgrade *rows, sard_onnx_draft *draft)
{
    for (; rows->op && !draft->status; rows++)
        if (fits(rows, draft->op, draft->version))
            rows->apply(draft);
}

void sard_onnx_upgrade_draft(sard_onnx_draft *draft)
{
    const bool known = sard_op_table_find(draft->scope->importer->ops, draft->domain, draft->op) != NULL;
    const bool standard = !*draft->domain;
    if (standard) /* of the first opsets: which inputs might be overwritten */
        sard_onnx_drop_attr(draft, "consumed_inputs");
    if (!known || !strcmp(draft->domain, "ai.onnx.ml"))
        apply(replacements(draft->domain), draft);
    if (standard)
        apply(sard_onnx_upgrades, draft);
}
