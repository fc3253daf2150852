/* Options of callers that may be older or newer than this version. */
#ifndef SARD_IR_OPTIONS_H
#define SARD_IR_OPTIONS_H

#include <sard/sard.h>

/* Copies what both sides know of `given`, which begins with its struct_size, into `own`, which holds the defaults. given NULL: nothing. A
 * struct_size that reaches to nothing but itself is an ARGUMENT: it was forgotten, or is that of a pointer. */
sard_status sard_take_options(void *own, size_t size, const void *given, const char *what, sard_error *error) SARD_MUST_USE;

#endif
