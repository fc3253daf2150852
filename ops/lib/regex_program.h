/* What an expression is made of while it is translated, and what it becomes. */
#ifndef SARD_OPS_LIB_REGEX_PROGRAM_H
#define SARD_OPS_LIB_REGEX_PROGRAM_H

#include "ops/lib/regex.h"

typedef struct sard_regex_range {
    uint32_t first, last;
} sard_regex_range;

/* Code points; `folds`: in either case. */
typedef struct sard_regex_class {
    const sard_regex_range *ranges;
    size_t count;
    bool negated, folds;
} sard_regex_class;

/* Places between characters. */
typedef enum sard_regex_place { TEXT_BEGIN, TEXT_END, LINE_BEGIN, LINE_END, WORD_EDGE, NO_WORD_EDGE } sard_regex_place;

/* A tree: EMPTY; CLASS; PLACE; JOIN a then b; EITHER a or b; REPEAT a, min to max times (max -1: any). */
typedef struct sard_regex_node {
    enum { EMPTY, CLASS, PLACE, JOIN, EITHER, REPEAT } kind;
    const struct sard_regex_node *a, *b;
    int min, max;
    sard_regex_place place;
    sard_regex_class set;
} sard_regex_node;

/* A program: TAKE a character of `set` and go on; FORK to a and b; CHECK a place and go on; DONE. */
typedef struct sard_regex_step {
    enum { TAKE, FORK, CHECK, DONE } kind;
    size_t a, b;
    sard_regex_place place;
    sard_regex_class set;
} sard_regex_step;

struct sard_regex {
    const sard_regex_step *steps;
    size_t count;
};

const sard_regex_node *sard_regex_parse(sard_arena *arena, const char *pattern, const char **problem);

#endif
