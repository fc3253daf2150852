/* A model in float64: every float input, constant and result becomes double, so that what a model means can be told from what its
 * precision makes of it.
 *
 * The graph's inputs keep their types, a Cast stands behind each. What an operator takes in no double (the scales of Resize, the boxes of
 * NonMaxSuppression) it gets as it was; one that makes floats of less for others to read is refused. */
#include "runtime/model.h"

#include "ops/ops.h"

#include <string.h>

typedef struct widening {
    sard_graph *graph;
    const sard_tensor **was; /* by id of the values that were there: constants as they came, or NULL */
    size_t count;
    sard_error *error;
} widening;

static bool is_narrow(sard_dtype dtype) { return sard_dtype_is_float(dtype) && dtype != SARD_F64; }

/* ---- constants and attributes ---- */

/* The elements may have any address. NULL when memory runs out. */
static sard_tensor *widen_tensor(sard_graph *graph, const sard_tensor *from)
{
    enum { PIECE = 512 };
    double piece[PIECE];
    const size_t count = sard_tensor_count(from), size = sard_dtype_size(from->dtype);
    double *data = sard_graph_alloc(graph, count * sizeof *data);
    sard_tensor *to = SARD_NEW(graph->arena, sard_tensor, 1);
    for (size_t i = 0; data && i < count; i += PIECE) {
        const size_t n = count - i < PIECE ? count - i : PIECE;
        memcpy(piece, (const char *)from->data + i * size, n * size);
        sard_widen(from->dtype, piece, n, data + i);
    }
    if (data && to)
        *to = sard_tensor_make(SARD_F64, from->rank, from->dims, data);
    return data ? to : NULL;
}

static sard_status widen_constant(widening *w, sard_value *value)
{
    const sard_tensor *was = value->constant && is_narrow(value->dtype) ? sard_value_constant(value) : NULL;
    if (!was)
        return SARD_OK;
    w->was[value->id] = was;
    value->constant = widen_tensor(w->graph, was);
    value->scaled = NULL;
    value->dtype = SARD_F64;
    return value->constant ? SARD_OK : sard_no_memory(w->error);
}

/* What ConstantOfShape fills with where nothing is said, in double. */
static const sard_tensor zero = {.dtype = SARD_F64, .rank = 1, .dims = {1}, .data = (double[]){0}, .bytes = sizeof(double)};

/* Of a sequence type that of its tensors; others are themselves. */
static sard_dtype item_type(int64_t type) { return (sard_dtype)(type & (type < 2 * SARD_MAYBE ? SARD_SEQUENCE - 1 : 0)); }

/* Attributes that name the type of a result, or hold elements of it. */
static sard_status widen_attribute(widening *w, sard_node *node, const sard_attr_spec *spec)
{
    static const char *const types[] = {"to", "dtype", "output_datatype", "type"};
    char *place = (char *)node->attrs + spec->offset;
    for (size_t i = 0; spec->kind == SARD_ATTR_INT && i < sizeof types / sizeof *types; i++)
        if (!strcmp(spec->name, types[i]) && *(int64_t *)place >= 0 && is_narrow(item_type(*(int64_t *)place)))
            *(int64_t *)place = (*(int64_t *)place & ~(SARD_SEQUENCE - 1)) | SARD_F64;
    const sard_tensor **tensor = (const sard_tensor **)place;
    if (spec->kind == SARD_ATTR_TENSOR && !*tensor && sard_is(node, SARD_OP_constant_of_shape))
        *tensor = &zero;
    if (spec->kind != SARD_ATTR_TENSOR || !*tensor || !is_narrow((*tensor)->dtype))
        return SARD_OK;
    *tensor = widen_tensor(w->graph, *tensor);
    return *tensor ? SARD_OK : sard_no_memory(w->error);
}

/* The struct may be shared with the graph that this one was copied from. */
static sard_status widen_attributes(widening *w, sard_node *node)
{
    sard_status status = SARD_OK;
    if (!node->op->attrs)
        return SARD_OK;
    node->attrs = sard_arena_copy(w->graph->arena, node->attrs, node->op->attrs_size);
    for (const sard_attr_spec *spec = node->op->attrs; node->attrs && spec->name && !status; spec++)
        status = widen_attribute(w, node, spec);
    return node->attrs ? status : sard_no_memory(w->error);
}

/* ---- nodes ---- */

static sard_status insert_cast(widening *w, sard_node *before, sard_value *value, sard_dtype to, sard_value **out)
{
    const sard_attr attr = {.name = "to", .kind = SARD_ATTR_INT, .i = to};
    sard_node *cast;
    const sard_status status = sard_insert(w->graph, before, SARD_OP_cast, NULL, &value, 1, &attr, 1, &cast, w->error);
    if (!status)
        *out = cast->outputs[0];
    return status;
}

static bool takes_double(const sard_node *node, size_t i)
{
    const sard_port *port = node->op->inputs;
    for (size_t k = 0; k < i && port[1].name; k++)
        port++;
    return sard_dtype_in(SARD_F64, port->dtypes);
}

static sard_status narrow_input(widening *w, sard_node *node, size_t i)
{
    sard_value *value = node->inputs[i], *narrow = NULL;
    const sard_tensor *was = value && value->id < w->count ? w->was[value->id] : NULL;
    if (!value || value->dtype != SARD_F64 || takes_double(node, i))
        return SARD_OK;
    const sard_status status = was ? SARD_OK : insert_cast(w, node, value, SARD_F32, &narrow);
    if (was)
        narrow = sard_graph_add_constant(w->graph, value->name, was);
    if (!status && !narrow)
        return sard_no_memory(w->error);
    if (!status)
        sard_node_set_input(node, i, narrow);
    return status;
}

static sard_status widen_graph(sard_graph *graph, sard_error *error);

/* Attributes, subgraphs, and inputs that may not be double. */
static sard_status widen_node(widening *w, sard_node *node)
{
    sard_status status = widen_attributes(w, node);
    sard_graph *inner;
    for (size_t i = 0; !status && (inner = sard_node_subgraph(node, i)); i++)
        status = widen_graph(inner, w->error);
    for (size_t i = 0; !status && i < node->own_count; i++)
        status = narrow_input(w, node, i);
    return status;
}

/* Types of subgraphs' values are settled with those of the node they belong to. */
static sard_status settle(const widening *w, sard_node *node)
{
    const sard_status status = w->graph->parent ? SARD_OK : sard_node_infer(node, w->error);
    for (size_t i = 0; !status && !w->graph->parent && i < node->output_count; i++)
        if (node->outputs[i] && is_narrow(node->outputs[i]->dtype) && (node->outputs[i]->use_count || node->outputs[i]->output_count))
            return sard_node_fail(node, w->error, SARD_UNSUPPORTED, "the operator has no float64");
    return status;
}

static sard_status widen_graph(sard_graph *graph, sard_error *error)
{
    widening w = {graph, SARD_NEW(graph->arena, const sard_tensor *, graph->value_count), graph->value_count, error};
    sard_status status = w.was ? SARD_OK : sard_no_memory(error);
    for (size_t i = 0; !status && i < w.count; i++)
        status = widen_constant(&w, graph->values[i]);
    for (sard_node *node = graph->first; !status && node; node = node->next) {
        status = widen_node(&w, node);
        if (!status)
            status = settle(&w, node);
    }
    return status;
}

static sard_status widen_input(widening *w, sard_value *input)
{
    sard_value *wide;
    const sard_status status = insert_cast(w, w->graph->first, input, SARD_F64, &wide);
    if (status)
        return status;
    sard_value_replace(input, wide);
    sard_node_set_input(wide->producer, 0, input);
    return SARD_OK;
}

sard_status sard_graph_widen(sard_graph *graph, sard_error *error)
{
    widening w = {.graph = graph, .error = error};
    sard_status status = SARD_OK;
    for (size_t i = 0; !status && i < graph->input_count; i++)
        if (is_narrow(graph->inputs[i]->dtype))
            status = widen_input(&w, graph->inputs[i]);
        else if (is_narrow(item_type(graph->inputs[i]->dtype)))
            status = sard_fail(error, SARD_UNSUPPORTED, "input '%.200s' is %s: lists cannot be made double", graph->inputs[i]->name,
                               sard_dtype_name(graph->inputs[i]->dtype));
    return status ? status : widen_graph(graph, error);
}
