/* .npy, writing. The elements start at a multiple of 64, as numpy has it. */
#include "formats/npy/npy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t count_of(const sard_tensor *tensor)
{
    size_t count = 1;
    for (int i = 0; i < tensor->rank; i++)
        count *= (size_t)tensor->dims[i];
    return count;
}

/* kind: 0 for types that numpy lacks. */
static void type_of(const sard_tensor *tensor, char *kind, size_t *item)
{
    static const char kinds[] = {
        [SARD_F32] = 'f',        [SARD_F64] = 'f',    [SARD_F16] = 'f',        [SARD_I8] = 'i',     [SARD_I16] = 'i',
        [SARD_I32] = 'i',        [SARD_I64] = 'i',    [SARD_U8] = 'u',         [SARD_U16] = 'u',    [SARD_U32] = 'u',
        [SARD_U64] = 'u',        [SARD_BOOL] = 'b',   [SARD_BF16] = 'V',       [SARD_STRING] = 'U', [SARD_U4] = 'u',
        [SARD_I4] = 'i',         [SARD_U2] = 'u',     [SARD_I2] = 'i',         [SARD_F4E2M1] = 'V', [SARD_F8E4M3FN] = 'V',
        [SARD_F8E4M3FNUZ] = 'V', [SARD_F8E5M2] = 'V', [SARD_F8E5M2FNUZ] = 'V', [SARD_F8E8M0] = 'V',
    };
    *kind = (size_t)tensor->dtype < sizeof kinds ? kinds[tensor->dtype] : 0;
    *item = sard_dtype_size(tensor->dtype);
    if (tensor->dtype == SARD_STRING)
        sard_npy_string_type(tensor->data, count_of(tensor), kind, item);
}

static int write_header(char *out, size_t size, char kind, size_t item, const sard_tensor *tensor)
{
    const char order = item == 1 || kind == 'S' ? '|' : __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? '<' : '>';
    int n = snprintf(out, size, "{'descr': '%c%c%zu', 'fortran_order': False, 'shape': (", order, kind, kind == 'U' ? item / 4 : item);
    for (int i = 0; i < tensor->rank; i++)
        n += snprintf(out + n, size - (size_t)n, "%lld,%s", (long long)tensor->dims[i], i + 1 < tensor->rank ? " " : "");
    return n + snprintf(out + n, size - (size_t)n, "), }");
}

sard_status sard_npy_serialize(const sard_tensor *tensor, void **bytes, size_t *size, sard_error *error)
{
    static const unsigned char magic[] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0}; /* with the version */
    char kind, text[320];
    size_t item, elements, total;
    type_of(tensor, &kind, &item);
    if (!kind)
        return sard_fail(error, SARD_UNSUPPORTED, "numpy has no %s", sard_dtype_name(tensor->dtype));
    const size_t length = (size_t)write_header(text, sizeof text, kind, item, tensor);
    const size_t start = (10 + length + 1 + 63) / 64 * 64;
    if (__builtin_mul_overflow(count_of(tensor), item, &elements) || __builtin_add_overflow(start, elements, &total))
        return sard_fail(error, SARD_NOMEM, "no memory for a .npy file");
    unsigned char *out = malloc(total);
    if (!out)
        return sard_fail(error, SARD_NOMEM, "no memory for a .npy file of %zu bytes", total);
    memcpy(out, magic, sizeof magic);
    out[8] = (unsigned char)(start - 10);
    out[9] = (unsigned char)((start - 10) >> 8);
    memset(out + 10, ' ', start - 10);
    memcpy(out + 10, text, length);
    out[start - 1] = '\n';
    if (tensor->dtype == SARD_STRING)
        sard_npy_write_strings(tensor->data, count_of(tensor), kind, item, out + start);
    else if (elements)
        memcpy(out + start, tensor->data, elements);
    *bytes = out;
    *size = total;
    return SARD_OK;
}
