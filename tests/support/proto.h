/* Writing protobuf messages byte by byte, so that tests can also write wrong ones; and the messages of ONNX models.
 *
 *     proto graph = {.size = 0};
 *     proto_input(&graph, "x", 1, 2, (int64_t[]){2, 3});
 *     proto_node(&graph, "Relu", "x", "y", NULL);
 *     proto_text(proto_of(&graph, 12), 1, "y");    or  proto_output(&graph, "y")
 */
#ifndef SARD_TESTS_PROTO_H
#define SARD_TESTS_PROTO_H

#include <stddef.h>
#include <stdint.h>

typedef struct proto {
    uint8_t bytes[16384];
    size_t size;
} proto;

/* ---- fields ---- */

void proto_raw(proto *to, const void *bytes, size_t size); /* as they are */
void proto_varint(proto *to, uint64_t value);              /* no tag */
void proto_tag(proto *to, unsigned field, unsigned wire);
void proto_int(proto *to, unsigned field, int64_t value);
void proto_float(proto *to, unsigned field, float value);
void proto_bytes(proto *to, unsigned field, const void *bytes, size_t size);
void proto_text(proto *to, unsigned field, const char *text);
void proto_message(proto *to, unsigned field, const proto *message);

/* ---- ONNX ---- */

/* Attributes of a node: NodeProto.attribute fields, one after another. */
void proto_attr_int(proto *attrs, const char *name, int64_t value);
void proto_attr_float(proto *attrs, const char *name, float value);
void proto_attr_ints(proto *attrs, const char *name, const int64_t *values, size_t count);
void proto_attr_text(proto *attrs, const char *name, const char *value);
void proto_attr_message(proto *attrs, const char *name, unsigned field, int type, const proto *message);
/* Refers to the caller's attribute `from`. */
void proto_attr_ref(proto *attrs, const char *name, const char *from, int type);

/* A NodeProto as field `field` of `to`. inputs, outputs: names with a space between; "-" stands for "". attrs: may be NULL. */
void proto_node_in(proto *to, unsigned field, const char *domain, const char *op, const char *inputs, const char *outputs,
                   const proto *attrs);
/* As a node of a graph, domain "". */
void proto_node(proto *graph, const char *op, const char *inputs, const char *outputs, const proto *attrs);

void proto_input(proto *graph, const char *name, int dtype, int rank, const int64_t *dims);
void proto_output(proto *graph, const char *name);
/* A TensorProto without elements. */
void proto_tensor(proto *tensor, const char *name, int dtype, int rank, const int64_t *dims);
/* Initialisers with raw_data. */
void proto_floats(proto *graph, const char *name, int rank, const int64_t *dims, const float *values);
void proto_int64s(proto *graph, const char *name, int rank, const int64_t *dims, const int64_t *values);

/* A ModelProto of IR version 8 with that opset of ai.onnx. */
void proto_model(proto *model, const proto *graph, int opset);
void proto_opset(proto *to, unsigned field, const char *domain, int version);

#endif
