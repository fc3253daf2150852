/* The messages of a model file; field numbers are those of onnx.proto. */
#include "frontends/onnx/encode.h"
#include "frontends/onnx/export.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MODEL_IR_VERSION = 1,
    MODEL_PRODUCER = 2,
    MODEL_PRODUCER_VERSION = 3,
    MODEL_DOMAIN = 4,
    MODEL_VERSION = 5,
    MODEL_DOC = 6,
    MODEL_GRAPH = 7,
    MODEL_OPSET = 8,
    MODEL_PROPS = 14
};
enum { OPSET_DOMAIN = 1, OPSET_VERSION = 2, ENTRY_KEY = 1, ENTRY_VALUE = 2 };
enum { GRAPH_NODE = 1, GRAPH_NAME = 2, GRAPH_INITIALIZER = 5, GRAPH_DOC = 10, GRAPH_INPUT = 11, GRAPH_OUTPUT = 12 };
enum { NODE_INPUT = 1, NODE_OUTPUT = 2, NODE_NAME = 3, NODE_OP = 4, NODE_ATTRIBUTE = 5, NODE_DOC = 6, NODE_DOMAIN = 7 };
enum {
    ATTR_NAME = 1,
    ATTR_F = 2,
    ATTR_I = 3,
    ATTR_S = 4,
    ATTR_T = 5,
    ATTR_G = 6,
    ATTR_FLOATS = 7,
    ATTR_INTS = 8,
    ATTR_STRINGS = 9,
    ATTR_TYPE_PROTO = 14,
    ATTR_TYPE = 20
};
enum {
    VALUE_NAME = 1,
    VALUE_TYPE = 2,
    VALUE_DOC = 3,
    TYPE_TENSOR = 1,
    TYPE_SEQUENCE = 4,
    TYPE_OPTIONAL = 9,
    LIST_ITEM = 1,
    TENSOR_ELEMENT = 1,
    TENSOR_SHAPE = 2,
    SHAPE_DIM = 1,
    DIM_VALUE = 1,
    DIM_PARAM = 2
};

/* A graph, and the name of the data file. */
typedef struct graph_part {
    const sard_export_graph *graph;
    const char *data;
} graph_part;

static void put_graph(sard_encoder *e, const void *part);

typedef struct entry_part {
    const char *key, *value;
} entry_part;

static void put_entry(sard_encoder *e, const void *part)
{
    const entry_part *p = part;
    sard_encode_text(e, ENTRY_KEY, p->key);
    sard_encode_text(e, ENTRY_VALUE, p->value);
}

static void put_doc(sard_encoder *e, unsigned field, const char *doc)
{
    if (doc)
        sard_encode_text(e, field, doc);
}

/* ---- types of lists ---- */

static void put_element(sard_encoder *e, const void *part) { sard_encode_int(e, TENSOR_ELEMENT, *(const sard_dtype *)part); }

/* A TypeProto. */
static void put_list_type(sard_encoder *e, const void *part);

static void put_item(sard_encoder *e, const void *part)
{
    const sard_dtype item = sard_dtype_item(*(const sard_dtype *)part);
    sard_encode_message(e, LIST_ITEM, put_list_type, &item);
}

static void put_list_type(sard_encoder *e, const void *part)
{
    const sard_dtype type = *(const sard_dtype *)part;
    if (sard_dtype_is_list(type))
        sard_encode_message(e, type >= SARD_MAYBE ? TYPE_OPTIONAL : TYPE_SEQUENCE, put_item, part);
    else
        sard_encode_message(e, TYPE_TENSOR, put_element, part);
}

/* The attribute of Optional that is a type; in graphs it is a number. */
static void put_type_attr(sard_encoder *e, const void *part)
{
    const sard_attr *attr = part;
    const sard_dtype type = (sard_dtype)attr->i;
    sard_encode_text(e, ATTR_NAME, attr->name);
    sard_encode_message(e, ATTR_TYPE_PROTO, put_list_type, &type);
    sard_encode_int(e, ATTR_TYPE, 13);
}

/* ---- attributes ---- */

typedef struct attr_part {
    const sard_attr *attr;
    graph_part graph;
} attr_part;

/* AttributeProto.AttributeType, by sard_attr_kind. */
static const int attr_types[] = {[SARD_ATTR_INT] = 2,   [SARD_ATTR_FLOAT] = 1, [SARD_ATTR_STRING] = 3, [SARD_ATTR_TENSOR] = 4,
                                 [SARD_ATTR_GRAPH] = 5, [SARD_ATTR_INTS] = 7,  [SARD_ATTR_FLOATS] = 6, [SARD_ATTR_STRINGS] = 8};

static void put_list(sard_encoder *e, const sard_attr *attr)
{
    for (size_t i = 0; i < attr->count; i++) {
        if (attr->kind == SARD_ATTR_INTS)
            sard_encode_int(e, ATTR_INTS, attr->ints[i]);
        else if (attr->kind == SARD_ATTR_FLOATS)
            sard_encode_float(e, ATTR_FLOATS, attr->floats[i]);
        else
            sard_encode_bytes(e, ATTR_STRINGS, attr->strings[i].data, attr->strings[i].size);
    }
}

static void put_attr(sard_encoder *e, const void *part)
{
    const attr_part *p = part;
    const sard_attr *attr = p->attr;
    sard_encode_text(e, ATTR_NAME, attr->name);
    switch (attr->kind) {
    case SARD_ATTR_INT:
        sard_encode_int(e, ATTR_I, attr->i);
        break;
    case SARD_ATTR_FLOAT:
        sard_encode_float(e, ATTR_F, attr->f);
        break;
    case SARD_ATTR_STRING:
        sard_encode_bytes(e, ATTR_S, attr->s.data, attr->s.size);
        break;
    case SARD_ATTR_TENSOR:
        sard_encode_message(e, ATTR_T, sard_encode_tensor, &(sard_named_tensor){attr->tensor, NULL});
        break;
    case SARD_ATTR_GRAPH:
        sard_encode_message(e, ATTR_G, put_graph, &p->graph);
        break;
    default:
        put_list(e, attr);
    }
    sard_encode_int(e, ATTR_TYPE, attr_types[attr->kind]);
}

/* ---- nodes ---- */

typedef struct node_part {
    const sard_export_node *node;
    const char *data;
} node_part;

static void put_node(sard_encoder *e, const void *part)
{
    const node_part *p = part;
    const sard_export_node *node = p->node;
    for (size_t i = 0; i < node->input_count; i++)
        sard_encode_text(e, NODE_INPUT, node->inputs[i]);
    for (size_t i = 0; i < node->output_count; i++)
        sard_encode_text(e, NODE_OUTPUT, node->outputs[i]);
    sard_encode_text(e, NODE_NAME, node->name);
    sard_encode_text(e, NODE_OP, node->op);
    for (size_t i = 0; i < node->attr_count; i++)
        if (!strcmp(node->op, "Optional") && !*node->domain)
            sard_encode_message(e, NODE_ATTRIBUTE, put_type_attr, &node->attrs[i]);
        else
            sard_encode_message(e, NODE_ATTRIBUTE, put_attr, &(attr_part){&node->attrs[i], {node->graphs[i], p->data}});
    put_doc(e, NODE_DOC, node->node ? node->node->doc : NULL);
    if (*node->domain)
        sard_encode_text(e, NODE_DOMAIN, node->domain);
}

/* A scalar as a Constant node, the way exporters write it: initialisers are what was trained. Without a name, which could be a node's. */
static void put_scalar(sard_encoder *e, const void *part)
{
    const sard_named_tensor *named = part;
    const sard_attr attr = {.name = "value", .kind = SARD_ATTR_TENSOR, .tensor = named->tensor};
    sard_encode_text(e, NODE_OUTPUT, named->name);
    sard_encode_text(e, NODE_OP, "Constant");
    sard_encode_message(e, NODE_ATTRIBUTE, put_attr, &(attr_part){.attr = &attr});
}

/* ---- values ---- */

typedef struct value_part {
    const sard_value *value;
    const char *name;
    const sard_claim *claim;
} value_part;

/* Inference leaves the type open where it depends on the run. */
static sard_dtype dtype_of(const value_part *p) { return p->value->dtype || !p->claim ? p->value->dtype : p->claim->dtype; }

typedef struct dim_part {
    const sard_graph *graph;
    int64_t dim;
} dim_part;

static void put_dim(sard_encoder *e, const void *part)
{
    const dim_part *p = part;
    const char *symbol = sard_graph_symbol_name(p->graph, p->dim);
    if (p->dim >= 0)
        sard_encode_int(e, DIM_VALUE, p->dim);
    else if (symbol)
        sard_encode_text(e, DIM_PARAM, symbol);
}

static void put_shape(sard_encoder *e, const void *part)
{
    const value_part *p = part;
    const int rank = p->value->rank >= 0 ? p->value->rank : p->claim->rank;
    const sard_claim *claim = p->claim && p->claim->rank == rank ? p->claim : NULL;
    for (int i = 0; i < rank; i++) {
        const int64_t known = p->value->rank >= 0 ? p->value->dims[i] : SARD_UNKNOWN_DIM;
        sard_encode_message(e, SHAPE_DIM, put_dim,
                            &(dim_part){p->value->graph, known == SARD_UNKNOWN_DIM && claim ? claim->dims[i] : known});
    }
}

static void put_tensor_type(sard_encoder *e, const void *part)
{
    const value_part *p = part;
    sard_encode_int(e, TENSOR_ELEMENT, dtype_of(p));
    if (p->value->rank >= 0 || (p->claim && p->claim->rank >= 0))
        sard_encode_message(e, TENSOR_SHAPE, put_shape, p);
}

static void put_type(sard_encoder *e, const void *part)
{
    const sard_dtype dtype = dtype_of(part);
    if (sard_dtype_is_list(dtype))
        put_list_type(e, &dtype);
    else
        sard_encode_message(e, TYPE_TENSOR, put_tensor_type, part);
}

static void put_value(sard_encoder *e, const void *part)
{
    const value_part *p = part;
    sard_encode_text(e, VALUE_NAME, p->name);
    if (dtype_of(p))
        sard_encode_message(e, VALUE_TYPE, put_type, p);
    put_doc(e, VALUE_DOC, p->value->doc);
}

/* ---- graphs ---- */

static bool is_scalar(const sard_value *value) { return value->constant->rank == 0 && !value->is_input && !value->output_count; }

typedef struct constant_part {
    const sard_value *value;
    const char *name, *data;
    uint64_t place;
} constant_part;

/* Where the elements are: location, offset and length, numbers as text. */
static void put_place(sard_encoder *e, const constant_part *p)
{
    char offset[24], length[24];
    const entry_part entries[] = {{"location", p->data}, {"offset", offset}, {"length", length}};
    snprintf(offset, sizeof offset, "%" PRIu64, p->place);
    snprintf(length, sizeof length, "%zu", sard_packed_bytes(p->value->dtype, sard_tensor_count(p->value->constant)));
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++)
        sard_encode_message(e, SARD_TENSOR_EXTERNAL, put_entry, &entries[i]);
    sard_encode_int(e, SARD_TENSOR_LOCATION, 1);
}

static void put_constant(sard_encoder *e, const void *part)
{
    const constant_part *p = part;
    const sard_tensor *tensor = p->value->constant;
    if (tensor->dtype == SARD_STRING) {
        sard_encode_tensor(e, &(sard_named_tensor){tensor, p->name});
        return;
    }
    sard_encode_tensor_type(e, tensor, p->name);
    if (p->place != SARD_EXPORT_INSIDE) {
        put_place(e, p);
        return;
    }
    sard_encode_length(e, SARD_TENSOR_RAW, sard_packed_bytes(tensor->dtype, sard_tensor_count(tensor)));
    sard_export_put_elements(e, p->value);
}

static void put_constants(sard_encoder *e, const graph_part *part, bool scalars)
{
    const sard_export_graph *g = part->graph;
    for (size_t i = 0; i < g->graph->value_count; i++) {
        const sard_value *value = g->graph->values[i];
        if (!g->written[i] || is_scalar(value) != scalars)
            continue;
        const constant_part p = {value, g->names[i], part->data, g->places ? g->places[i] : SARD_EXPORT_INSIDE};
        if (scalars)
            sard_encode_message(e, GRAPH_NODE, put_scalar, &(sard_named_tensor){sard_value_constant(value), g->names[i]});
        else
            sard_encode_message(e, GRAPH_INITIALIZER, put_constant, &p);
    }
}

static void put_graph(sard_encoder *e, const void *part)
{
    const graph_part *p = part;
    const sard_export_graph *g = p->graph;
    const sard_graph *graph = g->graph;
    put_constants(e, p, true);
    for (size_t i = 0; i < g->node_count; i++)
        sard_encode_message(e, GRAPH_NODE, put_node, &(node_part){&g->nodes[i], p->data});
    sard_encode_text(e, GRAPH_NAME, *graph->name ? graph->name : "graph");
    put_constants(e, p, false);
    put_doc(e, GRAPH_DOC, graph->doc);
    for (size_t i = 0; i < graph->input_count; i++)
        sard_encode_message(e, GRAPH_INPUT, put_value, &(value_part){graph->inputs[i], g->names[graph->inputs[i]->id], NULL});
    for (size_t i = 0; i < graph->output_count; i++)
        sard_encode_message(e, GRAPH_OUTPUT, put_value, &(value_part){graph->outputs[i], g->outputs[i], graph->claims[i]});
}

/* ---- the model ---- */

typedef struct opset_part {
    const char *domain;
    int version;
} opset_part;

static void put_opset(sard_encoder *e, const void *part)
{
    const opset_part *p = part;
    sard_encode_text(e, OPSET_DOMAIN, p->domain);
    sard_encode_int(e, OPSET_VERSION, p->version);
}

/* Domains of nodes before `end`, also in subgraphs: true if `domain` is among them. */
static bool is_used(const sard_export_graph *g, const char *domain, const sard_export_node *end)
{
    for (size_t i = 0; i < g->node_count && &g->nodes[i] != end; i++)
        if (!strcmp(g->nodes[i].domain, domain))
            return true;
    return false;
}

/* The version that all operators of the domain in a graph have come with; graphs around it may need a later one, and import it too. */
static int domain_version(const sard_export_graph *g, const char *domain)
{
    int version = 1;
    for (size_t i = 0; i < g->node_count; i++) {
        const sard_node *node = g->nodes[i].node;
        if (node && !strcmp(g->nodes[i].domain, domain) && node->op->since > version)
            version = node->op->since;
    }
    return version;
}

/* Every domain once for each graph it stands in; readers take repeated equal imports, and nested graphs with domains are rare. */
static void put_domains(sard_encoder *e, const sard_export_graph *g)
{
    for (size_t i = 0; i < g->node_count; i++) {
        const sard_export_node *node = &g->nodes[i];
        bool known = !*node->domain || is_used(g, node->domain, node);
        for (const sard_export_graph *outer = g->parent; outer && !known; outer = outer->parent)
            known = is_used(outer, node->domain, NULL);
        if (!known)
            sard_encode_message(e, MODEL_OPSET, put_opset, &(opset_part){node->domain, domain_version(g, node->domain)});
        for (size_t k = 0; k < node->attr_count; k++)
            if (node->attrs[k].kind == SARD_ATTR_GRAPH)
                put_domains(e, node->graphs[k]);
    }
}

/* The IR version that came with an opset: Versioning.md of the ONNX repository. */
static int ir_version(int opset)
{
    static const int first[] = {15, 19, 21, 23, 24, 25, 28}; /* of IR version 8, 9, ... */
    int version = 7;
    for (size_t i = 0; i < sizeof first / sizeof *first && opset >= first[i]; i++)
        version++;
    return version;
}

static void put_field(sard_encoder *e, unsigned field, const sard_graph *graph, const char *key)
{
    for (size_t i = 0; i < graph->metadata_count; i++)
        if (graph->metadata[i].is_field && !strcmp(graph->metadata[i].key, key))
            sard_encode_text(e, field, graph->metadata[i].value);
}

static void put_producer(sard_encoder *e, const sard_export_model *model)
{
    const sard_graph *graph = model->graph->graph;
    if (!model->producer && sard_graph_metadata(graph, "producer_name")) {
        put_field(e, MODEL_PRODUCER, graph, "producer_name");
        put_field(e, MODEL_PRODUCER_VERSION, graph, "producer_version");
        return;
    }
    sard_encode_text(e, MODEL_PRODUCER, model->producer ? model->producer : "sard");
    sard_encode_text(e, MODEL_PRODUCER_VERSION, sard_version());
}

void sard_export_put(sard_encoder *e, const sard_export_model *model)
{
    const sard_graph *graph = model->graph->graph;
    const char *version = sard_graph_metadata(graph, "model_version");
    sard_encode_int(e, MODEL_IR_VERSION, ir_version(model->opset));
    put_producer(e, model);
    put_field(e, MODEL_DOMAIN, graph, "domain");
    if (version)
        sard_encode_int(e, MODEL_VERSION, strtoll(version, NULL, 10));
    put_field(e, MODEL_DOC, graph, "doc_string");
    sard_encode_message(e, MODEL_GRAPH, put_graph, &(graph_part){model->graph, model->data});
    sard_encode_message(e, MODEL_OPSET, put_opset, &(opset_part){"", model->opset});
    put_domains(e, model->graph);
    for (size_t i = 0; i < graph->metadata_count; i++)
        if (!graph->metadata[i].is_field)
            sard_encode_message(e, MODEL_PROPS, put_entry, &(entry_part){graph->metadata[i].key, graph->metadata[i].value});
}
