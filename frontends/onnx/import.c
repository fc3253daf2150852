/* The model: from its bytes to the message, its metadata, its main graph. */
#include "frontends/onnx/importer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- what is no model ---- */

static bool begins(const sard_onnx_file *file, const char *text)
{
    return file->size >= strlen(text) && !memcmp(file->bytes, text, strlen(text));
}

static sard_status check_start(const sard_onnx_file *file, sard_error *error)
{
    if (!file->size)
        return sard_fail(error, SARD_PARSE, "it is empty");
    if (begins(file, "version https://git-lfs"))
        return sard_fail(error, SARD_PARSE, "it is a pointer of Git LFS; the model itself was not fetched");
    if (begins(file, "\x89PNG") || begins(file, "\xff\xd8\xff"))
        return sard_fail(error, SARD_PARSE, "it is a picture, not a model");
    if (begins(file, "\x1f\x8b") || begins(file, "PK\x03\x04"))
        return sard_fail(error, SARD_PARSE, "it is an archive, not a model");
    return SARD_OK;
}

/* ---- metadata ---- */

static bool add_number(sard_graph *graph, const char *key, int64_t value)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRId64, value);
    return sard_graph_add_metadata(graph, key, text, true);
}

static bool add_opset(sard_graph *graph, const sard_onnx_opset *opset)
{
    const char *domain = sard_onnx_domain(opset->domain);
    char key[128];
    snprintf(key, sizeof key, "opset%s%.100s", *domain ? ":" : "", domain);
    return add_number(graph, key, opset->version);
}

static bool read_metadata(const sard_onnx_model *model, sard_graph *graph)
{
    bool enough = add_number(graph, "ir_version", model->ir_version);
    for (size_t i = 0; i < model->n_opset_import; i++)
        enough &= add_opset(graph, model->opset_import[i]);
    enough &= sard_graph_add_metadata(graph, "producer_name", model->producer_name, true);
    enough &= sard_graph_add_metadata(graph, "producer_version", model->producer_version, true);
    enough &= sard_graph_add_metadata(graph, "domain", model->domain, true);
    if (model->has_model_version)
        enough &= add_number(graph, "model_version", model->model_version);
    enough &= sard_graph_add_metadata(graph, "doc_string", model->doc_string, true);
    enough &= sard_graph_add_metadata(graph, "graph_name", model->graph->name, true);
    for (size_t i = 0; i < model->n_metadata_props; i++) {
        const char *key = model->metadata_props[i]->key;
        enough &= sard_graph_add_metadata(graph, key ? key : "", model->metadata_props[i]->value, false);
    }
    return enough;
}

/* ---- the model ---- */

static sard_status check_opsets(const sard_onnx_model *model, sard_error *error)
{
    enum { MAX_OPSETS = 1000 }; /* looked for one after another */
    if (model->n_opset_import > MAX_OPSETS)
        return sard_fail(error, SARD_LIMIT, "the model imports %zu opsets, at most %d", model->n_opset_import, MAX_OPSETS);
    if (!model->n_opset_import && model->ir_version >= 3)
        return sard_fail(error, SARD_MODEL, "the model imports no opset");
    for (size_t i = 0; i < model->n_opset_import; i++)
        for (size_t k = 0; k < i; k++)
            if (!strcmp(sard_onnx_domain(model->opset_import[i]->domain), sard_onnx_domain(model->opset_import[k]->domain)) &&
                model->opset_import[i]->version != model->opset_import[k]->version)
                return sard_fail(error, SARD_MODEL, "opsets %" PRId64 " and %" PRId64 " of the same domain '%.100s'",
                                 model->opset_import[k]->version, model->opset_import[i]->version,
                                 sard_onnx_domain(model->opset_import[i]->domain));
    return SARD_OK;
}

static sard_status read_model(sard_onnx_importer *importer, sard_onnx_wire *wire, sard_error *error)
{
    const sard_onnx_file *file = importer->source.file;
    sard_status status = check_start(file, error);
    if (!status)
        status = sard_onnx_wire_read(&sard__onnx__model_proto__descriptor, file->bytes, file->size, importer->source.limits,
                                     importer->scratch, wire, error);
    if (status)
        return status;
    importer->model = (const sard_onnx_model *)wire->message;
    importer->source.wire = wire;
    if (!importer->model->graph)
        return sard_fail(error, SARD_PARSE, "it is no ONNX model: there is no graph in it");
    status = check_opsets(importer->model, error);
    return status ? status : sard_onnx_list_functions(importer, error);
}

static sard_status import_main(sard_onnx_importer *importer, sard_graph *graph, sard_error *error)
{
    sard_onnx_home home = {.graph = graph};
    sard_onnx_scope scope = sard_onnx_scope_make(importer, &home, NULL);
    const sard_status status = sard_onnx_import_graph(&scope, importer->model->graph, false, error);
    if (status)
        return status;
    return graph->output_count || importer->first ? SARD_OK : sard_fail(error, SARD_MODEL, "the graph has no outputs");
}

static sard_status import(sard_onnx_importer *importer, sard_graph **out, sard_error *error)
{
    sard_onnx_wire *wire = SARD_NEW(importer->scratch, sard_onnx_wire, 1);
    if (!wire)
        return sard_no_memory(error);
    sard_status status = read_model(importer, wire, error);
    if (status)
        return status;
    const char *name = importer->model->graph->name;
    sard_graph *graph = sard_graph_create(importer->source.arena, importer->ops, name ? name : "");
    if (!graph || !read_metadata(importer->model, graph))
        return sard_no_memory(error);
    graph->origin = &importer->source.file->origin;
    status = import_main(importer, graph, error);
    if (!status)
        *out = graph;
    return status;
}

sard_status sard_onnx_import(sard_onnx_file *file, sard_arena *arena, const sard_op_table *ops, const sard_limits *limits,
                             void (*problem)(void *user, const sard_error *problem), void *user, sard_graph **out, sard_error *error)
{
    sard_arena scratch;
    sard_error own = {.text = ""}, first = {.text = ""};
    sard_arena_init(&scratch, arena->allocator);
    sard_onnx_importer importer = {.source = {.file = file, .limits = limits, .arena = arena},
                                   .scratch = &scratch,
                                   .ops = ops,
                                   .functions = {.arena = &scratch},
                                   .problem = problem,
                                   .user = user,
                                   .error = &first};
    importer.source.zeros = &importer.zeros;
    *out = NULL;
    const sard_status status = import(&importer, out, &own);
    sard_arena_reset(&scratch);
    if (status || importer.first) {
        const sard_error *from = status ? &own : &first;
        return sard_fail(error, from->status, "%s", from->text);
    }
    return SARD_OK;
}
