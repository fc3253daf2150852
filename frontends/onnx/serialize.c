/* Single tensors in ONNX's form, as the .pb files of test data have them; lists are in list.c. */
#include "frontends/onnx/list.h"
#include "frontends/onnx/tensor.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NAME_SIZE 256

/* The text of strings goes behind the elements, into the same block. */
static void *copy_strings(const sard_string *strings, size_t count)
{
    size_t bytes = count * sizeof *strings;
    for (size_t i = 0; i < count; i++)
        bytes += strings[i].size;
    sard_string *copy = malloc(bytes ? bytes : 1);
    char *text = copy ? (char *)(copy + count) : NULL;
    for (size_t i = 0; copy && i < count; i++) {
        copy[i] = (sard_string){text, strings[i].size};
        if (strings[i].size)
            memcpy(text, strings[i].data, strings[i].size);
        text += strings[i].size;
    }
    return copy;
}

static void *copy_elements(const sard_tensor *tensor)
{
    if (tensor->dtype == SARD_STRING)
        return copy_strings(tensor->data, sard_tensor_count(tensor));
    void *copy = malloc(tensor->bytes ? tensor->bytes : 1);
    if (copy && tensor->bytes)
        memcpy(copy, tensor->data, tensor->bytes);
    return copy;
}

sard_status sard_onnx_read_tensor(sard_arena *arena, const void *bytes, size_t size, sard_tensor *out, const char **name, sard_error *error)
{
    const sard_limits limits = {.file_bytes = size,
                                .nodes = 1,
                                .nesting = 8,
                                .value_bytes = (uint64_t)1 << 40,
                                .arena_bytes = (uint64_t)1 << 40,
                                .fold_bytes = 1,
                                .steps = 1};
    sard_onnx_wire *wire = SARD_NEW(arena, sard_onnx_wire, 1);
    if (!wire)
        return sard_no_memory(error);
    const sard_status status = sard_onnx_wire_read(&sard__onnx__tensor_proto__descriptor, bytes, size, &limits, arena, wire, error);
    if (status)
        return status;
    const Sard__Onnx__TensorProto *proto = (const Sard__Onnx__TensorProto *)wire->message;
    const sard_onnx_source source = {.wire = wire, .limits = &limits, .arena = arena};
    *name = proto->name ? proto->name : "";
    return sard_onnx_tensor(&source, proto, "tensor", out, error);
}

static sard_status parse(sard_arena *arena, const void *bytes, size_t size, sard_tensor *out, char *name, sard_error *error)
{
    sard_tensor tensor;
    const char *own;
    const sard_status status = sard_onnx_read_tensor(arena, bytes, size, &tensor, &own, error);
    if (status)
        return status;
    if (!(tensor.data = copy_elements(&tensor)))
        return sard_no_memory(error);
    if (name) {
        strncpy(name, own, NAME_SIZE - 1);
        name[NAME_SIZE - 1] = 0;
    }
    *out = tensor;
    return SARD_OK;
}

sard_status sard_tensor_parse(const void *bytes, size_t size, sard_tensor *out, char *name, sard_error *error)
{
    sard_arena arena;
    if ((size && !bytes) || !out)
        return sard_null(error, out ? "bytes" : "out");
    sard_arena_init(&arena, NULL);
    const sard_status status = parse(&arena, bytes, size, out, name, error);
    sard_arena_reset(&arena);
    return status;
}

static bool append(void *user, const void *bytes, size_t size)
{
    char **at = user;
    memcpy(*at, bytes, size);
    *at += size;
    return true;
}

static sard_status check(const sard_tensor *tensor, sard_error *error)
{
    size_t bytes;
    sard_status status = SARD_OK;
    if (tensor->rank < 0 || tensor->rank > SARD_MAX_RANK)
        return sard_fail(error, SARD_ARGUMENT, "a tensor of rank %" PRId32 ", at most %d is possible", tensor->rank, SARD_MAX_RANK);
    if (!sard_dtype_size(tensor->dtype))
        return sard_fail(error, SARD_UNSUPPORTED, "a tensor of %s cannot be written", sard_dtype_name(tensor->dtype));
    if (!sard_bytes(tensor->dtype, tensor->dims, tensor->rank, &bytes) || bytes > tensor->bytes || (bytes && !tensor->data))
        return sard_fail(error, SARD_ARGUMENT, "a tensor's dimensions are wrong, or it has fewer bytes than they say");
    if (sard_dtype_is_list(tensor->dtype) && tensor->rank != 1)
        return sard_fail(error, SARD_ARGUMENT, "a list has rank 1");
    for (int64_t i = 0; !status && sard_dtype_is_list(tensor->dtype) && i < tensor->dims[0]; i++)
        status = check((const sard_tensor *)tensor->data + i, error);
    return status;
}

sard_status sard_tensor_serialize(const sard_tensor *tensor, const char *name, void **bytes, size_t *size, sard_error *error)
{
    const sard_named_tensor named = {tensor, name ? name : ""};
    sard_encoder encoder = {.write = NULL};
    if (!tensor || !bytes || !size)
        return sard_null(error, !tensor ? "tensor" : !bytes ? "bytes" : "size");
    const sard_status status = check(tensor, error);
    if (status)
        return status;
    sard_onnx_encode_value(&encoder, &named);
    char *at = malloc(encoder.size ? (size_t)encoder.size : 1);
    if (!at)
        return sard_no_memory(error);
    *bytes = at;
    *size = (size_t)encoder.size;
    encoder = (sard_encoder){.write = append, .user = &at};
    sard_onnx_encode_value(&encoder, &named);
    return SARD_OK;
}
