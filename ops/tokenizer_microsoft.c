/* Tokenizer of domain com.microsoft (version 1 of ONNX Runtime's contributed operators): the words of strings
 *
 * in   X: [C] or [N, C]
 * out  Y: one more dimension: the tokens of each string, then pad_value where others have more. Without any token at all it is of size 0
 *
 * tokenexp: tokens are what matches (ops/lib/regex.h), leftmost and longest. separators: what lies between matches of any of them; one "" parts
 * all characters. Tokens of fewer characters than mincharnum are left out. mark: the bytes 2 and 3 stand before and after the tokens. */
#include "ops/lib/contents.h"
#include "ops/lib/regex.h"

#include <string.h>

typedef struct tokenizer {
    int64_t mark, mincharnum;
    const char *pad_value, *tokenexp;
    sard_strings separators;
    bool by_separators;
    const sard_regex *regex; /* made by infer */
} tokenizer;

/* ---- the expression ---- */

/* All separators as one expression, or that of the tokens. */
static const char *pattern_of(sard_arena *arena, const tokenizer *a)
{
    if (!a->by_separators)
        return a->tokenexp;
    const char *all = "";
    for (size_t i = 0; all && i < a->separators.count; i++)
        all = sard_arena_printf(arena, "%s%s(?:%s)", all, i ? "|" : "", a->separators.data[i].data);
    return all;
}

static sard_status infer(sard_node *node, sard_error *error)
{
    tokenizer *a = node->attrs;
    const sard_value *x = node->inputs[0];
    const char *problem = NULL;
    int64_t dims[SARD_MAX_RANK + 1];
    a->by_separators = a->separators.count > 0;
    if (a->by_separators == (a->tokenexp && *a->tokenexp))
        return sard_node_fail(node, error, SARD_MODEL, "one of tokenexp and separators must be given");
    if (x->rank < 1 || x->rank > 2)
        return sard_node_fail(node, error, SARD_SHAPE, "X has rank %d, must be 1 or 2", x->rank);
    const char *pattern = a->regex ? NULL : pattern_of(node->graph->arena, a);
    if (pattern)
        a->regex = sard_regex_make(node->graph->arena, pattern, &problem);
    if (problem)
        return sard_node_fail(node, error, SARD_UNSUPPORTED, "the expression '%.100s' %s", pattern, problem);
    if (!a->regex)
        return sard_no_memory(error);
    for (int i = 0; i < x->rank; i++)
        dims[i] = x->dims[i];
    dims[x->rank] = SARD_UNKNOWN_DIM;
    return sard_node_set_output(node, 0, SARD_STRING, x->rank + 1, dims, error);
}

/* ---- tokens ---- */

static int64_t letters_in(sard_string text)
{
    const char *at = text.data, *end = text.data + text.size;
    int64_t count = 0;
    for (; at < end; count++)
        (void)sard_utf8_next(&at, end);
    return count;
}

typedef struct tokens {
    const tokenizer *a;
    sard_string *list; /* NULL: they are only counted */
    int64_t count;
} tokens;

static void add(tokens *t, sard_string token, bool always)
{
    if (!always && (!token.size || letters_in(token) < t->a->mincharnum))
        return;
    if (t->list)
        t->list[t->count] = token;
    t->count++;
}

/* Empty matches part characters where they part anything: what lies before them is one. */
static void split(tokens *t, sard_string text, void *scratch)
{
    const char *end = text.size ? text.data + text.size : NULL;
    size_t begin = 0; /* of what lies between separators */
    for (size_t at = 0; at < text.size;) {
        const char *next = text.data + at;
        (void)sard_utf8_next(&next, end);
        const size_t found = sard_regex_longest(t->a->regex, text, at, scratch), letter = (size_t)(next - text.data);
        const bool matches = found != SIZE_MAX && found > at;
        if (t->a->by_separators && found == at) {
            add(t, (sard_string){next - (letter - at), letter - at}, false);
            begin = letter;
        } else if (t->a->by_separators && matches) {
            add(t, (sard_string){text.data + begin, at - begin}, false);
            begin = found;
        } else if (matches) {
            add(t, (sard_string){text.data + at, found - at}, false);
        }
        at = matches ? found : letter;
    }
    if (t->a->by_separators && begin < text.size)
        add(t, (sard_string){text.data + begin, text.size - begin}, false);
}

static int64_t tokenize(const tokenizer *a, sard_string text, sard_string *list, void *scratch)
{
    tokens t = {a, list, 0};
    if (a->mark)
        add(&t, (sard_string){"\2", 1}, true);
    split(&t, text, scratch);
    if (a->mark)
        add(&t, (sard_string){"\3", 1}, true);
    return t.count;
}

static sard_status eval(const sard_call *call)
{
    const tokenizer *a = call->attrs;
    const sard_tensor *x = &call->inputs[0];
    const sard_string *strings = x->data;
    const size_t count = sard_tensor_count(x);
    int64_t dims[SARD_MAX_RANK + 1], most = 0;
    void *scratch = sard_call_alloc(call, sard_regex_scratch(a->regex));
    if (!scratch)
        return sard_call_fail(call, SARD_NOMEM, "out of memory");
    for (size_t i = 0; i < count; i++) {
        const int64_t own = tokenize(a, strings[i], NULL, scratch);
        most = own > most ? own : most;
    }
    memcpy(dims, x->dims, sizeof x->dims);
    dims[x->rank] = most;
    const sard_status status = sard_call_output(call, 0, x->rank + 1, dims);
    sard_string *to = call->outputs[0].data;
    for (size_t i = 0; !status && i < count; i++, to += most)
        for (int64_t k = tokenize(a, strings[i], to, scratch); k < most; k++)
            to[k] = (sard_string){a->pad_value, strlen(a->pad_value)};
    return status;
}

static const sard_attr_spec attrs[] = {
    {.name = "mark", .kind = SARD_ATTR_INT, .flags = SARD_REQUIRED, .offset = offsetof(tokenizer, mark)},
    {.name = "mincharnum", .kind = SARD_ATTR_INT, .flags = SARD_REQUIRED, .offset = offsetof(tokenizer, mincharnum)},
    {.name = "pad_value", .kind = SARD_ATTR_STRING, .flags = SARD_REQUIRED, .offset = offsetof(tokenizer, pad_value)},
    SARD_ATTR(tokenizer, separators, STRINGS),
    SARD_ATTR(tokenizer, tokenexp, STRING),
    SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("X", 'T', SARD_SET(STRING)), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("Y", 'T', SARD_SET(STRING)), SARD_PORTS_END};

const sard_op sard_op_microsoft_tokenizer = {.struct_size = sizeof(sard_op),
                                             .domain = "com.microsoft",
                                             .name = "Tokenizer",
                                             .since = 1,
                                             .traits = SARD_DATA_DEPENDENT,
                                             .inputs = inputs,
                                             .outputs = outputs,
                                             .attrs = attrs,
                                             .attrs_size = sizeof(tokenizer),
                                             .infer = infer,
                                             .eval = eval};
