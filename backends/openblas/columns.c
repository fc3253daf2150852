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

/* Where tap `tap` of output pixel `pixel` reads, in the first `lead` dimensions; false: in the padding. */
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

/* What one tap meets along a row: position x of the output reads `at` + x * stride, which lies in the input for low <= x < high. */
typedef struct row_span {
    int64_t at, stride, low, high;
} row_span;

static row_span span_of(const sard_columns *c, const int64_t *tap)
{
    const sard_window *w = c->window;
    const int last = w->count - 1;
    const int64_t stride = w->stride[last], at = tap[last] * w->dilation[last] - w->begin[last], size = c->in.size[last];
    return (row_span){at, stride, at < 0 ? (stride - 1 - at) / stride : 0, at < size ? (size - 1 - at) / stride + 1 : 0};
}

static void zero(float *out, int64_t n)
{
    if (n > 0)
        memset(out, 0, (size_t)n * sizeof *out);
}

/* n outputs of one row from position x on. */
static void copy_row(const float *row, const row_span *span, int64_t x, int64_t n, float *out)
{
    const int64_t low = span->low < x ? 0 : span->low - x < n ? span->low - x : n;
    const int64_t high = span->high - x < low ? low : span->high - x < n ? span->high - x : n;
    const float *from = row + span->at + x * span->stride;
    zero(out, low);
    if (span->stride == 1 && high > low)
        memcpy(out + low, from + low, (size_t)(high - low) * sizeof *out);
    else
        for (int64_t i = low; i < high; i++)
            memcpy(&out[i], from + i * span->stride, sizeof *out); /* a constant may have any address */
    zero(out + high, n - high);
}

/* The next row of outputs, as an index per dimension. */
static void next_row(const sard_window *w, int64_t *pixel)
{
    pixel[w->count - 1] = 0;
    for (int i = w->count - 2; i >= 0 && ++pixel[i] == w->out[i]; i--)
        pixel[i] = 0;
}

/* One row of the NCHW matrix: one channel, one tap. */
static void fill_row(const sard_columns *c, const int64_t *start, const float *plane, const int64_t *tap, float *out)
{
    const int last = c->window->count - 1;
    const row_span span = span_of(c, tap);
    int64_t pixel[SARD_MAX_SPATIAL];
    memcpy(pixel, start, sizeof pixel);
    for (int64_t left = c->count, n; left; left -= n, out += n, next_row(c->window, pixel)) {
        int64_t offset;
        n = c->window->out[last] - pixel[last];
        n = n < left ? n : left;
        if (read_at(c, pixel, tap, last, &offset))
            copy_row(plane + offset, &span, pixel[last], n, out);
        else
            zero(out, n);
    }
}

void sard_columns_nchw(const sard_columns *c, float *out)
{
    const int64_t taps = sard_window_taps(c->window);
    int64_t tap[SARD_MAX_SPATIAL], start[SARD_MAX_SPATIAL] = {0};
    unflatten(c->first, c->window->out, c->window->count, start);
    for (int64_t channel = 0; channel < c->channels; channel++)
        for (int64_t t = 0; t < taps; t++) {
            unflatten(t, c->window->kernel, c->window->count, tap);
            fill_row(c, start, c->x + channel * c->in.stride_c, tap, out + (channel * taps + t) * c->count);
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
