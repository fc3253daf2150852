/* Running one operator on constants, as tests of ops/ do.
 *
 *     op_test t;
 *     op_start(&t);
 *     sard_value *x = op_f32(&t, "x", (float[]){-2, 0, 3}, 1, (int64_t[]){3});
 *     const sard_attr alpha = {.name = "alpha", .kind = SARD_ATTR_FLOAT, .f = 0.5f};
 *     sard_status s = op_run(&t, "LeakyRelu", (sard_value *[]){x}, 1, &alpha, 1, 1);
 *     t.outputs[0] is the result; t.error the text after a failure
 *     op_end(&t);
 */
#ifndef SARD_TESTS_OP_H
#define SARD_TESTS_OP_H

#include "ir/call.h"
#include "ir/graph.h"

typedef struct op_test {
    sard_arena arena;
    sard_op_table ops;
    sard_graph *graph;
    sard_node *node;
    sard_tensor outputs[16];
    sard_error error;
} op_test;

/* A graph that knows all built-in operators. */
void op_start(op_test *t);
void op_end(op_test *t);

/* Constants; the elements are copied. */
sard_value *op_constant(op_test *t, const char *name, sard_dtype dtype, const void *data, int rank, const int64_t *dims);
sard_value *op_f32(op_test *t, const char *name, const float *data, int rank, const int64_t *dims);
sard_value *op_i64(op_test *t, const char *name, const int64_t *data, int rank, const int64_t *dims);

/* Makes the node and infers: t->node is it. Domain "". */
sard_status op_infer(op_test *t, const char *op, sard_value *const *inputs, size_t input_count, const sard_attr *attrs, size_t attr_count,
                     size_t output_count);
/* op_run of a spatial operator whose inputs are N, spatial..., C. */
sard_status op_run_nhwc(op_test *t, const char *op, sard_value *const *inputs, size_t input_count, const sard_attr *attrs,
                        size_t attr_count, size_t output_count);
/* op_infer, then evaluates into t->outputs. */
sard_status op_run(op_test *t, const char *op, sard_value *const *inputs, size_t input_count, const sard_attr *attrs, size_t attr_count,
                   size_t output_count);

#endif
