/* From a TensorProto, slim as wire.h makes it, to a tensor. */
#ifndef SARD_FRONTENDS_ONNX_TENSOR_H
#define SARD_FRONTENDS_ONNX_TENSOR_H

#include "frontends/onnx/file.h"
#include "frontends/onnx/onnx.pb-c.h"
#include "frontends/onnx/wire.h"

typedef struct sard_onnx_source {
    const sard_onnx_wire *wire; /* of the message the TensorProto is in */
    sard_onnx_file *file;       /* NULL: external data is refused */
    const sard_limits *limits;
    sard_arena *arena; /* of elements that have to be converted */
    uint64_t *zeros;   /* bytes of sparse tensors written out so far, fold_bytes at most; NULL: each for itself */
} sard_onnx_source;

/* Elements stay in the file wherever their form allows (raw_data, packed floats, external data), at any address. A tensor met again gives
 * the same elements. Fails with MODEL, UNSUPPORTED (its type), IO (external data), LIMIT or NOMEM; errors begin with `what`. */
sard_status sard_onnx_tensor(const sard_onnx_source *source, const Sard__Onnx__TensorProto *proto, const char *what, sard_tensor *out,
                             sard_error *error) SARD_MUST_USE;

/* A SparseTensorProto with its zeros written out. */
sard_status sard_onnx_sparse_tensor(const sard_onnx_source *source, const Sard__Onnx__SparseTensorProto *proto, const char *what,
                                    sard_tensor *out, sard_error *error) SARD_MUST_USE;

/* An element type by its number in ONNX; fails with UNSUPPORTED or MODEL (no such type). */
sard_status sard_onnx_dtype(int64_t number, const char *what, sard_dtype *out, sard_error *error) SARD_MUST_USE;

#endif
