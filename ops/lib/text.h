/* Strings: comparison, letters of UTF-8, and finding one among many. */
#ifndef SARD_OPS_LIB_TEXT_H
#define SARD_OPS_LIB_TEXT_H

#include "ir/arena.h"
#include "ops/lib/util.h"

/* Byte by byte, as memcmp; a prefix comes first. */
int sard_string_compare(sard_string a, sard_string b);
static inline bool sard_string_same(sard_string a, sard_string b) { return a.size == b.size && !sard_string_compare(a, b); }

/* ---- letters ---- */

/* The code point that begins at *at, which moves behind it (*at < end). Bytes that are no UTF-8 are taken one by one, as 0x110000 + byte. */
uint32_t sard_utf8_next(const char **at, const char *end);
/* Writes what sard_utf8_next has read, and returns its bytes, at most 4. */
size_t sard_utf8_put(uint32_t letter, char *out);
/* The same letter in the other case: Latin, Greek, Cyrillic and Armenian ones that have one partner; all others stay. Nothing depends on a
 * locale. */
uint32_t sard_letter_lower(uint32_t letter);
uint32_t sard_letter_upper(uint32_t letter);

/* ---- one among many ---- */

/* Keys in order; they stay the caller's. */
typedef struct sard_lookup {
    const sard_string *keys;
    size_t count;
    const size_t *order;
} sard_lookup;
/* False when memory runs out. */
bool sard_lookup_make(sard_arena *arena, const sard_string *keys, size_t count, sard_lookup *out);
/* The index of the last key that is the same, or -1. */
int64_t sard_lookup_find(const sard_lookup *lookup, sard_string key);

#endif
