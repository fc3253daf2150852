/* Attributes of Resize. */
#ifndef SARD_OPS_RESIZE_H
#define SARD_OPS_RESIZE_H

#include <sard/plugin.h>

enum { SARD_RESIZE_NEAREST, SARD_RESIZE_LINEAR, SARD_RESIZE_CUBIC };
enum { SARD_ROUND_PREFER_FLOOR, SARD_ROUND_PREFER_CEIL, SARD_ROUND_FLOOR, SARD_ROUND_CEIL };
enum { SARD_ASPECT_STRETCH, SARD_ASPECT_NOT_LARGER, SARD_ASPECT_NOT_SMALLER };
enum {
    SARD_COORDINATE_HALF_PIXEL,
    SARD_COORDINATE_HALF_PIXEL_SYMMETRIC,
    SARD_COORDINATE_PYTORCH_HALF_PIXEL,
    SARD_COORDINATE_ALIGN_CORNERS,
    SARD_COORDINATE_ASYMMETRIC,
    SARD_COORDINATE_TF_CROP_AND_RESIZE,
    SARD_COORDINATE_TF_HALF_PIXEL_FOR_NN,
};

typedef struct sard_resize {
    int64_t mode, coordinate_transformation_mode, nearest_mode, keep_aspect_ratio_policy, antialias, exclude_outside;
    float cubic_coeff_a, extrapolation_value;
    sard_ints axes;
} sard_resize;

#endif
