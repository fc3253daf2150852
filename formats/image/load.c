/* A file's bytes to a picture: which format it is, limits, orientation, channels. */
#include "formats/image/image.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_PIXELS ((uint64_t)128 << 20)
#define DEFAULT_FILE_BYTES ((uint64_t)256 << 20)

/* How files begin: `magic` at byte `at`. Without a decoder the format is known by name only. */
typedef struct format {
    const char *name;
    size_t at, size;
    const char *magic;
    sard_status (*decode)(sard_image_source *source, sard_image *out, sard_error *error);
} format;

static const format formats[] = {
    {"JPEG", 0, 3, "\xFF\xD8\xFF", sard_jpeg_decode},
    {"PNG", 0, 8, "\x89PNG\r\n\x1A\n", sard_png_decode},
    {"GIF", 0, 4, "GIF8", NULL},
    {"WebP", 8, 4, "WEBP", NULL},
    {"TIFF", 0, 4, "II*\0", NULL},
    {"TIFF", 0, 4, "MM\0*", NULL},
    {"AVIF", 4, 8, "ftypavif", NULL},
    {"HEIF", 4, 7, "ftyphei", NULL},
    {"HEIF", 4, 8, "ftypmif1", NULL},
    {"JPEG 2000", 4, 4, "jP  ", NULL},
    {"JPEG XL", 0, 2, "\xFF\x0A", NULL},
    {"JPEG XL", 4, 4, "JXL ", NULL},
    {"PDF", 0, 4, "%PDF", NULL},
    {"BMP", 0, 2, "BM", sard_bmp_decode},
    {"PGM", 0, 2, "P5", sard_pnm_decode},
    {"PPM", 0, 2, "P6", sard_pnm_decode},
};

static const format *format_of(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        const format *f = &formats[i];
        if (size >= f->at + f->size && memcmp(bytes + f->at, f->magic, f->size) == 0)
            return f;
    }
    return NULL;
}

sard_status sard_image_admit(const sard_image_source *source, uint64_t width, uint64_t height, sard_error *error)
{
    if (!width || !height)
        return sard_fail(error, SARD_PARSE, "%s: a picture of %" PRIu64 " x %" PRIu64 " pixels", source->name, width, height);
    if (width > SARD_IMAGE_SIDE || height > SARD_IMAGE_SIDE || width * height > source->limit)
        return sard_fail(error, SARD_LIMIT, "%s: %" PRIu64 " x %" PRIu64 " pixels are over the limit of %" PRIu64, source->name, width,
                         height, source->limit);
    return SARD_OK;
}

/* Takes only what this version and the caller's both know. */
static sard_status read_options(const sard_image_load_options *given, sard_image_load_options *out, sard_error *error)
{
    *out = (sard_image_load_options){.struct_size = sizeof *out};
    if (given && given->struct_size <= sizeof given->struct_size)
        return sard_fail(error, SARD_ARGUMENT, "sard_image_load_options has a struct_size of %zu, must be sizeof(sard_image_load_options)",
                         given->struct_size);
    if (given)
        memcpy(out, given, given->struct_size < sizeof *out ? given->struct_size : sizeof *out);
    if (!out->pixels)
        out->pixels = DEFAULT_PIXELS;
    if (!out->file_bytes)
        out->file_bytes = DEFAULT_FILE_BYTES;
    if (out->channels && out->channels != 1 && out->channels != 3)
        return sard_fail(error, SARD_ARGUMENT, "a picture has 1 or 3 channels, not %d", out->channels);
    return SARD_OK;
}

static sard_status decode(sard_image_source *source, sard_image *out, sard_error *error)
{
    const format *f = format_of(source->bytes, source->size);
    if (!f)
        return sard_fail(error, SARD_PARSE, source->size ? "%s: not a picture" : "%s: the file is empty", source->name);
    if (!f->decode)
        return sard_fail(error, SARD_UNSUPPORTED, "%s: a %s file; JPEG, PNG, BMP, PGM and PPM are supported", source->name, f->name);
    return f->decode(source, out, error);
}

static sard_status finish(const sard_image_source *source, const sard_image_load_options *o, sard_image *image, sard_error *error)
{
    if (o->channels && o->channels != image->channels) {
        sard_image other = {0};
        const sard_status status = sard_image_convert(image, o->channels, &other, error);
        if (status)
            return status;
        sard_image_free(image);
        *image = other;
    }
    return o->keep_orientation ? SARD_OK : sard_image_orient(image, source->orientation, error);
}

static sard_status load(const void *bytes, size_t size, const char *name, const sard_image_load_options *o, sard_image *out,
                        sard_error *error)
{
    sard_image_source source = {.name = name, .bytes = bytes, .size = size, .limit = o->pixels, .orientation = 1};
    sard_image image = {0};
    sard_status status = decode(&source, &image, error);
    if (!status)
        status = finish(&source, o, &image, error);
    if (status)
        sard_image_free(&image);
    else
        *out = image;
    return status;
}

sard_status sard_image_load_memory(const void *bytes, size_t size, const char *name, const sard_image_load_options *options,
                                   sard_image *out, sard_error *error)
{
    sard_image_load_options o;
    if ((size && !bytes) || !out)
        return sard_fail(error, SARD_ARGUMENT, "%s is NULL", out ? "bytes" : "out");
    const sard_status status = read_options(options, &o, error);
    if (status)
        return status;
    name = name ? name : "memory";
    if (size > o.file_bytes)
        return sard_fail(error, SARD_LIMIT, "%s: %zu bytes are over the limit of %" PRIu64, name, size, o.file_bytes);
    return load(bytes, size, name, &o, out, error);
}

typedef struct contents {
    uint8_t *bytes;
    size_t size;
} contents;

static sard_status read_all(FILE *file, const char *path, uint64_t limit, contents *c, sard_error *error)
{
    size_t room = 0;
    for (;;) {
        if (c->size == room) {
            room = room ? room * 2 : (size_t)1 << 16;
            uint8_t *bigger = realloc(c->bytes, room);
            if (!bigger)
                return sard_fail(error, SARD_NOMEM, "%s: out of memory for %zu bytes", path, room);
            c->bytes = bigger;
        }
        const size_t got = fread(c->bytes + c->size, 1, room - c->size, file);
        c->size += got;
        if (c->size > limit)
            return sard_fail(error, SARD_LIMIT, "%s: the file is over the limit of %" PRIu64 " bytes", path, limit);
        if (!got)
            return ferror(file) ? sard_fail(error, SARD_IO, "%s: %s", path, strerror(errno)) : SARD_OK;
    }
}

sard_status sard_image_load(const char *path, const sard_image_load_options *options, sard_image *out, sard_error *error)
{
    sard_image_load_options o;
    if (!path || !out)
        return sard_fail(error, SARD_ARGUMENT, "%s is NULL", out ? "path" : "out");
    sard_status status = read_options(options, &o, error);
    if (status)
        return status;
    FILE *file = fopen(path, "rbe");
    if (!file)
        return sard_fail(error, SARD_IO, "%s: %s", path, strerror(errno));
    contents c = {0};
    status = read_all(file, path, o.file_bytes, &c, error);
    fclose(file);
    if (!status)
        status = load(c.bytes, c.size, path, &o, out, error);
    free(c.bytes);
    return status;
}
