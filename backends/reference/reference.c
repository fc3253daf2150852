/* The oracle: every operator by its own evaluation, epilogue included. */
#include "ir/call.h"

extern const sard_backend sard_backend_reference;

static bool matches(const sard_node *node, const sard_target *target, const char **why)
{
    (void)node;
    (void)target;
    (void)why;
    return true;
}

static const sard_kernel eval = {
    .struct_size = sizeof eval,
    .name = "eval",
    .flags = SARD_KERNEL_EVALUATES,
    .matches = matches,
    .run = sard_eval,
};

static const sard_kernel *const kernels[] = {&eval};

const sard_backend sard_backend_reference = {
    .struct_size = sizeof sard_backend_reference,
    .name = "reference",
    .kernels = kernels,
    .kernel_count = 1,
};
