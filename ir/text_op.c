/* Reads one operator with its inputs and attributes, for nodes and epilogues alike. */
#include "ir/text_parser.h"

#include <string.h>

/* ---- values ---- */

sard_status sard_text_find(text_parser *p, sard_graph *graph, const char *name, sard_value **out)
{
    sard_value *outer;
    *out = sard_graph_find(graph, name);
    if (*out || !graph->parent)
        return SARD_OK;
    const sard_status status = sard_text_find(p, graph->parent, name, &outer);
    if (status || !outer)
        return status;
    *out = sard_graph_capture(graph, outer);
    if (!*out)
        return sard_text_no_memory(p);
    sard_value_set_type(*out, outer->dtype, outer->rank, outer->dims);
    return SARD_OK;
}

sard_status sard_text_value(text_parser *p, sard_graph *graph, sard_value **out)
{
    const char *name;
    const text_token token = p->token;
    sard_status status = sard_text_name(p, &name);
    if (status || (status = sard_text_find(p, graph, name, out)) || *out)
        return status;
    p->token = token;
    return sard_text_fail(p, "there is no value '%.200s' before this line", name);
}

/* ---- attributes ---- */

typedef sard_status (*read_item)(text_parser *p, void *out);

static sard_status read_int_item(text_parser *p, void *out) { return sard_text_int(p, out); }
static sard_status read_float_item(text_parser *p, void *out) { return sard_text_float(p, out); }

static sard_status read_string_item(text_parser *p, void *out)
{
    if (!sard_text_is(p, TEXT_STRING))
        return sard_text_fail(p, "expected a string in quotes");
    *(sard_string *)out = (sard_string){p->token.text, p->token.size};
    return sard_text_next(p);
}

/* [a, b, c] of items of `size` bytes. */
static sard_status parse_list(text_parser *p, read_item read, size_t size, sard_attr *attr)
{
    char *items = sard_arena_alloc(p->arena, 1, size);
    size_t capacity = 1;
    sard_status status = sard_text_expect(p, '[', "'['");
    if (!items)
        return sard_text_no_memory(p);
    while (!status && !(status = sard_text_skip(p)) && !sard_text_is(p, ']')) {
        if (attr->count && ((status = sard_text_expect(p, ',', "',' or ']'")) || (status = sard_text_skip(p))))
            return status;
        if (attr->count >= capacity && !sard_arena_grow(p->arena, (void **)&items, attr->count, &capacity, size))
            return sard_text_no_memory(p);
        status = read(p, items + attr->count++ * size);
    }
    attr->ints = (const int64_t *)(const void *)items;
    return status ? status : sard_text_next(p);
}

static sard_status parse_tensor(text_parser *p, sard_graph *graph, sard_attr *attr)
{
    text_type type;
    sard_tensor *tensor = SARD_NEW(p->arena, sard_tensor, 1);
    const sard_status status = tensor ? sard_text_type(p, graph, &type) : sard_text_no_memory(p);
    attr->tensor = tensor;
    return status ? status : sard_text_elements(p, &type, tensor);
}

static sard_status parse_attr_value(text_parser *p, sard_graph *graph, sard_attr *attr)
{
    switch (attr->kind) {
    case SARD_ATTR_INT:
        return sard_text_int(p, &attr->i);
    case SARD_ATTR_FLOAT:
        return sard_text_float(p, &attr->f);
    case SARD_ATTR_STRING:
        return read_string_item(p, &attr->s);
    case SARD_ATTR_TENSOR:
        return parse_tensor(p, graph, attr);
    case SARD_ATTR_GRAPH:
        return sard_text_graph(p, graph, &attr->graph);
    case SARD_ATTR_INTS:
        return parse_list(p, read_int_item, sizeof(int64_t), attr);
    case SARD_ATTR_FLOATS:
        return parse_list(p, read_float_item, sizeof(float), attr);
    default:
        return parse_list(p, read_string_item, sizeof(sard_string), attr);
    }
}

static sard_status parse_attr(text_parser *p, sard_graph *graph, text_op *o)
{
    sard_attr attr = {.name = NULL};
    const text_token token = p->token;
    sard_status status = sard_text_name(p, &attr.name);
    if (status)
        return status;
    const sard_attr_spec *spec = o->op->attrs;
    while (spec && spec->name && strcmp(spec->name, attr.name))
        spec++;
    if (!spec || !spec->name) {
        p->token = token;
        return sard_text_fail(p, "%s has no attribute '%.100s'", o->op->name, attr.name);
    }
    attr.kind = spec->kind;
    if ((status = sard_text_expect(p, '=', "'='")) || (status = parse_attr_value(p, graph, &attr)))
        return status;
    if (!SARD_GROW(p->arena, o->attrs, o->attr_count, o->attr_capacity))
        return sard_text_no_memory(p);
    o->attrs[o->attr_count++] = attr;
    return SARD_OK;
}

static sard_status parse_attrs(text_parser *p, sard_graph *graph, text_op *o)
{
    sard_status status = sard_text_next(p);
    while (!status && !(status = sard_text_skip(p)) && !sard_text_is(p, '}')) {
        if (o->attr_count && ((status = sard_text_expect(p, ',', "',' or '}'")) || (status = sard_text_skip(p))))
            return status;
        status = parse_attr(p, graph, o);
    }
    return status ? status : sard_text_next(p);
}

/* ---- operators ---- */

static sard_status parse_input(text_parser *p, sard_graph *graph, bool epilogue, text_op *o)
{
    if (!SARD_GROW(p->arena, o->inputs, o->input_count, o->input_capacity))
        return sard_text_no_memory(p);
    sard_value **place = &o->inputs[o->input_count++];
    *place = NULL;
    if (sard_text_is_word(p, "_"))
        return sard_text_next(p);
    if (!sard_text_is(p, '$'))
        return sard_text_value(p, graph, place);
    if (!epilogue || o->slot != SIZE_MAX)
        return sard_text_fail(p, "'$', the running result, stands once among the inputs of an operator behind '|>'");
    o->slot = o->input_count - 1;
    return sard_text_next(p);
}

static sard_status parse_inputs(text_parser *p, sard_graph *graph, bool epilogue, text_op *o)
{
    sard_status status = sard_text_expect(p, '(', "'('");
    while (!status && !(status = sard_text_skip(p)) && !sard_text_is(p, ')')) {
        if (o->input_count && ((status = sard_text_expect(p, ',', "',' or ')'")) || (status = sard_text_skip(p))))
            return status;
        status = parse_input(p, graph, epilogue, o);
    }
    return status ? status : sard_text_next(p);
}

/* domain::Op@name, of which only Op must be there. */
static sard_status parse_op_name(text_parser *p, text_op *o)
{
    const char *domain = "", *name;
    text_token token = p->token;
    sard_status status = sard_text_name(p, &name);
    if (!status && sard_text_is(p, TEXT_SCOPE)) {
        domain = name;
        if ((status = sard_text_next(p)))
            return status;
        token = p->token;
        status = sard_text_name(p, &name);
    }
    if (status)
        return status;
    o->op = sard_op_table_find(p->ops, domain, name);
    if (!o->op)
        return sard_fail(p->error, SARD_UNSUPPORTED, "line %zu, column %zu: there is no operator %.100s%s%.100s", token.line, token.column,
                         name, *domain ? " in domain " : "", domain);
    if (!sard_text_is(p, '@'))
        return SARD_OK;
    status = sard_text_next(p);
    return status ? status : sard_text_name(p, &o->name);
}

sard_status sard_text_op(text_parser *p, sard_graph *graph, const char *name, bool epilogue, text_op *o)
{
    *o = (text_op){.name = name, .slot = SIZE_MAX};
    sard_status status = parse_op_name(p, o);
    if (status || (status = parse_inputs(p, graph, epilogue, o)))
        return status;
    if (sard_text_is(p, '{') && (status = parse_attrs(p, graph, o)))
        return status;
    if (sard_text_is_word(p, "nhwc")) {
        o->layout = SARD_NHWC;
        return sard_text_next(p);
    }
    return SARD_OK;
}
