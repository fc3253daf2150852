/* Weights and bias of convolutions to panels: one row of weights for each output channel. */
#ifndef SARD_BACKENDS_NATIVE_COMMON_COLUMNS_H
#define SARD_BACKENDS_NATIVE_COMMON_COLUMNS_H

#include "backends/native/common/panel.h"

/* Panel `panel` of k steps, [tap][channel][vector][lane], from rows [channel][tap] at any address; zeros beyond the last output channel.
 * factors: of the rows (sard_value_unscaled), or NULL. */
void sard_columns_pack(const sard_tier *tier, const sard_panels *panels, const void *rows, const double *factors, int64_t k, int64_t taps,
                       int64_t panel, float *out);

/* The bias of `groups` groups, each with zeros up to the last panel's end. bias: NULL for zeros; its elements may have any address. */
void sard_columns_pack_bias(const sard_panels *panels, int64_t groups, const sard_tensor *bias, float *out);

#endif
