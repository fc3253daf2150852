/* MaxPool: the largest element of each window; padding is lower than any number, NaN higher
 *
 * in   X: N, C, spatial
 * out  Y; Indices: where in the flat N, C, spatial tensor the first of the largest stands, with storage_order 1 the spatial dimensions
 *      counted the other way round. They count as in N, C, spatial whatever the layout is. */
#include "ops/lib/line.h"
#include "ops/pool.h"

#include <math.h>

#define TYPES (SARD_SET_FLOAT | SARD_SET(I8) | SARD_SET(U8))

static const sard_attr_spec attrs[] = {SARD_POOL_ATTRS, SARD_INT_IN(sard_pool_attrs, storage_order, 0, 0, 1), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("X", 'T', TYPES), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("Y", 'T', TYPES), SARD_PORT_OPTIONAL("Indices", 'I', SARD_SET(I64)), SARD_PORTS_END};

static bool is_larger(double x, double best) { return x > best || (x != x && best == best); }

static void fold(double *restrict best, const double *restrict x, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        best[i] = is_larger(x[i], best[i]) ? x[i] : best[i];
}

/* Number of the place `at` within a channel, and what one step along the last dimension adds to it. */
static int64_t number_of(const sard_spatial *x, const int64_t *at, bool reversed, int64_t *step)
{
    int64_t number = 0, size = 1;
    *step = 0;
    for (int k = 0; k < x->count; k++) {
        const int i = reversed ? k : x->count - 1 - k;
        if (i == x->count - 1)
            *step = size;
        number += at[i] * size;
        size *= x->size[i];
    }
    return number;
}

static void fold_indexed(const sard_pool_job *j, const sard_slide *s, int64_t base, double *best, int64_t *where, const double *x)
{
    int64_t step, number = base + number_of(&j->x, s->at, j->attrs->storage_order, &step);
    step *= j->window.stride[j->window.count - 1];
    for (int64_t i = 0; i < s->n; i++, number += step)
        if (is_larger(x[i], best[i]) || where[i] < 0) {
            best[i] = x[i];
            where[i] = number;
        }
}

/* `base`: number of the channel's first element in N, C, spatial order. */
static void pool_columns(const sard_pool_job *j, int64_t channel, int64_t base, const int64_t *row, int64_t first, int64_t count,
                         double *best, int64_t *where)
{
    double x[SARD_LINE];
    for (int64_t i = 0; i < count; i++) {
        best[i] = -INFINITY; /* narrowed to the lowest integer */
        where[i] = -1;
    }
    for (sard_slide s = sard_slide_start(&j->window, &j->x, row, first, count); s.more; sard_slide_next(&s)) {
        sard_line_read(j->dtype, j->in, channel + s.offset, s.step, s.n, x);
        if (j->indices)
            fold_indexed(j, &s, base, best + s.from, where + s.from, x);
        else
            fold(best + s.from, x, s.n);
    }
}

static void pool_channel(void *arg, size_t index)
{
    const sard_pool_job *j = arg;
    double best[SARD_LINE];
    int64_t where[SARD_LINE], base = (int64_t)index;
    const int last = j->y.count - 1;
    const int64_t n = (int64_t)index / j->x.c, c = (int64_t)index % j->x.c, columns = j->y.size[last], step = j->y.stride[last];
    for (int i = 0; i <= last; i++)
        base *= j->x.size[i];
    for (sard_walk row = sard_walk_start(last, j->y.size, j->y.stride, NULL, NULL); row.more; sard_walk_next(&row))
        for (int64_t first = 0; first < columns; first += SARD_LINE) {
            const int64_t count = columns - first < SARD_LINE ? columns - first : SARD_LINE;
            const int64_t to = n * j->y.stride_n + c * j->y.stride_c + row.offset[0] + first * step;
            pool_columns(j, n * j->x.stride_n + c * j->x.stride_c, base, row.index, first, count, best, where);
            if (j->out)
                sard_line_write(j->dtype, j->out, to, step, count, best);
            for (int64_t i = 0; j->indices && i < count; i++)
                j->indices[to + i * step] = where[i];
        }
}

static sard_status eval(const sard_call *call) { return sard_pool_slide(call, pool_channel); }

const sard_op sard_op_max_pool = {.struct_size = sizeof(sard_op),
                                  .domain = "",
                                  .name = "MaxPool",
                                  .since = 22,
                                  .traits = SARD_SPATIAL,
                                  .inputs = inputs,
                                  .outputs = outputs,
                                  .attrs = attrs,
                                  .attrs_size = sizeof(sard_pool_attrs),
                                  .infer = sard_pool_infer,
                                  .eval = eval,
                                  .work = sard_pool_work};
