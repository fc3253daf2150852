/* One axis of Resize, see resample.h.
 *
 * Places are computed in float, as other runtimes do, so that ties fall the same way; weights in double. With antialias the filter is
 * stretched by 1 / scale when the result is smaller. Elements beyond the edge are those at the edge, or with exclude_outside nothing.
 * Cubic: the kernel of R. Keys, "Cubic convolution interpolation for digital image processing" (1981), with a = cubic_coeff_a. */
#include "ops/resample.h"

#include <math.h>
#include <string.h>

bool sard_axis_is_same(const sard_resize *attrs, const sard_axis_scale *axis)
{
    const bool crop = attrs->coordinate_transformation_mode == SARD_COORDINATE_TF_CROP_AND_RESIZE;
    return axis->in == axis->out && axis->scale == 1 && (!crop || (axis->start == 0 && axis->end == 1));
}

/* Where element i of the result lies in the original. */
static float place_of(const sard_resize *attrs, const sard_axis_scale *axis, int64_t i)
{
    const float x = (float)i, last = (float)axis->in - 1, width = axis->width;
    switch (attrs->coordinate_transformation_mode) {
    case SARD_COORDINATE_ALIGN_CORNERS:
        return width == 1 ? 0 : x * last / (width - 1);
    case SARD_COORDINATE_ASYMMETRIC:
        return x / axis->scale;
    case SARD_COORDINATE_TF_CROP_AND_RESIZE:
        if (width == 1)
            return 0.5f * (axis->start + axis->end) * last;
        return axis->start * last + x * (axis->end - axis->start) * last / (width - 1);
    case SARD_COORDINATE_PYTORCH_HALF_PIXEL:
        return axis->out == 1 ? 0 : (x + 0.5f) / axis->scale - 0.5f;
    case SARD_COORDINATE_HALF_PIXEL_SYMMETRIC:
        return (float)axis->in / 2 * (1 - (float)axis->out / width) + (x + 0.5f) / axis->scale - 0.5f;
    default:
        return (x + 0.5f) / axis->scale - 0.5f;
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

sard_status sard_taps_make(const sard_call *call, const sard_axis_scale *axis, sard_taps *out)
{
    const sard_resize *attrs = call->attrs;
    const bool weights = attrs->mode != SARD_RESIZE_NEAREST;
    const bool crop = attrs->coordinate_transformation_mode == SARD_COORDINATE_TF_CROP_AND_RESIZE;
    const double stretch = attrs->antialias && axis->scale < 1 ? 1 / (double)axis->scale : 1;
    const int64_t reach = attrs->mode == SARD_RESIZE_LINEAR ? 1 : 2;
    const double count = weights ? 2 * ceil((double)reach * stretch) : 1;
    *out = (sard_taps){.in = axis->in, .out = axis->out, .count = (int64_t)count};
    if (!(count < 0x1p40) || !allocate(call, weights, crop, out))
        return sard_call_fail(call, SARD_NOMEM, "no memory for the weights of an axis");
    for (int64_t i = 0; i < axis->out; i++) {
        double x = (double)place_of(attrs, axis, i);
        if (crop)
            out->outside[i] = !(x >= 0 && x <= (double)(axis->in - 1));
        x = x > -0x1p40 ? x < 0x1p40 ? x : 0x1p40 : -0x1p40;
        if (weights)
            weigh(attrs, x, stretch, out, i);
        else
            out->index[i] = nearest(attrs->nearest_mode, x, axis->in);
    }
    return SARD_OK;
}

/* ---- weighted sums ---- */

enum { CHUNK = 256, TASK = 16384 };

/* A unit is a row of the result along the inner dimension, or where that has one element the whole axis. */
typedef struct job {
    const sard_taps *taps;
    int64_t units, in_task, inner;
    const void *src;
    void *dst;
} job;

/* sum_<type>s: one result after the other from one line. sum_<type>_rows: a row of results from rows that lie `inner` apart. */
#define RESAMPLE(type, suffix)                                                                                                          \
    static void line_##suffix(const sard_taps *t, const type *src, type *dst)                                                           \
    {                                                                                                                                   \
        for (int64_t i = 0; i < t->out; i++) {                                                                                          \
            const int64_t *index = t->index + i * t->count;                                                                             \
            const double *weight = t->weight + i * t->count;                                                                            \
            double sum = 0;                                                                                                             \
            for (int64_t k = 0; k < t->count; k++)                                                                                      \
                sum += weight[k] * (double)src[index[k]];                                                                               \
            dst[i] = (type)sum;                                                                                                         \
        }                                                                                                                               \
    }                                                                                                                                   \
                                                                                                                                        \
    static void row_##suffix(const sard_taps *t, int64_t i, int64_t inner, const type *src, type *dst)                                  \
    {                                                                                                                                   \
        for (int64_t at = 0; at < inner; at += CHUNK) {                                                                                 \
            const int64_t n = inner - at < CHUNK ? inner - at : CHUNK;                                                                  \
            double sums[CHUNK] = {0};                                                                                                   \
            for (int64_t k = 0; k < t->count; k++) {                                                                                    \
                const double weight = t->weight[i * t->count + k];                                                                      \
                const type *row = src + t->index[i * t->count + k] * inner + at;                                                        \
                for (int64_t c = 0; weight != 0 && c < n; c++)                                                                          \
                    sums[c] += weight * (double)row[c];                                                                                 \
            }                                                                                                                           \
            for (int64_t c = 0; c < n; c++)                                                                                             \
                dst[at + c] = (type)sums[c];                                                                                            \
        }                                                                                                                               \
    }                                                                                                                                   \
                                                                                                                                        \
    static void work_##suffix(void *arg, size_t task)                                                                                   \
    {                                                                                                                                   \
        const job *j = arg;                                                                                                             \
        const sard_taps *t = j->taps;                                                                                                   \
        const int64_t first = (int64_t)task * j->in_task;                                                                               \
        for (int64_t u = first; u < j->units && u < first + j->in_task; u++) {                                                          \
            if (j->inner == 1)                                                                                                          \
                line_##suffix(t, (const type *)j->src + u * t->in, (type *)j->dst + u * t->out);                                        \
            else                                                                                                                        \
                row_##suffix(t, u % t->out, j->inner, (const type *)j->src + u / t->out * t->in * j->inner,                             \
                             (type *)j->dst + u * j->inner);                                                                            \
        }                                                                                                                               \
    }                                                                                                                                   \
                                                                                                                                        \
    void sard_resample_##suffix(const sard_call *call, const sard_taps *taps, int64_t outer, int64_t inner, const type *src, type *dst) \
    {                                                                                                                                   \
        const int64_t units = inner == 1 ? outer : outer * taps->out, in_task = TASK / (inner == 1 ? taps->out : inner) + 1;            \
        job j = {taps, units, in_task, inner, src, dst};                                                                                \
        sard_call_parallel(call, (size_t)((units + in_task - 1) / in_task), work_##suffix, &j);                                         \
    }

RESAMPLE(float, f32)
RESAMPLE(double, f64)
