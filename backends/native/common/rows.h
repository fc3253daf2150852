/* Where the rows of channels lie that the taps of a window read: the pointers of an indirect product. Taps that stand side by side in the
 * last dimension may be one row, as their channels are one run of memory; where such a row sticks out of the picture a copy of it is made. */
#ifndef SARD_BACKENDS_NATIVE_COMMON_ROWS_H
#define SARD_BACKENDS_NATIVE_COMMON_ROWS_H

#include "ops/lib/util.h"

typedef struct sard_rows {
    sard_window window;
    sard_spatial in;
    int64_t run;        /* taps that are one row: 1, or all of the last dimension */
    int64_t taps;       /* rows that a window reads */
    const float *zeros; /* as many as a row is long */
} sard_rows;

/* The most floats of copies that `count` pixels may need. */
int64_t sard_rows_copies(const sard_rows *rows, int64_t count);

/* For output pixels first .. first+count-1 of picture x: [tap][pixel]. */
void sard_rows_fill(const sard_rows *rows, const float *x, int64_t first, int64_t count, const float **out, float *copies);

#endif
