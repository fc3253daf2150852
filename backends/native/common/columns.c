/* Weights of convolutions to panels, a vector of output channels at a time. */
#include "backends/native/common/columns.h"

#include <string.h>

void sard_columns_pack(const sard_tier *tier, const sard_panels *panels, const void *rows, const double *factors, int64_t k, int64_t taps,
                       int64_t panel, float *out)
{
    const int64_t first = sard_panel_first(panels, panel), next = sard_panel_first(panels, panel + 1), width = next - first;
    const int64_t end = next < panels->channels ? next : panels->channels;
    const sard_columns columns = {.row = k, .count = k, .taps = taps, .tap_step = k / taps * width, .step = width};
    for (int64_t m = first; m < next; m += panels->lanes, out += panels->lanes) {
        const int64_t count = end - m < panels->lanes ? end - m : panels->lanes;
        tier->gemm.columns((const char *)rows + m * k * (int64_t)sizeof *out, count, factors ? factors + m : NULL, &columns, out);
    }
}

void sard_columns_pack_bias(const sard_panels *panels, int64_t groups, const sard_tensor *bias, float *out)
{
    const int64_t padded = sard_panels_padded(panels);
    const size_t bytes = (size_t)panels->channels * sizeof *out;
    memset(out, 0, (size_t)(groups * padded) * sizeof *out);
    for (int64_t g = 0; bias && g < groups; g++)
        memcpy(out + g * padded, (const char *)bias->data + (size_t)g * bytes, bytes);
}
