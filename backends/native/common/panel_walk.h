/* Rows of results in one panel, walked in register tiles of nearly equal height. */
#ifndef SARD_BACKENDS_NATIVE_COMMON_PANEL_WALK_H
#define SARD_BACKENDS_NATIVE_COMMON_PANEL_WALK_H

#include "backends/native/common/panel.h"
#include "backends/native/common/post.h"

/* What the panels of a slice of K have in common; distances in floats. The caller sets these members of `tile`: how rows are read (k, taps,
 * and x_tap and from, or x_row and x_block) and written (out_row, residual_row, last, low, high). */
typedef struct sard_panel_walk {
    const sard_tier *tier;
    const sard_panels *panels;
    const float *weights, *bias;  /* of the first panel; a bias is padded to the panels; NULL: zeros */
    int64_t k, step;              /* steps of a panel's weights; the first one of the slice */
    bool goes_on;                 /* from what earlier slices left in y */
    bool prefetches;              /* weights of the next panel */
    const float *x;               /* the first row, where rows lie x_row apart */
    const float *const *pointers; /* or a pointer for each tap and row: [tap][row]; else NULL */
    float *y;                     /* channel 0 of the first row */
    const float *residual;        /* likewise; NULL: none */
    int64_t rows;                 /* at least 1 */
    sard_tile tile;
    const sard_post *post;     /* its steps are applied after the last slice; NULL: the caller applies them */
    const sard_tensor *inputs; /* of the run */
    int64_t pixel, channel;    /* of the whole result: the first row, channel 0 of the first panel */
} sard_panel_walk;

/* One panel. next: the panel whose weights are read after it. */
void sard_panel_run(const sard_panel_walk *walk, int64_t panel, int64_t next);

#endif
