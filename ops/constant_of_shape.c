/* ConstantOfShape-25: a tensor with the same value everywhere
 *
 * in   input: the shape, int64
 * out  output: of the type of attribute `value`, a tensor of one element; without it float32 zeros */
#include "ops/lib/contents.h"
#include "ops/lib/move.h"

typedef struct constant_of_shape {
    const sard_tensor *value;
} constant_of_shape;

static const sard_attr_spec attrs[] = {{.name = "value", .kind = SARD_ATTR_TENSOR, .offset = offsetof(constant_of_shape, value)},
                                       SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("input", 'S', SARD_SET(I64)), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("output", 'T', SARD_SET_NUMBER | SARD_SET(BOOL) | SARD_SET_SMALL), SARD_PORTS_END};

static sard_status infer(sard_node *node, sard_error *error)
{
    const sard_tensor *value = ((const constant_of_shape *)node->attrs)->value;
    int64_t dims[SARD_MAX_RANK], count;
    int rank;
    if (value && sard_tensor_count(value) != 1)
        return sard_node_fail(node, error, SARD_SHAPE, "value has %zu elements, must have one", sard_tensor_count(value));
    sard_status status = sard_input_dims(node, 0, &rank, dims, error);
    if (!status)
        status = sard_node_set_output(node, 0, value ? value->dtype : SARD_F32, rank, dims, error);
    if (status || !value || !sard_dtype_is_integral(value->dtype) || rank < 0 || rank > 1 || !sard_count(dims, rank, &count) ||
        count > SARD_MAX_CONTENTS)
        return status;
    sard_content contents[SARD_MAX_CONTENTS];
    for (int64_t i = 0; i < count; i++)
        contents[i] = (sard_content){.known = true, .value = sard_get_int(value, 0)};
    return sard_output_contents(node, 0, contents, (size_t)count, error);
}

static sard_status eval(const sard_call *call)
{
    static const uint64_t zero;
    const sard_tensor *value = ((const constant_of_shape *)call->attrs)->value, *y = &call->outputs[0];
    const int64_t count = (int64_t)sard_tensor_count(y);
    sard_move(call, y->data, (int64_t[]){1}, value ? value->data : (const void *)&zero, (int64_t[]){0}, &count, 1,
              sard_dtype_size(y->dtype));
    return SARD_OK;
}

const sard_op sard_op_constant_of_shape = {.struct_size = sizeof(sard_op),
                                           .domain = "",
                                           .name = "ConstantOfShape",
                                           .since = 25,
                                           .inputs = inputs,
                                           .outputs = outputs,
                                           .attrs = attrs,
                                           .attrs_size = sizeof(constant_of_shape),
                                           .infer = infer,
                                           .eval = eval};
