/* Numbers, files and bytes. */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

fuzz_random fuzz_random_of(const uint8_t *bytes, size_t size)
{
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * 1099511628211u;
    return (fuzz_random){hash | 1};
}

uint64_t fuzz_below(fuzz_random *r, uint64_t n)
{
    r->state ^= r->state << 13;
    r->state ^= r->state >> 7;
    r->state ^= r->state << 17;
    return (r->state >> 11) % n;
}

static char paths[8][80];

static void remove_files(void)
{
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (*paths[i])
            unlink(paths[i]);
}

const char *fuzz_path(const char *ending)
{
    size_t i = 0;
    for (; *paths[i]; i++)
        if (!strcmp(paths[i] + strlen(paths[i]) - strlen(ending), ending))
            return paths[i];
    if (!i)
        atexit(remove_files);
    snprintf(paths[i], sizeof paths[i], "/tmp/sard-fuzz-%ld%s", (long)getpid(), ending);
    return paths[i];
}

size_t fuzz_read(const char *path, uint8_t *out, size_t most)
{
    FILE *file = fopen(path, "rb");
    const size_t size = file ? fread(out, 1, most, file) : 0;
    if (file)
        fclose(file);
    return size;
}

size_t fuzz_mutate_bytes(uint8_t *bytes, size_t size, size_t most, fuzz_random *r)
{
    static const uint8_t odd[] = {0, 1, 0x7f, 0x80, 0xff, 0x20, '"', '[', '{', '|'};
    for (uint64_t edits = 1 + fuzz_below(r, 4); edits > 0 && size; edits--) {
        const size_t at = fuzz_below(r, size), left = size - at, run = 1 + fuzz_below(r, left < 16 ? left : 16);
        switch (fuzz_below(r, 5)) {
        case 0:
            bytes[at] ^= (uint8_t)(1u << fuzz_below(r, 8));
            break;
        case 1:
            bytes[at] = odd[fuzz_below(r, sizeof odd)];
            break;
        case 2: /* a part goes */
            memmove(bytes + at, bytes + at + run, left - run);
            size -= run;
            break;
        case 3: /* a part comes twice */
            if (size + run > most)
                break;
            memmove(bytes + at + run, bytes + at, left);
            size += run;
            break;
        default: /* a part goes elsewhere */
            memmove(bytes + fuzz_below(r, size - run + 1), bytes + at, run);
        }
    }
    return size;
}
