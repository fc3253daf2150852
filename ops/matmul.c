/* MatMul: numpy.matmul
 *
 * in   A, B: matrices, vectors, or stacks of matrices whose other dimensions are broadcast
 * out  Y
 *
 * Integers are exact modulo 2^32 or 2^64. */
#include "ops/lib/matrix.h"

#define TYPES (SARD_SET_FLOAT | SARD_SET(I32) | SARD_SET(I64) | SARD_SET(U32) | SARD_SET(U64))

static const sard_port inputs[] = {SARD_PORT("A", 'T', TYPES), SARD_PORT("B", 'T', TYPES), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("Y", 'T', TYPES), SARD_PORTS_END};

static sard_status infer(sard_node *node, sard_error *error) { return sard_matrix_infer(node, 0, 1, node->inputs[0]->dtype, error); }

static sard_status eval(const sard_call *call)
{
    const sard_matrix_parts parts = {.matrix = sard_matrix_of(&call->inputs[0], &call->inputs[1])};
    return sard_matrix_eval(call, &parts);
}

static double macs(const sard_node *node) { return node->outputs[0] ? sard_matrix_macs(node->outputs[0], node->inputs[0]) : 0; }

const sard_op sard_op_matmul = {.struct_size = sizeof(sard_op),
                                .domain = "",
                                .name = "MatMul",
                                .since = 13,
                                .traits = SARD_MACS,
                                .inputs = inputs,
                                .outputs = outputs,
                                .infer = infer,
                                .eval = eval,
                                .macs = macs};
