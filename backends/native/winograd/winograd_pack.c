/* Weights of Winograd's convolutions: taps to frequencies, in double, rounded once; in the order in which a run reads them. */
#include "backends/native/winograd/winograd.h"

enum { CHANNELS = 8 }; /* packed at once */

/* Powers of each point over the product of its distances from the others; the last tap for infinity. Across a kernel with one dimension
 * there is one point, 1. */
static void make_matrix(const sard_points *points, int count, int taps, double matrix[SARD_WINOGRAD_POINTS][SARD_WINOGRAD_TAPS])
{
    double at[SARD_WINOGRAD_POINTS] = {0};
    for (int i = 0; i < points->pairs; i++) {
        at[2 * i + 1] = points->at[i];
        at[2 * i + 2] = -points->at[i];
    }
    for (int i = 0; i + 1 < count; i++) {
        double distances = 1, power = 1;
        for (int k = 0; k + 1 < count; k++)
            distances *= k == i ? 1 : at[i] - at[k];
        for (int k = 0; k < taps; k++, power *= at[i])
            matrix[i][k] = power / distances;
    }
    for (int k = 0; k < taps; k++)
        matrix[count - 1][k] = k == taps - 1;
}

/* What the pieces of the packing have in common. */
typedef struct packer {
    const sard_winograd *w;
    const sard_tensor *weights;
    const double *factors;
    float *out;
    sard_winograd_matrices matrices;
} packer;

int64_t sard_winograd_weights(const sard_winograd *w) { return sard_panels_size(&w->panels, w->channels) * w->frequencies; }

/* Some input channels from c on for the lanes of output channels from m on; `step` floats from channel to channel. */
static void pack_channels(const packer *p, int64_t m, int64_t c, float *out, int64_t step, int64_t stride)
{
    const sard_winograd *w = p->w;
    const int64_t taps = w->taps[0] * w->taps[1], lanes = w->tier->lanes, rows = w->results - m < lanes ? w->results - m : lanes;
    const int64_t count = w->channels - c < CHANNELS ? w->channels - c : CHANNELS;
    const sard_columns columns = {.row = w->channels * taps, .count = count * taps, .taps = 1, .step = lanes};
    float own[CHANNELS * SARD_WINOGRAD_TAPS * SARD_WINOGRAD_TAPS * SARD_MOST_LANES];
    const char *from = (const char *)p->weights->data + (m * w->channels + c) * taps * (int64_t)sizeof(float);
    w->tier->gemm.columns(from, rows, p->factors ? p->factors + m : NULL, &columns, own);
    for (int64_t i = 0; i < count; i++)
        w->tier->winograd.weights(&p->matrices, own + i * taps * lanes, out + i * step, stride);
}

/* One panel; all panels of a chunk lie side by side in each frequency. */
static void pack_panel(void *arg, size_t i)
{
    const packer *p = arg;
    const sard_winograd *w = p->w;
    const int64_t panel = (int64_t)i, lanes = w->tier->lanes, width = sard_panel_width(&w->panels, panel);
    int64_t chunk = 0;
    while (sard_winograd_chunk(w, chunk + 1) <= panel)
        chunk++;
    const int64_t first = sard_panel_first(&w->panels, sard_winograd_chunk(w, chunk)), own = sard_panel_first(&w->panels, panel);
    const int64_t stride = (sard_panel_first(&w->panels, sard_winograd_chunk(w, chunk + 1)) - first) * w->channels;
    float *out = p->out + first * w->channels * w->frequencies + (own - first) * w->channels;
    for (int64_t c = 0; c < w->channels; c += CHANNELS)
        for (int64_t v = 0; v < width; v++)
            pack_channels(p, own + v * lanes, c, out + (c * width + v) * lanes, width * lanes, stride);
}

void sard_winograd_pack(const sard_winograd *w, const sard_value *weights, const sard_packing *packing, float *out)
{
    packer p = {.w = w, .out = out};
    p.weights = sard_value_unscaled(weights, &p.factors);
    for (int i = 0; i < 2; i++) {
        p.matrices.points[i] = w->points[i];
        p.matrices.taps[i] = w->taps[i];
        make_matrix(w->kind.points, w->points[i], w->taps[i], p.matrices.across[i]);
    }
    sard_packing_parallel(packing, (size_t)w->panels.count, pack_panel, &p);
}
