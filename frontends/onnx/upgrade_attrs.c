/* Upgrades that touch attributes alone. */
#include "frontends/onnx/upgrade.h"

/* Dropout 1-11: what it drops in training has no meaning here. */
void sard_onnx_step_drop_ratio(sard_onnx_draft *draft)
{
    sard_onnx_drop_attr(draft, "ratio");
    sard_onnx_drop_attr(draft, "is_test");
}

/* Dropout 1-11: programs give a mask of zeros, for nothing is dropped; it has the type of the data, from 10 on it is bool. */
void sard_onnx_step_mask(sard_onnx_draft *draft)
{
    sard_value *x = sard_onnx_input(draft, 0);
    if (draft->output_count < 2 || !*draft->outputs[1])
        return;
    const sard_node *node = sard_onnx_nodes_before(draft, "Dropout", "kept", &x, 1, NULL, 0, 2);
    sard_value *kept = node ? node->outputs[1] : NULL;
    sard_value *const mask[] = {sard_onnx_node_before(draft, "Not", "dropped", &kept, 1, NULL, 0), x};
    draft->known[1] = draft->version < 10 ? sard_onnx_node_before(draft, "CastLike", "mask", mask, 2, NULL, 0) : mask[0];
    draft->output_count = 1;
}

/* Gemm 1-6: C is broadcast in any case. */
void sard_onnx_step_drop_broadcast(sard_onnx_draft *draft) { sard_onnx_drop_attr(draft, "broadcast"); }

/* RNN, GRU, LSTM 1-6: whether Y is wanted is seen by its name. */
void sard_onnx_step_drop_sequence(sard_onnx_draft *draft) { sard_onnx_drop_attr(draft, "output_sequence"); }

static void set_default_int(sard_onnx_draft *draft, const char *name, int64_t value)
{
    if (!sard_onnx_attr(draft, name, SARD_ATTR_INT))
        sard_onnx_set_int(draft, name, value);
}

void sard_onnx_step_concat(sard_onnx_draft *draft) { set_default_int(draft, "axis", 1); }

void sard_onnx_step_roi_align(sard_onnx_draft *draft)
{
    if (!sard_onnx_attr(draft, "coordinate_transformation_mode", SARD_ATTR_STRING))
        sard_onnx_set_word(draft, "coordinate_transformation_mode", "output_half_pixel");
}

void sard_onnx_step_grid_sample(sard_onnx_draft *draft)
{
    if (sard_onnx_attr_is(draft, "mode", "bilinear"))
        sard_onnx_set_word(draft, "mode", "linear");
    if (sard_onnx_attr_is(draft, "mode", "bicubic"))
        sard_onnx_set_word(draft, "mode", "cubic");
}

void sard_onnx_step_scatter(sard_onnx_draft *draft) { draft->op = "ScatterElements"; }

/* LpPool and GlobalLpPool 1: p was a float. */
void sard_onnx_step_norm_p(sard_onnx_draft *draft)
{
    const float p = sard_onnx_take_float(draft, "p", 2);
    if (p >= 1 && p < 1000 && p == (float)(int)p)
        sard_onnx_set_int(draft, "p", (int)p);
    else
        sard_onnx_draft_fail(draft, SARD_UNSUPPORTED, "p is %g, must be a whole number", (double)p);
}

/* Selu 1: rounder defaults. */
void sard_onnx_step_selu(sard_onnx_draft *draft)
{
    if (!sard_onnx_attr(draft, "alpha", SARD_ATTR_FLOAT))
        sard_onnx_set_float(draft, "alpha", 1.6732f);
    if (!sard_onnx_attr(draft, "gamma", SARD_ATTR_FLOAT))
        sard_onnx_set_float(draft, "gamma", 1.0507f);
}
