/* A backend whose Relu is wrong in its last element: what sard diff --per-node has to find. */
#include <sard/plugin.h>

static bool matches(const sard_node *node, const sard_target *target, const char **why)
{
    (void)target;
    (void)why;
    return sard_value_dtype(sard_node_input(node, 0)) == SARD_F32;
}

static sard_status run(const sard_call *call)
{
    const float *x = call->inputs[0].data;
    float *y = call->outputs[0].data;
    const size_t count = call->outputs[0].bytes / sizeof *y;
    for (size_t i = 0; i < count; i++)
        y[i] = x[i] > 0 ? x[i] : 0;
    if (count)
        y[count - 1] += 0.01f;
    return SARD_OK;
}

static const sard_kernel relu = {.struct_size = sizeof relu, .name = "relu_but_one", .op = "Relu", .matches = matches, .run = run};
static const sard_kernel *const kernels[] = {&relu};
static const sard_backend wrong = {.struct_size = sizeof wrong, .name = "wrong", .kernels = kernels, .kernel_count = 1};

SARD_API sard_status sard_plugin_register(sard_context *context, sard_error *error);

sard_status sard_plugin_register(sard_context *context, sard_error *error) { return sard_context_register_backend(context, &wrong, error); }
