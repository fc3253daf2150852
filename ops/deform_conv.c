/* DeformConv: a Conv in two dimensions whose taps look at places moved by `offset`, read by bilinear interpolation (zero outside), and
 * are multiplied by `mask`
 *
 * in   X: N, C, H, W; W: M, C / group, kernel; offset: N, offset_group * taps * 2 (y, x), output size; B: M, optional;
 *      mask: N, offset_group * taps, output size, optional
 * out  Y: N, M, output size */
#include "ops/lib/line.h"
#include "ops/lib/util.h"

#include <inttypes.h>
#include <math.h>

typedef struct deform_conv {
    int64_t group, offset_group;
    sard_ints kernel_shape, strides, dilations, pads;
} deform_conv;

static const sard_attr_spec attrs[] = {SARD_INT_IN(deform_conv, group, 1, 1, INT32_MAX),
                                       SARD_INT_IN(deform_conv, offset_group, 1, 1, INT32_MAX),
                                       SARD_LIST(deform_conv, kernel_shape),
                                       SARD_LIST(deform_conv, strides),
                                       SARD_LIST(deform_conv, dilations),
                                       SARD_LIST(deform_conv, pads),
                                       SARD_ATTRS_END};

enum { X, W, OFFSET, B, MASK };
static const sard_port inputs[] = {SARD_PORT("X", 'T', SARD_SET_FLOAT),
                                   SARD_PORT("W", 'T', SARD_SET_FLOAT),
                                   SARD_PORT("offset", 'T', SARD_SET_FLOAT),
                                   SARD_PORT_OPTIONAL("B", 'T', SARD_SET_FLOAT),
                                   SARD_PORT_OPTIONAL("mask", 'T', SARD_SET_FLOAT),
                                   SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("Y", 'T', SARD_SET_FLOAT), SARD_PORTS_END};

static sard_status check_dim(const sard_node *node, size_t input, int dim, int64_t want, sard_error *error)
{
    const int64_t have = node->inputs[input]->dims[dim];
    if (have >= 0 && want >= 0 && have != want)
        return sard_node_fail(node, error, SARD_SHAPE, "dimension %d of %s is %" PRId64 ", must be %" PRId64, dim, inputs[input].name, have,
                              want);
    return SARD_OK;
}

/* A product of sizes; unknown if one is, or if it is too large to be any dimension. */
static int64_t product(int64_t a, int64_t b)
{
    int64_t out;
    return a < 0 || b < 0 || __builtin_mul_overflow(a, b, &out) ? SARD_UNKNOWN_DIM : out;
}

/* offset or mask, with `each` values for a tap. */
static sard_status check_field(const sard_node *node, size_t input, int64_t each, const sard_window *w, sard_error *error)
{
    const deform_conv *a = node->attrs;
    const sard_value *weights = node->inputs[W];
    const int64_t taps = product(weights->dims[2], weights->dims[3]);
    sard_status status = check_dim(node, input, 0, node->inputs[X]->dims[0], error);
    if (!status)
        status = check_dim(node, input, 1, product(product(taps, each), a->offset_group), error);
    for (int i = 0; !status && i < 2; i++)
        status = check_dim(node, input, 2 + i, w->out[i], error);
    return status;
}

static sard_status check_channels(const sard_node *node, sard_error *error)
{
    const deform_conv *a = node->attrs;
    const int64_t c = node->inputs[X]->dims[1], m = node->inputs[W]->dims[0];
    if ((m >= 0 && m % a->group) || (c >= 0 && (c % a->group || c % a->offset_group)))
        return sard_node_fail(node, error, SARD_SHAPE,
                              "%" PRId64 " channels, %" PRId64 " filters in %" PRId64 " groups, %" PRId64 " offset groups", c, m, a->group,
                              a->offset_group);
    return check_dim(node, W, 1, c < 0 ? SARD_UNKNOWN_DIM : c / a->group, error);
}

static sard_status window_of(const sard_node *node, const int64_t *size, const int64_t *kernel, sard_window *out, sard_error *error)
{
    const deform_conv *a = node->attrs;
    int64_t known[2];
    for (int i = 0; i < 2; i++) {
        if (a->kernel_shape.data && (a->kernel_shape.count != 2 || (kernel[i] >= 0 && kernel[i] != a->kernel_shape.data[i])))
            return sard_node_fail(node, error, SARD_SHAPE, "kernel_shape is not that of W");
        known[i] = kernel[i] < 0 ? 1 : kernel[i];
    }
    const sard_status status =
        sard_window_make(node, 2, size, known, a->strides, a->dilations, a->pads, SARD_AUTO_NOTSET, false, out, error);
    for (int i = 0; !status && i < 2; i++)
        if (kernel[i] < 0)
            out->out[i] = SARD_UNKNOWN_DIM;
    return status;
}

static sard_status infer(sard_node *node, sard_error *error)
{
    const sard_value *x = node->inputs[X], *w = node->inputs[W];
    const bool masked = sard_has_input(node, MASK);
    if (x->rank != 4)
        return sard_node_fail(node, error, SARD_UNSUPPORTED, "an input of rank %d is not supported, only images: 4", x->rank);
    if (w->rank != 4 || node->inputs[OFFSET]->rank != 4 || (masked && node->inputs[MASK]->rank != 4))
        return sard_node_fail(node, error, SARD_SHAPE, "W, offset and mask must have rank 4");
    sard_window window = {.count = 2};
    sard_status status = check_channels(node, error);
    if (!status)
        status = window_of(node, x->dims + 2, w->dims + 2, &window, error);
    if (!status)
        status = check_field(node, OFFSET, 2, &window, error);
    if (!status && masked)
        status = check_field(node, MASK, 1, &window, error);
    if (status)
        return status;
    if (sard_has_input(node, B) && (node->inputs[B]->rank != 1 || check_dim(node, B, 0, w->dims[0], error)))
        return sard_node_fail(node, error, SARD_SHAPE, "B must be a vector of %" PRId64 " elements", w->dims[0]);
    const int64_t dims[] = {x->dims[0], w->dims[0], window.out[0], window.out[1]};
    return sard_node_set_output(node, 0, x->dtype, 4, dims, error);
}

typedef struct job {
    const sard_tensor *in, *y;
    bool biased, masked;
    sard_window window;
    int64_t groups, depth, filters; /* channels and filters of a group */
    int64_t offset_groups, taps;
} job;

static double pixel(const sard_tensor *x, int64_t plane, int64_t row, int64_t column)
{
    if (row < 0 || row >= x->dims[2] || column < 0 || column >= x->dims[3])
        return 0;
    return sard_get(x, (size_t)((plane * x->dims[2] + row) * x->dims[3] + column));
}

static double sample(const sard_tensor *x, int64_t plane, double row, double column)
{
    if (!(row > -1 && row < (double)x->dims[2] && column > -1 && column < (double)x->dims[3]))
        return 0; /* NaN too */
    const double top = floor(row), left = floor(column), down = row - top, right = column - left;
    const int64_t r = (int64_t)top, c = (int64_t)left;
    return (1 - down) * ((1 - right) * pixel(x, plane, r, c) + right * pixel(x, plane, r, c + 1)) +
           down * ((1 - right) * pixel(x, plane, r + 1, c) + right * pixel(x, plane, r + 1, c + 1));
}

/* What tap (ky, kx) sees of a channel for the result at oy, ox. */
static double look(const job *j, int64_t n, int64_t channel, int64_t tap, int64_t oy, int64_t ox)
{
    const sard_window *w = &j->window;
    const sard_tensor *x = &j->in[X];
    const int64_t field = channel / (x->dims[1] / j->offset_groups) * j->taps + tap, area = w->out[0] * w->out[1];
    const int64_t place = oy * w->out[1] + ox, all = j->offset_groups * j->taps;
    const size_t at = (size_t)((n * all + field) * 2 * area + place);
    const int64_t ky = tap / w->kernel[1], kx = tap % w->kernel[1];
    const double row = (double)(oy * w->stride[0] + ky * w->dilation[0] - w->begin[0]) + sard_get(&j->in[OFFSET], at);
    const double column = (double)(ox * w->stride[1] + kx * w->dilation[1] - w->begin[1]) + sard_get(&j->in[OFFSET], at + (size_t)area);
    const double seen = sample(x, n * x->dims[1] + channel, row, column);
    return j->masked ? seen * sard_get(&j->in[MASK], (size_t)((n * all + field) * area + place)) : seen;
}

/* `count` filters from m on, of one group. */
static void sum_filters(const job *j, int64_t n, int64_t m, int64_t count, int64_t oy, int64_t ox)
{
    double sums[SARD_LINE] = {0}, weights[SARD_LINE];
    const int64_t area = j->window.out[0] * j->window.out[1], first = m / j->filters * j->depth;
    if (j->biased)
        sard_line_read(j->in[B].dtype, j->in[B].data, m, 1, count, sums);
    for (int64_t c = 0; c < j->depth; c++)
        for (int64_t tap = 0; tap < j->taps; tap++) {
            const double seen = look(j, n, first + c, tap, oy, ox);
            sard_line_read(j->in[W].dtype, j->in[W].data, (m * j->depth + c) * j->taps + tap, j->depth * j->taps, count, weights);
            for (int64_t i = 0; i < count; i++)
                sums[i] += seen * weights[i];
        }
    sard_line_write(j->y->dtype, j->y->data, (n * j->groups * j->filters + m) * area + oy * j->window.out[1] + ox, area, count, sums);
}

/* One row of one image. */
static void sum_row(void *arg, size_t index)
{
    const job *j = arg;
    const int64_t n = (int64_t)index / j->window.out[0], oy = (int64_t)index % j->window.out[0];
    for (int64_t ox = 0; ox < j->window.out[1]; ox++)
        for (int64_t g = 0; g < j->groups; g++)
            for (int64_t m = 0; m < j->filters; m += SARD_LINE)
                sum_filters(j, n, g * j->filters + m, j->filters - m < SARD_LINE ? j->filters - m : SARD_LINE, oy, ox);
}

static sard_status eval(const sard_call *call)
{
    const deform_conv *a = call->attrs;
    const sard_tensor *in = call->inputs;
    job j = {.in = in,
             .y = &call->outputs[0],
             .groups = a->group,
             .depth = in[W].dims[1],
             .filters = in[W].dims[0] / a->group,
             .offset_groups = a->offset_group,
             .taps = in[W].dims[2] * in[W].dims[3],
             .biased = call->input_count > B && in[B].dtype,
             .masked = call->input_count > MASK && in[MASK].dtype};
    const sard_status status = window_of(call->node, in[X].dims + 2, in[W].dims + 2, &j.window, call->error);
    if (!status)
        sard_call_parallel(call, (size_t)(in[X].dims[0] * j.window.out[0]), sum_row, &j);
    return status;
}

static double macs(const sard_node *node)
{
    double count = 1;
    for (int i = 1; i < 4; i++)
        count *= sard_extent(node->inputs[W]->dims[i]);
    for (int i = 0; node->outputs[0] && i < 4; i++)
        count *= sard_extent(node->outputs[0]->dims[i]);
    return count;
}

const sard_op sard_op_deform_conv = {.struct_size = sizeof(sard_op),
                                     .domain = "",
                                     .name = "DeformConv",
                                     .since = 22,
                                     .traits = SARD_MACS,
                                     .inputs = inputs,
                                     .outputs = outputs,
                                     .attrs = attrs,
                                     .attrs_size = sizeof(deform_conv),
                                     .infer = infer,
                                     .eval = eval,
                                     .macs = macs};
