/* A file under construction: written with stdio into memory, so that it appears as a whole or not at all. */
#ifndef SARD_CLI_DRAFT_H
#define SARD_CLI_DRAFT_H

#include "cli/file.h"

#include <stdio.h>

typedef struct cli_draft {
    FILE *out;
    char *bytes;
    size_t size;
} cli_draft;

sard_status cli_draft_open(cli_state *cli, cli_draft *draft) SARD_MUST_USE;

/* Gives file->bytes, which live until the verb is over, and file->size. The draft is gone, also after a failure. */
sard_status cli_draft_close(cli_state *cli, cli_draft *draft, cli_file *file) SARD_MUST_USE;

/* Text within an element or an attribute in quotes, of HTML or XML: at most `most` characters. What is not UTF-8 becomes U+FFFD, so
 * that any bytes give a valid file. */
void cli_put_markup(FILE *out, const char *text, size_t most);

/* JSON within a script element of HTML, which it can't end: <, > and & are written as escapes. UTF-8 as above. */
void cli_put_json(FILE *out, const char *json);

#endif
