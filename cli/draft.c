/* A file under construction. */
#include "cli/draft.h"

#include "cli/cli.h"

#include <stdlib.h>

sard_status cli_draft_open(cli_state *cli, cli_draft *draft)
{
    *draft = (cli_draft){0};
    draft->out = open_memstream(&draft->bytes, &draft->size);
    return draft->out ? SARD_OK : sard_fail(&cli->error, SARD_NOMEM, "out of memory");
}

sard_status cli_draft_close(cli_state *cli, cli_draft *draft, cli_file *file)
{
    const bool failed = ferror(draft->out);
    if (fclose(draft->out) || failed) {
        free(draft->bytes);
        return sard_fail(&cli->error, SARD_NOMEM, "out of memory");
    }
    cli_defer(cli, free, draft->bytes);
    file->bytes = draft->bytes;
    file->size = draft->size;
    return SARD_OK;
}

/* Bytes of the character at `c`; 0 where it is not UTF-8 (too long, a surrogate, above U+10FFFF). */
static size_t character(const unsigned char *c)
{
    static const struct {
        unsigned char first, last, low, high; /* of the first byte; of the second one */
        size_t size;
    } rows[] = {
        {0x01, 0x7f, 0x00, 0xff, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        if (*c < rows[r].first || *c > rows[r].last)
            continue;
        if (rows[r].size > 1 && (c[1] < rows[r].low || c[1] > rows[r].high))
            return 0;
        for (size_t i = 2; i < rows[r].size; i++)
            if (c[i] < 0x80 || c[i] > 0xbf)
                return 0;
        return rows[r].size;
    }
    return 0;
}

/* Writes a character as it is, and returns its end. */
static const char *put_character(FILE *out, const char *text)
{
    const size_t size = character((const unsigned char *)text);
    if (size)
        fwrite(text, 1, size, out);
    else
        fputs("\xef\xbf\xbd", out);
    return text + (size ? size : 1);
}

void cli_put_markup(FILE *out, const char *text, size_t most)
{
    for (; *text && most; most--) {
        const unsigned char c = (unsigned char)*text;
        const size_t control = cli_control_size(text);
        if (control || c == '<' || c == '>' || c == '&' || c == '"') {
            if (control)
                fputc('?', out);
            else
                fprintf(out, "&#%d;", c);
            text += control ? control : 1;
        } else
            text = put_character(out, text);
    }
}

void cli_put_json(FILE *out, const char *json)
{
    while (*json)
        if (*json == '<' || *json == '>' || *json == '&')
            fprintf(out, "\\u%04x", *json++);
        else
            json = put_character(out, json);
}
