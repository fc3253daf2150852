/* The kernels of this backend; kernels.def is the only list. */
#ifndef SARD_BACKENDS_OPENBLAS_KERNELS_H
#define SARD_BACKENDS_OPENBLAS_KERNELS_H

#include <sard/plugin.h>

#define KERNEL(name) extern const sard_kernel sard_openblas_##name;
#include "backends/openblas/kernels.def"
#undef KERNEL

#endif
