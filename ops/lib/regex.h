/* Regular expressions in RE2's syntax, matched as a whole in time linear in the text: all positions of the expression at once, no way back.
 * Characters are code points of UTF-8. Refused by name: classes of Unicode (\pN), single bytes (\C), look-around and back-references. */
#ifndef SARD_OPS_LIB_REGEX_H
#define SARD_OPS_LIB_REGEX_H

#include "ops/lib/text.h"

typedef struct sard_regex sard_regex;

/* Translates a pattern into `arena`. On failure *problem says what is wrong, or is NULL when memory runs out; the result is NULL. */
const sard_regex *sard_regex_make(sard_arena *arena, const char *pattern, const char **problem);

/* Bytes of memory that one match needs. */
size_t sard_regex_scratch(const sard_regex *regex);
/* Where the longest match that begins at byte `first` ends; SIZE_MAX: none does. */
size_t sard_regex_longest(const sard_regex *regex, sard_string text, size_t first, void *scratch);
/* All of the text. */
bool sard_regex_matches(const sard_regex *regex, sard_string text, void *scratch);

#endif
