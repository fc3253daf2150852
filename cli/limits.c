/* Options of every verb that loads a model: how its files are read, and what it may ask for. */
#include "cli/args.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LIMIT = 1280, FOLLOW_LINKS, COPY };

/* A whole number above 0, perhaps with a suffix: K, M, G and T are powers of 1024. */
static bool read_size(const char *word, uint64_t *out)
{
    static const char suffixes[] = "KMGT";
    char *end;
    errno = 0;
    const unsigned long long number = strtoull(word, &end, 10);
    if (*word < '0' || *word > '9' || errno || !number)
        return false;
    const char *suffix = *end ? strchr(suffixes, *end) : NULL;
    const unsigned shift = suffix ? 10 * (unsigned)(suffix - suffixes + 1) : 0;
    *out = (uint64_t)number << shift;
    return !end[suffix != NULL] && *out >> shift == number;
}

/* The limit of that name, NULL if there is none. */
static uint64_t *find_limit(sard_limits *limits, const char *name, size_t size)
{
#define X(member, word, text)                                     \
    if (size == sizeof word - 1 && memcmp(name, word, size) == 0) \
        return &limits->member;
    SARD_LIMIT_LIST(X)
#undef X
    return NULL;
}

static error_t parse_limit(cli_options *o, const char *word)
{
    const size_t size = strcspn(word, "=");
    uint64_t *limit = find_limit(&o->limits, word, size);
    if (!limit || !word[size])
        return cli_refuse(o,
                          "--limit %s: NAME=SIZE is wanted; names are"
#define X(member, name, text) " " name
                          SARD_LIMIT_LIST(X)
#undef X
                              ,
                          word);
    return read_size(word + size + 1, limit) ? 0 : cli_refuse(o, "--limit %s: a number from 1 on is wanted, as 64M or 2G", word);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    cli_options *o = state->input;
    switch (key) {
    case LIMIT:
        return parse_limit(o, arg);
    case FOLLOW_LINKS:
        o->follow_links = true;
        return 0;
    case COPY:
        o->copy = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"limit", LIMIT, "NAME=SIZE", 0, "What the model may ask for, 64M or 2G say; may be repeated. See the names below", 85},
    {"follow-links", FOLLOW_LINKS, NULL, 0, "Read external data through symbolic links too, as in the cache of Hugging Face", 0},
    {"copy", COPY, NULL, 0, "Read the model's files into memory instead of mapping them, so that others may change them", 0},
    {0},
};

#define X(member, name, text) "\n  " name "  " text
const struct argp cli_load_argp = {
    .options = options,
    .parser = parse,
    .doc = "\vNames of --limit:" SARD_LIMIT_LIST(X),
};
#undef X
