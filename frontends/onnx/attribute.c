/* Attributes: what they refer to within functions, their kinds, and the Constant operator, which is all attributes. */
#include "frontends/onnx/importer.h"

#include <stdio.h>
#include <string.h>

typedef Sard__Onnx__AttributeProto__AttributeType kind;
#define KIND(name) SARD__ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__##name

const sard_onnx_attribute *sard_onnx_attribute_of(const sard_onnx_scope *scope, const sard_onnx_attribute *attribute,
                                                  const sard_onnx_scope **where)
{
    const sard_onnx_call *call = scope->call;
    *where = scope;
    if (!attribute->ref_attr_name || !*attribute->ref_attr_name)
        return attribute;
    for (size_t i = 0; call && i < call->binding_count; i++)
        if (!strcmp(call->bindings[i].name, attribute->ref_attr_name)) {
            *where = call->bindings[i].scope;
            return call->bindings[i].attribute;
        }
    return NULL;
}

/* Files of the first IR versions do not say the kind. */
static kind kind_of(const sard_onnx_attribute *a)
{
    if (a->type)
        return a->type;
    if (a->has_f)
        return KIND(FLOAT);
    if (a->has_i)
        return KIND(INT);
    if (a->has_s)
        return KIND(STRING);
    if (a->t)
        return KIND(TENSOR);
    if (a->g)
        return KIND(GRAPH);
    if (a->n_floats)
        return KIND(FLOATS);
    if (a->n_strings)
        return KIND(STRINGS);
    return KIND(INTS); /* an empty list, if it is none */
}

static sard_status read_tensor(const sard_onnx_scope *scope, const sard_onnx_attribute *a, const char *what, const sard_tensor **out,
                               sard_error *error)
{
    sard_tensor *tensor = SARD_NEW(scope->importer->scratch, sard_tensor, 1);
    char text[400];
    snprintf(text, sizeof text, "%s: attribute %.100s", what, a->name);
    *out = tensor;
    if (!tensor)
        return sard_no_memory(error);
    return a->t ? sard_onnx_tensor(&scope->importer->source, a->t, text, tensor, error)
                : sard_fail(error, SARD_MODEL, "%s has no tensor", text);
}

/* `where`: the scope whose names the graph may use; `scope`: where the node stands. */
static sard_status read_graph(const sard_onnx_scope *scope, const sard_onnx_scope *where, const sard_onnx_attribute *a, const char *what,
                              sard_graph **out, sard_error *error)
{
    if (!a->g)
        return sard_fail(error, SARD_MODEL, "%s: attribute %.100s has no graph", what, a->name);
    sard_onnx_home home = {.graph = sard_graph_create_inner(scope->home->graph, a->g->name ? a->g->name : ""), .parent = scope->home};
    sard_onnx_scope inner = sard_onnx_scope_make(scope->importer, &home, where);
    *out = home.graph;
    if (!home.graph)
        return sard_no_memory(error);
    inner.depth = scope->depth + 1;
    return sard_onnx_import_graph(&inner, a->g, true, error);
}

static sard_status read_strings(const sard_onnx_scope *scope, const sard_onnx_attribute *a, sard_attr *out, sard_error *error)
{
    sard_string *strings = SARD_NEW(scope->importer->scratch, sard_string, a->n_strings);
    if (!strings)
        return sard_no_memory(error);
    for (size_t i = 0; i < a->n_strings; i++)
        strings[i] = (sard_string){(const char *)a->strings[i].data, a->strings[i].len};
    out->strings = strings;
    out->count = a->n_strings;
    return SARD_OK;
}

static sard_status read_type(const sard_onnx_attribute *a, const char *what, int64_t *out, sard_error *error)
{
    sard_dtype type = SARD_NONE;
    const sard_status status = sard_onnx_type(a->tp, what, &type, error);
    *out = type;
    return status;
}

sard_status sard_onnx_import_attribute(const sard_onnx_scope *scope, const sard_onnx_attribute *attribute, const char *what, sard_attr *out,
                                       sard_error *error)
{
    const sard_onnx_scope *where;
    const sard_onnx_attribute *a = sard_onnx_attribute_of(scope, attribute, &where);
    if (!a)
        return sard_fail(error, SARD_MODEL, "%s: attribute %.100s refers to nothing", what, attribute->name);
    *out = (sard_attr){.name = attribute->name};
    switch (kind_of(a)) {
    case KIND(FLOAT):
        out->kind = SARD_ATTR_FLOAT;
        out->f = a->f;
        return SARD_OK;
    case KIND(INT):
        out->kind = SARD_ATTR_INT;
        out->i = a->i;
        return SARD_OK;
    case KIND(STRING):
        out->kind = SARD_ATTR_STRING;
        out->s = (sard_string){(const char *)a->s.data, a->s.len};
        return memchr(a->s.data ? (const char *)a->s.data : "", 0, a->s.len)
                 ? sard_fail(error, SARD_MODEL, "%s: attribute %.100s holds a zero byte", what, attribute->name)
                 : SARD_OK;
    case KIND(TENSOR):
        out->kind = SARD_ATTR_TENSOR;
        return read_tensor(scope, a, what, &out->tensor, error);
    case KIND(GRAPH):
        out->kind = SARD_ATTR_GRAPH;
        return read_graph(scope, where, a, what, &out->graph, error);
    case KIND(FLOATS):
        out->kind = SARD_ATTR_FLOATS;
        out->floats = a->floats;
        out->count = a->n_floats;
        return SARD_OK;
    case KIND(INTS):
        out->kind = SARD_ATTR_INTS;
        out->ints = a->ints;
        out->count = a->n_ints;
        return SARD_OK;
    case KIND(STRINGS):
        out->kind = SARD_ATTR_STRINGS;
        return read_strings(scope, a, out, error);
    case KIND(TYPE_PROTO):
        out->kind = SARD_ATTR_INT; /* a sard_dtype */
        return read_type(a, what, &out->i, error);
    default:
        return sard_fail(error, SARD_UNSUPPORTED, "%s: attribute %.100s is of a kind that is not supported (%d)", what, attribute->name,
                         (int)a->type);
    }
}

/* ---- Constant ---- */

/* A tensor of rank 0 or 1 over a copy of the elements. */
static sard_status make(const sard_onnx_scope *scope, sard_dtype dtype, int rank, size_t count, const void *elements, sard_tensor *out,
                        sard_error *error)
{
    const size_t bytes = count * sard_dtype_size(dtype);
    void *copy = sard_arena_tensor(scope->importer->source.arena, bytes);
    if (!copy)
        return sard_no_memory(error);
    if (bytes)
        memcpy(copy, elements, bytes);
    *out = sard_tensor_make(dtype, rank, (int64_t[]){(int64_t)count}, copy);
    return SARD_OK;
}

static sard_status make_strings(const sard_onnx_scope *scope, int rank, size_t count, const ProtobufCBinaryData *from, sard_tensor *out,
                                sard_error *error)
{
    sard_string *strings = SARD_NEW(scope->importer->source.arena, sard_string, count);
    for (size_t i = 0; strings && i < count; i++) {
        strings[i].size = from[i].len;
        strings[i].data = sard_arena_string(scope->importer->source.arena, (const char *)from[i].data, from[i].len);
        if (!strings[i].data)
            return sard_no_memory(error);
    }
    if (!strings)
        return sard_no_memory(error);
    *out = sard_tensor_make(SARD_STRING, rank, (int64_t[]){(int64_t)count}, strings);
    return SARD_OK;
}

sard_status sard_onnx_constant(const sard_onnx_scope *scope, const sard_onnx_node *node, const char *what, sard_tensor *out,
                               sard_error *error)
{
    const sard_onnx_source *source = &scope->importer->source;
    const sard_onnx_scope *where;
    const sard_onnx_attribute *a = node->n_attribute == 1 ? sard_onnx_attribute_of(scope, node->attribute[0], &where) : NULL;
    const char *name = a && node->attribute[0]->name ? node->attribute[0]->name : "";
    if (node->n_input || node->n_output != 1 || !a)
        return sard_fail(error, SARD_MODEL, "%s: %zu inputs, %zu outputs and %zu attributes, must be 0, 1 and 1", what, node->n_input,
                         node->n_output, node->n_attribute);
    if (!strcmp(name, "value") && a->t)
        return sard_onnx_tensor(source, a->t, what, out, error);
    if (!strcmp(name, "sparse_value") && a->sparse_tensor)
        return sard_onnx_sparse_tensor(source, a->sparse_tensor, what, out, error);
    if (!strcmp(name, "value_float"))
        return make(scope, SARD_F32, 0, 1, &a->f, out, error);
    if (!strcmp(name, "value_floats"))
        return make(scope, SARD_F32, 1, a->n_floats, a->floats, out, error);
    if (!strcmp(name, "value_int"))
        return make(scope, SARD_I64, 0, 1, &a->i, out, error);
    if (!strcmp(name, "value_ints"))
        return make(scope, SARD_I64, 1, a->n_ints, a->ints, out, error);
    if (!strcmp(name, "value_string"))
        return make_strings(scope, 0, 1, &a->s, out, error);
    if (!strcmp(name, "value_strings"))
        return make_strings(scope, 1, a->n_strings, a->strings, out, error);
    return sard_fail(error, SARD_MODEL, "%s: attribute %.100s gives no value", what, name);
}
