/* Windows over each channel by itself, or over groups of W channels that are whole parts of a vector: T outputs of a row at once, a vector
 * of channels after the other. Each element of a row is loaded once (in groups: once for each channel of its group, spread over the
 * group's lanes) and meets all taps that read it; the weights of a row of taps stay in registers.
 *
 * What is known at compile time is the taps in a row (K) and the stride (S); the number of rows is not, so that windows which stick out
 * above or below just have fewer. A tile at the edge of the picture asks for each column whether it is there; most of those also ask for
 * each output whether it is wanted, and so are the tiles of rare numbers of outputs. The plain form takes any stride, dilation and number
 * of taps.
 *
 * Where channels do not fill the last vector, it begins earlier and makes some results again; fewer channels than a vector has are for the
 * plain form alone.
 *
 * Weights: [vector of channels][row of taps][channel of the group][tap][lane]. */

ALWAYS_INLINE vf depthwise_load(const float *p, int64_t n) { return n == LANES ? v_load(p) : v_load_part(p, n); }

/* The first `outputs` of T sums. */
ALWAYS_INLINE void depthwise_end(int T, vf *sums, float *out, const float *residual, const sard_depthwise_tile *c, int64_t outputs,
                                 int64_t n)
{
    const vf low = v_all(c->low), high = v_all(c->high);
    const int64_t step = c->out_step, residual_step = c->residual_step;
    if (residual)
        UNROLL for (int t = 0; t < T; t++)
        {
            if (t >= outputs)
                break;
            sums[t] += depthwise_load(residual, n);
            residual += residual_step;
            HIDE(residual);
        }
    UNROLL for (int t = 0; t < T; t++)
    {
        if (t >= outputs)
            break;
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
ALWAYS_INLINE vf depthwise_spread(int W, const float *p, int64_t channel, vi from)
{
    if (W == 1)
        return v_load(p);
#if LANES > 4
    if (W < LANES)
        return V_PERMUTE(v_load(p), from);
#endif
    (void)from;
    return v_all(p[channel]);
}

/* One vector of channels. */
ALWAYS_INLINE void depthwise_vector(int W, int K, int S, int T, bool edge, bool fewer, const float *x, const float *w, const float *bias,
                                    float *out, const float *residual, const sard_depthwise_tile *c)
{
    vf sums[8];
    vi spread;
    memcpy(&spread, lane_numbers, sizeof spread);
    spread &= -W;
    const int64_t x_tap = c->x_tap, x_line = c->x_line, first = c->first, end = c->end;
    int64_t until = c->until;
    UNROLL for (int t = 0; t < T; t++) sums[t] = v_load(bias);
    vi from = spread;
    int64_t channel = 0;
    ROLLED for (int64_t steps = W * c->lines; steps; steps--)
    { /* one loop: gcc keeps the sums of two in memory */
        vf weights[7];
        const float *p = x;
        UNROLL for (int k = 0; k < K; k++) weights[k] = v_load(w + k * LANES);
        UNROLL for (int i = 0; i < (T - 1) * S + K; i++)
        {
            if (!edge || (i >= first && i < end)) {
                const vf value = depthwise_spread(W, p, channel, from);
                UNROLL for (int t = 0; t < T; t++) if (i - t * S >= 0 && i - t * S < K) V_FMA(sums[t], value, weights[i - t * S]);
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
    depthwise_end(T, sums, out, residual, c, fewer ? c->outputs : T, LANES);
}

ALWAYS_INLINE void depthwise_tile(int W, int K, int S, int T, bool edge, bool fewer, const float *x, const float *w, float *out,
                                  const float *residual, const sard_depthwise_tile *c)
{
    const int64_t last = c->channels - LANES;
    ROLLED for (int64_t i = 0; i < c->channels; i += LANES, w += c->w_vector)
    {
        const int64_t k = i < last ? i : last;
        depthwise_vector(W, K, S, T, edge, fewer, x + k, w, c->bias + k, out + k, residual ? residual + k : NULL, c);
    }
}

#define DEPTHWISE_TILE(name, W, K, S, T, edge, fewer)                                                                 \
    static void TIER(name##_##W##g##K##s##S##x##T)(const float *x, const float *w, float *out, const float *residual, \
                                                   const sard_depthwise_tile *c)                                      \
    {                                                                                                                 \
        depthwise_tile(W, K, S, T, edge, fewer, x, w, out, residual, c);                                              \
    }
#define DEPTHWISE(W, K, S)                                  \
    DEPTHWISE_TILE(depthwise, W, K, S, 6, false, false)     \
    DEPTHWISE_TILE(depthwise, W, K, S, 7, false, false)     \
    DEPTHWISE_TILE(depthwise, W, K, S, 8, false, false)     \
    DEPTHWISE_TILE(depthwise_edge, W, K, S, 4, true, true)  \
    DEPTHWISE_TILE(depthwise_edge, W, K, S, 7, true, false) \
    DEPTHWISE_TILE(depthwise_edge, W, K, S, 8, true, true)

/* n: channels of the vector. */
ALWAYS_INLINE void depthwise_plain_vector(int T, const float *x, const float *w, const float *bias, float *out, const float *residual,
                                          const sard_depthwise_tile *c, int64_t n)
{
    vf sums[4];
    UNROLL for (int t = 0; t < T; t++) sums[t] = v_load(bias);
    ROLLED for (int64_t line = 0; line < c->lines; line++) ROLLED for (int64_t tap = 0; tap < c->taps; tap++)
    {
        const vf weight = v_load(w + line * c->w_line + tap * LANES);
        const float *p = x + line * c->x_line + tap * c->x_tap;
        UNROLL for (int t = 0; t < T; t++)
        {
            V_FMA(sums[t], depthwise_load(p, n), weight);
            p += c->x_step;
        }
    }
    depthwise_end(T, sums, out, residual, c, T, n);
}

#define DEPTHWISE_PLAIN(T)                                                                                                                 \
    static void TIER(depthwise_plain_##T)(const float *x, const float *w, float *out, const float *residual, const sard_depthwise_tile *c) \
    {                                                                                                                                      \
        const int64_t last = c->channels - LANES;                                                                                          \
        if (last < 0) {                                                                                                                    \
            depthwise_plain_vector(T, x, w, c->bias, out, residual, c, c->channels);                                                       \
            return;                                                                                                                        \
        }                                                                                                                                  \
        ROLLED for (int64_t i = 0; i < c->channels; i += LANES, w += c->w_vector)                                                          \
        {                                                                                                                                  \
            const int64_t k = i < last ? i : last;                                                                                         \
            depthwise_plain_vector(T, x + k, w, c->bias + k, out + k, residual ? residual + k : NULL, c, LANES);                           \
        }                                                                                                                                  \
    }

#define EACH_DEPTHWISE(M) M(1, 3, 1) M(1, 3, 2) M(1, 5, 1) M(1, 5, 2) M(1, 7, 1) M(1, 7, 2)
#define EACH_GROUPED_4(M) M(4, 3, 1) M(4, 3, 2)
#if LANES > 4
#define EACH_GROUPED_8(M) M(8, 3, 1) M(8, 3, 2)
#else
#define EACH_GROUPED_8(M)
#endif
EACH_DEPTHWISE(DEPTHWISE)
EACH_GROUPED_4(DEPTHWISE)
EACH_GROUPED_8(DEPTHWISE)
DEPTHWISE_PLAIN(1)
DEPTHWISE_PLAIN(4)

#define DEPTHWISE_AT(W, K, S, T) TIER(depthwise_##W##g##K##s##S##x##T)
#define DEPTHWISE_EDGE_AT(W, K, S, T) TIER(depthwise_edge_##W##g##K##s##S##x##T)
#define DEPTHWISE_EDGES(W, K, S, T)                                  \
    {                                                                \
        DEPTHWISE_EDGE_AT(W, K, S, T), DEPTHWISE_EDGE_AT(W, K, S, T) \
    }
#define DEPTHWISE_FORMS(W, K, S)                                                                                                          \
    {                                                                                                                                     \
        [1] = DEPTHWISE_EDGES(W, K, S, 4), [2] = DEPTHWISE_EDGES(W, K, S, 4), [3] = DEPTHWISE_EDGES(W, K, S, 4),                          \
        [4] = DEPTHWISE_EDGES(W, K, S, 4), [5] = DEPTHWISE_EDGES(W, K, S, 8),                                                             \
        [6] = {DEPTHWISE_AT(W, K, S, 6), DEPTHWISE_EDGE_AT(W, K, S, 8)}, [7] = {DEPTHWISE_AT(W, K, S, 7), DEPTHWISE_EDGE_AT(W, K, S, 7)}, \
        [8] = {DEPTHWISE_AT(W, K, S, 8), DEPTHWISE_EDGE_AT(W, K, S, 8)},                                                                  \
    }
#define DEPTHWISE_ENTRY(W, K, S) [K / 2 - 1][S - 1] = DEPTHWISE_FORMS(W, K, S),
#define GROUPED_ENTRY(W, K, S) [W / 8][S - 1] = DEPTHWISE_FORMS(W, K, S),
