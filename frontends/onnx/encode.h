/* Writes the wire format of Protocol Buffers (protobuf.dev/programming-guides/encoding) piece by piece, so that tensors go out straight
 * from where they lie. A message's size stands before it: it is written twice, the first time only counted. */
#ifndef SARD_FRONTENDS_ONNX_ENCODE_H
#define SARD_FRONTENDS_ONNX_ENCODE_H

#include "ir/graph.h"

/* write NULL: only `size` is counted. After a failed write nothing more is written. */
typedef struct sard_encoder {
    bool (*write)(void *user, const void *bytes, size_t size);
    void *user;
    uint64_t size;
    bool failed;
} sard_encoder;

void sard_encode_int(sard_encoder *e, unsigned field, int64_t value);
void sard_encode_float(sard_encoder *e, unsigned field, float value);
void sard_encode_bytes(sard_encoder *e, unsigned field, const void *bytes, size_t size);
void sard_encode_text(sard_encoder *e, unsigned field, const char *text);
/* As sard_encode_bytes where sard_encode_raw writes the bytes, in one piece or several. */
void sard_encode_length(sard_encoder *e, unsigned field, size_t size);
void sard_encode_raw(sard_encoder *e, const void *bytes, size_t size);
/* The bytes of raw_data or a data file: elements as they are, those below 8 bits packed. sard_packed_bytes of them. No strings. */
void sard_encode_elements(sard_encoder *e, sard_dtype dtype, const void *elements, size_t count);
/* A message inside: put(e, part) writes its fields. */
void sard_encode_message(sard_encoder *e, unsigned field, void (*put)(sard_encoder *e, const void *part), const void *part);

/* A tensor and its name, for sard_encode_tensor: the fields of a TensorProto. name: may be NULL. */
typedef struct sard_named_tensor {
    const sard_tensor *tensor;
    const char *name;
} sard_named_tensor;
void sard_encode_tensor(sard_encoder *e, const void *named_tensor);
/* The same without elements. */
void sard_encode_tensor_type(sard_encoder *e, const sard_tensor *tensor, const char *name);

/* TensorProto. */
enum {
    SARD_TENSOR_DIMS = 1,
    SARD_TENSOR_TYPE = 2,
    SARD_TENSOR_STRINGS = 6,
    SARD_TENSOR_NAME = 8,
    SARD_TENSOR_RAW = 9,
    SARD_TENSOR_EXTERNAL = 13,
    SARD_TENSOR_LOCATION = 14
};

#endif
