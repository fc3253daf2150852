/* Convolutions over a picture of a few channels, mostly a network's first layer, read where it lies: channels-last, or channels-first.
 *
 * A row of outputs is tiles of equal height, the last of which overlaps the one before it; taps that lie above or below the picture are
 * left out, and a tile that sticks out at a side reads a copy of its columns. */
#ifndef SARD_BACKENDS_NATIVE_CONV_STEM_H
#define SARD_BACKENDS_NATIVE_CONV_STEM_H

#include "backends/native/common/panel.h"
#include "backends/native/common/post.h"
#include "ops/conv.h"

/* What a plan knows. A window's line is `planes` runs of `run` elements that lie side by side; an output's step over columns is `step` elements. With
 * channels last there is one plane, and a column is `unit` elements. Weights: [line][plane][element of the run]. */
typedef struct sard_stem {
    const sard_tier *tier;
    sard_window window;
    sard_panels panels;
    int64_t n, channels, height, width;
    int64_t planes, run, unit, step;
    int64_t x_plane, x_line; /* of the picture: elements from plane to plane, line to line */
    const float *weights, *bias;
    int64_t y_row;
    sard_post post; /* that reads no tensors */
} sard_stem;

/* What a run reads and writes: lines of a picture, perhaps not all, and the whole result. */
typedef struct sard_stem_place {
    const float *x;  /* plane 0 of a line, */
    int64_t x_plane; /* elements from plane to plane there */
    float *y;
} sard_stem_place;

/* From a Conv in NHWC, whose picture may lie channels-first before somebody turns it. Says whether its size is one that suits. */
bool sard_stem_of(const sard_node *node, const sard_target *target, bool channels_first, sard_stem *out);

int64_t sard_stem_taps(const sard_stem *s);    /* of a window */
int64_t sard_stem_weights(const sard_stem *s); /* floats of packed weights */
void sard_stem_pack(const sard_stem *s, const sard_tensor *weights, float *out);

/* Lines first .. end-1 of the window of output row `row` lie in the picture, the first of them `*top` lines below its upper side. */
void sard_stem_lines(const sard_stem *s, int64_t row, int64_t *first, int64_t *end, int64_t *top);

/* Row `row` of picture n. at->x: the first of those lines. */
void sard_stem_run(const sard_stem *s, const sard_stem_place *at, int64_t n, int64_t row);

#endif
