/* Conv: y[n, m, o] = b[m] + sum over channels c of m's group and taps k of w[m, c, k] * x[n, c, o * stride + k * dilation - pad]
 *
 * in   X: N, C, spatial; W: M, C / group, kernel; B: M, optional
 * out  Y: N, M, spatial */
#include "ops/conv.h"

#include <inttypes.h>

const sard_attr_spec sard_conv_attr_specs[] = {SARD_INT_IN(sard_conv_attrs, group, 1, 1, INT32_MAX),
                                               SARD_CHOICE(sard_conv_attrs, auto_pad, "NOTSET", sard_auto_pad_words),
                                               SARD_LIST(sard_conv_attrs, kernel_shape),
                                               SARD_LIST(sard_conv_attrs, strides),
                                               SARD_LIST(sard_conv_attrs, dilations),
                                               SARD_LIST(sard_conv_attrs, pads),
                                               SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("X", 'T', SARD_SET_FLOAT), SARD_PORT("W", 'T', SARD_SET_FLOAT),
                                   SARD_PORT_OPTIONAL("B", 'T', SARD_SET_FLOAT), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("Y", 'T', SARD_SET_FLOAT), SARD_PORTS_END};

/* From the attribute and from W, which must agree; unknown where neither tells. */
static sard_status kernel_of(const sard_node *node, const sard_value *w, int count, int64_t *kernel, sard_error *error)
{
    const sard_ints given = ((const sard_conv_attrs *)node->attrs)->kernel_shape;
    if (given.data && given.count != (size_t)count)
        return sard_node_fail(node, error, SARD_SHAPE, "kernel_shape has %zu elements, must have %d", given.count, count);
    for (int i = 0; i < count; i++) {
        kernel[i] = w->dims[i + 2];
        if (!given.data)
            continue;
        if (kernel[i] >= 0 && kernel[i] != given.data[i])
            return sard_node_fail(node, error, SARD_SHAPE, "kernel_shape[%d] is %" PRId64 ", but dimension %d of W is %" PRId64, i,
                                  given.data[i], i + 2, kernel[i]);
        kernel[i] = given.data[i];
    }
    return SARD_OK;
}

static sard_status window_of(const sard_node *node, const sard_value *x, const sard_value *w, sard_window *out, sard_error *error)
{
    const sard_conv_attrs *a = node->attrs;
    const sard_spatial s = sard_spatial_of(node->layout, x->rank, x->dims, 0);
    int64_t kernel[SARD_MAX_SPATIAL] = {0}, known[SARD_MAX_SPATIAL];
    sard_status status = kernel_of(node, w, s.count, kernel, error);
    for (int i = 0; i < s.count; i++)
        known[i] = kernel[i] < 0 ? 1 : kernel[i];
    if (!status)
        status = sard_window_make(node, s.count, s.size, known, a->strides, a->dilations, a->pads, a->auto_pad, false, out, error);
    for (int i = 0; !status && i < s.count; i++)
        if (kernel[i] < 0)
            out->out[i] = SARD_UNKNOWN_DIM;
    return status;
}

sard_status sard_conv_window(const sard_node *node, sard_window *out, sard_error *error)
{
    return window_of(node, node->inputs[0], node->inputs[1], out, error);
}

static sard_status check_channels(const sard_node *node, int64_t c, const sard_value *w, sard_error *error)
{
    const int64_t group = ((const sard_conv_attrs *)node->attrs)->group, m = w->dims[0], each = w->dims[1];
    int64_t wanted;
    if (m >= 0 && m % group)
        return sard_node_fail(node, error, SARD_SHAPE, "%" PRId64 " output channels in %" PRId64 " groups", m, group);
    if (c >= 0 && each >= 0 && (__builtin_mul_overflow(each, group, &wanted) || wanted != c))
        return sard_node_fail(node, error, SARD_SHAPE,
                              "the input has %" PRId64 " channels, the weights want %" PRId64 " in each of %" PRId64 " groups", c, each,
                              group);
    return SARD_OK;
}

sard_status sard_conv_infer(sard_node *node, size_t x_at, size_t w_at, sard_dtype dtype, sard_error *error)
{
    const sard_value *x = node->inputs[x_at], *w = node->inputs[w_at];
    if (x->rank < 3)
        return sard_node_fail(node, error, SARD_SHAPE, "the input has rank %d, must have 3 or more", x->rank);
    if (w->rank != x->rank)
        return sard_node_fail(node, error, SARD_SHAPE, "the weights have rank %d, the input has %d", w->rank, x->rank);
    const sard_spatial s = sard_spatial_of(node->layout, x->rank, x->dims, 0);
    sard_window window;
    sard_status status = check_channels(node, s.c, w, error);
    if (!status)
        status = window_of(node, x, w, &window, error);
    if (status)
        return status;
    int64_t dims[SARD_MAX_RANK];
    sard_spatial_dims(node->layout, s.count, s.n, w->dims[0], window.out, dims);
    return sard_node_set_output(node, 0, dtype, x->rank, dims, error);
}

sard_status sard_conv_check_vector(const sard_node *node, size_t i, int64_t m, bool one, const char *what, sard_error *error)
{
    const sard_value *v = sard_has_input(node, i) ? node->inputs[i] : NULL;
    if (!v || (one && (v->rank == 0 || (v->rank == 1 && v->dims[0] == 1))))
        return SARD_OK;
    if (v->rank != 1 || (v->dims[0] >= 0 && m >= 0 && v->dims[0] != m))
        return sard_node_fail(node, error, SARD_SHAPE, "%s must be a vector of %" PRId64 " elements", what, m);
    return SARD_OK;
}

static sard_status infer(sard_node *node, sard_error *error)
{
    const sard_status status = sard_conv_infer(node, 0, 1, node->inputs[0]->dtype, error);
    return status ? status : sard_conv_check_vector(node, 2, node->inputs[1]->dims[0], false, "B", error);
}

static void add_bias(const void *arg, int64_t m, double *sums, int64_t n)
{
    const double bias = sard_get(arg, (size_t)m);
    for (int64_t i = 0; i < n; i++)
        sums[i] += bias;
}

static sard_status eval(const sard_call *call)
{
    const bool has_bias = call->input_count > 2 && call->inputs[2].dtype;
    const sard_conv_parts parts = {
        .x = &call->inputs[0], .w = &call->inputs[1], .finish = has_bias ? add_bias : NULL, .arg = &call->inputs[2]};
    return sard_conv_eval(call, &parts);
}

double sard_conv_macs_of(const sard_value *y, const sard_value *w)
{
    double count = 1;
    for (int i = 0; i < y->rank; i++)
        count *= sard_extent(y->dims[i]);
    for (int i = 1; i < w->rank; i++)
        count *= sard_extent(w->dims[i]);
    return count;
}

static double macs(const sard_node *node) { return node->outputs[0] ? sard_conv_macs_of(node->outputs[0], node->inputs[1]) : 0; }

const sard_op sard_op_conv = {.struct_size = sizeof(sard_op),
                              .domain = "",
                              .name = "Conv",
                              .since = 22,
                              .traits = SARD_SPATIAL | SARD_MACS,
                              .inputs = inputs,
                              .outputs = outputs,
                              .attrs = sard_conv_attr_specs,
                              .attrs_size = sizeof(sard_conv_attrs),
                              .infer = infer,
                              .eval = eval,
                              .macs = macs};
