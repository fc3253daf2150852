/* Strides, index walks, and the strided copy that most data movement is. */
#include "ops/util.h"

#include <string.h>

void sard_strides(const int64_t *dims, int rank, int64_t *strides)
{
    int64_t stride = 1;
    for (int i = rank - 1; i >= 0; i--) {
        strides[i] = stride;
        stride *= dims[i];
    }
}

void sard_broadcast_strides(const sard_tensor *tensor, int rank, const int64_t *dims, int64_t *strides)
{
    int64_t own[SARD_MAX_RANK];
    sard_strides(tensor->dims, tensor->rank, own);
    for (int i = 0; i < rank; i++) {
        const int k = i - (rank - tensor->rank);
        strides[i] = k < 0 || (tensor->dims[k] == 1 && dims[i] != 1) ? 0 : own[k];
    }
}

sard_walk sard_walk_start(int rank, const int64_t *dims, const int64_t *a, const int64_t *b, const int64_t *c)
{
    sard_walk walk = {.rank = rank, .more = true, .strides = {a, b, c}};
    for (int i = 0; i < rank; i++) {
        walk.dims[i] = dims[i];
        walk.more &= dims[i] > 0;
    }
    return walk;
}

void sard_walk_next(sard_walk *walk)
{
    for (int i = walk->rank - 1; i >= 0; i--) {
        const bool carry = ++walk->index[i] == walk->dims[i];
        const int64_t steps = carry ? 1 - walk->dims[i] : 1;
        for (int k = 0; k < 3; k++)
            if (walk->strides[k])
                walk->offset[k] += steps * walk->strides[k][i];
        if (!carry)
            return;
        walk->index[i] = 0;
    }
    walk->more = false;
}

/* From one element, to neighbours, or neither: what a compiler can make wide. */
#define COPY_ROW(type)                                                           \
    if (from_stride == 0) {                                                      \
        const type element = *(const type *)from;                                \
        for (int64_t i = 0; to_stride == 1 && i < n; i++)                        \
            ((type *)to)[i] = element;                                           \
        for (int64_t i = 0; to_stride != 1 && i < n; i++)                        \
            ((type *)to)[i * to_stride] = element;                               \
    } else if (to_stride == 1) {                                                 \
        for (int64_t i = 0; i < n; i++)                                          \
            ((type *)to)[i] = ((const type *)from)[i * from_stride];             \
    } else {                                                                     \
        for (int64_t i = 0; i < n; i++)                                          \
            ((type *)to)[i * to_stride] = ((const type *)from)[i * from_stride]; \
    }

static void copy_row(char *to, int64_t to_stride, const char *from, int64_t from_stride, int64_t n, size_t size)
{
    if (to_stride == 1 && from_stride == 1) {
        memcpy(to, from, (size_t)n * size);
        return;
    }
    switch (size) {
    case 1:
        COPY_ROW(uint8_t);
        break;
    case 2:
        COPY_ROW(uint16_t);
        break;
    case 4:
        COPY_ROW(uint32_t);
        break;
    case 8:
        COPY_ROW(uint64_t);
        break;
    default:
        for (int64_t i = 0; i < n; i++)
            memcpy(to + i * to_stride * (int64_t)size, from + i * from_stride * (int64_t)size, size);
    }
}

/* Leaves out dimensions of size 1 and joins neighbours that are one run in both tensors. */
static int simplify(const int64_t *dims, int rank, const int64_t *a, const int64_t *b, int64_t *out, int64_t *sa, int64_t *sb)
{
    int count = 0;
    for (int i = 0; i < rank; i++) {
        if (dims[i] == 1)
            continue;
        if (count && sa[count - 1] == a[i] * dims[i] && sb[count - 1] == b[i] * dims[i]) {
            out[count - 1] *= dims[i];
            sa[count - 1] = a[i];
            sb[count - 1] = b[i];
            continue;
        }
        out[count] = dims[i];
        sa[count] = a[i];
        sb[count++] = b[i];
    }
    return count;
}

enum { TILE = 16 };

/* The two innermost dimensions where both tensors jump along the last one: in tiles, so that lines of cache are used whole. */
static void copy_plane(char *to, const int64_t *ts, const char *from, const int64_t *fs, const int64_t *dims, size_t size)
{
    for (int64_t i = 0; i < dims[0]; i += TILE)
        for (int64_t j = 0; j < dims[1]; j += TILE) {
            const int64_t rows = dims[0] - i < TILE ? dims[0] - i : TILE, columns = dims[1] - j < TILE ? dims[1] - j : TILE;
            for (int64_t k = i; k < i + rows; k++)
                copy_row(to + (k * ts[0] + j * ts[1]) * (int64_t)size, ts[1], from + (k * fs[0] + j * fs[1]) * (int64_t)size, fs[1],
                         columns, size);
        }
}

void sard_copy(void *dst, const int64_t *dst_strides, const void *src, const int64_t *src_strides, const int64_t *dims, int rank,
               size_t size)
{
    int64_t n[SARD_MAX_RANK], ts[SARD_MAX_RANK], fs[SARD_MAX_RANK];
    for (int i = 0; i < rank; i++)
        if (dims[i] == 0)
            return;
    const int count = simplify(dims, rank, dst_strides, src_strides, n, ts, fs);
    if (count == 0) {
        memcpy(dst, src, size);
        return;
    }
    const bool plane = count > 1 && (ts[count - 1] != 1 || fs[count - 1] != 1);
    const int outer = count - (plane ? 2 : 1);
    for (sard_walk w = sard_walk_start(outer, n, ts, fs, NULL); w.more; sard_walk_next(&w)) {
        char *to = (char *)dst + w.offset[0] * (int64_t)size;
        const char *from = (const char *)src + w.offset[1] * (int64_t)size;
        if (plane)
            copy_plane(to, ts + outer, from, fs + outer, n + outer, size);
        else
            copy_row(to, ts[outer], from, fs[outer], n[outer], size);
    }
}
