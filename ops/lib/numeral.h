/* Numbers as text, for strings in tensors; the same in every locale. */
#ifndef SARD_OPS_LIB_NUMERAL_H
#define SARD_OPS_LIB_NUMERAL_H

#include "ir/dtype.h"

/* Reads a whole string as a number, blanks around it allowed, into one element: decimal or scientific, inf and nan in any case; a bool
 * also as true or false. False if it is none. */
bool sard_numeral_parse(sard_string text, sard_dtype dtype, void *out) SARD_MUST_USE;

/* Writes an element as ONNX Runtime does: 1, 0.1, 1e-05, 1e+08, INF, NaN, of smaller floats as of the float32 that they are; integers in
 * decimal; 1 and 0 for true and false. But it takes the fewest digits that give the same float32 or float64 again, also where that is more
 * than 8. At most SARD_NUMERAL_MAX bytes, not ended by a zero; returns how many. */
enum { SARD_NUMERAL_MAX = 32 };
size_t sard_numeral_print(sard_dtype dtype, const void *element, char *out);

#endif
