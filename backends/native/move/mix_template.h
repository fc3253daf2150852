/* Weighted sums of rows of channels. Four vectors of channels at a time, so that a pointer and a weight are read once for all of them. */

ALWAYS_INLINE void mix_vectors(int V, int64_t n, const float *const *rows, const float *weights, int64_t count, int64_t from, float *out)
{
    vf sums[4];
    UNROLL for (int v = 0; v < V; v++) sums[v] = v_all(0);
    ROLLED for (int64_t i = 0; i < count; i++)
    {
        const float *row = rows[i] + from;
        const vf weight = v_all(weights[i]);
        UNROLL for (int v = 0; v < V; v++) V_FMA(sums[v], (n == LANES ? v_load(row + v * LANES) : v_load_part(row + v * LANES, n)), weight);
    }
    UNROLL for (int v = 0; v < V; v++) if (n == LANES) v_store(out + from + v * LANES, sums[v]);
    else v_store_part(out + from + v * LANES, sums[v], n);
}

static void TIER(mix)(const float *const *rows, const float *weights, int64_t count, int64_t channels, float *out)
{
    int64_t k = 0;
    for (; k + 4 * LANES <= channels; k += 4 * LANES)
        mix_vectors(4, LANES, rows, weights, count, k, out);
    for (; k + LANES <= channels; k += LANES)
        mix_vectors(1, LANES, rows, weights, count, k, out);
    if (k < channels)
        mix_vectors(1, channels - k, rows, weights, count, k, out);
}
