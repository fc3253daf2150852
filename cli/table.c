/* Aligned columns: cells are kept as text, widths are known at the end. */
#include "cli/table.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_COLUMNS = 12 };

struct cli_table {
    cli_state *cli;
    size_t columns, count, room;
    bool right[MOST_COLUMNS];
    int widths[MOST_COLUMNS];
    char **cells;
};

/* Characters of UTF-8: bytes that do not continue one. */
static int width_of(const char *text)
{
    int width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static void add_cell(cli_table *t, char *text)
{
    if (t->count == t->room) {
        char **cells = cli_alloc(t->cli, t->room = 2 * t->room + 64, sizeof *cells);
        if (t->count)
            memcpy(cells, t->cells, t->count * sizeof *cells);
        t->cells = cells;
    }
    cli_clean(text, '?', "");
    const size_t column = t->count % t->columns;
    const int width = width_of(text);
    t->widths[column] = width > t->widths[column] ? width : t->widths[column];
    t->cells[t->count++] = text;
}

cli_table *cli_table_new(cli_state *cli, const char *heads)
{
    cli_table *t = cli_alloc(cli, 1, sizeof *t);
    t->cli = cli;
    t->columns = 1;
    for (const char *c = heads; *c; c++)
        t->columns += *c == '|';
    for (size_t i = 0; i < t->columns; i++) {
        t->right[i] = *heads == '>';
        heads += *heads == '>';
        const size_t length = strcspn(heads, "|");
        add_cell(t, cli_format(cli, "%.*s", (int)length, heads));
        heads += length + (heads[length] != 0);
    }
    return t;
}

void cli_cell(cli_table *table, const char *format, ...)
{
    char *text = NULL;
    va_list list;
    va_start(list, format);
    const int n = vasprintf(&text, format, list);
    va_end(list);
    if (n >= 0)
        cli_defer(table->cli, free, text);
    add_cell(table, n >= 0 ? text : cli_format(table->cli, "?"));
}

static void print_blanks(int count)
{
    for (; count > 0; count--)
        putchar(' ');
}

/* Blanks are held back until a cell follows, so that no line ends in them. */
static void print_row(const cli_table *t, char *const *cells)
{
    int blanks = 0;
    for (size_t i = 0; i < t->columns; i++) {
        const int rest = t->widths[i] - width_of(cells[i]);
        if (*cells[i]) {
            print_blanks(blanks + (t->right[i] ? rest : 0));
            fputs(cells[i], stdout);
            blanks = 0;
        }
        blanks += 2 + (*cells[i] && t->right[i] ? 0 : rest);
    }
    putchar('\n');
}

void cli_table_print(const cli_table *table, bool bare)
{
    for (size_t i = bare ? table->columns : 0; i < table->count; i += table->columns)
        print_row(table, table->cells + i);
}

const char *cli_human(cli_state *cli, double number, const char *unit)
{
    static const char *const prefixes[] = {"", "k", "M", "G", "T", "P"};
    size_t i = 0;
    for (; fabs(number) >= 999.5 && i + 1 < sizeof prefixes / sizeof *prefixes; i++)
        number /= 1000;
    const int digits = i == 0 || fabs(number) >= 99.95 ? 0 : fabs(number) >= 9.995 ? 1 : 2;
    const bool blank = *prefixes[i] || *unit;
    return cli_format(cli, "%.*f%s%s%s", digits, number, blank ? " " : "", prefixes[i], unit);
}

void cli_print(const char *format, ...)
{
    char *text;
    va_list list;
    va_start(list, format);
    const int n = vasprintf(&text, format, list);
    va_end(list);
    if (n < 0)
        return;
    cli_clean(text, '?', "\n\t");
    fputs(text, stdout);
    free(text);
}
