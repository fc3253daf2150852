/* PNG through libpng. Its errors leave by longjmp to decode(), whose frame holds nothing that changes. */
#include "formats/image/image.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

typedef struct decoder {
    png_structp png;
    png_infop info;
    sard_image_source *source;
    size_t at;
    png_bytep *rows;
    sard_image image;
    bool complete; /* all pixels are there; what follows them is not needed */
    sard_status status;
    sard_error *error;
} decoder;

static void on_error(png_structp png, png_const_charp text)
{
    decoder *d = png_get_error_ptr(png);
    d->status = d->complete ? SARD_OK : sard_fail(d->error, SARD_PARSE, "%s: PNG: %s", d->source->name, text);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

static void on_read(png_structp png, png_bytep to, size_t count)
{
    decoder *d = png_get_io_ptr(png);
    if (count > d->source->size - d->at)
        png_error(png, "the data end before the picture does");
    memcpy(to, d->source->bytes + d->at, count);
    d->at += count;
}

/* The picture in 8 bits, L or RGB, as Pillow converts it: a palette is looked up, alpha and the lower half of 16 bits are dropped. */
static void choose_form(decoder *d)
{
    const int color = png_get_color_type(d->png, d->info);
    if (color == PNG_COLOR_TYPE_PALETTE)
        png_set_palette_to_rgb(d->png);
    else if (!(color & PNG_COLOR_MASK_COLOR))
        png_set_expand_gray_1_2_4_to_8(d->png);
    png_set_strip_16(d->png);
    png_set_strip_alpha(d->png);
    png_set_interlace_handling(d->png);
    png_read_update_info(d->png, d->info);
}

static void read_orientation(decoder *d)
{
    png_uint_32 size = 0;
    png_bytep bytes = NULL;
    if (png_get_eXIf_1(d->png, d->info, &size, &bytes) && bytes)
        d->source->orientation = sard_exif_orientation(bytes, size);
}

static void read_rows(decoder *d)
{
    const int32_t width = (int32_t)png_get_image_width(d->png, d->info), height = (int32_t)png_get_image_height(d->png, d->info);
    const int32_t channels = png_get_channels(d->png, d->info);
    d->status = sard_image_create(width, height, channels, &d->image, d->error);
    if (!d->status && png_get_rowbytes(d->png, d->info) != d->image.stride)
        d->status = sard_fail(d->error, SARD_UNSUPPORTED, "%s: PNG: rows of %zu bytes", d->source->name, png_get_rowbytes(d->png, d->info));
    if (!d->status && !(d->rows = calloc((size_t)height, sizeof *d->rows)))
        d->status = sard_fail(d->error, SARD_NOMEM, "%s: out of memory", d->source->name);
    if (d->status)
        png_longjmp(d->png, 1);
    for (int32_t y = 0; y < height; y++)
        d->rows[y] = sard_image_row(&d->image, y);
    png_read_image(d->png, d->rows);
    d->complete = true;
}

/* Texts and profiles have no part in the pixels, and those of a small file can unpack to gigabytes: libpng steps over them. */
static void skip_texts(decoder *d)
{
    static const png_byte names[] = "tEXt\0zTXt\0iTXt\0iCCP\0sPLT";
    png_set_keep_unknown_chunks(d->png, PNG_HANDLE_CHUNK_NEVER, names, sizeof names / 5);
}

static void decode(decoder *d)
{
    if (setjmp(png_jmpbuf(d->png)))
        return;
    png_set_read_fn(d->png, d, on_read);
    png_set_user_limits(d->png, SARD_IMAGE_SIDE, SARD_IMAGE_SIDE);
    skip_texts(d);
    png_read_info(d->png, d->info);
    d->status = sard_image_admit(d->source, png_get_image_width(d->png, d->info), png_get_image_height(d->png, d->info), d->error);
    if (d->status)
        return;
    choose_form(d);
    read_orientation(d);
    read_rows(d);
    png_read_end(d->png, d->info);
    read_orientation(d);
}

sard_status sard_png_decode(sard_image_source *source, sard_image *out, sard_error *error)
{
    decoder d = {.source = source, .error = error};
    d.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &d, on_error, on_warning);
    d.info = d.png ? png_create_info_struct(d.png) : NULL;
    if (d.info)
        decode(&d);
    else
        d.status = sard_fail(error, SARD_NOMEM, "%s: out of memory", source->name);
    png_destroy_read_struct(&d.png, &d.info, NULL);
    free(d.rows);
    if (d.status)
        sard_image_free(&d.image);
    else
        *out = d.image;
    return d.status;
}
