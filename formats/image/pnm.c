/* PGM and PPM in binary: P5 and P6 of up to 8 bits. */
#include "formats/image/image.h"

/* The next number of the header; -1: there is none, or one of more than 9 digits. Comments go to the end of their line. */
static int64_t next_number(const sard_image_source *s, size_t *at)
{
    int64_t number = 0;
    size_t digits = 0;
    for (; *at < s->size && (s->bytes[*at] <= ' ' || s->bytes[*at] == '#'); ++*at)
        if (s->bytes[*at] == '#')
            while (*at + 1 < s->size && s->bytes[*at + 1] != '\n')
                ++*at;
    for (; *at < s->size && s->bytes[*at] >= '0' && s->bytes[*at] <= '9' && digits < 10; ++*at, digits++)
        number = number * 10 + (s->bytes[*at] - '0');
    return digits && digits < 10 ? number : -1;
}

sard_status sard_pnm_decode(sard_image_source *s, sard_image *out, sard_error *error)
{
    size_t at = 2;
    const int32_t channels = s->bytes[1] == '5' ? 1 : 3;
    const int64_t width = next_number(s, &at), height = next_number(s, &at), most = next_number(s, &at);
    if (width < 0 || height < 0 || most < 1 || most > 65535 || at >= s->size)
        return sard_fail(error, SARD_PARSE, "%s: PNM: its header is damaged", s->name);
    if (most > 255)
        return sard_fail(error, SARD_UNSUPPORTED, "%s: PNM of 16 bits; 8 are supported", s->name);
    sard_status status = sard_image_admit(s, (uint64_t)width, (uint64_t)height, error);
    if (status)
        return status;
    at++; /* one space before the pixels */
    const size_t count = (size_t)width * (size_t)height * (size_t)channels;
    if (count > s->size - at)
        return sard_fail(error, SARD_PARSE, "%s: PNM: the data end before the picture does", s->name);
    status = sard_image_create((int32_t)width, (int32_t)height, channels, out, error);
    for (size_t i = 0; !status && i < count; i++) {
        const int64_t value = (s->bytes[at + i] * 255 * 2 + most) / (2 * most);
        out->pixels[i] = value > 255 ? 255 : (uint8_t)value;
    }
    return status;
}
