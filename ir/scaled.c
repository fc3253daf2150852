/* Constants whose elements are made on demand. */
#include "ir/scaled.h"

#include "ir/lock.h"

#include <string.h>

typedef struct sard_scaled {
    sard_tensor source;
    const double *factors;
    sard_lock lock; /* threads that share a model may ask at the same time; it owns nothing that would have to be destroyed */
    bool made;
} sard_scaled;

sard_value *sard_graph_add_scaled(sard_graph *graph, const char *name, const sard_tensor *source, const double *factors)
{
    sard_scaled *scaled = SARD_NEW(graph->arena, sard_scaled, 1);
    sard_tensor tensor = *source;
    tensor.data = sard_graph_alloc(graph, source->bytes);
#ifdef SARD_DEBUG
    if (tensor.data)
        memset(tensor.data, 0xff, tensor.bytes); /* not a number, for readers that did not ask */
#endif
    sard_value *value = scaled && tensor.data ? sard_graph_add_constant(graph, name, &tensor) : NULL;
    if (!value)
        return NULL;
    scaled->source = *source;
    scaled->factors = factors;
    sard_lock_init(&scaled->lock);
    value->scaled = scaled;
    return value;
}

void sard_scale(sard_dtype dtype, const char *from, size_t n, double factor, char *to)
{
    enum { CHUNK = 256 };
    double raw[CHUNK], wide[CHUNK];
    const size_t size = sard_dtype_size(dtype);
    for (size_t first = 0; first < n; first += CHUNK) {
        const size_t count = n - first < CHUNK ? n - first : CHUNK;
        memcpy(raw, from + first * size, count * size);
        sard_widen(dtype, raw, count, wide);
        for (size_t i = 0; i < count; i++)
            wide[i] *= factor;
        sard_narrow(dtype, wide, count, to + first * size);
    }
}

static void make(const sard_scaled *scaled, char *to)
{
    const sard_tensor *source = &scaled->source;
    const size_t rows = (size_t)source->dims[0], row = rows ? source->bytes / rows : 0;
    for (size_t i = 0; i < rows; i++)
        sard_scale(source->dtype, (const char *)source->data + i * row, row / sard_dtype_size(source->dtype), scaled->factors[i],
                   to + i * row);
}

const sard_tensor *sard_value_constant(const sard_value *value)
{
    sard_scaled *scaled = value ? value->scaled : NULL;
    if (!scaled)
        return value ? value->constant : NULL;
    sard_lock_take(&scaled->lock);
    if (!scaled->made)
        make(scaled, value->constant->data);
    scaled->made = true;
    sard_lock_give(&scaled->lock);
    return value->constant;
}

static bool is_made(sard_scaled *scaled)
{
    sard_lock_take(&scaled->lock);
    const bool made = scaled->made;
    sard_lock_give(&scaled->lock);
    return made;
}

const char *sard_value_piece(const sard_value *value, size_t at, char *room, size_t room_size, size_t *size)
{
    sard_scaled *scaled = value->scaled;
    const sard_tensor *from = value->constant;
    *size = sard_tensor_count(from) * sard_dtype_size(from->dtype) - at;
    if (!scaled || is_made(scaled))
        return (const char *)from->data + at;
    const size_t row = *size ? scaled->source.bytes / (size_t)scaled->source.dims[0] : 1, left = row - at % row;
    if (*size > left)
        *size = left;
    if (*size > room_size)
        *size = room_size;
    sard_scale(from->dtype, (const char *)scaled->source.data + at, *size / sard_dtype_size(from->dtype),
               *size ? scaled->factors[at / row] : 1, room);
    return room;
}

const sard_tensor *sard_value_unscaled(const sard_value *value, const double **factors)
{
    if (!value || !factors)
        return NULL;
    const sard_scaled *scaled = value->scaled;
    *factors = scaled ? scaled->factors : NULL;
    return scaled ? &scaled->source : value->constant;
}
