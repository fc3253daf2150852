/* Pooling: for each output the largest, or the scaled sum, of rows of channels that lie at given distances; and over all rows of a picture.
 *
 * Four vectors of channels at a time, so that a distance is read once for all of them. */

/* Rows of a picture whose sum is made before it is added to the others': the error is that of so many additions, not of all. */
enum { POOL_CHUNK = 16 };

ALWAYS_INLINE vf pool_load(const float *p, int64_t n) { return n == LANES ? v_load(p) : v_load_part(p, n); }

ALWAYS_INLINE void pool_store(float *p, vf v, int64_t n)
{
    if (n == LANES)
        v_store(p, v);
    else
        v_store_part(p, v, n);
}

ALWAYS_INLINE vf pool_fold(bool largest, vf best, vf value)
{
    if (largest)
        return V_LARGER(best, value);
    return best + value;
}

ALWAYS_INLINE vf pool_finish(bool largest, vf best, float scale)
{
    if (largest)
        return best;
    return best * scale;
}

/* V vectors of one output; n: floats of each vector. */
ALWAYS_INLINE void pool_vectors(int V, int64_t n, bool largest, const float *x, const int64_t *taps, int64_t count, float *out, float scale)
{
    vf best[4];
    UNROLL for (int v = 0; v < V; v++) best[v] = v_all(largest ? -__builtin_inff() : 0);
    ROLLED for (int64_t t = 0; t < count; t++)
    {
        const float *p = x + taps[t];
        UNROLL for (int v = 0; v < V; v++) { best[v] = pool_fold(largest, best[v], pool_load(p + v * LANES, n)); }
    }
    UNROLL for (int v = 0; v < V; v++) pool_store(out + v * LANES, pool_finish(largest, best[v], scale), n);
}

ALWAYS_INLINE void pool_outputs(bool largest, const float *x, const int64_t *taps, int64_t count, float *out, const sard_pool_tile *c)
{
    for (int64_t i = 0; i < c->outputs; i++, x += c->x_step, out += c->out_step) {
        int64_t k = 0;
        for (; k + 4 * LANES <= c->channels; k += 4 * LANES)
            pool_vectors(4, LANES, largest, x + k, taps, count, out + k, c->scale);
        for (; k + LANES <= c->channels; k += LANES)
            pool_vectors(1, LANES, largest, x + k, taps, count, out + k, c->scale);
        if (k < c->channels)
            pool_vectors(1, c->channels - k, largest, x + k, taps, count, out + k, c->scale);
    }
}

static void TIER(pool_max)(const float *x, const int64_t *taps, int64_t count, float *out, const sard_pool_tile *c)
{
    pool_outputs(true, x, taps, count, out, c);
}

static void TIER(pool_sum)(const float *x, const int64_t *taps, int64_t count, float *out, const sard_pool_tile *c)
{
    pool_outputs(false, x, taps, count, out, c);
}

/* Adds a chunk to all before it; `lost` is what rounding took off the sums so far (Knuth's two-sum). */
ALWAYS_INLINE void global_join(bool largest, vf *all, vf *lost, vf some)
{
    const vf sum = pool_fold(largest, *all, some);
    if (!largest) {
        const vf added = sum - *all;
        *lost += (*all - (sum - added)) + (some - added);
    }
    *all = sum;
}

/* A mean is divided: a factor of 1 / rows would be rounded as well, the same way in all channels. Behind an infinite sum nothing was lost. */
ALWAYS_INLINE vf global_finish(bool largest, vf all, vf lost, vf rows)
{
    if (largest)
        return all;
    return (all + v_select(lost == lost, lost, v_all(0))) / rows;
}

/* Rows come in pairs, so that a sum waits for every second one only. */
ALWAYS_INLINE void global_vectors(int V, int64_t n, bool largest, const float *x, int64_t row, int64_t rows, float *out)
{
    vf all[4], lost[4];
    const vf pixels = v_all((float)rows);
    UNROLL for (int v = 0; v < V; v++)
    {
        all[v] = v_all(largest ? -__builtin_inff() : 0);
        lost[v] = v_all(0);
    }
    while (rows > 0) {
        const int64_t count = rows < POOL_CHUNK ? rows : POOL_CHUNK;
        vf some[4];
        UNROLL for (int v = 0; v < V; v++) some[v] = v_all(largest ? -__builtin_inff() : 0);
        ROLLED for (int64_t pairs = count / 2; pairs; pairs--, x += 2 * row) UNROLL for (int v = 0; v < V; v++) some[v] =
            pool_fold(largest, some[v], pool_fold(largest, pool_load(x + v * LANES, n), pool_load(x + row + v * LANES, n)));
        if (count % 2) {
            UNROLL for (int v = 0; v < V; v++) some[v] = pool_fold(largest, some[v], pool_load(x + v * LANES, n));
            x += row;
        }
        UNROLL for (int v = 0; v < V; v++) global_join(largest, &all[v], &lost[v], some[v]);
        rows -= count;
    }
    UNROLL for (int v = 0; v < V; v++) pool_store(out + v * LANES, global_finish(largest, all[v], lost[v], pixels), n);
}

ALWAYS_INLINE void global_channels(bool largest, const float *x, int64_t row, int64_t rows, int64_t channels, float *out)
{
    int64_t k = 0;
    for (; k + 4 * LANES <= channels; k += 4 * LANES)
        global_vectors(4, LANES, largest, x + k, row, rows, out + k);
    for (; k + 2 * LANES <= channels; k += 2 * LANES)
        global_vectors(2, LANES, largest, x + k, row, rows, out + k);
    for (; k + LANES <= channels; k += LANES)
        global_vectors(1, LANES, largest, x + k, row, rows, out + k);
    if (k < channels)
        global_vectors(1, channels - k, largest, x + k, row, rows, out + k);
}

static void TIER(global_max)(const float *x, int64_t row, int64_t rows, int64_t channels, float *out)
{
    global_channels(true, x, row, rows, channels, out);
}

static void TIER(global_sum)(const float *x, int64_t row, int64_t rows, int64_t channels, float *out)
{
    global_channels(false, x, row, rows, channels, out);
}
