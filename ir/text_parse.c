/* Reads graphs in the text form: lines and what they hold together. */
#include "ir/node.h"
#include "ir/text_parser.h"

#include <locale.h>
#include <string.h>

#define MAX_NESTING 32

/* Puts the line before what a function of the graph said. */
static sard_status at_line(text_parser *p, size_t line, sard_status status, const sard_error *inner)
{
    return sard_fail(p->error, status, "line %zu: %.900s", line, inner->text);
}

/* ---- values ---- */

/* A name for a new value. */
static sard_status parse_new_name(text_parser *p, const sard_graph *graph, const char **out)
{
    const text_token token = p->token;
    const sard_status status = sard_text_name(p, out);
    if (status || !sard_graph_find(graph, *out))
        return status;
    p->token = token;
    return sard_text_fail(p, "there is a value '%.200s' already", *out);
}

/* What the text says of a value's type must not contradict what is known, and adds to it. */
static sard_status refine(text_parser *p, sard_value *value, const text_type *type)
{
    bool same = !type->dtype || !value->dtype || type->dtype == value->dtype;
    if (!value->dtype)
        value->dtype = type->dtype;
    if (type->rank >= 0 && value->rank < 0)
        sard_value_set_type(value, value->dtype, type->rank, type->dims);
    same = same && (type->rank < 0 || type->rank == value->rank);
    for (int i = 0; same && i < type->rank; i++) {
        if (value->dims[i] == SARD_UNKNOWN_DIM)
            value->dims[i] = type->dims[i];
        same = type->dims[i] == SARD_UNKNOWN_DIM || type->dims[i] == value->dims[i];
    }
    return same ? SARD_OK
                : sard_text_fail(p, "the type of '%.200s' that stands here is not the one that follows from its node", value->name);
}

/* ---- nodes ---- */

/* In a subgraph shapes that do not fit are no mistake yet: the branch may never be taken. The node around it
 * says; types behind such a node stay unknown. */
static sard_status make_node(text_parser *p, sard_graph *graph, const text_op *o, const char *const *names, size_t name_count, size_t line,
                             sard_node **out)
{
    sard_error inner;
    const sard_node_parts parts = {.op = o->op,
                                   .name = o->name,
                                   .inputs = o->inputs,
                                   .input_count = o->input_count,
                                   .attrs = o->attrs,
                                   .attr_count = o->attr_count,
                                   .output_names = names,
                                   .output_count = name_count};
    sard_status status = sard_graph_make_node(graph, &parts, out, &inner);
    if (!status) {
        (*out)->layout = o->layout;
        status = p->broken == graph ? SARD_OK : sard_node_infer(*out, &inner);
        if (status == SARD_SHAPE && graph->parent) {
            p->broken = graph;
            status = SARD_OK;
        }
    }
    return status ? at_line(p, line, status, &inner) : SARD_OK;
}

/* "|> Op(...)": a node of its own at first, then absorbed. `last`: what its result is called in the end. */
static sard_status parse_epilogue(text_parser *p, sard_graph *graph, sard_node *node, const char *last)
{
    text_op o;
    sard_node *user;
    const size_t line = p->token.line;
    sard_status status = sard_text_next(p);
    if (status || (status = sard_text_skip(p)) || (status = sard_text_op(p, graph, last, true, &o)))
        return status;
    if (!(o.op->traits & SARD_ELEMENTWISE))
        return sard_fail(p->error, SARD_PARSE, "line %zu: %s is not element-wise and cannot stand behind '|>'", line, o.op->name);
    if (!o.input_count && !SARD_GROW(p->arena, o.inputs, o.input_count, o.input_capacity))
        return sard_text_no_memory(p);
    if (o.slot == SIZE_MAX && o.input_count)
        return sard_fail(p->error, SARD_PARSE, "line %zu: '$', the running result, is missing among the inputs of %s", line, o.op->name);
    o.slot = o.slot == SIZE_MAX ? 0 : o.slot;
    o.input_count += o.input_count == 0;
    o.inputs[o.slot] = node->outputs[0];
    const char *name = sard_text_is(p, TEXT_PIPE) ? sard_arena_printf(p->arena, "%s|%zu", last, node->epilogue_count + 1) : last;
    if (!name)
        return sard_text_no_memory(p);
    if ((status = make_node(p, graph, &o, &name, 1, line, &user)))
        return status;
    if (sard_value_is_static(node->outputs[0]) && sard_value_is_static(user->outputs[0]) &&
        !sard_value_same_shape(node->outputs[0], user->outputs[0]))
        return sard_fail(p->error, SARD_SHAPE, "line %zu: %s changes the shape and cannot stand behind '|>'", line, o.op->name);
    return sard_node_absorb(node, user, o.slot) ? SARD_OK : sard_text_no_memory(p);
}

/* ---- statements ---- */

typedef struct name_list {
    const char **names; /* NULL: an output that nobody wants */
    size_t count, capacity;
} name_list;

static sard_status parse_output_names(text_parser *p, const sard_graph *graph, name_list *list)
{
    sard_status status = SARD_OK;
    do {
        if (list->count && ((status = sard_text_next(p)) || (status = sard_text_skip(p))))
            return status;
        if (!SARD_GROW(p->arena, list->names, list->count, list->capacity))
            return sard_text_no_memory(p);
        list->names[list->count] = NULL;
        if (sard_text_is_word(p, "_"))
            status = sard_text_next(p);
        else
            status = parse_new_name(p, graph, &list->names[list->count]);
        list->count++;
    } while (!status && sard_text_is(p, ','));
    return status;
}

static sard_status parse_output_types(text_parser *p, sard_graph *graph, const sard_node *node)
{
    sard_status status = SARD_OK;
    for (size_t i = 0; !status && i < node->output_count; i++) {
        text_type type;
        if (i && ((status = sard_text_expect(p, ',', "',' and a type for each output")) || (status = sard_text_skip(p))))
            return status;
        if (sard_text_is_word(p, "_"))
            status = sard_text_next(p);
        else if (!(status = sard_text_type(p, graph, &type)) && node->outputs[i])
            status = refine(p, node->outputs[i], &type);
    }
    return status;
}

static sard_status parse_node(text_parser *p, sard_graph *graph)
{
    name_list list = {NULL, 0, 0};
    text_op o;
    sard_node *node;
    const size_t line = p->token.line;
    sard_status status = parse_output_names(p, graph, &list);
    if (status || (status = sard_text_expect(p, '=', "'='")) || (status = sard_text_skip(p)))
        return status;
    const char *last = NULL;
    for (size_t i = 0; !last && i < list.count; i++)
        last = list.names[i];
    if ((status = sard_text_op(p, graph, last, false, &o)))
        return status;
    if (sard_text_is(p, TEXT_PIPE)) {
        if (!list.names[0])
            return sard_text_fail(p, "'|>' needs a first output");
        last = list.names[0];
        list.names[0] = sard_arena_printf(p->arena, "%s|0", last);
        if (!list.names[0])
            return sard_text_no_memory(p);
    }
    if ((status = make_node(p, graph, &o, list.names, list.count, line, &node)))
        return status;
    while (!status && sard_text_is(p, TEXT_PIPE))
        status = parse_epilogue(p, graph, node, last);
    if (status || !sard_text_is(p, ':'))
        return status;
    status = sard_text_next(p);
    return status ? status : parse_output_types(p, graph, node);
}

static sard_status parse_named_type(text_parser *p, sard_graph *graph, const char **name, text_type *type)
{
    sard_status status = parse_new_name(p, graph, name);
    if (!status)
        status = sard_text_expect(p, ':', "':'");
    return status ? status : sard_text_type(p, graph, type);
}

static sard_status parse_input_line(text_parser *p, sard_graph *graph)
{
    const char *name;
    text_type type;
    const sard_status status = parse_named_type(p, graph, &name, &type);
    if (status)
        return status;
    return sard_graph_add_input(graph, name, type.dtype, type.rank, type.dims) ? SARD_OK : sard_text_no_memory(p);
}

static sard_status parse_constant_line(text_parser *p, sard_graph *graph)
{
    const char *name;
    text_type type;
    sard_tensor tensor;
    sard_status status = parse_named_type(p, graph, &name, &type);
    if (!status)
        status = sard_text_expect(p, '=', "'='");
    if (status || (status = sard_text_elements(p, &type, &tensor)))
        return status;
    return sard_graph_add_constant(graph, name, &tensor) ? SARD_OK : sard_text_no_memory(p);
}

/* capture x, or capture inner = x. */
static sard_status parse_capture_line(text_parser *p, sard_graph *graph)
{
    const char *name;
    sard_status status = parse_new_name(p, graph, &name);
    if (status)
        return status;
    sard_value *outer = graph->parent ? sard_graph_find(graph->parent, name) : NULL;
    if (sard_text_is(p, '=') && graph->parent && !(status = sard_text_next(p)))
        status = sard_text_value(p, graph->parent, &outer);
    else if (!outer && graph->parent)
        status = sard_text_find(p, graph->parent, name, &outer);
    if (status)
        return status;
    if (!outer)
        return sard_text_fail(p, "there is no value '%.200s' outside", name);
    sard_value *inner = sard_graph_capture(graph, outer);
    if (!inner || (strcmp(inner->name, name) && sard_value_rename(inner, name, NULL)))
        return sard_text_no_memory(p);
    sard_value_set_type(inner, outer->dtype, outer->rank, outer->dims);
    return SARD_OK;
}

/* output y, or output name = y. */
static sard_status parse_output_line(text_parser *p, sard_graph *graph)
{
    const char *name = NULL;
    sard_value *value;
    text_parser ahead = *p;
    sard_status status = sard_text_name(&ahead, &name);
    const bool named = !status && sard_text_is(&ahead, '=');
    if (named)
        *p = ahead;
    if (status || (named && (status = sard_text_next(p))) || (status = sard_text_value(p, graph, &value)))
        return status;
    if (!sard_graph_add_output(graph, value))
        return sard_text_no_memory(p);
    graph->output_names[graph->output_count - 1] = name;
    return SARD_OK;
}

/* The words that begin a statement may be names of values too: then '=' or ',' follows. */
static sard_status parse_statement(text_parser *p, sard_graph *graph)
{
    static const struct {
        const char *word;
        sard_status (*parse)(text_parser *p, sard_graph *graph);
    } statements[] = {
        {"input", parse_input_line},
        {"const", parse_constant_line},
        {"capture", parse_capture_line},
        {"output", parse_output_line},
    };
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
        if (!sard_text_is_word(p, statements[i].word))
            continue;
        text_parser ahead = *p;
        const sard_status status = sard_text_next(&ahead);
        if (status)
            return status;
        if (sard_text_is(&ahead, '=') || sard_text_is(&ahead, ','))
            break;
        *p = ahead;
        return statements[i].parse(p, graph);
    }
    return parse_node(p, graph);
}

static sard_status parse_body(text_parser *p, sard_graph *graph)
{
    sard_status status = sard_text_expect(p, '{', "'{'");
    while (!status && !(status = sard_text_skip(p)) && !sard_text_is(p, '}')) {
        status = parse_statement(p, graph);
        if (!status && !sard_text_is(p, '\n') && !sard_text_is(p, '}'))
            status = sard_text_fail(p, "expected the end of the line");
    }
    return status ? status : sard_text_next(p);
}

sard_status sard_text_graph(text_parser *p, sard_graph *parent, sard_graph **out)
{
    const char *name;
    if (!sard_text_is_word(p, "graph"))
        return sard_text_fail(p, "expected 'graph'");
    if (p->nesting == MAX_NESTING)
        return sard_text_fail(p, "graphs nested more than %d deep", MAX_NESTING);
    sard_status status = sard_text_next(p);
    if (status || (status = sard_text_name(p, &name)))
        return status;
    *out = parent ? sard_graph_create_inner(parent, name) : sard_graph_create(p->arena, p->ops, name);
    if (!*out)
        return sard_text_no_memory(p);
    const sard_graph *broken = p->broken;
    p->nesting++;
    status = parse_body(p, *out);
    p->nesting--;
    p->broken = broken;
    return status;
}

static sard_status parse_text(text_parser *p, sard_graph **out)
{
    sard_status status = sard_text_next(p);
    if (status || (status = sard_text_skip(p)) || (status = sard_text_graph(p, NULL, out)) || (status = sard_text_skip(p)))
        return status;
    return sard_text_is(p, TEXT_END) ? SARD_OK : sard_text_fail(p, "expected the end of the text");
}

/* Numbers have a point, whatever the locale of the program says. */
sard_status sard_text_parse(sard_arena *arena, const sard_op_table *ops, const char *text, size_t size, sard_graph **out, sard_error *error)
{
    text_parser p = {.arena = arena, .ops = ops, .at = text, .end = text + size, .line_start = text, .line = 1, .error = error};
    const locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    const locale_t before = uselocale(plain);
    sard_graph *graph;
    const sard_status status = parse_text(&p, &graph);
    uselocale(before);
    freelocale(plain);
    if (!status)
        *out = graph;
    return status;
}
