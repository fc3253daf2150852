/* Resizing by convolution in fixed point, across and down, to the bytes of Pillow (its Resample.c): the support grows with the
 * reduction, weights are computed in double and rounded to 22 bits, each pass rounds to 8. */
#include "formats/image/image.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* 32 bits less 8 of the pixel and 2 for what bicubic weights add up to beyond 1. */
enum { PRECISION = 32 - 8 - 2 };

typedef struct kernel {
    double support;
    double (*weight)(double x);
} kernel;

static double bilinear(double x)
{
    x = fabs(x);
    return x < 1 ? 1 - x : 0;
}

/* Keys' cubic with a = -1/2. */
static double bicubic(double x)
{
    const double a = -0.5;
    x = fabs(x);
    if (x < 1)
        return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

static const kernel kernels[] = {[SARD_FILTER_DEFAULT] = {1, bilinear}, [SARD_BILINEAR] = {1, bilinear}, [SARD_BICUBIC] = {2, bicubic}};

/* The source pixels of one result: first, count, and their weights. */
typedef struct tap {
    int32_t first, count;
    const int32_t *weights;
} tap;

/* All taps of one direction. */
typedef struct taps {
    tap *at;
    int32_t *weights;
    double *work;
} taps;

static void free_taps(taps *t)
{
    free(t->at);
    free(t->weights);
    free(t->work);
}

static int32_t fixed(double weight)
{
    const double scaled = weight * (1 << PRECISION);
    return (int32_t)(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
}

static void weigh(const kernel *k, double center, double stretch, tap *t, int32_t *weights, double *work)
{
    double sum = 0;
    for (int32_t i = 0; i < t->count; i++) {
        work[i] = k->weight((i + t->first - center + 0.5) * (1.0 / stretch));
        sum += work[i];
    }
    for (int32_t i = 0; i < t->count; i++)
        weights[i] = fixed(sum != 0 ? work[i] / sum : work[i]);
    t->weights = weights;
}

/* `from` and `to` are single precision as Pillow's box is. */
static bool make_taps(const kernel *k, int32_t in_size, float from, float to, int32_t out_size, taps *t)
{
    const double scale = (double)(to - from) / out_size, stretch = scale < 1 ? 1 : scale, support = k->support * stretch;
    const size_t most = (size_t)ceil(support) * 2 + 1;
    t->at = calloc((size_t)out_size, sizeof *t->at);
    t->weights = calloc((size_t)out_size, most * sizeof *t->weights);
    t->work = calloc(most, sizeof *t->work);
    if (!t->at || !t->weights || !t->work)
        return false;
    for (int32_t i = 0; i < out_size; i++) {
        const double center = from + (i + 0.5) * scale;
        const int32_t first = (int32_t)(center - support + 0.5), last = (int32_t)(center + support + 0.5);
        t->at[i].first = first > 0 ? first : 0;
        t->at[i].count = (last < in_size ? last : in_size) - t->at[i].first;
        weigh(k, center, stretch, &t->at[i], t->weights + (size_t)i * most, t->work);
    }
    return true;
}

static inline uint8_t narrow(int32_t sum)
{
    sum >>= PRECISION;
    return (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

enum { HALF = 1 << (PRECISION - 1) };

static void shrink_row_grey(const uint8_t *from, uint8_t *to, const tap *at, int32_t width)
{
    for (int32_t x = 0; x < width; x++) {
        const tap t = at[x];
        int32_t sum = HALF;
        for (int32_t i = 0; i < t.count; i++)
            sum += from[t.first + i] * t.weights[i];
        to[x] = narrow(sum);
    }
}

static void shrink_row_rgb(const uint8_t *from, uint8_t *to, const tap *at, int32_t width)
{
    for (int32_t x = 0; x < width; x++) {
        const tap t = at[x];
        const uint8_t *p = from + 3 * (size_t)t.first;
        int32_t red = HALF, green = HALF, blue = HALF;
        for (int32_t i = 0; i < t.count; i++) {
            red += p[3 * i] * t.weights[i];
            green += p[3 * i + 1] * t.weights[i];
            blue += p[3 * i + 2] * t.weights[i];
        }
        to[3 * x] = narrow(red);
        to[3 * x + 1] = narrow(green);
        to[3 * x + 2] = narrow(blue);
    }
}

/* One result row: source rows, the first of which is row `above` of the whole, weighted into `sums` of `n` elements. */
static void shrink_column(const sard_image *image, int32_t above, tap t, int32_t *restrict sums, uint8_t *to, size_t n)
{
    for (size_t x = 0; x < n; x++)
        sums[x] = HALF;
    for (int32_t i = 0; i < t.count; i++) {
        const uint8_t *restrict from = sard_image_row(image, t.first - above + i);
        const int32_t weight = t.weights[i];
        for (size_t x = 0; x < n; x++)
            sums[x] += from[x] * weight;
    }
    for (size_t x = 0; x < n; x++)
        to[x] = narrow(sums[x]);
}

/* Both passes, their taps, and the picture between them. */
typedef struct job {
    const sard_image *image;
    taps across, down;
    sard_image between;
    int32_t *sums;
} job;

static void end_job(job *j)
{
    free_taps(&j->across);
    free_taps(&j->down);
    free(j->sums);
    sard_image_free(&j->between);
}

/* All rows of `to`, from those of `from` that begin at row `first`. */
static void pass_across(const job *j, const sard_image *from, int32_t first, sard_image *to)
{
    void (*const shrink_row)(const uint8_t *, uint8_t *, const tap *, int32_t) = to->channels == 1 ? shrink_row_grey : shrink_row_rgb;
    for (int32_t y = 0; y < to->height; y++)
        shrink_row(sard_image_row(from, first + y), sard_image_row(to, y), j->across.at, to->width);
}

/* `from` holds the rows of the whole from row `above` on. */
static void pass_down(const job *j, const sard_image *from, int32_t above, sard_image *to)
{
    for (int32_t y = 0; y < to->height; y++)
        shrink_column(from, above, j->down.at[y], j->sums, sard_image_row(to, y), (size_t)to->width * (size_t)to->channels);
}

/* Pillow's order since version 13. Before, the pass across was always the first; by its rounding the order shows in the last bit. */
static bool goes_down_first(const sard_image *from, const sard_image *to)
{
    return from->height > to->height && from->height - to->height > 2 * (from->width - to->width);
}

static sard_status resize(job *j, sard_image *out, sard_error *error)
{
    const sard_image *image = j->image;
    const bool down_first = goes_down_first(image, out);
    const tap *down = j->down.at, *end = &down[out->height - 1];
    const int32_t above = down->first, rows = end->first + end->count - above;
    const int32_t width = down_first ? image->width : out->width, height = down_first ? out->height : rows;
    const sard_status status = sard_image_create(width, height, out->channels, &j->between, error);
    if (status)
        return status;
    j->sums = calloc((size_t)width * (size_t)out->channels, sizeof *j->sums);
    if (!j->sums)
        return sard_fail(error, SARD_NOMEM, "out of memory for a resize to %d x %d", out->width, out->height);
    if (down_first) {
        pass_down(j, image, 0, &j->between);
        pass_across(j, &j->between, 0, out);
    } else {
        pass_across(j, image, above, &j->between);
        pass_down(j, &j->between, above, out);
    }
    return SARD_OK;
}

static sard_status check(const sard_image *image, sard_filter filter, const sard_box *box, sard_error *error)
{
    const sard_status status = sard_image_check(image, error);
    if (status)
        return status;
    if ((size_t)filter >= sizeof kernels / sizeof *kernels)
        return sard_fail(error, SARD_ARGUMENT, "there is no filter %d", (int)filter);
    if (box && !(box->left >= 0 && box->top >= 0 && (float)box->left < (float)box->right && (float)box->top < (float)box->bottom &&
                 box->right <= image->width && box->bottom <= image->height))
        return sard_fail(error, SARD_ARGUMENT, "the box (%g, %g, %g, %g) is empty or leaves the picture of %d x %d pixels", box->left,
                         box->top, box->right, box->bottom, image->width, image->height);
    return SARD_OK;
}

sard_status sard_image_resize(const sard_image *image, int32_t width, int32_t height, sard_filter filter, const sard_box *box,
                              sard_image *out, sard_error *error)
{
    sard_image result = {0};
    sard_status status = check(image, filter, box, error);
    if (!status && !out)
        status = sard_fail(error, SARD_ARGUMENT, "out is NULL");
    if (!status)
        status = sard_image_create(width, height, image->channels, &result, error);
    if (status)
        return status;
    float edges[4] = {0, 0, (float)image->width, (float)image->height};
    if (box)
        memcpy(edges, (float[]){(float)box->left, (float)box->top, (float)box->right, (float)box->bottom}, sizeof edges);
    const kernel *k = &kernels[filter];
    job j = {.image = image};
    if (make_taps(k, image->width, edges[0], edges[2], width, &j.across) &&
        make_taps(k, image->height, edges[1], edges[3], height, &j.down))
        status = resize(&j, &result, error);
    else
        status = sard_fail(error, SARD_NOMEM, "out of memory for a resize to %d x %d", width, height);
    end_job(&j);
    if (status)
        sard_image_free(&result);
    else
        *out = result;
    return status;
}
