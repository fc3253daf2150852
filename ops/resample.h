/* One axis of Resize: which elements of the original make an element of the result, and with what weights. */
#ifndef SARD_OPS_RESAMPLE_H
#define SARD_OPS_RESAMPLE_H

#include "ops/resize.h"
#include "ops/util.h"

/* in, out      sizes
 * scale, width scale = width / in, where width is `out` before it was rounded to a whole number
 * start, end   region of interest, as parts of the original */
typedef struct sard_axis_scale {
    int64_t in, out;
    float scale, width, start, end;
} sard_axis_scale;

/* Element i of the result is the sum of `count` elements index[i * count ...], times weight[i * count ...] (NULL: count is 1, weight 1).
 * outside[i]: it is the extrapolation value instead (NULL: none is). */
typedef struct sard_taps {
    int64_t in, out, count;
    int64_t *index;
    double *weight;
    bool *outside;
} sard_taps;

/* Is every element of the result the one at its place? */
bool sard_axis_is_same(const sard_resize *attrs, const sard_axis_scale *axis);
/* Fills taps; memory is the call's. in > 0. */
sard_status sard_taps_make(const sard_call *call, const sard_axis_scale *axis, sard_taps *out) SARD_MUST_USE;

/* A tensor outer x in x inner becomes outer x out x inner, in float or in double; sums in double. */
void sard_resample_f32(const sard_call *call, const sard_taps *taps, int64_t outer, int64_t inner, const float *src, float *dst);
void sard_resample_f64(const sard_call *call, const sard_taps *taps, int64_t outer, int64_t inner, const double *src, double *dst);

/* Mode nearest, of all axes at once, to output 0. taps: of each axis; index NULL where it does not change. At least one does. */
void sard_resize_nearest(const sard_call *call, const sard_taps *taps);

#endif
