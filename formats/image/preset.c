/* The presets, and what options make of one. */
#include "formats/image/image.h"

#include <stdio.h>
#include <string.h>

/* torchvision's mean and std, for all its classification models. */
#define IMAGENET(name, about, resize, size)                                                                                 \
    {                                                                                                                       \
        name, about, resize, size, SARD_FIT_CROP, SARD_ORDER_RGB, 255, {0.485f, 0.456f, 0.406f}, { 0.229f, 0.224f, 0.225f } \
    }

static const sard_preset presets[] = {
    IMAGENET("imagenet", "torchvision: 256/224, 0..1, ImageNet's mean and std", 256, 224),
    IMAGENET("inception", "torchvision's Inception v3: 342/299, 0..1, ImageNet's mean and std", 342, 299),
    {"tf", "Keras and TensorFlow: 256/224, -1..1", 256, 224, SARD_FIT_CROP, SARD_ORDER_RGB, 127.5f, {1, 1, 1}, {1, 1, 1}},
    {"caffe", "Caffe: 256/224, BGR, 0..255 minus (104, 117, 123)", 256, 224, SARD_FIT_CROP, SARD_ORDER_BGR, 1, {104, 117, 123}, {1, 1, 1}},
    {"raw", "0..255, stretched", 0, 0, SARD_FIT_STRETCH, SARD_ORDER_RGB, 1, {0, 0, 0}, {1, 1, 1}},
    {"unit", "0..1, stretched", 0, 0, SARD_FIT_STRETCH, SARD_ORDER_RGB, 255, {0, 0, 0}, {1, 1, 1}},
};

enum { PRESETS = sizeof presets / sizeof *presets };

const sard_preset *sard_preset_at(size_t i) { return i < PRESETS ? &presets[i] : NULL; }

const sard_preset *sard_preset_find(const char *name)
{
    for (size_t i = 0; name && i < PRESETS; i++) {
        if (strcmp(presets[i].name, name) == 0)
            return &presets[i];
    }
    return NULL;
}

static sard_status unknown(const char *name, sard_error *error)
{
    char list[160] = "";
    size_t n = 0;
    for (size_t i = 0; i < PRESETS && n < sizeof list; i++)
        n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", i ? ", " : "", presets[i].name);
    return sard_fail(error, SARD_ARGUMENT, "there is no preset '%s'; there are %s", name, list);
}

/* The three numbers for channels 0, 1, 2 of the tensor: the caller's, or the preset's in the order asked for. */
static void choose(const float *given, const float *usual, bool reverse, float *out)
{
    for (int c = 0; c < 3; c++)
        out[c] = given ? given[c] : usual[reverse ? 2 - c : c];
}

sard_status sard_recipe_make(const sard_picture_options *options, sard_dtype dtype, sard_recipe *out, sard_error *error)
{
    sard_picture_options o = {.struct_size = sizeof o};
    if (options && options->struct_size <= sizeof options->struct_size)
        return sard_fail(error, SARD_ARGUMENT, "sard_picture_options has a struct_size of %zu, must be sizeof(sard_picture_options)",
                         options->struct_size);
    if (options)
        memcpy(&o, options, options->struct_size < sizeof o ? options->struct_size : sizeof o);
    if (o.fit > SARD_FIT_LETTERBOX || o.order > SARD_ORDER_BGR || o.filter > SARD_BICUBIC || o.channels_at > SARD_CHANNELS_LAST)
        return sard_fail(error, SARD_ARGUMENT, "picture options: fit, order, filter or channels_at is none of its values");
    if (o.width < 0 || o.height < 0)
        return sard_fail(error, SARD_ARGUMENT, "picture options: a size of %d x %d", o.width, o.height);
    const char *usual = dtype == SARD_U8 ? "raw" : "imagenet";
    const sard_preset *preset = sard_preset_find(o.preset ? o.preset : usual);
    if (!preset)
        return unknown(o.preset, error);
    const sard_order order = o.order ? o.order : preset->order;
    *out = (sard_recipe){.preset = preset,
                         .fit = o.fit ? o.fit : preset->fit,
                         .swap = order == SARD_ORDER_BGR,
                         .filter = o.filter,
                         .channels_at = o.channels_at,
                         .fill = o.fill ? o.fill : 114,
                         .width = o.width,
                         .height = o.height};
    choose(o.mean, preset->mean, order != preset->order, out->mean);
    choose(o.std, preset->std, order != preset->order, out->std);
    for (int c = 0; c < 3; c++) {
        if (!(out->std[c] > 0) && !(out->std[c] < 0))
            return sard_fail(error, SARD_ARGUMENT, "picture options: std[%d] is %g", c, (double)out->std[c]);
    }
    return SARD_OK;
}
