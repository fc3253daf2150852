/* .npy, reading: magic, version, a header that is the text of a Python dict, elements. */
#include "formats/npy/npy.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_EMPTY = 1 << 20 };

typedef struct scanner {
    const char *at, *end;
} scanner;

/* descr: order, kind and digits as numpy spells them, "<f4". */
typedef struct header {
    char descr[32];
    bool fortran;
    bool has_descr, has_order, has_shape;
    int rank;
    int64_t dims[SARD_MAX_RANK];
} header;

static void skip_blanks(scanner *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\n' || *s->at == '\t' || *s->at == '\r'))
        s->at++;
}

static bool accept(scanner *s, const char *word)
{
    skip_blanks(s);
    const size_t n = strlen(word);
    if ((size_t)(s->end - s->at) < n || memcmp(s->at, word, n) != 0)
        return false;
    s->at += n;
    return true;
}

static bool scan_string(scanner *s, char *out, size_t size)
{
    skip_blanks(s);
    if (s->at == s->end || (*s->at != '\'' && *s->at != '"'))
        return false;
    const char quote = *s->at++;
    const char *end = memchr(s->at, quote, (size_t)(s->end - s->at));
    if (!end || (size_t)(end - s->at) >= size)
        return false;
    memcpy(out, s->at, (size_t)(end - s->at));
    out[end - s->at] = 0;
    s->at = end + 1;
    return true;
}

static bool scan_int(scanner *s, int64_t *out)
{
    skip_blanks(s);
    const char *start = s->at;
    bool fits = true;
    for (*out = 0; s->at < s->end && *s->at >= '0' && *s->at <= '9'; s->at++)
        fits &= !__builtin_mul_overflow(*out, 10, out) && !__builtin_add_overflow(*out, *s->at - '0', out);
    const bool found = s->at > start;
    if (s->at < s->end && *s->at == 'L')
        s->at++;
    return found && fits;
}

static sard_status scan_shape(scanner *s, header *h, sard_error *error)
{
    if (!accept(s, "("))
        return sard_fail(error, SARD_PARSE, "the header's 'shape' is not a tuple");
    for (h->rank = 0; !accept(s, ")"); h->rank++) {
        if (h->rank == SARD_MAX_RANK)
            return sard_fail(error, SARD_UNSUPPORTED, "an array with more than %d dimensions", SARD_MAX_RANK);
        if (!scan_int(s, &h->dims[h->rank]))
            return sard_fail(error, SARD_PARSE, "the header's 'shape' is not a tuple of sizes");
        if (!accept(s, ",") && (s->at == s->end || *s->at != ')'))
            return sard_fail(error, SARD_PARSE, "the header's 'shape' does not end");
    }
    h->has_shape = true;
    return SARD_OK;
}

static sard_status scan_value(scanner *s, const char *key, header *h, sard_error *error)
{
    if (strcmp(key, "shape") == 0)
        return scan_shape(s, h, error);
    if (strcmp(key, "descr") == 0) {
        if (accept(s, "["))
            return sard_fail(error, SARD_UNSUPPORTED, "a structured array (its elements have fields)");
        h->has_descr = scan_string(s, h->descr, sizeof h->descr);
        return h->has_descr ? SARD_OK : sard_fail(error, SARD_PARSE, "the header's 'descr' is not a type");
    }
    if (strcmp(key, "fortran_order") == 0) {
        h->fortran = accept(s, "True");
        h->has_order = h->fortran || accept(s, "False");
        return h->has_order ? SARD_OK : sard_fail(error, SARD_PARSE, "the header's 'fortran_order' is neither True nor False");
    }
    return sard_fail(error, SARD_PARSE, "an unknown key '%s' in the header", key);
}

static sard_status scan_header(scanner s, header *h, sard_error *error)
{
    char key[32];
    if (!accept(&s, "{"))
        return sard_fail(error, SARD_PARSE, "the header is not a dict");
    while (!accept(&s, "}")) {
        if (!scan_string(&s, key, sizeof key) || !accept(&s, ":"))
            return sard_fail(error, SARD_PARSE, "the header is not a dict of names");
        const sard_status status = scan_value(&s, key, h, error);
        if (status)
            return status;
        if (!accept(&s, ",") && (s.at == s.end || *s.at != '}'))
            return sard_fail(error, SARD_PARSE, "the header does not end");
    }
    if (!h->has_descr || !h->has_order || !h->has_shape)
        return sard_fail(error, SARD_PARSE, "the header lacks descr, fortran_order or shape");
    return SARD_OK;
}

static const struct {
    const char *code;
    sard_dtype dtype;
} types[] = {
    {"f2", SARD_F16},  {"f4", SARD_F32}, {"f8", SARD_F64}, {"i1", SARD_I8},  {"i2", SARD_I16}, {"i4", SARD_I32},
    {"i8", SARD_I64},  {"u1", SARD_U8},  {"u2", SARD_U16}, {"u4", SARD_U32}, {"u8", SARD_U64}, {"b1", SARD_BOOL},
    {"V2", SARD_BF16}, {"V1", SARD_U8},  {"f1", SARD_U8}, /* ml_dtypes: types of 8 bits and less, the header does not say which */
};

/* item: bytes of an element in the file; swap: they are in the other order than this machine's. */
static sard_status read_type(const char *descr, sard_dtype *dtype, char *kind, size_t *item, bool *swap, sard_error *error)
{
    const bool ordered = *descr && strchr("<>=|", *descr);
    const char *code = descr + ordered;
    *swap = *descr == (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? '>' : '<');
    *kind = *code;
    if (*code == 'S' || *code == 'U') {
        char *end;
        const unsigned long width = strtoul(code + 1, &end, 10);
        if (end == code + 1 || *end || code[1] < '0' || code[1] > '9' || width > INT_MAX)
            return sard_fail(error, SARD_PARSE, "the type '%s' is none of numpy's", descr);
        *dtype = SARD_STRING;
        *item = *code == 'U' ? 4 * width : width;
        return SARD_OK;
    }
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i].code, code) == 0) {
            *dtype = types[i].dtype;
            *item = sard_dtype_size(*dtype);
            return SARD_OK;
        }
    return sard_fail(error, SARD_UNSUPPORTED, "elements of numpy's type '%s'", descr);
}

static void copy_element(unsigned char *to, const unsigned char *from, size_t size, bool swap)
{
    for (size_t i = 0; i < size; i++)
        to[i] = from[swap ? size - 1 - i : i];
}

/* From the file's order of dimensions, first fastest, to row-major. */
static void copy_fortran(unsigned char *to, const unsigned char *from, const header *h, size_t count, size_t size, bool swap)
{
    size_t strides[SARD_MAX_RANK], stride = 1, offset = 0;
    int64_t index[SARD_MAX_RANK] = {0};
    for (int i = 0; i < h->rank; i++) {
        strides[i] = stride;
        stride *= (size_t)h->dims[i];
    }
    for (size_t k = 0; k < count; k++) {
        copy_element(to + k * size, from + offset * size, size, swap);
        for (int i = h->rank - 1; i >= 0; i--) {
            offset += strides[i];
            if (++index[i] < h->dims[i])
                break;
            offset -= strides[i] * (size_t)h->dims[i];
            index[i] = 0;
        }
    }
}

static void copy_elements(unsigned char *to, const unsigned char *from, const header *h, size_t count, sard_dtype dtype, bool swap)
{
    const size_t size = sard_dtype_size(dtype);
    if (h->fortran && h->rank > 1)
        copy_fortran(to, from, h, count, size, swap);
    else if (swap)
        for (size_t k = 0; k < count; k++)
            copy_element(to + k * size, from + k * size, size, true);
    else
        memcpy(to, from, count * size);
    if (dtype == SARD_BOOL)
        for (size_t k = 0; k < count; k++)
            to[k] = to[k] != 0;
}

static sard_status read_elements(const header *h, const unsigned char *from, size_t size, uint64_t room, sard_tensor *out,
                                 sard_error *error)
{
    sard_dtype dtype;
    char kind;
    size_t item = 0, bytes, count = 1;
    bool swap;
    const sard_status status = read_type(h->descr, &dtype, &kind, &item, &swap, error);
    if (status)
        return status;
    bool fits = true;
    for (int i = 0; i < h->rank; i++)
        fits &= !__builtin_mul_overflow(count, (size_t)h->dims[i], &count);
    if (!item && count > MOST_EMPTY) /* the file's size does not bound them */
        return sard_fail(error, SARD_LIMIT, "%zu strings of no characters, at most %d are possible", count, MOST_EMPTY);
    if (!fits || __builtin_mul_overflow(count, item, &bytes) || bytes > size || count > SIZE_MAX / 32)
        return sard_fail(error, SARD_PARSE, "the array is cut off: %zu bytes of elements, the shape says more", size);
    if (dtype == SARD_STRING && count > room / sizeof(sard_string))
        return sard_fail(error, SARD_LIMIT, "%zu strings take more than the %llu bytes that are left", count, (unsigned long long)room);
    if (dtype == SARD_STRING && h->fortran && h->rank > 1)
        return sard_fail(error, SARD_UNSUPPORTED, "strings in Fortran's order");
    *out = (sard_tensor){.dtype = dtype, .rank = h->rank, .bytes = count * sard_dtype_size(dtype)};
    memcpy(out->dims, h->dims, sizeof out->dims);
    if (dtype == SARD_STRING)
        return sard_npy_read_strings(kind, item, swap, from, count, &out->data, error);
    out->data = malloc(bytes ? bytes : 1);
    if (!out->data)
        return sard_fail(error, SARD_NOMEM, "no memory for an array of %zu bytes", bytes);
    copy_elements(out->data, from, h, count, dtype, swap);
    return SARD_OK;
}

sard_status sard_npy_parse_within(const void *bytes, size_t size, uint64_t room, sard_tensor *out, sard_error *error)
{
    const unsigned char *b = bytes;
    if (size < 12 || memcmp(b, "\x93NUMPY", 6) != 0)
        return sard_fail(error, SARD_PARSE, "not a .npy file");
    if (b[6] < 1 || b[6] > 3)
        return sard_fail(error, SARD_UNSUPPORTED, "version %d.%d of the .npy format", b[6], b[7]);
    const size_t start = b[6] == 1 ? 10 : 12;
    size_t length = b[8] | (size_t)b[9] << 8;
    if (start == 12)
        length |= (size_t)b[10] << 16 | (size_t)b[11] << 24;
    if (length > size - start)
        return sard_fail(error, SARD_PARSE, "the header is cut off");
    const char *text = (const char *)b + start;
    header h = {0};
    const sard_status status = scan_header((scanner){text, text + length}, &h, error);
    return status ? status : read_elements(&h, b + start + length, size - start - length, room, out, error);
}

sard_status sard_npy_parse(const void *bytes, size_t size, sard_tensor *out, sard_error *error)
{
    return sard_npy_parse_within(bytes, size, UINT64_MAX, out, error);
}
