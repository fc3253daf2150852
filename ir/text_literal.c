/* Numbers, types and elements in the text form. */
#include "ir/text_parser.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Zeros that stand for {...} in one text, all together. */
#define MAX_ZEROS ((size_t)4 << 30)

/* The word as a string that ends with a zero; false if it is no word, or too long for a number. */
static bool number_text(const text_parser *p, char out[400])
{
    if (!sard_text_is(p, TEXT_WORD) || p->token.size >= 400)
        return false;
    memcpy(out, p->token.text, p->token.size);
    out[p->token.size] = 0;
    return true;
}

static sard_status no_number(text_parser *p, const char *what) { return sard_text_fail(p, "expected %s", what); }

/* Any integer of 64 bits; `wide`: those above INT64_MAX too, by their bits. */
static sard_status read_int(text_parser *p, bool wide, int64_t *out)
{
    char text[400], *end;
    if (!number_text(p, text) || (text[0] != '-' && (text[0] < '0' || text[0] > '9')))
        return no_number(p, "an integer");
    errno = 0;
    *out = wide && text[0] != '-' ? (int64_t)strtoull(text, &end, 10) : strtoll(text, &end, 10);
    if (errno || *end || end == text)
        return no_number(p, errno == ERANGE ? "an integer of at most 64 bits" : "an integer");
    return sard_text_next(p);
}

sard_status sard_text_int(text_parser *p, int64_t *out) { return read_int(p, false, out); }

/* "nan_7fc00001": a NaN by its bits. False if the word is none. */
static bool read_nan(const char *text, uint64_t *bits)
{
    char *end;
    if (strncmp(text, "nan_", 4) || !text[4])
        return false;
    *bits = strtoull(text + 4, &end, 16);
    return !*end;
}

static bool starts_number(const char *text)
{
    text += *text == '-' || *text == '+';
    return (*text >= '0' && *text <= '9') || (*text == '.' && text[1] >= '0' && text[1] <= '9') || !strcmp(text, "inf") ||
           !strcmp(text, "nan");
}

sard_status sard_text_float(text_parser *p, float *out)
{
    char text[400], *end;
    uint64_t bits;
    if (!number_text(p, text))
        return no_number(p, "a number");
    if (read_nan(text, &bits)) {
        const uint32_t low = (uint32_t)bits;
        memcpy(out, &low, sizeof low);
        return sard_text_next(p);
    }
    *out = strtof(text, &end);
    if (!starts_number(text) || *end)
        return no_number(p, "a number");
    return sard_text_next(p);
}

static sard_status read_double(text_parser *p, double *out)
{
    char text[400], *end;
    if (!number_text(p, text))
        return no_number(p, "a number");
    *out = strtod(text, &end);
    if (!starts_number(text) || *end)
        return no_number(p, "a number");
    return sard_text_next(p);
}

/* ---- types ---- */

static sard_status read_dim(text_parser *p, sard_graph *graph, int64_t *out)
{
    const char *name;
    if (sard_text_is(p, '?')) {
        *out = SARD_UNKNOWN_DIM;
        return sard_text_next(p);
    }
    if (sard_text_is(p, TEXT_WORD) && ((p->token.text[0] >= '0' && p->token.text[0] <= '9') || p->token.text[0] == '-')) {
        if (p->token.text[0] == '-')
            return sard_text_fail(p, "a dimension cannot be negative");
        return sard_text_int(p, out);
    }
    const sard_status status = sard_text_name(p, &name);
    if (status)
        return status;
    *out = sard_graph_symbol(graph, name);
    return *out == SARD_UNKNOWN_DIM ? sard_text_no_memory(p) : SARD_OK;
}

static sard_status read_dims(text_parser *p, sard_graph *graph, text_type *out)
{
    sard_status status = SARD_OK;
    out->rank = 0;
    if (sard_text_is(p, '*')) {
        out->rank = -1;
        return sard_text_next(p);
    }
    while (!status && !sard_text_is(p, ']')) {
        if (out->rank && (status = sard_text_expect(p, ',', "',' or ']'")))
            return status;
        if (out->rank == SARD_MAX_RANK)
            return sard_text_fail(p, "more than %d dimensions", SARD_MAX_RANK);
        status = read_dim(p, graph, &out->dims[out->rank++]);
    }
    return status;
}

/* "float32", "seq(float32)", "optional(seq(float32))". list: the innermost one around it. */
static sard_status read_dtype(text_parser *p, sard_dtype list, sard_dtype *out)
{
    char text[400];
    const bool word = number_text(p, text);
    const sard_dtype kind = word && !strcmp(text, "seq")               ? SARD_SEQUENCE
                          : word && !strcmp(text, "optional") && !list ? SARD_MAYBE
                                                                       : SARD_NONE;
    *out = word && !kind ? sard_dtype_parse(text) : SARD_NONE;
    if ((!kind && !*out) || (kind && kind == list))
        return sard_text_fail(p, "expected an element type, such as float32");
    sard_status status = sard_text_next(p);
    if (status || !kind || (status = sard_text_expect(p, '(', "'('")) || (status = read_dtype(p, kind, out)))
        return status;
    *out = (sard_dtype)(*out | kind);
    return sard_text_expect(p, ')', "')'");
}

sard_status sard_text_type(text_parser *p, sard_graph *graph, text_type *out)
{
    *out = (text_type){.dtype = SARD_NONE};
    sard_status status = sard_text_is(p, '?') ? sard_text_next(p) : read_dtype(p, SARD_NONE, &out->dtype);
    if (status || (status = sard_text_expect(p, '[', "'['")))
        return status;
    status = read_dims(p, graph, out);
    return status ? status : sard_text_expect(p, ']', "']'");
}

/* ---- elements ---- */

static sard_status read_bool(text_parser *p, uint8_t *out)
{
    int64_t number;
    if (sard_text_is_word(p, "true") || sard_text_is_word(p, "false")) {
        *out = p->token.text[0] == 't';
        return sard_text_next(p);
    }
    const sard_status status = sard_text_int(p, &number);
    *out = number != 0;
    return status;
}

static sard_status read_string(text_parser *p, sard_string *out)
{
    if (!sard_text_is(p, TEXT_STRING))
        return sard_text_fail(p, "expected a string in quotes");
    *out = (sard_string){p->token.text, p->token.size};
    return sard_text_next(p);
}

static sard_status read_integral(text_parser *p, const sard_tensor *tensor, size_t i)
{
    int64_t value;
    const text_token token = p->token;
    const sard_status status = read_int(p, tensor->dtype == SARD_U64, &value);
    if (status)
        return status;
    sard_set_int(tensor, i, value);
    if (sard_get_int(tensor, i) == value && (tensor->dtype != SARD_U64 || token.text[0] != '-'))
        return SARD_OK;
    p->token = token;
    return sard_text_fail(p, "%.*s is no %s", (int)token.size, token.text, sard_dtype_name(tensor->dtype));
}

/* NaNs of one, two and eight bytes by their bits; other floats through the next wider type, which is exact for what print writes. */
static sard_status read_floating(text_parser *p, const sard_tensor *tensor, size_t i)
{
    char text[400];
    uint64_t bits;
    double value = 0;
    char *to = (char *)tensor->data + i * sard_dtype_size(tensor->dtype);
    if (tensor->dtype == SARD_F32)
        return sard_text_float(p, (float *)(void *)to);
    if (number_text(p, text) && read_nan(text, &bits)) {
        const uint16_t low = (uint16_t)bits;
        memcpy(to, tensor->dtype == SARD_F64 ? (const void *)&bits : &low, sard_dtype_size(tensor->dtype));
        return sard_text_next(p);
    }
    const sard_status status = read_double(p, &value);
    if (!status && sard_dtype_in(tensor->dtype, SARD_SET_FLOAT8))
        *(uint8_t *)to = sard_f64_to_float8(tensor->dtype, value, false);
    else if (!status)
        sard_set(tensor, i, value);
    return status;
}

static sard_status read_element(text_parser *p, const sard_tensor *tensor, size_t i)
{
    if (tensor->dtype == SARD_STRING)
        return read_string(p, (sard_string *)tensor->data + i);
    if (tensor->dtype == SARD_BOOL)
        return read_bool(p, (uint8_t *)tensor->data + i);
    return sard_dtype_is_integral(tensor->dtype) ? read_integral(p, tensor, i) : read_floating(p, tensor, i);
}

/* Each element takes a character or more, so a text cannot ask for more memory than a multiple of its size. */
static sard_status allocate(text_parser *p, const text_type *type, bool zeros, sard_tensor *out)
{
    size_t bytes;
    if (type->rank < 0 || !sard_bytes(type->dtype, type->dims, type->rank, &bytes))
        return sard_text_fail(p, "a constant needs an element type that has a size, and known dimensions");
    *out = (sard_tensor){.dtype = type->dtype, .rank = type->rank, .bytes = bytes};
    memcpy(out->dims, type->dims, sizeof out->dims);
    if (zeros && (bytes > MAX_ZEROS || (p->zeros += bytes) > MAX_ZEROS))
        return sard_fail(p->error, SARD_LIMIT, "line %zu: the constants written {...} take more than %zu bytes", p->token.line, MAX_ZEROS);
    if (!zeros && bytes / sard_dtype_size(type->dtype) > (size_t)(p->end - p->token.text) + 1)
        return sard_text_fail(p, "expected %zu elements", bytes / sard_dtype_size(type->dtype));
    out->data = sard_arena_tensor(p->arena, bytes);
    if (!out->data)
        return sard_text_no_memory(p);
    memset(out->data, 0, bytes);
    return SARD_OK;
}

sard_status sard_text_elements(text_parser *p, const text_type *type, sard_tensor *out)
{
    sard_status status = sard_dtype_is_list(type->dtype) ? sard_text_fail(p, "a constant is a tensor") : sard_text_expect(p, '{', "'{'");
    if (status || (status = sard_text_skip(p)))
        return status;
    const bool zeros = sard_text_is_word(p, "...");
    if ((status = allocate(p, type, zeros, out)))
        return status;
    const size_t count = sard_tensor_count(out);
    if (!zeros && count && !sard_dtype_in(out->dtype, SARD_SET_ALL))
        return sard_text_fail(p, "elements of type %s cannot be written", sard_dtype_name(out->dtype));
    if (zeros)
        status = sard_text_next(p);
    for (size_t i = 0; !zeros && !status && i < count; i++) {
        if (i && !sard_text_is(p, ','))
            return sard_text_fail(p, "expected ',': %zu elements of %zu are there", i, count);
        if ((i && (status = sard_text_next(p))) || (status = sard_text_skip(p)) || (status = read_element(p, out, i)))
            return status;
        status = sard_text_skip(p);
    }
    if (status || (status = sard_text_skip(p)))
        return status;
    return sard_text_expect(p, '}', zeros ? "'}'" : "'}' after the last element");
}
