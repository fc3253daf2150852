/* Pictures in memory: new, freed, cropped, converted, turned. */
#include "formats/image/image.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

sard_status sard_image_create(int32_t width, int32_t height, int32_t channels, sard_image *out, sard_error *error)
{
    int32_t row, bytes;
    if (width < 1 || height < 1)
        return sard_fail(error, SARD_ARGUMENT, "a picture of %d x %d pixels can't be made", width, height);
    if (width > SARD_IMAGE_SIDE || height > SARD_IMAGE_SIDE || __builtin_mul_overflow(width, channels, &row) ||
        __builtin_mul_overflow(row, height, &bytes))
        return sard_fail(error, SARD_LIMIT, "a picture of %d x %d pixels is too large", width, height);
    uint8_t *pixels = malloc((size_t)bytes);
    if (!pixels)
        return sard_fail(error, SARD_NOMEM, "out of memory for a picture of %d x %d pixels", width, height);
    *out = (sard_image){width, height, channels, (size_t)row, pixels};
    return SARD_OK;
}

sard_status sard_image_check(const sard_image *image, sard_error *error)
{
    if (!image)
        return sard_fail(error, SARD_ARGUMENT, "image is NULL");
    if (!image->pixels || image->width < 1 || image->height < 1 || image->width > SARD_IMAGE_SIDE || image->height > SARD_IMAGE_SIDE)
        return sard_fail(error, SARD_ARGUMENT, "there is no picture");
    if (image->channels != 1 && image->channels != 3)
        return sard_fail(error, SARD_ARGUMENT, "a picture has 1 or 3 channels, not %d", image->channels);
    if (image->stride && image->stride < (size_t)image->width * (size_t)image->channels)
        return sard_fail(error, SARD_ARGUMENT, "a stride of %zu bytes is less than a row of %d pixels", image->stride, image->width);
    return SARD_OK;
}

void sard_image_free(sard_image *image)
{
    if (!image)
        return;
    free(image->pixels);
    *image = (sard_image){0};
}

sard_status sard_image_crop(const sard_image *image, int32_t left, int32_t top, int32_t width, int32_t height, sard_image *out,
                            sard_error *error)
{
    sard_image result = {0};
    sard_status status = sard_image_check(image, error);
    if (!status && !out)
        status = sard_fail(error, SARD_ARGUMENT, "out is NULL");
    if (!status)
        status = sard_image_create(width, height, image->channels, &result, error);
    if (status)
        return status;
    const int64_t first = left > 0 ? left : 0, right = (int64_t)left + width, last = right < image->width ? right : image->width;
    const size_t channels = (size_t)image->channels;
    memset(result.pixels, 0, result.stride * (size_t)height);
    for (int32_t y = 0; y < height && first < last; y++) {
        const int64_t from = (int64_t)top + y;
        if (from >= 0 && from < image->height)
            memcpy(sard_image_row(&result, y) + (size_t)(first - left) * channels,
                   sard_image_row(image, (int32_t)from) + (size_t)first * channels, (size_t)(last - first) * channels);
    }
    *out = result;
    return SARD_OK;
}

sard_status sard_image_center_crop(const sard_image *image, int32_t width, int32_t height, sard_image *out, sard_error *error)
{
    const sard_status status = sard_image_check(image, error);
    if (status)
        return status;
    const double left = rint(((double)image->width - width) / 2), top = rint(((double)image->height - height) / 2);
    return sard_image_crop(image, (int32_t)left, (int32_t)top, width, height, out, error);
}

static uint8_t grey(const uint8_t *rgb) { return (uint8_t)((rgb[0] * 19595u + rgb[1] * 38470u + rgb[2] * 7471u + 0x8000u) >> 16); }

sard_status sard_image_convert(const sard_image *image, int32_t channels, sard_image *out, sard_error *error)
{
    sard_image result = {0};
    sard_status status = sard_image_check(image, error);
    if (!status && !out)
        status = sard_fail(error, SARD_ARGUMENT, "out is NULL");
    if (!status && channels != 1 && channels != 3)
        status = sard_fail(error, SARD_ARGUMENT, "a picture has 1 or 3 channels, not %d", channels);
    if (!status)
        status = sard_image_create(image->width, image->height, channels, &result, error);
    if (status)
        return status;
    for (int32_t y = 0; y < image->height; y++) {
        const uint8_t *from = sard_image_row(image, y);
        uint8_t *to = sard_image_row(&result, y);
        if (channels == image->channels)
            memcpy(to, from, result.stride);
        else if (channels == 1)
            for (int32_t x = 0; x < image->width; x++)
                to[x] = grey(from + 3 * x);
        else
            for (int32_t x = 0; x < image->width; x++)
                to[3 * x] = to[3 * x + 1] = to[3 * x + 2] = from[x];
    }
    *out = result;
    return SARD_OK;
}

/* Where pixel (x, y) of the upright picture lies in the stored one: start + x * across + y * down, in pixels. Orientation by EXIF 2.32,
 * 4.6.4 A: 2, 4, 5, 7 are mirrored, 5 to 8 lie on their side. */
typedef struct turn {
    bool side, from_right, from_bottom; /* rows become columns; the upright picture starts at this corner */
} turn;

static const turn turns[9] = {
    [2] = {.from_right = true},
    [3] = {.from_right = true, .from_bottom = true},
    [4] = {.from_bottom = true},
    [5] = {.side = true},
    [6] = {.side = true, .from_bottom = true},
    [7] = {.side = true, .from_right = true, .from_bottom = true},
    [8] = {.side = true, .from_right = true},
};

sard_status sard_image_orient(sard_image *image, int orientation, sard_error *error)
{
    if (orientation < 2 || orientation > 8)
        return SARD_OK;
    const turn t = turns[orientation];
    const int32_t width = t.side ? image->height : image->width, height = t.side ? image->width : image->height;
    const size_t channels = (size_t)image->channels;
    sard_image result = {0};
    const sard_status status = sard_image_create(width, height, image->channels, &result, error);
    if (status)
        return status;
    for (int32_t y = 0; y < height; y++) {
        uint8_t *to = sard_image_row(&result, y);
        for (int32_t x = 0; x < width; x++) {
            const int32_t across = t.side ? y : x, down = t.side ? x : y;
            const int32_t column = t.from_right ? image->width - 1 - across : across;
            const uint8_t *from = sard_image_row(image, t.from_bottom ? image->height - 1 - down : down);
            memcpy(to + (size_t)x * channels, from + (size_t)column * channels, channels);
        }
    }
    sard_image_free(image);
    *image = result;
    return SARD_OK;
}
