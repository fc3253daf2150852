/* Elements as unsigned keys that sort like them: one comparison for every type. And a heap of keys. */
#ifndef SARD_OPS_LIB_ORDER_H
#define SARD_OPS_LIB_ORDER_H

#include "ir/graph.h"

/* keys[i] < keys[k] where src[i] < src[k], equal where they are equal (also -0 and 0); NaN is above all and equal to itself.
 * stride: between elements of src. */
void sard_order_keys(sard_dtype dtype, const void *src, int64_t stride, size_t n, uint64_t *keys);

/* A key and where it came from. */
typedef struct sard_ranked {
    uint64_t key;
    int64_t index;
} sard_ranked;

/* In order: a smaller key first, of equal ones the higher index. */
static inline bool sard_ranked_before(const sard_ranked *a, const sard_ranked *b)
{
    return a->key < b->key || (a->key == b->key && a->index > b->index);
}

/* A heap has at its top the entry that is before all others. heap_make orders an array; heap_sink lets entry i find its place again. */
void sard_heap_make(sard_ranked *heap, int64_t count);
void sard_heap_sink(sard_ranked *heap, int64_t count, int64_t i);
/* Turns a heap into an array, the last in order at its beginning. */
void sard_heap_sort(sard_ranked *heap, int64_t count);

/* sard_op.work of operators that sort input 0. */
double sard_order_work(const sard_node *node);

#endif
