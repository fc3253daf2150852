/* A graph or subgraph of the file. */
#include "frontends/onnx/sequence.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Tells a problem of the graph and goes on; ends the import where it must. */
static sard_status go_on(const sard_onnx_scope *scope, const sard_error *problem, sard_error *error)
{
    const sard_status status = sard_onnx_report(scope->importer, problem);
    return status ? sard_fail(error, status, "%s", problem->text) : SARD_OK;
}

/* ---- constants ---- */

static sard_status add_constant(sard_onnx_scope *scope, const char *name, const sard_tensor *tensor, sard_error *error)
{
    const char *global = sard_onnx_global_name(scope, name);
    sard_value *value = global ? sard_graph_add_constant(scope->home->graph, global, tensor) : NULL;
    return value ? sard_onnx_bind(scope, name, value, error) : sard_no_memory(error);
}

/* After a failure the name stands for a value that nobody makes. */
static sard_status add_nothing(sard_onnx_scope *scope, const char *name, const sard_error *problem, sard_error *error)
{
    const sard_status status = go_on(scope, problem, error);
    sard_value *value = status ? NULL : sard_graph_add_value(scope->home->graph, name);
    if (status)
        return status;
    return value && (sard_onnx_names_get(&scope->values, name) || sard_onnx_names_put(&scope->values, name, value)) ? SARD_OK
                                                                                                                    : sard_no_memory(error);
}

static sard_status import_initializer(sard_onnx_scope *scope, const Sard__Onnx__TensorProto *dense,
                                      const Sard__Onnx__SparseTensorProto *sparse, sard_error *error)
{
    const Sard__Onnx__TensorProto *named = dense ? dense : sparse ? sparse->values : NULL;
    const char *name = named && named->name ? named->name : "";
    char what[256];
    sard_tensor tensor;
    sard_error problem = {.text = ""};
    snprintf(what, sizeof what, "initializer '%.200s'", name);
    if (!*name)
        return sard_fail(error, SARD_MODEL, "an initializer without a name");
    if (scope->outer && sard_onnx_names_get(&scope->values, name))
        return SARD_OK; /* an input of a subgraph, which is always given */
    sard_status status = dense ? sard_onnx_tensor(&scope->importer->source, dense, what, &tensor, &problem)
                               : sard_onnx_sparse_tensor(&scope->importer->source, sparse, what, &tensor, &problem);
    if (!status)
        status = add_constant(scope, name, &tensor, &problem);
    return status ? add_nothing(scope, name, &problem, error) : SARD_OK;
}

static sard_status import_constants(sard_onnx_scope *scope, const sard_onnx_graph *proto, sard_error *error)
{
    sard_status status = SARD_OK;
    for (size_t i = 0; !status && i < proto->n_initializer; i++)
        status = import_initializer(scope, proto->initializer[i], NULL, error);
    for (size_t i = 0; !status && i < proto->n_sparse_initializer; i++)
        status = import_initializer(scope, NULL, proto->sparse_initializer[i], error);
    return status;
}

/* ---- inputs ---- */

typedef struct shape {
    sard_dtype dtype;
    int rank;
    int64_t dims[SARD_MAX_RANK];
} shape;

/* Names of dims are looked up one after another; a model with more than this many distinct ones is no model of people. */
enum { MAX_SYMBOLS = 4096 };

/* Files write negative numbers where a size is not known. */
static int64_t read_dim(sard_graph *graph, const Sard__Onnx__TensorShapeProto__Dimension *dim)
{
    if (dim->value_case == SARD__ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE)
        return dim->dim_value >= 0 ? dim->dim_value : SARD_UNKNOWN_DIM;
    const bool named = dim->value_case == SARD__ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
    const bool room = graph->symbols->count < MAX_SYMBOLS;
    return named && room && dim->dim_param && *dim->dim_param ? sard_graph_symbol(graph, dim->dim_param) : SARD_UNKNOWN_DIM;
}

static sard_status read_shape(sard_graph *graph, const Sard__Onnx__TypeProto__Tensor *type, const char *what, shape *out, sard_error *error)
{
    int64_t known[SARD_MAX_RANK], count;
    int known_count = 0;
    const sard_status status = sard_onnx_dtype(type->elem_type, what, &out->dtype, error);
    out->rank = -1;
    if (status || !type->shape)
        return status;
    if (type->shape->n_dim > SARD_MAX_RANK)
        return sard_fail(error, SARD_UNSUPPORTED, "%s: rank %zu, at most %d is possible", what, type->shape->n_dim, SARD_MAX_RANK);
    out->rank = (int)type->shape->n_dim;
    for (int i = 0; i < out->rank; i++) {
        out->dims[i] = read_dim(graph, type->shape->dim[i]);
        if (out->dims[i] >= 0)
            known[known_count++] = out->dims[i];
    }
    if (!sard_count(known, known_count, &count))
        return sard_fail(error, SARD_MODEL, "%s: its dims make more elements than can be counted", what);
    return SARD_OK;
}

/* Inputs of subgraphs need no type: they get it from the node. */
static sard_status read_type(sard_onnx_scope *scope, const Sard__Onnx__ValueInfoProto *input, bool inner, shape *out, sard_error *error)
{
    char what[256];
    snprintf(what, sizeof what, "input '%.200s'", input->name);
    *out = (shape){.dtype = SARD_NONE, .rank = -1};
    const bool typed = input->type && input->type->value_case != SARD__ONNX__TYPE_PROTO__VALUE__NOT_SET;
    if (inner && (!typed || (input->type->value_case == SARD__ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE && !input->type->tensor_type->elem_type)))
        return SARD_OK;
    if (!typed || input->type->value_case != SARD__ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE) {
        *out = (shape){.rank = 1, .dims = {SARD_UNKNOWN_DIM}};
        return sard_onnx_type(input->type, what, &out->dtype, error);
    }
    return read_shape(scope->home->graph, input->type->tensor_type, what, out, error);
}

static sard_status import_input(sard_onnx_scope *scope, const Sard__Onnx__ValueInfoProto *input, bool inner, sard_error *error)
{
    shape shape;
    sard_error problem = {.text = ""};
    if (!input->name || !*input->name)
        return sard_fail(error, SARD_MODEL, "an input without a name");
    if (!inner && sard_onnx_names_get(&scope->values, input->name))
        return SARD_OK; /* an initializer: files before IR version 4 list them here too */
    sard_status status = read_type(scope, input, inner, &shape, &problem);
    if (status)
        status = go_on(scope, &problem, error);
    if (status)
        return status;
    const char *name = sard_onnx_global_name(scope, input->name);
    sard_value *value = name ? sard_graph_add_input(scope->home->graph, name, shape.dtype, shape.rank, shape.dims) : NULL;
    return value && sard_value_set_doc(value, input->doc_string) ? sard_onnx_bind(scope, input->name, value, error) : sard_no_memory(error);
}

static sard_status import_inputs(sard_onnx_scope *scope, const sard_onnx_graph *proto, bool inner, sard_error *error)
{
    sard_onnx_names seen = {.arena = scope->importer->scratch};
    sard_status status = SARD_OK;
    for (size_t i = 0; !status && i < proto->n_input; i++) {
        const char *name = proto->input[i]->name ? proto->input[i]->name : "";
        if (sard_onnx_names_get(&seen, name))
            return sard_fail(error, SARD_MODEL, "two inputs have the name '%.200s'", name);
        if (!sard_onnx_names_put(&seen, name, proto->input[i]))
            return sard_no_memory(error);
        status = import_input(scope, proto->input[i], inner, error);
    }
    return status;
}

/* ---- outputs ---- */

/* NULL where nothing is claimed that can be read; that is no reason to refuse the model. False when memory runs out. */
static bool read_claim(sard_graph *graph, const Sard__Onnx__ValueInfoProto *output, const sard_claim **out)
{
    shape shape = {.rank = -1};
    sard_error ignored;
    const bool is_tensor = output->type && output->type->value_case == SARD__ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
    *out = NULL;
    if (is_tensor ? read_shape(graph, output->type->tensor_type, "", &shape, &ignored)
                  : sard_onnx_type(output->type, "", &shape.dtype, &ignored))
        return true;
    sard_claim *claim = SARD_NEW(graph->arena, sard_claim, 1);
    *out = claim;
    if (!claim)
        return false;
    *claim = (sard_claim){.dtype = shape.dtype, .rank = shape.rank};
    memcpy(claim->dims, shape.dims, sizeof claim->dims);
    return true;
}

static sard_status import_output(sard_onnx_scope *scope, const Sard__Onnx__ValueInfoProto *output, sard_error *error)
{
    const char *name = output->name ? output->name : "";
    sard_graph *graph = scope->home->graph;
    sard_value *value;
    sard_error problem = {.text = ""};
    sard_status status =
        *name ? sard_onnx_resolve(scope, name, "an output", &value, &problem) : sard_fail(&problem, SARD_MODEL, "an output without a name");
    if (!status && !value)
        status = sard_fail(&problem, SARD_MODEL, "output '%.200s' is an input that was left out", name);
    if (!status && sard_onnx_is_sequence(value))
        status = sard_onnx_sequence_value(value, &value, &problem);
    if (status)
        return go_on(scope, &problem, error);
    if (!sard_graph_add_output(graph, value) || (output->doc_string && !sard_value_set_doc(value, output->doc_string)))
        return sard_no_memory(error);
    /* the name in the file holds, also where the value has another */
    const char *copy = sard_arena_string(graph->arena, name, strlen(name));
    graph->output_names[graph->output_count - 1] = copy;
    return copy && read_claim(graph, output, &graph->claims[graph->output_count - 1]) ? SARD_OK : sard_no_memory(error);
}

/* ---- the whole ---- */

sard_status sard_onnx_import_nodes(sard_onnx_scope *scope, sard_onnx_node *const *nodes, size_t count, sard_error *error)
{
    const size_t *order;
    sard_status status = sard_onnx_order(scope->importer, nodes, count, &order, error);
    for (size_t i = 0; !status && i < count; i++)
        status = sard_onnx_import_node(scope, nodes[order[i]], error);
    return status;
}

sard_status sard_onnx_import_graph(sard_onnx_scope *scope, const sard_onnx_graph *proto, bool inner, sard_error *error)
{
    const uint64_t most = sard_onnx_nesting(scope->importer->source.limits);
    if (scope->depth > most)
        return sard_fail(error, SARD_LIMIT, "graphs and functions nested more than %" PRIu64 " deep", most);
    if (!sard_graph_set_doc(scope->home->graph, proto->doc_string))
        return sard_no_memory(error);
    sard_status status =
        sard_onnx_spend(scope->importer, proto->n_input + proto->n_output + proto->n_initializer + proto->n_sparse_initializer, error);
    if (status)
        return status;
    status = inner ? import_inputs(scope, proto, inner, error) : import_constants(scope, proto, error);
    if (!status)
        status = inner ? import_constants(scope, proto, error) : import_inputs(scope, proto, inner, error);
    if (!status)
        status = sard_onnx_import_nodes(scope, proto->node, proto->n_node, error);
    for (size_t i = 0; !status && i < proto->n_output; i++)
        status = import_output(scope, proto->output[i], error);
    return status;
}
