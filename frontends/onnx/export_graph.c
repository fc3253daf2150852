/* Lists what stands in the file: names that are unique across graphs, nodes with their epilogues written out. */
#include "frontends/onnx/export.h"

#include "frontends/onnx/names.h"

#include <string.h>

static sard_status no_memory(const sard_export *x) { return sard_no_memory(x->error); }

/* ---- names ---- */

/* Is a name that of another value of this graph, of an output, or of a value of the graphs around? */
static bool is_taken(const sard_export_graph *g, const char *name, const sard_value *but)
{
    const sard_value *found = sard_graph_find(g->graph, name);
    if (found && found != but)
        return true;
    const sard_value *output = sard_onnx_names_get(&g->by_output, name);
    if (output && output != but)
        return true;
    return g->parent && is_taken(g->parent, name, NULL);
}

/* `stem`, `between` and the first number that makes a name of its own in the graph; it goes on where it ended for the same stem. */
static const char *numbered_name(sard_export *x, const sard_export_graph *g, const char *stem, const char *between, const sard_value *but)
{
    uintptr_t number = (uintptr_t)sard_onnx_names_get(&x->numbers, stem);
    const char *name;
    x->numbers.arena = &x->arena;
    do
        name = sard_arena_printf(&x->arena, "%s%s%zu", stem, between, (size_t)++number);
    while (name && is_taken(g, name, but));
    return name && sard_onnx_names_put(&x->numbers, stem, (void *)number) ? name : NULL;
}

const char *sard_export_free_name(sard_export *x, const sard_export_graph *g, const char *wanted, const sard_value *but)
{
    if (!wanted || (*wanted && !is_taken(g, wanted, but)))
        return wanted;
    return numbered_name(x, g, *wanted ? wanted : "v", "_", but);
}

/* Names of outputs are kept, but for those of subgraphs that would hide a value outside. */
static sard_status name_outputs(sard_export *x, sard_export_graph *g)
{
    const sard_graph *graph = g->graph;
    g->by_output.arena = &x->arena;
    g->outputs = SARD_NEW(&x->arena, const char *, graph->output_count);
    if (!g->outputs)
        return no_memory(x);
    for (size_t i = 0; i < graph->output_count; i++) {
        g->outputs[i] = graph->output_names[i];
        if (g->parent && is_taken(g->parent, g->outputs[i], NULL))
            g->outputs[i] = numbered_name(x, g->parent, graph->output_names[i], "_inner_", NULL);
        if (!g->outputs[i])
            return no_memory(x);
        if (sard_onnx_names_get(&g->by_output, g->outputs[i]))
            return sard_fail(x->error, SARD_UNSUPPORTED, "two outputs are called '%.200s', which ONNX does not allow", g->outputs[i]);
        if (!sard_onnx_names_put(&g->by_output, g->outputs[i], graph->outputs[i]))
            return no_memory(x);
    }
    return SARD_OK;
}

/* The name of what a subgraph captures is that of the outer value. A value that is one output only, and made by a node, goes by that
 * output's name. */
static void name_ends(sard_export_graph *g)
{
    const sard_graph *graph = g->graph;
    for (size_t i = 0; i < graph->output_count; i++)
        if (graph->outputs[i]->output_count == 1 && graph->outputs[i]->producer)
            g->names[graph->outputs[i]->id] = g->outputs[i];
    for (size_t i = 0; i < graph->capture_count; i++) {
        g->names[graph->captures[i].inner->id] = g->parent->names[graph->captures[i].outer->id];
        g->captured[graph->captures[i].inner->id] = true;
    }
}

static sard_status name_values(sard_export *x, sard_export_graph *g)
{
    const sard_graph *graph = g->graph;
    g->names = SARD_NEW(&x->arena, const char *, graph->value_count);
    g->captured = SARD_NEW(&x->arena, bool, graph->value_count);
    if (!g->names || !g->captured)
        return no_memory(x);
    name_ends(g);
    for (size_t i = 0; i < graph->value_count; i++) {
        if (!g->names[i])
            g->names[i] = sard_export_free_name(x, g, graph->values[i]->name, graph->values[i]);
        if (!g->names[i])
            return no_memory(x);
    }
    return SARD_OK;
}

/* ---- nodes ---- */

sard_export_node *sard_export_add_node(sard_export *x, sard_export_graph *g)
{
    return SARD_GROW(&x->arena, g->nodes, g->node_count, g->node_capacity) ? &g->nodes[g->node_count++] : NULL;
}

/* Names of inputs, but for those left out at the end. */
static bool set_inputs(sard_export *x, const sard_export_graph *g, sard_export_node *node, size_t count)
{
    while (count && !node->values[count - 1])
        count--;
    node->inputs = SARD_NEW(&x->arena, const char *, count);
    for (size_t i = 0; node->inputs && i < count; i++)
        node->inputs[i] = node->values[i] ? g->names[node->values[i]->id] : "";
    node->input_count = count;
    return node->inputs != NULL;
}

static sard_status set_attrs(sard_export *x, const sard_export_graph *g, const sard_op *op, void *attrs, sard_export_node *node)
{
    size_t capacity = 0;
    sard_attr attr;
    for (node->attr_count = 0; sard_attrs_write(op, attrs, node->attr_count, &attr); node->attr_count++) {
        if (!SARD_GROW(&x->arena, node->attrs, node->attr_count, capacity))
            return no_memory(x);
        node->attrs[node->attr_count] = attr;
    }
    node->graphs = SARD_NEW(&x->arena, sard_export_graph *, node->attr_count);
    if (!node->graphs)
        return no_memory(x);
    for (size_t i = 0; i < node->attr_count; i++) {
        const sard_status status =
            node->attrs[i].kind == SARD_ATTR_GRAPH ? sard_export_list(x, node->attrs[i].graph, g, &node->graphs[i]) : SARD_OK;
        if (status)
            return status;
    }
    return SARD_OK;
}

/* Adds a node in the form of the opset: itself, or those it stands for. */
static sard_status append(sard_export *x, sard_export_graph *g, sard_export_node *node)
{
    bool expanded;
    sard_status status = sard_export_expand(x, g, node, &expanded);
    if (status || expanded)
        return status;
    status = sard_export_form(x, node);
    if (status)
        return status;
    while (node->output_count && !*node->outputs[node->output_count - 1])
        node->output_count--;
    sard_export_node *out = sard_export_add_node(x, g);
    if (!out)
        return no_memory(x);
    *out = *node;
    return SARD_OK;
}

/* The operators of the epilogue as nodes behind the node; `result` is the name of the last one's output. */
static sard_status list_epilogue(sard_export *x, sard_export_graph *g, const sard_node *node, const char *running, const char *result)
{
    for (size_t k = 0; k < node->epilogue_count; k++) {
        const sard_epilogue *entry = &node->epilogue[k];
        sard_value **values = SARD_NEW(&x->arena, sard_value *, entry->input_count);
        const char **outputs = SARD_NEW(&x->arena, const char *, 1);
        if (!values || !outputs)
            return no_memory(x);
        for (size_t i = 0, next = entry->first; i < entry->input_count; i++)
            values[i] = i == entry->slot ? node->outputs[0] : node->inputs[next++];
        sard_export_node out = {.name = entry->name,
                                .op = entry->op->name,
                                .domain = entry->op->domain,
                                .values = values,
                                .outputs = outputs,
                                .output_count = 1};
        outputs[0] = k + 1 < node->epilogue_count
                       ? sard_export_free_name(x, g, sard_arena_printf(&x->arena, "%s/epilogue_%zu", result, k + 1), NULL)
                       : result;
        if (!outputs[0] || !set_inputs(x, g, &out, entry->input_count))
            return no_memory(x);
        out.inputs[entry->slot] = running;
        running = outputs[0];
        sard_status status = set_attrs(x, g, entry->op, entry->attrs, &out);
        if (!status)
            status = append(x, g, &out);
        if (status)
            return status;
    }
    return SARD_OK;
}

/* Where the number of outputs has a meaning (Split, If, ...), each has a name. */
static const char *unwanted_name(sard_export *x, const sard_export_graph *g)
{
    return sard_export_free_name(x, g, sard_arena_printf(&x->arena, "unwanted_%zu", ++x->unwanted), NULL);
}

/* Between channels first, the only order that ONNX knows, and channels last: around a node that has them last. */
static sard_status list_transpose(sard_export *x, sard_export_graph *g, int rank, bool to_last, const char *from, const char *to)
{
    sard_export_node *node = sard_export_add_node(x, g);
    const char **names = SARD_NEW(&x->arena, const char *, 2);
    int64_t *perm = SARD_NEW(&x->arena, int64_t, (size_t)rank);
    sard_attr *attr = SARD_NEW(&x->arena, sard_attr, 1);
    sard_export_graph **graphs = SARD_NEW(&x->arena, sard_export_graph *, 1);
    if (!node || !names || !perm || !attr || !graphs)
        return no_memory(x);
    for (int i = 1; i < rank; i++)
        perm[i] = to_last ? i % (rank - 1) + 1 : i == 1 ? rank - 1 : i - 1;
    names[0] = from;
    names[1] = to;
    *attr = (sard_attr){.name = "perm", .kind = SARD_ATTR_INTS, .count = (size_t)rank, .ints = perm};
    *node = (sard_export_node){.name = to,
                               .op = "Transpose",
                               .domain = "",
                               .inputs = names,
                               .input_count = 1,
                               .outputs = names + 1,
                               .output_count = 1,
                               .attrs = attr,
                               .graphs = graphs,
                               .attr_count = 1};
    return SARD_OK;
}

/* The input of a node that has channels last comes through a Transpose, its result goes through another one: from *made. */
static sard_status open_layout(sard_export *x, sard_export_graph *g, sard_export_node *part, const char *result, const char **made)
{
    const int rank = part->values[0]->rank;
    const char *in = sard_arena_printf(&x->arena, "%s/first_in", result);
    *made = sard_arena_printf(&x->arena, "%s/first_out", result);
    if (!in || !*made || !(in = sard_export_free_name(x, g, in, NULL)) || !(*made = sard_export_free_name(x, g, *made, NULL)))
        return no_memory(x);
    const sard_status status = list_transpose(x, g, rank, false, part->inputs[0], in);
    part->inputs[0] = in;
    return status;
}

static sard_status list_node(sard_export *x, sard_export_graph *g, const sard_node *node)
{
    const bool last = node->layout == SARD_NHWC;
    if (last && (node->inputs[0]->rank < 3 || !node->outputs[0]))
        return sard_fail(x->error, SARD_UNSUPPORTED, "%s '%.200s': ONNX has no channels-last form of it", node->op->name, node->name);
    const char **outputs = SARD_NEW(&x->arena, const char *, node->output_count);
    if (!outputs)
        return no_memory(x);
    const bool counted = sard_op_output_max(node->op) == SIZE_MAX;
    for (size_t i = 0; i < node->output_count; i++) {
        outputs[i] = node->outputs[i] ? g->names[node->outputs[i]->id] : counted ? unwanted_name(x, g) : "";
        if (!outputs[i])
            return no_memory(x);
    }
    const char *result = outputs[0];
    if (node->epilogue_count && !(outputs[0] = sard_export_free_name(x, g, sard_arena_printf(&x->arena, "%s/epilogue_0", result), NULL)))
        return no_memory(x);
    sard_export_node part = {.name = node->name,
                             .op = node->op->name,
                             .domain = node->op->domain,
                             .node = node,
                             .values = node->inputs,
                             .outputs = outputs,
                             .output_count = node->output_count};
    if (!set_inputs(x, g, &part, node->own_count))
        return no_memory(x);
    const char *running = outputs[0];
    sard_status status = set_attrs(x, g, node->op, node->attrs, &part);
    if (!status && last)
        status = open_layout(x, g, &part, result, &outputs[0]);
    if (!status)
        status = append(x, g, &part);
    if (!status && last)
        status = list_transpose(x, g, node->inputs[0]->rank, true, outputs[0], running);
    return status ? status : list_epilogue(x, g, node, running, result);
}

/* An output that cannot have its name otherwise gets it by an Identity. */
static sard_status list_outputs(sard_export *x, sard_export_graph *g)
{
    const sard_graph *graph = g->graph;
    for (size_t i = 0; i < graph->output_count; i++) {
        sard_value *value = graph->outputs[i];
        const char *name = g->outputs[i];
        if (!strcmp(name, g->names[value->id]) && !g->captured[value->id])
            continue;
        sard_export_node *node = sard_export_add_node(x, g);
        sard_value **values = SARD_NEW(&x->arena, sard_value *, 1);
        const char **outputs = SARD_NEW(&x->arena, const char *, 1);
        if (!node || !values || !outputs)
            return no_memory(x);
        *node = (sard_export_node){.name = name, .op = "Identity", .domain = "", .values = values, .outputs = outputs, .output_count = 1};
        values[0] = value;
        outputs[0] = name;
        if (!set_inputs(x, g, node, 1))
            return no_memory(x);
    }
    return SARD_OK;
}

static sard_status check_constants(sard_export *x, const sard_graph *graph)
{
    for (size_t i = 0; i < graph->value_count; i++) {
        const sard_value *value = graph->values[i];
        if (value->constant && sard_value_use_count(value) && !sard_dtype_size(value->dtype))
            return sard_fail(x->error, SARD_UNSUPPORTED, "constant '%.200s' is %s, which cannot be written", value->name,
                             sard_dtype_name(value->dtype));
    }
    return SARD_OK;
}

sard_status sard_export_list(sard_export *x, const sard_graph *graph, const sard_export_graph *parent, sard_export_graph **out)
{
    sard_export_graph *g = SARD_NEW(&x->arena, sard_export_graph, 1);
    if (!g)
        return no_memory(x);
    g->graph = graph;
    g->parent = parent;
    sard_status status = check_constants(x, graph);
    if (!status)
        status = name_outputs(x, g);
    if (!status)
        status = name_values(x, g);
    for (const sard_node *node = graph->first; !status && node; node = node->next)
        status = list_node(x, g, node);
    *out = g;
    return status ? status : list_outputs(x, g);
}

/* ---- constants ---- */

/* Puts the names that nodes read, also those of subgraphs, into a table. */
static bool note_inputs(sard_onnx_names *read, const sard_export_graph *g)
{
    bool enough = true;
    for (size_t i = 0; enough && i < g->node_count; i++) {
        const sard_export_node *node = &g->nodes[i];
        for (size_t k = 0; enough && k < node->input_count; k++)
            enough = sard_onnx_names_put(read, node->inputs[k], (void *)node->inputs[k]);
        for (size_t k = 0; enough && k < node->attr_count; k++)
            enough = node->attrs[k].kind != SARD_ATTR_GRAPH || note_inputs(read, node->graphs[k]);
    }
    return enough;
}

bool sard_export_choose_constants(sard_export *x, sard_export_graph *g)
{
    sard_onnx_names read = {.arena = &x->arena};
    g->written = SARD_NEW(&x->arena, bool, g->graph->value_count);
    bool enough = g->written && note_inputs(&read, g);
    for (size_t i = 0; enough && i < g->graph->value_count; i++) {
        const sard_value *value = g->graph->values[i];
        g->written[i] = value->constant && (value->output_count || sard_onnx_names_get(&read, g->names[i]));
    }
    for (size_t i = 0; enough && i < g->node_count; i++)
        for (size_t k = 0; enough && k < g->nodes[i].attr_count; k++)
            enough = g->nodes[i].attrs[k].kind != SARD_ATTR_GRAPH || sard_export_choose_constants(x, g->nodes[i].graphs[k]);
    return enough;
}

/* ---- names of nodes ---- */

/* taken: names, each with the number to go on with, so that a name that all nodes have takes no longer than others. */
static bool name_node(sard_export *x, sard_onnx_names *taken, sard_export_node *node)
{
    const char *wanted = node->name;
    uintptr_t number = (uintptr_t)sard_onnx_names_get(taken, wanted);
    if (!*wanted)
        return true;
    if (!number)
        return sard_onnx_names_put(taken, wanted, (void *)(uintptr_t)1);
    do
        node->name = sard_arena_printf(&x->arena, "%s_%zu", wanted, (size_t)number++);
    while (node->name && sard_onnx_names_get(taken, node->name));
    return node->name && sard_onnx_names_put(taken, wanted, (void *)number) && sard_onnx_names_put(taken, node->name, (void *)(uintptr_t)1);
}

static bool name_nodes(sard_export *x, sard_onnx_names *taken, sard_export_graph *g)
{
    bool enough = true;
    for (size_t i = 0; enough && i < g->node_count; i++) {
        sard_export_node *node = &g->nodes[i];
        enough = name_node(x, taken, node);
        for (size_t k = 0; enough && k < node->attr_count; k++)
            enough = node->attrs[k].kind != SARD_ATTR_GRAPH || name_nodes(x, taken, node->graphs[k]);
    }
    return enough;
}

bool sard_export_name_nodes(sard_export *x, sard_export_graph *graph)
{
    return name_nodes(x, &(sard_onnx_names){.arena = &x->arena}, graph);
}
