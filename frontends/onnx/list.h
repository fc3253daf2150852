/* Sequences and optionals in ONNX's form (onnx-data.proto), and the single tensors that they are made of. */
#ifndef SARD_FRONTENDS_ONNX_LIST_H
#define SARD_FRONTENDS_ONNX_LIST_H

#include "frontends/onnx/encode.h"

/* Reads a TensorProto; its elements lie in `bytes` or in `arena`, and so does *name. */
sard_status sard_onnx_read_tensor(sard_arena *arena, const void *bytes, size_t size, sard_tensor *out, const char **name,
                                  sard_error *error) SARD_MUST_USE;

/* Writes a sard_named_tensor as TensorProto, SequenceProto or OptionalProto. */
void sard_onnx_encode_value(sard_encoder *e, const void *named_tensor);

#endif
