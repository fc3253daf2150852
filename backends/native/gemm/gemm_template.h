/* The register tile behind every product: T rows times NV vectors of output channels, summed over taps and channels.
 *
 * Rows of x lie apart by a stride (flat: matrices, 1x1 windows, frequencies of Winograd), or each behind a pointer for each tap (rows: any
 * window, stride, dilation; a row in the padding points to zeros). Weights are a panel: for each step NV vectors, read strictly forward. */

ALWAYS_INLINE void tile_begin(int T, int NV, vf sums[TILE_ROWS_1][3])
{
    UNROLL for (int t = 0; t < T; t++) UNROLL for (int j = 0; j < NV; j++) sums[t][j] = v_all(0);
}

/* Vector j of NV, of which the last one may have fewer lanes: those that have all are faster to load and to store. */
#define TILE_LOAD(p, last) (j < NV - 1 || (last) == LANES ? v_load((p) + j * LANES) : v_load_part((p) + j * LANES, last))
#define TILE_STORE(p, v, last) (j < NV - 1 || (last) == LANES ? v_store((p) + j * LANES, v) : v_store_part((p) + j * LANES, v, last))

/* The bias, or what earlier slices of K left in the output, comes last: sums of sums have less of an error than one long sum. */
ALWAYS_INLINE void tile_add(int T, int NV, vf sums[TILE_ROWS_1][3], const sard_tile *c, const float *out, int64_t last)
{
    const float *from = c->bias ? c->bias : out;
    const int64_t ld = c->bias ? 0 : c->out_row;
    UNROLL for (int t = 0; t < T; t++)
    {
        UNROLL for (int j = 0; j < NV; j++) sums[t][j] += TILE_LOAD(from, last);
        from += ld;
        HIDE(from);
    }
}

/* The last slice adds the residual and clamps. */
ALWAYS_INLINE void tile_finish(int T, int NV, vf sums[TILE_ROWS_1][3], const sard_tile *c, float *out, const float *residual, int64_t last)
{
    tile_add(T, NV, sums, c, out, last);
    if (c->last) {
        if (residual)
            UNROLL for (int t = 0; t < T; t++)
            {
                UNROLL for (int j = 0; j < NV; j++) sums[t][j] += TILE_LOAD(residual, last);
                residual += c->residual_row;
            }
        const vf low = v_all(c->low), high = v_all(c->high);
        UNROLL for (int t = 0; t < T; t++) UNROLL for (int j = 0; j < NV; j++) sums[t][j] = V_MIN(high, V_MAX(low, sums[t][j]));
    }
    const int64_t ld = c->out_row;
    UNROLL for (int t = 0; t < T; t++)
    {
        UNROLL for (int j = 0; j < NV; j++) TILE_STORE(out, sums[t][j], last);
        out += ld;
        HIDE(out);
    }
}

ALWAYS_INLINE void tile_end(int T, int NV, vf sums[TILE_ROWS_1][3], const sard_tile *c, float *out, const float *residual)
{
    if (TAILS && c->absent)
        tile_finish(T, NV, sums, c, out, residual, LANES - c->absent);
    else
        tile_finish(T, NV, sums, c, out, residual, LANES);
}

/* One step of K: NV vectors of weights, one element of each row. */
#define TILE_STEP(T, NV, ELEMENT)                                               \
    {                                                                           \
        vf w_[NV];                                                              \
        UNROLL for (int j = 0; j < (NV); j++) w_[j] = v_load(w + j * LANES);    \
        w += (NV)*LANES;                                                        \
        UNROLL for (int t = 0; t < (T); t++)                                    \
        {                                                                       \
            const vf x_ = v_all(ELEMENT);                                       \
            UNROLL for (int j = 0; j < (NV); j++) V_FMA(sums[t][j], x_, w_[j]); \
        }                                                                       \
    }

/* Lines of the next panel are asked for while LANES steps run. */
#define TILE_PREFETCH                               \
    ROLLED for (int64_t i = c->ahead_lines; i; i--) \
    {                                               \
        __builtin_prefetch(ahead, 0, 2);            \
        ahead += 16;                                \
    }

#define FLAT_TILE(T, NV)                                                                                                               \
    static const float *TIER(flat_##T##x##NV)(const float *x0, const float *w0, float *out, const float *residual, const float *ahead, \
                                              const sard_tile *c, int64_t tiles)                                                       \
    {                                                                                                                                  \
        do {                                                                                                                           \
            const float *w = w0, *x = x0, *p[T];                                                                                       \
            const int64_t x_row = c->x_row, x_block = c->x_block;                                                                      \
            vf sums[TILE_ROWS_1][3];                                                                                                   \
            tile_begin(T, NV, sums);                                                                                                   \
            UNROLL for (int t = 0; t < (T); t++)                                                                                       \
            {                                                                                                                          \
                p[t] = x;                                                                                                              \
                x += x_row;                                                                                                            \
                HIDE(x);                                                                                                               \
            }                                                                                                                          \
            ROLLED for (int64_t n = c->k / LANES; n; n--)                                                                              \
            {                                                                                                                          \
                UNROLL for (int k = 0; k < LANES; k++) TILE_STEP(T, NV, p[t][k]) TILE_PREFETCH UNROLL for (int t = 0; t < (T); t++)    \
                    p[t] += x_block;                                                                                                   \
            }                                                                                                                          \
            ROLLED for (int64_t n = c->k % LANES; n; n--)                                                                              \
            {                                                                                                                          \
                TILE_STEP(T, NV, p[t][0])                                                                                              \
                UNROLL for (int t = 0; t < (T); t++) p[t]++;                                                                           \
            }                                                                                                                          \
            HIDE(out);                                                                                                                 \
            tile_end(T, NV, sums, c, out, residual);                                                                                   \
            out += c->out_step;                                                                                                        \
            x0 += c->x_step;                                                                                                           \
            residual = residual ? residual + c->residual_step : residual;                                                              \
            ahead = ahead < c->ahead_end ? ahead : w0;                                                                                 \
        } while (--tiles);                                                                                                             \
        return ahead;                                                                                                                  \
    }

#define ROWS_TILE(T, NV)                                                                                                                \
    static const float *TIER(rows_##T##x##NV)(const float *const *x0, const float *w0, float *out, const float *residual,               \
                                              const float *ahead, const sard_tile *c, int64_t tiles)                                    \
    {                                                                                                                                   \
        do {                                                                                                                            \
            const float *w = w0;                                                                                                        \
            const float *const *x = x0;                                                                                                 \
            const int64_t tap = c->x_tap, from = c->from;                                                                               \
            int64_t taps = c->taps;                                                                                                     \
            vf sums[TILE_ROWS_1][3];                                                                                                    \
            tile_begin(T, NV, sums);                                                                                                    \
            do {                                                                                                                        \
                const float *p[T];                                                                                                      \
                UNROLL for (int t = 0; t < (T); t++) p[t] = x[t] + from;                                                                \
                x += tap;                                                                                                               \
                ROLLED for (int64_t n = c->k / LANES; n; n--)                                                                           \
                {                                                                                                                       \
                    UNROLL for (int k = 0; k < LANES; k++) TILE_STEP(T, NV, p[t][k]) TILE_PREFETCH UNROLL for (int t = 0; t < (T); t++) \
                        p[t] += LANES;                                                                                                  \
                }                                                                                                                       \
                ROLLED for (int64_t n = c->k % LANES; n; n--)                                                                           \
                {                                                                                                                       \
                    TILE_STEP(T, NV, p[t][0])                                                                                           \
                    UNROLL for (int t = 0; t < (T); t++) p[t]++;                                                                        \
                }                                                                                                                       \
            } while (--taps);                                                                                                           \
            HIDE(out);                                                                                                                  \
            tile_end(T, NV, sums, c, out, residual);                                                                                    \
            out += c->out_step;                                                                                                         \
            x0 += c->x_step;                                                                                                            \
            residual = residual ? residual + c->residual_step : residual;                                                               \
            ahead = ahead < c->ahead_end ? ahead : w0;                                                                                  \
        } while (--tiles);                                                                                                              \
        return ahead;                                                                                                                   \
    }

EACH_TILE_1(FLAT_TILE)
EACH_TILE_2(FLAT_TILE)
EACH_TILE_3(FLAT_TILE)
EACH_TILE_1(ROWS_TILE)
EACH_TILE_2(ROWS_TILE)
EACH_TILE_3(ROWS_TILE)

#define FLAT_ENTRY(T, NV) [NV - 1][T] = TIER(flat_##T##x##NV),
#define ROWS_ENTRY(T, NV) [NV - 1][T] = TIER(rows_##T##x##NV),
