/* BMP: uncompressed, of 24 or 32 bits, or of 8 with a palette; with a BITMAPINFOHEADER or one of its successors. */
#include "formats/image/image.h"

#include <string.h>

enum { FILE_HEADER = 14, INFO_HEADER = 40, FIELDS = FILE_HEADER + INFO_HEADER };

static uint32_t word(const uint8_t *p) { return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24; }

/* A pixel of the file as red, green, blue; false where its palette ends before. */
static bool put_pixel(const sard_image_source *s, uint32_t bits, size_t palette, size_t colors, const uint8_t *from, uint8_t *to)
{
    if (bits == 8 && *from >= colors)
        return false;
    const uint8_t *bgr = bits == 8 ? s->bytes + palette + 4 * (size_t)*from : from;
    to[0] = bgr[2];
    to[1] = bgr[1];
    to[2] = bgr[0];
    return true;
}

static sard_status read_pixels(const sard_image_source *s, uint32_t bits, size_t first, size_t row, bool upwards, const sard_image *out,
                               sard_error *error)
{
    const size_t palette = FILE_HEADER + (size_t)word(s->bytes + FILE_HEADER), said = word(s->bytes + 46), room = s->size - palette;
    const size_t wanted = said && said < 256 ? said : 256, colors = wanted < room / 4 ? wanted : room / 4;
    for (int32_t y = 0; y < out->height; y++) {
        const uint8_t *from = s->bytes + first + row * (size_t)(upwards ? out->height - 1 - y : y);
        for (int32_t x = 0; x < out->width; x++, from += bits / 8)
            if (!put_pixel(s, bits, palette, colors, from, sard_image_row(out, y) + 3 * (size_t)x))
                return sard_fail(error, SARD_PARSE, "%s: BMP: color %d of a palette of %zu", s->name, *from, colors);
    }
    return SARD_OK;
}

sard_status sard_bmp_decode(sard_image_source *s, sard_image *out, sard_error *error)
{
    if (s->size < FIELDS || word(s->bytes + FILE_HEADER) < INFO_HEADER || word(s->bytes + FILE_HEADER) > s->size - FILE_HEADER)
        return sard_fail(error, SARD_PARSE, "%s: BMP: its header is cut off, or none of Windows 3 and later", s->name);
    const uint32_t bits = word(s->bytes + 26) >> 16, compression = word(s->bytes + 30);
    const int64_t width = (int32_t)word(s->bytes + 18), height = (int32_t)word(s->bytes + 22), rows = height < 0 ? -height : height;
    if ((bits != 8 && bits != 24 && bits != 32) || compression)
        return sard_fail(error, SARD_UNSUPPORTED, "%s: BMP of %u bits, compression %u: 8, 24 and 32 without are supported", s->name, bits,
                         compression);
    sard_status status = sard_image_admit(s, width < 0 ? 0 : (uint64_t)width, (uint64_t)rows, error);
    if (status)
        return status;
    const size_t row = ((size_t)width * bits + 31) / 32 * 4, first = word(s->bytes + 10);
    if (first > s->size || row * (size_t)rows > s->size - first)
        return sard_fail(error, SARD_PARSE, "%s: BMP: the data end before the picture does", s->name);
    status = sard_image_create((int32_t)width, (int32_t)rows, 3, out, error);
    return status ? status : read_pixels(s, bits, first, row, height > 0, out, error);
}
