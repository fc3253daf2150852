/* What is told about a graph besides what it computes. */
#include "ir/graph.h"

#include <string.h>

static const char *const fields[] = {"producer_name", "producer_version", "domain", "model_version", "doc_string"};

bool sard_graph_add_metadata(sard_graph *graph, const char *key, const char *value, bool is_field)
{
    if (!value)
        return true;
    sard_metadata entry = {sard_arena_string(graph->arena, key, strlen(key)), sard_arena_string(graph->arena, value, strlen(value)),
                           is_field};
    if (!entry.key || !entry.value || !SARD_GROW(graph->arena, graph->metadata, graph->metadata_count, graph->metadata_capacity))
        return false;
    graph->metadata[graph->metadata_count++] = entry;
    return true;
}

static sard_metadata *find(const sard_graph *graph, const char *key)
{
    for (size_t i = 0; graph && key && i < graph->metadata_count; i++)
        if (!strcmp(graph->metadata[i].key, key))
            return &graph->metadata[i];
    return NULL;
}

bool sard_graph_set_metadata(sard_graph *graph, const char *key, const char *value)
{
    bool is_field = false;
    if (!graph || !key)
        return false;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        is_field |= !strcmp(fields[i], key);
    sard_metadata *old = find(graph, key);
    if (!old)
        return sard_graph_add_metadata(graph, key, value, is_field);
    const char *copy = value ? sard_arena_string(graph->arena, value, strlen(value)) : NULL;
    if (copy)
        old->value = copy;
    else if (!value)
        memmove(old, old + 1, (size_t)(&graph->metadata[graph->metadata_count--] - (old + 1)) * sizeof *old);
    return copy || !value;
}

const char *sard_graph_metadata(const sard_graph *graph, const char *key)
{
    const sard_metadata *entry = find(graph, key);
    return entry ? entry->value : NULL;
}

static bool set_doc(sard_arena *arena, const char **doc, const char *text)
{
    const char *copy = text && *text ? sard_arena_string(arena, text, strlen(text)) : NULL;
    if (text && *text && !copy)
        return false;
    *doc = copy;
    return true;
}

bool sard_graph_set_doc(sard_graph *graph, const char *text) { return graph && set_doc(graph->arena, &graph->doc, text); }
bool sard_value_set_doc(sard_value *value, const char *text) { return value && set_doc(value->graph->arena, &value->doc, text); }
bool sard_node_set_doc(sard_node *node, const char *text) { return node && set_doc(node->graph->arena, &node->doc, text); }

const char *sard_graph_doc(const sard_graph *graph) { return graph && graph->doc ? graph->doc : ""; }
const char *sard_value_doc(const sard_value *value) { return value && value->doc ? value->doc : ""; }
const char *sard_node_doc(const sard_node *node) { return node && node->doc ? node->doc : ""; }
