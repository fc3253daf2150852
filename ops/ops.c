/* Expands ops.def. */
#include "ops/ops.h"

#define OP(row) extern const sard_op sard_op_##row;
#include "ops/ops.def"
#undef OP

sard_status sard_ops_add(sard_op_table *table, sard_error *error)
{
    static const struct {
        const sard_op *op;
        sard_op_id id;
    } rows[] = {
#define OP(row) {&sard_op_##row, SARD_OP_##row},
#include "ops/ops.def"
#undef OP
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const sard_status status = sard_op_table_add(table, rows[i].op, (int)rows[i].id, error);
        if (status)
            return status;
    }
    return SARD_OK;
}

sard_status sard_insert(sard_graph *graph, sard_node *at, sard_op_id id, const char *name, sard_value *const *inputs, size_t input_count,
                        const sard_attr *attrs, size_t attr_count, sard_node **out, sard_error *error)
{
    const sard_node_parts parts = {.op = sard_op_table_own(graph->ops, (int)id),
                                   .name = name,
                                   .inputs = inputs,
                                   .input_count = input_count,
                                   .attrs = attrs,
                                   .attr_count = attr_count,
                                   .output_count = 1,
                                   .before = at};
    return sard_graph_put_node(graph, &parts, out, error);
}
