/* Fields of messages, and tensors. */
#include "frontends/onnx/encode.h"

#include <string.h>

enum { WIRE_VARINT = 0, WIRE_LENGTH = 2, WIRE_32 = 5 };

void sard_encode_raw(sard_encoder *e, const void *bytes, size_t size)
{
    e->size += size;
    if (e->write && !e->failed && size)
        e->failed = !e->write(e->user, bytes, size);
}

static void put_varint(sard_encoder *e, uint64_t value)
{
    unsigned char bytes[10];
    size_t count = 0;
    do {
        bytes[count++] = (unsigned char)((value & 127) | (value > 127 ? 128 : 0));
        value >>= 7;
    } while (value);
    sard_encode_raw(e, bytes, count);
}

static void put_tag(sard_encoder *e, unsigned field, unsigned type) { put_varint(e, field << 3 | type); }

void sard_encode_int(sard_encoder *e, unsigned field, int64_t value)
{
    put_tag(e, field, WIRE_VARINT);
    put_varint(e, (uint64_t)value);
}

void sard_encode_float(sard_encoder *e, unsigned field, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    const unsigned char bytes[] = {(unsigned char)bits, (unsigned char)(bits >> 8), (unsigned char)(bits >> 16),
                                   (unsigned char)(bits >> 24)};
    put_tag(e, field, WIRE_32);
    sard_encode_raw(e, bytes, sizeof bytes);
}

void sard_encode_length(sard_encoder *e, unsigned field, size_t size)
{
    put_tag(e, field, WIRE_LENGTH);
    put_varint(e, size);
}

void sard_encode_bytes(sard_encoder *e, unsigned field, const void *bytes, size_t size)
{
    sard_encode_length(e, field, size);
    sard_encode_raw(e, bytes, size);
}

void sard_encode_text(sard_encoder *e, unsigned field, const char *text) { sard_encode_bytes(e, field, text, strlen(text)); }

void sard_encode_message(sard_encoder *e, unsigned field, void (*put_part)(sard_encoder *e, const void *part), const void *part)
{
    sard_encoder count = {.write = NULL};
    put_part(&count, part);
    put_tag(e, field, WIRE_LENGTH);
    put_varint(e, count.size);
    if (e->write)
        put_part(e, part);
    else
        e->size += count.size;
}

void sard_encode_tensor_type(sard_encoder *e, const sard_tensor *tensor, const char *name)
{
    for (int i = 0; i < tensor->rank; i++)
        sard_encode_int(e, SARD_TENSOR_DIMS, tensor->dims[i]);
    sard_encode_int(e, SARD_TENSOR_TYPE, tensor->dtype);
    if (name && *name)
        sard_encode_text(e, SARD_TENSOR_NAME, name);
}

void sard_encode_elements(sard_encoder *e, sard_dtype dtype, const void *elements, size_t count)
{
    enum { PIECE = 2048 };
    uint8_t packed[PIECE];
    if (!sard_dtype_is_packed(dtype) || !e->write) {
        sard_encode_raw(e, elements, sard_packed_bytes(dtype, count));
        return;
    }
    for (size_t at = 0; at < count; at += PIECE) {
        const size_t n = count - at < PIECE ? count - at : PIECE;
        sard_pack(dtype, (const uint8_t *)elements + at, n, packed);
        sard_encode_raw(e, packed, sard_packed_bytes(dtype, n));
    }
}

/* raw_data is little-endian, as memory here is. */
void sard_encode_tensor(sard_encoder *e, const void *named_tensor)
{
    const sard_named_tensor *named = named_tensor;
    const sard_tensor *tensor = named->tensor;
    const size_t count = sard_tensor_count(tensor);
    sard_encode_tensor_type(e, tensor, named->name);
    if (tensor->dtype != SARD_STRING) {
        sard_encode_length(e, SARD_TENSOR_RAW, sard_packed_bytes(tensor->dtype, count));
        sard_encode_elements(e, tensor->dtype, tensor->data, count);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        sard_string string; /* constants may have any address */
        memcpy(&string, (const char *)tensor->data + i * sizeof string, sizeof string);
        sard_encode_bytes(e, SARD_TENSOR_STRINGS, string.data, string.size);
    }
}
