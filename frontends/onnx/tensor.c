/* TensorProto: type, dims, and elements from raw_data, a field of numbers, or a file beside the model. */
#include "frontends/onnx/tensor.h"

#include <inttypes.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "elements are used as they lie in the file, which is little-endian");

/* Numbers of fields of TensorProto. */
enum { FLOAT_DATA = 4, INT32_DATA, STRING_DATA, INT64_DATA, RAW_DATA = 9, DOUBLE_DATA, UINT64_DATA };

/* A tensor while it is read. */
typedef struct reading {
    const sard_onnx_source *source;
    const Sard__Onnx__TensorProto *proto;
    const char *what;
    sard_tensor *out;
    size_t count; /* elements; of types below 8 bits the bytes that they are packed into */
    sard_error *error;
} reading;

sard_status sard_onnx_dtype(int64_t number, const char *what, sard_dtype *out, sard_error *error)
{
    if (number <= 0 || number > 28)
        return sard_fail(error, SARD_MODEL, "%s: there is no element type %" PRId64, what, number);
    if (number > 26)
        return sard_fail(error, SARD_UNSUPPORTED, "%s: elements of type %" PRId64 " (6 bits) are not supported", what, number);
    if (!sard_dtype_in((sard_dtype)number, SARD_SET_ALL))
        return sard_fail(error, SARD_UNSUPPORTED, "%s: %s is not supported", what, sard_dtype_name((sard_dtype)number));
    *out = (sard_dtype)number;
    return SARD_OK;
}

static uint32_t field_of(sard_dtype dtype)
{
    switch (dtype) {
    case SARD_F32:
        return FLOAT_DATA;
    case SARD_F64:
        return DOUBLE_DATA;
    case SARD_I64:
        return INT64_DATA;
    case SARD_U32:
    case SARD_U64:
        return UINT64_DATA;
    case SARD_STRING:
        return STRING_DATA;
    default:
        return INT32_DATA;
    }
}

static const char *field_name(uint32_t field)
{
    const ProtobufCFieldDescriptor *row = protobuf_c_message_descriptor_get_field(&sard__onnx__tensor_proto__descriptor, field);
    return row ? row->name : "nothing";
}

/* ---- pieces ---- */

static sard_onnx_piece *piece_at(const reading *r, size_t i)
{
    uint64_t index;
    if (r->proto->string_data[i].len != sizeof index)
        return NULL;
    memcpy(&index, r->proto->string_data[i].data, sizeof index);
    return index < r->source->wire->piece_count ? &r->source->wire->pieces[index] : NULL;
}

/* True where a piece holds a field of some length, so that an empty field is as good as none. */
static bool holds_something(const sard_onnx_piece *piece)
{
    sard_onnx_field field;
    for (const uint8_t *at = piece->begin; at < piece->end;)
        if (sard_onnx_next_field(&at, piece->end, &field))
            return false;
        else if (field.wire != SARD_WIRE_BYTES || field.end > field.begin || field.number == STRING_DATA)
            return true;
    return false;
}

/* The field that the elements are in: one only, and the type's own; 0 if there is none. */
static sard_status find_field(const reading *r, uint32_t *out)
{
    *out = 0;
    for (size_t i = 0; i < r->proto->n_string_data; i++) {
        const sard_onnx_piece *piece = piece_at(r, i);
        if (!piece || !holds_something(piece) || piece->field == *out)
            continue;
        if (*out)
            return sard_fail(r->error, SARD_MODEL, "%s: both %s and %s", r->what, field_name(*out), field_name(piece->field));
        *out = piece->field;
    }
    if (!*out || *out == field_of(r->out->dtype) || (*out == RAW_DATA && r->out->dtype != SARD_STRING))
        return SARD_OK;
    return sard_fail(r->error, SARD_MODEL, "%s: elements of type %s in %s", r->what, sard_dtype_name(r->out->dtype), field_name(*out));
}

static sard_status wrong_count(const reading *r, uint32_t field, const char *more)
{
    return sard_fail(r->error, SARD_MODEL, "%s: %s has %s elements than the %zu of its dims", r->what, field_name(field), more, r->count);
}

/* ---- raw ---- */

/* The last raw_data counts, as protobuf has it. */
static sard_status read_raw(const reading *r)
{
    sard_onnx_field field = {0};
    for (size_t i = 0; i < r->proto->n_string_data; i++) {
        const sard_onnx_piece *piece = piece_at(r, i);
        const uint8_t *at = piece ? piece->begin : NULL;
        while (piece && piece->field == RAW_DATA && at < piece->end && !sard_onnx_next_field(&at, piece->end, &field))
            ;
    }
    const size_t size = (size_t)(field.end - field.begin);
    if (size != r->out->bytes)
        return sard_fail(r->error, SARD_MODEL, "%s: raw_data has %zu bytes, its type and dims need %zu", r->what, size, r->out->bytes);
    r->out->data = (void *)field.begin;
    return SARD_OK;
}

/* Bools of other programs may be any byte; here they are 0 or 1. */
static sard_status clean_bools(const reading *r)
{
    const uint8_t *bytes = r->out->data;
    size_t i = 0;
    while (i < r->count && bytes[i] <= 1)
        i++;
    if (i == r->count)
        return SARD_OK;
    uint8_t *copy = sard_arena_tensor(r->source->arena, r->count);
    if (!copy)
        return sard_no_memory(r->error);
    for (i = 0; i < r->count; i++)
        copy[i] = bytes[i] != 0;
    r->out->data = copy;
    return SARD_OK;
}

/* ---- numbers ---- */

/* A small integer may be written as signed or as unsigned; beyond both it is a mistake. */
static bool is_in_range(sard_dtype dtype, uint64_t value)
{
    const int64_t number = (int64_t)value;
    const unsigned bits = 8 * (unsigned)sard_dtype_size(dtype);
    if (bits == 64)
        return true;
    return number >= -(INT64_C(1) << (bits - 1)) && number < INT64_C(1) << bits;
}

static sard_status store(const reading *r, size_t i, uint64_t value)
{
    const size_t size = sard_dtype_size(r->out->dtype);
    if (!is_in_range(r->out->dtype, value))
        return sard_fail(r->error, SARD_MODEL, "%s: element %zu is %" PRId64 ", which is no %s", r->what, i, (int64_t)value,
                         sard_dtype_name(r->out->dtype));
    if (r->out->dtype == SARD_BOOL)
        value = value != 0;
    memcpy((char *)r->out->data + i * size, &value, size);
    return SARD_OK;
}

/* Elements of one occurrence of the field. */
static sard_status read_numbers(const reading *r, const sard_onnx_field *field, size_t *done)
{
    const bool fixed = field->number == FLOAT_DATA || field->number == DOUBLE_DATA;
    const size_t size = field->number == FLOAT_DATA ? 4 : 8;
    const uint8_t *at = field->begin;
    sard_status status = SARD_OK;
    while (!status && at < field->end) {
        uint64_t value = 0;
        if (*done == r->count)
            return wrong_count(r, field->number, "more");
        if (fixed) {
            memcpy(&value, at, size);
            at += size;
            memcpy((char *)r->out->data + *done * size, &value, size);
        } else if (!sard_onnx_next_varint(&at, field->end, &value)) {
            return sard_fail(r->error, SARD_PARSE, "%s: %s ends amid a number", r->what, field_name(field->number));
        } else {
            status = store(r, *done, value);
        }
        ++*done;
    }
    return status;
}

/* Floats in one packed field are as good as raw. */
static bool read_in_place(const reading *r, const sard_onnx_field *field)
{
    const bool fixed = field->number == FLOAT_DATA || field->number == DOUBLE_DATA;
    if (!fixed || (size_t)(field->end - field->begin) != r->out->bytes)
        return false;
    r->out->data = (void *)field->begin;
    return true;
}

static sard_status read_string(const reading *r, const sard_onnx_field *field, size_t *done)
{
    if (*done == r->count)
        return wrong_count(r, field->number, "more");
    ((sard_string *)r->out->data)[(*done)++] = (sard_string){(const char *)field->begin, (size_t)(field->end - field->begin)};
    return SARD_OK;
}

/* Each element takes a byte at least, so dims that promise too much are known before memory is asked for. */
static sard_status make_room(const reading *r, uint32_t number)
{
    size_t bytes = 0;
    for (size_t i = 0; i < r->proto->n_string_data; i++) {
        const sard_onnx_piece *piece = piece_at(r, i);
        bytes += piece && piece->field == number ? (size_t)(piece->end - piece->begin) : 0;
    }
    if (r->count > bytes)
        return wrong_count(r, number, "fewer");
    r->out->data = sard_arena_tensor(r->source->arena, r->out->bytes);
    return r->out->data ? SARD_OK : sard_no_memory(r->error);
}

static sard_status read_field(const reading *r, uint32_t number)
{
    size_t done = 0;
    sard_onnx_field field;
    sard_status status = make_room(r, number);
    for (size_t i = 0; !status && i < r->proto->n_string_data; i++) {
        const sard_onnx_piece *piece = piece_at(r, i);
        const uint8_t *at = piece ? piece->begin : NULL;
        while (!status && piece && piece->field == number && at < piece->end) {
            if (sard_onnx_next_field(&at, piece->end, &field))
                return sard_fail(r->error, SARD_PARSE, "%s: %s is broken", r->what, field_name(number));
            if (done == 0 && field.wire == SARD_WIRE_BYTES && read_in_place(r, &field))
                done = r->count;
            else
                status = number == STRING_DATA ? read_string(r, &field, &done) : read_numbers(r, &field, &done);
        }
    }
    return status || done == r->count ? status : wrong_count(r, number, "fewer");
}

/* ---- the whole ---- */

static sard_status read_external(const reading *r)
{
    const char *location = NULL, *offset = NULL, *length = NULL;
    const uint8_t *bytes;
    for (size_t i = 0; i < r->proto->n_external_data; i++) {
        const Sard__Onnx__StringStringEntryProto *entry = r->proto->external_data[i];
        const char *key = entry->key ? entry->key : "", *value = entry->value ? entry->value : "";
        const char **to = !strcmp(key, "location") ? &location : !strcmp(key, "offset") ? &offset : !strcmp(key, "length") ? &length : NULL;
        if (to && *to)
            return sard_fail(r->error, SARD_MODEL, "%s: two entries %s of external data", r->what, key);
        if (to)
            *to = value;
    }
    if (!location || r->out->dtype == SARD_STRING)
        return sard_fail(r->error, SARD_MODEL, "%s: external data %s", r->what, location ? "of strings" : "without a location");
    const sard_status status = sard_onnx_external(r->source->file, location, offset, length, r->out->bytes, r->what, &bytes, r->error);
    if (!status)
        r->out->data = (void *)bytes;
    return status;
}

static sard_status read_shape(const reading *r)
{
    const Sard__Onnx__TensorProto *proto = r->proto;
    const sard_status status = sard_onnx_dtype(proto->data_type, r->what, &r->out->dtype, r->error);
    if (status)
        return status;
    if (proto->n_dims > SARD_MAX_RANK)
        return sard_fail(r->error, SARD_UNSUPPORTED, "%s: rank %zu, at most %d is possible", r->what, proto->n_dims, SARD_MAX_RANK);
    for (size_t i = 0; i < proto->n_dims; i++) {
        if (proto->dims[i] < 0)
            return sard_fail(r->error, SARD_MODEL, "%s: dim %zu is %" PRId64, r->what, i, proto->dims[i]);
        r->out->dims[i] = proto->dims[i];
    }
    r->out->rank = (int32_t)proto->n_dims;
    if (!sard_bytes(r->out->dtype, r->out->dims, r->out->rank, &r->out->bytes))
        return sard_fail(r->error, SARD_MODEL, "%s: its dims make more elements than can be counted", r->what);
    if (r->out->bytes > r->source->limits->value_bytes)
        return sard_fail(r->error, SARD_LIMIT, "%s: %zu bytes, at most %" PRIu64, r->what, r->out->bytes, r->source->limits->value_bytes);
    return SARD_OK;
}

static sard_status unpack(const reading *r)
{
    const uint8_t *packed = r->out->data;
    r->out->bytes = sard_tensor_count(r->out);
    r->out->data = r->out->bytes ? sard_arena_tensor(r->source->arena, r->out->bytes) : (void *)"";
    if (!r->out->data)
        return sard_no_memory(r->error);
    sard_unpack(r->out->dtype, packed, r->out->bytes, r->out->data);
    return SARD_OK;
}

static sard_status read_elements(const reading *r)
{
    uint32_t field;
    sard_status status = find_field(r, &field);
    if (status)
        return status;
    const bool external = r->proto->data_location == SARD__ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
    if (external && field)
        return sard_fail(r->error, SARD_MODEL, "%s: both external data and %s", r->what, field_name(field));
    if (external)
        status = read_external(r);
    else if (field == RAW_DATA)
        status = read_raw(r);
    else if (field)
        return read_field(r, field);
    else if (r->count)
        return sard_fail(r->error, SARD_MODEL, "%s: no elements, its dims promise %zu", r->what, r->count);
    else
        r->out->data = (void *)"";
    return !status && r->out->dtype == SARD_BOOL ? clean_bools(r) : status;
}

sard_status sard_onnx_tensor(const sard_onnx_source *source, const Sard__Onnx__TensorProto *proto, const char *what, sard_tensor *out,
                             sard_error *error)
{
    reading r = {.source = source, .proto = proto, .what = what, .out = out, .error = error};
    sard_onnx_piece *first = proto->n_string_data ? piece_at(&r, 0) : NULL;
    if (first && first->tensor) {
        *out = *first->tensor;
        return SARD_OK;
    }
    *out = (sard_tensor){.dtype = SARD_NONE};
    if (proto->segment)
        return sard_fail(error, SARD_UNSUPPORTED, "%s: a segment of a tensor", what);
    sard_status status = read_shape(&r);
    if (status)
        return status;
    r.count = sard_tensor_count(out);
    if (sard_dtype_is_packed(out->dtype))
        r.count = out->bytes = sard_packed_bytes(out->dtype, r.count);
    status = read_elements(&r);
    if (!status && sard_dtype_is_packed(out->dtype))
        status = unpack(&r);
    if (status || !first)
        return status;
    first->tensor = sard_arena_copy(source->arena, out, sizeof *out);
    return first->tensor ? SARD_OK : sard_no_memory(error);
}
