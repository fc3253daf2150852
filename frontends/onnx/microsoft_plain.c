/* Operators of com.microsoft that the standard has in another dress. */
#include "frontends/onnx/microsoft.h"

/* data + bias + residual: nothing is dropped outside of training. */
void sard_microsoft_bias_dropout(sard_onnx_draft *draft)
{
    sard_value *residual = sard_onnx_input(draft, 2);
    sard_value *const inputs[] = {SARD_ONNX_OP(draft, "Add", "biased", sard_onnx_input(draft, 0), sard_onnx_input(draft, 1)), residual};
    sard_onnx_become(draft, residual ? "Add" : "Identity", inputs, residual ? 2 : 1);
}

void sard_microsoft_bitmask_dropout(sard_onnx_draft *draft) { SARD_ONNX_BECOME(draft, "Identity", sard_onnx_input(draft, 0)); }

void sard_microsoft_expand_dims(sard_onnx_draft *draft)
{
    sard_value *axis = sard_onnx_cast(draft, "axis", sard_onnx_input(draft, 1), SARD_I64);
    SARD_ONNX_BECOME(draft, "Unsqueeze", sard_onnx_input(draft, 0), sard_onnx_reshape(draft, "axes", axis, (int64_t[]){1}, 1));
}

void sard_microsoft_gemm_fast_gelu(sard_onnx_draft *draft)
{
    const sard_attr formula = {.name = "approximate", .kind = SARD_ATTR_STRING, .s = {"tanh", 4}};
    sard_value *bias = sard_onnx_input(draft, 2);
    sard_value *x = SARD_ONNX_OP(draft, "MatMul", "product", sard_onnx_input(draft, 0), sard_onnx_input(draft, 1));
    if (bias)
        x = SARD_ONNX_OP(draft, "Add", "biased", x, bias);
    SARD_ONNX_BECOME(draft, "Gelu", x);
    sard_onnx_set_attr(draft, formula);
}

/* Scalars, or of one element; the step may be left out. */
void sard_microsoft_range(sard_onnx_draft *draft)
{
    static const char *const roles[] = {"start", "limit", "delta"};
    const sard_value *start = sard_onnx_typed_input(draft, 0);
    const sard_dtype dtype = start && start->dtype ? start->dtype : SARD_F32;
    sard_value *ends[3];
    for (size_t i = 0; i < 3; i++)
        ends[i] = sard_onnx_input(draft, i) ? sard_onnx_reshape(draft, roles[i], sard_onnx_input(draft, i), NULL, 0)
                                            : sard_onnx_scalar(draft, roles[i], dtype, 1);
    SARD_ONNX_BECOME(draft, "Range", ends[0], ends[1], ends[2]);
}

void sard_microsoft_torch_embedding(sard_onnx_draft *draft)
{
    SARD_ONNX_BECOME(draft, "Gather", sard_onnx_input(draft, 0), sard_onnx_input(draft, 1));
}

/* Outputs y, idx, counts; the standard's second one is the first place of each value. */
void sard_microsoft_unique(sard_onnx_draft *draft)
{
    const sard_attr unsorted = {.name = "sorted", .kind = SARD_ATTR_INT, .i = 0};
    sard_value *x = sard_onnx_input(draft, 0);
    const sard_node *unique = sard_onnx_nodes_before(draft, "Unique", "unique", &x, 1, &unsorted, 1, 4);
    if (!unique)
        return;
    draft->known[1] = unique->outputs[2];
    draft->known[2] = unique->outputs[3];
    SARD_ONNX_BECOME(draft, "Identity", unique->outputs[0]);
}

/* ConvTransposeWithDynamicPads: X, W, pads, B. */
void sard_microsoft_conv_transpose_pads(sard_onnx_draft *draft)
{
    int64_t pads[2 * SARD_MAX_RANK];
    sard_content contents[SARD_MAX_CONTENTS];
    const sard_value *given = sard_onnx_typed_input(draft, 2);
    sard_value *bias = sard_onnx_input(draft, 3);
    const int count = given ? sard_value_contents(given, contents) : 0;
    bool known = count >= 0 && count <= 2 * SARD_MAX_RANK;
    for (int i = 0; known && i < count; i++) {
        known = contents[i].known;
        pads[i] = contents[i].value;
    }
    if (!known)
        sard_onnx_draft_fail(draft, SARD_UNSUPPORTED, "Pads must be known before the run");
    if (known && given)
        sard_onnx_set_ints(draft, "pads", pads, (size_t)count);
    sard_onnx_set_input(draft, 2, bias);
    sard_onnx_cut_inputs(draft, 3);
    draft->domain = "";
    draft->op = "ConvTranspose";
}
