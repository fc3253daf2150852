/* One axis of Resize: which elements of the original make an element of the result, and with what weights. */
#ifndef SARD_OPS_RESAMPLE_H
#define SARD_OPS_RESAMPLE_H

#include "ops/lib/util.h"
#include "ops/resize.h"

/* in, out      sizes
 * over, under  the scale as a fraction of whole numbers, above 0: places are then quotients of whole numbers, and exact where they are
 *              halves, whatever the scale. Of sizes it is out / in; a float stands for the fraction that it was rounded from
 * start, end   region of interest, as parts of the original */
typedef struct sard_axis_scale {
    int64_t in, out;
    double over, under;
    float start, end;
} sard_axis_scale;

static inline double sard_axis_ratio(const sard_axis_scale *axis) { return axis->over / axis->under; }

/* Sets over and under to the fraction that `scale` stands for. */
void sard_axis_set_scale(sard_axis_scale *axis, float scale);

/* Element i of the result is the sum of `count` elements index[i * count ...], times weight[i * count ...] (NULL: count is 1, weight 1).
 * outside[i]: it is the extrapolation value instead (NULL: none is). */
typedef struct sard_taps {
    int64_t in, out, count;
    int64_t *index;
    double *weight;
    bool *outside;
} sard_taps;

/* Is every element of the result the one at its place? So it is with a scale of 1, also where tf_half_pixel_for_nn would move it. */
bool sard_axis_is_same(const sard_resize *attrs, const sard_axis_scale *axis);
/* Fills taps; memory is the call's. in > 0. */
sard_status sard_taps_make(const sard_call *call, const sard_axis_scale *axis, sard_taps *out) SARD_MUST_USE;

/* The same into memory of the caller's: count and arrays are set. Without antialias count is 1 for nearest, 2 for linear, 4 for cubic. */
void sard_taps_fill(const sard_resize *attrs, const sard_axis_scale *axis, sard_taps *out);
/* How the axes of X are scaled. inputs: `count` of the operator, with the elements of those that say so; y: the result. */
void sard_resize_scales(const sard_resize *attrs, const sard_tensor *inputs, size_t count, const sard_tensor *y,
                        sard_axis_scale axes[SARD_MAX_RANK]);

/* A tensor outer x in x inner of float or double becomes outer x out x inner. Sums in double, but of few float elements. call NULL: on
 * this thread. */
void sard_resample_f32(const sard_call *call, const sard_taps *taps, int64_t outer, int64_t inner, const void *src, void *dst);
void sard_resample_f64(const sard_call *call, const sard_taps *taps, int64_t outer, int64_t inner, const void *src, void *dst);

/* What is done with the taps of each axis, to output 0; those of an axis that does not change are all zero. At least one does. */

/* Mode nearest. */
void sard_resize_nearest(const sard_call *call, const sard_taps *taps);
/* Modes linear and cubic, `count` axes in this order. */
sard_status sard_resize_mix(const sard_call *call, const sard_taps *taps, const int *order, int count) SARD_MUST_USE;

#endif
