/* SparseTensorProto: values of rank 1 and where they stand, as linear indices [count] or as index tuples [count, rank]. */
#include "frontends/onnx/tensor.h"

#include <inttypes.h>
#include <string.h>

typedef struct sparse {
    sard_tensor values, indices;
    sard_tensor *out;
    const char *what;
    sard_error *error;
} sparse;

static int64_t index_at(const sparse *s, size_t i)
{
    int64_t index; /* the elements may have any address */
    memcpy(&index, (const char *)s->indices.data + i * sizeof index, sizeof index);
    return index;
}

static sard_status read_shape(sparse *s, const sard_onnx_source *source, const Sard__Onnx__SparseTensorProto *proto)
{
    sard_tensor *out = s->out;
    *out = (sard_tensor){.dtype = s->values.dtype, .rank = (int32_t)proto->n_dims};
    if (proto->n_dims > SARD_MAX_RANK)
        return sard_fail(s->error, SARD_UNSUPPORTED, "%s: rank %zu, at most %d is possible", s->what, proto->n_dims, SARD_MAX_RANK);
    if (proto->n_dims)
        memcpy(out->dims, proto->dims, proto->n_dims * sizeof *out->dims);
    if (out->dtype == SARD_STRING)
        return sard_fail(s->error, SARD_UNSUPPORTED, "%s: a sparse tensor of strings", s->what);
    if (!sard_bytes(out->dtype, out->dims, out->rank, &out->bytes))
        return sard_fail(s->error, SARD_MODEL, "%s: a negative dim, or more elements than can be counted", s->what);
    const uint64_t most = source->limits->fold_bytes, before = source->zeros ? *source->zeros : 0;
    if (out->bytes > source->limits->value_bytes || out->bytes > most || before > most - out->bytes)
        return sard_fail(s->error, SARD_LIMIT, "%s: %zu bytes with its zeros after %" PRIu64 " of others, at most %" PRIu64, s->what,
                         out->bytes, before, most);
    if (source->zeros)
        *source->zeros += out->bytes;
    return SARD_OK;
}

/* values and indices must fit each other and the rank. */
static sard_status check_parts(const sparse *s, bool *linear)
{
    const sard_tensor *indices = &s->indices;
    *linear = indices->rank == 1;
    const bool tuples = indices->rank == 2 && indices->dims[1] == s->out->rank;
    if (s->values.rank == 1 && indices->dtype == SARD_I64 && (*linear || tuples) && indices->dims[0] == s->values.dims[0])
        return SARD_OK;
    return sard_fail(s->error, SARD_MODEL, "%s: values of rank %d and indices of rank %d do not fit a sparse tensor of rank %d", s->what,
                     s->values.rank, indices->rank, s->out->rank);
}

static sard_status place_of(const sparse *s, size_t i, bool linear, size_t count, size_t *place)
{
    const size_t rank = linear ? 1 : (size_t)s->out->rank;
    *place = 0;
    for (size_t k = 0; k < rank; k++) {
        const int64_t index = index_at(s, i * rank + k), size = linear ? (int64_t)count : s->out->dims[k];
        if (index < 0 || index >= size)
            return sard_fail(s->error, SARD_MODEL, "%s: index %" PRId64 " of %" PRId64, s->what, index, size);
        *place = *place * (size_t)size + (size_t)index;
    }
    return SARD_OK;
}

sard_status sard_onnx_sparse_tensor(const sard_onnx_source *source, const Sard__Onnx__SparseTensorProto *proto, const char *what,
                                    sard_tensor *out, sard_error *error)
{
    sparse s = {.out = out, .what = what, .error = error};
    bool linear;
    if (!proto->values || !proto->indices)
        return sard_fail(error, SARD_MODEL, "%s: a sparse tensor without %s", what, proto->values ? "indices" : "values");
    sard_status status = sard_onnx_tensor(source, proto->values, what, &s.values, error);
    if (!status)
        status = sard_onnx_tensor(source, proto->indices, what, &s.indices, error);
    if (!status)
        status = read_shape(&s, source, proto);
    if (!status)
        status = check_parts(&s, &linear);
    if (status)
        return status;
    const size_t size = sard_dtype_size(out->dtype), count = sard_tensor_count(out);
    out->data = sard_arena_tensor(source->arena, out->bytes);
    if (!out->data)
        return sard_no_memory(error);
    memset(out->data, 0, out->bytes);
    for (size_t i = 0, place; !status && i < sard_tensor_count(&s.values); i++) {
        status = place_of(&s, i, linear, count, &place);
        if (!status)
            memcpy((char *)out->data + place * size, (const char *)s.values.data + i * size, size);
    }
    return status;
}
