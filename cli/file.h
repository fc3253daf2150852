/* Files as the command reads and writes them; "-" is stdin or stdout. */
#ifndef SARD_CLI_FILE_H
#define SARD_CLI_FILE_H

#include "cli/cli.h"

/* The whole file, at most 4 GiB; the bytes live until the verb is over. */
sard_status cli_read_file(cli_state *cli, const char *path, const void **bytes, size_t *size) SARD_MUST_USE;

typedef struct cli_file {
    const char *path;
    const void *bytes;
    size_t size;
} cli_file;

/* Writes all or none: under temporary names first, which are then renamed. What goes to stdout or a device comes last. */
sard_status cli_write_files(cli_state *cli, const cli_file *files, size_t count) SARD_MUST_USE;

#endif
