/* im2col: the pixels under each tap of a window, laid out as a matrix that a product can take. */
#ifndef SARD_BACKENDS_OPENBLAS_COLUMNS_H
#define SARD_BACKENDS_OPENBLAS_COLUMNS_H

#include <sard/plugin.h>

/* A part of one picture: channels of one group, output pixels first .. first+count-1 in row-major order. */
typedef struct sard_columns {
    const sard_window *window;
    sard_spatial in;
    const float *x; /* the first channel of the group */
    int64_t channels, first, count;
} sard_columns;

/* NCHW: out[channel * taps + tap][pixel], count apart. NHWC: out[pixel][tap * channels + channel]. What lies in the padding is 0. */
void sard_columns_nchw(const sard_columns *c, float *out);
void sard_columns_nhwc(const sard_columns *c, float *out);

/* Taps of a window; output pixels of a picture. */
int64_t sard_window_taps(const sard_window *window);
int64_t sard_window_pixels(const sard_window *window);

#endif
