/* Our own kernels: channels-last, float32, a template for each, compiled for each instruction set. */
#include "backends/native/common/tier.h"
#include "backends/native/kernels.h"

extern const sard_backend sard_backend_native;

static bool usable(const sard_target *target, const char **why)
{
    const bool any = sard_tier_of(target) != NULL;
    if (!any)
        *why = "no kernels for this machine";
    return any;
}

static const sard_kernel *const kernels[] = {
#define KERNEL(name) &sard_native_##name,
#include "backends/native/kernels.def"
#undef KERNEL
};

const sard_backend sard_backend_native = {
    .struct_size = sizeof sard_backend_native,
    .name = "native",
    .usable = usable,
    .kernels = kernels,
    .kernel_count = sizeof kernels / sizeof *kernels,
    .flushes = true,
};
