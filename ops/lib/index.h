/* Indices from data. */
#ifndef SARD_OPS_LIB_INDEX_H
#define SARD_OPS_LIB_INDEX_H

#include <sard/plugin.h>

#include <string.h>

/* Element i of an int32 or int64 tensor. */
static inline int64_t sard_index_at(const sard_tensor *tensor, int64_t i)
{
    return tensor->dtype == SARD_I32 ? ((const int32_t *)tensor->data)[i] : ((const int64_t *)tensor->data)[i];
}

/* A negative one counts from the end; false if it is out of range. */
static inline bool sard_index_wrap(int64_t *index, int64_t size)
{
    if (*index < 0)
        *index += size;
    return *index >= 0 && *index < size;
}

/* One element of 1, 2, 4, 8 or 16 bytes. */
static inline void sard_element_copy(void *dst, const void *src, size_t size)
{
    switch (size) {
    case 1:
        memcpy(dst, src, 1);
        break;
    case 2:
        memcpy(dst, src, 2);
        break;
    case 4:
        memcpy(dst, src, 4);
        break;
    case 8:
        memcpy(dst, src, 8);
        break;
    default:
        memcpy(dst, src, 16);
    }
}

#endif
