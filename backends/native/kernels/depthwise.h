/* Windows over each channel by itself, or over groups of W channels that are whole parts of a vector: T outputs of a row at once, a vector
 * of channels after the other. Each element of a row is loaded once (in groups: once for each channel of its group, spread over the
 * group's lanes) and meets all taps that read it; the weights of a row of taps stay in registers.
 *
 * What is known at compile time is the taps in a row (K) and the stride (S); the number of rows is not, so that windows which stick out
 * above or below just have fewer. A tile at the edge of the picture asks for each column whether it is there. The plain form takes any
 * stride, dilation and number of taps.
 *
 * Weights: [vector of channels][row of taps][channel of the group][tap][lane]. */

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

static const int32_t lane_numbers[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

/* The channel of each group in all lanes of its group; from: where it stands in the vector, lane by lane. */
ALWAYS_INLINE vf depthwise_spread(int W, const float *p, int64_t channel, vi from, int64_t n)
{
    if (W == 1)
        return depthwise_load(p, n);
#if LANES > 4
    if (W < LANES)
        return V_PERMUTE(depthwise_load(p, n), from);
#endif
    (void)from;
    return v_all(p[channel]);
}

/* One vector of channels; n: floats of it. */
ALWAYS_INLINE void depthwise_vector(int W, int K, int S, int T, bool edge, const float *x, const float *w, const float *bias, float *out,
                                    const float *residual, const sard_depthwise_tile *c, int64_t n)
{
    vf sums[8];
    vi spread;
    memcpy(&spread, lane_numbers, sizeof spread);
    spread &= -W;
    const int64_t x_tap = c->x_tap, x_line = c->x_line, first = c->first, end = c->end;
    int64_t until = c->until;
    UNROLL for (int t = 0; t < T; t++)
        sums[t] = v_load(bias);
    vi from = spread;
    int64_t channel = 0;
    ROLLED for (int64_t steps = W * c->lines; steps; steps--) { /* one loop: gcc keeps the sums of two in memory */
        vf weights[7];
        const float *p = x;
        UNROLL for (int k = 0; k < K; k++)
            weights[k] = v_load(w + k * LANES);
        UNROLL for (int i = 0; i < (T - 1) * S + K; i++) {
            if (!edge || (i >= first && i < end)) {
                const vf value = depthwise_spread(W, p, channel, from, n);
                UNROLL for (int t = 0; t < T; t++)
                    if (i - t * S >= 0 && i - t * S < K)
                        V_FMA(sums[t], value, weights[i - t * S]);
            }
            p += x_tap;
            HIDE(p);
            IN_ORDER;
        }
        w += K * LANES;
        from += 1;
        if (++channel == W) {
            channel = 0;
            from = spread;
            x += x_line;
            if (!--until)
                x += c->jump;
        }
    }
    depthwise_end(T, sums, out, residual, c, n);
}

ALWAYS_INLINE void depthwise_tile(int W, int K, int S, int T, bool edge, const float *x, const float *w, float *out, const float *residual,
                                  const sard_depthwise_tile *c)
{
    int64_t k = 0;
    ROLLED for (; k + LANES <= c->channels; k += LANES, w += c->w_vector)
        depthwise_vector(W, K, S, T, edge, x + k, w, c->bias + k, out + k, residual ? residual + k : NULL, c, LANES);
    if (k < c->channels)
        depthwise_vector(W, K, S, T, edge, x + k, w, c->bias + k, out + k, residual ? residual + k : NULL, c, c->channels - k);
}

#define DEPTHWISE(W, K, S, T)                                                                                                        \
    static void TIER(depthwise_##W##g##K##s##S##x##T)(const float *x, const float *w, float *out, const float *residual,           \
                                                      const sard_depthwise_tile *c)                                                \
    {                                                                                                                              \
        depthwise_tile(W, K, S, T, false, x, w, out, residual, c);                                                                 \
    }                                                                                                                              \
    static void TIER(depthwise_edge_##W##g##K##s##S##x##T)(const float *x, const float *w, float *out, const float *residual,      \
                                                           const sard_depthwise_tile *c)                                           \
    {                                                                                                                              \
        depthwise_tile(W, K, S, T, true, x, w, out, residual, c);                                                                  \
    }

ALWAYS_INLINE void depthwise_plain_vector(int T, const float *x, const float *w, const float *bias, float *out, const float *residual,
                                          const sard_depthwise_tile *c, int64_t n)
{
    vf sums[4];
    UNROLL for (int t = 0; t < T; t++)
        sums[t] = v_load(bias);
    ROLLED for (int64_t line = 0; line < c->lines; line++)
        ROLLED for (int64_t tap = 0; tap < c->taps; tap++) {
            const vf weight = v_load(w + line * c->w_line + tap * LANES);
            const float *p = x + line * c->x_line + tap * c->x_tap;
            UNROLL for (int t = 0; t < T; t++) {
                V_FMA(sums[t], depthwise_load(p, n), weight);
                p += c->x_step;
            }
        }
    depthwise_end(T, sums, out, residual, c, n);
}

#define DEPTHWISE_PLAIN(T)                                                                                                         \
    static void TIER(depthwise_plain_##T)(const float *x, const float *w, float *out, const float *residual,                       \
                                          const sard_depthwise_tile *c)                                                            \
    {                                                                                                                              \
        int64_t k = 0;                                                                                                             \
        ROLLED for (; k + LANES <= c->channels; k += LANES, w += c->w_vector)                                                      \
            depthwise_plain_vector(T, x + k, w, c->bias + k, out + k, residual ? residual + k : NULL, c, LANES);                   \
        if (k < c->channels)                                                                                                       \
            depthwise_plain_vector(T, x + k, w, c->bias + k, out + k, residual ? residual + k : NULL, c, c->channels - k);         \
    }

#define EACH_DEPTHWISE_OUTPUTS(M, W, K, S) \
    M(W, K, S, 1) M(W, K, S, 2) M(W, K, S, 3) M(W, K, S, 4) M(W, K, S, 5) M(W, K, S, 6) M(W, K, S, 7) M(W, K, S, 8)
#define EACH_DEPTHWISE(M)                                                                                          \
    EACH_DEPTHWISE_OUTPUTS(M, 1, 3, 1) EACH_DEPTHWISE_OUTPUTS(M, 1, 3, 2) EACH_DEPTHWISE_OUTPUTS(M, 1, 5, 1)       \
    EACH_DEPTHWISE_OUTPUTS(M, 1, 5, 2) EACH_DEPTHWISE_OUTPUTS(M, 1, 7, 1) EACH_DEPTHWISE_OUTPUTS(M, 1, 7, 2)
#define EACH_GROUPED_4(M) EACH_DEPTHWISE_OUTPUTS(M, 4, 3, 1) EACH_DEPTHWISE_OUTPUTS(M, 4, 3, 2)
#if LANES > 4
#define EACH_GROUPED_8(M) EACH_DEPTHWISE_OUTPUTS(M, 8, 3, 1) EACH_DEPTHWISE_OUTPUTS(M, 8, 3, 2)
#else
#define EACH_GROUPED_8(M)
#endif
EACH_DEPTHWISE(DEPTHWISE)
EACH_GROUPED_4(DEPTHWISE)
EACH_GROUPED_8(DEPTHWISE)
DEPTHWISE_PLAIN(1)
DEPTHWISE_PLAIN(4)

#define DEPTHWISE_ENTRY(W, K, S, T) \
    [K / 2 - 1][S - 1][T] = {TIER(depthwise_##W##g##K##s##S##x##T), TIER(depthwise_edge_##W##g##K##s##S##x##T)},
#define GROUPED_ENTRY(W, K, S, T) \
    [W / 8][S - 1][T] = {TIER(depthwise_##W##g##K##s##S##x##T), TIER(depthwise_edge_##W##g##K##s##S##x##T)},
