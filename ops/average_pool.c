/* AveragePool: the mean of each window; LpPool: the p-norm of each window, (sum |x|^p)^(1/p)
 *
 * in   X: N, C, spatial
 * out  Y
 *
 * AveragePool divides by the number of elements that lie in the input; with count_include_pad also by those that lie in the padding, but
 * not by those beyond it (ceil_mode). */
#include "ops/lib/line.h"
#include "ops/pool.h"

#include <math.h>
#include <string.h>

static const sard_attr_spec average_attrs[] = {SARD_POOL_ATTRS, SARD_INT(sard_pool_attrs, count_include_pad, 0), SARD_ATTRS_END};
static const sard_attr_spec lp_attrs[] = {SARD_POOL_ATTRS, SARD_INT_IN(sard_pool_attrs, p, 2, 1, INT32_MAX), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("X", 'T', SARD_SET_FLOAT), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("Y", 'T', SARD_SET_FLOAT), SARD_PORTS_END};

/* Taps of the window at place `at` of dimension i that lie in the input, or in the input and its padding. */
static int64_t taps_inside(const sard_pool_job *j, int i, int64_t at)
{
    const sard_window *w = &j->window;
    const bool padding = j->attrs->count_include_pad;
    const int64_t low = padding ? -w->begin[i] : 0, high = j->x.size[i] + (padding ? w->end[i] : 0), step = w->dilation[i];
    const int64_t start = at * w->stride[i] - w->begin[i];
    if (start >= low && start + (w->kernel[i] - 1) * step < high)
        return w->kernel[i]; /* most of them: no division */
    const int64_t first = start >= low ? 0 : (low - start + step - 1) / step, end = start >= high ? 0 : (high - 1 - start) / step + 1;
    const int64_t last = end < w->kernel[i] ? end : w->kernel[i];
    return last > first ? last - first : 0;
}

static void divide(const sard_pool_job *j, const int64_t *row, int64_t first, int64_t count, double *sums)
{
    const int last = j->window.count - 1;
    double outer = 1;
    for (int i = 0; i < last; i++)
        outer *= (double)taps_inside(j, i, row[i]);
    for (int64_t i = 0; i < count; i++) {
        const double taps = outer * (double)taps_inside(j, last, first + i);
        sums[i] = taps > 0 ? sums[i] / taps : 0;
    }
}

static void average_columns(const sard_pool_job *j, int64_t channel, const int64_t *row, int64_t first, int64_t count, double *sums)
{
    double x[SARD_LINE];
    for (sard_slide s = sard_slide_start(&j->window, &j->x, row, first, count); s.more; sard_slide_next(&s)) {
        sard_line_read(j->dtype, j->in, channel + s.offset, s.step, s.n, x);
        for (int64_t i = 0; i < s.n; i++)
            sums[s.from + i] += x[i];
    }
    divide(j, row, first, count, sums);
}

static void norm_columns(const sard_pool_job *j, int64_t channel, const int64_t *row, int64_t first, int64_t count, double *sums)
{
    double x[SARD_LINE];
    const int64_t p = j->attrs->p;
    for (sard_slide s = sard_slide_start(&j->window, &j->x, row, first, count); s.more; sard_slide_next(&s)) {
        sard_line_read(j->dtype, j->in, channel + s.offset, s.step, s.n, x);
        for (int64_t i = 0; i < s.n; i++)
            sums[s.from + i] += p == 1 ? fabs(x[i]) : p == 2 ? x[i] * x[i] : pow(fabs(x[i]), (double)p);
    }
    for (int64_t i = 0; i < count; i++)
        sums[i] = p == 1 ? sums[i] : p == 2 ? sqrt(sums[i]) : pow(sums[i], 1 / (double)p);
}

typedef void columns_function(const sard_pool_job *j, int64_t channel, const int64_t *row, int64_t first, int64_t count, double *sums);

static void pool_channel(const sard_pool_job *j, int64_t index, columns_function *pool)
{
    const int last = j->y.count - 1;
    const int64_t n = index / j->x.c, c = index % j->x.c, columns = j->y.size[last], step = j->y.stride[last];
    for (sard_walk row = sard_walk_start(last, j->y.size, j->y.stride, NULL, NULL); row.more; sard_walk_next(&row))
        for (int64_t first = 0; first < columns; first += SARD_LINE) {
            double sums[SARD_LINE];
            const int64_t count = columns - first < SARD_LINE ? columns - first : SARD_LINE;
            memset(sums, 0, (size_t)count * sizeof *sums);
            pool(j, n * j->x.stride_n + c * j->x.stride_c, row.index, first, count, sums);
            sard_line_write(j->dtype, j->out, n * j->y.stride_n + c * j->y.stride_c + row.offset[0] + first * step, step, count, sums);
        }
}

static void average_channel(void *arg, size_t index) { pool_channel(arg, (int64_t)index, average_columns); }
static void norm_channel(void *arg, size_t index) { pool_channel(arg, (int64_t)index, norm_columns); }
static sard_status eval_average(const sard_call *call) { return sard_pool_slide(call, average_channel); }
static sard_status eval_norm(const sard_call *call) { return sard_pool_slide(call, norm_channel); }

const sard_op sard_op_average_pool = {.struct_size = sizeof(sard_op),
                                      .domain = "",
                                      .name = "AveragePool",
                                      .since = 22,
                                      .traits = SARD_SPATIAL,
                                      .inputs = inputs,
                                      .outputs = outputs,
                                      .attrs = average_attrs,
                                      .attrs_size = sizeof(sard_pool_attrs),
                                      .infer = sard_pool_infer,
                                      .eval = eval_average,
                                      .work = sard_pool_work};

const sard_op sard_op_lp_pool = {.struct_size = sizeof(sard_op),
                                 .domain = "",
                                 .name = "LpPool",
                                 .since = 22,
                                 .traits = SARD_SPATIAL,
                                 .inputs = inputs,
                                 .outputs = outputs,
                                 .attrs = lp_attrs,
                                 .attrs_size = sizeof(sard_pool_attrs),
                                 .infer = sard_pool_infer,
                                 .eval = eval_norm,
                                 .work = sard_pool_work};
