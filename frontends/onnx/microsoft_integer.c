/* Operators of com.microsoft on integers: products that become floats, and what DynamicQuantizeLinear feeds. */
#include "frontends/onnx/microsoft.h"

sard_value *sard_microsoft_floats(sard_onnx_draft *draft, const char *role, sard_value *data, sard_value *scale, sard_value *zero)
{
    return SARD_ONNX_OP(draft, "DequantizeLinear", role, data, scale, zero);
}

/* The sum of products is exact in int32; then one product of scales, one rounding each. */
static sard_value *steps(sard_onnx_draft *draft, const sard_microsoft_product *p)
{
    sard_value *sums = SARD_ONNX_OP(draft, "MatMulInteger", "sums", p->a, p->b, p->a_zero, p->b_zero);
    return SARD_ONNX_OP(draft, "Mul", "floats", sard_onnx_cast(draft, "sums_float", sums, SARD_F32),
                        SARD_ONNX_OP(draft, "Mul", "step", p->a_scale, p->b_scale));
}

sard_value *sard_microsoft_multiply(sard_onnx_draft *draft, const sard_microsoft_product *p)
{
    sard_value *floats = steps(draft, p);
    return p->bias ? SARD_ONNX_OP(draft, "Add", "biased", floats, p->bias) : floats;
}

static void become_product(sard_onnx_draft *draft, const sard_microsoft_product *p)
{
    SARD_ONNX_BECOME(draft, "Identity", sard_microsoft_multiply(draft, p));
}

void sard_microsoft_matmul_integer_to_float(sard_onnx_draft *draft)
{
    const sard_microsoft_product p = {.a = sard_onnx_input(draft, 0),
                                      .b = sard_onnx_input(draft, 1),
                                      .a_scale = sard_onnx_input(draft, 2),
                                      .b_scale = sard_onnx_input(draft, 3),
                                      .a_zero = sard_onnx_input(draft, 4),
                                      .b_zero = sard_onnx_input(draft, 5),
                                      .bias = sard_onnx_input(draft, 6)};
    become_product(draft, &p);
}

void sard_microsoft_dynamic_quantize_matmul(sard_onnx_draft *draft)
{
    sard_value *a = sard_onnx_input(draft, 0);
    const sard_node *quantized = sard_onnx_nodes_before(draft, "DynamicQuantizeLinear", "a", &a, 1, NULL, 0, 3);
    if (!quantized)
        return;
    const sard_microsoft_product p = {.a = quantized->outputs[0],
                                      .a_scale = quantized->outputs[1],
                                      .a_zero = quantized->outputs[2],
                                      .b = sard_onnx_input(draft, 1),
                                      .b_scale = sard_onnx_input(draft, 2),
                                      .b_zero = sard_onnx_input(draft, 3),
                                      .bias = sard_onnx_input(draft, 4)};
    become_product(draft, &p);
}

/* Elements of words, places, segments, gamma and beta, a mask, then a scale and then a zero point of each. */
void sard_microsoft_q_embed_layer_norm(sard_onnx_draft *draft)
{
    static const char *const roles[] = {"words", "places", "segments", "gamma", "beta"};
    sard_value *tables[5];
    for (size_t i = 0; i < 5; i++) {
        sard_value *data = sard_onnx_input(draft, 2 + i);
        tables[i] =
            data ? sard_microsoft_floats(draft, roles[i], data, sard_onnx_input(draft, 8 + i), sard_onnx_input(draft, 13 + i)) : NULL;
    }
    const sard_microsoft_embedding e = {.ids = sard_onnx_input(draft, 0),
                                        .segments = sard_onnx_input(draft, 1),
                                        .words = tables[0],
                                        .places = tables[1],
                                        .kinds = tables[2],
                                        .gamma = tables[3],
                                        .beta = tables[4],
                                        .mask = sard_onnx_input(draft, 7)};
    sard_microsoft_embed(draft, &e);
}

/* condition, x, y, each with scale and zero point, then scale and zero point of z. */
void sard_microsoft_qlinear_where(sard_onnx_draft *draft)
{
    sard_value *x = sard_microsoft_floats(draft, "x", sard_onnx_input(draft, 1), sard_onnx_input(draft, 2), sard_onnx_input(draft, 3));
    sard_value *y = sard_microsoft_floats(draft, "y", sard_onnx_input(draft, 4), sard_onnx_input(draft, 5), sard_onnx_input(draft, 6));
    sard_value *scale = sard_onnx_input(draft, 7), *zero = sard_onnx_input(draft, 8);
    SARD_ONNX_BECOME(draft, "QuantizeLinear", SARD_ONNX_OP(draft, "Where", "chosen", sard_onnx_input(draft, 0), x, y), scale, zero);
}

/* Input i as int32, less its zero point, input i + 1. */
static sard_value *centred(sard_onnx_draft *draft, size_t i, const char *role)
{
    sard_value *x = sard_onnx_cast(draft, role, sard_onnx_input(draft, i), SARD_I32), *zero = sard_onnx_input(draft, i + 1);
    return zero ? SARD_ONNX_OP(draft, "Sub", "centred", x, sard_onnx_cast(draft, "zero", zero, SARD_I32)) : x;
}

void sard_microsoft_mul_integer(sard_onnx_draft *draft)
{
    sard_value *a = centred(draft, 0, "a"), *b = centred(draft, 2, "b");
    SARD_ONNX_BECOME(draft, "Mul", a, b);
}

void sard_microsoft_matmul_integer_16(sard_onnx_draft *draft)
{
    const sard_value *x = sard_onnx_typed_input(draft, 0);
    const sard_dtype wide = x && x->dtype == SARD_U16 ? SARD_U32 : SARD_I32;
    sard_value *a = sard_onnx_cast(draft, "a", sard_onnx_input(draft, 0), wide);
    SARD_ONNX_BECOME(draft, "MatMul", a, sard_onnx_cast(draft, "b", sard_onnx_input(draft, 1), wide));
}

void sard_microsoft_reduce_sum_integer(sard_onnx_draft *draft)
{
    sard_attr axes = {.count = 0};
    const int64_t keep = sard_onnx_take_int(draft, "keepdims", 1);
    sard_onnx_take_attr(draft, "axes", SARD_ATTR_INTS, &axes);
    const sard_value *x = sard_onnx_typed_input(draft, 0);
    sard_value *wide = sard_onnx_cast(draft, "wide", sard_onnx_input(draft, 0), x && x->dtype == SARD_U8 ? SARD_U32 : SARD_I32);
    SARD_ONNX_BECOME(draft, "ReduceSum", wide, sard_onnx_ints(draft, "axes", axes.ints, axes.count));
    sard_onnx_set_int(draft, "keepdims", keep);
}
