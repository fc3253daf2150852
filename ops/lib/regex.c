/* From the tree of an expression to a program, and its run: the set of steps that may come next is carried along the text. */
#include "ops/lib/regex_program.h"

/* Expressions whose repetitions make a longer program are refused, as RE2 refuses them by their memory. */
enum { MOST_STEPS = 20000, MOST_VISITS = 10 * MOST_STEPS };

typedef struct writer {
    sard_regex_step *steps;
    size_t count, capacity, visits; /* of nodes: repetitions of nothing make no steps */
    sard_arena *arena;
    bool failed, too_large;
} writer;

static size_t add(writer *w, sard_regex_step step)
{
    w->too_large = w->too_large || w->count == MOST_STEPS;
    w->failed = w->failed || w->too_large || !SARD_GROW(w->arena, w->steps, w->count, w->capacity);
    if (w->failed)
        return 0;
    w->steps[w->count] = step;
    return w->count++;
}

static void set_b(writer *w, size_t step, size_t b)
{
    if (!w->failed)
        w->steps[step].b = b;
}

static void write_node(writer *w, const sard_regex_node *node);

static void write_repeat(writer *w, const sard_regex_node *node)
{
    size_t last = 0;
    for (int i = 0; i < node->min && !w->failed; i++)
        write_node(w, node->a);
    if (node->max < 0) {
        const size_t fork = add(w, (sard_regex_step){.kind = FORK, .a = w->count + 1});
        write_node(w, node->a);
        add(w, (sard_regex_step){.kind = FORK, .a = fork, .b = fork});
        set_b(w, fork, w->count);
    }
    /* each fork beyond the least number leads to the end; until that is known they are a chain */
    for (int i = node->min; i < node->max && !w->failed; i++) {
        const size_t fork = add(w, (sard_regex_step){.kind = FORK, .a = w->count + 1, .b = last});
        last = fork + 1;
        write_node(w, node->a);
    }
    while (last && !w->failed) {
        const size_t fork = last - 1;
        last = w->steps[fork].b;
        w->steps[fork].b = w->count;
    }
}

static void write_either(writer *w, const sard_regex_node *node)
{
    const size_t fork = add(w, (sard_regex_step){.kind = FORK, .a = w->count + 1});
    write_node(w, node->a);
    const size_t jump = add(w, (sard_regex_step){.kind = FORK});
    set_b(w, fork, w->count);
    write_node(w, node->b);
    if (!w->failed)
        w->steps[jump].a = w->steps[jump].b = w->count;
}

static void write_node(writer *w, const sard_regex_node *node)
{
    w->too_large = w->too_large || ++w->visits > MOST_VISITS;
    w->failed = w->failed || w->too_large;
    if (w->failed)
        return;
    switch (node->kind) {
    case EMPTY:
        break;
    case CLASS:
        add(w, (sard_regex_step){.kind = TAKE, .set = node->set});
        break;
    case PLACE:
        add(w, (sard_regex_step){.kind = CHECK, .place = node->place});
        break;
    case JOIN:
        write_node(w, node->a);
        write_node(w, node->b);
        break;
    case EITHER:
        write_either(w, node);
        break;
    case REPEAT:
        write_repeat(w, node);
        break;
    }
}

const sard_regex *sard_regex_make(sard_arena *arena, const char *pattern, const char **problem)
{
    *problem = NULL;
    const sard_regex_node *tree = sard_regex_parse(arena, pattern, problem);
    sard_regex *regex = SARD_NEW(arena, sard_regex, 1);
    writer w = {.arena = arena, .failed = !tree || !regex};
    if (tree)
        write_node(&w, tree);
    add(&w, (sard_regex_step){.kind = DONE});
    if (w.too_large)
        *problem = "is too large";
    if (w.failed)
        return NULL;
    *regex = (sard_regex){w.steps, w.count};
    return regex;
}

/* ---- matching ---- */

static bool in_ranges(const sard_regex_class *set, uint32_t letter)
{
    for (size_t i = 0; i < set->count; i++)
        if (letter >= set->ranges[i].first && letter <= set->ranges[i].last)
            return true;
    return false;
}

static bool takes(const sard_regex_class *set, uint32_t letter)
{
    bool in = in_ranges(set, letter);
    if (!in && set->folds)
        in = in_ranges(set, sard_letter_lower(letter)) || in_ranges(set, sard_letter_upper(letter));
    return in != set->negated;
}

static bool is_word(const char *at, const char *begin, const char *end)
{
    if (at < begin || at >= end)
        return false;
    return (*at >= '0' && *at <= '9') || (*at >= 'A' && *at <= 'Z') || (*at >= 'a' && *at <= 'z') || *at == '_';
}

static bool is_at(sard_regex_place place, const char *at, const char *begin, const char *end)
{
    switch (place) {
    case TEXT_BEGIN:
        return at == begin;
    case TEXT_END:
        return at == end;
    case LINE_BEGIN:
        return at == begin || at[-1] == '\n';
    case LINE_END:
        return at == end || *at == '\n';
    default:
        return (is_word(at - 1, begin, end) != is_word(at, begin, end)) == (place == WORD_EDGE);
    }
}

/* Steps that take a character or are done, each once: `mark` tells which were seen at this place. */
typedef struct steps {
    size_t *list, count, *mark, *stack;
} steps;

static void follow(const sard_regex *regex, steps *s, size_t first, size_t mark, const char *at, const char *begin, const char *end)
{
    size_t depth = 0;
    s->stack[depth++] = first;
    while (depth) {
        const size_t i = s->stack[--depth];
        const sard_regex_step *step = &regex->steps[i];
        if (s->mark[i] == mark)
            continue;
        s->mark[i] = mark;
        if (step->kind == FORK) {
            s->stack[depth++] = step->a;
            s->stack[depth++] = step->b;
        } else if (step->kind != CHECK) {
            s->list[s->count++] = i;
        } else if (is_at(step->place, at, begin, end)) {
            s->stack[depth++] = i + 1;
        }
    }
}

/* Two lists, marks, and a stack: a step is pushed at most by two others. */
size_t sard_regex_scratch(const sard_regex *regex) { return (5 * regex->count + 2) * sizeof(size_t); }

size_t sard_regex_longest(const sard_regex *regex, sard_string text, size_t first, void *scratch)
{
    const char *begin = text.size ? text.data : "", *at = begin + first, *end = begin + text.size;
    size_t *lists[] = {scratch, (size_t *)scratch + regex->count}, mark = 1, longest = SIZE_MAX;
    steps s = {.list = lists[0], .mark = lists[1] + regex->count};
    s.stack = s.mark + regex->count;
    for (size_t i = 0; i < regex->count; i++)
        s.mark[i] = 0;
    follow(regex, &s, 0, mark, at, begin, end);
    while (s.count) {
        const size_t *from = s.list, count = s.count, here = (size_t)(at - begin);
        const uint32_t letter = at < end ? sard_utf8_next(&at, end) : 0;
        s.list = s.list == lists[0] ? lists[1] : lists[0];
        s.count = 0;
        mark++;
        for (size_t i = 0; i < count; i++)
            if (regex->steps[from[i]].kind == DONE)
                longest = here;
            else if (begin + here < end && takes(&regex->steps[from[i]].set, letter))
                follow(regex, &s, from[i] + 1, mark, at, begin, end);
    }
    return longest;
}

bool sard_regex_matches(const sard_regex *regex, sard_string text, void *scratch)
{
    return sard_regex_longest(regex, text, 0, scratch) == text.size;
}
