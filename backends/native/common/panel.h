/* Output channels in panels of two vectors; an odd number of vectors ends with a panel of three, or of one if it is alone. Weights of a
 * panel lie together in the order in which they are read: [step of K][vector][lane], channels beyond the last are 0. */
#ifndef SARD_BACKENDS_NATIVE_COMMON_PANEL_H
#define SARD_BACKENDS_NATIVE_COMMON_PANEL_H

#include "backends/native/common/tier.h"

typedef struct sard_panels {
    int lanes;
    int64_t channels, vectors, count;
} sard_panels;

static inline sard_panels sard_panels_of(const sard_tier *tier, int64_t channels)
{
    const int64_t vectors = (channels + tier->lanes - 1) / tier->lanes;
    return (sard_panels){tier->lanes, channels, vectors, vectors < 2 ? vectors : vectors / 2};
}

static inline int sard_panel_width(const sard_panels *p, int64_t panel)
{
    if (p->vectors < 2)
        return 1;
    return panel == p->count - 1 && p->vectors % 2 ? 3 : 2;
}

/* The first channel of a panel; of the one behind the last: where the padded channels end. */
static inline int64_t sard_panel_first(const sard_panels *p, int64_t panel)
{
    return (panel < p->count ? 2 * panel : p->vectors) * p->lanes;
}

/* Channels, with those that fill the last vector. */
static inline int64_t sard_panels_padded(const sard_panels *p) { return p->vectors * p->lanes; }

/* Floats of all panels for k steps. */
static inline int64_t sard_panels_size(const sard_panels *p, int64_t k) { return sard_panels_padded(p) * k; }

/* Where a panel's weights begin, in floats, and the part for step `step`. */
static inline int64_t sard_panel_offset(const sard_panels *p, int64_t panel, int64_t k, int64_t step)
{
    return sard_panel_first(p, panel) * k + (panel < p->count ? step * sard_panel_width(p, panel) * p->lanes : 0);
}

/* Lines to prefetch for each vector of channels, so that one panel's weights have come when `tiles` tiles are done. */
static inline int64_t sard_panel_ahead(const sard_panels *p, int width, int64_t tiles)
{
    return (width * p->lanes * p->lanes / 16 + tiles - 1) / tiles;
}

#endif
