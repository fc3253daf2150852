/* IEEE 754 numbers sort like their bits if those of negative ones are inverted; signed integers if their sign bit is. */
#include "ops/lib/order.h"

#include "ops/lib/util.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 256 };

static const uint64_t top = UINT64_C(1) << 63;

static void float_keys(const double *x, size_t n, uint64_t *keys)
{
    for (size_t i = 0; i < n; i++) {
        const double value = x[i] + 0.0; /* -0 becomes 0 */
        uint64_t bits;
        memcpy(&bits, &value, sizeof bits);
        bits = bits & top ? ~bits : bits | top;
        keys[i] = value != value ? UINT64_MAX : bits;
    }
}

static void int_keys(const int64_t *x, size_t n, uint64_t flip, uint64_t *keys)
{
    for (size_t i = 0; i < n; i++)
        keys[i] = (uint64_t)x[i] ^ flip;
}

void sard_order_keys(sard_dtype dtype, const void *src, int64_t stride, size_t n, uint64_t *keys)
{
    const size_t size = sard_dtype_size(dtype);
    uint64_t dense[BLOCK];
    union {
        double f[BLOCK];
        int64_t i[BLOCK];
    } wide;
    for (size_t at = 0; at < n; at += BLOCK) {
        const size_t piece = n - at < BLOCK ? n - at : BLOCK;
        const void *from = (const char *)src + (int64_t)at * stride * (int64_t)size;
        if (stride != 1) {
            sard_copy(dense, &(int64_t){1}, from, &stride, &(int64_t){(int64_t)piece}, 1, size);
            from = dense;
        }
        if (sard_dtype_is_float(dtype)) {
            sard_widen(dtype, from, piece, wide.f);
            float_keys(wide.f, piece, keys + at);
        } else {
            sard_widen_int(dtype, from, piece, wide.i);
            int_keys(wide.i, piece, dtype == SARD_U64 ? 0 : top, keys + at);
        }
    }
}

void sard_heap_sink(sard_ranked *heap, int64_t count, int64_t i)
{
    const sard_ranked moving = heap[i];
    for (int64_t child; (child = 2 * i + 1) < count; i = child) {
        if (child + 1 < count && sard_ranked_before(&heap[child + 1], &heap[child]))
            child++;
        if (!sard_ranked_before(&heap[child], &moving))
            break;
        heap[i] = heap[child];
    }
    heap[i] = moving;
}

void sard_heap_make(sard_ranked *heap, int64_t count)
{
    for (int64_t i = count / 2 - 1; i >= 0; i--)
        sard_heap_sink(heap, count, i);
}

void sard_heap_sort(sard_ranked *heap, int64_t count)
{
    for (int64_t last = count - 1; last > 0; last--) {
        const sard_ranked first = heap[0];
        heap[0] = heap[last];
        heap[last] = first;
        sard_heap_sink(heap, last, 0);
    }
}

double sard_order_work(const sard_node *node)
{
    const double count = sard_value_elements(node->inputs[0]);
    return sard_outputs_work(node) + count * log2(count + 1);
}
