/* The bytes of a protobuf message, walked before protobuf-c sees them.
 *
 * protobuf-c copies every `bytes` field and recurses as deep as the file says. So the walk checks lengths, nesting and counts first, and
 * protobuf-c gets a slim copy: without the elements of tensors, and without fields that nobody reads here. Elements stay where they are,
 * as pieces. In the slim copy a TensorProto has, in string_data, the numbers of its pieces; that field is a list of bytes, so protobuf's
 * rules for messages given twice (lists are joined) hold for pieces without further work. */
#ifndef SARD_FRONTENDS_ONNX_WIRE_H
#define SARD_FRONTENDS_ONNX_WIRE_H

#include "ir/arena.h"

#include <protobuf-c/protobuf-c.h>

/* Consecutive occurrences of one field with elements of a TensorProto, tags included; each packed or not. */
typedef struct sard_onnx_piece {
    uint32_t field; /* its number */
    const uint8_t *begin, *end;
    sard_tensor *tensor; /* of the first piece of a TensorProto: what it was read as, once it was */
} sard_onnx_piece;

typedef struct sard_onnx_wire {
    const uint8_t *base;
    sard_onnx_piece *pieces;
    size_t piece_count, node_count;
    ProtobufCMessage *message; /* the slim one */
} sard_onnx_wire;

/* limits->nesting, but no more than the stack is good for. */
uint64_t sard_onnx_nesting(const sard_limits *limits);

/* Checks a message of that type and unpacks it into `arena`; pieces point into `bytes`. Fails with PARSE (names the byte), LIMIT (nodes,
 * nesting) or NOMEM. */
sard_status sard_onnx_wire_read(const ProtobufCMessageDescriptor *type, const void *bytes, size_t size, const sard_limits *limits,
                                sard_arena *arena, sard_onnx_wire *out, sard_error *error) SARD_MUST_USE;

enum { SARD_WIRE_VARINT = 0, SARD_WIRE_64 = 1, SARD_WIRE_BYTES = 2, SARD_WIRE_32 = 5 };

/* One field: its number, its wire type, and where its value lies (of BYTES without the length). */
typedef struct sard_onnx_field {
    uint32_t number, wire;
    const uint8_t *begin, *end;
    uint64_t varint; /* of VARINT */
} sard_onnx_field;

/* Reads the field at *at and moves behind it. NULL, or what is wrong with it; *at is then where. */
const char *sard_onnx_next_field(const uint8_t **at, const uint8_t *end, sard_onnx_field *out);

/* Reads a varint at *at and moves behind it; false if it does not end before `end` or has more than 64 bits. */
bool sard_onnx_next_varint(const uint8_t **at, const uint8_t *end, uint64_t *out);

#endif
