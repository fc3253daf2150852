/* The orientation in EXIF data: TIFF 6.0 section 2, tag 0x0112 of the first directory. */
#include "formats/image/image.h"

#include <string.h>

enum { ORIENTATION = 0x0112, SHORT = 3, LONG = 4, ENTRY = 12 };

typedef struct reader {
    const uint8_t *bytes;
    size_t size;
    bool big;
} reader;

/* `width` bytes at `at` as a number; 0 beyond the end. */
static uint32_t number(const reader *r, size_t at, size_t width)
{
    uint32_t result = 0;
    if (at > r->size || r->size - at < width)
        return 0;
    for (size_t i = 0; i < width; i++)
        result = result << 8 | r->bytes[at + (r->big ? i : width - 1 - i)];
    return result;
}

int sard_exif_orientation(const uint8_t *tiff, size_t size)
{
    if (size < 8 || (memcmp(tiff, "II*\0", 4) != 0 && memcmp(tiff, "MM\0*", 4) != 0))
        return 1;
    const reader r = {tiff, size, tiff[0] == 'M'};
    const size_t directory = number(&r, 4, 4), count = number(&r, directory, 2);
    for (size_t i = 0; i < count; i++) {
        const size_t entry = directory + 2 + i * ENTRY;
        if (entry > size || size - entry < ENTRY)
            return 1;
        if (number(&r, entry, 2) != ORIENTATION)
            continue;
        const uint32_t type = number(&r, entry + 2, 2), value = number(&r, entry + 8, type == LONG ? 4 : 2);
        return (type == SHORT || type == LONG) && value >= 1 && value <= 8 ? (int)value : 1;
    }
    return 1;
}
