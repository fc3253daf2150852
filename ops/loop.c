/* Loop: runs a subgraph while a condition holds, at most M times
 *
 * in   M: how often at most, any number of times if left out; cond: whether to begin, true if left out; v_initial: the states
 * out  the states after the last round, then the scan outputs: what the rounds gave, stacked along a new first axis
 *
 * body: in  number of the round, cond (always true there), states; out  cond for the next round, states, scan outputs. */
#include "ops/lib/subgraph.h"

#include <inttypes.h>
#include <string.h>

typedef struct loop {
    sard_graph *body;
} loop;

enum { TRIPS, COND, STATES };

static const sard_attr_spec attrs[] = {SARD_GRAPH(loop, body), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT_OPTIONAL("M", 'I', SARD_SET(I64)),
                                   SARD_PORT_OPTIONAL("cond", 'B', SARD_SET(BOOL)),
                                   {"v_initial", 'V', SARD_OPTIONAL | SARD_VARIADIC | SARD_MIXED, SARD_SET_ALL | SARD_SET_LIST},
                                   SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT_ANYTHING("v_final_and_scan_outputs"), SARD_PORTS_END};

static size_t state_count(const sard_node *node) { return node->own_count > STATES ? node->own_count - STATES : 0; }

/* ---- inference ---- */

static sard_status check_counts(const sard_node *node, const sard_graph *body, sard_error *error)
{
    const size_t states = state_count(node);
    if (body->input_count != states + 2 || body->output_count < states + 1 || body->output_count < node->output_count + 1)
        return sard_node_fail(node, error, SARD_MODEL, "%zu states and %zu outputs, but the body has %zu inputs and %zu outputs", states,
                              node->output_count, body->input_count, body->output_count);
    for (size_t i = 0; i < node->own_count; i++) {
        const sard_value *value = node->inputs[i];
        if (!value && i >= STATES)
            return sard_node_fail(node, error, SARD_MODEL, "state %zu has no initial value", i - STATES);
        if (value && i < STATES && (value->rank > 1 || (value->rank == 1 && value->dims[0] > 1)))
            return sard_node_fail(node, error, SARD_SHAPE, "%s must have one element", inputs[i].name);
    }
    return SARD_OK;
}

/* Bodies declare their first two inputs as scalars or as vectors of one element, and get what they declare. */
static void set_scalar(sard_value *value, sard_dtype dtype)
{
    sard_value_set_type(value, dtype, value->rank == 1, (int64_t[]){1});
    value->content_count = -1;
}

/* Rounds as far as known before the run, else SARD_UNKNOWN_DIM. */
static int64_t known_trips(const sard_node *node, const sard_graph *body)
{
    int64_t trips, cond = 1;
    size_t count = 0;
    sard_content goes_on[SARD_MAX_CONTENTS];
    if (sard_has_input(node, COND) && !sard_node_input_ints(node, COND, &cond, 1, &count))
        return SARD_UNKNOWN_DIM;
    if (!cond)
        return 0;
    if (!sard_has_input(node, TRIPS) || !sard_node_input_ints(node, TRIPS, &trips, 1, &count) || count != 1)
        return SARD_UNKNOWN_DIM;
    if (trips > 1 && (sard_value_contents(body->outputs[0], goes_on) != 1 || !goes_on[0].known || !goes_on[0].value))
        return SARD_UNKNOWN_DIM;
    return trips < 0 ? 0 : trips;
}

/* A state that is optional in the first round alone comes out as either, so its type is open. */
static sard_status flow_state(sard_node *node, size_t i, const sard_graph *body, sard_error *error)
{
    const sard_value *before = body->inputs[2 + i], *after = body->outputs[1 + i];
    const bool open = before->dtype >= SARD_MAYBE && after->dtype && after->dtype != before->dtype;
    return open ? sard_node_set_output(node, i, SARD_NONE, -1, NULL, error) : sard_flow_out(node, i, before, error);
}

static sard_status flow_out(sard_node *node, const sard_graph *body, sard_error *error)
{
    const size_t states = state_count(node);
    int64_t dims[SARD_MAX_RANK + 1] = {known_trips(node, body)};
    sard_status status = SARD_OK;
    for (size_t i = 0; !status && i < states; i++)
        status = flow_state(node, i, body, error);
    for (size_t i = states; !status && i < node->output_count; i++) {
        const sard_value *element = body->outputs[1 + i];
        if (sard_dtype_is_list(element->dtype))
            return sard_node_fail(node, error, SARD_SHAPE, "scan output '%.100s' is %s, must be a tensor", element->name,
                                  sard_dtype_name(element->dtype));
        if (element->rank > 0)
            memcpy(dims + 1, element->dims, (size_t)element->rank * sizeof *dims);
        status = sard_node_set_output(node, i, element->dtype, element->rank < 0 ? -1 : element->rank + 1, dims, error);
    }
    return status;
}

static sard_status infer(sard_node *node, sard_error *error)
{
    sard_graph *body = ((const loop *)node->attrs)->body;
    sard_status status = check_counts(node, body, error);
    if (status)
        return status;
    set_scalar(body->inputs[0], SARD_I64);
    set_scalar(body->inputs[1], SARD_BOOL);
    if (!sard_value_set_contents(body->inputs[1], &(sard_content){.known = true, .value = 1}, 1))
        return sard_no_memory(error);
    for (size_t i = 0; !status && i < state_count(node); i++)
        status = sard_flow(body->inputs[2 + i], node->inputs[STATES + i], false, error);
    if (!status)
        status = sard_subgraph_infer_states(node, body, 2, 1, state_count(node), error);
    const sard_value *cond = body->outputs[0];
    if (!status && cond->dtype && cond->dtype != SARD_BOOL)
        return sard_node_fail(node, error, SARD_SHAPE, "the body's condition '%.100s' is %s, must be bool", cond->name,
                              sard_dtype_name(cond->dtype));
    return status ? status : flow_out(node, body, error);
}

/* ---- running ---- */

/* A scan output while it grows. */
typedef struct stack {
    char *data;
    size_t used, capacity;
    sard_tensor element; /* shape and type of each */
} stack;

typedef struct rounds {
    const sard_graph *body;
    size_t states, stacks;
    int64_t count;
    sard_tensor *inputs, *outputs; /* of the body */
    stack *scans;
} rounds;

static bool same_type(const sard_tensor *a, const sard_tensor *b)
{
    return a->dtype == b->dtype && a->rank == b->rank && (!a->rank || !memcmp(a->dims, b->dims, (size_t)a->rank * sizeof *a->dims));
}

static sard_status push(const sard_call *call, stack *s, const sard_tensor *element, int64_t round)
{
    const size_t bytes = sard_tensor_count(element) * sard_dtype_size(element->dtype);
    if (sard_dtype_is_list(element->dtype))
        return sard_call_fail(call, SARD_SHAPE, "a scan output is %s, must be a tensor", sard_dtype_name(element->dtype));
    if (round == 0)
        s->element = *element;
    else if (!same_type(&s->element, element))
        return sard_call_fail(call, SARD_SHAPE, "round %" PRId64 " gives a scan output of another shape than those before", round);
    if (bytes > s->capacity - s->used) {
        size_t more;
        if (__builtin_add_overflow(s->capacity, s->capacity > bytes ? s->capacity : bytes, &more))
            return sard_call_fail(call, SARD_LIMIT, "a scan output is too large");
        char *bigger = sard_call_alloc(call, more);
        if (!bigger)
            return sard_call_fail(call, SARD_NOMEM, "no memory for a scan output of %zu bytes", more);
        if (s->used)
            memcpy(bigger, s->data, s->used);
        s->data = bigger;
        s->capacity = more;
    }
    if (bytes)
        memcpy(s->data + s->used, element->data, bytes);
    s->used += bytes;
    return SARD_OK;
}

static sard_status run_round(const sard_call *call, rounds *r, bool *more)
{
    *(int64_t *)r->inputs[0].data = r->count;
    sard_status status = sard_call_subgraph(call, r->body, r->inputs, 2 + r->states, r->outputs, 1 + r->states + r->stacks);
    for (size_t i = 0; !status && i < r->stacks; i++)
        if (call->node->output_count > r->states + i && call->node->outputs[r->states + i])
            status = push(call, &r->scans[i], &r->outputs[1 + r->states + i], r->count);
    if (status)
        return status;
    if (r->states)
        memcpy(r->inputs + 2, r->outputs + 1, r->states * sizeof *r->inputs);
    const sard_tensor *cond = &r->outputs[0];
    if (cond->dtype != SARD_BOOL || sard_tensor_count(cond) != 1)
        return sard_call_fail(call, SARD_SHAPE, "the body's condition is not one bool");
    *more = *(const uint8_t *)cond->data != 0;
    r->count++;
    return SARD_OK;
}

static sard_status give_scan(const sard_call *call, const rounds *r, size_t i)
{
    const stack *s = &r->scans[i];
    const size_t place = r->states + i;
    int64_t dims[SARD_MAX_RANK + 1] = {r->count};
    int rank = s->element.rank;
    sard_dtype dtype = s->element.dtype;
    if (place >= call->node->output_count || !call->node->outputs[place])
        return SARD_OK;
    if (r->count) {
        memcpy(dims + 1, s->element.dims, (size_t)rank * sizeof *dims);
    } else {
        rank = sard_empty_shape(r->body->outputs[1 + place], dims + 1);
        dtype = r->body->outputs[1 + place]->dtype;
    }
    if (rank == SARD_MAX_RANK)
        return sard_call_fail(call, SARD_UNSUPPORTED, "result of rank %d, at most %d is possible", rank + 1, SARD_MAX_RANK);
    const sard_tensor whole = sard_tensor_make(dtype, rank + 1, dims, s->data);
    return sard_call_give(call, place, &whole);
}

static const sard_tensor *given(const sard_call *call, size_t i)
{
    return i < call->node->own_count && call->inputs[i].dtype ? &call->inputs[i] : NULL;
}

static sard_status start(const sard_call *call, rounds *r)
{
    const sard_graph *body = r->body;
    r->states = state_count(call->node);
    r->stacks = body->output_count - 1 - r->states;
    r->inputs = sard_call_alloc(call, body->input_count * sizeof *r->inputs);
    r->outputs = sard_call_alloc(call, body->output_count * sizeof *r->outputs);
    r->scans = sard_call_alloc(call, r->stacks * sizeof *r->scans);
    void *number = sard_call_alloc(call, sizeof(int64_t));
    uint8_t *goes_on = sard_call_alloc(call, sizeof *goes_on);
    if (!r->inputs || !r->outputs || !r->scans || !number || !goes_on)
        return sard_call_fail(call, SARD_NOMEM, "out of memory");
    memset(r->scans, 0, r->stacks * sizeof *r->scans);
    *goes_on = 1;
    r->inputs[0] = sard_tensor_make(SARD_I64, body->inputs[0]->rank == 1, (int64_t[]){1}, number);
    r->inputs[1] = sard_tensor_make(SARD_BOOL, body->inputs[1]->rank == 1, (int64_t[]){1}, goes_on);
    for (size_t i = 0; i < r->states; i++)
        r->inputs[2 + i] = call->inputs[STATES + i];
    return SARD_OK;
}

static sard_status eval(const sard_call *call)
{
    const sard_tensor *trips = given(call, TRIPS), *cond = given(call, COND);
    rounds r = {.body = ((const loop *)call->attrs)->body};
    if ((trips && sard_tensor_count(trips) != 1) || (cond && sard_tensor_count(cond) != 1))
        return sard_call_fail(call, SARD_SHAPE, "M and cond must have one element");
    const int64_t most = trips ? *(const int64_t *)trips->data : INT64_MAX;
    bool more = !cond || *(const uint8_t *)cond->data;
    sard_status status = start(call, &r);
    while (!status && more && r.count < most)
        status = run_round(call, &r, &more);
    for (size_t i = 0; !status && i < r.states; i++)
        status = sard_call_give(call, i, &r.inputs[2 + i]);
    for (size_t i = 0; !status && i < r.stacks; i++)
        status = give_scan(call, &r, i);
    return status;
}

const sard_op sard_op_loop = {.struct_size = sizeof(sard_op),
                              .domain = "",
                              .name = "Loop",
                              .since = 25,
                              .traits = SARD_DATA_DEPENDENT | SARD_UNKNOWN_RANKS,
                              .inputs = inputs,
                              .outputs = outputs,
                              .attrs = attrs,
                              .attrs_size = sizeof(loop),
                              .infer = infer,
                              .eval = eval};
