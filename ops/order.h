/* Elements as unsigned keys that sort like them: one comparison for every type. */
#ifndef SARD_OPS_ORDER_H
#define SARD_OPS_ORDER_H

#include "ir/dtype.h"

/* keys[i] < keys[k] where src[i] < src[k], equal where they are equal (also -0 and 0); NaN is above all and equal to itself.
 * stride: between elements of src. */
void sard_order_keys(sard_dtype dtype, const void *src, int64_t stride, size_t n, uint64_t *keys);

#endif
