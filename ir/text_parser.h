/* The parser of the text form, from tokens (text_lex.c) over literals (text_literal.c) and operators (text_op.c) to graphs
 * (text_parse.c). */
#ifndef SARD_IR_TEXT_PARSER_H
#define SARD_IR_TEXT_PARSER_H

#include "ir/text.h"

/* A token: a word (names, numbers, "..."), a quoted string, or punctuation, which is its own kind. */
enum { TEXT_END = 0, TEXT_WORD = 'w', TEXT_STRING = 's', TEXT_SCOPE = ':' + 128, TEXT_PIPE = '|' + 128 };

typedef struct text_token {
    int kind;
    const char *text; /* not ended by a zero for words; decoded for strings */
    size_t size;
    size_t line, column;
} text_token;

typedef struct text_parser {
    sard_arena *arena;
    const sard_op_table *ops;
    const char *at, *end, *line_start;
    size_t line;
    text_token token; /* the one to be looked at */
    size_t zeros;     /* bytes of constants that stand as {...} */
    int nesting;
    const sard_graph *broken; /* a subgraph with a node whose shapes do not fit */
    sard_error *error;
} text_parser;

/* May c stand in a name without quotes? */
bool sard_text_bare(char c);

/* Moves to the next token. Ends of lines are tokens ('\n'), but for those before "|>". */
sard_status sard_text_next(text_parser *p) SARD_MUST_USE;
/* Moves over ends of lines. */
sard_status sard_text_skip(text_parser *p) SARD_MUST_USE;
/* "line 3, column 7: ..." at the token. */
sard_status sard_text_fail(text_parser *p, const char *format, ...) SARD_PRINTF(2, 3);
sard_status sard_text_no_memory(text_parser *p);
/* Takes a token of this kind, or fails saying what was expected. */
sard_status sard_text_expect(text_parser *p, int kind, const char *what) SARD_MUST_USE;

static inline bool sard_text_is(const text_parser *p, int kind) { return p->token.kind == kind; }
bool sard_text_is_word(const text_parser *p, const char *word);

/* A word or string as a name that ends with a zero; moves on. */
sard_status sard_text_name(text_parser *p, const char **out) SARD_MUST_USE;
/* A number; moves on. */
sard_status sard_text_int(text_parser *p, int64_t *out) SARD_MUST_USE;
sard_status sard_text_float(text_parser *p, float *out) SARD_MUST_USE;

/* A type: dtype and dims. rank -1: any. */
typedef struct text_type {
    sard_dtype dtype;
    int rank;
    int64_t dims[SARD_MAX_RANK];
} text_type;

/* float32[N,3,?]; `graph` gets the symbols. */
sard_status sard_text_type(text_parser *p, sard_graph *graph, text_type *out) SARD_MUST_USE;
/* {1, 2, 3} or {...}, the elements of a tensor of this type. */
sard_status sard_text_elements(text_parser *p, const text_type *type, sard_tensor *out) SARD_MUST_USE;

/* ---- operators ---- */

/* A node as it stands in the text, or what stands behind a "|>". */
typedef struct text_op {
    const sard_op *op;
    const char *name;
    sard_value **inputs;
    size_t input_count, input_capacity;
    size_t slot; /* where "$" stands; SIZE_MAX: nowhere */
    sard_attr *attrs;
    size_t attr_count, attr_capacity;
    sard_layout layout;
} text_op;

/* An operator, its inputs, attributes and layout. name: what it is called if the text does not say. */
sard_status sard_text_op(text_parser *p, sard_graph *graph, const char *name, bool epilogue, text_op *out) SARD_MUST_USE;

/* A name in use: a value of this graph, or one captured from the graphs around it. */
sard_status sard_text_value(text_parser *p, sard_graph *graph, sard_value **out) SARD_MUST_USE;
/* The same by name; *out NULL: there is none. */
sard_status sard_text_find(text_parser *p, sard_graph *graph, const char *name, sard_value **out) SARD_MUST_USE;

/* graph name { ... } */
sard_status sard_text_graph(text_parser *p, sard_graph *parent, sard_graph **out) SARD_MUST_USE;

#endif
