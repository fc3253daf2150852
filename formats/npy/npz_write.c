/* .npz, writing: members stored one after the other, then the directory and its end record. */
#include "formats/npy/npy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* Version 2.0 of the format; 1980-01-01, the earliest date it can say, so that the same arrays give the same bytes. */
enum { VERSION = 20, FIRST_DAY = 1 << 5 | 1 };

typedef struct member {
    char name[260];
    void *bytes;
    size_t size;
    uint32_t offset;
} member;

static unsigned char *put(unsigned char *to, uint32_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        *to++ = (unsigned char)(value >> 8 * i);
    return to;
}

static unsigned char *put_bytes(unsigned char *to, const void *from, size_t size)
{
    memcpy(to, from, size);
    return to + size;
}

/* What the local header and the directory's entry have in common. */
static unsigned char *put_common(unsigned char *to, const member *m)
{
    to = put(to, VERSION, 2);
    to = put(to, 0x800, 2); /* the name is UTF-8 */
    to = put(to, 0, 4);     /* stored; midnight */
    to = put(to, FIRST_DAY, 2);
    to = put(to, (uint32_t)crc32_z(0, m->bytes, m->size), 4);
    to = put(to, (uint32_t)m->size, 4);
    to = put(to, (uint32_t)m->size, 4);
    to = put(to, (uint32_t)strlen(m->name), 2);
    return put(to, 0, 2);
}

static unsigned char *put_local(unsigned char *to, const member *m)
{
    to = put_common(put_bytes(to, "PK\3\4", 4), m);
    return put_bytes(put_bytes(to, m->name, strlen(m->name)), m->bytes, m->size);
}

static unsigned char *put_entry(unsigned char *to, const member *m)
{
    to = put(put_bytes(to, "PK\1\2", 4), VERSION, 2);
    to = put_common(to, m);
    to = put(put(put(to, 0, 4), 0, 2), 0, 4); /* no comment, disk 0, no attributes */
    to = put(to, m->offset, 4);
    return put_bytes(to, m->name, strlen(m->name));
}

static void put_archive(unsigned char *to, const member *members, size_t count)
{
    const unsigned char *start = to;
    for (size_t i = 0; i < count; i++)
        to = put_local(to, &members[i]);
    const uint32_t directory = (uint32_t)(to - start);
    for (size_t i = 0; i < count; i++)
        to = put_entry(to, &members[i]);
    const uint32_t size = (uint32_t)(to - start) - directory;
    to = put(put_bytes(to, "PK\5\6", 4), 0, 4);
    to = put(put(to, (uint32_t)count, 2), (uint32_t)count, 2);
    put(put(put(to, size, 4), directory, 4), 0, 2);
}

static sard_status make_members(const sard_tensor *tensors, const char *const *names, size_t count, member *members, size_t *total,
                                sard_error *error)
{
    size_t directory = 22;
    for (size_t i = 0; i < count; i++) {
        member *m = &members[i];
        if (snprintf(m->name, sizeof m->name, "%s.npy", names[i]) >= (int)sizeof m->name)
            return sard_fail(error, SARD_LIMIT, "the name '%.40s...' is too long for a .npz file", names[i]);
        const sard_status status = sard_npy_serialize(&tensors[i], &m->bytes, &m->size, error);
        if (status)
            return status;
        m->offset = (uint32_t)*total;
        *total += 30 + strlen(m->name) + m->size;
        directory += 46 + strlen(m->name);
        if (*total + directory > UINT32_MAX || count >= UINT16_MAX)
            return sard_fail(error, SARD_LIMIT, "too much for a .npz file, which ends at 4 GiB");
    }
    *total += directory;
    return SARD_OK;
}

sard_status sard_npz_serialize(const sard_tensor *tensors, const char *const *names, size_t count, void **bytes, size_t *size,
                               sard_error *error)
{
    size_t total = 0;
    member *members = calloc(count + 1, sizeof *members);
    if (!members)
        return sard_fail(error, SARD_NOMEM, "no memory for %zu arrays", count);
    sard_status status = make_members(tensors, names, count, members, &total, error);
    void *out = status ? NULL : malloc(total);
    if (!status && !out)
        status = sard_fail(error, SARD_NOMEM, "no memory for a .npz file of %zu bytes", total);
    if (out) {
        put_archive(out, members, count);
        *bytes = out;
        *size = total;
    }
    for (size_t i = 0; i < count; i++)
        free(members[i].bytes);
    free(members);
    return status;
}
