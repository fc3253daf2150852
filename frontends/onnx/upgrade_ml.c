/* Operators of domain ai.onnx.ml: older forms, and what makes no tensor. */
#include "frontends/onnx/upgrade.h"

/* LabelEncoder-1: a list of strings and their places in it, in the direction that the input asks for. */
static void label_encoder(sard_onnx_draft *draft)
{
    const sard_value *x = sard_onnx_typed_input(draft, 0);
    const sard_attr *classes = sard_onnx_attr(draft, "classes_strings", SARD_ATTR_STRINGS);
    if (!x || !classes)
        return;
    const size_t count = classes->count;
    int64_t *places = SARD_NEW(draft->scope->importer->scratch, int64_t, count);
    for (size_t i = 0; places && i < count; i++)
        places[i] = (int64_t)i;
    const bool from_strings = x->dtype == SARD_STRING;
    if (!places)
        sard_onnx_draft_fail(draft, SARD_NOMEM, "out of memory");
    sard_onnx_rename_attr(draft, "classes_strings", from_strings ? "keys_strings" : "values_strings");
    sard_onnx_set_ints(draft, from_strings ? "values_int64s" : "keys_int64s", places, places ? count : 0);
}

/* ZipMap: a list of maps from labels to scores stays the tensor that the scores are, a column for each label in the order of classlabels. */
static void zip_map(sard_onnx_draft *draft)
{
    draft->domain = "";
    draft->op = "Identity";
    sard_onnx_drop_attr(draft, "classlabels_int64s");
    sard_onnx_drop_attr(draft, "classlabels_strings");
}

const sard_onnx_upgrade sard_onnx_ml[] = {
    {"LabelEncoder", 2, label_encoder},
    {"ZipMap", SARD_ONNX_ANY_VERSION, zip_map},
    {NULL, 0, NULL},
};
