/* Weights of convolutions, one row for each output channel, to panels. */
#ifndef SARD_BACKENDS_NATIVE_COMMON_COLUMNS_H
#define SARD_BACKENDS_NATIVE_COMMON_COLUMNS_H

#include "backends/native/common/panel.h"

/* Panel `panel` of k steps, [tap][channel][vector][lane], from rows [channel][tap] at any address; zeros beyond the last output channel.
 * factors: of the rows (sard_value_unscaled), or NULL. */
void sard_columns_pack(const sard_tier *tier, const sard_panels *panels, const void *rows, const double *factors, int64_t k, int64_t taps,
                       int64_t panel, float *out);

#endif
