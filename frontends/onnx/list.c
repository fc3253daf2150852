/* SequenceProto and OptionalProto: they have no descriptors here, for four fields each. */
#include "frontends/onnx/list.h"

#include "frontends/onnx/wire.h"

#include <stdlib.h>
#include <string.h>

#define NAME_SIZE 256

/* Fields of both, and what elem_type says. */
enum { LIST_NAME = 1, LIST_KIND = 2, LIST_TENSOR = 3, OPTIONAL_SEQUENCE = 5, LIST_LAST = 7 };
enum { KIND_NONE, KIND_TENSOR, KIND_SEQUENCE = 3 };

/* ---- reading, into an arena ---- */

typedef struct reading {
    sard_arena *arena;
    const char *name;
    sard_error *error;
} reading;

static sard_status read_list(reading *r, sard_dtype dtype, const uint8_t *at, const uint8_t *end, sard_tensor *out);

static sard_status read_item(reading *r, sard_dtype type, const sard_onnx_field *field, sard_tensor *out)
{
    const char *name;
    if (sard_dtype_is_list(type))
        return read_list(r, type, field->begin, field->end, out);
    const sard_status status = sard_onnx_read_tensor(r->arena, field->begin, (size_t)(field->end - field->begin), out, &name, r->error);
    if (!status && out->dtype != type)
        return sard_fail(r->error, SARD_ARGUMENT, "an item is %s, must be %s", sard_dtype_name(out->dtype), sard_dtype_name(type));
    return status;
}

static sard_status read_list(reading *r, sard_dtype dtype, const uint8_t *at, const uint8_t *end, sard_tensor *out)
{
    const bool optional = dtype >= SARD_MAYBE;
    const sard_dtype type = sard_dtype_item(dtype);
    const uint32_t wanted = sard_dtype_is_list(type) ? OPTIONAL_SEQUENCE : LIST_TENSOR;
    sard_tensor *items = NULL;
    size_t count = 0, capacity = 0;
    while (at < end) {
        sard_onnx_field field;
        const char *wrong = sard_onnx_next_field(&at, end, &field);
        if (wrong)
            return sard_fail(r->error, SARD_PARSE, "no %s: %s", sard_dtype_name(dtype), wrong);
        if (field.number == LIST_NAME && field.wire == SARD_WIRE_BYTES)
            r->name = sard_arena_string(r->arena, (const char *)field.begin, (size_t)(field.end - field.begin));
        if (field.number < LIST_TENSOR || field.number > LIST_LAST || field.wire != SARD_WIRE_BYTES)
            continue;
        if (field.number != wanted || (optional && count))
            return sard_fail(r->error, SARD_UNSUPPORTED, "the items are of another kind, or more, than %s has", sard_dtype_name(dtype));
        if (!SARD_GROW(r->arena, items, count, capacity))
            return sard_no_memory(r->error);
        const sard_status status = read_item(r, type, &field, &items[count++]);
        if (status)
            return status;
    }
    *out = sard_tensor_make(dtype, 1, (int64_t[]){(int64_t)count}, items);
    return SARD_OK;
}

/* ---- all in one block, which free() frees ---- */

static size_t align(size_t bytes) { return (bytes + 63) / 64 * 64; }

static size_t size_of(const sard_tensor *t)
{
    size_t bytes = align(t->bytes);
    for (size_t i = 0; t->dtype == SARD_STRING && i < sard_tensor_count(t); i++)
        bytes += align(((const sard_string *)t->data)[i].size);
    for (int64_t i = 0; sard_dtype_is_list(t->dtype) && i < t->dims[0]; i++)
        bytes += size_of((const sard_tensor *)t->data + i);
    return bytes;
}

static void *put(char **at, const void *data, size_t bytes)
{
    void *to = *at;
    if (bytes)
        memcpy(to, data, bytes);
    *at += align(bytes);
    return to;
}

static void copy(char **at, sard_tensor *t)
{
    t->data = put(at, t->data, t->bytes);
    for (size_t i = 0; t->dtype == SARD_STRING && i < sard_tensor_count(t); i++) {
        sard_string *s = (sard_string *)t->data + i;
        s->data = put(at, s->data, s->size);
    }
    for (int64_t i = 0; sard_dtype_is_list(t->dtype) && i < t->dims[0]; i++)
        copy(at, (sard_tensor *)t->data + i);
}

sard_status sard_list_parse(sard_dtype dtype, const void *bytes, size_t size, sard_tensor *out, char *name, sard_error *error)
{
    sard_arena arena;
    sard_tensor list;
    reading r = {&arena, "", error};
    if ((size && !bytes) || !out)
        return sard_null(error, out ? "bytes" : "out");
    if (!sard_dtype_is_list(dtype))
        return sard_fail(error, SARD_ARGUMENT, "%s is no type of lists", sard_dtype_name(dtype));
    sard_arena_init(&arena, NULL);
    sard_status status = read_list(&r, dtype, bytes, (const uint8_t *)bytes + size, &list);
    const size_t room = status ? 0 : size_of(&list);
    char *block = status ? NULL : aligned_alloc(64, room ? room : 64);
    if (!status && !block)
        status = sard_no_memory(error);
    if (!status) {
        copy(&block, &list);
        *out = list;
        if (name)
            *stpncpy(name, r.name ? r.name : "", NAME_SIZE - 1) = 0;
    }
    sard_arena_reset(&arena);
    return status;
}

/* ---- writing ---- */

void sard_onnx_encode_value(sard_encoder *e, const void *named_tensor)
{
    const sard_named_tensor *named = named_tensor;
    const sard_tensor *list = named->tensor;
    if (!sard_dtype_is_list(list->dtype)) {
        sard_encode_tensor(e, named);
        return;
    }
    const bool nested = sard_dtype_is_list(sard_dtype_item(list->dtype)), absent = list->dtype >= SARD_MAYBE && !list->dims[0];
    if (named->name && *named->name)
        sard_encode_text(e, LIST_NAME, named->name);
    sard_encode_int(e, LIST_KIND, absent ? KIND_NONE : nested ? KIND_SEQUENCE : KIND_TENSOR);
    for (int64_t i = 0; i < list->dims[0]; i++)
        sard_encode_message(e, nested ? OPTIONAL_SEQUENCE : LIST_TENSOR, sard_onnx_encode_value,
                            &(sard_named_tensor){(const sard_tensor *)list->data + i, NULL});
}
