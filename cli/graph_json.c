/* A graph as JSON. */
#include "cli/graph_json.h"

#include "cli/kinds.h"
#include "cli/outline.h"
#include "cli/tensor.h"

#include <string.h>

#define MOST_ELEMENTS 16 /* of constants and lists that are written out */
#define MOST_TEXT 400    /* bytes of a string attribute */

/* What a plan adds. infos: of each value; macs: of the node that makes the value. */
typedef struct known {
    cli_outline outline;
    sard_value_info *infos;
    double *macs;
} known;

static void learn(known *k, const sard_value_info *info, double macs)
{
    const size_t i = info->name ? cli_outline_find(&k->outline, sard_graph_find(k->outline.graph, info->name)) : SIZE_MAX;
    if (i == SIZE_MAX)
        return;
    k->infos[i].rank = info->rank;
    memcpy(k->infos[i].dims, info->dims, sizeof info->dims);
    memcpy(k->infos[i].dim_names, info->dim_names, sizeof info->dim_names);
    k->macs[i] += macs;
}

static known known_of(cli_state *cli, const sard_graph *graph, const sard_session *session)
{
    known k = {.outline = cli_outline_of(cli, graph)};
    k.infos = cli_alloc(cli, k.outline.count, sizeof *k.infos);
    k.macs = cli_alloc(cli, k.outline.count, sizeof *k.macs);
    for (size_t i = 0; i < k.outline.count; i++)
        k.infos[i] = cli_describe(&k.outline, k.outline.values[i]);
    sard_step_info step = {.struct_size = sizeof step};
    for (size_t i = 0; session && sard_session_step(session, i, &step); i++) {
        for (size_t v = 0; v < step.input_count; v++)
            learn(&k, &step.inputs[v], 0);
        for (size_t v = 0; v < step.output_count; v++)
            learn(&k, &step.outputs[v], v ? 0 : step.macs);
    }
    return k;
}

static void add_number(cJSON *array, size_t number)
{
    cJSON_AddItemToArray(array, number == SIZE_MAX ? cJSON_CreateNull() : cJSON_CreateNumber((double)number));
}

static const char *string_text(cli_state *cli, sard_string s)
{
    return s.size <= MOST_TEXT ? cli_format(cli, "%.*s", (int)s.size, s.data)
                               : cli_format(cli, "%.*s... (%zu bytes)", MOST_TEXT, s.data, s.size);
}

/* Elements may lie at any address. */
static const char *element_text(cli_state *cli, const sard_tensor *tensor, size_t i)
{
    const size_t size = sard_dtype_size(tensor->dtype);
    sard_string one = {0};
    memcpy(&one, (const char *)tensor->data + i * size, size);
    const sard_tensor copy = {.dtype = tensor->dtype, .data = &one, .bytes = size};
    return tensor->dtype == SARD_STRING ? string_text(cli, one) : cli_format(cli, "%.9g", sard_tensor_get(&copy, 0));
}

static const char *tensor_text(cli_state *cli, const sard_tensor *tensor)
{
    const size_t count = cli_count(tensor);
    const char *text = "";
    for (size_t i = 0; i < count && i < MOST_ELEMENTS; i++)
        text = cli_format(cli, "%s%s%s", text, i ? ", " : "", element_text(cli, tensor, i));
    return cli_format(cli, "%s%s%s%s", tensor->rank ? "[" : "", text, count > MOST_ELEMENTS ? ", ..." : "", tensor->rank ? "]" : "");
}

static const char *item_text(cli_state *cli, const sard_attr *attr, size_t i)
{
    switch (attr->kind) {
    case SARD_ATTR_INTS:
        return cli_format(cli, "%lld", (long long)attr->ints[i]);
    case SARD_ATTR_FLOATS:
        return cli_format(cli, "%.9g", (double)attr->floats[i]);
    default:
        return string_text(cli, attr->strings[i]);
    }
}

static const char *attr_text(cli_state *cli, const sard_attr *attr)
{
    const char *text = "";
    switch (attr->kind) {
    case SARD_ATTR_INT:
        return cli_format(cli, "%lld", (long long)attr->i);
    case SARD_ATTR_FLOAT:
        return cli_format(cli, "%.9g", (double)attr->f);
    case SARD_ATTR_STRING:
        return string_text(cli, attr->s);
    case SARD_ATTR_TENSOR:
        return cli_format(cli, "%s %s", sard_dtype_name(attr->tensor->dtype), tensor_text(cli, attr->tensor));
    case SARD_ATTR_GRAPH:
        return cli_format(cli, "graph %s of %zu nodes", sard_graph_name(attr->graph), sard_graph_node_count(attr->graph));
    default:
        for (size_t i = 0; i < attr->count && i < MOST_ELEMENTS; i++)
            text = cli_format(cli, "%s%s%s", text, i ? ", " : "", item_text(cli, attr, i));
        return cli_format(cli, "[%s%s]", text, attr->count > MOST_ELEMENTS ? ", ..." : "");
    }
}

static void add_attrs(cli_state *cli, cJSON *json, const sard_node *node)
{
    cJSON *attrs = cJSON_AddObjectToObject(json, "attrs");
    sard_attr attr;
    for (size_t i = 0; sard_node_attr(node, i, &attr); i++)
        cli_json_text(attrs, attr.name, attr_text(cli, &attr));
    cJSON *epilogue = cli_json_array(json, "epilogue");
    for (size_t i = 0; i < sard_node_epilogue_count(node); i++) {
        cJSON *entry = cli_json_object(epilogue);
        cli_json_text(entry, "op", sard_node_epilogue_op(node, i));
        cli_json_text(entry, "name", sard_node_epilogue_name(node, i));
    }
}

static void add_node(cli_state *cli, cJSON *array, const known *k, const sard_node *node)
{
    cJSON *json = cli_json_object(array), *inputs, *outputs;
    double macs = 0;
    cli_json_text(json, "op", sard_node_op(node));
    cli_json_text(json, "name", sard_node_name(node));
    if (*sard_node_domain(node))
        cli_json_text(json, "domain", sard_node_domain(node));
    if (sard_node_layout(node) == SARD_NHWC)
        cli_json_text(json, "layout", "nhwc");
    cli_json_number(json, "kind", (double)cli_kind_of(sard_node_op(node)));
    inputs = cli_json_array(json, "inputs");
    for (size_t i = 0; i < cli_reads(node); i++)
        add_number(inputs, cli_outline_find(&k->outline, cli_read(node, i)));
    outputs = cli_json_array(json, "outputs");
    for (size_t i = 0; i < sard_node_output_count(node); i++) {
        const size_t number = cli_outline_find(&k->outline, sard_node_output(node, i));
        add_number(outputs, number);
        macs += number == SIZE_MAX ? 0 : k->macs[number];
    }
    cli_json_number(json, "macs", macs);
    add_attrs(cli, json, node);
}

/* constant: its bytes, and its elements where there are few. Those of large ones may not have been made yet. */
static void add_value(cli_state *cli, cJSON *array, const known *k, size_t i)
{
    const sard_value *value = k->outline.values[i];
    const sard_value_info *info = &k->infos[i];
    cJSON *json = cli_json_value(array, info);
    if (!cli_is_constant(&k->outline, value))
        return;
    double count = 1;
    for (int d = 0; d < info->rank; d++)
        count *= (double)info->dims[d];
    cli_json_number(json, "constant", count * (double)sard_dtype_size(info->dtype));
    if (count <= MOST_ELEMENTS)
        cli_json_text(json, "elements", tensor_text(cli, sard_value_constant(value)));
}

static void add_ends(cJSON *json, const known *k)
{
    const sard_graph *graph = k->outline.graph;
    cJSON *inputs = cli_json_array(json, "inputs"), *outputs = cli_json_array(json, "outputs");
    for (size_t i = 0; i < sard_graph_input_count(graph); i++)
        add_number(inputs, cli_outline_find(&k->outline, sard_graph_input(graph, i)));
    for (size_t i = 0; i < sard_graph_output_count(graph); i++) {
        cJSON *output = cli_json_object(outputs);
        cli_json_text(output, "name", sard_graph_output_name(graph, i));
        cli_json_number(output, "value", (double)cli_outline_find(&k->outline, sard_graph_output(graph, i)));
    }
}

void cli_json_graph(cli_state *cli, cJSON *array, const sard_graph *graph, const sard_session *session)
{
    const known k = known_of(cli, graph, session);
    cJSON *json = cli_json_object(array), *nodes = cli_json_array(json, "nodes"), *values;
    for (const sard_node *node = sard_graph_first(graph); node; node = sard_node_next(node))
        add_node(cli, nodes, &k, node);
    values = cli_json_array(json, "values");
    for (size_t i = 0; i < k.outline.count; i++)
        add_value(cli, values, &k, i);
    add_ends(json, &k);
}
