/* What the files of formats/image share: new pictures, decoders, EXIF. */
#ifndef SARD_FORMATS_IMAGE_IMAGE_H
#define SARD_FORMATS_IMAGE_IMAGE_H

#include <sard/image.h>

/* The longest side: more than any camera's, and small enough that the coefficients of a resize stay small. */
enum { SARD_IMAGE_SIDE = 1000000 };

static inline size_t sard_image_stride(const sard_image *image)
{
    return image->stride ? image->stride : (size_t)image->width * (size_t)image->channels;
}

static inline uint8_t *sard_image_row(const sard_image *image, int32_t y) { return image->pixels + (size_t)y * sard_image_stride(image); }

/* A dense picture with undefined pixels. Fails with ARGUMENT, LIMIT (2 GiB) or NOMEM. */
sard_status sard_image_create(int32_t width, int32_t height, int32_t channels, sard_image *out, sard_error *error) SARD_MUST_USE;

/* ARGUMENT if it is none. */
sard_status sard_image_check(const sard_image *image, sard_error *error) SARD_MUST_USE;

/* A picture's bytes and what may be made of them; `orientation` is found while decoding, 1 to 8. */
typedef struct sard_image_source {
    const char *name;
    const uint8_t *bytes;
    size_t size;
    uint64_t limit;
    int orientation;
} sard_image_source;

/* PARSE or LIMIT for a picture of this size, before anything is allocated for it. */
sard_status sard_image_admit(const sard_image_source *source, uint64_t width, uint64_t height, sard_error *error) SARD_MUST_USE;

sard_status sard_jpeg_decode(sard_image_source *source, sard_image *out, sard_error *error) SARD_MUST_USE;
sard_status sard_png_decode(sard_image_source *source, sard_image *out, sard_error *error) SARD_MUST_USE;
sard_status sard_bmp_decode(sard_image_source *source, sard_image *out, sard_error *error) SARD_MUST_USE;
sard_status sard_pnm_decode(sard_image_source *source, sard_image *out, sard_error *error) SARD_MUST_USE;

/* The orientation in a TIFF block (EXIF without its "Exif\0\0"); 1 where there is none or the block is damaged. */
int sard_exif_orientation(const uint8_t *tiff, size_t size);

/* Replaces the picture by the one turned upright. */
sard_status sard_image_orient(sard_image *image, int orientation, sard_error *error) SARD_MUST_USE;

/* What the options say about one preset: all defaults resolved. */
typedef struct sard_recipe {
    const sard_preset *preset;
    sard_fit fit;
    bool swap; /* blue first */
    sard_filter filter;
    sard_channels_at channels_at;
    uint8_t fill;
    float mean[3], std[3];
    int32_t width, height;
} sard_recipe;

/* `dtype` chooses the preset where none is named. */
sard_status sard_recipe_make(const sard_picture_options *options, sard_dtype dtype, sard_recipe *out, sard_error *error) SARD_MUST_USE;
sard_status sard_recipe_fit(const sard_recipe *recipe, const sard_image *image, int32_t width, int32_t height, sard_image *out,
                            sard_error *error) SARD_MUST_USE;

#endif
