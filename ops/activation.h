/* Attributes of activations. */
#ifndef SARD_OPS_ACTIVATION_H
#define SARD_OPS_ACTIVATION_H

#include <stdint.h>

/* Of LeakyRelu, ThresholdedRelu, Swish, Elu, Celu and QuickGelu. */
typedef struct sard_alpha {
    float alpha;
} sard_alpha;

typedef struct sard_hard_sigmoid {
    float alpha, beta;
} sard_hard_sigmoid;

typedef struct sard_selu {
    float alpha, gamma;
} sard_selu;

enum { SARD_GELU_EXACT, SARD_GELU_TANH };

typedef struct sard_gelu_attrs {
    int64_t approximate;
} sard_gelu_attrs;

#endif
