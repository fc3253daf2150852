/* Optional-15 -28, OptionalHasElement-15 -28, OptionalGetElement-15 -28
 *
 * Optional            in input: a tensor or sequence, or none; out output: an optional one (type: of its element, where there is no input)
 * OptionalHasElement  in input: an optional one, or what is always there, or none; out output: one bool
 * OptionalGetElement  in input: as above, must be there; out output: its element */
#include "ops/lib/list.h"
#include "ops/lib/subgraph.h"

#define OPTIONAL_OP(symbol, name_, since_, ...)                                           \
    const sard_op sard_op_##symbol = {.struct_size = sizeof(sard_op),                     \
                                      .domain = "",                                       \
                                      .name = name_,                                      \
                                      .since = since_,                                    \
                                      .traits = SARD_DATA_DEPENDENT | SARD_UNKNOWN_RANKS, \
                                      .inputs = symbol##_inputs,                          \
                                      .outputs = symbol##_outputs,                        \
                                      .infer = infer_##symbol,                            \
                                      .eval = eval_##symbol,                              \
                                      __VA_ARGS__};

#define ELEMENT (SARD_SET_ALL | SARD_SET_SEQUENCE)

/* ---- Optional ---- */

/* type: a sard_dtype; 0: not given. */
typedef struct optional {
    int64_t type;
} optional;

static const sard_attr_spec optional_attrs[] = {SARD_INT_IN(optional, type, 0, 0, SARD_MAYBE - 1), SARD_ATTRS_END};
static const sard_port optional_inputs[] = {SARD_PORT_OPTIONAL("input", 'V', ELEMENT), SARD_PORTS_END};
static const sard_port optional_outputs[] = {SARD_PORT("output", 'O', SARD_SET_OPTIONAL), SARD_PORTS_END};

static sard_status infer_optional(sard_node *node, sard_error *error)
{
    const sard_dtype said = (sard_dtype)((const optional *)node->attrs)->type;
    const sard_dtype type = sard_has_input(node, 0) ? node->inputs[0]->dtype : said;
    if (!sard_has_input(node, 0) && !said)
        return sard_node_fail(node, error, SARD_MODEL, "neither an input nor a type");
    if (said && type && said != type)
        return sard_node_fail(node, error, SARD_SHAPE, "input is %s, but type says %s", sard_dtype_name(type), sard_dtype_name(said));
    return type ? sard_infer_list(node, 0, SARD_OPTIONAL_OF(type), error) : SARD_OK;
}

static sard_status eval_optional(const sard_call *call)
{
    const bool has = call->node->own_count && call->inputs[0].dtype;
    const sard_dtype type = has ? call->inputs[0].dtype : (sard_dtype)((const optional *)call->attrs)->type;
    sard_tensor *items;
    const sard_status status = sard_call_list(call, 0, SARD_OPTIONAL_OF(type), has, &items);
    return status || !has ? status : sard_item_copy(call, &call->inputs[0], items);
}

OPTIONAL_OP(optional, "Optional", 28, .attrs = optional_attrs, .attrs_size = sizeof(optional))

/* ---- OptionalHasElement ---- */

static const sard_port has_inputs[] = {SARD_PORT_OPTIONAL("input", 'O', ELEMENT | SARD_SET_OPTIONAL), SARD_PORTS_END};
static const sard_port has_outputs[] = {SARD_PORT("output", 'B', SARD_SET(BOOL)), SARD_PORTS_END};
#define optional_has_element_inputs has_inputs
#define optional_has_element_outputs has_outputs

static sard_status infer_optional_has_element(sard_node *node, sard_error *error)
{
    const sard_status status = sard_node_set_output(node, 0, SARD_BOOL, 0, NULL, error);
    const bool has = sard_has_input(node, 0), known = !has || (node->inputs[0]->dtype && node->inputs[0]->dtype < SARD_MAYBE);
    if (!status && known && node->outputs[0] && !sard_value_set_contents(node->outputs[0], &(sard_content){.known = true, .value = has}, 1))
        return sard_no_memory(error);
    return status;
}

static sard_status eval_optional_has_element(const sard_call *call)
{
    const sard_tensor *x = call->node->own_count && call->inputs[0].dtype ? &call->inputs[0] : NULL;
    const sard_status status = sard_call_output(call, 0, 0, NULL);
    if (!status)
        *(uint8_t *)call->outputs[0].data = x && (x->dtype < SARD_MAYBE || x->dims[0]);
    return status;
}

OPTIONAL_OP(optional_has_element, "OptionalHasElement", 28)

/* ---- OptionalGetElement ---- */

static const sard_port optional_get_element_inputs[] = {SARD_PORT("input", 'O', ELEMENT | SARD_SET_OPTIONAL), SARD_PORTS_END};
static const sard_port optional_get_element_outputs[] = {SARD_PORT("output", 'V', ELEMENT), SARD_PORTS_END};

static sard_status infer_optional_get_element(sard_node *node, sard_error *error)
{
    const sard_value *x = node->inputs[0];
    const sard_dtype item = sard_dtype_item(x->dtype);
    if (x->dtype < SARD_MAYBE)
        return sard_node_set_output(node, 0, x->dtype, x->rank, x->dims, error);
    return sard_dtype_is_list(item) ? sard_infer_list(node, 0, item, error) : sard_node_set_output(node, 0, item, -1, NULL, error);
}

static sard_status eval_optional_get_element(const sard_call *call)
{
    const sard_tensor *x = &call->inputs[0];
    if (x->dtype < SARD_MAYBE)
        return sard_call_give(call, 0, x);
    return x->dims[0] ? sard_call_give(call, 0, x->data) : sard_call_fail(call, SARD_DATA, "the optional input has no element");
}

OPTIONAL_OP(optional_get_element, "OptionalGetElement", 28)
