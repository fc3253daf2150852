/* Distances of tensors. */
#include "cli/compare.h"

#include "cli/tensor.h"

#include <math.h>
#include <string.h>

bool cli_same_kind(const sard_tensor *a, const sard_tensor *b)
{
    bool same = a->rank == b->rank && (a->dtype == SARD_STRING) == (b->dtype == SARD_STRING);
    for (int i = 0; same && i < a->rank; i++)
        same = a->dims[i] == b->dims[i];
    return same;
}

bool cli_is_relayout(const sard_tensor *a, const sard_tensor *b)
{
    bool is = a->rank == b->rank && a->rank > 2 && a->dtype != SARD_STRING && b->dtype != SARD_STRING && a->dims[0] == b->dims[0] &&
              a->dims[a->rank - 1] == b->dims[1];
    for (int i = 2; is && i < a->rank; i++)
        is = a->dims[i - 1] == b->dims[i];
    return is;
}

/* Channels are the last dimension of one side: pixels in the same order on both. */
sard_status cli_relayout(cli_state *cli, const sard_tensor *from, const sard_tensor *like, sard_tensor *out)
{
    const bool to_last = cli_is_relayout(like, from);
    const size_t size = sard_dtype_size(from->dtype), count = cli_count(from), batch = (size_t)from->dims[0];
    const size_t channels = (size_t)like->dims[to_last ? like->rank - 1 : 1], pixels = count ? count / batch / channels : 0;
    *out = *from;
    memcpy(out->dims, like->dims, sizeof out->dims);
    out->data = cli_try_alloc(cli, from->bytes, "a value");
    if (!out->data)
        return SARD_NOMEM;
    for (size_t i = 0; i < count; i++) {
        const size_t image = i / (channels * pixels), c = i / pixels % channels, pixel = i % pixels;
        const size_t last = (image * pixels + pixel) * channels + c;
        memcpy((char *)out->data + (to_last ? last : i) * size, (const char *)from->data + (to_last ? i : last) * size, size);
    }
    return SARD_OK;
}

/* Elements that are equal, or both NaN, are 0 apart; NaN is infinitely far from a number. */
static double apart(double a, double b)
{
    if (a == b || (isnan(a) && isnan(b)))
        return 0;
    const double d = fabs(a - b);
    return isnan(d) ? (double)INFINITY : d;
}

static double strings_apart(const sard_tensor *a, const sard_tensor *b, size_t i)
{
    const sard_string x = ((const sard_string *)a->data)[i], y = ((const sard_string *)b->data)[i];
    return x.size == y.size && (x.size == 0 || memcmp(x.data, y.data, x.size) == 0) ? 0 : (double)INFINITY;
}

/* Of the finite elements. */
static void describe(const sard_tensor *t, cli_distance *out)
{
    const size_t count = cli_count(t);
    double n = 0, sum = 0, size = 0, squares = 0;
    for (size_t i = 0; i < count; i++) {
        const double x = sard_tensor_get(t, i);
        n += isfinite(x) ? 1 : 0;
        sum += isfinite(x) ? x : 0;
        size += isfinite(x) ? fabs(x) : 0;
    }
    const double mean = n > 0 ? sum / n : 0;
    for (size_t i = 0; i < count; i++) {
        const double x = sard_tensor_get(t, i) - mean;
        squares += isfinite(x) ? x * x : 0;
    }
    out->size = n > 0 ? size / n : 0;
    out->deviation = n > 0 ? sqrt(squares / n) : 0;
}

/* Shares of the element and of the deviation that an element may be off, and how much more. */
typedef struct allowance {
    double element, deviation, more;
} allowance;

static bool is_narrow(sard_dtype dtype) { return dtype == SARD_F16 || dtype == SARD_BF16; }

static allowance allowance_of(const sard_tensor *a, const sard_tensor *b, double tolerance)
{
    if (tolerance >= 0 || (!cli_is_float(a->dtype) && !cli_is_float(b->dtype)))
        return (allowance){.more = tolerance >= 0 ? tolerance : 0};
    return is_narrow(a->dtype) || is_narrow(b->dtype) ? (allowance){1e-2, 1e-2, 1e-7} : (allowance){1e-3, 1e-4, 1e-7};
}

cli_distance cli_compare(const sard_tensor *a, const sard_tensor *b, double tolerance)
{
    cli_distance d = {0};
    const size_t count = cli_count(b);
    if (!cli_same_kind(a, b))
        return (cli_distance){.max = INFINITY, .mean = INFINITY, .excess = INFINITY};
    describe(b, &d);
    const allowance may = allowance_of(a, b, tolerance);
    for (size_t i = 0; i < count; i++) {
        const double y = sard_tensor_get(b, i), x = a->dtype == SARD_STRING ? strings_apart(a, b, i) : apart(sard_tensor_get(a, i), y);
        const double allowed = may.element * fabs(y) + may.deviation * d.deviation + may.more;
        const double excess = x > allowed ? allowed > 0 ? x / allowed : (double)INFINITY : 0;
        d.max = x > d.max ? x : d.max;
        d.mean += x / (double)count;
        d.excess = excess > d.excess ? excess : d.excess;
    }
    return d;
}
