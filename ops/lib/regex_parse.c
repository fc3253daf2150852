/* The syntax of regular expressions. */
#include "ops/lib/regex_program.h"

#include <string.h>

enum { MOST_DEPTH = 200, MOST_REPEATS = 1000, MOST_BYTES = 10000, LAST_LETTER = 0x10ffff };

typedef struct flags {
    bool folds, dot_all, lines;
} flags;

typedef struct parser {
    sard_arena *arena;
    const char *at, *end, *problem;
    flags flags;
    int depth;
    bool quoted; /* between \Q and \E */
} parser;

static const sard_regex_node *fail(parser *p, const char *problem)
{
    p->problem = p->problem ? p->problem : problem;
    return NULL;
}

static const sard_regex_node *make(parser *p, sard_regex_node from) { return sard_arena_copy(p->arena, &from, sizeof from); }

static bool take(parser *p, const char *word)
{
    const size_t size = strlen(word);
    if ((size_t)(p->end - p->at) < size || memcmp(p->at, word, size))
        return false;
    p->at += size;
    return true;
}

/* ---- classes ---- */

static const sard_regex_range digit[] = {{'0', '9'}}, word[] = {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}},
                              space[] = {{'\t', '\n'}, {'\f', '\r'}, {' ', ' '}}, no_digit[] = {{0, '0' - 1}, {'9' + 1, LAST_LETTER}},
                              no_word[] = {{0, '0' - 1}, {'9' + 1, 'A' - 1}, {'Z' + 1, '_' - 1}, {'`', '`'}, {'z' + 1, LAST_LETTER}},
                              no_space[] = {{0, '\t' - 1}, {'\v', '\v'}, {'\r' + 1, ' ' - 1}, {' ' + 1, LAST_LETTER}};
static const sard_regex_range alnum[] = {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}}, alpha[] = {{'A', 'Z'}, {'a', 'z'}}, ascii[] = {{0, 127}},
                              blank[] = {{'\t', '\t'}, {' ', ' '}}, cntrl[] = {{0, 31}, {127, 127}}, graph[] = {{'!', '~'}},
                              lower[] = {{'a', 'z'}}, print[] = {{' ', '~'}}, punct[] = {{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}},
                              all_space[] = {{'\t', '\r'}, {' ', ' '}}, upper[] = {{'A', 'Z'}},
                              xdigit[] = {{'0', '9'}, {'A', 'F'}, {'a', 'f'}};

typedef struct named {
    const char *name;
    const sard_regex_range *ranges;
    size_t count;
} named;
#define NAMED(name, ranges)                              \
    {                                                    \
        name, ranges, sizeof(ranges) / sizeof(ranges)[0] \
    }
static const named escapes[] = {NAMED("\\d", digit),   NAMED("\\w", word),     NAMED("\\s", space), NAMED("\\D", no_digit),
                                NAMED("\\W", no_word), NAMED("\\S", no_space), {NULL, NULL, 0}};
static const named posix[] = {NAMED("[:alnum:]", alnum), NAMED("[:alpha:]", alpha),     NAMED("[:ascii:]", ascii),
                              NAMED("[:blank:]", blank), NAMED("[:cntrl:]", cntrl),     NAMED("[:digit:]", digit),
                              NAMED("[:graph:]", graph), NAMED("[:lower:]", lower),     NAMED("[:print:]", print),
                              NAMED("[:punct:]", punct), NAMED("[:space:]", all_space), NAMED("[:upper:]", upper),
                              NAMED("[:word:]", word),   NAMED("[:xdigit:]", xdigit),   {NULL, NULL, 0}};

static const named *find_named(parser *p, const named *list)
{
    for (; list->name; list++)
        if (take(p, list->name))
            return list;
    return NULL;
}

static const sard_regex_node *make_class(parser *p, const sard_regex_range *ranges, size_t count, bool negated)
{
    return make(p, (sard_regex_node){.kind = CLASS, .set = {ranges, count, negated, p->flags.folds}});
}

static const sard_regex_node *make_letter(parser *p, uint32_t letter)
{
    const sard_regex_range *range = sard_arena_copy(p->arena, &(sard_regex_range){letter, letter}, sizeof *range);
    return range ? make_class(p, range, 1, false) : NULL;
}

/* ---- single characters ---- */

static int hex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool read_hex(parser *p, uint32_t *out)
{
    const bool braces = take(p, "{");
    int digits = 0;
    *out = 0;
    for (; p->at < p->end && hex(*p->at) >= 0 && digits < (braces ? 6 : 2); digits++)
        *out = *out << 4 | (uint32_t)hex(*p->at++);
    return (braces ? digits && take(p, "}") : digits == 2) && *out <= LAST_LETTER;
}

/* Behind a backslash. */
static bool read_escape(parser *p, uint32_t *out)
{
    static const char names[] = "aftnrv", meanings[] = "\a\f\t\n\r\v";
    const char c = p->at < p->end ? *p->at : 0, *found = c ? strchr(names, c) : NULL;
    if (c == 'x') {
        p->at++;
        return read_hex(p, out) || (fail(p, "has a number in \\x that is wrong"), false);
    }
    if (c == 'p' || c == 'P')
        return fail(p, "has a class of Unicode (\\p), which is not supported"), false;
    if (c == 'C')
        return fail(p, "has \\C, which is not supported"), false;
    if (c >= '1' && c <= '9')
        return fail(p, "has a back-reference, which RE2 does not have"), false;
    if (!found && (c == 0 || c == '0' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
        return fail(p, "has an escape that is unknown"), false;
    *out = found ? (uint32_t)meanings[found - names] : sard_utf8_next(&p->at, p->end);
    p->at += found != NULL;
    return true;
}

static bool read_letter(parser *p, uint32_t *out)
{
    if (take(p, "\\"))
        return read_escape(p, out);
    *out = sard_utf8_next(&p->at, p->end);
    return *out <= LAST_LETTER || (fail(p, "is not UTF-8"), false);
}

/* ---- brackets ---- */

typedef struct range_list {
    sard_regex_range *ranges;
    size_t count, capacity;
} range_list;

static bool add_range(parser *p, range_list *list, sard_regex_range range)
{
    if (!SARD_GROW(p->arena, list->ranges, list->count, list->capacity))
        return false;
    list->ranges[list->count++] = range;
    return true;
}

static bool read_member(parser *p, range_list *list)
{
    sard_regex_range range;
    const named *set = find_named(p, escapes);
    set = set ? set : find_named(p, posix);
    for (size_t i = 0; set && i < set->count; i++)
        if (!add_range(p, list, set->ranges[i]))
            return false;
    if (set)
        return true;
    if (p->end - p->at >= 2 && p->at[0] == '[' && p->at[1] == ':')
        return fail(p, "has a class in [: :] that is unknown"), false;
    if (!read_letter(p, &range.first))
        return false;
    range.last = range.first;
    if (p->end - p->at >= 2 && p->at[0] == '-' && p->at[1] != ']') {
        p->at++;
        if (!read_letter(p, &range.last))
            return false;
        if (range.last < range.first)
            return fail(p, "has a range that ends before it begins"), false;
    }
    return add_range(p, list, range);
}

static const sard_regex_node *parse_brackets(parser *p)
{
    range_list list = {NULL, 0, 0};
    const bool negated = take(p, "^");
    for (bool first = true; first || !take(p, "]"); first = false) {
        if (p->at == p->end)
            return fail(p, "has a [ without ]");
        if (!read_member(p, &list))
            return NULL;
    }
    return make_class(p, list.ranges, list.count, negated);
}

/* ---- expressions ---- */

static const sard_regex_node *parse_either(parser *p);

/* Behind "(?": flags up to ":", or to ")" where they hold for what follows. *group: a group begins. */
static bool read_flags(parser *p, bool *group)
{
    bool on = true;
    *group = true;
    if (take(p, "P<") || (p->at < p->end && p->at[0] == '<' && p->end - p->at > 1 && p->at[1] != '=' && p->at[1] != '!' && take(p, "<"))) {
        while (p->at < p->end && *p->at != '>')
            p->at++;
        return take(p, ">") || (fail(p, "has a name of a group without end"), false);
    }
    for (; p->at < p->end; p->at++)
        switch (*p->at) {
        case 'i':
            p->flags.folds = on;
            break;
        case 's':
            p->flags.dot_all = on;
            break;
        case 'm':
            p->flags.lines = on;
            break;
        case 'U': /* which way is taken first is all one to a match of the whole */
            break;
        case '-':
            on = false;
            break;
        case ':':
        case ')':
            *group = *p->at++ == ':';
            return true;
        default:
            return fail(p, "has a (? that RE2 does not have, such as look-around"), false;
        }
    return fail(p, "has a ( without )"), false;
}

static const sard_regex_node *parse_group(parser *p)
{
    const flags outside = p->flags;
    bool group = true;
    if (take(p, "?") && !read_flags(p, &group))
        return NULL;
    if (!group)
        return make(p, (sard_regex_node){.kind = EMPTY});
    if (++p->depth > MOST_DEPTH)
        return fail(p, "has groups that are too deep");
    const sard_regex_node *inner = parse_either(p);
    p->depth--;
    p->flags = outside;
    if (inner && !take(p, ")"))
        return fail(p, "has a ( without )");
    return inner;
}

static const sard_regex_node *make_place(parser *p, sard_regex_place place)
{
    return make(p, (sard_regex_node){.kind = PLACE, .place = place});
}

static const sard_regex_node *parse_one(parser *p)
{
    static const sard_regex_range line_end[] = {{'\n', '\n'}};
    uint32_t letter;
    if (p->quoted)
        return make_letter(p, sard_utf8_next(&p->at, p->end));
    if (take(p, "("))
        return parse_group(p);
    if (take(p, "["))
        return parse_brackets(p);
    if (take(p, "."))
        return make_class(p, line_end, p->flags.dot_all ? 0 : 1, true);
    if (take(p, "^"))
        return make_place(p, p->flags.lines ? LINE_BEGIN : TEXT_BEGIN);
    if (take(p, "$"))
        return make_place(p, p->flags.lines ? LINE_END : TEXT_END);
    if (take(p, "\\A") || take(p, "\\z"))
        return make_place(p, p->at[-1] == 'A' ? TEXT_BEGIN : TEXT_END);
    if (take(p, "\\b") || take(p, "\\B"))
        return make_place(p, p->at[-1] == 'b' ? WORD_EDGE : NO_WORD_EDGE);
    const named *set = find_named(p, escapes);
    if (set)
        return make_class(p, set->ranges, set->count, false);
    if (strchr("*+?", *p->at))
        return fail(p, "has a repetition of nothing");
    return read_letter(p, &letter) ? make_letter(p, letter) : NULL;
}

static bool read_number(const char **at, const char *end, int *out)
{
    const char *begin = *at;
    for (*out = 0; *at < end && **at >= '0' && **at <= '9'; ++*at)
        *out = *out > MOST_REPEATS ? *out : *out * 10 + (**at - '0');
    return *at > begin;
}

/* {n}, {n,}, {n,m}; anything else in braces is text. */
static bool read_braces(parser *p, int *min, int *max)
{
    const char *at = p->at + 1;
    if (p->at == p->end || *p->at != '{' || !read_number(&at, p->end, min))
        return false;
    *max = *min;
    if (at < p->end && *at == ',') {
        at++;
        if (!read_number(&at, p->end, max))
            *max = -1;
    }
    if (at == p->end || *at != '}')
        return false;
    p->at = at + 1;
    return true;
}

static const sard_regex_node *parse_repeat(parser *p)
{
    const sard_regex_node *node = parse_one(p);
    int min = 0, max = -1;
    bool repeated = false;
    while (node && !p->quoted && p->at < p->end) {
        if (take(p, "*"))
            min = 0, max = -1;
        else if (take(p, "+"))
            min = 1, max = -1;
        else if (take(p, "?"))
            min = 0, max = 1;
        else if (!read_braces(p, &min, &max))
            return node;
        if (repeated)
            return fail(p, "repeats a repetition");
        if (min > MOST_REPEATS || max > MOST_REPEATS || (max >= 0 && max < min))
            return fail(p, "has a number of repetitions that is wrong, or above 1000");
        (void)take(p, "?"); /* the fewest first: all one to a match of the whole */
        repeated = true;
        node = make(p, (sard_regex_node){.kind = REPEAT, .a = node, .min = min, .max = max});
    }
    return node;
}

static const sard_regex_node *parse_join(parser *p)
{
    const sard_regex_node *node = make(p, (sard_regex_node){.kind = EMPTY});
    while (node && p->at < p->end) {
        if (take(p, p->quoted ? "\\E" : "\\Q")) {
            p->quoted = !p->quoted;
            continue;
        }
        if (!p->quoted && (*p->at == '|' || *p->at == ')'))
            break;
        const sard_regex_node *next = parse_repeat(p);
        node = next ? make(p, (sard_regex_node){.kind = JOIN, .a = node, .b = next}) : NULL;
    }
    return node;
}

static const sard_regex_node *parse_either(parser *p)
{
    const sard_regex_node *node = parse_join(p);
    while (node && take(p, "|")) {
        const sard_regex_node *next = parse_join(p);
        node = next ? make(p, (sard_regex_node){.kind = EITHER, .a = node, .b = next}) : NULL;
    }
    return node;
}

const sard_regex_node *sard_regex_parse(sard_arena *arena, const char *pattern, const char **problem)
{
    parser p = {.arena = arena, .at = pattern, .end = pattern + strlen(pattern)};
    const sard_regex_node *node = p.end - p.at > MOST_BYTES ? fail(&p, "is too long") : parse_either(&p);
    if (node && p.at < p.end)
        node = fail(&p, "has a ) without (");
    *problem = p.problem;
    return node;
}
