/* EyeLike-22: zeros with ones on a diagonal
 *
 * in   input: a matrix, of which only the shape (and without dtype the type) counts
 * out  output[i, i + k] = 1 */
#include "ops/lib/util.h"

#include <string.h>

typedef struct eye_like {
    int64_t dtype, k; /* dtype 0: the input's */
} eye_like;

#define TYPES (SARD_SET_NUMBER | SARD_SET(BOOL))

static const sard_attr_spec attrs[] = {SARD_INT(eye_like, dtype, 0), SARD_INT(eye_like, k, 0), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("input", 'T', TYPES), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("output", 'Y', TYPES), SARD_PORTS_END};

static sard_status infer(sard_node *node, sard_error *error)
{
    const eye_like *a = node->attrs;
    const sard_value *x = node->inputs[0];
    if (x->rank != 2)
        return sard_node_fail(node, error, SARD_SHAPE, "input has rank %d, must be 2", x->rank);
    if (a->dtype && (a->dtype < 0 || a->dtype > 31 || !sard_dtype_in((sard_dtype)a->dtype, TYPES)))
        return sard_node_fail(node, error, SARD_UNSUPPORTED, "dtype %lld is not supported", (long long)a->dtype);
    return sard_node_set_output(node, 0, a->dtype ? (sard_dtype)a->dtype : x->dtype, 2, x->dims, error);
}

static sard_status eval(const sard_call *call)
{
    const eye_like *a = call->attrs;
    const sard_tensor *y = &call->outputs[0];
    memset(y->data, 0, sard_tensor_count(y) * sard_dtype_size(y->dtype));
    for (int64_t i = 0; i < y->dims[0]; i++) {
        int64_t column;
        if (!__builtin_add_overflow(i, a->k, &column) && column >= 0 && column < y->dims[1])
            sard_set(y, (size_t)(i * y->dims[1] + column), 1);
    }
    return SARD_OK;
}

const sard_op sard_op_eye_like = {.struct_size = sizeof(sard_op),
                                  .domain = "",
                                  .name = "EyeLike",
                                  .since = 22,
                                  .inputs = inputs,
                                  .outputs = outputs,
                                  .attrs = attrs,
                                  .attrs_size = sizeof(eye_like),
                                  .infer = infer,
                                  .eval = eval};
