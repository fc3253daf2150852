/* Attributes of Pad, and what it does to each axis. */
#ifndef SARD_OPS_PAD_H
#define SARD_OPS_PAD_H

#include "ir/graph.h"

enum { SARD_PAD_CONSTANT, SARD_PAD_REFLECT, SARD_PAD_EDGE, SARD_PAD_WRAP };

typedef struct sard_pad {
    int64_t mode;
} sard_pad;

enum { SARD_PAD_PADS = 1, SARD_PAD_VALUE, SARD_PAD_AXES };

/* What goes before and behind each axis, or where negative is cut. */
typedef struct sard_pads {
    int64_t before[SARD_MAX_RANK], behind[SARD_MAX_RANK];
} sard_pads;

/* The pads of a node whose input has a rank; false: they are not known before the run. */
bool sard_pads_read(const sard_node *node, sard_pads *out);
/* Are they zero, whatever the axes? */
bool sard_pads_nothing(const sard_node *node);

#endif
