/* A copy of a graph whose shapes can be settled for one run without touching the original. */
#include "ir/node.h"

#include <string.h>

typedef struct copy {
    sard_arena *arena;
    sard_graph *to;
    sard_value **map; /* by id in the graph that is copied */
} copy;

static sard_graph *clone_graph(sard_arena *arena, const sard_graph *from, sard_graph *parent);

static sard_value *clone_value(copy *c, const sard_value *from)
{
    sard_value *value = sard_graph_add_value(c->to, from->name);
    if (!value)
        return NULL;
    sard_value_set_type(value, from->dtype, from->rank, from->dims);
    value->doc = from->doc;
    value->is_input = from->is_input;
    value->constant = from->constant;
    value->scaled = from->scaled;
    if (from->content_count >= 0 && !sard_value_set_contents(value, from->contents, (size_t)from->content_count))
        return NULL;
    c->map[from->id] = value;
    return value;
}

/* Attribute structs are shared but for those with subgraphs, which are cloned and captured anew. */
static bool clone_attrs(copy *c, const sard_node *from, sard_node *node)
{
    if (!sard_node_subgraph(from, 0))
        return true;
    node->attrs = sard_arena_copy(c->arena, from->attrs, from->op->attrs_size);
    for (const sard_attr_spec *spec = from->op->attrs; node->attrs && spec->name; spec++) {
        sard_graph **place = (sard_graph **)((char *)node->attrs + spec->offset);
        if (spec->kind != SARD_ATTR_GRAPH || !*place)
            continue;
        *place = clone_graph(c->arena, *place, c->to);
        if (!*place)
            return false;
    }
    return node->attrs != NULL;
}

static bool clone_epilogue(copy *c, const sard_node *from, sard_node *node)
{
    node->epilogue_count = from->epilogue_count;
    if (from->epilogue_count)
        node->epilogue = sard_arena_copy(c->arena, from->epilogue, from->epilogue_count * sizeof *from->epilogue);
    return !from->epilogue_count || node->epilogue;
}

static bool clone_node(copy *c, const sard_node *from)
{
    sard_value **inputs = SARD_NEW(c->arena, sard_value *, from->input_count);
    const char **names = SARD_NEW(c->arena, const char *, from->output_count);
    if (!inputs || !names)
        return false;
    for (size_t i = 0; i < from->input_count; i++)
        inputs[i] = from->inputs[i] ? c->map[from->inputs[i]->id] : NULL;
    const sard_node_parts parts = {.op = from->op,
                                   .name = from->name,
                                   .inputs = inputs,
                                   .input_count = from->own_count,
                                   .ready = from->attrs,
                                   .output_names = names,
                                   .output_count = from->output_count};
    sard_node *node;
    if (sard_graph_make_node(c->to, &parts, &node, NULL))
        return false;
    for (size_t i = 0; i < from->output_count; i++)
        if (from->outputs[i]) {
            node->outputs[i] = c->map[from->outputs[i]->id];
            node->outputs[i]->producer = node;
            node->outputs[i]->output = i;
        }
    node->doc = from->doc;
    node->layout = from->layout;
    if (!sard_node_resize_inputs(node, from->input_count) || !clone_attrs(c, from, node) || !clone_epilogue(c, from, node))
        return false;
    for (size_t i = from->own_count; i < from->input_count; i++)
        sard_node_put_input(node, i, inputs[i]); /* captures learn what they read */
    return true;
}

static bool clone_captures(copy *c, const sard_graph *from)
{
    c->to->captures = SARD_NEW(c->arena, sard_capture, from->capture_count);
    c->to->capture_count = c->to->capture_capacity = from->capture_count;
    c->to->capture_first = from->capture_first;
    for (size_t i = 0; c->to->captures && i < from->capture_count; i++)
        c->to->captures[i] = (sard_capture){c->map[from->captures[i].inner->id], NULL};
    return c->to->captures != NULL;
}

static sard_graph *clone_graph(sard_arena *arena, const sard_graph *from, sard_graph *parent)
{
    copy c = {arena, sard_graph_create(arena, from->ops, from->name), SARD_NEW(arena, sard_value *, from->value_count)};
    if (!c.to || !c.map)
        return NULL;
    c.to->parent = parent;
    c.to->doc = from->doc;
    c.to->origin = from->origin;
    c.to->metadata_count = c.to->metadata_capacity = from->metadata_count;
    if (from->metadata_count && !(c.to->metadata = sard_arena_copy(arena, from->metadata, from->metadata_count * sizeof *from->metadata)))
        return NULL;
    if (parent)
        c.to->symbols = parent->symbols;
    else
        *c.to->symbols = (sard_symbols){from->symbols->list, from->symbols->count, from->symbols->count};
    for (size_t i = 0; i < from->value_count; i++)
        if (!clone_value(&c, from->values[i]))
            return NULL;
    for (size_t i = 0; i < from->input_count; i++) {
        if (!SARD_GROW(arena, c.to->inputs, c.to->input_count, c.to->input_capacity))
            return NULL;
        c.to->inputs[c.to->input_count++] = c.map[from->inputs[i]->id];
    }
    for (const sard_node *node = from->first; node; node = node->next)
        if (!clone_node(&c, node))
            return NULL;
    for (size_t i = 0; i < from->output_count; i++) {
        if (!sard_graph_add_output(c.to, c.map[from->outputs[i]->id]))
            return NULL;
        c.to->output_names[i] = from->output_names[i];
        c.to->claims[i] = from->claims[i];
    }
    return clone_captures(&c, from) ? c.to : NULL;
}

sard_graph *sard_graph_clone(sard_arena *arena, const sard_graph *graph) { return clone_graph(arena, graph, NULL); }
