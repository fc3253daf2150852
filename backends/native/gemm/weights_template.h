/* Weights from rows of taps (of one output channel each, as files have them) to columns, a lane for each output channel. */

#if LANES == 16
#define ZIP_LOW 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define ZIP_HIGH 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif LANES == 8
#define ZIP_LOW 0, 8, 1, 9, 2, 10, 3, 11
#define ZIP_HIGH 4, 12, 5, 13, 6, 14, 7, 15
#else
#define ZIP_LOW 0, 4, 1, 5
#define ZIP_HIGH 2, 6, 3, 7
#endif

#ifdef __clang__
#define ZIP(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define ZIP(a, b, ...) __builtin_shuffle(a, b, (vi){__VA_ARGS__})
#endif

/* Elements of a file may have any address. */
typedef float vf_loose __attribute__((vector_size(LANES * 4), aligned(1), may_alias));
typedef float vf_loose_half __attribute__((vector_size(LANES * 2), aligned(1), may_alias));
typedef float loose_float __attribute__((aligned(1), may_alias));
typedef double vd_wide __attribute__((vector_size(LANES * 4)));

/* n floats times a factor, in double, rounded once. */
static void TIER(scale_row)(const loose_float *from, int64_t n, double factor, float *to)
{
    int64_t i = 0;
    for (; i + LANES / 2 <= n; i += LANES / 2) {
        const vd_wide wide = __builtin_convertvector(*(const vf_loose_half *)(from + i), vd_wide) * factor;
        *(vf_loose_half *)(to + i) = __builtin_convertvector(wide, vf_loose_half);
    }
    for (; i < n; i++)
        to[i] = (float)((double)from[i] * factor);
}

/* A square of lanes: after as many rounds as its side has bits, in each of which the halves of the rows are zipped, rows are columns. */
ALWAYS_INLINE void TIER(transpose)(vf square[LANES])
{
    UNROLL for (int side = 1; side < LANES; side *= 2)
    {
        vf zipped[LANES];
        UNROLL for (int i = 0; i < LANES / 2; i++)
        {
            zipped[2 * i] = ZIP(square[i], square[i + LANES / 2], ZIP_LOW);
            zipped[2 * i + 1] = ZIP(square[i], square[i + LANES / 2], ZIP_HIGH);
        }
        UNROLL for (int i = 0; i < LANES; i++) square[i] = zipped[i];
    }
}

/* At most LANES rows, `ld` floats apart, of which `count` (at most LANES) elements become columns. */
ALWAYS_INLINE void TIER(load_columns)(const loose_float *from, int64_t ld, int64_t rows, int64_t count, vf square[LANES])
{
    if (rows == LANES && count == LANES) {
        UNROLL for (int i = 0; i < LANES; i++) square[i] = *(const vf_loose *)(from + i * ld);
    } else {
        for (int i = 0; i < LANES; i++) {
            square[i] = v_all(0);
            if (i < rows)
                memcpy(&square[i], from + i * ld, (size_t)count * sizeof(float));
        }
    }
    TIER(transpose)(square);
}

static void TIER(weights_columns)(const void *weights, int64_t rows, const double *factors, const sard_columns *c, float *out)
{
    enum { STEPS = 8 * LANES };
    float scaled[LANES * STEPS];
    float *channel = out;
    int64_t tap = 0;
    for (int64_t first = 0; first < c->count; first += STEPS) {
        const int64_t n = c->count - first < STEPS ? c->count - first : STEPS;
        const loose_float *from = (const loose_float *)weights + first;
        for (int64_t r = 0; factors && r < rows; r++)
            TIER(scale_row)(from + r * c->row, n, factors[r], scaled + r * STEPS);
        for (int64_t k = 0; k < n; k += LANES) {
            vf square[LANES];
            const int64_t count = n - k < LANES ? n - k : LANES;
            TIER(load_columns)(factors ? (const loose_float *)scaled + k : from + k, factors ? STEPS : c->row, rows, count, square);
            for (int64_t i = 0; i < count; i++) {
                v_store(channel + tap * c->tap_step, square[i]);
                if (++tap == c->taps) {
                    tap = 0;
                    channel += c->step;
                }
            }
        }
    }
}
