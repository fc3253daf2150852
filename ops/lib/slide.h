/* A window over a row of results: which input each tap meets. The loop of Conv and of the pools. */
#ifndef SARD_OPS_LIB_SLIDE_H
#define SARD_OPS_LIB_SLIDE_H

#include "ops/lib/util.h"

/* Taps that reach columns first .. first + count - 1 of a row of the result; what lies in the padding is left out:
 *     for (sard_slide s = sard_slide_start(&window, &x, row, first, count); s.more; sard_slide_next(&s))
 * Column first + from + i (i < n) meets the element offset + i * step of a channel of x. */
typedef struct sard_slide {
    const sard_window *window;
    const sard_spatial *x;
    bool more;
    int64_t first, count;
    int64_t origin[SARD_MAX_SPATIAL];                      /* where tap 0 meets x: of the row; of column 0 in the last dimension */
    int64_t low[SARD_MAX_SPATIAL], high[SARD_MAX_SPATIAL]; /* taps worth a look */
    int64_t tap[SARD_MAX_SPATIAL], tap_index;              /* row-major number in the kernel */
    int64_t from, n, offset, step;
    int64_t at[SARD_MAX_SPATIAL]; /* the place in x of column `from` */
} sard_slide;

/* row: indices of the result's spatial dimensions but the last. */
sard_slide sard_slide_start(const sard_window *window, const sard_spatial *x, const int64_t *row, int64_t first, int64_t count);
void sard_slide_next(sard_slide *slide);

#endif
