/* QGemm of com.microsoft: y = alpha scale_a scale_b ((a - zero_a) (b - zero_b) + c), quantised or not.
 *
 * The sum in brackets is a Gemm of whole numbers, which float32 holds exactly up to 2^24. It is scaled in double where the result is
 * quantised: scales such as 0.1 put many results next to a half. */
#include "frontends/onnx/upgrade.h"

enum { A, SCALE_A, ZERO_A, B, SCALE_B, ZERO_B, C, SCALE_Y, ZERO_Y };

static sard_value *cast(sard_onnx_draft *draft, sard_value *x, sard_dtype dtype, const char *role)
{
    const sard_attr to = {.name = "to", .kind = SARD_ATTR_INT, .i = dtype};
    return sard_onnx_node_before(draft, "Cast", role, &x, 1, &to, 1);
}

static sard_value *binary(sard_onnx_draft *draft, const char *op, sard_value *a, sard_value *b, const char *role)
{
    sard_value *const both[] = {a, b};
    return sard_onnx_node_before(draft, op, role, both, 2, NULL, 0);
}

/* Input i as float32, less its zero point. Several zero points stand along the last axis, or with `rows` along the first. */
static sard_value *difference(sard_onnx_draft *draft, size_t i, bool rows, const char *role)
{
    sard_value *x = cast(draft, sard_onnx_input(draft, i), SARD_F32, role), *zero = sard_onnx_typed_input(draft, i + 2);
    if (!zero)
        return x;
    if (rows && zero->rank == 1)
        zero = sard_onnx_append_dims(draft, "zero_rows", zero, 1);
    return binary(draft, "Sub", x, cast(draft, zero, SARD_F32, "zero"), "less_zero");
}

/* alpha scale_a scale_b: one number, or one for each column. */
static sard_value *step_of(sard_onnx_draft *draft, float alpha, sard_dtype dtype)
{
    sard_value *step = binary(draft, "Mul", cast(draft, sard_onnx_input(draft, SCALE_A), dtype, "scale_a"),
                              cast(draft, sard_onnx_input(draft, SCALE_B), dtype, "scale_b"), "step");
    return alpha == 1 ? step : binary(draft, "Mul", step, sard_onnx_scalar(draft, "alpha", dtype, (double)alpha), "alpha_step");
}

/* What is left of the draft is y of the sum, which `step` scales to steps of y. */
static void quantize(sard_onnx_draft *draft, sard_value *sum, sard_value *step, sard_dtype dtype, sard_value *zero)
{
    const double low = dtype == SARD_I8 ? -128 : 0;
    sard_value *scaled = binary(draft, "Mul", cast(draft, sum, SARD_F64, "wide"), step, "scaled");
    sard_value *rounded = sard_onnx_node_before(draft, "Round", "rounded", &scaled, 1, NULL, 0);
    sard_value *const range[] = {binary(draft, "Add", rounded, cast(draft, zero, SARD_F64, "zero_y"), "moved"),
                                 sard_onnx_scalar(draft, "low", SARD_F64, low), sard_onnx_scalar(draft, "high", SARD_F64, low + 255)};
    draft->op = "Cast";
    sard_onnx_set_input(draft, 0, sard_onnx_node_before(draft, "Clip", "clipped", range, 3, NULL, 0));
    sard_onnx_set_int(draft, "to", dtype);
}

/* Without a zero point y is float; a scale alone divides it, as ONNX Runtime does. */
void sard_onnx_qgemm(sard_onnx_draft *draft)
{
    const float alpha = sard_onnx_take_float(draft, "alpha", 1);
    const sard_attr *turned = sard_onnx_attr(draft, "transB", SARD_ATTR_INT);
    sard_value *c = sard_onnx_input(draft, C), *scale = sard_onnx_input(draft, SCALE_Y), *zero = sard_onnx_typed_input(draft, ZERO_Y);
    const bool quantized = scale && zero;
    sard_value *step = step_of(draft, alpha, quantized ? SARD_F64 : SARD_F32);
    if (quantized && zero->dtype != SARD_I8 && zero->dtype != SARD_U8)
        sard_onnx_draft_fail(draft, SARD_MODEL, "the zero point of y must be int8 or uint8");
    if (scale)
        step = binary(draft, "Div", step, cast(draft, scale, quantized ? SARD_F64 : SARD_F32, "scale_y"), "step_y");
    sard_onnx_set_input(draft, 1, difference(draft, B, turned && turned->i, "b"));
    sard_onnx_set_input(draft, 0, difference(draft, A, false, "a"));
    sard_onnx_set_input(draft, 2, c ? cast(draft, c, SARD_F32, "c") : NULL);
    sard_onnx_cut_inputs(draft, c ? 3 : 2);
    draft->domain = "";
    draft->op = "Gemm";
    sard_value *sum = sard_onnx_split(draft, "sum");
    if (quantized && !draft->status) {
        quantize(draft, sum, step, zero->dtype, zero);
        return;
    }
    draft->op = "Mul";
    sard_onnx_set_input(draft, 0, sum);
    sard_onnx_set_input(draft, 1, step);
}
