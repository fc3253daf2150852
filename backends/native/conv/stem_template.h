/* Windows over a picture of a few channels, whatever its layout: T outputs of a row times NV vectors of output channels. Each tap is one
 * element of each output's window; c->x_row lies between those of neighbouring outputs. at: distances of the taps from the first output's
 * x, c->taps of them. Weights are a panel: for each tap NV vectors. */

#define STEM_TILE(T, NV)                                                                                                                  \
    static void TIER(stem_##T##x##NV)(const float *x0, const int64_t *at, const float *w0, float *out, const sard_tile *c, int64_t tiles) \
    {                                                                                                                                     \
        do {                                                                                                                              \
            const float *w = w0;                                                                                                          \
            const int64_t x_row = c->x_row;                                                                                               \
            vf sums[TILE_ROWS_1][3];                                                                                                      \
            tile_begin(T, NV, sums);                                                                                                      \
            ROLLED for (int64_t i = 0; i < c->taps; i++)                                                                                  \
            {                                                                                                                             \
                const float *p = x0 + at[i];                                                                                              \
                vf w_[NV];                                                                                                                \
                UNROLL for (int j = 0; j < (NV); j++) w_[j] = v_load(w + j * LANES);                                                      \
                w += (NV)*LANES;                                                                                                          \
                UNROLL for (int t = 0; t < (T); t++)                                                                                      \
                {                                                                                                                         \
                    const vf x_ = v_all(*p);                                                                                              \
                    UNROLL for (int j = 0; j < (NV); j++) V_FMA(sums[t][j], x_, w_[j]);                                                   \
                    p += x_row;                                                                                                           \
                    HIDE(p);                                                                                                              \
                }                                                                                                                         \
            }                                                                                                                             \
            tile_end(T, NV, sums, c, out, NULL);                                                                                          \
            out += c->out_step;                                                                                                           \
            x0 += c->x_step;                                                                                                              \
        } while (--tiles);                                                                                                                \
    }

#define STEM_TILES(T1, T2, T3) STEM_TILE(T1, 1) STEM_TILE(T2, 2) STEM_TILE(T3, 3)
#define STEM_ENTRIES(T1, T2, T3) TIER(stem_##T1##x1), TIER(stem_##T2##x2), TIER(stem_##T3##x3)
#define STEM_EXPAND(M, ...) M(__VA_ARGS__)
STEM_EXPAND(STEM_TILES, TILE_ROWS_1, TILE_ROWS_2, TILE_ROWS_3)
#define STEM_ENTRY STEM_EXPAND(STEM_ENTRIES, TILE_ROWS_1, TILE_ROWS_2, TILE_ROWS_3)
