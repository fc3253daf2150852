/* Sums, largest elements, Softmax and normalisation of lines: along rows, or down columns that lie side by side. Sums of many elements are
 * taken in float32 over blocks of a few, and over blocks in double. */

enum { TIER(line_block) = 64 }; /* vectors */

ALWAYS_INLINE double TIER(add_all)(vf v)
{
    double sum = 0;
    UNROLL for (int i = 0; i < LANES; i++) sum += (double)v[i];
    return sum;
}

/* The sum of x - shift, or of its square. */
ALWAYS_INLINE double TIER(sum_line)(const float *x, int64_t n, float shift, bool square)
{
    double total = 0;
    const vf by = v_all(shift);
    int64_t i = 0;
    while (i + LANES <= n) {
        const int64_t left = (n - i) / LANES, count = left < TIER(line_block) ? left : TIER(line_block);
        vf sum = v_all(0);
        for (int64_t k = 0; k < count; k++, i += LANES) {
            const vf d = v_load(x + i) - by, term = d * (square ? d : v_all(1));
            sum += term;
        }
        total += TIER(add_all)(sum);
    }
    for (; i < n; i++) {
        const float d = x[i] - shift;
        total += square ? (double)d * d : (double)d;
    }
    return total;
}

static double TIER(line_sum)(const float *x, int64_t n) { return TIER(sum_line)(x, n, 0, false); }
static double TIER(line_square)(const float *x, int64_t n, float shift) { return TIER(sum_line)(x, n, shift, true); }

ALWAYS_INLINE vf TIER(larger)(vf a, vf b) { return v_select(a != a, a, V_MAX(a, b)); } /* NaN wins */

static float TIER(line_max)(const float *x, int64_t n)
{
    float best = -__builtin_inff();
    int64_t i = 0;
    if (n >= LANES) {
        vf all = v_load(x);
        for (i = LANES; i + LANES <= n; i += LANES)
            all = TIER(larger)(all, v_load(x + i));
        for (int k = 0; k < LANES; k++)
            best = all[k] > best || all[k] != all[k] ? all[k] : best;
    }
    for (; i < n; i++)
        best = x[i] > best || x[i] != x[i] ? x[i] : best;
    return best;
}

/* exp(x - top) or x - top into y for `count` whole vectors; returns the sum of the exponentials. */
ALWAYS_INLINE double TIER(softmax_block)(const float *x, float *y, int64_t count, vf top, bool logarithm)
{
    vf sum = v_all(0);
    for (int64_t i = 0; i < count * LANES; i += LANES) {
        const vf v = v_load(x + i) - top, e = v_exp_low(v);
        sum += e;
        v_store(y + i, logarithm ? v : e);
    }
    return TIER(add_all)(sum);
}

/* y = exp(x - max) / sum, or its logarithm. y may be x. */
static void TIER(line_softmax)(const float *x, float *y, int64_t n, bool logarithm)
{
    const vf top = v_all(TIER(line_max)(x, n));
    double total = 0;
    int64_t i = 0;
    while (n - i >= LANES) {
        const int64_t left = (n - i) / LANES, count = left < TIER(line_block) ? left : TIER(line_block);
        total += TIER(softmax_block)(x + i, y + i, count, top, logarithm);
        i += count * LANES;
    }
    if (i < n) {
        const vf v = v_load_part(x + i, n - i) - top, e = v_exp_low(v);
        for (int k = 0; k < n - i; k++)
            total += (double)e[k];
        v_store_part(y + i, logarithm ? v : e, n - i);
    }
    const vf factor = v_all(logarithm ? -(float)__builtin_log(total) : (float)(1 / total));
    for (i = 0; i + LANES <= n; i += LANES)
        v_store(y + i, logarithm ? v_load(y + i) + factor : v_load(y + i) * factor);
    if (i < n) {
        const vf v = v_load_part(y + i, n - i);
        v_store_part(y + i, logarithm ? v + factor : v * factor, n - i);
    }
}

/* The same down `columns` (at most LANES) lines whose elements lie `step` apart. */
static void TIER(columns_softmax)(const float *x, float *y, int64_t n, int64_t step, int64_t columns, bool logarithm)
{
    vf top = v_load_part(x, columns), sum = v_all(0);
    for (int64_t i = 1; i < n; i++)
        top = TIER(larger)(top, v_load_part(x + i * step, columns));
    for (int64_t i = 0; i < n; i++) {
        const vf v = v_load_part(x + i * step, columns) - top, e = v_exp_low(v);
        sum += e;
        v_store_part(y + i * step, logarithm ? v : e, columns);
    }
    const vf inverse = 1.0f / sum, factor = logarithm ? v_log(sum) : (vf)inverse;
    for (int64_t i = 0; i < n; i++) {
        const vf v = v_load_part(y + i * step, columns);
        v_store_part(y + i * step, logarithm ? v - factor : v * factor, columns);
    }
}

/* y = (x - mean) * inverse * scale[i] + shift[i]; scale and shift may be NULL. */
static void TIER(line_scale)(const float *x, float *y, int64_t n, float mean, float inverse, const float *scale, const float *shift)
{
    const vf by = v_all(mean), factor = v_all(inverse), zero = v_all(0), one = v_all(1);
    for (int64_t i = 0; i < n; i += LANES) {
        const int64_t part = n - i < LANES ? n - i : LANES;
        if (part == LANES) {
            const vf v = (v_load(x + i) - by) * factor;
            v_store(y + i, V_MADD(v, scale ? v_load(scale + i) : one, shift ? v_load(shift + i) : zero));
        } else {
            const vf v = (v_load_part(x + i, part) - by) * factor;
            v_store_part(y + i, V_MADD(v, scale ? v_load_part(scale + i, part) : one, shift ? v_load_part(shift + i, part) : zero), part);
        }
    }
}

static void TIER(channels_scale)(const float *x, float *y, int64_t n, const sard_channels_scale *s)
{
    const vf low = v_all(s->low), high = v_all(s->high);
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        const vf sum = V_MADD(v_load(x + i) - v_load(s->mean + i), v_load(s->scale + i), v_load(s->shift + i));
        v_store(y + i, V_MIN(high, V_MAX(low, sum)));
    }
    if (i < n) {
        const vf off = v_load_part(x + i, n - i) - v_load_part(s->mean + i, n - i);
        const vf sum = V_MADD(off, v_load_part(s->scale + i, n - i), v_load_part(s->shift + i, n - i));
        v_store_part(y + i, V_MIN(high, V_MAX(low, sum)), n - i);
    }
}

/* Down `rows` rows of `columns` that lie `step` apart: totals[c] += sum of x - shift[c] (shift may be NULL), or of its square. */
static void TIER(columns_sum)(const float *x, int64_t rows, int64_t step, int64_t columns, const float *shift, bool square, double *totals)
{
    for (int64_t c = 0; c < columns; c += LANES) {
        const int64_t part = columns - c < LANES ? columns - c : LANES;
        const vf by = shift ? v_load_part(shift + c, part) : v_all(0);
        for (int64_t r = 0; r < rows;) {
            vf sum = v_all(0);
            for (int64_t k = 0; k < TIER(line_block) && r < rows; k++, r++) {
                const vf d = (part == LANES ? v_load(x + r * step + c) : v_load_part(x + r * step + c, part)) - by,
                         term = d * (square ? d : v_all(1));
                sum += term;
            }
            for (int k = 0; k < part; k++)
                totals[c + k] += (double)sum[k];
        }
    }
}

static void TIER(columns_max)(const float *x, int64_t rows, int64_t step, int64_t columns, float *best)
{
    for (int64_t c = 0; c < columns; c += LANES) {
        const int64_t part = columns - c < LANES ? columns - c : LANES;
        vf top = v_load_part(x + c, part);
        for (int64_t r = 1; r < rows; r++)
            top = TIER(larger)(top, v_load_part(x + r * step + c, part));
        v_store_part(best + c, top, part);
    }
}

#define NORMALISE_TABLE                                                                                              \
    {                                                                                                                \
        .sum = TIER(line_sum), .square = TIER(line_square), .max = TIER(line_max), .softmax = TIER(line_softmax),    \
        .columns_softmax = TIER(columns_softmax), .scale = TIER(line_scale), .channels_scale = TIER(channels_scale), \
        .columns_sum = TIER(columns_sum), .columns_max = TIER(columns_max)                                           \
    }
