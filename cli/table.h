/* Aligned columns. */
#ifndef SARD_CLI_TABLE_H
#define SARD_CLI_TABLE_H

#include "cli/cli.h"

typedef struct cli_table cli_table;

/* heads: one word a column, "op|name|>ms": those after '>' are flush right. */
cli_table *cli_table_new(cli_state *cli, const char *heads);

/* The next cell, row by row. */
void cli_cell(cli_table *table, const char *format, ...) SARD_PRINTF(2, 3);

/* Prints to stdout; without a head line if `bare`. */
void cli_table_print(const cli_table *table, bool bare);

/* "1.5 MB", "23.8 M": three digits and a prefix of 1000. */
const char *cli_human(cli_state *cli, double number, const char *unit);

/* Prints text to stdout, control characters other than newlines and tabs as '?'. */
void cli_print(const char *format, ...) SARD_PRINTF(1, 2);

#endif
