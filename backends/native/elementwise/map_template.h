/* Element-wise functions over rows. The last vector of a row overlaps the one before it; it is read before anything is written, so that
 * results may take their operands' place. */

#define MAP_UNARY(name, expression)                                            \
    ALWAYS_INLINE vf TIER(one_##name)(vf x, vf p, vf q)                        \
    {                                                                          \
        (void)p;                                                               \
        (void)q;                                                               \
        return (expression);                                                   \
    }                                                                          \
    static void TIER(map_##name)(const sard_stripes *r)                        \
    {                                                                          \
        const vf p = v_all(r->p), q = v_all(r->q);                             \
        const int64_t n = r->n;                                                \
        for (int64_t row = 0; row < r->rows; row++) {                          \
            const float *x = r->a + row * r->a_row;                            \
            float *y = r->y + row * r->y_row;                                  \
            if (n < LANES) {                                                   \
                v_store_part(y, TIER(one_##name)(v_load_part(x, n), p, q), n); \
                continue;                                                      \
            }                                                                  \
            const vf last = v_load(x + n - LANES);                             \
            for (int64_t i = 0; i < n - LANES; i += LANES)                     \
                v_store(y + i, TIER(one_##name)(v_load(x + i), p, q));         \
            v_store(y + n - LANES, TIER(one_##name)(last, p, q));              \
        }                                                                      \
    }

#define MAP_BINARY(name, expression)                                                                           \
    ALWAYS_INLINE vf TIER(two_##name)(vf a, vf b) { return (expression); }                                     \
    ALWAYS_INLINE void TIER(row_##name)(const float *pa, const float *pb, float *y, int64_t n, int sa, int sb) \
    {                                                                                                          \
        const vf one_a = v_all(*pa), one_b = v_all(*pb);                                                       \
        if (n < LANES) {                                                                                       \
            const vf a = sa ? v_load_part(pa, n) : one_a, b = sb ? v_load_part(pb, n) : one_b;                 \
            v_store_part(y, TIER(two_##name)(a, b), n);                                                        \
            return;                                                                                            \
        }                                                                                                      \
        const vf last_a = sa ? v_load(pa + n - LANES) : one_a, last_b = sb ? v_load(pb + n - LANES) : one_b;   \
        for (int64_t i = 0; i < n - LANES; i += LANES)                                                         \
            v_store(y + i, TIER(two_##name)(sa ? v_load(pa + i) : one_a, sb ? v_load(pb + i) : one_b));        \
        v_store(y + n - LANES, TIER(two_##name)(last_a, last_b));                                              \
    }                                                                                                          \
    static void TIER(map_##name)(const sard_stripes *r)                                                        \
    {                                                                                                          \
        for (int64_t row = 0; row < r->rows; row++) {                                                          \
            const float *a = r->a + row * r->a_row, *b = r->b + row * r->b_row;                                \
            float *y = r->y + row * r->y_row;                                                                  \
            if (r->a_step && r->b_step)                                                                        \
                TIER(row_##name)(a, b, y, r->n, 1, 1);                                                         \
            else if (r->a_step)                                                                                \
                TIER(row_##name)(a, b, y, r->n, 1, 0);                                                         \
            else if (r->b_step)                                                                                \
                TIER(row_##name)(a, b, y, r->n, 0, 1);                                                         \
            else                                                                                               \
                TIER(row_##name)(a, b, y, r->n, 0, 0);                                                         \
        }                                                                                                      \
    }

#define UNARY(name, expression) MAP_UNARY(name, expression)
#define BINARY(name, expression) MAP_BINARY(name, expression)
#include "backends/native/elementwise/functions.def"
#undef UNARY
#undef BINARY

#define UNARY(name, expression) [SARD_FUNCTION_##name] = TIER(map_##name),
#define BINARY UNARY
static sard_stripes_function *const TIER(functions)[SARD_FUNCTION_COUNT] = {
#include "backends/native/elementwise/functions.def"
};
#undef UNARY
#undef BINARY

#define ELEMENTWISE_TABLE \
    {                     \
        TIER(functions)   \
    }
