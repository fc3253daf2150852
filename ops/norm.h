/* Attributes of normalisations, for passes and kernels. */
#ifndef SARD_OPS_NORM_H
#define SARD_OPS_NORM_H

#include "ops/lib/util.h"

typedef struct sard_batch_normalization_attrs {
    float epsilon, momentum;
    int64_t training_mode;
} sard_batch_normalization_attrs;

/* Of GroupNormalization; InstanceNormalization has epsilon alone. */
typedef struct sard_group_normalization_attrs {
    float epsilon;
    int64_t num_groups, stash_type;
} sard_group_normalization_attrs;

/* Of LayerNormalization and RMSNormalization. */
typedef struct sard_layer_normalization_attrs {
    int64_t axis, stash_type;
    float epsilon;
} sard_layer_normalization_attrs;

#endif
