/* Graphs that a caller makes, with the operators of a context. */
#include "runtime/context.h"

#include "ir/text.h"

/* The graph owns the arena it was made in. */
static void adopt(sard_graph *graph, const sard_arena *arena)
{
    graph->own = *arena;
    graph->arena = &graph->own;
}

sard_status sard_graph_new(sard_context *context, const char *name, sard_graph **out, sard_error *error)
{
    sard_arena arena;
    if (!context || !name || !out)
        return sard_null(error, !context ? "context" : !name ? "name" : "out");
    sard_arena_init(&arena, &context->allocator);
    sard_graph *graph = sard_graph_create(&arena, &context->ops, name);
    if (!graph) {
        sard_arena_reset(&arena);
        return sard_no_memory(error);
    }
    adopt(graph, &arena);
    *out = graph;
    return SARD_OK;
}

/* Subgraphs share the arena of the graph they stand in. */
static void adopt_inner(sard_graph *graph, sard_arena *arena)
{
    for (sard_node *node = graph->first; node; node = node->next)
        for (size_t i = 0; sard_node_subgraph(node, i); i++) {
            sard_graph *inner = sard_node_subgraph(node, i);
            inner->arena = arena;
            adopt_inner(inner, arena);
        }
}

sard_status sard_graph_copy(const sard_graph *from, sard_graph **out, sard_error *error)
{
    sard_arena arena;
    if (!from || !out)
        return sard_null(error, from ? "out" : "graph");
    sard_arena_init(&arena, from->arena->allocator);
    sard_graph *graph = sard_graph_clone(&arena, from);
    if (!graph) {
        sard_arena_reset(&arena);
        return sard_no_memory(error);
    }
    adopt(graph, &arena);
    adopt_inner(graph, graph->arena);
    *out = graph;
    return SARD_OK;
}

sard_status sard_graph_parse(sard_context *context, const char *text, size_t size, sard_graph **out, sard_error *error)
{
    sard_arena arena;
    sard_graph *graph;
    if (!context || (size && !text) || !out)
        return sard_null(error, !context ? "context" : !out ? "out" : "text");
    sard_arena_init(&arena, &context->allocator);
    const sard_status status = sard_text_parse(&arena, &context->ops, text, size, &graph, error);
    if (status) {
        sard_arena_reset(&arena);
        return status;
    }
    adopt(graph, &arena);
    adopt_inner(graph, graph->arena);
    *out = graph;
    return SARD_OK;
}
