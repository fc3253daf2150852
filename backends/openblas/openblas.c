/* Convolutions and products by OpenBLAS. */
#include "backends/openblas/blas.h"
#include "backends/openblas/kernels.h"

extern const sard_backend sard_backend_openblas;

static bool usable(const sard_target *target, const char **why) { return sard_blas_load(target, why) != NULL; }

static const sard_kernel *const kernels[] = {
#define KERNEL(name) &sard_openblas_##name,
#include "backends/openblas/kernels.def"
#undef KERNEL
};

const sard_backend sard_backend_openblas = {
    .struct_size = sizeof sard_backend_openblas,
    .name = "openblas",
    .usable = usable,
    .on_request = true, /* it opens a library */
    .kernels = kernels,
    .kernel_count = sizeof kernels / sizeof *kernels,
};
