/* Floats are read where they stand; other types are gathered first. */
#include "ops/lib/line.h"

#define GATHER(type)                \
    for (int64_t i = 0; i < n; i++) \
    ((type *)to)[i] = ((const type *)from)[i * step]
#define SCATTER(type)               \
    for (int64_t i = 0; i < n; i++) \
    ((type *)to)[i * step] = ((const type *)from)[i]
#define BY_SIZE(size, MOVE) \
    switch (size) {         \
    case 1:                 \
        MOVE(uint8_t);      \
        break;              \
    case 2:                 \
        MOVE(uint16_t);     \
        break;              \
    case 4:                 \
        MOVE(uint32_t);     \
        break;              \
    case 8:                 \
        MOVE(uint64_t);     \
        break;              \
    default:                \
        break;              \
    }

void sard_line_read(sard_dtype dtype, const void *data, int64_t at, int64_t step, int64_t n, double *out)
{
    const size_t size = sard_dtype_size(dtype);
    const char *from = (const char *)data + at * (int64_t)size;
    if (dtype == SARD_F32) {
        for (int64_t i = 0; i < n; i++)
            out[i] = (double)((const float *)from)[i * step];
        return;
    }
    uint64_t gathered[SARD_LINE], *to = gathered;
    if (step != 1)
        BY_SIZE(size, GATHER)
    sard_widen(dtype, step == 1 ? (const void *)from : gathered, (size_t)n, out);
}

void sard_line_write(sard_dtype dtype, void *data, int64_t at, int64_t step, int64_t n, const double *in)
{
    const size_t size = sard_dtype_size(dtype);
    char *to = (char *)data + at * (int64_t)size;
    if (dtype == SARD_F32) {
        for (int64_t i = 0; i < n; i++)
            ((float *)to)[i * step] = (float)in[i];
        return;
    }
    uint64_t narrow[SARD_LINE], *from = narrow;
    sard_narrow(dtype, in, (size_t)n, step == 1 ? (void *)to : narrow);
    if (step != 1)
        BY_SIZE(size, SCATTER)
}
