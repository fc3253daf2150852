/* SequenceEmpty-11 SequenceConstruct-11 SequenceInsert-11 SequenceErase-11 SequenceAt-11 SequenceLength-11
 *
 * SequenceEmpty      out output: no items, of type dtype (float32)
 * SequenceConstruct  in inputs: tensors of one type; out output_sequence
 * SequenceInsert     in input_sequence, tensor, position: before which item, -n .. n (n: behind the last); out output_sequence
 * SequenceErase      in input_sequence, position: -n .. n-1 (the last); out output_sequence
 * SequenceAt         in input_sequence, position: -n .. n-1; out tensor
 * SequenceLength     in input_sequence; out length */
#include "ops/lib/list.h"
#include "ops/lib/subgraph.h"

#include <inttypes.h>
#include <string.h>

#define SEQUENCE_OP(symbol, name_, ...)                                                   \
    const sard_op sard_op_##symbol = {.struct_size = sizeof(sard_op),                     \
                                      .domain = "",                                       \
                                      .name = name_,                                      \
                                      .since = 11,                                        \
                                      .traits = SARD_DATA_DEPENDENT | SARD_UNKNOWN_RANKS, \
                                      .inputs = symbol##_inputs,                          \
                                      .outputs = symbol##_outputs,                        \
                                      .infer = infer_##symbol,                            \
                                      .eval = eval_##symbol,                              \
                                      __VA_ARGS__};

#define SEQUENCE SARD_PORT("input_sequence", 'S', SARD_SET_SEQUENCE)
#define POSITION SARD_PORT("position", 'I', SARD_SET_INDEX)
#define POSITION_OR_END SARD_PORT_OPTIONAL("position", 'I', SARD_SET_INDEX)

static const sard_port sequence_out[] = {SARD_PORT("output_sequence", 'S', SARD_SET_SEQUENCE), SARD_PORTS_END};

/* Types of tensors that go into sequences and come out of them. */
#define ITEM (SARD_SET_ANY & ~SARD_SET(BF16))

static const sard_tensor *items_of(const sard_call *call) { return call->inputs[0].data; }
static size_t length_of(const sard_call *call) { return (size_t)call->inputs[0].dims[0]; }

/* Output 0 is a sequence as input 0. */
static sard_status infer_as_input(sard_node *node, sard_error *error)
{
    return node->inputs[0]->dtype ? sard_infer_list(node, 0, node->inputs[0]->dtype, error) : SARD_OK;
}

/* ---- SequenceEmpty ---- */

typedef struct empty {
    int64_t dtype;
} empty;

static const sard_attr_spec empty_attrs[] = {SARD_INT_IN(empty, dtype, SARD_F32, 1, SARD_SEQUENCE - 1), SARD_ATTRS_END};
static const sard_port sequence_empty_inputs[] = {SARD_PORTS_END};
static const sard_port sequence_empty_outputs[] = {SARD_PORT("output", 'S', SARD_SET_SEQUENCE), SARD_PORTS_END};

static sard_dtype empty_type(const void *attrs) { return SARD_SEQUENCE_OF(((const empty *)attrs)->dtype); }

static sard_status infer_sequence_empty(sard_node *node, sard_error *error)
{
    const sard_dtype type = empty_type(node->attrs);
    if (!sard_dtype_in(sard_dtype_item(type), SARD_SET_ALL))
        return sard_node_fail(node, error, SARD_UNSUPPORTED, "items of type %s", sard_dtype_name(sard_dtype_item(type)));
    return sard_infer_list(node, 0, type, error);
}

static sard_status eval_sequence_empty(const sard_call *call)
{
    sard_tensor *items;
    return sard_call_list(call, 0, empty_type(call->attrs), 0, &items);
}

SEQUENCE_OP(sequence_empty, "SequenceEmpty", .attrs = empty_attrs, .attrs_size = sizeof(empty))

/* ---- SequenceConstruct ---- */

static const sard_port sequence_construct_inputs[] = {SARD_PORT_VARIADIC("inputs", 'T', ITEM), SARD_PORTS_END};
#define sequence_construct_outputs sequence_out

static sard_status infer_sequence_construct(sard_node *node, sard_error *error)
{
    for (size_t i = 0; i < node->own_count; i++)
        if (node->inputs[i] && node->inputs[i]->dtype)
            return sard_infer_list(node, 0, SARD_SEQUENCE_OF(node->inputs[i]->dtype), error);
    return SARD_OK;
}

static sard_status eval_sequence_construct(const sard_call *call)
{
    const size_t count = call->node->own_count;
    sard_tensor *items;
    sard_status status = sard_call_list(call, 0, SARD_SEQUENCE_OF(call->inputs[0].dtype), count, &items);
    for (size_t i = 0; !status && i < count; i++)
        status = sard_item_copy(call, &call->inputs[i], &items[i]);
    return status;
}

SEQUENCE_OP(sequence_construct, "SequenceConstruct")

/* ---- SequenceInsert ---- */

static const sard_port sequence_insert_inputs[] = {SEQUENCE, SARD_PORT("tensor", 'T', ITEM), POSITION_OR_END, SARD_PORTS_END};
#define sequence_insert_outputs sequence_out

static sard_status infer_sequence_insert(sard_node *node, sard_error *error)
{
    const sard_dtype list = node->inputs[0]->dtype, tensor = node->inputs[1]->dtype;
    if (list && tensor && sard_dtype_item(list) != tensor)
        return sard_node_fail(node, error, SARD_SHAPE, "input tensor is %s, but the sequence is %s", sard_dtype_name(tensor),
                              sard_dtype_name(list));
    return sard_infer_list(node, 0, list ? list : tensor ? SARD_SEQUENCE_OF(tensor) : SARD_NONE, error);
}

static sard_status eval_sequence_insert(const sard_call *call)
{
    const sard_tensor *from = items_of(call);
    const size_t count = length_of(call);
    sard_tensor *items;
    size_t at;
    sard_status status = sard_item_index(call, 2, count, true, (int64_t)count, &at);
    if (!status)
        status = sard_call_list(call, 0, call->inputs[0].dtype, count + 1, &items);
    if (status)
        return status;
    if (at)
        memcpy(items, from, at * sizeof *items);
    if (at < count)
        memcpy(items + at + 1, from + at, (count - at) * sizeof *items);
    return sard_item_copy(call, &call->inputs[1], &items[at]);
}

SEQUENCE_OP(sequence_insert, "SequenceInsert")

/* ---- SequenceErase ---- */

static const sard_port sequence_erase_inputs[] = {SEQUENCE, POSITION_OR_END, SARD_PORTS_END};
#define sequence_erase_outputs sequence_out
#define infer_sequence_erase infer_as_input

static sard_status eval_sequence_erase(const sard_call *call)
{
    const sard_tensor *from = items_of(call);
    const size_t count = length_of(call);
    sard_tensor *items;
    size_t at;
    sard_status status = sard_item_index(call, 1, count, false, -1, &at);
    if (!status)
        status = sard_call_list(call, 0, call->inputs[0].dtype, count - 1, &items);
    for (size_t i = 0; !status && i + 1 < count; i++)
        items[i] = from[i + (i >= at)];
    return status;
}

SEQUENCE_OP(sequence_erase, "SequenceErase")

/* ---- SequenceAt ---- */

static const sard_port sequence_at_inputs[] = {SEQUENCE, POSITION, SARD_PORTS_END};
static const sard_port sequence_at_outputs[] = {SARD_PORT("tensor", 'T', ITEM), SARD_PORTS_END};

static sard_status infer_sequence_at(sard_node *node, sard_error *error)
{
    return sard_node_set_output(node, 0, sard_dtype_item(node->inputs[0]->dtype), -1, NULL, error);
}

static sard_status eval_sequence_at(const sard_call *call)
{
    size_t at;
    const sard_status status = sard_item_index(call, 1, length_of(call), false, 0, &at);
    return status ? status : sard_call_give(call, 0, &items_of(call)[at]);
}

SEQUENCE_OP(sequence_at, "SequenceAt")

/* ---- SequenceLength ---- */

static const sard_port sequence_length_inputs[] = {SEQUENCE, SARD_PORTS_END};
static const sard_port sequence_length_outputs[] = {SARD_PORT("length", 'I', SARD_SET(I64)), SARD_PORTS_END};

static sard_status infer_sequence_length(sard_node *node, sard_error *error)
{
    return sard_node_set_output(node, 0, SARD_I64, 0, NULL, error);
}

static sard_status eval_sequence_length(const sard_call *call)
{
    const sard_status status = sard_call_output(call, 0, 0, NULL);
    if (!status)
        *(int64_t *)call->outputs[0].data = call->inputs[0].dims[0];
    return status;
}

SEQUENCE_OP(sequence_length, "SequenceLength")
