/* Trilu-14: one triangle of matrices, zero in the other
 *
 * in   input: matrices in the last two dimensions; k: int64, one element, optional, 0
 * out  output: with `upper` the elements (i, j) with j >= i + k, else those with j <= i + k */
#include "ops/lib/contents.h"

#include <inttypes.h>
#include <string.h>

typedef struct trilu {
    int64_t upper;
} trilu;

static const sard_attr_spec attrs[] = {SARD_INT(trilu, upper, 1), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("input", 'T', SARD_SET_ANY), SARD_PORT_OPTIONAL("k", 'K', SARD_SET(I64)), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("output", 'T', SARD_SET_ANY), SARD_PORTS_END};

static sard_status infer(sard_node *node, sard_error *error)
{
    const sard_value *k = sard_has_input(node, 1) ? node->inputs[1] : NULL;
    if (node->inputs[0]->rank < 2)
        return sard_node_fail(node, error, SARD_SHAPE, "input has rank %d, must be at least 2", node->inputs[0]->rank);
    if (k && sard_dim_product(k->dims, k->rank) >= 0 && sard_dim_product(k->dims, k->rank) != 1)
        return sard_node_fail(node, error, SARD_SHAPE, "k must have one element");
    return sard_infer_same(node, error);
}

static int64_t clamp(int64_t x, int64_t high) { return x < 0 ? 0 : x > high ? high : x; }

static sard_status eval(const sard_call *call)
{
    const trilu *a = call->attrs;
    const sard_tensor *x = &call->inputs[0], *y = &call->outputs[0];
    const int64_t rows = x->dims[x->rank - 2], columns = x->dims[x->rank - 1];
    const size_t size = sard_dtype_size(x->dtype);
    int64_t k = 0;
    size_t count;
    const sard_status status = sard_call_ints(call, 1, &k, 1, &count);
    if (status || !sard_tensor_count(x))
        return status;
    k = k < -rows ? -rows : k > columns ? columns : k; /* beyond, nothing changes any more */
    const int64_t all = (int64_t)sard_tensor_count(x) / columns;
    for (int64_t i = 0; i < all; i++) {
        const int64_t place = i % rows + k, from = a->upper ? clamp(place, columns) : 0,
                      to = a->upper ? columns : clamp(place + 1, columns);
        char *row = (char *)y->data + (size_t)(i * columns) * size;
        memset(row, 0, (size_t)from * size);
        if (y->data != x->data)
            memcpy(row + (size_t)from * size, (const char *)x->data + (size_t)(i * columns + from) * size, (size_t)(to - from) * size);
        memset(row + (size_t)to * size, 0, (size_t)(columns - to) * size);
    }
    return SARD_OK;
}

const sard_op sard_op_trilu = {.struct_size = sizeof(sard_op),
                               .domain = "",
                               .name = "Trilu",
                               .since = 14,
                               .traits = SARD_IN_PLACE,
                               .inputs = inputs,
                               .outputs = outputs,
                               .attrs = attrs,
                               .attrs_size = sizeof(trilu),
                               .infer = infer,
                               .eval = eval};
