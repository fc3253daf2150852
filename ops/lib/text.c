/* Strings: see text.h. */
#include "ops/lib/text.h"

#include <string.h>

int sard_string_compare(sard_string a, sard_string b)
{
    const size_t shared = a.size < b.size ? a.size : b.size;
    const int order = shared ? memcmp(a.data, b.data, shared) : 0;
    return order ? order : a.size < b.size ? -1 : a.size > b.size;
}

/* ---- letters ---- */

#define NO_UTF8 0x110000u

uint32_t sard_utf8_next(const char **at, const char *end)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *p = (const unsigned char *)*at;
    const int length = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    uint32_t letter = length == 1 ? p[0] : p[0] & (0xffu >> (length + 1));
    bool good = p[0] < 0x80 || (p[0] >= 0xc2 && p[0] < 0xf5 && end - *at >= length);
    for (int i = 1; good && i < length; i++) {
        good = (p[i] & 0xc0) == 0x80;
        letter = letter << 6 | (p[i] & 0x3f);
    }
    good = good && letter >= least[length] && letter < NO_UTF8 && (letter < 0xd800 || letter > 0xdfff);
    *at += good ? length : 1;
    return good ? letter : NO_UTF8 + p[0];
}

size_t sard_utf8_put(uint32_t letter, char *out)
{
    if (letter >= NO_UTF8 || letter < 0x80) {
        out[0] = (char)(letter >= NO_UTF8 ? letter - NO_UTF8 : letter);
        return 1;
    }
    const int more = letter < 0x800 ? 1 : letter < 0x10000 ? 2 : 3;
    for (int i = more; i > 0; i--, letter >>= 6)
        out[i] = (char)(0x80 | (letter & 0x3f));
    out[0] = (char)((0xff00u >> (more + 1) & 0xff) | letter);
    return (size_t)more + 1;
}

/* Upper case letters from first to last. delta: to the lower one; 1: every second letter from `first` on is an upper one. */
typedef struct cases {
    uint32_t first, last, delta;
} cases;

static const cases letters[] = {
    {0x41, 0x5a, 32},   {0xc0, 0xd6, 32},   {0xd8, 0xde, 32},   {0x100, 0x12e, 1},   {0x132, 0x136, 1},   {0x139, 0x147, 1},
    {0x14a, 0x176, 1},  {0x179, 0x17d, 1},  {0x386, 0x386, 38}, {0x388, 0x38a, 37},  {0x38c, 0x38c, 64},  {0x38e, 0x38f, 63},
    {0x391, 0x3a1, 32}, {0x3a3, 0x3ab, 32}, {0x400, 0x40f, 80}, {0x410, 0x42f, 32},  {0x460, 0x480, 1},   {0x48a, 0x4be, 1},
    {0x4c1, 0x4cd, 1},  {0x4d0, 0x52e, 1},  {0x531, 0x556, 48}, {0x1e00, 0x1e94, 1}, {0x1ea0, 0x1efe, 1},
};
enum { LETTERS = sizeof letters / sizeof *letters };

uint32_t sard_letter_lower(uint32_t letter)
{
    for (size_t i = 0; i < LETTERS; i++) {
        const cases *c = &letters[i];
        if (letter >= c->first && letter <= c->last)
            return c->delta == 1 && (letter - c->first) & 1 ? letter : letter + c->delta;
    }
    return letter == 0x178 ? 0xff : letter;
}

uint32_t sard_letter_upper(uint32_t letter)
{
    for (size_t i = 0; i < LETTERS; i++) {
        const cases *c = &letters[i];
        const uint32_t upper = letter - c->delta;
        if (letter >= c->delta && upper >= c->first && upper <= c->last && !(c->delta == 1 && (upper - c->first) & 1))
            return upper;
    }
    return letter == 0xff ? 0x178 : letter == 0x3c2 ? 0x3a3 : letter;
}

/* ---- one among many ---- */

static bool is_before(const sard_string *keys, size_t a, size_t b)
{
    const int order = sard_string_compare(keys[a], keys[b]);
    return order ? order < 0 : a < b;
}

static void sink(const sard_string *keys, size_t *heap, size_t count, size_t i)
{
    for (size_t child; (child = 2 * i + 1) < count; i = child) {
        if (child + 1 < count && is_before(keys, heap[child], heap[child + 1]))
            child++;
        if (is_before(keys, heap[child], heap[i]))
            return;
        const size_t other = heap[i];
        heap[i] = heap[child];
        heap[child] = other;
    }
}

bool sard_lookup_make(sard_arena *arena, const sard_string *keys, size_t count, sard_lookup *out)
{
    size_t *order = SARD_NEW(arena, size_t, count);
    *out = (sard_lookup){keys, count, order};
    if (!order)
        return false;
    for (size_t i = 0; i < count; i++)
        order[i] = i;
    for (size_t i = count / 2; i-- > 0;)
        sink(keys, order, count, i);
    for (size_t left = count; left-- > 1;) {
        const size_t largest = order[0];
        order[0] = order[left];
        order[left] = largest;
        sink(keys, order, left, 0);
    }
    return true;
}

int64_t sard_lookup_find(const sard_lookup *lookup, sard_string key)
{
    size_t low = 0, high = lookup->count; /* the first key above it lies in between */
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (sard_string_compare(lookup->keys[lookup->order[middle]], key) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (!low || !sard_string_same(lookup->keys[lookup->order[low - 1]], key))
        return -1;
    return (int64_t)lookup->order[low - 1];
}
