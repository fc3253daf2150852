/* From characters to tokens. */
#include "ir/text_parser.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool sard_text_bare(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("_./+-", c));
}

sard_status sard_text_fail(text_parser *p, const char *format, ...)
{
    char text[600];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    return sard_fail(p->error, SARD_PARSE, "line %zu, column %zu: %s", p->token.line, p->token.column, text);
}

sard_status sard_text_no_memory(text_parser *p) { return sard_no_memory(p->error); }

/* Blanks and comments; true if an end of line was among them. */
static bool skip_blank(text_parser *p)
{
    bool crossed = false;
    for (; p->at < p->end; p->at++) {
        if (*p->at == '#')
            while (p->at + 1 < p->end && p->at[1] != '\n')
                p->at++;
        else if (*p->at == '\n') {
            crossed = true;
            p->line++;
            p->line_start = p->at + 1;
        } else if (*p->at != ' ' && *p->at != '\t' && *p->at != '\r')
            break;
    }
    return crossed;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* One character of a string, perhaps escaped; -1 if it is no escape. */
static int string_char(text_parser *p)
{
    const char c = *p->at++;
    if (c != '\\')
        return (unsigned char)c;
    if (p->at == p->end)
        return -1;
    const char escape = *p->at++;
    switch (escape) {
    case 'n':
        return '\n';
    case 't':
        return '\t';
    case 'r':
        return '\r';
    case '"':
    case '\\':
        return escape;
    case 'x':
        if (p->end - p->at >= 2 && hex_digit(p->at[0]) >= 0 && hex_digit(p->at[1]) >= 0) {
            p->at += 2;
            return hex_digit(p->at[-2]) * 16 + hex_digit(p->at[-1]);
        }
        return -1;
    default:
        return -1;
    }
}

static sard_status lex_string(text_parser *p)
{
    const char *close = ++p->at;
    while (close < p->end && *close != '"' && *close != '\n')
        close += *close == '\\' && close + 1 < p->end ? 2 : 1;
    if (close >= p->end || *close != '"')
        return sard_text_fail(p, "the string is not closed");
    char *text = SARD_NEW(p->arena, char, (size_t)(close - p->at) + 1);
    size_t size = 0;
    if (!text)
        return sard_text_no_memory(p);
    while (p->at < close) {
        const int c = string_char(p);
        if (c < 0)
            return sard_text_fail(p, "unknown escape in the string; there are \\n \\t \\r \\\" \\\\ and \\xNN");
        text[size++] = (char)c;
    }
    p->at = close + 1;
    p->token.kind = TEXT_STRING;
    p->token.text = text;
    p->token.size = size;
    return SARD_OK;
}

static bool two(const text_parser *p, const char *pair) { return p->end - p->at >= 2 && !memcmp(p->at, pair, 2); }

sard_status sard_text_next(text_parser *p)
{
    p->token = (text_token){.line = p->line, .column = (size_t)(p->at - p->line_start) + 1};
    if (skip_blank(p) && !two(p, "|>")) {
        p->token.kind = '\n';
        return SARD_OK;
    }
    p->token = (text_token){.line = p->line, .column = (size_t)(p->at - p->line_start) + 1, .text = p->at};
    if (p->at == p->end)
        return SARD_OK;
    if (*p->at == '"')
        return lex_string(p);
    if (sard_text_bare(*p->at)) {
        while (p->at < p->end && sard_text_bare(*p->at))
            p->at++;
        p->token.kind = TEXT_WORD;
        p->token.size = (size_t)(p->at - p->token.text);
        return SARD_OK;
    }
    if (two(p, "::") || two(p, "|>")) {
        p->token.kind = *p->at + 128;
        p->at += 2;
        return SARD_OK;
    }
    if (!*p->at || !strchr("=,(){}[]:@$?*", *p->at))
        return sard_text_fail(p, "unexpected character '\\x%02x'", (unsigned char)*p->at);
    p->token.kind = (unsigned char)*p->at++;
    p->token.size = 1;
    return SARD_OK;
}

sard_status sard_text_skip(text_parser *p)
{
    sard_status status = SARD_OK;
    while (!status && sard_text_is(p, '\n'))
        status = sard_text_next(p);
    return status;
}

sard_status sard_text_expect(text_parser *p, int kind, const char *what)
{
    return sard_text_is(p, kind) ? sard_text_next(p) : sard_text_fail(p, "expected %s", what);
}

bool sard_text_is_word(const text_parser *p, const char *word)
{
    return sard_text_is(p, TEXT_WORD) && p->token.size == strlen(word) && !memcmp(p->token.text, word, p->token.size);
}

sard_status sard_text_name(text_parser *p, const char **out)
{
    if (!sard_text_is(p, TEXT_WORD) && !sard_text_is(p, TEXT_STRING))
        return sard_text_fail(p, "expected a name");
    if (p->token.size && memchr(p->token.text, 0, p->token.size))
        return sard_text_fail(p, "a name cannot hold a zero");
    *out = sard_arena_string(p->arena, p->token.text, p->token.size);
    return *out ? sard_text_next(p) : sard_text_no_memory(p);
}
