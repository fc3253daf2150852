/* What If, Loop and Scan share: types that flow into and out of subgraphs, and their results. */
#ifndef SARD_OPS_LIB_SUBGRAPH_H
#define SARD_OPS_LIB_SUBGRAPH_H

#include "ops/lib/util.h"

#define SARD_PORT_ANYTHING(name)                                            \
    {                                                                       \
        name, 'V', SARD_VARIADIC | SARD_MIXED, SARD_SET_LIST | SARD_SET_ALL \
    }
#define SARD_GRAPH(struct_, member)                                                                           \
    {                                                                                                         \
        .name = #member, .kind = SARD_ATTR_GRAPH, .flags = SARD_REQUIRED, .offset = offsetof(struct_, member) \
    }

/* ---- inference ---- */

/* `to` gets the type of `from`, with `contents` also what is known of its elements. */
sard_status sard_flow(sard_value *to, const sard_value *from, bool contents, sard_error *error) SARD_MUST_USE;

/* Output i of the node gets the type of a value of a subgraph. */
sard_status sard_flow_out(sard_node *node, size_t i, const sard_value *from, sard_error *error) SARD_MUST_USE;

/* `to` keeps what it has in common with `from`: dims that differ become unknown, then ranks. True if it lost something. */
bool sard_widen_type(sard_value *to, const sard_value *from);

/* Infers a subgraph: its inputs are set, captures get their types here. */
sard_status sard_subgraph_infer(const sard_node *node, sard_graph *graph, sard_error *error) SARD_MUST_USE;

/* The same for the body of a loop with states: inputs `in` ... in+count-1, which have the types of the initial values, and outputs `out`
 * .... Afterwards the inputs have types that hold in every round. */
sard_status sard_subgraph_infer_states(const sard_node *node, sard_graph *graph, size_t in, size_t out, size_t count,
                                       sard_error *error) SARD_MUST_USE;

/* ---- running ---- */

/* Output i of the call becomes a copy of `from`; nothing if nobody wants it. */
sard_status sard_call_give(const sard_call *call, size_t i, const sard_tensor *from) SARD_MUST_USE;

/* A shape for a result of no rounds: unknown dims are 0. */
int sard_empty_shape(const sard_value *value, int64_t dims[SARD_MAX_RANK]);

#endif
