/* Numbers as text. */
#include "ops/lib/numeral.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LONGEST = 400 }; /* of a number that is read */

/* What stands between digits in the locale of the program: snprintf and strtod follow it, tensors don't. */
static size_t decimal_point(char point[8])
{
    char half[16];
    const int length = snprintf(half, sizeof half, "%.1f", 0.5);
    if (length < 3 || length > 9)
        return 0;
    memcpy(point, half + 1, (size_t)length - 2);
    return (size_t)length - 2;
}

/* ---- reading ---- */

static bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

static sard_string trim(sard_string text)
{
    while (text.size && is_blank(text.data[0])) {
        text.data++;
        text.size--;
    }
    while (text.size && is_blank(text.data[text.size - 1]))
        text.size--;
    return text;
}

/* Digits with at most one point and an exponent, or inf and nan: strtod alone takes hexadecimal too. */
static bool is_number(sard_string text)
{
    for (size_t i = 0; i < text.size; i++)
        if (!strchr("0123456789+-.eEinfINFtyTYaA", text.data[i]) || !text.data[i])
            return false;
    return text.size > 0;
}

static bool parse_float(sard_string text, double *out)
{
    char buffer[LONGEST + 16], point[8], *end;
    const size_t point_size = decimal_point(point);
    size_t used = 0;
    if (!is_number(text) || text.size > LONGEST)
        return false;
    bool seen = false;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] != '.') {
            buffer[used++] = text.data[i];
            continue;
        }
        if (seen)
            return false;
        seen = true;
        memcpy(buffer + used, point, point_size);
        used += point_size;
    }
    buffer[used] = 0;
    *out = strtod(buffer, &end);
    return end == buffer + used;
}

/* Exactly, unless it is no integer: then false. */
static bool parse_int(sard_string text, bool is_unsigned, int64_t *out)
{
    char buffer[32], *end;
    if (!text.size || text.size >= sizeof buffer)
        return false;
    for (size_t i = 0; i < text.size; i++)
        if ((text.data[i] < '0' || text.data[i] > '9') && (i || (text.data[i] != '-' && text.data[i] != '+')))
            return false;
    memcpy(buffer, text.data, text.size);
    buffer[text.size] = 0;
    errno = 0;
    *out = is_unsigned ? (int64_t)strtoull(buffer, &end, 10) : strtoll(buffer, &end, 10);
    return !errno && end == buffer + text.size;
}

static bool is_word(sard_string text, const char *word) { return text.size == strlen(word) && !strncasecmp(text.data, word, text.size); }

bool sard_numeral_parse(sard_string text, sard_dtype dtype, void *out)
{
    double d;
    int64_t i;
    text = trim(text);
    if (dtype == SARD_BOOL && (is_word(text, "true") || is_word(text, "false"))) {
        *(uint8_t *)out = text.size == 4;
        return true;
    }
    if (sard_dtype_is_integral(dtype) && parse_int(text, dtype == SARD_U64, &i)) {
        sard_narrow_int(dtype, &i, 1, out);
        return true;
    }
    if (!parse_float(text, &d))
        return false;
    sard_narrow(dtype, &d, 1, out);
    return true;
}

/* ---- writing ---- */

/* Digits that can distinguish any two numbers of a type. */
static int most_digits(sard_dtype dtype) { return dtype == SARD_F64 ? 17 : 9; }

static bool comes_back(sard_dtype dtype, const char *text, double value)
{
    double d = strtod(text, NULL);
    uint64_t element;
    sard_narrow(dtype, &d, 1, &element);
    sard_widen(dtype, &element, 1, &d);
    return d == value;
}

/* Digits without point and the decimal exponent of the first one. */
static int shortest(sard_dtype dtype, double value, char digits[24], int *exponent)
{
    char text[48];
    int precision = 0;
    do
        snprintf(text, sizeof text, "%.*e", precision++, fabs(value));
    while (precision < most_digits(dtype) && !comes_back(dtype, text, fabs(value)));
    int count = 0;
    const char *at = text;
    for (; *at && *at != 'e'; at++)
        if (*at >= '0' && *at <= '9')
            digits[count++] = *at;
    *exponent = *at ? (int)strtol(at + 1, NULL, 10) : 0;
    while (count > 1 && digits[count - 1] == '0')
        count--;
    return count;
}

static size_t put_word(char *out, const char *word)
{
    size_t n = 0;
    for (; word[n]; n++)
        out[n] = word[n];
    return n;
}

static size_t put_zeros(char *out, int n)
{
    memset(out, '0', n > 0 ? (size_t)n : 0);
    return n > 0 ? (size_t)n : 0;
}

/* In plain form unless it is below 1e-4, or would need zeros before the point beyond 8 digits. */
static size_t print_float(sard_dtype dtype, double value, char *out)
{
    char digits[24], *to = out;
    int exponent;
    if (value != value)
        return put_word(out, "NaN");
    if (signbit(value))
        *to++ = '-';
    if (isinf(value))
        return (size_t)(to - out) + put_word(to, "INF");
    const int count = shortest(dtype, value, digits, &exponent);
    const bool plain = exponent >= -4 && (exponent < 8 || exponent < count);
    const int whole = !plain ? 1 : exponent < 0 ? 0 : exponent + 1, taken = whole < count ? whole : count; /* digits before the point */
    memcpy(to, digits, (size_t)taken);
    to += taken;
    to += put_zeros(to, whole ? whole - taken : 1);
    if (count > taken)
        *to++ = '.';
    to += put_zeros(to, whole ? 0 : -exponent - 1);
    memcpy(to, digits + taken, (size_t)(count - taken));
    to += count - taken;
    if (!plain)
        to += snprintf(to, 8, "e%c%02d", exponent < 0 ? '-' : '+', abs(exponent));
    return (size_t)(to - out);
}

size_t sard_numeral_print(sard_dtype dtype, const void *element, char *out)
{
    char text[SARD_NUMERAL_MAX];
    int64_t i;
    double d;
    if (!sard_dtype_is_integral(dtype)) {
        sard_widen(dtype, element, 1, &d);
        return print_float(dtype == SARD_F64 ? SARD_F64 : SARD_F32, d, out);
    }
    sard_widen_int(dtype, element, 1, &i);
    int length;
    if (dtype == SARD_U64)
        length = snprintf(text, sizeof text, "%" PRIu64, (uint64_t)i);
    else
        length = snprintf(text, sizeof text, "%" PRId64, i);
    memcpy(out, text, (size_t)length);
    return (size_t)length;
}
