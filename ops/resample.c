/* One axis of Resize, see resample.h.
 *
 * Places are quotients of whole numbers, rounded once, so ties are seen as such (within float32 a 14.5 may become 14.499999). With antialias the filter is
 * stretched by 1 / scale when the result is smaller. Elements beyond the edge are those at the edge, or with exclude_outside nothing.
 * Cubic: the kernel of R. Keys, "Cubic convolution interpolation for digital image processing" (1981), with a = cubic_coeff_a. */
#include "ops/resample.h"

#include <math.h>
#include <string.h>

bool sard_axis_is_same(const sard_resize *attrs, const sard_axis_scale *axis)
{
    const bool crop = attrs->coordinate_transformation_mode == SARD_COORDINATE_TF_CROP_AND_RESIZE;
    return axis->in == axis->out && axis->over == axis->under && (!crop || (axis->start == 0 && axis->end == 1));
}

static bool gives(const sard_axis_scale *axis, float scale) { return sard_to_float(sard_axis_ratio(axis)) == scale; }

/* out / in if that gives the float, else the first convergent of its continued fraction that does: 1/3, 3/10, 17/10 for 1.7. */
void sard_axis_set_scale(sard_axis_scale *axis, float scale)
{
    double over[] = {1, 0}, under[] = {0, 1}, rest = (double)scale; /* the last two convergents */
    axis->over = (double)axis->out;
    axis->under = (double)axis->in;
    for (int i = 0; i < 64 && !gives(axis, scale); i++) {
        const double whole = floor(rest);
        axis->over = whole * over[0] + over[1];
        axis->under = whole * under[0] + under[1];
        over[1] = over[0];
        over[0] = axis->over;
        under[1] = under[0];
        under[0] = axis->under;
        rest = 1 / (rest - whole);
    }
    if (!gives(axis, scale)) {
        axis->over = (double)scale;
        axis->under = 1;
    }
}

/* Where element i of the result lies in the original. Its width before rounding is in * over / under. */
static double place_of(const sard_resize *attrs, const sard_axis_scale *axis, int64_t i)
{
    const double x = (double)i, in = (double)axis->in, last = in - 1, over = axis->over, under = axis->under;
    const double steps = over * in - under; /* (width - 1) under */
    switch (attrs->coordinate_transformation_mode) {
    case SARD_COORDINATE_ALIGN_CORNERS:
        return steps == 0 ? 0 : x * last * under / steps;
    case SARD_COORDINATE_ASYMMETRIC:
        return x * under / over;
    case SARD_COORDINATE_TF_CROP_AND_RESIZE:
        if (steps == 0)
            return 0.5 * ((double)axis->start + (double)axis->end) * last;
        return ((double)axis->start * last * steps + x * ((double)axis->end - (double)axis->start) * last * under) / steps;
    case SARD_COORDINATE_TF_HALF_PIXEL_FOR_NN:
        return (2 * x + 1) * under / (2 * over);
    case SARD_COORDINATE_PYTORCH_HALF_PIXEL:
        return axis->out == 1 ? 0 : ((2 * x + 1) * under - over) / (2 * over);
    case SARD_COORDINATE_HALF_PIXEL_SYMMETRIC:
        return (in * over - (double)axis->out * under + (2 * x + 1) * under - over) / (2 * over);
    default:
        return ((2 * x + 1) * under - over) / (2 * over);
    }
}

static int64_t clamp(int64_t i, int64_t n) { return i < 0 ? 0 : i < n ? i : n - 1; }

/* As an integer between -1 and n, whatever it is. */
static int64_t clamp_place(double x, int64_t n) { return x > -1 ? x < (double)n ? (int64_t)x : n : -1; }

static int64_t nearest(int64_t mode, double x, int64_t n)
{
    const double rounded = mode == SARD_ROUND_FLOOR        ? floor(x)
                         : mode == SARD_ROUND_CEIL         ? ceil(x)
                         : mode == SARD_ROUND_PREFER_FLOOR ? ceil(x - 0.5)
                                                           : floor(x + 0.5);
    return clamp(clamp_place(rounded, n), n);
}

static double kernel(const sard_resize *attrs, double x)
{
    const double a = (double)attrs->cubic_coeff_a;
    x = fabs(x);
    if (attrs->mode == SARD_RESIZE_LINEAR)
        return x < 1 ? 1 - x : 0;
    if (x <= 1)
        return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

/* The taps of one element: those around x that the stretched kernel reaches. */
static void weigh(const sard_resize *attrs, double x, double stretch, sard_taps *t, int64_t i)
{
    const int64_t first = (int64_t)floor(x) - t->count / 2 + 1;
    int64_t *index = t->index + i * t->count;
    double *weight = t->weight + i * t->count, sum = 0;
    for (int64_t k = 0; k < t->count; k++) {
        const bool beyond = first + k < 0 || first + k >= t->in;
        weight[k] = beyond && attrs->exclude_outside ? 0 : kernel(attrs, ((double)(first + k) - x) / stretch);
        index[k] = clamp(first + k, t->in);
        sum += weight[k];
    }
    for (int64_t k = 0; sum != 0 && k < t->count; k++)
        weight[k] /= sum;
}

static bool allocate(const sard_call *call, bool weights, bool outside, sard_taps *t)
{
    size_t count, bytes;
    if (__builtin_mul_overflow((size_t)t->out, (size_t)t->count, &count) || __builtin_mul_overflow(count, sizeof *t->index, &bytes))
        return false;
    t->index = sard_call_alloc(call, bytes);
    t->weight = weights ? sard_call_alloc(call, bytes) : NULL;
    t->outside = outside ? sard_call_alloc(call, (size_t)t->out) : NULL;
    return t->index && (!weights || t->weight) && (!outside || t->outside);
}

static double stretch_of(const sard_resize *attrs, const sard_axis_scale *axis)
{
    return attrs->antialias && axis->over < axis->under ? axis->under / axis->over : 1;
}

void sard_taps_fill(const sard_resize *attrs, const sard_axis_scale *axis, sard_taps *out)
{
    for (int64_t i = 0; i < axis->out; i++) {
        double x = place_of(attrs, axis, i);
        if (out->outside)
            out->outside[i] = !(x >= 0 && x <= (double)(axis->in - 1));
        x = x > -0x1p40 ? x < 0x1p40 ? x : 0x1p40 : -0x1p40;
        if (attrs->mode != SARD_RESIZE_NEAREST)
            weigh(attrs, x, stretch_of(attrs, axis), out, i);
        else
            out->index[i] = nearest(attrs->nearest_mode, x, axis->in);
    }
}

sard_status sard_taps_make(const sard_call *call, const sard_axis_scale *axis, sard_taps *out)
{
    const sard_resize *attrs = call->attrs;
    const bool weights = attrs->mode != SARD_RESIZE_NEAREST;
    const bool crop = attrs->coordinate_transformation_mode == SARD_COORDINATE_TF_CROP_AND_RESIZE;
    const int64_t reach = attrs->mode == SARD_RESIZE_LINEAR ? 1 : 2;
    const double count = weights ? 2 * ceil((double)reach * stretch_of(attrs, axis)) : 1;
    *out = (sard_taps){.in = axis->in, .out = axis->out, .count = (int64_t)count};
    if (!(count < 0x1p40) || !allocate(call, weights, crop, out))
        return sard_call_fail(call, SARD_NOMEM, "no memory for the weights of an axis");
    sard_taps_fill(attrs, axis, out);
    return SARD_OK;
}

/* ---- weighted sums ---- */

/* Elements of a row, and lines, that are worked on at once; elements of a task; taps that may be summed in float. */
enum { CHUNK = 256, LINES = 4, TASK = 16384, FEW = 4 };

/* A unit is a row of the result along the inner dimension, or where that has one element a group of whole lines. */
typedef struct job {
    const sard_taps *taps;
    int64_t units, in_task, outer, inner;
    const void *src;
    void *dst;
} job;

/* lines_: `count` lines along the axis. row_: row i of the result from rows that lie `inner` apart, for any even number of taps; pair_:
 * for two. */
#define RESAMPLE(suffix, type, sum)                                                                                                \
    static inline void some_lines_##suffix(const sard_taps *t, const type *src, type *dst, int64_t count)                          \
    {                                                                                                                              \
        for (int64_t i = 0; i < t->out; i++) {                                                                                     \
            sum sums[LINES] = {0};                                                                                                 \
            for (int64_t k = i * t->count; k < (i + 1) * t->count; k++)                                                            \
                for (int64_t l = 0; l < count; l++)                                                                                \
                    sums[l] += (sum)t->weight[k] * (sum)src[l * t->in + t->index[k]];                                              \
            for (int64_t l = 0; l < count; l++)                                                                                    \
                dst[l * t->out + i] = (type)sums[l];                                                                               \
        }                                                                                                                          \
    }                                                                                                                              \
                                                                                                                                   \
    static void lines_##suffix(const sard_taps *t, const type *src, type *dst, int64_t count)                                      \
    {                                                                                                                              \
        if (count == LINES)                                                                                                        \
            some_lines_##suffix(t, src, dst, LINES);                                                                               \
        else                                                                                                                       \
            some_lines_##suffix(t, src, dst, count);                                                                               \
    }                                                                                                                              \
                                                                                                                                   \
    static void row_##suffix(const sard_taps *t, int64_t i, int64_t inner, const type *restrict src, type *restrict dst)           \
    {                                                                                                                              \
        const int64_t *index = t->index + i * t->count;                                                                            \
        const double *weight = t->weight + i * t->count;                                                                           \
        for (int64_t at = 0; at < inner; at += CHUNK) {                                                                            \
            const int64_t n = inner - at < CHUNK ? inner - at : CHUNK;                                                             \
            sum sums[CHUNK] = {0};                                                                                                 \
            for (int64_t k = 0; k < t->count; k += 2) {                                                                            \
                const sum u = (sum)weight[k], v = (sum)weight[k + 1];                                                              \
                const type *p = src + index[k] * inner + at, *q = src + index[k + 1] * inner + at;                                 \
                for (int64_t c = 0; c < n; c++)                                                                                    \
                    sums[c] += u * (sum)p[c] + v * (sum)q[c];                                                                      \
            }                                                                                                                      \
            for (int64_t c = 0; c < n; c++)                                                                                        \
                dst[at + c] = (type)sums[c];                                                                                       \
        }                                                                                                                          \
    }                                                                                                                              \
                                                                                                                                   \
    static void pair_##suffix(const sard_taps *t, int64_t i, int64_t inner, const type *restrict src, type *restrict dst)          \
    {                                                                                                                              \
        const sum u = (sum)t->weight[2 * i], v = (sum)t->weight[2 * i + 1];                                                        \
        const type *p = src + t->index[2 * i] * inner, *q = src + t->index[2 * i + 1] * inner;                                     \
        for (int64_t c = 0; c < inner; c++)                                                                                        \
            dst[c] = (type)(u * (sum)p[c] + v * (sum)q[c]);                                                                        \
    }                                                                                                                              \
                                                                                                                                   \
    static void work_##suffix(void *arg, size_t task)                                                                              \
    {                                                                                                                              \
        const job *j = arg;                                                                                                        \
        const sard_taps *t = j->taps;                                                                                              \
        const int64_t first = (int64_t)task * j->in_task;                                                                          \
        for (int64_t u = first; u < j->units && u < first + j->in_task; u++) {                                                     \
            if (j->inner == 1)                                                                                                     \
                lines_##suffix(t, (const type *)j->src + u * LINES * t->in, (type *)j->dst + u * LINES * t->out,                   \
                               j->outer - u * LINES < LINES ? j->outer - u * LINES : LINES);                                       \
            else                                                                                                                   \
                (t->count == 2 ? pair_##suffix : row_##suffix)(                                                                    \
                    t, u % t->out, j->inner, (const type *)j->src + u / t->out * t->in * j->inner, (type *)j->dst + u * j->inner); \
        }                                                                                                                          \
    }

RESAMPLE(f32, float, double)
RESAMPLE(few_f32, float, float)
RESAMPLE(f64, double, double)

static void resample(const sard_call *call, job *j, void (*work)(void *arg, size_t task))
{
    const bool lines = j->inner == 1;
    j->units = lines ? (j->outer + LINES - 1) / LINES : j->outer * j->taps->out;
    j->in_task = TASK / (lines ? LINES * j->taps->out : j->inner) + 1;
    const size_t tasks = (size_t)((j->units + j->in_task - 1) / j->in_task);
    if (call)
        sard_call_parallel(call, tasks, work, j);
    for (size_t i = 0; !call && i < tasks; i++)
        work(j, i);
}

void sard_resample_f32(const sard_call *call, const sard_taps *taps, int64_t outer, int64_t inner, const void *src, void *dst)
{
    job j = {.taps = taps, .outer = outer, .inner = inner, .src = src, .dst = dst};
    resample(call, &j, taps->count <= FEW ? work_few_f32 : work_f32);
}

void sard_resample_f64(const sard_call *call, const sard_taps *taps, int64_t outer, int64_t inner, const void *src, void *dst)
{
    job j = {.taps = taps, .outer = outer, .inner = inner, .src = src, .dst = dst};
    resample(call, &j, work_f64);
}
