/* Expands ops.def. */
#include "ops/ops.h"

#define OP(row) extern const sard_op sard_op_##row;
#include "ops/ops.def"
#undef OP

sard_status sard_ops_add(sard_op_table *table, sard_error *error)
{
    static const sard_op *const rows[] = {
#define OP(row) &sard_op_##row,
#include "ops/ops.def"
#undef OP
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const sard_status status = sard_op_table_add(table, rows[i], error);
        if (status)
            return status;
    }
    return SARD_OK;
}
