/* The kernels of this backend; kernels.def is the only list. */
#ifndef SARD_BACKENDS_NATIVE_KERNELS_H
#define SARD_BACKENDS_NATIVE_KERNELS_H

#include <sard/plugin.h>

#define KERNEL(name) extern const sard_kernel sard_native_##name;
#include "backends/native/kernels.def"
#undef KERNEL

#endif
