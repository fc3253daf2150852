/* A matrix times a vector, at the speed at which the matrix comes from memory: it is read in place, once, several rows at a time. */

#define DOT_ROWS 8

ALWAYS_INLINE float TIER(add_lanes)(vf v)
{
    float sum = 0;
    UNROLL for (int i = 0; i < LANES; i++) sum += v[i];
    return sum;
}

/* Sums do not depend on how many rows are done at once. */
ALWAYS_INLINE void TIER(dot)(int rows, const float *x, const float *w, int64_t w_row, int64_t k, float *out)
{
    vf sums[DOT_ROWS];
    UNROLL for (int r = 0; r < rows; r++) sums[r] = v_all(0);
    int64_t i = 0;
    for (; i + LANES <= k; i += LANES) {
        const vf v = v_load(x + i);
        UNROLL for (int r = 0; r < rows; r++)
        {
            V_FMA(sums[r], v, v_load(w + r * w_row + i));
            if (LANES == 16 || i % 16 == 0)
                __builtin_prefetch(w + r * w_row + i + 512);
        }
    }
    if (i < k) {
        const vf v = v_load_part(x + i, k - i);
        UNROLL for (int r = 0; r < rows; r++) V_FMA(sums[r], v, v_load_part(w + r * w_row + i, k - i));
    }
    UNROLL for (int r = 0; r < rows; r++) out[r] = TIER(add_lanes)(sums[r]);
}

/* out[r] = sum of x[i] w[r * w_row + i]. */
static void TIER(rows_times_vector)(const float *x, const float *w, int64_t w_row, int64_t k, int64_t rows, float *out)
{
    for (; rows >= DOT_ROWS; rows -= DOT_ROWS, w += DOT_ROWS * w_row, out += DOT_ROWS)
        TIER(dot)(DOT_ROWS, x, w, w_row, k, out);
    for (; rows; rows--, w += w_row, out++)
        TIER(dot)(1, x, w, w_row, k, out);
}

#define AXPY_VECTORS 8
#define AXPY_AHEAD 16 /* rows */

ALWAYS_INLINE void TIER(axpy)(const float *x, const float *w, int64_t w_row, int64_t k, float *out)
{
    vf sums[AXPY_VECTORS];
    UNROLL for (int j = 0; j < AXPY_VECTORS; j++) sums[j] = v_all(0);
    for (int64_t i = 0; i < k; i++, w += w_row) {
        const vf v = v_all(x[i]);
        UNROLL for (int j = 0; j < AXPY_VECTORS; j++) V_FMA(sums[j], v, v_load(w + j * LANES));
        UNROLL for (int j = 0; j < AXPY_VECTORS * LANES; j += 16) __builtin_prefetch(w + AXPY_AHEAD * w_row + j);
    }
    UNROLL for (int j = 0; j < AXPY_VECTORS; j++) v_store(out + j * LANES, sums[j]);
}

/* out[c] = sum of x[i] w[i * w_row + c]. */
static void TIER(vector_times_columns)(const float *x, const float *w, int64_t w_row, int64_t k, int64_t columns, float *out)
{
    for (; columns >= AXPY_VECTORS * LANES; columns -= AXPY_VECTORS * LANES, w += AXPY_VECTORS * LANES, out += AXPY_VECTORS * LANES)
        TIER(axpy)(x, w, w_row, k, out);
    for (int64_t n; columns; columns -= n, w += n, out += n) {
        vf sum = v_all(0);
        n = columns < LANES ? columns : LANES;
        for (int64_t i = 0; i < k; i++) {
            const vf v = n == LANES ? v_load(w + i * w_row) : v_load_part(w + i * w_row, n), s = v_all(x[i]);
            V_FMA(sum, s, v);
        }
        v_store_part(out, sum, n);
    }
}
