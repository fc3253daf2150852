/* Strings of numpy's arrays: S is bytes, U is UCS-4; both have a fixed width and end where zeros begin. */
#include "formats/npy/npy.h"

#include <stdlib.h>
#include <string.h>

static uint32_t read_ucs4(const unsigned char *from, bool swap)
{
    uint32_t c;
    memcpy(&c, from, sizeof c);
    return swap ? __builtin_bswap32(c) : c;
}

/* Returns the number of bytes, at most 4; 0 for what is no code point. */
static size_t encode(uint32_t c, char *to)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    const size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
        return 0;
    for (size_t i = n - 1; i > 0; i--, c >>= 6)
        to[i] = (char)(0x80 | (c & 0x3f));
    to[0] = (char)((0xf00u >> n & 0xf0) | c);
    return n;
}

/* Returns the number of bytes read, 0 for what is not UTF-8. */
static size_t decode(const char *from, size_t size, uint32_t *c)
{
    const unsigned char *b = (const unsigned char *)from;
    const size_t n = b[0] < 0x80                 ? 1
                   : b[0] >= 0xc2 && b[0] < 0xe0 ? 2
                   : b[0] >= 0xe0 && b[0] < 0xf0 ? 3
                   : b[0] >= 0xf0 && b[0] < 0xf5 ? 4
                                                 : 0;
    if (n == 0 || n > size)
        return 0;
    *c = n == 1 ? b[0] : b[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((b[i] & 0xc0) != 0x80)
            return 0;
        *c = *c << 6 | (b[i] & 0x3f);
    }
    return n;
}

/* The bytes of one element, its zeros at the end left out. */
static bool read_string(char kind, size_t item, bool swap, const unsigned char *from, char *to, size_t *size)
{
    size_t used = item;
    *size = 0;
    if (kind == 'S') {
        while (used > 0 && from[used - 1] == 0)
            used--;
        memcpy(to, from, used);
        *size = used;
        return true;
    }
    while (used > 0 && read_ucs4(from + used - 4, false) == 0)
        used -= 4;
    for (size_t i = 0; i < used; i += 4) {
        const size_t n = encode(read_ucs4(from + i, swap), to + *size);
        if (n == 0)
            return false;
        *size += n;
    }
    return true;
}

sard_status sard_npy_read_strings(char kind, size_t item, bool swap, const unsigned char *from, size_t count, void **out, sard_error *error)
{
    sard_string *strings = malloc(count * sizeof *strings + count * item + 1);
    if (!strings)
        return sard_fail(error, SARD_NOMEM, "no memory for %zu strings", count);
    char *text = (char *)(strings + count);
    for (size_t i = 0; i < count; i++) {
        if (!read_string(kind, item, swap, from + i * item, text, &strings[i].size)) {
            free(strings);
            return sard_fail(error, SARD_PARSE, "string %zu has a character that is none", i);
        }
        strings[i].data = text;
        text += strings[i].size;
    }
    *out = strings;
    return SARD_OK;
}

/* Characters of a string, or false where it is not UTF-8. */
static bool measure(const sard_string *string, size_t *characters)
{
    uint32_t c;
    *characters = 0;
    for (size_t at = 0, n; at < string->size; at += n, ++*characters)
        if (!(n = decode(string->data + at, string->size - at, &c)))
            return false;
    return true;
}

void sard_npy_string_type(const sard_string *strings, size_t count, char *kind, size_t *item)
{
    size_t characters, widest = 1, longest = 1;
    *kind = 'U';
    for (size_t i = 0; i < count; i++) {
        longest = strings[i].size > longest ? strings[i].size : longest;
        if (!measure(&strings[i], &characters))
            *kind = 'S';
        else if (characters > widest)
            widest = characters;
    }
    *item = *kind == 'U' ? 4 * widest : longest;
}

void sard_npy_write_strings(const sard_string *strings, size_t count, char kind, size_t item, unsigned char *to)
{
    memset(to, 0, count * item);
    for (size_t i = 0; i < count; i++, to += item) {
        if (kind == 'S') {
            memcpy(to, strings[i].data, strings[i].size);
            continue;
        }
        uint32_t c = 0;
        for (size_t at = 0, k = 0; at < strings[i].size; k += sizeof c) {
            at += decode(strings[i].data + at, strings[i].size - at, &c);
            memcpy(to + k, &c, sizeof c);
        }
    }
}
