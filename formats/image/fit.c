/* A picture of any size to a given one: crop, stretch, letterbox. */
#include "formats/image/image.h"

#include <math.h>
#include <string.h>

/* The size to resize to before cropping: covers width x height with the preset's margin, the sides in proportion. The longer one is
 * rounded down as in torchvision's Resize. */
static void cover(const sard_preset *preset, const sard_image *image, int32_t *width, int32_t *height)
{
    const int64_t resize = preset->resize ? preset->resize : 1, size = preset->size ? preset->size : 1;
    const int64_t w = *width * resize / size, h = *height * resize / size;
    const int64_t by_width = image->height * w / image->width, by_height = image->width * h / image->height;
    const bool narrow = by_width >= h;
    const int64_t result_width = narrow ? w : by_height, result_height = narrow ? by_width : h;
    *width = (int32_t)(result_width < INT32_MAX ? result_width : INT32_MAX);
    *height = (int32_t)(result_height < INT32_MAX ? result_height : INT32_MAX);
}

static sard_status crop(const sard_recipe *r, const sard_image *image, int32_t width, int32_t height, sard_image *out, sard_error *error)
{
    int32_t w = width, h = height;
    sard_image large = {0};
    cover(r->preset, image, &w, &h);
    sard_status status = sard_image_resize(image, w, h, r->filter, NULL, &large, error);
    if (status)
        return status;
    status = sard_image_center_crop(&large, width, height, out, error);
    sard_image_free(&large);
    return status;
}

static int32_t at_least_one(double size) { return size < 1 ? 1 : (int32_t)size; }

static sard_status letterbox(const sard_recipe *r, const sard_image *image, int32_t width, int32_t height, sard_image *out,
                             sard_error *error)
{
    const double across = (double)width / image->width, down = (double)height / image->height, scale = across < down ? across : down;
    const int32_t w = at_least_one(rint(image->width * scale)), h = at_least_one(rint(image->height * scale));
    sard_image inner = {0}, result = {0};
    sard_status status = sard_image_resize(image, w, h, r->filter, NULL, &inner, error);
    if (status)
        return status;
    status = sard_image_create(width, height, image->channels, &result, error);
    if (!status) {
        const size_t left = (size_t)(width - w) / 2 * (size_t)image->channels;
        const int32_t top = (height - h) / 2;
        memset(result.pixels, r->fill, result.stride * (size_t)height);
        for (int32_t y = 0; y < h; y++)
            memcpy(sard_image_row(&result, top + y) + left, sard_image_row(&inner, y), inner.stride);
        *out = result;
    }
    sard_image_free(&inner);
    return status;
}

sard_status sard_recipe_fit(const sard_recipe *recipe, const sard_image *image, int32_t width, int32_t height, sard_image *out,
                            sard_error *error)
{
    const sard_status status = sard_image_check(image, error);
    if (status)
        return status;
    if (width < 1 || height < 1)
        return sard_fail(error, SARD_ARGUMENT, "a picture of %d x %d pixels can't be made", width, height);
    switch (recipe->fit) {
    case SARD_FIT_CROP:
        return crop(recipe, image, width, height, out, error);
    case SARD_FIT_LETTERBOX:
        return letterbox(recipe, image, width, height, out, error);
    default:
        return sard_image_resize(image, width, height, recipe->filter, NULL, out, error);
    }
}

sard_status sard_image_fit(const sard_image *image, int32_t width, int32_t height, const sard_picture_options *options, sard_image *out,
                           sard_error *error)
{
    sard_recipe recipe = {0};
    if (!out)
        return sard_fail(error, SARD_ARGUMENT, "out is NULL");
    const sard_status status = sard_recipe_make(options, SARD_F32, &recipe, error);
    return status ? status : sard_recipe_fit(&recipe, image, width, height, out, error);
}
