/* Conv that stays channels-first, as no pass has changed it: turned in scratch to channels-last, where another kernel runs it, and back. */
#include "backends/native/kernels.h"
#include "backends/native/move/copy.h"
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

static bool conv_nchw_matches(const sard_node *node, const sard_target *target, const char **why)
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

static double conv_nchw_cost(const sard_node *node, const sard_target *target)
{
    turned t;
    const char *why;
    turn(node, &t);
    const sard_kernel *kernel = find(&t, target, &why);
    return kernel->cost(&t.node, target) + (double)(t.x_bytes + t.y_bytes) / BYTES_PER_NANOSECOND;
}

static sard_status conv_nchw_pack(const sard_node *node, sard_packing *packing, sard_error *error)
{
    turned t;
    const char *why;
    turn(node, &t);
    return find(&t, sard_packing_target(packing), &why)->pack(&t.node, packing, error);
}

/* What a plan knows. */
typedef struct conv_nchw {
    turned turned;
    const sard_kernel *kernel;
    const void *state;      /* of that kernel */
    sard_copy_plan in, out; /* to channels last and back */
} conv_nchw;

/* The tensors of the kernel: dense, of its own shapes. */
static void turn_tensors(const turned *t, const sard_tensor *inputs, const sard_tensor *output, sard_tensor own_inputs[3],
                         sard_tensor *own_output)
{
    for (size_t i = 0; i < t->node.own_count; i++)
        own_inputs[i] = inputs[i];
    *own_output = *output;
    memcpy(own_inputs[0].dims, t->x.dims, sizeof t->x.dims);
    memcpy(own_output->dims, t->y.dims, sizeof t->y.dims);
}

/* n matrices of rows x columns become columns x rows. */
static sard_copy_plan transpose_of(const sard_target *target, int64_t n, int64_t rows, int64_t columns)
{
    const int64_t size = rows * columns;
    const sard_loops loops = {.rank = 3, .operands = 2, .dims = {n, columns, rows}, .strides = {{size, rows, 1}, {size, 1, columns}}};
    return sard_copy_plan_of(target, &loops);
}

/* Scratch: the input, the result, the kernel's own. */
static sard_status conv_nchw_bind(sard_binding *binding, sard_error *error)
{
    const char *why;
    sard_tensor inputs[3], output;
    conv_nchw *c = sard_binding_alloc(binding, sizeof *c);
    if (!c)
        return sard_no_memory(error);
    turned *t = &c->turned;
    turn(binding->node, t);
    turn_tensors(t, binding->inputs, &binding->outputs[0], inputs, &output);
    c->kernel = find(t, binding->target, &why);
    sard_binding own = *binding;
    own.node = &t->node;
    own.inputs = inputs;
    own.outputs = &output;
    const sard_status status = c->kernel->bind ? c->kernel->bind(&own, error) : SARD_OK;
    c->state = own.state;
    c->in = transpose_of(binding->target, t->x.dims[0], binding->inputs[0].dims[1], t->x_pixels);
    c->out = transpose_of(binding->target, t->x.dims[0], t->y_pixels, binding->outputs[0].dims[1]);
    binding->state = c;
    sard_binding_scratch(binding, t->x_bytes + t->y_bytes + sard_binding_scratch(binding, 0));
    return status;
}

static sard_status conv_nchw_run(const sard_call *call)
{
    const conv_nchw *c = call->state;
    const turned *t = &c->turned;
    float *x = call->scratch, *y = x + t->x_bytes / sizeof(float);
    sard_tensor inputs[3], output;
    turn_tensors(t, call->inputs, &call->outputs[0], inputs, &output);
    inputs[0].data = x;
    output.data = y;
    sard_call own = *call;
    own.node = &t->node;
    own.inputs = inputs;
    own.outputs = &output;
    own.scratch = (char *)y + t->y_bytes;
    own.state = c->state;
    sard_copy_run(&c->in, call, x, call->inputs[0].data);
    const sard_status status = c->kernel->run(&own);
    sard_copy_run(&c->out, call, call->outputs[0].data, y);
    return status;
}

const sard_kernel sard_native_conv_nchw = {
    .struct_size = sizeof(sard_kernel),
    .name = "conv_nchw",
    .op = "Conv",
    .flags = SARD_KERNEL_UNALIGNED | SARD_KERNEL_PACKED,
    .matches = conv_nchw_matches,
    .cost = conv_nchw_cost,
    .pack = conv_nchw_pack,
    .bind = conv_nchw_bind,
    .run = conv_nchw_run,
};
