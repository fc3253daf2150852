/* Upgrades of operators whose meaning changed. */
#include "frontends/onnx/upgrade.h"

#include <string.h>

/* ---- Softmax, LogSoftmax, Hardmax 1-12: over all axes from `axis` on, as if they were one ---- */

/* True where that is the same as over `axis` alone: nothing behind it, or dims of 1. */
static bool is_alone(const sard_value *x, int64_t axis)
{
    if (axis == -1)
        return true;
    if (!x || x->rank < 0)
        return false;
    axis += axis < 0 ? x->rank : 0;
    if (axis < 0 || axis >= x->rank)
        return false;
    for (int64_t i = axis + 1; i < x->rank; i++)
        if (x->dims[i] != 1)
            return false;
    return true;
}

void sard_onnx_step_softmax(sard_onnx_draft *draft)
{
    const int64_t axis = sard_onnx_take_int(draft, "axis", 1);
    sard_value *x = sard_onnx_typed_input(draft, 0);
    sard_onnx_set_int(draft, "axis", axis);
    if (is_alone(x, axis) || !x || draft->status)
        return;
    const sard_attr at = {.name = "axis", .kind = SARD_ATTR_INT, .i = axis};
    sard_value *shape = sard_onnx_node_before(draft, "Shape", "shape", &x, 1, NULL, 0);
    sard_onnx_set_input(draft, 0, sard_onnx_node_before(draft, "Flatten", "flat", &x, 1, &at, 1));
    sard_onnx_set_int(draft, "axis", 1);
    sard_value *result = sard_onnx_split(draft, "rows");
    draft->op = "Reshape";
    sard_onnx_set_input(draft, 0, result);
    sard_onnx_set_input(draft, 1, shape);
}

/* ---- Upsample and Resize ---- */

/* Upsample 1-6. */
void sard_onnx_step_upsample_7(sard_onnx_draft *draft)
{
    const float scales[] = {1, 1, sard_onnx_take_float(draft, "height_scale", 1), sard_onnx_take_float(draft, "width_scale", 1)};
    if (sard_onnx_attr_is(draft, "mode", "bilinear"))
        sard_onnx_set_word(draft, "mode", "linear");
    sard_onnx_set_input(draft, 1, sard_onnx_floats(draft, "scales", scales, 4));
}

/* Upsample 7-8. */
void sard_onnx_step_upsample_9(sard_onnx_draft *draft)
{
    sard_attr scales;
    if (sard_onnx_take_attr(draft, "scales", SARD_ATTR_FLOATS, &scales))
        sard_onnx_set_input(draft, 1, sard_onnx_floats(draft, "scales", scales.floats, scales.count));
}

/* Both as Resize is today: scales as input 2, no half pixels. */
static void set_asymmetric(sard_onnx_draft *draft, const char *nearest)
{
    sard_value *scales = sard_onnx_input(draft, 1);
    sard_onnx_set_input(draft, 1, NULL);
    sard_onnx_set_input(draft, 2, scales);
    sard_onnx_set_word(draft, "coordinate_transformation_mode", "asymmetric");
    sard_onnx_set_word(draft, "nearest_mode", nearest);
    draft->op = "Resize";
    draft->version = 11; /* as far as this went */
}

/* Upsample 9. */
void sard_onnx_step_upsample(sard_onnx_draft *draft)
{
    if (sard_onnx_attr_is(draft, "mode", "bilinear"))
        sard_onnx_set_word(draft, "mode", "linear");
    set_asymmetric(draft, "floor");
}

enum { SHRINKS = 1, ENLARGES = 2 };

/* What scales do to axes: both, where they are not known. */
static int directions(const sard_value *scales)
{
    int found = 0;
    if (!scales || !scales->constant || scales->constant->dtype != SARD_F32)
        return SHRINKS | ENLARGES;
    for (size_t i = 0; i < sard_tensor_count(scales->constant); i++) {
        float scale; /* the elements may have any address */
        memcpy(&scale, (const char *)scales->constant->data + i * sizeof scale, sizeof scale);
        found |= scale < 1 ? SHRINKS : scale > 1 ? ENLARGES : 0;
    }
    return found;
}

/* Leaves the axes that are enlarged to the draft. */
static void shrink_first(sard_onnx_draft *draft)
{
    sard_value *const parts[] = {sard_onnx_input(draft, 1), sard_onnx_scalar(draft, "one", SARD_F32, 1)};
    sard_value *const inputs[] = {sard_onnx_input(draft, 0), NULL, sard_onnx_node_before(draft, "Min", "shrinks", parts, 2, NULL, 0)};
    const sard_attr attrs[] = {
        {.name = "coordinate_transformation_mode", .kind = SARD_ATTR_STRING, .s = {"asymmetric", strlen("asymmetric")}},
        {.name = "nearest_mode", .kind = SARD_ATTR_STRING, .s = {"ceil", strlen("ceil")}}};
    sard_onnx_set_input(draft, 0, sard_onnx_node_before(draft, "Resize", "small", inputs, 3, attrs, 2));
    sard_onnx_set_input(draft, 1, sard_onnx_node_before(draft, "Max", "enlarges", parts, 2, NULL, 0));
}

/* Resize 10 says nothing of rounding; programs round up along axes that it shrinks, down along the others. */
void sard_onnx_step_resize_10(sard_onnx_draft *draft)
{
    const bool nearest = !sard_onnx_attr(draft, "mode", SARD_ATTR_STRING) || sard_onnx_attr_is(draft, "mode", "nearest");
    const int found = nearest ? directions(sard_onnx_input(draft, 1)) : 0;
    if (found == (SHRINKS | ENLARGES))
        shrink_first(draft);
    set_asymmetric(draft, found == SHRINKS ? "ceil" : "floor");
}

/* Resize 11 and 12 have to give roi and scales, so files give empty ones. */
void sard_onnx_step_resize(sard_onnx_draft *draft)
{
    for (size_t i = 1; i < draft->input_count; i++) {
        const sard_value *input = draft->inputs[i];
        if (input && input->constant && !sard_tensor_count(input->constant))
            draft->inputs[i] = NULL;
    }
}

/* ---- normalisations ---- */

/* GroupNormalization 18-20: scale and bias had an element for each group, now for each channel: [G] -> [G, 1] -> [G, C/G] -> [C]. */
void sard_onnx_step_group_norm(sard_onnx_draft *draft)
{
    const sard_value *x = sard_onnx_typed_input(draft, 0);
    const sard_attr *groups = sard_onnx_attr(draft, "num_groups", SARD_ATTR_INT);
    if (!groups || !x || x->rank < 2 || x->dims[1] < 0 || groups->i < 1 || x->dims[1] % groups->i) {
        sard_onnx_draft_fail(draft, SARD_UNSUPPORTED, "in this opset it needs num_groups that divide a known number of channels");
        return;
    }
    const int64_t channels = x->dims[1], grid[] = {groups->i, channels / groups->i};
    for (size_t i = 1; i <= 2 && !draft->status; i++) {
        sard_value *column = sard_onnx_append_dims(draft, "column", sard_onnx_input(draft, i), 1);
        sard_value *const wide[] = {column, sard_onnx_ints(draft, "grid", grid, 2)};
        sard_value *const flat[] = {sard_onnx_node_before(draft, "Expand", "wide", wide, 2, NULL, 0),
                                    sard_onnx_ints(draft, "channels", &channels, 1)};
        sard_onnx_set_input(draft, i, sard_onnx_node_before(draft, "Reshape", "flat", flat, 2, NULL, 0));
    }
}

/* BatchNormalization 1-8 with spatial 0 has statistics for each element of a picture: every one is a channel. */
static void flatten_pictures(sard_onnx_draft *draft)
{
    sard_value *x = sard_onnx_input(draft, 0), *shape = sard_onnx_node_before(draft, "Shape", "shape", &x, 1, NULL, 0);
    sard_onnx_set_input(draft, 0, sard_onnx_node_before(draft, "Flatten", "flat", &x, 1, NULL, 0));
    for (size_t i = 1; i < draft->input_count; i++) {
        sard_value *const list[] = {sard_onnx_input(draft, i), sard_onnx_ints(draft, "all", (int64_t[]){-1}, 1)};
        sard_onnx_set_input(draft, i, sard_onnx_node_before(draft, "Reshape", "list", list, 2, NULL, 0));
    }
    sard_value *result = sard_onnx_split(draft, "rows");
    draft->op = "Reshape";
    sard_onnx_set_input(draft, 0, result);
    sard_onnx_set_input(draft, 1, shape);
}

static bool wants_from(const sard_onnx_draft *draft, size_t first)
{
    for (size_t i = first; i < draft->output_count; i++)
        if (*draft->outputs[i])
            return true;
    return false;
}

/* Outputs 3 and 4 are the statistics of this batch: what is left of running ones with a momentum of 0. */
static void current_statistics(sard_onnx_draft *draft)
{
    const sard_attr attrs[] = {{.name = "training_mode", .kind = SARD_ATTR_INT, .i = 1},
                               {.name = "momentum", .kind = SARD_ATTR_FLOAT, .f = 0}};
    const sard_node *node = sard_onnx_nodes_before(draft, "BatchNormalization", "current", draft->inputs, draft->input_count, attrs, 2, 3);
    for (size_t i = 1; node && i < 3; i++)
        draft->known[2 + i] = node->outputs[i];
}

/* BatchNormalization 1-13: that more outputs than Y are there says that it is training. */
void sard_onnx_step_batch_norm(sard_onnx_draft *draft)
{
    const bool test = sard_onnx_take_int(draft, "is_test", 0) != 0, pictures = !sard_onnx_take_int(draft, "spatial", 1);
    const bool training = wants_from(draft, 1) && !test;
    if (training && pictures)
        sard_onnx_draft_fail(draft, SARD_UNSUPPORTED, "training with spatial 0 is not supported");
    if (training && wants_from(draft, 3))
        current_statistics(draft);
    if (training)
        sard_onnx_set_int(draft, "training_mode", 1);
    if (pictures)
        flatten_pictures(draft);
    const size_t count = training ? 3 : 1;
    draft->output_count = draft->output_count > count ? count : draft->output_count;
}
