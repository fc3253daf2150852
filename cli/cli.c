/* Memory and messages of the command. */
#include "cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct cli_undo {
    struct cli_undo *older;
    void (*undo)(void *arg);
    void *arg;
} cli_undo;

static void *must(void *memory)
{
    if (memory)
        return memory;
    cli_say("out of memory");
    exit(CLI_FAILED);
}

void cli_defer(cli_state *cli, void (*undo)(void *arg), void *arg)
{
    cli_undo *u = must(malloc(sizeof *u));
    *u = (cli_undo){cli->undo, undo, arg};
    cli->undo = u;
}

void cli_undo_to(cli_state *cli, const struct cli_undo *mark)
{
    while (cli->undo != mark) {
        cli_undo *u = cli->undo;
        cli->undo = u->older;
        u->undo(u->arg);
        free(u);
    }
}

void *cli_alloc(cli_state *cli, size_t count, size_t size)
{
    void *memory = must(calloc(count ? count : 1, size ? size : 1));
    cli_defer(cli, free, memory);
    return memory;
}

void *cli_try_alloc(cli_state *cli, size_t size, const char *what)
{
    void *memory = calloc(size ? size : 1, 1);
    if (memory)
        cli_defer(cli, free, memory);
    else
        sard_fail(&cli->error, SARD_NOMEM, "no memory for %zu bytes of %s", size, what);
    return memory;
}

char *cli_format(cli_state *cli, const char *format, ...)
{
    char *text;
    va_list list;
    va_start(list, format);
    if (vasprintf(&text, format, list) < 0)
        text = must(NULL);
    va_end(list);
    cli_defer(cli, free, text);
    return text;
}

sard_status cli_name_file(cli_state *cli, sard_status status, const char *path)
{
    const sard_error why = cli->error;
    return !status || strstr(why.text, path) ? status : sard_fail(&cli->error, status, "%s: %s", path, why.text);
}

/* Room doubles where the count is a power of two. */
void cli_words_add(cli_state *cli, cli_words *words, const char *word)
{
    if ((words->count & (words->count - 1)) == 0) {
        const char **items = cli_alloc(cli, words->count ? 2 * words->count : 1, sizeof *items);
        if (words->count)
            memcpy(items, words->items, words->count * sizeof *items);
        words->items = items;
    }
    words->items[words->count++] = word;
}

size_t cli_control_size(const char *text)
{
    const unsigned char c = (unsigned char)text[0], next = c ? (unsigned char)text[1] : 0;
    if ((c && c < 0x20) || c == 0x7f)
        return 1;
    return c == 0xc2 && next >= 0x80 && next < 0xa0 ? 2 : 0;
}

void cli_clean(char *text, char instead, const char *kept)
{
    for (size_t size; *text; text += size ? size : 1) {
        size = cli_control_size(text);
        for (size_t i = 0; i < size && !strchr(kept, *text); i++)
            text[i] = instead;
    }
}

void cli_say(const char *text)
{
    char line[sizeof((sard_error *)0)->text + 256];
    snprintf(line, sizeof line, "%s", text);
    cli_clean(line, ' ', "");
    fprintf(stderr, "sard: %s\n", line);
}
