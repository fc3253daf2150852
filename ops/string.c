/* StringConcat-20, StringSplit-20, StringNormalizer-10: strings of UTF-8
 *
 * StringConcat      in X, Y: broadcast; out Z: each of X with that of Y after it
 * StringSplit       in X; out Y: X with one more dimension, the parts between delimiters, "" where an element has fewer of them; Z: their
 *                   number. Without a delimiter runs of white space (of ASCII) part, and there are no empty parts
 * StringNormalizer  in X: [C] or [1, C]; out Y: without the stop words, in the case that is asked for (sard_letter_lower; `locale` is
 *                   ignored). Where none is left: one empty string */
#include "ops/lib/contents.h"
#include "ops/lib/text.h"

#include <inttypes.h>
#include <string.h>

static sard_status no_memory(const sard_call *call) { return sard_call_fail(call, SARD_NOMEM, "out of memory"); }

/* ---- StringConcat ---- */

static sard_status eval_concat(const sard_call *call)
{
    const sard_tensor *z = &call->outputs[0];
    const sard_string *x = call->inputs[0].data, *y = call->inputs[1].data;
    sard_string *to = z->data;
    int64_t a[SARD_MAX_RANK], b[SARD_MAX_RANK];
    size_t bytes = 0;
    sard_broadcast_strides(&call->inputs[0], z->rank, z->dims, a);
    sard_broadcast_strides(&call->inputs[1], z->rank, z->dims, b);
    for (sard_walk w = sard_walk_start(z->rank, z->dims, a, b, NULL); w.more; sard_walk_next(&w))
        if (__builtin_add_overflow(bytes, x[w.offset[0]].size, &bytes) || __builtin_add_overflow(bytes, y[w.offset[1]].size, &bytes))
            return no_memory(call);
    char *text = sard_call_alloc(call, bytes + 1);
    if (!text)
        return no_memory(call);
    for (sard_walk w = sard_walk_start(z->rank, z->dims, a, b, NULL); w.more; sard_walk_next(&w)) {
        const sard_string left = x[w.offset[0]], right = y[w.offset[1]];
        *to++ = (sard_string){text, left.size + right.size};
        if (left.size)
            memcpy(text, left.data, left.size);
        if (right.size)
            memcpy(text + left.size, right.data, right.size);
        text += left.size + right.size;
    }
    return SARD_OK;
}

/* ---- StringSplit ---- */

typedef struct string_split {
    const char *delimiter;
    int64_t maxsplit; /* negative: no limit */
} string_split;

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/* The place of the next delimiter from `at` on, or the end of the string. */
static size_t find(sard_string text, size_t at, const char *delimiter, size_t length)
{
    const char *found = length && at < text.size ? memmem(text.data + at, text.size - at, delimiter, length) : NULL;
    if (length)
        return found ? (size_t)(found - text.data) : text.size;
    while (at < text.size && !is_space(text.data[at]))
        at++;
    return at;
}

static size_t skip_space(sard_string text, size_t at)
{
    while (at < text.size && is_space(text.data[at]))
        at++;
    return at;
}

/* The number of parts; they go to `parts` if that is not NULL. */
static int64_t split(const string_split *a, sard_string text, sard_string *parts)
{
    const size_t length = a->delimiter ? strlen(a->delimiter) : 0;
    size_t at = length ? 0 : skip_space(text, 0);
    int64_t count = 0;
    if (at == text.size && (!length || !text.size))
        return 0;
    for (bool more = true; more; count++) {
        const size_t end = a->maxsplit >= 0 && count >= a->maxsplit ? text.size : find(text, at, a->delimiter, length);
        if (parts)
            parts[count] = (sard_string){text.data + at, end - at};
        at = length ? end + length : skip_space(text, end);
        more = length ? end < text.size : at < text.size;
    }
    return count;
}

static sard_status infer_split(sard_node *node, sard_error *error)
{
    const sard_value *x = node->inputs[0];
    int64_t dims[SARD_MAX_RANK + 1];
    for (int i = 0; i < x->rank; i++)
        dims[i] = x->dims[i];
    dims[x->rank] = SARD_UNKNOWN_DIM;
    const sard_status status = sard_node_set_output(node, 0, SARD_STRING, x->rank + 1, dims, error);
    return status ? status : sard_node_set_output(node, 1, SARD_I64, x->rank, x->dims, error);
}

static sard_status eval_split(const sard_call *call)
{
    const string_split *a = call->attrs;
    const sard_tensor *x = &call->inputs[0];
    const sard_string *strings = x->data;
    const size_t count = sard_tensor_count(x);
    int64_t dims[SARD_MAX_RANK + 1], most = 0;
    for (size_t i = 0; i < count; i++) {
        const int64_t parts = split(a, strings[i], NULL);
        most = parts > most ? parts : most;
        if (sard_call_wants(call, 1))
            ((int64_t *)call->outputs[1].data)[i] = parts;
    }
    if (!sard_call_wants(call, 0))
        return SARD_OK;
    memcpy(dims, x->dims, sizeof x->dims);
    dims[x->rank] = most;
    const sard_status status = sard_call_output(call, 0, x->rank + 1, dims);
    sard_string *to = call->outputs[0].data;
    for (size_t i = 0; !status && i < count; i++, to += most)
        for (int64_t k = split(a, strings[i], to); k < most; k++)
            to[k] = (sard_string){"", 0};
    return status;
}

/* ---- StringNormalizer ---- */

enum { NONE, LOWER, UPPER };
static const char *const actions[] = {"NONE", "LOWER", "UPPER", NULL};

typedef struct string_normalizer {
    int64_t case_change_action, is_case_sensitive;
    const char *locale;
    sard_strings stopwords;
    const sard_lookup *words; /* as they are compared; made by infer */
} string_normalizer;

static size_t change_case(sard_string text, int64_t action, char *out)
{
    const char *at = text.data, *end = text.data + text.size;
    char *to = out;
    while (text.size && at < end) {
        const uint32_t letter = sard_utf8_next(&at, end);
        to += sard_utf8_put(action == LOWER ? sard_letter_lower(letter) : sard_letter_upper(letter), to);
    }
    return (size_t)(to - out);
}

/* No letter has a partner with more than twice its bytes. */
static bool changed(const sard_call *call, sard_string text, int64_t action, sard_string *out)
{
    char *to = action != NONE ? sard_call_alloc(call, 2 * text.size + 1) : NULL;
    *out = text;
    if (to)
        *out = (sard_string){to, change_case(text, action, to)};
    return action == NONE || to;
}

static const sard_lookup *make_words(sard_arena *arena, const string_normalizer *a)
{
    sard_string *words = SARD_NEW(arena, sard_string, a->stopwords.count);
    sard_lookup *lookup = SARD_NEW(arena, sard_lookup, 1);
    for (size_t i = 0; words && i < a->stopwords.count; i++) {
        const sard_string word = a->stopwords.data[i];
        char *text = a->is_case_sensitive ? NULL : SARD_NEW(arena, char, 2 * word.size);
        if (!a->is_case_sensitive && !text)
            return NULL;
        words[i] = text ? (sard_string){text, change_case(word, LOWER, text)} : word;
    }
    return words && lookup && sard_lookup_make(arena, words, a->stopwords.count, lookup) ? lookup : NULL;
}

static sard_status infer_normalizer(sard_node *node, sard_error *error)
{
    string_normalizer *a = node->attrs;
    const sard_value *x = node->inputs[0];
    if (!a->words)
        a->words = make_words(node->graph->arena, a);
    if (!a->words)
        return sard_no_memory(error);
    if (x->rank < 1 || x->rank > 2 || (x->rank == 2 && x->dims[0] >= 0 && x->dims[0] != 1))
        return sard_node_fail(node, error, SARD_SHAPE, "its input must be of the shape [C] or [1, C]");
    return sard_node_set_output(node, 0, SARD_STRING, x->rank, (int64_t[]){x->rank == 1 ? SARD_UNKNOWN_DIM : 1, SARD_UNKNOWN_DIM}, error);
}

static sard_status eval_normalizer(const sard_call *call)
{
    const string_normalizer *a = call->attrs;
    const int rank = call->inputs[0].rank;
    const size_t count = sard_tensor_count(&call->inputs[0]);
    const int64_t folding = a->is_case_sensitive ? NONE : LOWER;
    sard_string *kept = sard_call_alloc(call, (count + 1) * sizeof *kept), folded;
    size_t n = 0;
    if (!kept)
        return no_memory(call);
    for (size_t i = 0; i < count; i++) {
        const sard_string text = ((const sard_string *)call->inputs[0].data)[i];
        if (!changed(call, text, folding, &folded))
            return no_memory(call);
        if (sard_lookup_find(a->words, folded) < 0 && !changed(call, text, a->case_change_action, &kept[n++]))
            return no_memory(call);
    }
    if (n == 0)
        kept[n++] = (sard_string){"", 0};
    const sard_status status = sard_call_output(call, 0, rank, (int64_t[]){rank == 1 ? (int64_t)n : 1, (int64_t)n});
    if (!status)
        memcpy(call->outputs[0].data, kept, n * sizeof *kept);
    return status;
}

/* ---- operators ---- */

#define TEXT SARD_SET(STRING)

static const sard_port concat_inputs[] = {SARD_PORT("X", 'T', TEXT), SARD_PORT("Y", 'T', TEXT), SARD_PORTS_END};
static const sard_port concat_outputs[] = {SARD_PORT("Z", 'T', TEXT), SARD_PORTS_END};
static const sard_port inputs[] = {SARD_PORT("X", 'T', TEXT), SARD_PORTS_END};
static const sard_port split_outputs[] = {SARD_PORT("Y", 'U', TEXT), SARD_PORT("Z", 'I', SARD_SET(I64)), SARD_PORTS_END};
static const sard_port normalizer_outputs[] = {SARD_PORT("Y", 'U', TEXT), SARD_PORTS_END};

static const sard_attr_spec split_attrs[] = {SARD_ATTR(string_split, delimiter, STRING), SARD_INT(string_split, maxsplit, -1),
                                             SARD_ATTRS_END};
static const sard_attr_spec normalizer_attrs[] = {
    SARD_CHOICE(string_normalizer, case_change_action, "NONE", actions), SARD_INT(string_normalizer, is_case_sensitive, 0),
    SARD_ATTR(string_normalizer, locale, STRING), SARD_ATTR(string_normalizer, stopwords, STRINGS), SARD_ATTRS_END};

const sard_op sard_op_string_concat = {.struct_size = sizeof(sard_op),
                                       .domain = "",
                                       .name = "StringConcat",
                                       .since = 20,
                                       .traits = SARD_ELEMENTWISE,
                                       .inputs = concat_inputs,
                                       .outputs = concat_outputs,
                                       .infer = sard_infer_broadcast,
                                       .eval = eval_concat};
const sard_op sard_op_string_split = {.struct_size = sizeof(sard_op),
                                      .domain = "",
                                      .name = "StringSplit",
                                      .since = 20,
                                      .traits = SARD_DATA_DEPENDENT,
                                      .inputs = inputs,
                                      .outputs = split_outputs,
                                      .attrs = split_attrs,
                                      .attrs_size = sizeof(string_split),
                                      .infer = infer_split,
                                      .eval = eval_split};
const sard_op sard_op_string_normalizer = {.struct_size = sizeof(sard_op),
                                           .domain = "",
                                           .name = "StringNormalizer",
                                           .since = 10,
                                           .traits = SARD_DATA_DEPENDENT,
                                           .inputs = inputs,
                                           .outputs = normalizer_outputs,
                                           .attrs = normalizer_attrs,
                                           .attrs_size = sizeof(string_normalizer),
                                           .infer = infer_normalizer,
                                           .eval = eval_normalizer};
