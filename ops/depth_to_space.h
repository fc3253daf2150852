/* Attributes of DepthToSpace and SpaceToDepth. */
#ifndef SARD_OPS_DEPTH_TO_SPACE_H
#define SARD_OPS_DEPTH_TO_SPACE_H

#include <stdint.h>

enum { SARD_DEPTH_DCR, SARD_DEPTH_CRD };

typedef struct sard_depth_to_space {
    int64_t mode, blocksize;
} sard_depth_to_space;

#endif
