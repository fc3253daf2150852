/* Operators of com.microsoft around normalisation: embeddings, groups, biases. */
#include "frontends/onnx/microsoft.h"

sard_value *sard_microsoft_count(sard_onnx_draft *draft, const char *role, sard_value *length)
{
    sard_value *end = sard_onnx_reshape(draft, "end", length, NULL, 0);
    return SARD_ONNX_OP(draft, "Range", role, sard_onnx_scalar(draft, "start", SARD_I64, 0), end,
                        sard_onnx_scalar(draft, "step", SARD_I64, 1));
}

/* ---- EmbedLayerNormalization ---- */

/* How many words of each image the mask keeps, int32; 0 without one. */
static sard_value *mask_index(sard_onnx_draft *draft, const sard_microsoft_embedding *e)
{
    const sard_attr flat = {.name = "keepdims", .kind = SARD_ATTR_INT, .i = 0};
    if (!e->mask)
        return SARD_ONNX_OP(draft, "Expand", "mask_index", sard_onnx_scalar(draft, "none", SARD_I32, 0),
                            sard_onnx_dim(draft, "images", e->ids, 0));
    sard_value *const inputs[] = {e->mask, sard_onnx_ints(draft, "axes", (int64_t[]){1}, 1)};
    return sard_onnx_node_before(draft, "ReduceSum", "mask_index", inputs, 2, &flat, 1);
}

void sard_microsoft_embed(sard_onnx_draft *draft, const sard_microsoft_embedding *e)
{
    const float epsilon = sard_onnx_take_float(draft, "epsilon", 1e-12f);
    sard_onnx_drop_attr(draft, "mask_index_type");
    sard_value *positions = e->positions;
    if (!positions)
        positions = sard_microsoft_count(draft, "positions", sard_onnx_dim(draft, "length", e->ids, 1));
    sard_value *sum = SARD_ONNX_OP(draft, "Add", "placed", SARD_ONNX_OP(draft, "Gather", "word", e->words, e->ids),
                                   SARD_ONNX_OP(draft, "Gather", "place", e->places, positions));
    if (e->kinds && e->segments)
        sum = SARD_ONNX_OP(draft, "Add", "sum", sum, SARD_ONNX_OP(draft, "Gather", "segment", e->kinds, e->segments));
    if (draft->output_count > 1 && *draft->outputs[1])
        draft->known[1] = mask_index(draft, e);
    draft->known[2] = sum;
    SARD_ONNX_BECOME(draft, "LayerNormalization", sum, e->gamma, e->beta);
    sard_onnx_set_float(draft, "epsilon", epsilon);
}

void sard_microsoft_embed_layer_norm(sard_onnx_draft *draft)
{
    const sard_microsoft_embedding e = {.ids = sard_onnx_input(draft, 0),
                                        .segments = sard_onnx_input(draft, 1),
                                        .words = sard_onnx_input(draft, 2),
                                        .places = sard_onnx_input(draft, 3),
                                        .kinds = sard_onnx_input(draft, 4),
                                        .gamma = sard_onnx_input(draft, 5),
                                        .beta = sard_onnx_input(draft, 6),
                                        .mask = sard_onnx_input(draft, 7),
                                        .positions = sard_onnx_input(draft, 8)};
    sard_microsoft_embed(draft, &e);
}

/* ---- GroupNorm, SkipGroupNorm: N, spatial..., C unless channels_last is 0 ---- */

/* GroupNormalization of `x`, then Swish where activation is 1. */
static void group_norm_of(sard_onnx_draft *draft, sard_value *x)
{
    static const int64_t to_first[] = {0, 3, 1, 2}, to_last[] = {0, 2, 3, 1};
    const int64_t activation = sard_onnx_take_int(draft, "activation", 0);
    const bool last = sard_onnx_take_int(draft, "channels_last", 1) != 0;
    const sard_attr attrs[] = {
        {.name = "num_groups", .kind = SARD_ATTR_INT, .i = sard_onnx_take_int(draft, "groups", 0)},
        {.name = "epsilon", .kind = SARD_ATTR_FLOAT, .f = sard_onnx_take_float(draft, "epsilon", 1e-5f)},
    };
    x = sard_onnx_typed(draft, x);
    if (!x || activation < 0 || activation > 1)
        sard_onnx_draft_fail(draft, SARD_UNSUPPORTED, "activation is %lld, must be 0 or 1", (long long)activation);
    const sard_dtype dtype = x && sard_dtype_is_float(x->dtype) ? x->dtype : SARD_F32;
    sard_value *const inputs[] = {last ? sard_onnx_transpose(draft, "nchw", x, to_first, 4) : x,
                                  sard_onnx_cast(draft, "gamma", sard_onnx_input(draft, 1), dtype),
                                  sard_onnx_cast(draft, "beta", sard_onnx_input(draft, 2), dtype)};
    sard_value *y = sard_onnx_node_before(draft, "GroupNormalization", "normal", inputs, 3, attrs, 2);
    if (activation)
        y = SARD_ONNX_OP(draft, "Swish", "active", y);
    SARD_ONNX_BECOME(draft, last ? "Transpose" : "Identity", y);
    if (last)
        sard_onnx_set_ints(draft, "perm", to_last, 4);
}

void sard_microsoft_group_norm(sard_onnx_draft *draft) { group_norm_of(draft, sard_onnx_input(draft, 0)); }

void sard_microsoft_skip_group_norm(sard_onnx_draft *draft)
{
    sard_value *skip = sard_onnx_typed_input(draft, 3), *bias = sard_onnx_input(draft, 4);
    if (skip && skip->rank == 2)
        skip = sard_onnx_unsqueeze(draft, "skip", skip, (int64_t[]){1, 2}, 2);
    sard_value *sum = SARD_ONNX_OP(draft, "Add", "sum", sard_onnx_input(draft, 0), skip);
    if (bias)
        sum = SARD_ONNX_OP(draft, "Add", "biased", sum, bias);
    draft->known[1] = sum;
    group_norm_of(draft, sum);
}

/* ---- biases ---- */

void sard_microsoft_bias_add(sard_onnx_draft *draft)
{
    sard_value *skip = sard_onnx_input(draft, 2);
    SARD_ONNX_BECOME(draft, "Add", SARD_ONNX_OP(draft, "Add", "biased", sard_onnx_input(draft, 0), sard_onnx_input(draft, 1)), skip);
}

/* Softmax as before opset 13, over all dims from the axis on. The bias is broadcast from the front or from the back. */
void sard_microsoft_bias_softmax(sard_onnx_draft *draft)
{
    const int64_t axis = sard_onnx_take_int(draft, "axis", 1);
    SARD_ONNX_BECOME(draft, "Softmax", SARD_ONNX_OP(draft, "Add", "biased", sard_onnx_input(draft, 0), sard_onnx_input(draft, 1)));
    sard_onnx_set_int(draft, "axis", axis);
    sard_onnx_step_softmax(draft);
}

/* The left half of x + bias times Gelu of the right one. */
void sard_microsoft_bias_split_gelu(sard_onnx_draft *draft)
{
    const sard_value *bias = sard_onnx_typed_input(draft, 1);
    const int64_t half = bias && bias->rank == 1 ? bias->dims[0] / 2 : -1;
    sard_value *parts[2];
    if (half < 0) {
        sard_onnx_draft_fail(draft, SARD_UNSUPPORTED, "the length of the bias must be known");
        return;
    }
    sard_value *sum = SARD_ONNX_OP(draft, "Add", "biased", sard_onnx_input(draft, 0), sard_onnx_input(draft, 1));
    if (sard_onnx_parts(draft, "half", sum, -1, (int64_t[]){half, half}, 2, parts))
        SARD_ONNX_BECOME(draft, "Mul", parts[0], SARD_ONNX_OP(draft, "Gelu", "gate", parts[1]));
}
