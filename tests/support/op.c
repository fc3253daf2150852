/* Running one operator on constants. */
#include "tests/support/op.h"

#include "ops/ops.h"

#include <stdlib.h>

static void must(bool done)
{
    if (!done)
        abort();
}

void op_start(op_test *t)
{
    *t = (op_test){.graph = NULL};
    sard_arena_init(&t->arena, NULL);
    t->ops.arena = &t->arena;
    must(sard_ops_add(&t->ops, &t->error) == SARD_OK);
    t->graph = sard_graph_create(&t->arena, &t->ops, "test");
    must(t->graph);
}

void op_end(op_test *t) { sard_arena_reset(&t->arena); }

sard_value *op_constant(op_test *t, const char *name, sard_dtype dtype, const void *data, int rank, const int64_t *dims)
{
    sard_tensor tensor = sard_tensor_make(dtype, rank, dims, NULL);
    tensor.data = sard_arena_copy(&t->arena, data, tensor.bytes);
    sard_value *value = sard_graph_add_constant(t->graph, name, &tensor);
    must(value);
    return value;
}

sard_value *op_f32(op_test *t, const char *name, const float *data, int rank, const int64_t *dims)
{
    return op_constant(t, name, SARD_F32, data, rank, dims);
}

sard_value *op_i64(op_test *t, const char *name, const int64_t *data, int rank, const int64_t *dims)
{
    return op_constant(t, name, SARD_I64, data, rank, dims);
}

sard_status op_infer(op_test *t, const char *op, sard_value *const *inputs, size_t input_count, const sard_attr *attrs, size_t attr_count,
                     size_t output_count)
{
    return sard_graph_add_node(t->graph, "", op, "node", inputs, input_count, attrs, attr_count, output_count, &t->node, &t->error);
}

sard_status op_run(op_test *t, const char *op, sard_value *const *inputs, size_t input_count, const sard_attr *attrs, size_t attr_count,
                   size_t output_count)
{
    const sard_status status = op_infer(t, op, inputs, input_count, attrs, attr_count, output_count);
    return status ? status : sard_eval_constant(t->node, &t->arena, (size_t)1 << 30, t->outputs, &t->error);
}

sard_status op_run_nhwc(op_test *t, const char *op, sard_value *const *inputs, size_t input_count, const sard_attr *attrs,
                        size_t attr_count, size_t output_count)
{
    const sard_node_parts parts = {.op = sard_op_table_find(&t->ops, "", op),
                                   .name = "node",
                                   .inputs = inputs,
                                   .input_count = input_count,
                                   .attrs = attrs,
                                   .attr_count = attr_count,
                                   .output_count = output_count};
    sard_status status = sard_graph_make_node(t->graph, &parts, &t->node, &t->error);
    if (status)
        return status;
    t->node->layout = SARD_NHWC;
    status = sard_node_infer(t->node, &t->error);
    return status ? status : sard_eval_constant(t->node, &t->arena, (size_t)1 << 30, t->outputs, &t->error);
}
