/* PRelu-9, -16: Y = X < 0 ? slope * X : X
 *
 * in   X; slope: of the same type, broadcast to X's shape      out  Y: like X */
#include "ops/lib/elementwise.h"

#define PRELU_FLOAT(name, T) SARD_ROW2(name, T, T, a < 0 ? a * b : a)
#define PRELU_SIGNED(name, T) SARD_ROW2(name, T, T, a < 0 ? (T)((uint64_t)a * (uint64_t)b) : a)
#define PRELU_UNSIGNED(name, T) SARD_ROW2(name, T, T, ((void)b, a))

SARD_FLOAT_TYPES(PRELU_FLOAT, prelu)
PRELU_SIGNED(prelu_i32, int32_t)
PRELU_SIGNED(prelu_i64, int64_t)
PRELU_UNSIGNED(prelu_u32, uint32_t)
PRELU_UNSIGNED(prelu_u64, uint64_t)

static sard_status eval(const sard_call *call)
{
    static sard_row *const rows[SARD_ROW_TYPES] = {
        SARD_FLOAT_ROWS(prelu), [SARD_I32] = prelu_i32, [SARD_I64] = prelu_i64, [SARD_U32] = prelu_u32, [SARD_U64] = prelu_u64};
    return sard_map_typed(call, 2, rows, NULL);
}

static sard_status infer(sard_node *node, sard_error *error)
{
    const sard_value *x = node->inputs[0], *slope = node->inputs[1];
    if (slope->rank > x->rank)
        return sard_node_fail(node, error, SARD_SHAPE, "slope has rank %d, X has rank %d", slope->rank, x->rank);
    for (int i = 0; i < slope->rank; i++) {
        const int64_t have = slope->dims[i], want = x->dims[x->rank - slope->rank + i];
        if (have != 1 && have >= 0 && want >= 0 && have != want)
            return sard_node_fail(node, error, SARD_SHAPE, "slope has size %lld where X has %lld", (long long)have, (long long)want);
    }
    return sard_infer_unary(node, error);
}

#define TYPES (SARD_SET_FLOAT | SARD_SET(I32) | SARD_SET(I64) | SARD_SET(U32) | SARD_SET(U64))

static const sard_port inputs[] = {SARD_PORT("X", 'T', TYPES), SARD_PORT("slope", 'T', TYPES), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("Y", 'T', TYPES), SARD_PORTS_END};

const sard_op sard_op_prelu = {.struct_size = sizeof(sard_op),
                               .domain = "",
                               .name = "PRelu",
                               .since = 16,
                               .traits = SARD_ELEMENTWISE | SARD_IN_PLACE | SARD_ACTIVATION,
                               .inputs = inputs,
                               .outputs = outputs,
                               .infer = infer,
                               .eval = eval};
