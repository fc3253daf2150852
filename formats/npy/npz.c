/* .npz, reading: the zip archive's directory at its end, then each member, stored or deflated. */
#include "formats/npy/npy.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { END_SIZE = 22, ENTRY_SIZE = 46, LOCAL_SIZE = 30, MOST_ENTRIES = 65535, STORED = 0, DEFLATED = 8 };

/* Deflate makes at most 1032 bytes of one. A member that claims more is damaged, and would ask for memory that it can't fill. */
enum { MOST_EXPANSION = 1032 };

/* What all members unpack to, and what strings take beyond their characters: so many times the archive's size, and a constant for
 * arrays of zeros. */
enum { USUAL_EXPANSION = 16 };
#define ZEROS ((uint64_t)1 << 30)

typedef struct archive {
    const unsigned char *bytes;
    size_t size;
} archive;

typedef struct member {
    const unsigned char *name;
    size_t name_size;
    unsigned flags, method;
    uint32_t crc;
    uint64_t packed, size, offset;
} member;

static unsigned get16(const unsigned char *b) { return b[0] | (unsigned)b[1] << 8; }
static uint32_t get32(const unsigned char *b) { return get16(b) | (uint32_t)get16(b + 2) << 16; }
static uint64_t get64(const unsigned char *b) { return get32(b) | (uint64_t)get32(b + 4) << 32; }

/* The end record stands at the end, before a comment of up to 64 KiB. */
static const unsigned char *find_end(archive zip)
{
    for (size_t back = END_SIZE; back <= zip.size && back <= END_SIZE + 65535; back++)
        if (memcmp(zip.bytes + zip.size - back, "PK\5\6", 4) == 0)
            return zip.bytes + zip.size - back;
    return NULL;
}

/* Zip64: sizes that do not fit are all ones and stand, in this order, in the extra field 1. */
static void read_wide_sizes(const unsigned char *extra, size_t size, member *m)
{
    uint64_t *const wide[] = {&m->size, &m->packed, &m->offset};
    while (size >= 4) {
        const size_t length = get16(extra + 2);
        if (length > size - 4)
            return;
        const unsigned char *at = extra + 4, *end = at + length;
        for (size_t i = 0; get16(extra) == 1 && i < 3; i++)
            if (*wide[i] == UINT32_MAX && end - at >= 8) {
                *wide[i] = get64(at);
                at += 8;
            }
        extra += 4 + length;
        size -= 4 + length;
    }
}

/* The directory's entry at *at, which is moved behind it. */
static bool read_entry(archive zip, size_t *at, member *m)
{
    if (*at > zip.size || zip.size - *at < ENTRY_SIZE || memcmp(zip.bytes + *at, "PK\1\2", 4) != 0)
        return false;
    const unsigned char *b = zip.bytes + *at;
    const size_t name = get16(b + 28), extra = get16(b + 30), comment = get16(b + 32);
    if (name + extra + comment > zip.size - *at - ENTRY_SIZE)
        return false;
    *m = (member){b + ENTRY_SIZE, name, get16(b + 8), get16(b + 10), get32(b + 16), get32(b + 20), get32(b + 24), get32(b + 42)};
    read_wide_sizes(b + ENTRY_SIZE + name, extra, m);
    *at += ENTRY_SIZE + name + extra + comment;
    return true;
}

/* Where the member's packed bytes are, or NULL. */
static const unsigned char *find_payload(archive zip, const member *m)
{
    if (m->offset > zip.size || zip.size - m->offset < LOCAL_SIZE || memcmp(zip.bytes + m->offset, "PK\3\4", 4) != 0)
        return NULL;
    const unsigned char *b = zip.bytes + m->offset;
    const size_t skip = LOCAL_SIZE + get16(b + 26) + get16(b + 28), rest = zip.size - (size_t)m->offset;
    return skip <= rest && m->packed <= rest - skip ? b + skip : NULL;
}

static bool inflate_all(const unsigned char *from, uint64_t packed, unsigned char *to, uint64_t size)
{
    z_stream z = {0};
    if (inflateInit2(&z, -MAX_WBITS) != Z_OK)
        return false;
    int result = Z_OK;
    while (result == Z_OK) {
        const uint64_t in = packed < UINT32_MAX ? packed : UINT32_MAX, room = size < UINT32_MAX ? size : UINT32_MAX;
        z.next_in = (unsigned char *)(uintptr_t)from;
        z.avail_in = (uInt)in;
        z.next_out = to;
        z.avail_out = (uInt)room;
        result = inflate(&z, Z_NO_FLUSH);
        from += in - z.avail_in;
        packed -= in - z.avail_in;
        to += room - z.avail_out;
        size -= room - z.avail_out;
    }
    inflateEnd(&z);
    return result == Z_STREAM_END && size == 0;
}

/* *copy: bytes to free, where they had to be unpacked. */
static sard_status unpack(archive zip, const member *m, const unsigned char **bytes, unsigned char **copy, sard_error *error)
{
    const unsigned char *payload = find_payload(zip, m);
    if (m->flags & 1)
        return sard_fail(error, SARD_UNSUPPORTED, "it is encrypted");
    if (m->method != STORED && m->method != DEFLATED)
        return sard_fail(error, SARD_UNSUPPORTED, "its compression method is %u; stored (0) and deflated (8) are known", m->method);
    if (!payload || (m->method == STORED ? m->size != m->packed : m->size / MOST_EXPANSION > m->packed + 1))
        return sard_fail(error, SARD_PARSE, "it is damaged or cut off");
    *bytes = payload;
    if (m->method == DEFLATED) {
        *bytes = *copy = malloc(m->size + 1);
        if (!*copy)
            return sard_fail(error, SARD_NOMEM, "no memory for its %llu bytes", (unsigned long long)m->size);
        if (!inflate_all(payload, m->packed, *copy, m->size))
            return sard_fail(error, SARD_PARSE, "its deflated bytes are damaged");
    }
    if (crc32_z(0, *bytes, m->size) != m->crc)
        return sard_fail(error, SARD_PARSE, "its checksum is wrong");
    return SARD_OK;
}

/* What the members before took and unpacked to. */
typedef struct sums {
    uint64_t packed, size;
} sums;

static uint64_t most_unpacked(archive zip) { return (uint64_t)zip.size * USUAL_EXPANSION + ZEROS; }

/* Members that share their bytes, or unpack to far more than arrays do, are a way to ask for memory without end. */
static sard_status admit(archive zip, const member *m, sums *s, sard_error *error)
{
    if (__builtin_add_overflow(s->packed, m->packed, &s->packed) || s->packed > zip.size)
        return sard_fail(error, SARD_PARSE, "the .npz file is damaged: its members have more bytes than it has");
    if (__builtin_add_overflow(s->size, m->size, &s->size) || s->size > most_unpacked(zip))
        return sard_fail(error, SARD_LIMIT, "the .npz file of %zu bytes unpacks to more than %d times as many and 1 GiB", zip.size,
                         USUAL_EXPANSION);
    return SARD_OK;
}

static sard_status read_member(archive zip, const member *m, sums *s, sard_npz_entry *entry, sard_error *error)
{
    size_t n = m->name_size;
    if (n >= 4 && memcmp(m->name + n - 4, ".npy", 4) == 0)
        n -= 4;
    if (n >= sizeof entry->name)
        return sard_fail(error, SARD_LIMIT, "a member's name has %zu bytes, at most %zu are possible", n, sizeof entry->name - 1);
    memcpy(entry->name, m->name, n);
    entry->name[n] = 0;
    const unsigned char *bytes = NULL;
    unsigned char *copy = NULL;
    sard_error why = {0};
    sard_status status = unpack(zip, m, &bytes, &copy, &why);
    if (!status)
        status = sard_npy_parse_within(bytes, m->size, most_unpacked(zip) - s->size, &entry->tensor, &why);
    if (!status && entry->tensor.dtype == SARD_STRING)
        s->size += entry->tensor.bytes;
    free(copy);
    return status ? sard_fail(error, status, "member '%s': %s", entry->name, why.text) : SARD_OK;
}

sard_status sard_npz_parse(const void *bytes, size_t size, sard_npz_entry **entries, size_t *count, sard_error *error)
{
    const archive zip = {bytes, size};
    const unsigned char *end = find_end(zip);
    const size_t total = end ? get16(end + 10) : 0;
    if (!end || total == MOST_ENTRIES)
        return sard_fail(error, SARD_PARSE, end ? "a .npz file with too many members" : "a .npz file without a directory: cut off?");
    sard_npz_entry *list = calloc(total + 1, sizeof *list);
    if (!list)
        return sard_fail(error, SARD_NOMEM, "no memory for %zu arrays", total);
    sard_status status = SARD_OK;
    member m;
    sums s = {0};
    for (size_t i = 0, at = get32(end + 16); i < total && !status; i++) {
        if (!read_entry(zip, &at, &m))
            status = sard_fail(error, SARD_PARSE, "the .npz file's directory is damaged");
        else if (!(status = admit(zip, &m, &s, error)))
            status = read_member(zip, &m, &s, &list[i], error);
    }
    if (status) {
        sard_npz_free(list, total);
        return status;
    }
    *entries = list;
    *count = total;
    return SARD_OK;
}

void sard_npz_free(sard_npz_entry *entries, size_t count)
{
    for (size_t i = 0; entries && i < count; i++)
        free(entries[i].tensor.data);
    free(entries);
}
