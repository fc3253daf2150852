/* Winograd's transform of weights: the taps of LANES output channels to frequencies, in double, rounded once. Half a vector of floats at
 * a time, as that is a vector of doubles. */

typedef float vf_half __attribute__((vector_size(LANES * 2), aligned(4), may_alias));
typedef double vd __attribute__((vector_size(LANES * 4)));

static void TIER(winograd_weights)(const sard_winograd_matrices *g, const float *taps, float *out, int64_t stride)
{
    const int across = g->taps[1];
    for (int half = 0; half < LANES; half += LANES / 2, taps += LANES / 2, out += LANES / 2) {
        vd in[SARD_WINOGRAD_TAPS * SARD_WINOGRAD_TAPS], rows[SARD_WINOGRAD_TAPS];
        for (int t = 0; t < g->taps[0] * across; t++)
            in[t] = __builtin_convertvector(*(const vf_half *)(taps + t * LANES), vd);
        float *to = out;
        for (int i = 0; i < g->points[0]; i++) {
            for (int t = 0; t < across; t++) {
                rows[t] = (vd){0};
                for (int k = 0; k < g->taps[0]; k++)
                    rows[t] += g->across[0][i][k] * in[k * across + t];
            }
            for (int j = 0; j < g->points[1]; j++, to += stride) {
                vd sum = {0};
                for (int t = 0; t < across; t++)
                    sum += g->across[1][j][t] * rows[t];
                *(vf_half *)to = __builtin_convertvector(sum, vf_half);
            }
        }
    }
}
