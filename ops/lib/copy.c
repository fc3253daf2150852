/* The strided copy that most data movement is: rows where both tensors are contiguous, else planes in tiles that fit the cache. */
#include "ops/lib/move.h"

#include <string.h>

/* A dimension below NARROW is not worth a loop of its own; planes are cut into tiles of TILE, or LONG beside a narrow side. */
enum { NARROW = 8, TILE = 16, LONG = 256 };

/* ---- rows ---- */

/* From one element, to neighbours, or neither: what a compiler can make wide. */
#define COPY_ROW(type)                                                           \
    if (from_stride == 0) {                                                      \
        const type element = *(const type *)from;                                \
        for (int64_t i = 0; to_stride == 1 && i < n; i++)                        \
            ((type *)to)[i] = element;                                           \
        for (int64_t i = 0; to_stride != 1 && i < n; i++)                        \
            ((type *)to)[i * to_stride] = element;                               \
    } else if (to_stride == 1 && from_stride == -1) {                            \
        for (int64_t i = 0; i < n; i++)                                          \
            ((type *)to)[i] = ((const type *)from)[-i];                          \
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

/* ---- planes ---- */

/* Two dimensions: n[0] with strides to[0] and from[0], n[1] likewise. */
typedef struct plane {
    int64_t n[2], to[2], from[2];
    size_t size;
} plane;

static int64_t at_most(int64_t n, int64_t most) { return n < most ? n : most; }

static char *target(const plane *p, char *to, int64_t i, int64_t j) { return to + (i * p->to[0] + j * p->to[1]) * (int64_t)p->size; }

static const char *source(const plane *p, const char *from, int64_t i, int64_t j)
{
    return from + (i * p->from[0] + j * p->from[1]) * (int64_t)p->size;
}

static void copy_rows(const plane *p, char *to, const char *from)
{
    for (int64_t i = 0; i < p->n[0]; i++)
        copy_row(target(p, to, i, 0), p->to[1], source(p, from, i, 0), p->from[1], p->n[1], p->size);
}

/* Columns, a piece after the other: rows would be too short. */
static void copy_columns(const plane *p, char *to, const char *from)
{
    for (int64_t i = 0; i < p->n[0]; i += LONG)
        for (int64_t j = 0; j < p->n[1]; j++)
            copy_row(target(p, to, i, j), p->to[0], source(p, from, i, j), p->from[0], at_most(p->n[0] - i, LONG), p->size);
}

typedef uint32_t quad __attribute__((vector_size(16)));

static inline quad load(const uint32_t *from)
{
    quad q;
    memcpy(&q, from, sizeof q);
    return q;
}

static inline void store(uint32_t *to, quad q) { memcpy(to, &q, sizeof q); }

/* to[i * to_stride + j] = from[j * from_stride + i] for i and j below 4. */
static inline void turn_quads(uint32_t *to, int64_t to_stride, const uint32_t *from, int64_t from_stride)
{
    const quad a = load(from), b = load(from + from_stride), c = load(from + 2 * from_stride), d = load(from + 3 * from_stride);
    const quad low = __builtin_shufflevector(a, b, 0, 4, 1, 5), high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    const quad low2 = __builtin_shufflevector(c, d, 0, 4, 1, 5), high2 = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    store(to, __builtin_shufflevector(low, low2, 0, 1, 4, 5));
    store(to + to_stride, __builtin_shufflevector(low, low2, 2, 3, 6, 7));
    store(to + 2 * to_stride, __builtin_shufflevector(high, high2, 0, 1, 4, 5));
    store(to + 3 * to_stride, __builtin_shufflevector(high, high2, 2, 3, 6, 7));
}

#define TURN(type)                            \
    for (int64_t i = 0; i < rows; i++)        \
        for (int64_t j = 0; j < columns; j++) \
            ((type *)to)[i * to_stride + j] = ((const type *)from)[j * from_stride + i];

/* A tile of a plane that is contiguous along its rows in `to` and along its columns in `from`. */
static void turn_tile(char *to, int64_t to_stride, const char *from, int64_t from_stride, int64_t rows, int64_t columns, size_t size)
{
    switch (size) {
    case 1:
        TURN(uint8_t);
        break;
    case 2:
        TURN(uint16_t);
        break;
    case 4:
        if (rows == TILE && columns == TILE) {
            for (int64_t i = 0; i < TILE; i += 4)
                for (int64_t j = 0; j < TILE; j += 4)
                    turn_quads((uint32_t *)to + i * to_stride + j, to_stride, (const uint32_t *)from + j * from_stride + i, from_stride);
        } else {
            TURN(uint32_t);
        }
        break;
    case 8:
        TURN(uint64_t);
        break;
    default:
        for (int64_t i = 0; i < rows; i++)
            copy_row(to + i * to_stride * (int64_t)size, 1, from + i * (int64_t)size, from_stride, columns, size);
    }
}

/* Rows of `to` in pieces long enough to be written without jumping from page to page. */
static void turn_plane(const plane *p, char *to, const char *from)
{
    const int64_t step = p->n[0] < TILE ? LONG : TILE;
    for (int64_t piece = 0; piece < p->n[1]; piece += LONG)
        for (int64_t i = 0; i < p->n[0]; i += TILE)
            for (int64_t j = piece; j < p->n[1] && j < piece + LONG; j += step)
                turn_tile(target(p, to, i, j), p->to[0], source(p, from, i, j), p->from[1], at_most(p->n[0] - i, TILE),
                          at_most(p->n[1] - j, step), p->size);
}

static void copy_plane(const plane *p, char *to, const char *from)
{
    if (p->n[1] < NARROW && p->n[0] > p->n[1])
        copy_columns(p, to, from);
    else if (p->to[1] == 1 && p->from[0] == 1 && p->from[1] != 0)
        turn_plane(p, to, from);
    else
        copy_rows(p, to, from);
}

/* ---- all dimensions ---- */

int sard_copy_simplify(const int64_t *dims, int rank, const int64_t *a, const int64_t *b, int64_t *out, int64_t *sa, int64_t *sb)
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

static void swap(int64_t *values, int i, int k)
{
    const int64_t value = values[i];
    values[i] = values[k];
    values[k] = value;
}

/* Brings the dimension that is contiguous in the source next to the last one, which is so in the target. */
static void pair_up(int count, int64_t *n, int64_t *to, int64_t *from)
{
    for (int i = 0; from[count - 1] != 1 && i < count - 2; i++)
        if (from[i] == 1) {
            swap(n, i, count - 2);
            swap(to, i, count - 2);
            swap(from, i, count - 2);
        }
}

void sard_copy(void *dst, const int64_t *dst_strides, const void *src, const int64_t *src_strides, const int64_t *dims, int rank,
               size_t size)
{
    int64_t n[SARD_MAX_RANK], to[SARD_MAX_RANK], from[SARD_MAX_RANK];
    for (int i = 0; i < rank; i++)
        if (dims[i] == 0)
            return;
    const int count = sard_copy_simplify(dims, rank, dst_strides, src_strides, n, to, from);
    if (count == 0) {
        memcpy(dst, src, size);
        return;
    }
    if (count == 1) {
        copy_row(dst, to[0], src, from[0], n[0], size);
        return;
    }
    pair_up(count, n, to, from);
    const int outer = count - 2;
    const plane p = {{n[outer], n[outer + 1]}, {to[outer], to[outer + 1]}, {from[outer], from[outer + 1]}, size};
    for (sard_walk w = sard_walk_start(outer, n, to, from, NULL); w.more; sard_walk_next(&w))
        copy_plane(&p, (char *)dst + w.offset[0] * (int64_t)size, (const char *)src + w.offset[1] * (int64_t)size);
}
