/* Numbers as text, for strings in tensors; the same in every locale. */
#ifndef SARD_OPS_NUMERAL_H
#define SARD_OPS_NUMERAL_H

#include "ir/dtype.h"

/* Reads a whole string as a number, blanks around it allowed, into one element: decimal or scientific, inf and nan in any case; a bool
 * also as true or false. False if it is none. */
bool sard_numeral_parse(sard_string text, sard_dtype dtype, void *out) SARD_MUST_USE;

/* Writes an element as numpy does: the fewest digits that give the same float again, 1.0, 1e-05, inf, nan; integers in decimal; True and
 * False. At most SARD_NUMERAL_MAX bytes, not ended by a zero; returns how many. */
enum { SARD_NUMERAL_MAX = 32 };
size_t sard_numeral_print(sard_dtype dtype, const void *element, char *out);

#endif
