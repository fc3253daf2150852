/* Kinds of operators, and the colours they have in every drawing. */
#ifndef SARD_CLI_KINDS_H
#define SARD_CLI_KINDS_H

#include <stddef.h>

typedef struct cli_kind {
    const char *name, *colour, *ops; /* ops: each between blanks */
} cli_kind;

/* Ends with a NULL name. The last one is of all operators that no other one lists. */
extern const cli_kind cli_kinds[];

/* The place in cli_kinds of an operator. */
size_t cli_kind_of(const char *op);

#endif
