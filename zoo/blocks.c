/* Blocks with their expected moments. */
#include "zoo/blocks.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

void zoo_fail(zoo_net *net, sard_status status, const char *format, ...)
{
    char text[600];
    va_list list;
    if (net->status)
        return;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    net->status = sard_fail(net->error, status, "%s", text);
}

zoo_name zoo_format(const char *format, ...)
{
    zoo_name name;
    va_list list;
    va_start(list, format);
    vsnprintf(name.text, sizeof name.text, format, list);
    va_end(list);
    return name;
}

/* ---- pieces ---- */

static sard_attr int_attr(const char *name, int64_t value) { return (sard_attr){.name = name, .kind = SARD_ATTR_INT, .i = value}; }
static sard_attr float_attr(const char *name, float value) { return (sard_attr){.name = name, .kind = SARD_ATTR_FLOAT, .f = value}; }

static sard_attr ints_attr(const char *name, const int64_t *values, size_t count)
{
    return (sard_attr){.name = name, .kind = SARD_ATTR_INTS, .count = count, .ints = values};
}

/* A node with one result, or NULL. */
static sard_value *add_node(zoo_net *net, const char *op, const char *name, sard_value *const *inputs, size_t input_count,
                            const sard_attr *attrs, size_t attr_count)
{
    sard_node *node;
    if (net->status)
        return NULL;
    net->status = sard_graph_add_node(net->graph, "", op, name, inputs, input_count, attrs, attr_count, 1, &node, net->error);
    return net->status ? NULL : sard_node_output(node, 0);
}

/* Room for a parameter "owner.kind", and the constant over it. *data is NULL after a failure. */
static sard_value *add_parameter(zoo_net *net, const char *owner, const char *kind, int rank, const int64_t *dims, float **data)
{
    sard_tensor tensor = {.dtype = SARD_F32, .rank = rank, .bytes = sizeof(float)};
    *data = NULL;
    if (net->status)
        return NULL;
    for (int i = 0; i < rank; i++) {
        tensor.dims[i] = dims[i];
        tensor.bytes *= (size_t)dims[i];
    }
    tensor.data = *data = sard_graph_alloc(net->graph, tensor.bytes);
    sard_value *value = *data ? sard_graph_add_constant(net->graph, zoo_format("%s.%s", owner, kind).text, &tensor) : NULL;
    if (!value) {
        *data = NULL;
        zoo_fail(net, SARD_NOMEM, "out of memory");
    }
    return value;
}

static void draw(const zoo_net *net, const char *owner, const char *kind, double mean, double deviation, float *out, size_t count)
{
    zoo_normal(net->seed, zoo_format("%s.%s", owner, kind).text, mean, deviation, out, count);
}

zoo_value zoo_picture(zoo_net *net, int64_t size)
{
    zoo_value out;
    const int64_t dims[] = {1, 3, size, size};
    if (!zoo_moments(net, 3, &out))
        return out;
    for (int c = 0; c < 3; c++)
        out.variance[c] = 1;
    out.value = sard_graph_add_input(net->graph, "input", SARD_F32, COUNT(dims), dims);
    if (!out.value)
        zoo_fail(net, SARD_NOMEM, "out of memory");
    return out;
}

void zoo_output(zoo_net *net, zoo_value x, const char *name)
{
    if (!net->status)
        net->status = sard_value_rename(x.value, name, net->error);
    if (!net->status && !sard_graph_add_output(net->graph, x.value))
        zoo_fail(net, SARD_NOMEM, "out of memory");
}

/* ---- what has weights ---- */

/* Moments of sums of `taps` inputs of each channel, times their weights: channels are taken for independent, taps too. */
static void sum_moments(const zoo_value *x, const float *weights, int64_t inputs, int64_t taps, zoo_value *out, int64_t groups)
{
    const int64_t per_group = out->channels / groups;
    for (int64_t o = 0; o < out->channels; o++) {
        const int64_t first = o / per_group * inputs;
        double mean = 0, variance = 0;
        for (int64_t i = 0; i < inputs; i++) {
            double sum = 0, squares = 0;
            for (int64_t t = 0; t < taps; t++) {
                const double w = (double)*weights++;
                sum += w;
                squares += w * w;
            }
            mean += sum * x->mean[first + i];
            variance += squares * x->variance[first + i];
        }
        out->mean[o] = zoo_coarse(mean);
        out->variance[o] = zoo_coarse(variance);
    }
}

/* Without a BatchNormalization behind it a layer has to keep the size of its results itself: He's rule with the true variance of what
 * comes in, and a bias that takes the mean away. */
static double deviation_of(const zoo_value *x, int64_t fan_in, bool bias)
{
    double variance = 0;
    for (int64_t c = 0; c < x->channels; c++)
        variance += x->variance[c];
    return zoo_coarse(bias ? sqrt((double)x->channels / (variance * (double)fan_in)) : sqrt(2 / (double)fan_in));
}

static void centre(zoo_net *net, const char *name, float *bias, zoo_value *out)
{
    draw(net, name, "bias", 0.3, 0.2, bias, (size_t)out->channels);
    for (int64_t o = 0; o < out->channels; o++) {
        const double wanted = (double)bias[o];
        bias[o] = (float)(wanted - out->mean[o]);
        out->mean[o] = wanted;
    }
}

zoo_value zoo_conv(zoo_net *net, zoo_value x, const char *name, zoo_window window)
{
    zoo_value out;
    float *weights, *bias = NULL;
    const int64_t groups = window.groups ? window.groups : 1, stride = window.stride ? window.stride : 1;
    const int64_t kernel_w = window.kernel_w ? window.kernel_w : window.kernel, pad_w = window.kernel_w ? window.pad_w : window.pad;
    if (!zoo_moments(net, window.channels, &out))
        return out;
    const int64_t dims[] = {window.channels, x.channels / groups, window.kernel, kernel_w};
    const int64_t taps = window.kernel * kernel_w, fan_in = dims[1] * taps;
    sard_value *inputs[3] = {x.value, add_parameter(net, name, "weight", COUNT(dims), dims, &weights)};
    if (window.bias)
        inputs[2] = add_parameter(net, name, "bias", 1, dims, &bias);
    if (net->status)
        return out;
    draw(net, name, "weight", 0, deviation_of(&x, fan_in, window.bias), weights, (size_t)(dims[0] * fan_in));
    sum_moments(&x, weights, dims[1], taps, &out, groups);
    if (bias)
        centre(net, name, bias, &out);
    const int64_t pads[] = {window.pad, pad_w, window.pad, pad_w}, strides[] = {stride, stride}, dilations[] = {1, 1};
    const sard_attr attrs[] = {ints_attr("dilations", dilations, 2), int_attr("group", groups), ints_attr("kernel_shape", dims + 2, 2),
                               ints_attr("pads", pads, 4), ints_attr("strides", strides, 2)};
    out.value = add_node(net, "Conv", name, inputs, bias ? 3 : 2, attrs, COUNT(attrs));
    return out;
}

zoo_value zoo_linear(zoo_net *net, zoo_value x, const char *name, int64_t channels, double gain)
{
    zoo_value out;
    float *weights, *bias;
    const int64_t dims[] = {channels, x.channels};
    if (!zoo_moments(net, channels, &out))
        return out;
    sard_value *const inputs[] = {x.value, add_parameter(net, name, "weight", 2, dims, &weights),
                                  add_parameter(net, name, "bias", 1, dims, &bias)};
    if (net->status)
        return out;
    draw(net, name, "weight", 0, gain * deviation_of(&x, x.channels, true), weights, (size_t)(dims[0] * dims[1]));
    sum_moments(&x, weights, x.channels, 1, &out, 1);
    centre(net, name, bias, &out);
    const sard_attr attrs[] = {int_attr("transB", 1)};
    out.value = add_node(net, "Gemm", name, inputs, COUNT(inputs), attrs, COUNT(attrs));
    return out;
}

zoo_value zoo_norm(zoo_net *net, zoo_value x, const char *name, float epsilon)
{
    static const char *const kinds[] = {"weight", "bias", "running_mean", "running_var"};
    zoo_value out;
    float *data[COUNT(kinds)];
    sard_value *inputs[1 + COUNT(kinds)] = {x.value};
    if (!zoo_moments(net, x.channels, &out))
        return out;
    for (size_t i = 0; i < COUNT(kinds); i++)
        inputs[i + 1] = add_parameter(net, name, kinds[i], 1, &x.channels, &data[i]);
    if (net->status)
        return out;
    draw(net, name, "weight", 1, 0.1, data[0], (size_t)x.channels);
    draw(net, name, "bias", 0.2, 0.2, data[1], (size_t)x.channels);
    for (int64_t c = 0; c < x.channels; c++) {
        data[2][c] = (float)x.mean[c];
        data[3][c] = (float)x.variance[c];
        out.mean[c] = (double)data[1][c];
        out.variance[c] = zoo_coarse((double)data[0][c] * (double)data[0][c]);
    }
    const sard_attr attrs[] = {float_attr("epsilon", epsilon)};
    out.value = add_node(net, "BatchNormalization", name, inputs, COUNT(inputs), attrs, COUNT(attrs));
    return out;
}

/* ---- what has none ---- */

static sard_value *bound(zoo_net *net, sard_value **known, const char *name, float value)
{
    float *data;
    if (!*known) {
        *known = add_parameter(net, "relu6", name, 0, NULL, &data);
        if (data)
            *data = value;
    }
    return *known;
}

static sard_value *activate(zoo_net *net, sard_value *x, const char *name, zoo_activation activation)
{
    const sard_attr alpha = float_attr("alpha", 1.0f / 6);
    switch (activation) {
    case ZOO_RELU:
        return add_node(net, "Relu", name, &x, 1, NULL, 0);
    case ZOO_RELU6: {
        sard_value *const inputs[] = {x, bound(net, &net->zero, "min", 0), bound(net, &net->six, "max", 6)};
        return add_node(net, "Clip", name, inputs, 3, NULL, 0);
    }
    case ZOO_HARD_SWISH:
        return add_node(net, "HardSwish", name, &x, 1, NULL, 0);
    case ZOO_SIGMOID:
        return add_node(net, "Sigmoid", name, &x, 1, NULL, 0);
    case ZOO_HARD_SIGMOID:
        return add_node(net, "HardSigmoid", name, &x, 1, &alpha, 1);
    case ZOO_SWISH: {
        sard_value *const inputs[] = {x, add_node(net, "Sigmoid", zoo_format("%s.sigmoid", name).text, &x, 1, NULL, 0)};
        return add_node(net, "Mul", name, inputs, 2, NULL, 0);
    }
    default:
        return x;
    }
}

zoo_value zoo_activate(zoo_net *net, zoo_value x, const char *name, zoo_activation activation)
{
    zoo_value out;
    if (!zoo_moments(net, x.channels, &out))
        return out;
    zoo_activate_moments(&x, activation, &out);
    out.value = activate(net, x.value, name, activation);
    return out;
}

static sard_value *pool(zoo_net *net, const char *op, zoo_value x, const char *name, zoo_window window, sard_attr last)
{
    const int64_t kernel[] = {window.kernel, window.kernel}, strides[] = {window.stride, window.stride};
    const int64_t pads[] = {window.pad, window.pad, window.pad, window.pad};
    const sard_attr attrs[] = {ints_attr("kernel_shape", kernel, 2), ints_attr("pads", pads, 4), ints_attr("strides", strides, 2),
                               int_attr("ceil_mode", window.ceil), last};
    return add_node(net, op, name, &x.value, 1, attrs, last.name ? 5 : 4);
}

/* The greatest of neighbours, which resemble one another: about one deviation above the mean. */
zoo_value zoo_max_pool(zoo_net *net, zoo_value x, const char *name, zoo_window window)
{
    zoo_value out;
    if (!zoo_moments(net, x.channels, &out))
        return out;
    for (int64_t c = 0; c < x.channels; c++) {
        out.mean[c] = zoo_coarse(x.mean[c] + sqrt(x.variance[c]));
        out.variance[c] = x.variance[c];
    }
    out.value = pool(net, "MaxPool", x, name, window, (sard_attr){.name = NULL});
    return out;
}

static void shrink(const zoo_value *x, double factor, zoo_value *out)
{
    for (int64_t c = 0; c < x->channels; c++) {
        out->mean[c] = x->mean[c];
        out->variance[c] = x->variance[c] * factor;
    }
}

zoo_value zoo_average_pool(zoo_net *net, zoo_value x, const char *name, zoo_window window)
{
    zoo_value out;
    if (!zoo_moments(net, x.channels, &out))
        return out;
    shrink(&x, 0.5, &out);
    out.value = pool(net, "AveragePool", x, name, window, int_attr("count_include_pad", 1));
    return out;
}

zoo_value zoo_global_pool(zoo_net *net, zoo_value x, const char *name)
{
    zoo_value out;
    if (!zoo_moments(net, x.channels, &out))
        return out;
    shrink(&x, 0.125, &out);
    out.value = add_node(net, "GlobalAveragePool", name, &x.value, 1, NULL, 0);
    return out;
}

zoo_value zoo_flatten(zoo_net *net, zoo_value x, const char *name, int64_t pixels)
{
    zoo_value out;
    const sard_attr axis = int_attr("axis", 1);
    if (!zoo_moments(net, x.channels * pixels, &out))
        return out;
    for (int64_t i = 0; i < out.channels; i++) {
        out.mean[i] = x.mean[i / pixels];
        out.variance[i] = x.variance[i / pixels];
    }
    out.value = add_node(net, "Flatten", name, &x.value, 1, &axis, 1);
    return out;
}

zoo_value zoo_concat(zoo_net *net, const zoo_value *values, size_t count, const char *name)
{
    zoo_value out;
    sard_value *inputs[64];
    int64_t channels = 0;
    const sard_attr axis = int_attr("axis", 1);
    for (size_t i = 0; i < count; i++) {
        inputs[i] = values[i].value;
        channels += values[i].channels;
    }
    if (!zoo_moments(net, channels, &out))
        return out;
    for (size_t i = 0, at = 0; i < count; at += (size_t)values[i++].channels) {
        memcpy(out.mean + at, values[i].mean, (size_t)values[i].channels * sizeof *out.mean);
        memcpy(out.variance + at, values[i].variance, (size_t)values[i].channels * sizeof *out.mean);
    }
    out.value = add_node(net, "Concat", name, inputs, count, &axis, 1);
    return out;
}

zoo_value zoo_add(zoo_net *net, zoo_value a, zoo_value b, const char *name)
{
    zoo_value out;
    sard_value *const inputs[] = {a.value, b.value};
    if (!zoo_moments(net, a.channels, &out))
        return out;
    for (int64_t c = 0; c < a.channels; c++) {
        out.mean[c] = a.mean[c] + b.mean[c];
        out.variance[c] = a.variance[c] + b.variance[c];
    }
    out.value = add_node(net, "Add", name, inputs, 2, NULL, 0);
    return out;
}

zoo_value zoo_scale(zoo_net *net, zoo_value x, zoo_value gate, const char *name)
{
    sard_value *const inputs[] = {x.value, gate.value};
    zoo_value out;
    if (!zoo_moments(net, x.channels, &out))
        return out;
    for (int64_t c = 0; c < x.channels; c++) {
        const double g = gate.mean[c], squares = g * g + gate.variance[c];
        out.mean[c] = zoo_coarse(x.mean[c] * g);
        out.variance[c] = zoo_coarse(x.variance[c] * squares + x.mean[c] * x.mean[c] * gate.variance[c]);
    }
    out.value = add_node(net, "Mul", name, inputs, 2, NULL, 0);
    return out;
}

void zoo_halve(zoo_net *net, zoo_value x, const char *name, zoo_value halves[2])
{
    sard_node *node;
    const sard_attr attrs[] = {int_attr("axis", 1), int_attr("num_outputs", 2)};
    const int64_t half = x.channels / 2;
    for (int i = 0; i < 2; i++)
        if (zoo_moments(net, half, &halves[i])) {
            memcpy(halves[i].mean, x.mean + i * half, (size_t)half * sizeof *x.mean);
            memcpy(halves[i].variance, x.variance + i * half, (size_t)half * sizeof *x.mean);
        }
    if (net->status)
        return;
    net->status = sard_graph_add_node(net->graph, "", "Split", name, &x.value, 1, attrs, COUNT(attrs), 2, &node, net->error);
    for (size_t i = 0; i < 2 && !net->status; i++)
        halves[i].value = sard_node_output(node, i);
}

static sard_value *reshape(zoo_net *net, sard_value *x, const char *name, int rank, const int64_t *dims)
{
    sard_tensor shape = {.dtype = SARD_I64, .rank = 1, .dims = {rank}, .bytes = (size_t)rank * sizeof *dims};
    if (net->status)
        return NULL;
    shape.data = sard_graph_alloc(net->graph, shape.bytes);
    sard_value *constant = shape.data ? sard_graph_add_constant(net->graph, zoo_format("%s.shape", name).text, &shape) : NULL;
    if (!constant) {
        zoo_fail(net, SARD_NOMEM, "out of memory");
        return NULL;
    }
    memcpy(shape.data, dims, shape.bytes);
    sard_value *const inputs[] = {x, constant};
    return add_node(net, "Reshape", name, inputs, 2, NULL, 0);
}

zoo_value zoo_shuffle(zoo_net *net, zoo_value x, const char *name, int64_t side)
{
    zoo_value out;
    const int64_t half = x.channels / 2, split[] = {1, 2, half, side, side}, joined[] = {1, x.channels, side, side};
    static const int64_t order[] = {0, 2, 1, 3, 4};
    const sard_attr perm = ints_attr("perm", order, COUNT(order));
    if (!zoo_moments(net, x.channels, &out))
        return out;
    for (int64_t c = 0; c < x.channels; c++) {
        out.mean[c] = x.mean[c % 2 * half + c / 2];
        out.variance[c] = x.variance[c % 2 * half + c / 2];
    }
    sard_value *value = reshape(net, x.value, zoo_format("%s.split", name).text, COUNT(split), split);
    value = add_node(net, "Transpose", zoo_format("%s.transpose", name).text, &value, 1, &perm, 1);
    out.value = reshape(net, value, zoo_format("%s.join", name).text, COUNT(joined), joined);
    return out;
}
