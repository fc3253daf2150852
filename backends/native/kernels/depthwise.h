/* Windows over each channel by itself: T outputs of a row at once, a vector of channels after the other. Each element of a row is loaded
 * once and meets all taps that read it; the weights of a row of taps stay in registers.
 *
 * What is known at compile time is the taps in a row (K) and the stride (S); the number of rows is not, so that windows which stick out
 * above or below just have fewer. A tile at the edge of the picture asks for each column whether it is there. The plain form takes any
 * stride, dilation and number of taps. */

ALWAYS_INLINE vf depthwise_load(const float *p, int64_t n) { return n == LANES ? v_load(p) : v_load_part(p, n); }

ALWAYS_INLINE void depthwise_end(int T, vf *sums, float *out, const float *residual, const sard_depthwise_tile *c, int64_t n)
{
    const vf low = v_all(c->low), high = v_all(c->high);
    const int64_t step = c->out_step, residual_step = c->residual_step;
    if (residual)
        UNROLL for (int t = 0; t < T; t++) {
            sums[t] += depthwise_load(residual, n);
            residual += residual_step;
            HIDE(residual);
        }
    UNROLL for (int t = 0; t < T; t++) {
        const vf sum = V_MIN(high, V_MAX(low, sums[t]));
        if (n == LANES)
            v_store(out, sum);
        else
            v_store_part(out, sum, n);
        out += step;
        HIDE(out);
    }
}

/* One vector of channels; n: floats of it. */
ALWAYS_INLINE void depthwise_vector(int K, int S, int T, bool edge, const float *x, const float *w, const float *bias, float *out,
                                    const float *residual, const sard_depthwise_tile *c, int64_t n)
{
    vf sums[8];
    const int64_t x_tap = c->x_tap, x_line = c->x_line, w_tap = c->w_tap, w_line = c->w_line, first = c->first, end = c->end;
    UNROLL for (int t = 0; t < T; t++)
        sums[t] = v_load(bias);
    ROLLED for (int64_t lines = c->lines; lines; lines--) {
        vf weights[7];
        const float *p = x, *q = w;
        UNROLL for (int k = 0; k < K; k++) {
            weights[k] = v_load(q);
            q += w_tap;
        }
        UNROLL for (int i = 0; i < (T - 1) * S + K; i++) {
            if (!edge || (i >= first && i < end)) {
                const vf value = depthwise_load(p, n);
                UNROLL for (int t = 0; t < T; t++)
                    if (i - t * S >= 0 && i - t * S < K)
                        V_FMA(sums[t], value, weights[i - t * S]);
            }
            p += x_tap;
            HIDE(p);
            IN_ORDER;
        }
        x += x_line;
        w += w_line;
    }
    depthwise_end(T, sums, out, residual, c, n);
}

ALWAYS_INLINE void depthwise_tile(int K, int S, int T, bool edge, const float *x, const float *w, float *out, const float *residual,
                                  const sard_depthwise_tile *c)
{
    int64_t k = 0;
    ROLLED for (; k + LANES <= c->channels; k += LANES)
        depthwise_vector(K, S, T, edge, x + k, w + k, c->bias + k, out + k, residual ? residual + k : NULL, c, LANES);
    if (k < c->channels)
        depthwise_vector(K, S, T, edge, x + k, w + k, c->bias + k, out + k, residual ? residual + k : NULL, c, c->channels - k);
}

#define DEPTHWISE(K, S, T)                                                                                         \
    static void TIER(depthwise_##K##s##S##x##T)(const float *x, const float *w, float *out, const float *residual, \
                                                const sard_depthwise_tile *c, int64_t tiles)                       \
    {                                                                                                              \
        for (; tiles; tiles--) {                                                                                   \
            depthwise_tile(K, S, T, false, x, w, out, residual, c);                                                \
            x += (T) * c->x_step;                                                                                  \
            out += (T) * c->out_step;                                                                              \
            residual = residual ? residual + (T) * c->residual_step : NULL;                                        \
        }                                                                                                          \
    }                                                                                                              \
    static void TIER(depthwise_edge_##K##s##S##x##T)(const float *x, const float *w, float *out, const float *residual, \
                                                     const sard_depthwise_tile *c, int64_t tiles)                  \
    {                                                                                                              \
        (void)tiles;                                                                                               \
        depthwise_tile(K, S, T, true, x, w, out, residual, c);                                                     \
    }

ALWAYS_INLINE void depthwise_plain_vector(int T, const float *x, const float *w, const float *bias, float *out, const float *residual,
                                          const sard_depthwise_tile *c, int64_t n)
{
    vf sums[4];
    UNROLL for (int t = 0; t < T; t++)
        sums[t] = v_load(bias);
    ROLLED for (int64_t line = 0; line < c->lines; line++)
        ROLLED for (int64_t tap = 0; tap < c->taps; tap++) {
            const vf weight = v_load(w + line * c->w_line + tap * c->w_tap);
            const float *p = x + line * c->x_line + tap * c->x_tap;
            UNROLL for (int t = 0; t < T; t++) {
                V_FMA(sums[t], depthwise_load(p, n), weight);
                p += c->x_step;
            }
        }
    depthwise_end(T, sums, out, residual, c, n);
}

#define DEPTHWISE_PLAIN(T)                                                                                                        \
    static void TIER(depthwise_plain_##T)(const float *x, const float *w, float *out, const float *residual,                      \
                                          const sard_depthwise_tile *c, int64_t tiles)                                            \
    {                                                                                                                             \
        for (; tiles; tiles--) {                                                                                                  \
            int64_t k = 0;                                                                                                        \
            ROLLED for (; k + LANES <= c->channels; k += LANES)                                                                   \
                depthwise_plain_vector(T, x + k, w + k, c->bias + k, out + k, residual ? residual + k : NULL, c, LANES);          \
            if (k < c->channels)                                                                                                  \
                depthwise_plain_vector(T, x + k, w + k, c->bias + k, out + k, residual ? residual + k : NULL, c, c->channels - k); \
            x += (T) * c->x_step;                                                                                                 \
            out += (T) * c->out_step;                                                                                             \
            residual = residual ? residual + (T) * c->residual_step : NULL;                                                       \
        }                                                                                                                         \
    }

#define EACH_DEPTHWISE(M, K, S) M(K, S, 1) M(K, S, 2) M(K, S, 3) M(K, S, 4) M(K, S, 5) M(K, S, 6) M(K, S, 7) M(K, S, 8)
EACH_DEPTHWISE(DEPTHWISE, 3, 1)
EACH_DEPTHWISE(DEPTHWISE, 3, 2)
EACH_DEPTHWISE(DEPTHWISE, 5, 1)
EACH_DEPTHWISE(DEPTHWISE, 5, 2)
EACH_DEPTHWISE(DEPTHWISE, 7, 1)
EACH_DEPTHWISE(DEPTHWISE, 7, 2)
DEPTHWISE_PLAIN(1)
DEPTHWISE_PLAIN(4)

#define DEPTHWISE_ENTRY(K, S, T) [(K - 3) / 2][S - 1][T] = {TIER(depthwise_##K##s##S##x##T), TIER(depthwise_edge_##K##s##S##x##T)},
#define DEPTHWISE_ENTRIES                                                                                               \
    EACH_DEPTHWISE(DEPTHWISE_ENTRY, 3, 1)                                                                               \
    EACH_DEPTHWISE(DEPTHWISE_ENTRY, 3, 2)                                                                               \
    EACH_DEPTHWISE(DEPTHWISE_ENTRY, 5, 1)                                                                               \
    EACH_DEPTHWISE(DEPTHWISE_ENTRY, 5, 2)                                                                               \
    EACH_DEPTHWISE(DEPTHWISE_ENTRY, 7, 1)                                                                               \
    EACH_DEPTHWISE(DEPTHWISE_ENTRY, 7, 2)
