/* The order of nodes. Files have them sorted nearly always, but tools that edit models do not keep to it. A depth-first walk along inputs,
 * with a stack of its own: chains are as long as the file likes. What a subgraph reads of its surroundings counts as an input. */
#include "frontends/onnx/importer.h"

#include <string.h>

typedef struct list {
    const char **names;
    size_t count, capacity;
} list;

/* A graph while its free names are looked for, within others. */
typedef struct frame {
    sard_onnx_names defined;
    const struct frame *outer;
} frame;

typedef struct sorting {
    sard_onnx_importer *importer;
    sard_onnx_node *const *nodes;
    size_t count;
    sard_onnx_names producers; /* name of an output -> index + 1 */
    list *needs;               /* of each node: what its subgraphs read; NULL: there are none */
    uint8_t *state;
    size_t *order, done;
    sard_error *error;
} sorting;

enum { NEW, OPEN, DONE };

/* ---- free names of subgraphs ---- */

static bool is_defined(const frame *frame, const char *name)
{
    for (; frame; frame = frame->outer)
        if (sard_onnx_names_get(&frame->defined, name))
            return true;
    return false;
}

static bool define(frame *frame, const char *name) { return !name || sard_onnx_names_put(&frame->defined, name, frame); }

static bool define_all(frame *frame, const sard_onnx_graph *graph)
{
    bool enough = true;
    for (size_t i = 0; enough && i < graph->n_input; i++)
        enough = define(frame, graph->input[i]->name);
    for (size_t i = 0; enough && i < graph->n_initializer; i++)
        enough = define(frame, graph->initializer[i]->name);
    for (size_t i = 0; enough && i < graph->n_node; i++)
        for (size_t k = 0; enough && k < graph->node[i]->n_output; k++)
            enough = define(frame, graph->node[i]->output[k]);
    return enough;
}

static bool need(sard_arena *arena, const frame *frame, const char *name, list *out)
{
    if (!name || !*name || is_defined(frame, name))
        return true;
    if (!SARD_GROW(arena, out->names, out->count, out->capacity))
        return false;
    out->names[out->count++] = name;
    return true;
}

/* Depth is bounded: wire.c has counted it. */
static bool collect(sard_arena *arena, const sard_onnx_graph *graph, const frame *outer, list *out)
{
    frame own = {.defined = {.arena = arena}, .outer = outer};
    bool enough = define_all(&own, graph);
    for (size_t i = 0; enough && i < graph->n_node; i++) {
        const sard_onnx_node *node = graph->node[i];
        for (size_t k = 0; enough && k < node->n_input; k++)
            enough = need(arena, &own, node->input[k], out);
        for (size_t k = 0; enough && k < node->n_attribute; k++)
            enough = !node->attribute[k]->g || collect(arena, node->attribute[k]->g, &own, out);
    }
    for (size_t i = 0; enough && i < graph->n_output; i++)
        enough = need(arena, &own, graph->output[i]->name, out);
    return enough;
}

static bool collect_needs(sorting *s, size_t i)
{
    const sard_onnx_node *node = s->nodes[i];
    bool enough = true;
    for (size_t k = 0; enough && k < node->n_attribute; k++)
        if (node->attribute[k]->g)
            enough = collect(s->importer->scratch, node->attribute[k]->g, NULL, &s->needs[i]);
    return enough;
}

/* ---- the walk ---- */

/* The k-th name that a node reads, or NULL. */
static const char *need_of(const sorting *s, size_t node, size_t k)
{
    if (k < s->nodes[node]->n_input)
        return s->nodes[node]->input[k];
    k -= s->nodes[node]->n_input;
    return k < s->needs[node].count ? s->needs[node].names[k] : NULL;
}

static sard_status cycle(const sorting *s, size_t i)
{
    const sard_onnx_node *node = s->nodes[i];
    return sard_fail(s->error, SARD_MODEL, "%.100s '%.200s' needs its own result: the graph has a cycle",
                     node->op_type ? node->op_type : "a node",
                     node->name && *node->name ? node->name
                     : node->n_output          ? node->output[0]
                                               : "");
}

typedef struct step {
    size_t node, next; /* next: the need to look at */
} step;

static sard_status visit(sorting *s, size_t start, step *stack)
{
    size_t depth = 0;
    stack[depth++] = (step){start, 0};
    s->state[start] = OPEN;
    while (depth) {
        step *top = &stack[depth - 1];
        const char *name = need_of(s, top->node, top->next++);
        if (!name) {
            s->state[top->node] = DONE;
            s->order[s->done++] = top->node;
            depth--;
            continue;
        }
        const size_t producer = *name ? (size_t)(uintptr_t)sard_onnx_names_get(&s->producers, name) : 0;
        if (!producer || s->state[producer - 1] == DONE)
            continue;
        if (s->state[producer - 1] == OPEN)
            return cycle(s, producer - 1);
        s->state[producer - 1] = OPEN;
        stack[depth++] = (step){producer - 1, 0};
    }
    return SARD_OK;
}

static sard_status list_producers(sorting *s)
{
    for (size_t i = 0; i < s->count; i++)
        for (size_t k = 0; k < s->nodes[i]->n_output; k++) {
            const char *name = s->nodes[i]->output[k];
            if (!*name)
                continue;
            if (sard_onnx_names_get(&s->producers, name))
                return sard_fail(s->error, SARD_MODEL, "two nodes have an output '%.200s'", name);
            if (!sard_onnx_names_put(&s->producers, name, (void *)(uintptr_t)(i + 1)))
                return sard_no_memory(s->error);
        }
    return SARD_OK;
}

sard_status sard_onnx_order(sard_onnx_importer *importer, sard_onnx_node *const *nodes, size_t count, const size_t **order,
                            sard_error *error)
{
    sard_arena *arena = importer->scratch;
    sorting s = {.importer = importer, .nodes = nodes, .count = count, .producers = {.arena = arena}, .error = error};
    s.needs = SARD_NEW(arena, list, count);
    s.state = SARD_NEW(arena, uint8_t, count);
    s.order = SARD_NEW(arena, size_t, count);
    step *stack = SARD_NEW(arena, step, count);
    if (!s.needs || !s.state || !s.order || !stack)
        return sard_no_memory(error);
    sard_status status = list_producers(&s);
    for (size_t i = 0; !status && i < count; i++)
        if (!collect_needs(&s, i))
            status = sard_no_memory(error);
    for (size_t i = 0; !status && i < count; i++)
        if (s.state[i] == NEW)
            status = visit(&s, i, stack);
    *order = s.order;
    return status;
}
