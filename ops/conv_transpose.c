/* ConvTranspose: x[n, c, i] * w[c, m, k] is added to y[n, m, i * stride + k * dilation - pad], for all c of m's group; then b[m]
 *
 * in   X: N, C, spatial; W: C, M / group, kernel; B: M, optional
 * out  Y: N, M, spatial, of (input - 1) * stride + output_padding + (kernel - 1) * dilation + 1 - pads each; or, with output_shape or
 *      auto_pad SAME_* (input * stride), of that size: the pads follow */
#include "ops/conv_transpose.h"
#include "ops/lib/line.h"
#include "ops/lib/product.h"

#include <inttypes.h>

typedef sard_conv_transpose_attrs attributes;

static const sard_attr_spec attrs[] = {SARD_INT_IN(attributes, group, 1, 1, INT32_MAX),
                                       SARD_CHOICE(attributes, auto_pad, "NOTSET", sard_auto_pad_words),
                                       SARD_LIST(attributes, kernel_shape),
                                       SARD_LIST(attributes, strides),
                                       SARD_LIST(attributes, dilations),
                                       SARD_LIST(attributes, pads),
                                       SARD_LIST_IN(attributes, output_padding, 0, INT32_MAX),
                                       SARD_LIST_IN(attributes, output_shape, 0, INT64_MAX / 4),
                                       SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("X", 'T', SARD_SET_FLOAT), SARD_PORT("W", 'T', SARD_SET_FLOAT),
                                   SARD_PORT_OPTIONAL("B", 'T', SARD_SET_FLOAT), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("Y", 'T', SARD_SET_FLOAT), SARD_PORTS_END};

static sard_status check_lists(const sard_node *node, const sard_value *w, int count, sard_error *error)
{
    const attributes *a = node->attrs;
    const size_t shape = a->output_shape.count, all = (size_t)count;
    if (a->kernel_shape.data && a->kernel_shape.count != all)
        return sard_node_fail(node, error, SARD_SHAPE, "kernel_shape has %zu elements, must have %d", a->kernel_shape.count, count);
    if (a->output_padding.data && a->output_padding.count != all)
        return sard_node_fail(node, error, SARD_SHAPE, "output_padding has %zu elements, must have %d", a->output_padding.count, count);
    if (a->output_shape.data && shape != all && shape != all + 2) /* some write N and C too */
        return sard_node_fail(node, error, SARD_SHAPE, "output_shape has %zu elements, must have %d", shape, count);
    for (int i = 0; a->kernel_shape.data && i < count; i++)
        if (w->dims[i + 2] >= 0 && w->dims[i + 2] != a->kernel_shape.data[i])
            return sard_node_fail(node, error, SARD_SHAPE, "kernel_shape[%d] is %" PRId64 ", but dimension %d of W is %" PRId64, i,
                                  a->kernel_shape.data[i], i + 2, w->dims[i + 2]);
    return SARD_OK;
}

/* Size and pads of dimension i of the result. */
static sard_status resolve(const sard_node *node, sard_window *w, int i, int64_t size, sard_error *error)
{
    const attributes *a = node->attrs;
    const bool same = a->auto_pad == SARD_AUTO_SAME_UPPER || a->auto_pad == SARD_AUTO_SAME_LOWER;
    const int64_t wanted = a->output_shape.data ? a->output_shape.data[a->output_shape.count - (size_t)(w->count - i)] : -1;
    const int64_t more = a->output_padding.data ? a->output_padding.data[i] : 0;
    int64_t full;
    w->out[i] = wanted >= 0 ? wanted : SARD_UNKNOWN_DIM;
    if (size < 0)
        return SARD_OK;
    if (__builtin_mul_overflow(size - 1, w->stride[i], &full) || full > INT64_MAX / 4)
        return sard_node_fail(node, error, SARD_SHAPE, "spatial dimension %d is %" PRId64, i, size);
    full += more + (w->kernel[i] - 1) * w->dilation[i] + 1;
    if (wanted < 0 && !same) {
        w->out[i] = full - w->begin[i] - w->end[i];
        return w->out[i] >= 0
                 ? SARD_OK
                 : sard_node_fail(node, error, SARD_SHAPE, "spatial dimension %d of the result would be %" PRId64, i, w->out[i]);
    }
    if (wanted < 0)
        w->out[i] = size * w->stride[i];
    const int64_t total = full > w->out[i] ? full - w->out[i] : 0;
    w->begin[i] = a->auto_pad == SARD_AUTO_SAME_UPPER ? total / 2 : total - total / 2;
    w->end[i] = total - w->begin[i];
    return SARD_OK;
}

static sard_status window_of(const sard_node *node, const int64_t *size, const int64_t *kernel, sard_window *out, sard_error *error)
{
    const attributes *a = node->attrs;
    const int count = node->inputs[0]->rank - 2;
    const int64_t unknown[SARD_MAX_SPATIAL] = {-1, -1, -1, -1, -1, -1};
    const int64_t auto_pad = a->auto_pad == SARD_AUTO_VALID ? SARD_AUTO_VALID : SARD_AUTO_NOTSET;
    sard_status status = sard_window_make(node, count, unknown, kernel, a->strides, a->dilations, a->pads, auto_pad, false, out, error);
    for (int i = 0; !status && i < count; i++)
        status = resolve(node, out, i, size[i], error);
    return status;
}

sard_status sard_conv_transpose_window(const sard_node *node, sard_window *out, sard_error *error)
{
    const attributes *a = node->attrs;
    const sard_value *x = node->inputs[0], *w = node->inputs[1];
    const sard_spatial s = sard_spatial_of(node->layout, x->rank, x->dims, 0);
    int64_t kernel[SARD_MAX_SPATIAL], size[SARD_MAX_SPATIAL];
    sard_status status = check_lists(node, w, s.count, error);
    for (int i = 0; !status && i < s.count; i++) {
        const int64_t known = a->kernel_shape.data ? a->kernel_shape.data[i] : w->dims[i + 2];
        kernel[i] = known < 0 ? 1 : known;
        size[i] = known < 0 ? SARD_UNKNOWN_DIM : s.size[i];
    }
    return status ? status : window_of(node, size, kernel, out, error);
}

static sard_status infer(sard_node *node, sard_error *error)
{
    const attributes *a = node->attrs;
    const sard_value *x = node->inputs[0], *w = node->inputs[1], *b = sard_has_input(node, 2) ? node->inputs[2] : NULL;
    if (x->rank < 3 || w->rank != x->rank)
        return sard_node_fail(node, error, SARD_SHAPE, "X has rank %d, W has %d: both must be the same, 3 or more", x->rank, w->rank);
    const sard_spatial s = sard_spatial_of(node->layout, x->rank, x->dims, 0);
    int64_t m = w->dims[1];
    if (m >= 0 && __builtin_mul_overflow(m, a->group, &m))
        return sard_node_fail(node, error, SARD_SHAPE, "too many output channels");
    m = m < 0 && a->group > 1 ? SARD_UNKNOWN_DIM : m;
    if (s.c >= 0 && ((w->dims[0] >= 0 && w->dims[0] != s.c) || s.c % a->group))
        return sard_node_fail(node, error, SARD_SHAPE, "X has %" PRId64 " channels, W wants %" PRId64 " in %" PRId64 " groups", s.c,
                              w->dims[0], a->group);
    if (b && (b->rank != 1 || (b->dims[0] >= 0 && m >= 0 && b->dims[0] != m)))
        return sard_node_fail(node, error, SARD_SHAPE, "B must be a vector of %" PRId64 " elements", m);
    sard_window window;
    const sard_status status = sard_conv_transpose_window(node, &window, error);
    if (status)
        return status;
    int64_t dims[SARD_MAX_RANK];
    sard_spatial_dims(node->layout, s.count, s.n, m, window.out, dims);
    return sard_node_set_output(node, 0, x->dtype, x->rank, dims, error);
}

/* ---- evaluation: each row of the result gathers what reaches it ---- */

typedef struct job {
    const sard_tensor *x, *w, *bias, *y; /* bias NULL: none */
    sard_product_function *product;
    sard_spatial in, out;
    sard_window window;
    int64_t depth, filters, taps; /* channels and filters of a group */
} job;

/* Where in x the tap comes from for a row of the result; false: from nowhere. Not of the last dimension. */
static bool source(const job *j, const int64_t *row, const int64_t *tap, int64_t *offset)
{
    const sard_window *w = &j->window;
    for (int i = 0; i < w->count - 1; i++) {
        const int64_t at = row[i] + w->begin[i] - tap[i] * w->dilation[i];
        if (at < 0 || at % w->stride[i] || at / w->stride[i] >= j->in.size[i])
            return false;
        *offset += at / w->stride[i] * j->in.stride[i];
    }
    return true;
}

/* Adds what one tap brings to columns first .. first+count-1: element i of x's row goes to column i * stride + shift. */
static void add_tap(const job *j, sard_product *p, int64_t tap, int64_t first, int64_t count, double *sums)
{
    double part[SARD_LINE];
    const sard_window *w = &j->window;
    const int last = w->count - 1;
    const int64_t stride = w->stride[last], shift = tap * w->dilation[last] - w->begin[last];
    const int64_t low = first > shift ? (first - shift + stride - 1) / stride : 0;
    const int64_t end = first + count > shift ? (first + count - 1 - shift) / stride + 1 : 0;
    const int64_t n = (end < j->in.size[last] ? end : j->in.size[last]) - low;
    if (n <= 0)
        return;
    for (int64_t i = 0; i < n; i++)
        part[i] = 0;
    p->m = (const char *)p->m + low * p->column * (int64_t)sard_dtype_size(j->x->dtype);
    j->product(p, n, part);
    for (int64_t i = 0; i < n; i++)
        sums[(low + i) * stride + shift - first] += part[i];
}

static void sum_columns(const job *j, int64_t n, int64_t m, const int64_t *row, int64_t first, int64_t count, double *sums)
{
    const int64_t size = (int64_t)sard_dtype_size(j->x->dtype), channel = m / j->filters * j->depth;
    const char *x = (const char *)j->x->data + (n * j->in.stride_n + channel * j->in.stride_c) * size;
    const char *weights = (const char *)j->w->data + (channel * j->filters + m % j->filters) * j->taps * size;
    sard_product p = {.step = j->filters * j->taps, .row = j->in.stride_c, .column = j->in.stride[j->in.count - 1], .depth = j->depth};
    for (int64_t i = 0; i < count; i++)
        sums[i] = 0;
    for (sard_walk tap = sard_walk_start(j->window.count, j->window.kernel, NULL, NULL, NULL); tap.more; sard_walk_next(&tap)) {
        int64_t offset = 0;
        p.v = weights;
        weights += size;
        if (!source(j, row, tap.index, &offset))
            continue;
        p.m = x + offset * size;
        add_tap(j, &p, tap.index[j->window.count - 1], first, count, sums);
    }
}

/* One channel of one image. */
static void sum_channel(void *arg, size_t index)
{
    const job *j = arg;
    double sums[SARD_LINE];
    const int last = j->out.count - 1;
    const int64_t n = (int64_t)index / j->out.c, m = (int64_t)index % j->out.c, columns = j->out.size[last];
    const int64_t start = n * j->out.stride_n + m * j->out.stride_c, step = j->out.stride[last];
    const double bias = j->bias ? sard_get(j->bias, (size_t)m) : 0;
    for (sard_walk row = sard_walk_start(last, j->out.size, j->out.stride, NULL, NULL); row.more; sard_walk_next(&row))
        for (int64_t first = 0; first < columns; first += SARD_LINE) {
            const int64_t count = columns - first < SARD_LINE ? columns - first : SARD_LINE;
            sum_columns(j, n, m, row.index, first, count, sums);
            for (int64_t i = 0; i < count; i++)
                sums[i] += bias;
            sard_line_write(j->y->dtype, j->y->data, start + row.offset[0] + first * step, step, count, sums);
        }
}

static sard_status eval(const sard_call *call)
{
    const attributes *a = call->attrs;
    const sard_tensor *x = &call->inputs[0], *w = &call->inputs[1], *y = &call->outputs[0];
    const sard_layout layout = call->node->layout;
    job j = {.x = x,
             .w = w,
             .y = y,
             .product = sard_product_of(w->dtype, x->dtype),
             .bias = call->input_count > 2 && call->inputs[2].dtype ? &call->inputs[2] : NULL,
             .in = sard_spatial_of(layout, x->rank, x->dims, x->ld),
             .out = sard_spatial_of(layout, y->rank, y->dims, y->ld),
             .depth = w->dims[0] / a->group,
             .filters = w->dims[1],
             .taps = 1};
    for (int i = 2; i < w->rank; i++)
        j.taps *= w->dims[i];
    const sard_status status = window_of(call->node, j.in.size, w->dims + 2, &j.window, call->error);
    if (!status)
        sard_call_parallel(call, (size_t)(j.out.n * j.out.c), sum_channel, &j);
    return status;
}

static double macs(const sard_node *node)
{
    const sard_value *x = node->inputs[0], *w = node->inputs[1];
    double count = 1;
    for (int i = 0; i < x->rank; i++)
        count *= sard_extent(x->dims[i]);
    for (int i = 1; i < w->rank; i++)
        count *= sard_extent(w->dims[i]);
    return count;
}

const sard_op sard_op_conv_transpose = {.struct_size = sizeof(sard_op),
                                        .domain = "",
                                        .name = "ConvTranspose",
                                        .since = 22,
                                        .traits = SARD_SPATIAL | SARD_MACS,
                                        .inputs = inputs,
                                        .outputs = outputs,
                                        .attrs = attrs,
                                        .attrs_size = sizeof(attributes),
                                        .infer = infer,
                                        .eval = eval,
                                        .macs = macs};
