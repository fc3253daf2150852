/* Nodes: making them, the list they form, uses. */
#include "ir/node.h"
#include "ir/rewrite.h"

#include "ir/options.h"

#include <string.h>

/* ---- uses ---- */

static void link_use(sard_node *node, size_t i)
{
    sard_value *value = node->inputs[i];
    sard_use *use = &node->uses[i];
    *use = (sard_use){.node = node, .index = i};
    if (!value)
        return;
    use->next = value->uses;
    if (value->uses)
        value->uses->previous = use;
    value->uses = use;
    value->use_count++;
}

static void unlink_use(sard_node *node, size_t i)
{
    sard_value *value = node->inputs[i];
    sard_use *use = &node->uses[i];
    if (!value)
        return;
    if (use->previous)
        use->previous->next = use->next;
    else
        value->uses = use->next;
    if (use->next)
        use->next->previous = use->previous;
    value->use_count--;
}

/* A capture names what it reads, which is one of the node's inputs. */
static void follow_capture(sard_node *node, size_t i)
{
    sard_graph *graph;
    for (size_t k = 0; (graph = sard_node_subgraph(node, k)); k++)
        if (i >= graph->capture_first && i - graph->capture_first < graph->capture_count)
            graph->captures[i - graph->capture_first].outer = node->inputs[i];
}

void sard_node_put_input(sard_node *node, size_t i, sard_value *value)
{
    unlink_use(node, i);
    node->inputs[i] = value;
    link_use(node, i);
    if (i >= node->own_count)
        follow_capture(node, i);
}

bool sard_node_set_input(sard_node *node, size_t i, sard_value *value)
{
    if (!node || i >= node->own_count)
        return false;
    sard_node_put_input(node, i, value);
    return true;
}

bool sard_node_resize_inputs(sard_node *node, size_t count)
{
    sard_value **inputs = SARD_NEW(node->graph->arena, sard_value *, count);
    sard_use *uses = SARD_NEW(node->graph->arena, sard_use, count);
    if (!inputs || !uses)
        return false;
    for (size_t i = 0; i < node->input_count; i++)
        unlink_use(node, i);
    const size_t kept = count < node->input_count ? count : node->input_count;
    if (kept)
        memcpy(inputs, node->inputs, kept * sizeof *inputs);
    node->inputs = inputs;
    node->uses = uses;
    node->input_count = count;
    for (size_t i = 0; i < count; i++)
        link_use(node, i);
    return true;
}

bool sard_node_set_input_count(sard_node *node, size_t count)
{
    if (!sard_node_resize_inputs(node, count))
        return false;
    node->own_count = count;
    return true;
}

/* ---- the list ---- */

static void link_node(sard_graph *graph, sard_node *node, sard_node *before)
{
    node->next = before;
    node->previous = before ? before->previous : graph->last;
    if (node->previous)
        node->previous->next = node;
    else
        graph->first = node;
    if (before)
        before->previous = node;
    else
        graph->last = node;
    graph->node_count++;
}

void sard_node_unlink(sard_node *node)
{
    sard_graph *graph = node->graph;
    if (graph->rewriter && graph->rewriter->at == node)
        graph->rewriter->at = node->next;
    for (size_t i = 0; i < node->input_count; i++)
        unlink_use(node, i);
    if (node->previous)
        node->previous->next = node->next;
    else
        graph->first = node->next;
    if (node->next)
        node->next->previous = node->previous;
    else
        graph->last = node->previous;
    graph->node_count--;
}

bool sard_node_is_used(const sard_node *node)
{
    for (size_t i = 0; i < node->output_count; i++)
        if (node->outputs[i] && sard_value_use_count(node->outputs[i]))
            return true;
    return false;
}

bool sard_node_remove(sard_node *node)
{
    if (!node || sard_node_is_used(node))
        return false;
    for (size_t i = 0; i < node->output_count; i++)
        if (node->outputs[i])
            node->outputs[i]->producer = NULL;
    sard_node_unlink(node);
    return true;
}

void sard_value_replace(sard_value *from, sard_value *to)
{
    if (!from || !to || from == to)
        return;
    while (from->uses)
        sard_node_put_input(from->uses->node, from->uses->index, to);
    sard_graph *graph = from->graph;
    for (size_t i = from->first_output; from->output_count && i < graph->output_count; i++)
        if (graph->outputs[i] == from) {
            graph->outputs[i] = to;
            to->first_output = to->output_count && to->first_output < i ? to->first_output : i;
            from->output_count--;
            to->output_count++;
        }
}

bool sard_node_join(sard_node *node, sard_node *joined)
{
    const size_t first = node->input_count;
    if (!sard_node_resize_inputs(node, first + joined->input_count))
        return false;
    for (size_t i = 0; i < joined->input_count; i++)
        sard_node_put_input(node, first + i, joined->inputs[i]);
    sard_node_unlink(joined);
    return true;
}

/* ---- making ---- */

/* How many values the subgraphs of the attributes capture; each subgraph learns where its own begin. */
static size_t captures_of(const sard_node_parts *parts)
{
    size_t count = 0;
    for (size_t i = 0; i < parts->attr_count; i++)
        if (parts->attrs[i].kind == SARD_ATTR_GRAPH) {
            parts->attrs[i].graph->capture_first = parts->input_count + count;
            count += parts->attrs[i].graph->capture_count;
        }
    return count;
}

static bool fill_inputs(sard_node *node, const sard_node_parts *parts)
{
    node->own_count = parts->input_count;
    node->input_count = parts->input_count + captures_of(parts);
    node->inputs = SARD_NEW(node->graph->arena, sard_value *, node->input_count);
    node->uses = SARD_NEW(node->graph->arena, sard_use, node->input_count);
    if (!node->inputs || !node->uses)
        return false;
    if (parts->input_count)
        memcpy(node->inputs, parts->inputs, parts->input_count * sizeof *node->inputs);
    for (size_t i = 0; i < parts->attr_count; i++) {
        const sard_graph *inner = parts->attrs[i].kind == SARD_ATTR_GRAPH ? parts->attrs[i].graph : NULL;
        for (size_t k = 0; inner && k < inner->capture_count; k++)
            node->inputs[inner->capture_first + k] = inner->captures[k].outer;
    }
    return true;
}

static bool fill_outputs(sard_node *node, const sard_node_parts *parts)
{
    sard_graph *graph = node->graph;
    node->output_count = parts->output_count;
    node->outputs = SARD_NEW(graph->arena, sard_value *, parts->output_count);
    if (!node->outputs)
        return false;
    for (size_t i = 0; i < parts->output_count; i++) {
        const char *name = parts->output_names ? parts->output_names[i] : node->name;
        if (parts->output_names && (!name || !*name))
            continue;
        sard_value *value = sard_graph_add_value(graph, name);
        if (!value)
            return false;
        value->producer = node;
        value->output = i;
        node->outputs[i] = value;
    }
    return true;
}

static sard_status check_counts(const sard_op *op, const char *name, const sard_node_parts *parts, sard_error *error)
{
    if (parts->input_count < sard_op_input_min(op) || parts->input_count > sard_op_input_max(op))
        return sard_fail(error, SARD_MODEL, "%s '%s': %zu inputs, needs %s%zu", op->name, name, parts->input_count,
                         sard_op_input_max(op) == sard_op_input_min(op) ? "" : "at least ", sard_op_input_min(op));
    if (parts->output_count < sard_op_output_min(op) || parts->output_count > sard_op_output_max(op))
        return sard_fail(error, SARD_MODEL, "%s '%s': %zu outputs, needs %s%zu", op->name, name, parts->output_count,
                         sard_op_output_max(op) == sard_op_output_min(op) ? "" : "at least ", sard_op_output_min(op));
    for (size_t i = 0; i < parts->input_count; i++) {
        size_t port = 0;
        while (port < i && op->inputs[port + 1].name)
            port++;
        if (!parts->inputs[i] && !(op->inputs[port].flags & SARD_OPTIONAL))
            return sard_fail(error, SARD_MODEL, "%s '%s': input %s is missing", op->name, name, op->inputs[port].name);
    }
    return SARD_OK;
}

sard_status sard_graph_make_node(sard_graph *graph, const sard_node_parts *parts, sard_node **out, sard_error *error)
{
    const char *name = parts->name && *parts->name ? parts->name : NULL;
    if (!name)
        name = sard_arena_printf(graph->arena, "%s_%zu", parts->op->name, graph->value_count);
    else
        name = sard_arena_string(graph->arena, name, strlen(name));
    sard_node *node = SARD_NEW(graph->arena, sard_node, 1);
    if (!node || !name)
        return sard_no_memory(error);
    sard_status status = check_counts(parts->op, name, parts, error);
    if (status)
        return status;
    node->graph = graph;
    node->name = name;
    node->op = parts->op;
    char what[256];
    snprintf(what, sizeof what, "%s '%.200s'", parts->op->name, name);
    node->attrs = parts->ready;
    if (!parts->ready)
        status = sard_attrs_read(parts->op, parts->attrs, parts->attr_count, graph->arena, &node->attrs, what, error);
    if (status)
        return status;
    if (!fill_inputs(node, parts) || !fill_outputs(node, parts))
        return sard_no_memory(error);
    for (size_t i = 0; i < node->input_count; i++)
        link_use(node, i);
    link_node(graph, node, parts->before);
    *out = node;
    return SARD_OK;
}

sard_status sard_graph_put_node(sard_graph *graph, const sard_node_parts *parts, sard_node **out, sard_error *error)
{
    const sard_status status = sard_graph_make_node(graph, parts, out, error);
    if (status)
        return status;
    const sard_status inferred = sard_node_infer(*out, error);
    if (inferred)
        sard_node_remove(*out);
    return inferred;
}

sard_status sard_graph_add_node(sard_graph *graph, const char *domain, const char *op, const char *name, sard_value *const *inputs,
                                size_t input_count, const sard_attr *attrs, size_t attr_count, size_t output_count, sard_node **out,
                                sard_error *error)
{
    const sard_node_spec spec = {.struct_size = sizeof spec,
                                 .domain = domain,
                                 .op = op,
                                 .name = name,
                                 .inputs = inputs,
                                 .input_count = input_count,
                                 .attrs = attrs,
                                 .attr_count = attr_count,
                                 .output_count = output_count};
    return sard_graph_insert_node(graph, &spec, out, error);
}

static sard_status check_spec(const sard_graph *graph, const sard_node_spec *spec, sard_error *error)
{
    if (!spec->op || (spec->input_count && !spec->inputs) || (spec->attr_count && !spec->attrs))
        return sard_null(error, !spec->op ? "op" : spec->input_count && !spec->inputs ? "inputs" : "attrs");
    if (spec->before && spec->before->graph != graph)
        return sard_fail(error, SARD_ARGUMENT, "%s: the node '%.200s' that it shall stand before is in another graph", spec->op,
                         spec->before->name);
    return SARD_OK;
}

sard_status sard_graph_insert_node(sard_graph *graph, const sard_node_spec *given, sard_node **out, sard_error *error)
{
    sard_node_spec spec = {.struct_size = sizeof spec};
    if (!graph || !given || !out)
        return sard_null(error, !graph ? "graph" : !given ? "spec" : "out");
    sard_status status = sard_take_options(&spec, sizeof spec, given, "sard_node_spec", error);
    if (!status)
        status = check_spec(graph, &spec, error);
    if (status)
        return status;
    const char *domain = spec.domain ? spec.domain : "";
    const sard_node_parts parts = {.op = sard_op_table_find(graph->ops, domain, spec.op),
                                   .name = spec.name,
                                   .inputs = spec.inputs,
                                   .input_count = spec.input_count,
                                   .attrs = spec.attrs,
                                   .attr_count = spec.attr_count,
                                   .output_names = spec.output_names,
                                   .output_count = spec.output_count,
                                   .before = spec.before};
    if (!parts.op)
        return sard_fail(error, SARD_UNSUPPORTED, "%s '%s': there is no such operator%s%s", spec.op, spec.name ? spec.name : "",
                         *domain ? " in domain " : "", domain);
    return sard_graph_put_node(graph, &parts, out, error);
}
