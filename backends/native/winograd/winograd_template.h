/* Transforms of Winograd's convolutions (winograd_points.h): a tile of the input to frequencies, sums of products to a tile of the output.
 *
 * Frequencies of WINOGRAD_ROWS tiles lie together, [frequency][tile][channel], so that a product of one frequency is a flat tile of
 * gemm.h. A pass over columns leaves its results on the stack, one over rows follows; kernels with one dimension need one pass.
 * Narrow vectors are taken several at once, a cache line of channels, so that rows a power of two apart do not push each other out. */
#include "backends/native/winograd/winograd_points.h"

#define WINOGRAD_ROWS TILE_ROWS_2
#define WINOGRAD_LINE (16 / LANES) /* vectors in a cache line */

/* sum + factor * v for a factor that the compiler knows. */
ALWAYS_INLINE vf winograd_add(vf sum, float factor, vf v)
{
    if (factor == 1)
        return sum + v;
    if (factor == -1)
        return sum - v;
    return V_MADD(v_all(factor), v, sum);
}

/* The values at +p and -p are even + p * odd and even - p * odd. */
ALWAYS_INLINE void winograd_forward(const sard_points *c, const vf *d, vf *v)
{
    const int pairs = c->pairs;
    vf zero = d[2 * pairs], infinity = d[2 * pairs + 1];
    UNROLL for (int k = pairs - 1; k >= 0; k--)
    {
        zero = winograd_add(zero, c->all[k], d[2 * k]);
        infinity = winograd_add(infinity, c->all[k], d[2 * k + 1]);
    }
    v[0] = zero;
    v[2 * pairs + 1] = infinity;
    UNROLL for (int i = 0; i < pairs; i++)
    {
        vf even = d[2 * pairs], odd = d[2 * pairs - 1];
        UNROLL for (int k = pairs - 2; k >= 0; k--)
        {
            even = winograd_add(even, c->others[i][k], d[2 * k + 2]);
            odd = winograd_add(odd, c->others[i][k], d[2 * k + 1]);
        }
        v[2 * i + 1] = winograd_add(even, c->power[1][i], odd);
        v[2 * i + 2] = winograd_add(even, -c->power[1][i], odd);
    }
}

/* n values at points to m coefficients, m being 2 or 4. */
ALWAYS_INLINE void winograd_backward(const sard_points *c, int m, const vf *v, vf *y)
{
    const int pairs = c->pairs;
    vf even[SARD_WINOGRAD_PAIRS], odd[SARD_WINOGRAD_PAIRS];
    UNROLL for (int i = 0; i < pairs; i++)
    {
        even[i] = v[2 * i + 1] + v[2 * i + 2];
        odd[i] = v[2 * i + 1] - v[2 * i + 2];
    }
    UNROLL for (int k = 0; k < m; k++)
    {
        const bool inner = k > 0 && k < m - 1;
        vf sum = v[k == 0 ? 0 : 2 * pairs + 1];
        if (inner)
            sum = v_all(c->power[k][0]) * (k % 2 ? odd[0] : even[0]);
        UNROLL for (int i = inner; i < pairs; i++) sum = winograd_add(sum, c->power[k][i], k % 2 ? odd[i] : even[i]);
        y[k] = sum;
    }
}

/* W vectors of one tile of n by n pixels, or of n pixels. */
ALWAYS_INLINE void winograd_in(const sard_points *c, bool plane, int W, const float *const *x, int64_t from, float *v, int64_t v_block)
{
    const int n = 2 * c->pairs + 2, lines = plane ? n : 1;
    vf columns[WINOGRAD_LINE][SARD_WINOGRAD_FREQUENCIES];
    ROLLED for (int j = 0; j < lines; j++) UNROLL for (int u = 0; u < W; u++)
    {
        vf d[SARD_WINOGRAD_POINTS], o[SARD_WINOGRAD_POINTS];
        UNROLL for (int i = 0; i < n; i++) d[i] = v_load(x[plane ? i * n + j : i] + from + u * LANES);
        winograd_forward(c, d, o);
        UNROLL for (int i = 0; i < n; i++) if (plane) columns[u][i * n + j] = o[i];
        else v_store(v + u * v_block + i * WINOGRAD_ROWS * LANES, o[i]);
    }
    if (plane)
        UNROLL for (int u = 0; u < W; u++) ROLLED for (int i = 0; i < n; i++)
        {
            vf o[SARD_WINOGRAD_POINTS];
            winograd_forward(c, columns[u] + i * n, o);
            UNROLL for (int j = 0; j < n; j++) v_store(v + u * v_block + (i * n + j) * WINOGRAD_ROWS * LANES, o[j]);
        }
}

/* The pixels of the next tile that this one does not have. */
ALWAYS_INLINE void winograd_ahead(int n, int m, bool plane, const float *const *next, int64_t from)
{
    const int lines = plane ? n : 1;
    UNROLL for (int i = 0; i < lines; i++) UNROLL for (int j = n - m; j < n; j++) __builtin_prefetch(next[i * n + j] + from);
}

#define WINOGRAD_IN(name, points, m, plane)                                                                                           \
    static void TIER(winograd_in_##name)(const float *const *x, const float *const *next, int64_t vectors, float *v, int64_t v_block) \
    {                                                                                                                                 \
        int64_t b = 0;                                                                                                                \
        for (; b + WINOGRAD_LINE <= vectors; b += WINOGRAD_LINE) {                                                                    \
            winograd_ahead(2 * points.pairs + 2, m, plane, next, b * LANES);                                                          \
            winograd_in(&points, plane, WINOGRAD_LINE, x, b *LANES, v + b * v_block, v_block);                                        \
        }                                                                                                                             \
        for (; b < vectors; b++)                                                                                                      \
            winograd_in(&points, plane, 1, x, b *LANES, v + b * v_block, v_block);                                                    \
    }

ALWAYS_INLINE vf winograd_end(const sard_winograd_place *to, vf sum, const float *bias, const float *residual)
{
    sum += v_load(bias);
    if (residual)
        sum += v_load(residual);
    return V_MIN(v_all(to->high), V_MAX(v_all(to->low), sum));
}

/* One tile, one panel of NV vectors. */
ALWAYS_INLINE void winograd_out(const sard_points *c, int m, bool plane, int NV, const float *sums, const sard_winograd_place *to)
{
    const int n = 2 * c->pairs + 2, lines = plane ? m : 1, f = WINOGRAD_ROWS * NV * LANES;
    vf columns[SARD_MOST_VECTORS][4 * SARD_WINOGRAD_POINTS];
    if (plane)
        UNROLL for (int u = 0; u < NV; u++) ROLLED for (int j = 0; j < n; j++)
        {
            vf d[SARD_WINOGRAD_POINTS], o[4];
            UNROLL for (int i = 0; i < n; i++) d[i] = v_load(sums + (i * n + j) * f + u * LANES);
            winograd_backward(c, m, d, o);
            UNROLL for (int i = 0; i < m; i++) columns[u][i * n + j] = o[i];
        }
    float *y = to->y;
    const float *residual = to->residual;
    ROLLED for (int i = 0; i < lines; i++)
    {
        UNROLL for (int u = 0; u < NV; u++)
        {
            vf d[SARD_WINOGRAD_POINTS], o[4];
            UNROLL for (int j = 0; j < n; j++) d[j] = plane ? columns[u][i * n + j] : v_load(sums + j * f + u * LANES);
            winograd_backward(c, m, d, o);
            UNROLL for (int j = 0; j < m; j++)
            {
                const float *from = residual ? residual + j * to->residual_pixel + u * LANES : NULL;
                v_store(y + j * to->pixel + u * LANES, winograd_end(to, o[j], to->bias + u * LANES, from));
            }
        }
        y += to->row;
        residual = residual ? residual + to->residual_row : NULL;
    }
}

#define WINOGRAD_OUT(name, points, m, plane, NV)                                                   \
    static void TIER(winograd_out_##name##_##NV)(const float *sums, const sard_winograd_place *to) \
    {                                                                                              \
        winograd_out(&points, m, plane, NV, sums, to);                                             \
    }

#define WINOGRAD(id, name, points, m, plane) \
    WINOGRAD_IN(name, points, m, plane)      \
    WINOGRAD_OUT(name, points, m, plane, 1)  \
    WINOGRAD_OUT(name, points, m, plane, 2)  \
    WINOGRAD_OUT(name, points, m, plane, 3)
SARD_WINOGRAD_LIST(WINOGRAD)

#define WINOGRAD_IN_ENTRY(id, name, points, m, plane) [SARD_WINOGRAD_##id] = TIER(winograd_in_##name),
#define WINOGRAD_OUT_ENTRY(id, name, points, m, plane) \
    [SARD_WINOGRAD_##id] = {TIER(winograd_out_##name##_1), TIER(winograd_out_##name##_2), TIER(winograd_out_##name##_3)},
