/* Weights of Winograd's convolutions: taps to frequencies, in double, rounded once; in the order in which a run reads them. */
#include "backends/native/winograd.h"

#include <string.h>

enum { MOST_TAPS = 7, MOST_LANES = 16 };

/* Powers of each point over the product of its distances from the others; the last tap for infinity. Across a kernel with one dimension
 * there is one point, 1. */
static void make_matrix(const sard_points *points, int count, int taps, double matrix[SARD_WINOGRAD_POINTS][MOST_TAPS])
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

typedef struct matrices {
    double across[2][SARD_WINOGRAD_POINTS][MOST_TAPS];
} matrices;

/* The taps of one input channel for `lanes` output channels; 0 beyond the last. */
static void gather(const sard_winograd *w, const sard_tensor *weights, int64_t m, int64_t c, double taps[][MOST_LANES])
{
    const int count = w->taps[0] * w->taps[1], lanes = w->tier->lanes;
    for (int lane = 0; lane < lanes; lane++)
        for (int t = 0; t < count; t++) {
            float tap = 0;
            if (m + lane < w->results)
                memcpy(&tap, (const float *)weights->data + ((m + lane) * w->channels + c) * count + t, sizeof tap);
            taps[t][lane] = tap;
        }
}

static void transform(const sard_winograd *w, const matrices *g, double taps[][MOST_LANES], float *out, int64_t stride)
{
    const int lanes = w->tier->lanes, across = w->taps[1];
    double rows[MOST_TAPS][MOST_LANES];
    for (int i = 0; i < w->points[0]; i++) {
        memset(rows, 0, sizeof rows);
        for (int k = 0; k < w->taps[0]; k++)
            for (int t = 0; t < across; t++)
                for (int lane = 0; lane < lanes; lane++)
                    rows[t][lane] += g->across[0][i][k] * taps[k * across + t][lane];
        for (int j = 0; j < w->points[1]; j++, out += stride) {
            double sums[MOST_LANES] = {0};
            for (int t = 0; t < across; t++)
                for (int lane = 0; lane < lanes; lane++)
                    sums[lane] += g->across[1][j][t] * rows[t][lane];
            for (int lane = 0; lane < lanes; lane++)
                out[lane] = (float)sums[lane];
        }
    }
}

int64_t sard_winograd_weights(const sard_winograd *w) { return sard_panels_size(&w->panels, w->channels) * w->frequencies; }

static void pack_chunk(const sard_winograd *w, const matrices *g, const sard_tensor *weights, int64_t chunk, float *out)
{
    double taps[MOST_TAPS * MOST_TAPS][MOST_LANES];
    const int64_t begin = sard_winograd_chunk(w, chunk), end = sard_winograd_chunk(w, chunk + 1), lanes = w->tier->lanes;
    const int64_t first = sard_panel_first(&w->panels, begin), stride = (sard_panel_first(&w->panels, end) - first) * w->channels;
    out += first * w->channels * w->frequencies;
    for (int64_t p = begin; p < end; p++) {
        const int width = sard_panel_width(&w->panels, p);
        float *panel = out + (sard_panel_first(&w->panels, p) - first) * w->channels;
        for (int64_t c = 0; c < w->channels; c++)
            for (int v = 0; v < width; v++) {
                gather(w, weights, sard_panel_first(&w->panels, p) + v * lanes, c, taps);
                transform(w, g, taps, panel + (c * width + v) * lanes, stride);
            }
    }
}

void sard_winograd_pack(const sard_winograd *w, const sard_tensor *weights, float *out)
{
    matrices g;
    for (int i = 0; i < 2; i++)
        make_matrix(w->kind.points, w->points[i], w->taps[i], g.across[i]);
    for (int64_t chunk = 0; chunk < w->chunks; chunk++)
        pack_chunk(w, &g, weights, chunk, out);
}
