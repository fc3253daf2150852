/* SequenceMap-17: runs a subgraph on each item of a sequence
 *
 * in   input_sequence; additional_inputs: sequences of that length, or tensors that each round gets as they are
 * out  out_sequence: for each output of the body what the rounds gave
 *
 * body: in  an item of each sequence, the tensors; out  items. */
#include "ops/lib/list.h"
#include "ops/lib/subgraph.h"

#include <inttypes.h>
#include <string.h>

typedef struct map {
    sard_graph *body;
} map;

static const sard_attr_spec attrs[] = {SARD_GRAPH(map, body), SARD_ATTRS_END};
static const sard_port inputs[] = {
    SARD_PORT("input_sequence", 'S', SARD_SET_SEQUENCE),
    {"additional_inputs", 'V', SARD_OPTIONAL | SARD_VARIADIC | SARD_MIXED, (SARD_SET_ANY & ~SARD_SET(BF16)) | SARD_SET_SEQUENCE},
    SARD_PORTS_END};
static const sard_port outputs[] = {{"out_sequence", 'O', SARD_VARIADIC | SARD_MIXED, SARD_SET_SEQUENCE}, SARD_PORTS_END};

static sard_status infer(sard_node *node, sard_error *error)
{
    sard_graph *body = ((const map *)node->attrs)->body;
    sard_status status = SARD_OK;
    if (body->input_count != node->own_count || body->output_count < node->output_count)
        return sard_node_fail(node, error, SARD_MODEL, "%zu inputs and %zu outputs, but the body has %zu and %zu", node->own_count,
                              node->output_count, body->input_count, body->output_count);
    for (size_t i = 0; !status && i < node->own_count; i++) {
        const sard_value *value = node->inputs[i];
        if (!value)
            return sard_node_fail(node, error, SARD_MODEL, "input %zu is missing", i);
        if (!sard_dtype_is_list(value->dtype))
            status = sard_flow(body->inputs[i], value, false, error);
        else
            sard_value_set_type(body->inputs[i], sard_dtype_item(value->dtype), -1, NULL);
    }
    if (!status)
        status = sard_subgraph_infer(node, body, error);
    for (size_t i = 0; !status && i < node->output_count; i++) {
        const sard_dtype item = body->outputs[i]->dtype;
        if (sard_dtype_is_list(item))
            return sard_node_fail(node, error, SARD_SHAPE, "output %zu of the body is %s, must be a tensor", i, sard_dtype_name(item));
        status = item ? sard_infer_list(node, i, SARD_SEQUENCE_OF(item), error) : SARD_OK;
    }
    return status;
}

/* What round i gets: items of sequences, tensors as they are. */
static sard_status set_inputs(const sard_call *call, size_t round, sard_tensor *given)
{
    for (size_t i = 0; i < call->node->own_count; i++) {
        const sard_tensor *input = &call->inputs[i];
        if (sard_dtype_is_list(input->dtype) && input->dims[0] != call->inputs[0].dims[0])
            return sard_call_fail(call, SARD_SHAPE, "sequences of %" PRId64 " and %" PRId64 " items", call->inputs[0].dims[0],
                                  input->dims[0]);
        given[i] = sard_dtype_is_list(input->dtype) ? ((const sard_tensor *)input->data)[round] : *input;
    }
    return SARD_OK;
}

static bool wanted(const sard_call *call, size_t i) { return i < call->node->output_count && call->node->outputs[i]; }

/* The first round tells the types that were open. */
static sard_status take(const sard_call *call, size_t i, size_t round, const sard_tensor *made)
{
    sard_tensor *items = call->outputs[i].data;
    sard_status status = items ? SARD_OK : sard_call_list(call, i, SARD_SEQUENCE_OF(made->dtype), (size_t)call->inputs[0].dims[0], &items);
    if (!status && sard_dtype_item(call->outputs[i].dtype) != made->dtype)
        return sard_call_fail(call, SARD_SHAPE, "output %zu is %s, but the body gave %s", i, sard_dtype_name(call->outputs[i].dtype),
                              sard_dtype_name(made->dtype));
    return status ? status : sard_item_copy(call, made, &items[round]);
}

static sard_status eval(const sard_call *call)
{
    const sard_graph *body = ((const map *)call->attrs)->body;
    const size_t rounds = (size_t)call->inputs[0].dims[0], count = body->output_count;
    sard_tensor *given = sard_call_alloc(call, call->node->own_count * sizeof *given), *made = sard_call_alloc(call, count * sizeof *made);
    sard_status status = given && made ? SARD_OK : sard_call_fail(call, SARD_NOMEM, "out of memory");
    for (size_t i = 0; !status && !rounds && i < count; i++) {
        sard_tensor *items;
        if (wanted(call, i))
            status = sard_call_list(call, i, call->outputs[i].dtype ? call->outputs[i].dtype : SARD_SEQUENCE_OF(SARD_F32), 0, &items);
    }
    for (size_t round = 0; !status && round < rounds; round++) {
        status = set_inputs(call, round, given);
        if (!status)
            status = sard_call_subgraph(call, body, given, call->node->own_count, made, count);
        for (size_t i = 0; !status && i < count; i++)
            if (wanted(call, i))
                status = take(call, i, round, &made[i]);
    }
    return status;
}

const sard_op sard_op_sequence_map = {.struct_size = sizeof(sard_op),
                                      .domain = "",
                                      .name = "SequenceMap",
                                      .since = 17,
                                      .traits = SARD_DATA_DEPENDENT | SARD_UNKNOWN_RANKS,
                                      .inputs = inputs,
                                      .outputs = outputs,
                                      .attrs = attrs,
                                      .attrs_size = sizeof(map),
                                      .infer = infer,
                                      .eval = eval};
