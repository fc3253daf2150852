/* Which kernels are for an operator. */
#include "plan/kernel.h"

#include <string.h>

bool sard_kernel_runs(const sard_kernel *kernel, const sard_op *op)
{
    const int id = ((const sard_known_kernel *)kernel)->id;
    if (id || !kernel->op)
        return !kernel->op || id == sard_op_id_of(op);
    return !strcmp(kernel->op, op->name) && !strcmp(kernel->domain ? kernel->domain : "", op->domain);
}
