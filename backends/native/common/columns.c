/* Weights of convolutions to panels, a vector of output channels at a time. */
#include "backends/native/common/columns.h"

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
