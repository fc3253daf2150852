/* Scan: runs a subgraph over slices of its inputs
 *
 * in   states, then num_scan_inputs scan inputs: round i gets slice i of each along its axis (scan_input_axes, else 0), with direction 1
 *      from the end
 * out  the states after the last round, then the scan outputs: what the rounds gave, stacked along a new axis (scan_output_axes, else 0),
 *      with direction 1 from its end
 *
 * body: in  states, slices; out  states, scan outputs. */
#include "ops/lib/subgraph.h"

#include <inttypes.h>
#include <string.h>

typedef struct scan {
    sard_graph *body;
    int64_t num_scan_inputs;
    sard_ints scan_input_axes, scan_input_directions, scan_output_axes, scan_output_directions;
} scan;

static const sard_attr_spec attrs[] = {
    SARD_GRAPH(scan, body),
    {.name = "num_scan_inputs",
     .kind = SARD_ATTR_INT,
     .flags = SARD_REQUIRED | SARD_RANGED,
     .offset = offsetof(scan, num_scan_inputs),
     .min = 1,
     .max = INT32_MAX},
    SARD_LIST(scan, scan_input_axes),
    SARD_LIST_IN(scan, scan_input_directions, 0, 1),
    SARD_LIST(scan, scan_output_axes),
    SARD_LIST_IN(scan, scan_output_directions, 0, 1),
    SARD_ATTRS_END,
};
static const sard_port inputs[] = {{"initial_state_and_scan_inputs", 'V', SARD_VARIADIC | SARD_MIXED, SARD_SET_ALL}, SARD_PORTS_END};
static const sard_port outputs[] = {{"final_state_and_scan_outputs", 'V', SARD_VARIADIC | SARD_MIXED, SARD_SET_ALL}, SARD_PORTS_END};

static size_t state_count(const sard_node *node) { return node->own_count - (size_t)((const scan *)node->attrs)->num_scan_inputs; }
static int64_t entry(sard_ints list, size_t i) { return list.data ? list.data[i] : 0; }

/* ---- inference ---- */

static sard_status check_list(const sard_node *node, sard_ints list, size_t count, const char *what, sard_error *error)
{
    if (list.data && list.count != count)
        return sard_node_fail(node, error, SARD_MODEL, "%s has %zu entries, must have %zu", what, list.count, count);
    return SARD_OK;
}

static sard_status check_counts(const sard_node *node, sard_error *error)
{
    const scan *a = node->attrs;
    const size_t slices = (size_t)a->num_scan_inputs;
    if (slices > node->own_count)
        return sard_node_fail(node, error, SARD_MODEL, "num_scan_inputs is %zu, but there are %zu inputs", slices, node->own_count);
    const size_t states = node->own_count - slices;
    if (a->body->input_count != node->own_count || a->body->output_count < states || a->body->output_count < node->output_count)
        return sard_node_fail(node, error, SARD_MODEL, "%zu inputs and %zu outputs, but the body has %zu and %zu", node->own_count,
                              node->output_count, a->body->input_count, a->body->output_count);
    const size_t stacks = a->body->output_count - states;
    sard_status status = check_list(node, a->scan_input_axes, slices, "scan_input_axes", error);
    if (!status)
        status = check_list(node, a->scan_input_directions, slices, "scan_input_directions", error);
    if (!status)
        status = check_list(node, a->scan_output_axes, stacks, "scan_output_axes", error);
    return status ? status : check_list(node, a->scan_output_directions, stacks, "scan_output_directions", error);
}

static void remove_dim(const int64_t *dims, int rank, int axis, int64_t *out)
{
    for (int i = 0, k = 0; i < rank; i++)
        if (i != axis)
            out[k++] = dims[i];
}

static void insert_dim(const int64_t *dims, int rank, int axis, int64_t dim, int64_t *out)
{
    for (int i = 0; i < rank; i++)
        out[i + (i >= axis)] = dims[i];
    out[axis] = dim;
}

/* Input i of the body gets the type of a slice; all inputs must have the same number of slices. */
static sard_status flow_slice(sard_node *node, size_t i, int64_t *rounds, sard_error *error)
{
    const scan *a = node->attrs;
    const sard_value *whole = node->inputs[i];
    sard_value *slice = a->body->inputs[i];
    int64_t dims[SARD_MAX_RANK];
    int axis;
    slice->content_count = -1;
    if (whole->rank < 0) {
        sard_value_set_type(slice, whole->dtype, -1, NULL);
        return SARD_OK;
    }
    const sard_status status = sard_axis(node, entry(a->scan_input_axes, i - state_count(node)), whole->rank, "axis", &axis, error);
    if (status)
        return status;
    const int64_t dim = whole->dims[axis];
    if (*rounds >= 0 && dim >= 0 && *rounds != dim)
        return sard_node_fail(node, error, SARD_SHAPE, "'%.100s' has %" PRId64 " slices, others have %" PRId64, whole->name, dim, *rounds);
    *rounds = *rounds >= 0 || dim == SARD_UNKNOWN_DIM ? *rounds : dim;
    remove_dim(whole->dims, whole->rank, axis, dims);
    sard_value_set_type(slice, whole->dtype, whole->rank - 1, dims);
    return SARD_OK;
}

static sard_status flow_stack(sard_node *node, size_t i, int64_t rounds, sard_error *error)
{
    const scan *a = node->attrs;
    const sard_value *element = a->body->outputs[i];
    int64_t dims[SARD_MAX_RANK + 1];
    int axis;
    if (element->rank < 0)
        return sard_node_set_output(node, i, element->dtype, -1, NULL, error);
    const sard_status status = sard_axis(node, entry(a->scan_output_axes, i - state_count(node)), element->rank + 1, "axis", &axis, error);
    if (status)
        return status;
    insert_dim(element->dims, element->rank, axis, rounds, dims);
    return sard_node_set_output(node, i, element->dtype, element->rank + 1, dims, error);
}

static sard_status infer(sard_node *node, sard_error *error)
{
    const scan *a = node->attrs;
    int64_t rounds = SARD_UNKNOWN_DIM;
    sard_status status = check_counts(node, error);
    if (status)
        return status;
    const size_t states = state_count(node);
    for (size_t i = 0; !status && i < states; i++)
        status = sard_flow(a->body->inputs[i], node->inputs[i], false, error);
    for (size_t i = states; !status && i < node->own_count; i++)
        status = flow_slice(node, i, &rounds, error);
    if (!status)
        status = sard_subgraph_infer_states(node, a->body, 0, 0, states, error);
    for (size_t i = 0; !status && i < states; i++)
        status = sard_flow_out(node, i, a->body->inputs[i], error);
    for (size_t i = states; !status && i < node->output_count; i++)
        status = flow_stack(node, i, rounds, error);
    return status;
}

/* ---- running ---- */

typedef struct rounds {
    const scan *attrs;
    size_t states;
    int64_t count;
    sard_tensor *inputs, *outputs; /* of the body */
    char **slices;                 /* of each scan input: its slices one after the other */
} rounds;

/* The slices of scan input i along its axis: themselves where the axis is the first, else moved. */
static sard_status cut(const sard_call *call, rounds *r, size_t i)
{
    const sard_tensor *whole = &call->inputs[i];
    const size_t size = sard_dtype_size(whole->dtype);
    int64_t dims[SARD_MAX_RANK], from[SARD_MAX_RANK], to[SARD_MAX_RANK];
    int axis;
    const sard_status status =
        sard_axis(call->node, entry(r->attrs->scan_input_axes, i - r->states), whole->rank, "axis", &axis, call->error);
    if (status)
        return status;
    if (i > r->states && whole->dims[axis] != r->count)
        return sard_call_fail(call, SARD_SHAPE, "scan inputs have %" PRId64 " and %" PRId64 " slices", r->count, whole->dims[axis]);
    r->count = whole->dims[axis];
    remove_dim(whole->dims, whole->rank, axis, dims);
    r->inputs[i] = sard_tensor_make(whole->dtype, whole->rank - 1, dims, NULL);
    r->slices[i - r->states] = whole->data;
    if (axis == 0)
        return SARD_OK;
    char *moved = sard_call_alloc(call, sard_tensor_count(whole) * size);
    if (!moved)
        return sard_call_fail(call, SARD_NOMEM, "no memory for the slices of an input");
    sard_strides(whole->dims, whole->rank, from);
    int64_t inner[SARD_MAX_RANK];
    sard_strides(dims, whole->rank - 1, inner);
    insert_dim(inner, whole->rank - 1, axis, (int64_t)sard_tensor_count(&r->inputs[i]), to);
    sard_copy(moved, to, whole->data, from, whole->dims, whole->rank, size);
    r->slices[i - r->states] = moved;
    return SARD_OK;
}

/* Puts what a round gave for output i in its place. The first round tells the shape. */
static sard_status place(const sard_call *call, const rounds *r, size_t i, int64_t round)
{
    const sard_tensor *element = &r->outputs[i];
    sard_tensor *out = &call->outputs[i];
    int64_t dims[SARD_MAX_RANK + 1], strides[SARD_MAX_RANK], to[SARD_MAX_RANK], from[SARD_MAX_RANK];
    int axis;
    if (element->rank == SARD_MAX_RANK)
        return sard_call_fail(call, SARD_UNSUPPORTED, "result of rank %d, at most %d is possible", element->rank + 1, SARD_MAX_RANK);
    sard_status status =
        sard_axis(call->node, entry(r->attrs->scan_output_axes, i - r->states), element->rank + 1, "axis", &axis, call->error);
    if (status)
        return status;
    insert_dim(element->dims, element->rank, axis, r->count, dims);
    if (round == 0) {
        out->dtype = out->dtype ? out->dtype : element->dtype;
        status = sard_call_output(call, i, element->rank + 1, dims);
    } else if (out->rank != element->rank + 1 || memcmp(out->dims, dims, (size_t)out->rank * sizeof *dims)) {
        return sard_call_fail(call, SARD_SHAPE, "round %" PRId64 " gives output %zu another shape than those before", round, i);
    }
    if (status)
        return status;
    if (out->dtype != element->dtype)
        return sard_call_fail(call, SARD_SHAPE, "output %zu is %s, but the body gave %s", i, sard_dtype_name(out->dtype),
                              sard_dtype_name(element->dtype));
    const int64_t slot = entry(r->attrs->scan_output_directions, i - r->states) ? r->count - 1 - round : round;
    const size_t size = sard_dtype_size(out->dtype);
    sard_strides(dims, element->rank + 1, strides);
    remove_dim(strides, element->rank + 1, axis, to);
    sard_strides(element->dims, element->rank, from);
    sard_copy((char *)out->data + (size_t)(slot * strides[axis]) * size, to, element->data, from, element->dims, element->rank, size);
    return SARD_OK;
}

static bool wanted(const sard_node *node, size_t i) { return i < node->output_count && node->outputs[i]; }

static sard_status run_round(const sard_call *call, rounds *r, int64_t round)
{
    const scan *a = r->attrs;
    const size_t count = a->body->output_count;
    for (size_t i = r->states; i < call->node->own_count; i++) {
        const size_t bytes = sard_tensor_count(&r->inputs[i]) * sard_dtype_size(r->inputs[i].dtype);
        const int64_t slot = entry(a->scan_input_directions, i - r->states) ? r->count - 1 - round : round;
        r->inputs[i].data = r->slices[i - r->states] + (size_t)slot * bytes;
    }
    sard_status status = sard_call_subgraph(call, a->body, r->inputs, call->node->own_count, r->outputs, count);
    for (size_t i = r->states; !status && i < count; i++)
        if (wanted(call->node, i))
            status = place(call, r, i, round);
    for (size_t i = 0; !status && i < r->states; i++)
        r->inputs[i] = r->outputs[i];
    return status;
}

static sard_status give_empty(const sard_call *call, const rounds *r, size_t i)
{
    const sard_value *element = r->attrs->body->outputs[i];
    int64_t inner[SARD_MAX_RANK], dims[SARD_MAX_RANK + 1];
    const int rank = sard_empty_shape(element, inner);
    int axis;
    sard_status status = sard_axis(call->node, entry(r->attrs->scan_output_axes, i - r->states), rank + 1, "axis", &axis, call->error);
    if (status)
        return status;
    insert_dim(inner, rank, axis, 0, dims);
    call->outputs[i].dtype = call->outputs[i].dtype ? call->outputs[i].dtype : element->dtype;
    return sard_call_output(call, i, rank + 1, dims);
}

static sard_status eval(const sard_call *call)
{
    const scan *a = call->attrs;
    const size_t own = call->node->own_count;
    rounds r = {.attrs = a, .states = state_count(call->node)};
    r.inputs = sard_call_alloc(call, own * sizeof *r.inputs);
    r.outputs = sard_call_alloc(call, a->body->output_count * sizeof *r.outputs);
    r.slices = sard_call_alloc(call, (own - r.states) * sizeof *r.slices);
    if (!r.inputs || !r.outputs || !r.slices)
        return sard_call_fail(call, SARD_NOMEM, "out of memory");
    sard_status status = SARD_OK;
    for (size_t i = 0; i < r.states; i++)
        r.inputs[i] = call->inputs[i];
    for (size_t i = r.states; !status && i < own; i++)
        status = cut(call, &r, i);
    for (int64_t round = 0; !status && round < r.count; round++)
        status = run_round(call, &r, round);
    for (size_t i = 0; !status && i < r.states; i++)
        status = sard_call_give(call, i, &r.inputs[i]);
    for (size_t i = r.states; !status && !r.count && i < call->node->output_count; i++)
        if (wanted(call->node, i))
            status = give_empty(call, &r, i);
    return status;
}

const sard_op sard_op_scan = {.struct_size = sizeof(sard_op),
                              .domain = "",
                              .name = "Scan",
                              .since = 25,
                              .traits = SARD_DATA_DEPENDENT | SARD_UNKNOWN_RANKS,
                              .inputs = inputs,
                              .outputs = outputs,
                              .attrs = attrs,
                              .attrs_size = sizeof(scan),
                              .infer = infer,
                              .eval = eval};
