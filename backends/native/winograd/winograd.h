/* Winograd's convolutions: what their parts share.
 *
 * A picture's outputs are cut into tiles, tiles into groups (the rows of a register tile), groups into blocks (one thread's work, with
 * all panels of output channels, or with a chunk of them where blocks are few). Scratch: V holds the frequencies of inputs,
 * [group][vector of channels][frequency][tile][lane]; M the sums of products, [group][panel][frequency][tile][vector][lane]. Weights:
 * [chunk][frequency][panel][channel][vector][lane], the order in which they are read. */
#ifndef SARD_BACKENDS_NATIVE_WINOGRAD_WINOGRAD_H
#define SARD_BACKENDS_NATIVE_WINOGRAD_WINOGRAD_H

#include "backends/native/common/panel.h"
#include "backends/native/common/post.h"
#include "backends/native/winograd/winograd_points.h"
#include "ops/conv.h"

typedef struct sard_winograd_kind {
    const sard_points *points;
    int outputs; /* of a tile */
    bool plane;  /* two dimensions, or one */
} sard_winograd_kind;
extern const sard_winograd_kind sard_winograd_kinds[SARD_WINOGRADS];

/* What a plan knows. */
typedef struct sard_winograd {
    sard_winograd_id id;
    sard_winograd_kind kind;
    const sard_tier *tier;
    size_t l2; /* of a core */
    sard_window window;
    sard_spatial in, out;
    int rows;                        /* tiles of a full group */
    int points[2], step[2], taps[2]; /* of each dimension; 1, 1, 1 across a kernel with one */
    int frequencies;
    int64_t channels, results, vectors; /* vectors of input channels */
    int64_t count[2], tiles, groups;    /* tiles in each dimension; of all pictures */
    int64_t block, blocks;              /* most groups of a block */
    bool shared;                        /* one V for all blocks, made first, */
    int64_t parts;                      /* each group's in so many parts of the vectors */
    sard_panels panels;
    int64_t chunks;                              /* of panels */
    int64_t v_vector, v_group, m_panel, m_group; /* distances in floats */
    const float *weights, *bias, *zeros;         /* from here on: set where it is bound; zeros: a row of channels */
    int64_t y_row;                               /* from pixel to pixel */
    sard_post post;
} sard_winograd;

/* Whether the node is such a convolution; why: what it is instead. */
bool sard_winograd_describe(sard_winograd_id id, const sard_node *node, const sard_target *target, sard_winograd *out, const char **why);

/* Cuts what was described for so many threads: each then finds in its cache most of the frequencies that it made. */
void sard_winograd_share(sard_winograd *w, int threads);

double sard_winograd_cost(const sard_winograd *w);

/* Floats of packed weights and bias, and how to make them. bias may be NULL. */
int64_t sard_winograd_weights(const sard_winograd *w);
void sard_winograd_pack(const sard_winograd *w, const sard_value *weights, const sard_packing *packing, float *out);

/* What a run brings. */
typedef struct sard_winograd_job {
    const sard_winograd *plan;
    const float *x;
    float *y;
    const sard_tensor *inputs;
} sard_winograd_job;

/* The tiles of group g to V, vectors first .. end-1 of channels. */
void sard_winograd_transform(const sard_winograd_job *job, int64_t g, int64_t first, int64_t end, float *v);

/* Sums of one tile and panel to the output. */
void sard_winograd_finish(const sard_winograd_job *job, int64_t tile, int64_t panel, const float *m);

/* The tiles of group g begin here; of the one after the last: their number. */
static inline int64_t sard_winograd_first(const sard_winograd *w, int64_t g)
{
    const int64_t each = w->tiles / w->groups, larger = w->tiles % w->groups;
    return g * each + (g < larger ? g : larger);
}

/* The first group of a block. */
static inline int64_t sard_winograd_block(const sard_winograd *w, int64_t block) { return w->groups * block / w->blocks; }

/* The first panel of a chunk. */
static inline int64_t sard_winograd_chunk(const sard_winograd *w, int64_t chunk) { return w->panels.count * chunk / w->chunks; }

#endif
