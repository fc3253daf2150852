/* Sum Mean Max Min
 *
 * in   any number of tensors of one type, broadcast      out  sum, mean, max, min
 *
 * Sums are kept in double. NaN wins in Max and Min. */
#include "ops/lib/elementwise.h"

#include <string.h>

enum { CHUNK = 512 };

/* count: inputs of the row; divisor: of the sum. */
typedef struct fold {
    size_t count;
    double divisor;
} fold;

#define SUM(name, T)                                                                               \
    static void name(const void *arg, const void *const *in, const int *step, void *out, size_t n) \
    {                                                                                              \
        const fold *f = arg;                                                                       \
        double sum[CHUNK];                                                                         \
        for (size_t at = 0; at < n; at += CHUNK) {                                                 \
            const size_t piece = n - at < CHUNK ? n - at : CHUNK;                                  \
            for (size_t k = 0; k < f->count; k++) {                                                \
                const size_t s = (size_t)step[k];                                                  \
                const T *x = (const T *)in[k] + at * s;                                            \
                for (size_t i = 0; i < piece; i++)                                                 \
                    sum[i] = k ? sum[i] + (double)x[i * s] : (double)x[i * s];                     \
            }                                                                                      \
            for (size_t i = 0; i < piece; i++)                                                     \
                ((T *)out)[at + i] = (T)(sum[i] / f->divisor);                                     \
        }                                                                                          \
    }

/* take: whether x wins against best. */
#define CHOOSE(name, T, take)                                                                      \
    static void name(const void *arg, const void *const *in, const int *step, void *out, size_t n) \
    {                                                                                              \
        const fold *f = arg;                                                                       \
        T chosen[CHUNK];                                                                           \
        for (size_t at = 0; at < n; at += CHUNK) {                                                 \
            const size_t piece = n - at < CHUNK ? n - at : CHUNK;                                  \
            for (size_t k = 0; k < f->count; k++) {                                                \
                const size_t s = (size_t)step[k];                                                  \
                const T *from = (const T *)in[k] + at * s;                                         \
                for (size_t i = 0; i < piece; i++) {                                               \
                    const T x = from[i * s], best = k ? chosen[i] : x;                             \
                    chosen[i] = (take) ? x : best;                                                 \
                }                                                                                  \
            }                                                                                      \
            memcpy((T *)out + at, chosen, piece * sizeof(T));                                      \
        }                                                                                          \
    }

#define MAX(name, T) CHOOSE(name, T, x > best)
#define MIN(name, T) CHOOSE(name, T, x < best)
#define MAX_FLOAT(name, T) CHOOSE(name, T, x > best || x != x)
#define MIN_FLOAT(name, T) CHOOSE(name, T, x < best || x != x)

SARD_FLOAT_TYPES(SUM, sum)
SARD_FLOAT_TYPES(MAX_FLOAT, max)
SARD_FLOAT_TYPES(MIN_FLOAT, min)
SARD_INTEGER_TYPES(MAX, max)
SARD_INTEGER_TYPES(MIN, min)

/* More inputs than a row takes are folded in groups, each beginning with the result so far. */
static sard_status eval(const sard_call *call, sard_row *const rows[SARD_ROW_TYPES], bool mean)
{
    const size_t total = call->node->own_count;
    sard_tensor group[SARD_MAP_INPUTS];
    for (size_t next = 0; next < total;) {
        size_t count = 0;
        if (next)
            group[count++] = call->outputs[0];
        while (count < SARD_MAP_INPUTS && next < total)
            group[count++] = call->inputs[next++];
        const fold f = {count, mean && next == total ? (double)total : 1};
        const sard_status status = sard_map_tensors(call, group, count, rows, &f);
        if (status)
            return status;
    }
    return SARD_OK;
}

static sard_content max_contents(sard_content a, sard_content b)
{
    if (a.known && b.known)
        return a.value > b.value ? a : b;
    if (sard_content_same(a, b) || (sard_content_is_symbol(a) && b.known && b.value <= 0))
        return a;
    return sard_content_is_symbol(b) && a.known && a.value <= 0 ? b : sard_content_unknown();
}

static sard_content min_contents(sard_content a, sard_content b)
{
    if (a.known && b.known)
        return a.value < b.value ? a : b;
    if (sard_content_same(a, b) || (sard_content_is_symbol(b) && a.known && a.value <= 0))
        return a;
    return sard_content_is_symbol(a) && b.known && b.value <= 0 ? b : sard_content_unknown();
}

static sard_status infer_choice(sard_node *node, sard_content2 *choice, sard_error *error)
{
    const sard_status status = sard_infer_broadcast(node, error);
    return status || node->own_count != 2 ? status : sard_infer_contents2(node, choice, error);
}

static sard_status infer_max(sard_node *node, sard_error *error) { return infer_choice(node, max_contents, error); }
static sard_status infer_min(sard_node *node, sard_error *error) { return infer_choice(node, min_contents, error); }

#define VARIADIC(row, text, out, set, infer_, mean, ...)                                              \
    static sard_status eval_##row(const sard_call *call)                                              \
    {                                                                                                 \
        static sard_row *const rows[SARD_ROW_TYPES] = {__VA_ARGS__};                                  \
        return eval(call, rows, mean);                                                                \
    }                                                                                                 \
    static const sard_port row##_inputs[] = {SARD_PORT_VARIADIC("data_0", 'T', set), SARD_PORTS_END}; \
    static const sard_port row##_outputs[] = {SARD_PORT(out, 'T', set), SARD_PORTS_END};              \
    SARD_MAP_OP(row, text, 13, .traits = SARD_ELEMENTWISE, .infer = infer_)

VARIADIC(sum, "Sum", "sum", SARD_SET_FLOAT, sard_infer_broadcast, false, SARD_FLOAT_ROWS(sum))
VARIADIC(mean, "Mean", "mean", SARD_SET_FLOAT, sard_infer_broadcast, true, SARD_FLOAT_ROWS(sum))
VARIADIC(max, "Max", "max", SARD_SET_NUMBER, infer_max, false, SARD_NUMBER_ROWS(max))
VARIADIC(min, "Min", "min", SARD_SET_NUMBER, infer_min, false, SARD_NUMBER_ROWS(min))
