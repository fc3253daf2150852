/* The sums of Conv, ConvInteger and QLinearConv: a row of the result at a time, in double, in either layout. */
#include "ops/conv.h"
#include "ops/lib/line.h"
#include "ops/lib/product.h"
#include "ops/lib/slide.h"

typedef struct job {
    const sard_conv_parts *parts;
    sard_product_function *product;
    sard_spatial x, y;
    sard_window window;
    int64_t depth, filters, taps; /* channels and filters of a group */
    size_t x_size, w_size;
    sard_dtype dtype;
    void *out;
} job;

static void sum_columns(const job *j, int64_t n, int64_t m, const int64_t *row, int64_t first, int64_t count, double *sums)
{
    const sard_tensor *zeros = j->parts->w_zeros;
    const char *weights = (const char *)j->parts->w->data + m * j->depth * j->taps * (int64_t)j->w_size;
    const char *x = (const char *)j->parts->x->data + (n * j->x.stride_n + m / j->filters * j->depth * j->x.stride_c) * (int64_t)j->x_size;
    sard_product p = {.step = j->taps, .row = j->x.stride_c, .depth = j->depth, .m_zero = j->parts->x_zero};
    if (zeros)
        p.v_zero = sard_get_int(zeros, sard_tensor_count(zeros) > 1 ? (size_t)m : 0);
    for (int64_t i = 0; i < count; i++)
        sums[i] = 0;
    for (sard_slide s = sard_slide_start(&j->window, &j->x, row, first, count); s.more; sard_slide_next(&s)) {
        p.v = weights + s.tap_index * (int64_t)j->w_size;
        p.m = x + s.offset * (int64_t)j->x_size;
        p.column = s.step;
        j->product(&p, s.n, sums + s.from);
    }
}

/* One channel of one image. */
static void sum_channel(void *arg, size_t index)
{
    const job *j = arg;
    double sums[SARD_LINE];
    const int last = j->y.count - 1;
    const int64_t n = (int64_t)index / j->y.c, m = (int64_t)index % j->y.c, columns = j->y.size[last];
    const int64_t start = n * j->y.stride_n + m * j->y.stride_c;
    for (sard_walk row = sard_walk_start(last, j->y.size, j->y.stride, NULL, NULL); row.more; sard_walk_next(&row))
        for (int64_t first = 0; first < columns; first += SARD_LINE) {
            const int64_t count = columns - first < SARD_LINE ? columns - first : SARD_LINE;
            sum_columns(j, n, m, row.index, first, count, sums);
            if (j->parts->finish)
                j->parts->finish(j->parts->arg, m, sums, count);
            sard_line_write(j->dtype, j->out, start + row.offset[0] + first * j->y.stride[last], j->y.stride[last], count, sums);
        }
}

sard_status sard_conv_eval(const sard_call *call, const sard_conv_parts *parts)
{
    const sard_conv_attrs *a = call->attrs;
    const sard_tensor *x = parts->x, *w = parts->w, *y = &call->outputs[0];
    const sard_layout layout = call->node->layout;
    job j = {.parts = parts,
             .product = sard_product_of(w->dtype, x->dtype),
             .x = sard_spatial_of(layout, x->rank, x->dims, x->ld),
             .y = sard_spatial_of(layout, y->rank, y->dims, y->ld),
             .depth = w->dims[1],
             .filters = w->dims[0] / a->group,
             .taps = 1,
             .x_size = sard_dtype_size(x->dtype),
             .w_size = sard_dtype_size(w->dtype),
             .dtype = y->dtype,
             .out = y->data};
    const sard_status status = sard_window_make(call->node, j.x.count, j.x.size, w->dims + 2, a->strides, a->dilations, a->pads,
                                                a->auto_pad, false, &j.window, call->error);
    if (status)
        return status;
    for (int i = 2; i < w->rank; i++)
        j.taps *= w->dims[i];
    sard_call_parallel(call, (size_t)(j.y.n * j.y.c), sum_channel, &j);
    return SARD_OK;
}
