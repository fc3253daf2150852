/* The end of QLinearConv and QLinearMatMul: an integer sum becomes an 8-bit result. */
#ifndef SARD_OPS_LIB_REQUANTIZE_H
#define SARD_OPS_LIB_REQUANTIZE_H

#include "ir/dtype.h"

#include <math.h>

/* In float32, as the kernels do: round(sum * x * w / y), half to even, + zero. Storing it saturates. */
static inline double sard_requantize(double sum, float x, float w, float y, int64_t zero)
{
    const float scale = x * w / y;
    return (double)(rintf((float)sum * scale) + (float)zero);
}

/* Element i, or the only one. */
static inline float sard_scale_at(const sard_tensor *scales, int64_t i)
{
    return (float)sard_get(scales, sard_tensor_count(scales) > 1 ? (size_t)i : 0);
}

#endif
