/* Two passes: the mean first, then distances from it. */
#include "ops/lib/moments.h"
#include "ops/lib/line.h"

static double sum_line(const sard_lines *l, int64_t line, bool squares, double mean)
{
    double x[SARD_LINE], sum = 0;
    for (int64_t at = 0; at < l->length; at += SARD_LINE) {
        const int64_t n = l->length - at < SARD_LINE ? l->length - at : SARD_LINE;
        sard_line_read(l->x->dtype, l->x->data, l->start + line * l->jump + at * l->step, l->step, n, x);
        for (int64_t i = 0; i < n; i++)
            sum += squares ? (x[i] - mean) * (x[i] - mean) : x[i];
    }
    return sum;
}

void sard_moments(const sard_lines *l, double *mean, double *variance)
{
    const double count = (double)l->lines * (double)l->length;
    *mean = *variance = 0;
    if (count == 0)
        return;
    for (int64_t i = 0; i < l->lines; i++)
        *mean += sum_line(l, i, false, 0);
    *mean /= count;
    for (int64_t i = 0; i < l->lines; i++)
        *variance += sum_line(l, i, true, *mean);
    *variance /= count;
}

void sard_line_map(const sard_lines *l, int64_t line, const sard_tensor *out, double mean, double factor, double shift)
{
    double x[SARD_LINE];
    for (int64_t at = 0; at < l->length; at += SARD_LINE) {
        const int64_t n = l->length - at < SARD_LINE ? l->length - at : SARD_LINE;
        const int64_t from = l->start + line * l->jump + at * l->step;
        sard_line_read(l->x->dtype, l->x->data, from, l->step, n, x);
        for (int64_t i = 0; i < n; i++)
            x[i] = (x[i] - mean) * factor + shift;
        sard_line_write(out->dtype, out->data, from, l->step, n, x);
    }
}

sard_lines sard_lines_of_channel(const sard_tensor *x, const sard_spatial *s, int64_t n, int64_t c)
{
    sard_lines l = {.x = x,
                    .start = n * s->stride_n + c * s->stride_c,
                    .lines = 1,
                    .jump = s->stride_c,
                    .length = 1,
                    .step = s->count ? s->stride[s->count - 1] : 1};
    for (int i = 0; i < s->count; i++)
        l.length *= s->size[i];
    return l;
}
