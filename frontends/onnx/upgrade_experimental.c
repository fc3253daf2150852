/* Operators of the first opsets that were experiments and are gone, in terms of today's. */
#include "frontends/onnx/upgrade.h"

/* Makes `op` of the draft's input 0 and a float, and leaves the result as input 0. */
static void combine(sard_onnx_draft *draft, const char *op, const char *role, double number)
{
    sard_value *const inputs[] = {sard_onnx_input(draft, 0), sard_onnx_scalar(draft, role, SARD_F32, number)};
    sard_onnx_set_input(draft, 0, sard_onnx_node_before(draft, op, op, inputs, 2, NULL, 0));
}

/* What is left of the draft is `op` of input 0 and a float. */
static void end_with(sard_onnx_draft *draft, const char *op, const char *role, double number)
{
    draft->op = op;
    sard_onnx_set_input(draft, 1, sard_onnx_scalar(draft, role, SARD_F32, number));
}

/* y = alpha x + beta */
void sard_onnx_step_affine(sard_onnx_draft *draft)
{
    const float alpha = sard_onnx_take_float(draft, "alpha", 1), beta = sard_onnx_take_float(draft, "beta", 0);
    combine(draft, "Mul", "alpha", (double)alpha);
    end_with(draft, "Add", "beta", (double)beta);
}

/* y = alpha tanh(beta x) */
void sard_onnx_step_scaled_tanh(sard_onnx_draft *draft)
{
    const float alpha = sard_onnx_take_float(draft, "alpha", 1), beta = sard_onnx_take_float(draft, "beta", 1);
    combine(draft, "Mul", "beta", (double)beta);
    sard_value *x = sard_onnx_input(draft, 0);
    sard_onnx_set_input(draft, 0, sard_onnx_node_before(draft, "Tanh", "tanh", &x, 1, NULL, 0));
    end_with(draft, "Mul", "alpha", (double)alpha);
}

/* ParametricSoftplus: y = alpha ln(exp(beta x) + 1) */
void sard_onnx_step_soft_plus(sard_onnx_draft *draft)
{
    const float alpha = sard_onnx_take_float(draft, "alpha", 1), beta = sard_onnx_take_float(draft, "beta", 1);
    combine(draft, "Mul", "beta", (double)beta);
    sard_value *x = sard_onnx_input(draft, 0);
    sard_onnx_set_input(draft, 0, sard_onnx_node_before(draft, "Softplus", "softplus", &x, 1, NULL, 0));
    end_with(draft, "Mul", "alpha", (double)alpha);
}

/* y = scale x + bias, a bias for each channel of N, C, H, W */
void sard_onnx_step_image_scaler(sard_onnx_draft *draft)
{
    sard_attr bias = {.count = 0};
    const float scale = sard_onnx_take_float(draft, "scale", 1);
    sard_onnx_take_attr(draft, "bias", SARD_ATTR_FLOATS, &bias);
    combine(draft, "Mul", "scale", (double)scale);
    draft->op = "Add";
    sard_value *row = sard_onnx_floats(draft, "bias", bias.floats, bias.count);
    sard_onnx_set_input(draft, 1, sard_onnx_append_dims(draft, "column", row, 2));
}

/* Slice as it is today: no older form of it is to be upgraded. */
static void become_slice(sard_onnx_draft *draft)
{
    draft->op = "Slice";
    draft->version = SARD_ONNX_ANY_VERSION - 1;
}

/* Cuts borders (left, top, right, bottom) off H and W; with `scale` it keeps that height and width instead. */
void sard_onnx_step_crop(sard_onnx_draft *draft)
{
    sard_attr border = {.count = 0}, scale = {.count = 0};
    sard_onnx_take_attr(draft, "border", SARD_ATTR_INTS, &border);
    sard_onnx_take_attr(draft, "scale", SARD_ATTR_INTS, &scale);
    if (border.count != 4 || (scale.count && scale.count != 2)) {
        sard_onnx_draft_fail(draft, SARD_MODEL, "border of %zu and scale of %zu numbers, must be 4, and 2 or none", border.count,
                             scale.count);
        return;
    }
    const int64_t *b = border.ints, axes[] = {2, 3}, starts[] = {b[1], b[0]};
    int64_t ends[] = {b[3] ? -b[3] : INT64_MAX, b[2] ? -b[2] : INT64_MAX};
    for (size_t i = 0; i < scale.count; i++)
        if (__builtin_add_overflow(starts[i], scale.ints[i], &ends[i]))
            ends[i] = INT64_MAX;
    become_slice(draft);
    sard_onnx_set_input(draft, 1, sard_onnx_ints(draft, "starts", starts, 2));
    sard_onnx_set_input(draft, 2, sard_onnx_ints(draft, "ends", ends, 2));
    sard_onnx_set_input(draft, 3, sard_onnx_ints(draft, "axes", axes, 2));
}

/* Slice as it is since opset 10, without steps. */
void sard_onnx_step_dynamic_slice(sard_onnx_draft *draft) { become_slice(draft); }

/* MeanVarianceNormalization 1: over H and W, or C as well. */
void sard_onnx_step_mvn(sard_onnx_draft *draft)
{
    const int64_t axes[] = {1, 2, 3};
    const bool across = sard_onnx_take_int(draft, "across_channels", 0) != 0;
    if (!sard_onnx_take_int(draft, "normalize_variance", 1))
        sard_onnx_draft_fail(draft, SARD_UNSUPPORTED, "normalize_variance of 0 is not supported");
    sard_onnx_set_ints(draft, "axes", across ? axes : axes + 1, across ? 3 : 2);
}
