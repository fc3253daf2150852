/* Windows and shapes of pools. */
#include "ops/pool.h"

sard_status sard_pool_window(const sard_node *node, sard_window *out, sard_error *error)
{
    const sard_pool_attrs *a = node->attrs;
    const sard_value *x = node->inputs[0];
    if (x->rank < 3)
        return sard_node_fail(node, error, SARD_SHAPE, "the input has rank %d, must have 3 or more", x->rank);
    if (a->kernel_shape.count != (size_t)x->rank - 2)
        return sard_node_fail(node, error, SARD_SHAPE, "kernel_shape has %zu elements, must have %d", a->kernel_shape.count, x->rank - 2);
    const sard_spatial s = sard_spatial_of(node->layout, x->rank, x->dims, 0);
    return sard_window_make(node, s.count, s.size, a->kernel_shape.data, a->strides, a->dilations, a->pads, a->auto_pad, a->ceil_mode != 0,
                            out, error);
}

sard_status sard_pool_infer(sard_node *node, sard_error *error)
{
    const sard_value *x = node->inputs[0];
    sard_window window;
    sard_status status = sard_pool_window(node, &window, error);
    if (status)
        return status;
    int64_t dims[SARD_MAX_RANK];
    const sard_spatial s = sard_spatial_of(node->layout, x->rank, x->dims, 0);
    sard_spatial_dims(node->layout, s.count, s.n, s.c, window.out, dims);
    status = sard_node_set_output(node, 0, x->dtype, x->rank, dims, error);
    return status ? status : sard_node_set_output(node, 1, SARD_I64, x->rank, dims, error);
}

double sard_pool_work(const sard_node *node)
{
    const sard_ints kernel = ((const sard_pool_attrs *)node->attrs)->kernel_shape;
    double taps = 1;
    for (size_t i = 0; i < kernel.count; i++)
        taps *= (double)kernel.data[i];
    return taps * sard_outputs_work(node);
}

sard_status sard_pool_slide(const sard_call *call, void (*work)(void *job, size_t channel))
{
    const sard_tensor *x = &call->inputs[0], *y = &call->outputs[0];
    const bool indexed = call->output_count > 1 && call->outputs[1].dtype;
    const sard_tensor *shape = y->dtype ? y : &call->outputs[1];
    const sard_layout layout = call->node->layout;
    sard_pool_job j = {.attrs = call->attrs,
                       .x = sard_spatial_of(layout, x->rank, x->dims, x->ld),
                       .y = sard_spatial_of(layout, shape->rank, shape->dims, shape->ld),
                       .dtype = x->dtype,
                       .in = x->data,
                       .out = y->dtype ? y->data : NULL,
                       .indices = indexed ? call->outputs[1].data : NULL};
    const sard_pool_attrs *a = j.attrs;
    const sard_status status = sard_window_make(call->node, j.x.count, j.x.size, a->kernel_shape.data, a->strides, a->dilations, a->pads,
                                                a->auto_pad, a->ceil_mode != 0, &j.window, call->error);
    if (!status)
        sard_call_parallel(call, (size_t)(j.x.n * j.x.c), work, &j);
    return status;
}
