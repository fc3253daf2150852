/* Values of a run: made, copied, compared. Those of strings are neither made nor compared. */
#include "ir/dtype.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_ITEMS = 3, MOST_ITEM_DIM = 3 };

/* Small numbers, mostly: the last byte is one of four, the others are 0 or 1. */
static void fill(fuzz_random *random, sard_tensor *t)
{
    const size_t size = sard_dtype_size(t->dtype);
    for (size_t i = 0; i < t->bytes; i++)
        ((uint8_t *)t->data)[i] =
            i % size + 1 == size && t->dtype != SARD_BOOL ? (uint8_t)(fuzz_below(random, 4) * 0x15) : (uint8_t)fuzz_below(random, 2);
}

static bool fill_list(fuzz_random *random, sard_tensor *list)
{
    sard_tensor *items = list->data;
    bool whole = true;
    for (int64_t i = 0; i < list->dims[0]; i++) {
        const sard_dtype dtype = sard_dtype_item(list->dtype);
        items[i] = (sard_tensor){.dtype = dtype, .rank = sard_dtype_is_list(dtype) ? 1 : (int)fuzz_below(random, 4)};
        for (int k = 0; k < items[i].rank; k++)
            items[i].dims[k] = (int64_t)fuzz_below(random, MOST_ITEM_DIM + 1);
        whole &= fuzz_make_value(random, &items[i]);
    }
    return whole;
}

bool fuzz_make_value(fuzz_random *random, sard_tensor *out)
{
    const bool list = sard_dtype_is_list(out->dtype);
    if (list && out->dims[0] > (out->dtype >= SARD_MAYBE ? 1 : MOST_ITEMS))
        out->dims[0] = 1;
    if (out->dtype == SARD_STRING || !sard_bytes(out->dtype, out->dims, out->rank, &out->bytes))
        return false;
    out->data = calloc(1, out->bytes ? out->bytes : 1); /* no byte more: what is read beyond is seen */
    if (list)
        return fill_list(random, out);
    fill(random, out);
    return true;
}

void fuzz_copy_value(const sard_tensor *from, sard_tensor *out)
{
    *out = *from;
    if (from->dtype == SARD_STRING) {
        out->data = NULL;
        return;
    }
    out->data = malloc(from->bytes + 1);
    if (from->bytes)
        memcpy(out->data, from->data, from->bytes);
    for (int64_t i = 0; sard_dtype_is_list(from->dtype) && i < from->dims[0]; i++)
        fuzz_copy_value((const sard_tensor *)from->data + i, (sard_tensor *)out->data + i);
}

bool fuzz_same_value(const sard_tensor *a, const sard_tensor *b)
{
    bool same = a->dtype == b->dtype && a->rank == b->rank && a->bytes == b->bytes &&
                (!a->rank || !memcmp(a->dims, b->dims, (size_t)a->rank * sizeof *a->dims));
    if (!same || !a->data || !a->bytes)
        return same;
    if (!sard_dtype_is_list(a->dtype))
        return !memcmp(a->data, b->data, a->bytes);
    for (int64_t i = 0; same && i < a->dims[0]; i++)
        same = fuzz_same_value((const sard_tensor *)a->data + i, (const sard_tensor *)b->data + i);
    return same;
}

void fuzz_free_value(sard_tensor *value)
{
    for (int64_t i = 0; value->data && sard_dtype_is_list(value->dtype) && i < value->dims[0]; i++)
        fuzz_free_value((sard_tensor *)value->data + i);
    free(value->data);
    value->data = NULL;
}
