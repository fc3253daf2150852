/* im2col for any number of spatial dimensions. */
#include "backends/openblas/columns.h"

#include <string.h>

int64_t sard_window_taps(const sard_window *window)
{
    int64_t taps = 1;
    for (int i = 0; i < window->count; i++)
        taps *= window->kernel[i];
    return taps;
}

int64_t sard_window_pixels(const sard_window *window)
{
    int64_t pixels = 1;
    for (int i = 0; i < window->count; i++)
        pixels *= window->out[i];
    return pixels;
}

/* A flat index as one per dimension. */
static void unflatten(int64_t flat, const int64_t *size, int count, int64_t *index)
{
    for (int i = count; i-- > 0; flat /= size[i])
        index[i] = flat % size[i];
}

/* Where tap `tap` of output pixel `pixel` reads, but for the last dimension if `lead` is one less than there are; false: padding. */
static bool read_at(const sard_columns *c, const int64_t *pixel, const int64_t *tap, int lead, int64_t *offset)
{
    const sard_window *w = c->window;
    *offset = 0;
    for (int i = 0; i < lead; i++) {
        const int64_t at = pixel[i] * w->stride[i] + tap[i] * w->dilation[i] - w->begin[i];
        if (at < 0 || at >= c->in.size[i])
            return false;
        *offset += at * c->in.stride[i];
    }
    return true;
}

/* n outputs of one row from position x on; `at`: where the tap of position 0 reads. */
static void copy_row(const float *row, int64_t size, int64_t at, int64_t stride, int64_t x, int64_t n, float *out)
{
    int64_t i = 0;
    for (; i < n && at + (x + i) * stride < 0; i++)
        out[i] = 0;
    int64_t inside = i;
    while (inside < n && at + (x + inside) * stride < size)
        inside++;
    if (stride == 1 && inside > i) {
        memcpy(out + i, row + at + x + i, (size_t)(inside - i) * sizeof *out);
        i = inside;
    }
    for (; i < inside; i++)
        out[i] = row[at + (x + i) * stride];
    for (; i < n; i++)
        out[i] = 0;
}

/* One row of the NCHW matrix: one channel, one tap. */
static void fill_row(const sard_columns *c, const float *plane, const int64_t *tap, float *out)
{
    const sard_window *w = c->window;
    const int last = w->count - 1;
    int64_t pixel[SARD_MAX_SPATIAL];
    for (int64_t p = c->first, end = c->first + c->count; p < end;) {
        int64_t offset;
        unflatten(p, w->out, w->count, pixel);
        const int64_t rest = w->out[last] - pixel[last], n = rest < end - p ? rest : end - p;
        if (read_at(c, pixel, tap, last, &offset))
            copy_row(plane + offset, c->in.size[last], tap[last] * w->dilation[last] - w->begin[last], w->stride[last], pixel[last], n, out);
        else
            memset(out, 0, (size_t)n * sizeof *out);
        out += n;
        p += n;
    }
}

void sard_columns_nchw(const sard_columns *c, float *out)
{
    const int64_t taps = sard_window_taps(c->window);
    int64_t tap[SARD_MAX_SPATIAL];
    for (int64_t channel = 0; channel < c->channels; channel++)
        for (int64_t t = 0; t < taps; t++) {
            unflatten(t, c->window->kernel, c->window->count, tap);
            fill_row(c, c->x + channel * c->in.stride_c, tap, out + (channel * taps + t) * c->count);
        }
}

void sard_columns_nhwc(const sard_columns *c, float *out)
{
    const sard_window *w = c->window;
    const int64_t taps = sard_window_taps(w);
    const size_t bytes = (size_t)c->channels * sizeof *out;
    int64_t tap[SARD_MAX_SPATIAL], pixel[SARD_MAX_SPATIAL], offset;
    for (int64_t p = c->first; p < c->first + c->count; p++) {
        unflatten(p, w->out, w->count, pixel);
        for (int64_t t = 0; t < taps; t++, out += c->channels) {
            unflatten(t, w->kernel, w->count, tap);
            if (read_at(c, pixel, tap, w->count, &offset))
                memcpy(out, c->x + offset, bytes);
            else
                memset(out, 0, bytes);
        }
    }
}
