/* The walk over a protobuf message: checks, and the slim copy. It is made twice by the same code: first to measure, then to write. */
#include "frontends/onnx/wire.h"

#include <sard/plugin.h>

#include "frontends/onnx/onnx.pb-c.h"

#include <inttypes.h>
#include <string.h>

/* Lengths in the slim copy are patched in when known, so they take the same place whatever they are. */
enum { LENGTH_SIZE = 5, MAX_SLIM = INT32_MAX, MAX_DEPTH = 500 };

typedef struct walk {
    const uint8_t *base;
    const sard_limits *limits;
    uint8_t *out; /* NULL: measure */
    size_t used;
    sard_onnx_piece *pieces; /* NULL: measure */
    size_t piece_count, node_count;
    uint32_t last_field; /* of the newest piece, and where it ends */
    const uint8_t *last_end;
    sard_error *error;
} walk;

/* ---- reading ---- */

bool sard_onnx_next_varint(const uint8_t **at, const uint8_t *end, uint64_t *out)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && *at < end; shift += 7) {
        const uint8_t byte = *(*at)++;
        if (shift == 63 && byte > 1)
            return false;
        value |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) {
            *out = value;
            return true;
        }
    }
    return false;
}

static const char *read_bytes(const uint8_t *start, const uint8_t **at, const uint8_t *end, uint64_t size, sard_onnx_field *out)
{
    if (size > (uint64_t)(end - *at)) {
        *at = start;
        return "a value runs beyond the end";
    }
    out->begin = *at;
    *at += size;
    out->end = *at;
    return NULL;
}

const char *sard_onnx_next_field(const uint8_t **at, const uint8_t *end, sard_onnx_field *out)
{
    const uint8_t *start = *at;
    uint64_t tag, size = 0;
    if (!sard_onnx_next_varint(at, end, &tag)) {
        *at = start;
        return "a tag is no number";
    }
    out->number = (uint32_t)(tag >> 3);
    out->wire = tag & 7;
    if (tag >> 3 == 0 || tag >> 3 > (1u << 29) - 1) {
        *at = start;
        return "there is no field of that number";
    }
    out->begin = *at;
    switch (out->wire) {
    case SARD_WIRE_VARINT:
    case SARD_WIRE_BYTES:
        if (!sard_onnx_next_varint(at, end, &size)) {
            *at = start;
            return "a number does not end";
        }
        out->varint = size;
        out->end = *at;
        return out->wire == SARD_WIRE_VARINT ? NULL : read_bytes(start, at, end, size, out);
    case SARD_WIRE_64:
        return read_bytes(start, at, end, 8, out);
    case SARD_WIRE_32:
        return read_bytes(start, at, end, 4, out);
    default:
        *at = start;
        return "a wire type that the format does not have";
    }
}

/* ---- writing ---- */

static void put(walk *w, const void *bytes, size_t size)
{
    if (w->out && size)
        memcpy(w->out + w->used, bytes, size);
    w->used += size;
}

static void put_varint(walk *w, uint64_t value)
{
    uint8_t bytes[10];
    size_t size = 0;
    do {
        bytes[size++] = (uint8_t)((value & 127) | (value > 127 ? 128 : 0));
        value >>= 7;
    } while (value);
    put(w, bytes, size);
}

static void put_tag(walk *w, uint32_t number, uint32_t wire) { put_varint(w, (uint64_t)number << 3 | wire); }

static void put_bytes(walk *w, uint32_t number, const void *bytes, size_t size)
{
    put_tag(w, number, SARD_WIRE_BYTES);
    put_varint(w, size);
    put(w, bytes, size);
}

static void patch_length(walk *w, size_t at)
{
    const size_t size = w->used - at - LENGTH_SIZE;
    for (unsigned i = 0; w->out && i < LENGTH_SIZE; i++)
        w->out[at + i] = (uint8_t)((size >> 7 * i & 127) | (i < LENGTH_SIZE - 1 ? 128 : 0));
}

/* ---- fields ---- */

static sard_status fail_at(const walk *w, const uint8_t *at, const ProtobufCMessageDescriptor *type, const char *what)
{
    const bool outermost = type == &sard__onnx__model_proto__descriptor;
    return sard_fail(w->error, SARD_PARSE, "byte %zu, in a %s: %s%s", (size_t)(at - w->base), type->short_name, what,
                     outermost ? " (no ONNX model, or a damaged one)" : "");
}

/* What graphs keep for people. */
static bool has_doc(const ProtobufCMessageDescriptor *type)
{
    return type == &sard__onnx__model_proto__descriptor || type == &sard__onnx__graph_proto__descriptor ||
           type == &sard__onnx__node_proto__descriptor || type == &sard__onnx__value_info_proto__descriptor;
}

/* What only other programs read; the model's own is kept. */
static bool is_dropped(const ProtobufCMessageDescriptor *type, const char *name)
{
    static const char *const always[] = {"value_info",    "quantization_annotation", "training_info",
                                         "configuration", "device_configurations",   "denotation"};
    if ((!strcmp(name, "doc_string") && !has_doc(type)) ||
        (!strcmp(name, "metadata_props") && type != &sard__onnx__model_proto__descriptor))
        return true;
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        if (!strcmp(name, always[i]))
            return true;
    return false;
}

static bool is_payload(const ProtobufCMessageDescriptor *type, uint32_t number)
{
    return type == &sard__onnx__tensor_proto__descriptor && ((number >= 4 && number <= 7) || (number >= 9 && number <= 11));
}

static uint32_t wire_of(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_SFIXED32:
        return SARD_WIRE_32;
    case PROTOBUF_C_TYPE_DOUBLE:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_SFIXED64:
        return SARD_WIRE_64;
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        return SARD_WIRE_BYTES;
    default:
        return SARD_WIRE_VARINT;
    }
}

/* Extends the newest piece, or begins another. */
static void add_piece(walk *w, uint32_t number, const uint8_t *begin, const uint8_t *end)
{
    if (w->last_end == begin && w->last_field == number) {
        if (w->pieces)
            w->pieces[w->piece_count - 1].end = end;
    } else {
        const uint64_t index = w->piece_count;
        if (w->pieces)
            w->pieces[index] = (sard_onnx_piece){.field = number, .begin = begin, .end = end};
        w->piece_count++;
        put_bytes(w, 6, &index, sizeof index);
    }
    w->last_field = number;
    w->last_end = end;
}

static bool is_packed_sound(uint32_t wire, const uint8_t *begin, const uint8_t *end)
{
    uint64_t ignored;
    if (wire != SARD_WIRE_VARINT)
        return (end - begin) % (wire == SARD_WIRE_32 ? 4 : 8) == 0;
    while (begin < end)
        if (!sard_onnx_next_varint(&begin, end, &ignored))
            return false;
    return true;
}

uint64_t sard_onnx_nesting(const sard_limits *limits) { return limits->nesting < MAX_DEPTH ? limits->nesting : MAX_DEPTH; }

static sard_status walk_message(walk *w, const ProtobufCMessageDescriptor *type, const uint8_t *at, const uint8_t *end, unsigned depth);

static sard_status walk_inner(walk *w, const ProtobufCFieldDescriptor *row, const sard_onnx_field *field, unsigned depth)
{
    const ProtobufCMessageDescriptor *type = row->descriptor;
    const uint64_t most = sard_onnx_nesting(w->limits);
    /* only these can stand in themselves */
    if (type == &sard__onnx__graph_proto__descriptor || type == &sard__onnx__type_proto__descriptor)
        depth++;
    if (depth > most)
        return sard_fail(w->error, SARD_LIMIT, "byte %zu: graphs or types nested more than %" PRIu64 " deep",
                         (size_t)(field->begin - w->base), most);
    if (type == &sard__onnx__node_proto__descriptor && ++w->node_count > w->limits->nodes)
        return sard_fail(w->error, SARD_LIMIT, "byte %zu: more than %" PRIu64 " nodes", (size_t)(field->begin - w->base), w->limits->nodes);
    put_tag(w, field->number, SARD_WIRE_BYTES);
    const size_t length = w->used;
    put(w, (const uint8_t[LENGTH_SIZE]){0}, LENGTH_SIZE);
    const sard_status status = walk_message(w, type, field->begin, field->end, depth);
    patch_length(w, length);
    return status;
}

static void put_scalar(walk *w, const sard_onnx_field *field)
{
    put_tag(w, field->number, field->wire);
    if (field->wire == SARD_WIRE_VARINT)
        put_varint(w, field->varint);
    else
        put(w, field->begin, (size_t)(field->end - field->begin));
}

static sard_status walk_field(walk *w, const ProtobufCMessageDescriptor *type, const ProtobufCFieldDescriptor *row,
                              const sard_onnx_field *field, const uint8_t *start, unsigned depth)
{
    const uint32_t wire = wire_of(row->type);
    const size_t size = (size_t)(field->end - field->begin);
    const bool packed = field->wire != wire;
    if (packed && (field->wire != SARD_WIRE_BYTES || row->label != PROTOBUF_C_LABEL_REPEATED))
        return fail_at(w, start, type, "a field has another type than it should");
    if (packed && !is_packed_sound(wire, field->begin, field->end))
        return fail_at(w, start, type, "a list of numbers ends amid one");
    if (is_payload(type, field->number)) {
        add_piece(w, field->number, start, field->end);
        return SARD_OK;
    }
    if (row->type == PROTOBUF_C_TYPE_MESSAGE)
        return walk_inner(w, row, field, depth);
    if (row->type == PROTOBUF_C_TYPE_STRING && memchr(field->begin, 0, size))
        return fail_at(w, start, type, "a name holds a zero byte");
    if (field->wire == SARD_WIRE_BYTES)
        put_bytes(w, field->number, field->begin, size);
    else
        put_scalar(w, field);
    return SARD_OK;
}

static sard_status walk_message(walk *w, const ProtobufCMessageDescriptor *type, const uint8_t *at, const uint8_t *end, unsigned depth)
{
    while (at < end) {
        const uint8_t *start = at;
        sard_onnx_field field = {0};
        const char *wrong = sard_onnx_next_field(&at, end, &field);
        if (wrong)
            return fail_at(w, at, type, wrong);
        const ProtobufCFieldDescriptor *row = protobuf_c_message_descriptor_get_field(type, field.number);
        if (!row || is_dropped(type, row->name))
            continue;
        const sard_status status = walk_field(w, type, row, &field, start, depth);
        if (status)
            return status;
    }
    return SARD_OK;
}

/* ---- protobuf-c ---- */

typedef struct memory {
    sard_arena *arena;
    bool out;
} memory;

static void *take(void *user, size_t size)
{
    memory *m = user;
    void *bytes = sard_arena_alloc(m->arena, 1, size);
    m->out |= !bytes;
    return bytes;
}

static void leave(void *user, void *bytes)
{
    (void)user;
    (void)bytes;
}

static sard_status unpack(const ProtobufCMessageDescriptor *type, const walk *w, sard_arena *arena, sard_onnx_wire *out)
{
    memory m = {.arena = arena};
    ProtobufCAllocator allocator = {.alloc = take, .free = leave, .allocator_data = &m};
    out->message = protobuf_c_message_unpack(type, &allocator, w->used, w->out);
    if (m.out)
        return sard_no_memory(w->error);
    return out->message ? SARD_OK : sard_fail(w->error, SARD_PARSE, "this is no %s", type->short_name);
}

sard_status sard_onnx_wire_read(const ProtobufCMessageDescriptor *type, const void *bytes, size_t size, const sard_limits *limits,
                                sard_arena *arena, sard_onnx_wire *out, sard_error *error)
{
    const uint8_t *base = bytes;
    walk measure = {.base = base, .limits = limits, .error = error};
    const sard_status status = walk_message(&measure, type, base, base + size, 0);
    if (status)
        return status;
    if (measure.used > MAX_SLIM)
        return sard_fail(error, SARD_LIMIT, "%zu bytes without the elements of tensors, at most %d", measure.used, MAX_SLIM);
    walk w = {.base = base, .limits = limits, .error = error};
    w.out = sard_arena_tensor(arena, measure.used);
    w.pieces = SARD_NEW(arena, sard_onnx_piece, measure.piece_count);
    if (!w.out || !w.pieces)
        return sard_no_memory(error);
    const sard_status again = walk_message(&w, type, base, base + size, 0);
    if (again)
        return again;
    *out = (sard_onnx_wire){.base = base, .pieces = w.pieces, .piece_count = w.piece_count, .node_count = w.node_count};
    return unpack(type, &w, arena, out);
}
