/* Operators that the standard defines by others, for which sard has none of its own. */
#include "frontends/onnx/upgrade.h"

/* ---- SwiGLU: Swish(a) b ---- */

static void swiglu(sard_onnx_draft *draft)
{
    sard_value *a = sard_onnx_input(draft, 0);
    const sard_attr alpha = {.name = "alpha", .kind = SARD_ATTR_FLOAT, .f = sard_onnx_take_float(draft, "alpha", 1)};
    sard_onnx_set_input(draft, 0, sard_onnx_node_before(draft, "Swish", "gate", &a, 1, &alpha, 1));
    draft->op = "Mul";
}

/* ---- SimplifiedLayerNormalization: what ONNX Runtime writes into the standard's domain for RMSNormalization ---- */

static void simplified_layer_norm(sard_onnx_draft *draft)
{
    if (draft->output_count > 1 && *draft->outputs[1])
        sard_onnx_draft_fail(draft, SARD_UNSUPPORTED, "output inv_std_var is not supported");
    draft->output_count = draft->output_count > 1 ? 1 : draft->output_count;
    draft->op = "RMSNormalization";
}

const sard_onnx_upgrade sard_onnx_expansions[] = {
    {"SimplifiedLayerNormalization", SARD_ONNX_ANY_VERSION, simplified_layer_norm},
    {"SwiGLU", SARD_ONNX_ANY_VERSION, swiglu},
    {NULL, 0, NULL},
};
