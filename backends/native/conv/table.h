/* What a tier offers for the first convolution of a network. */
#ifndef SARD_BACKENDS_NATIVE_CONV_TABLE_H
#define SARD_BACKENDS_NATIVE_CONV_TABLE_H

#include "backends/native/gemm/table.h"

/* Like flat, from a picture of a few channels (stem_template.h); rows of the tile as `rows` says. */
typedef void sard_stem_function(const float *x, const int64_t *at, const float *w, float *out, const sard_tile *tile, int64_t tiles);

typedef struct sard_conv_table {
    sard_stem_function *stem[SARD_MOST_VECTORS];
} sard_conv_table;

#endif
