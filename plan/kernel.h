/* Kernels as a context keeps them: what their text says of operators is looked up once, when they are registered. */
#ifndef SARD_PLAN_KERNEL_H
#define SARD_PLAN_KERNEL_H

#include "ir/graph.h"

#include <sard/plugin.h>

/* All kernels of a context's backends are of this kind. */
typedef struct sard_known_kernel {
    sard_kernel kernel;
    int id; /* of the library's kernels: of the operator that they run, and of none that a plugin puts in its place; 0: told by name */
} sard_known_kernel;

/* Does the kernel run that operator? Of shapes and types nothing is asked. */
bool sard_kernel_runs(const sard_kernel *kernel, const sard_op *op);

#endif
