/* Scan 8 works on batches: all inputs and outputs have a first dimension more, over which the whole is repeated. Today's Scan has none,
 * so it becomes one over the batch whose body is one over the sequence. */
#include "frontends/onnx/upgrade.h"

static void no_memory(sard_onnx_draft *draft) { sard_onnx_draft_fail(draft, SARD_NOMEM, "out of memory"); }

/* Puts `wrapper` between a body and the graph around it. */
static bool move_into(sard_graph *wrapper, sard_graph *body)
{
    for (size_t i = 0; i < body->capture_count; i++) {
        sard_value *between = sard_graph_capture(wrapper, body->captures[i].outer);
        if (!between)
            return false;
        body->captures[i].outer = between;
    }
    body->parent = wrapper;
    return true;
}

/* The node over the sequence. */
static sard_node *add_inner(sard_onnx_draft *draft, sard_graph *wrapper, sard_graph *body, const sard_attr *attrs, size_t attr_count)
{
    sard_node *node;
    const sard_node_parts parts = {.op = sard_op_table_find(wrapper->ops, "", "Scan"),
                                   .name = draft->name,
                                   .inputs = wrapper->inputs,
                                   .input_count = wrapper->input_count,
                                   .attrs = attrs,
                                   .attr_count = attr_count,
                                   .output_count = body->output_count};
    if (!parts.op || !move_into(wrapper, body)) {
        no_memory(draft);
        return NULL;
    }
    draft->status = sard_graph_make_node(wrapper, &parts, &node, draft->error);
    return draft->status ? NULL : node;
}

static sard_graph *wrap(sard_onnx_draft *draft, sard_graph *body, const sard_attr *attrs, size_t attr_count)
{
    sard_graph *wrapper = sard_graph_create_inner(draft->scope->home->graph, body->name);
    for (size_t i = 0; wrapper && i < body->input_count; i++)
        if (!sard_graph_add_input(wrapper, body->inputs[i]->name, SARD_NONE, -1, NULL))
            wrapper = NULL;
    if (!wrapper) {
        no_memory(draft);
        return NULL;
    }
    const sard_node *node = add_inner(draft, wrapper, body, attrs, attr_count);
    for (size_t i = 0; node && i < node->output_count; i++)
        if (!sard_graph_add_output(wrapper, node->outputs[i]))
            no_memory(draft);
    return wrapper;
}

void sard_onnx_step_scan(sard_onnx_draft *draft)
{
    sard_attr body, directions, attrs[3] = {{.name = "num_scan_inputs", .kind = SARD_ATTR_INT}};
    size_t attr_count = 2;
    const size_t count = draft->input_count ? draft->input_count - 1 : 0;
    if (sard_onnx_input(draft, 0))
        sard_onnx_draft_fail(draft, SARD_UNSUPPORTED, "sequence_lens is not supported");
    if (!sard_onnx_take_attr(draft, "body", SARD_ATTR_GRAPH, &body) || draft->status)
        return;
    attrs[0].i = sard_onnx_take_int(draft, "num_scan_inputs", 0);
    attrs[1] = body;
    if (sard_onnx_take_attr(draft, "directions", SARD_ATTR_INTS, &directions)) {
        directions.name = "scan_input_directions";
        attrs[attr_count++] = directions;
    }
    for (size_t i = 0; i < count; i++)
        sard_onnx_set_input(draft, i, sard_onnx_input(draft, i + 1));
    sard_onnx_cut_inputs(draft, count);
    body.graph = wrap(draft, body.graph, attrs, attr_count);
    if (draft->status)
        return;
    sard_onnx_set_attr(draft, body);
    sard_onnx_set_int(draft, "num_scan_inputs", (int64_t)count);
}
