/* Conv that stays channels-first, as no pass has changed it: turned in scratch to channels-last, where another kernel runs it, and back. */
#include "backends/native/copy.h"
#include "backends/native/kernels.h"
#include "ops/lib/util.h"

#include <string.h>

enum { BYTES_PER_NANOSECOND = 5 }; /* turned */

/* The first one that matches runs it. Which one that is depends on weights and window alone, as the store of packed weights asks. */
static const sard_kernel *const kernels[] = {&sard_native_conv_depthwise, &sard_native_conv_depthwise_computed,
                                             &sard_native_conv_grouped,   &sard_native_conv_grouped_computed,
                                             &sard_native_conv_direct,    &sard_native_conv_direct_computed};

/* The node as it would be with channels last. */
typedef struct turned {
    sard_node node;
    sard_value x, y;
    sard_value *inputs[3], *outputs[1];
    int64_t x_pixels, y_pixels; /* of a picture */
    size_t x_bytes, y_bytes;    /* whole lines */
} turned;

static void turn_value(const sard_value *from, sard_value *to, int64_t *pixels, size_t *bytes)
{
    const sard_spatial s = sard_spatial_of(SARD_NCHW, from->rank, from->dims, 0);
    *to = *from;
    sard_spatial_dims(SARD_NHWC, s.count, s.n, s.c, s.size, to->dims);
    *pixels = 1;
    for (int i = 0; i < s.count; i++)
        *pixels *= s.size[i];
    *bytes = ((size_t)(s.n * s.c * *pixels) * sizeof(float) + 63) / 64 * 64;
}

/* For a Conv without an epilogue. */
static void turn(const sard_node *node, turned *t)
{
    t->node = *node;
    turn_value(node->inputs[0], &t->x, &t->x_pixels, &t->x_bytes);
    turn_value(node->outputs[0], &t->y, &t->y_pixels, &t->y_bytes);
    t->inputs[0] = &t->x;
    for (size_t i = 1; i < node->own_count; i++)
        t->inputs[i] = node->inputs[i];
    t->outputs[0] = &t->y;
    t->node.layout = SARD_NHWC;
    t->node.inputs = t->inputs;
    t->node.outputs = t->outputs;
}

static const sard_kernel *find(const turned *t, const sard_target *target, const char **why)
{
    for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++)
        if (kernels[i]->matches(&t->node, target, why))
            return kernels[i];
    return NULL;
}

static bool matches(const sard_node *node, const sard_target *target, const char **why)
{
    turned t;
    *why = "channels-last";
    if (node->layout != SARD_NCHW)
        return false;
    *why = "an epilogue, channels-first";
    if (node->epilogue_count)
        return false;
    turn(node, &t);
    return find(&t, target, why);
}

static double cost(const sard_node *node, const sard_target *target)
{
    turned t;
    const char *why;
    turn(node, &t);
    const sard_kernel *kernel = find(&t, target, &why);
    return kernel->cost(&t.node, target) + (double)(t.x_bytes + t.y_bytes) / BYTES_PER_NANOSECOND;
}

/* Scratch: the input, the result, the kernel's own. */
static sard_status prepare(const sard_node *node, sard_prepare *prepare, sard_error *error)
{
    turned t;
    const char *why;
    turn(node, &t);
    const sard_status status = find(&t, sard_prepare_target(prepare), &why)->prepare(&t.node, prepare, error);
    sard_prepare_scratch(prepare, t.x_bytes + t.y_bytes + sard_prepare_scratch(prepare, 0));
    return status;
}

/* n matrices of rows x columns become columns x rows. */
static void transpose(const sard_call *call, int64_t n, int64_t rows, int64_t columns, const float *x, float *y)
{
    const int64_t size = rows * columns;
    const sard_loops loops = {.rank = 3, .operands = 2, .dims = {n, columns, rows}, .strides = {{size, rows, 1}, {size, 1, columns}}};
    sard_copy_loops(call, &loops, y, x);
}

static sard_status run(const sard_call *call)
{
    turned t;
    const char *why;
    turn(call->node, &t);
    float *x = call->scratch, *y = x + t.x_bytes / sizeof(float);
    sard_tensor inputs[3] = {call->inputs[0]}, output = call->outputs[0];
    for (size_t i = 1; i < call->input_count; i++)
        inputs[i] = call->inputs[i];
    memcpy(inputs[0].dims, t.x.dims, sizeof t.x.dims);
    memcpy(output.dims, t.y.dims, sizeof t.y.dims);
    inputs[0].data = x;
    output.data = y;
    sard_call turned_call = *call;
    turned_call.node = &t.node;
    turned_call.inputs = inputs;
    turned_call.outputs = &output;
    turned_call.scratch = (char *)y + t.y_bytes;
    const int64_t n = t.x.dims[0], channels = call->node->inputs[0]->dims[1], results = call->node->outputs[0]->dims[1];
    transpose(call, n, channels, t.x_pixels, call->inputs[0].data, x);
    const sard_status status = find(&t, call->target, &why)->run(&turned_call);
    transpose(call, n, t.y_pixels, results, y, call->outputs[0].data);
    return status;
}

const sard_kernel sard_native_conv_nchw = {
    .struct_size = sizeof(sard_kernel),
    .name = "conv_nchw",
    .op = "Conv",
    .flags = SARD_KERNEL_UNALIGNED | SARD_KERNEL_PACKED,
    .matches = matches,
    .cost = cost,
    .prepare = prepare,
    .run = run,
};
