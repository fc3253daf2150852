#include "backends/native/common/rows.h"

#include <string.h>

/* Pixels of a row of outputs whose taps do not all lie beside each other in the picture. */
static int64_t edge_pixels(const sard_rows *r)
{
    const sard_window *w = &r->window;
    const int last = w->count - 1;
    const int64_t stride = w->stride[last], room = r->in.size[last] - r->run + w->begin[last];
    const int64_t first = (w->begin[last] + stride - 1) / stride, end = room >= 0 ? room / stride + 1 : 0;
    const int64_t inside = (end < w->out[last] ? end : w->out[last]) - first;
    return w->out[last] - (inside > 0 ? inside : 0);
}

int64_t sard_rows_copies(const sard_rows *r, int64_t count)
{
    if (r->run == 1)
        return 0;
    const int64_t columns = r->window.out[r->window.count - 1], most = columns ? (count / columns + 2) * edge_pixels(r) : 0;
    return (most < count ? most : count) * r->taps * r->run * r->in.c;
}

/* A row at column `at`, which sticks out. */
static const float *copy_row(const sard_rows *r, const float *line, int64_t at, float **copies)
{
    const int64_t size = r->in.size[r->window.count - 1], c = r->in.c, first = at < 0 ? -at : 0,
                  end = size - at < r->run ? size - at : r->run;
    if (first >= end)
        return r->zeros;
    float *copy = *copies;
    *copies += r->run * c;
    memset(copy, 0, (size_t)(r->run * c) * sizeof *copy);
    memcpy(copy + first * c, line + (at + first) * c, (size_t)((end - first) * c) * sizeof *copy);
    return copy;
}

/* The rows of one tap for `count` pixels of a row of outputs. */
static const float **fill_line(const sard_rows *r, const float *line, int64_t at, int64_t count, const float **out, float **copies)
{
    const int last = r->window.count - 1;
    const int64_t step = r->window.stride[last], stride = r->in.stride[last], size = r->in.size[last], run = r->run;
    for (int64_t i = 0; i < count; i++, at += step)
        if (at >= 0 && at + run <= size)
            *out++ = line + at * stride;
        else
            *out++ = run == 1 ? r->zeros : copy_row(r, line, at, copies);
    return out;
}

void sard_rows_fill(const sard_rows *r, const float *x, int64_t first, int64_t count, const float **out, float *copies)
{
    const sard_window *w = &r->window;
    const int last = w->count - 1;
    int64_t start[SARD_MAX_SPATIAL], tap[SARD_MAX_SPATIAL] = {0};
    for (int i = last; i >= 0; i--) {
        start[i] = first % w->out[i];
        first /= w->out[i];
    }
    for (int64_t t = 0; t < r->taps; t++) {
        int64_t pixel[SARD_MAX_SPATIAL];
        memcpy(pixel, start, sizeof pixel);
        for (int64_t left = count; left;) {
            bool inside = true;
            int64_t distance = 0;
            for (int i = 0; i < last; i++) {
                const int64_t at = pixel[i] * w->stride[i] + tap[i] * w->dilation[i] - w->begin[i];
                inside &= at >= 0 && at < r->in.size[i];
                distance += at * r->in.stride[i];
            }
            const int64_t run = w->out[last] - pixel[last] < left ? w->out[last] - pixel[last] : left;
            if (inside)
                out = fill_line(r, x + distance, pixel[last] * w->stride[last] + tap[last] * w->dilation[last] - w->begin[last], run, out,
                                &copies);
            else
                for (int64_t i = 0; i < run; i++)
                    *out++ = r->zeros;
            left -= run;
            pixel[last] = 0;
            for (int i = last - 1; i >= 0 && ++pixel[i] == w->out[i]; i--)
                pixel[i] = 0;
        }
        for (int i = r->run > 1 ? last - 1 : last; i >= 0 && ++tap[i] == w->kernel[i]; i--)
            tap[i] = 0;
    }
}
