/* Names: of values through nested graphs and function calls, and of operators' versions. */
#include "frontends/onnx/sequence.h"

#include <inttypes.h>
#include <string.h>

sard_value sard_onnx_absent;

sard_onnx_scope sard_onnx_scope_make(sard_onnx_importer *importer, sard_onnx_home *home, const sard_onnx_scope *outer)
{
    return (sard_onnx_scope){.importer = importer,
                             .home = home,
                             .outer = outer,
                             .call = outer ? outer->call : NULL,
                             .values = {.arena = importer->scratch},
                             .depth = outer ? outer->depth + 1 : 1};
}

/* Brings a value into a graph that lies within the value's own. Constants are known there too. */
static sard_value *bring(sard_onnx_home *home, sard_value *value)
{
    if (home->graph == value->graph || !home->parent)
        return value;
    sard_value *outer = sard_onnx_infer(home->parent) ? bring(home->parent, value) : NULL;
    if (!outer)
        return NULL;
    sard_value *known = sard_graph_find(home->graph, outer->name);
    if (outer->constant)
        return known && known->constant && known->constant->data == outer->constant->data
                 ? known
                 : sard_graph_add_constant(home->graph, outer->name, outer->constant);
    sard_value *inner = sard_graph_capture(home->graph, outer);
    if (inner)
        sard_value_set_type(inner, outer->dtype, outer->rank, outer->dims);
    return inner;
}

sard_status sard_onnx_resolve(const sard_onnx_scope *scope, const char *name, const char *what, sard_value **out, sard_error *error)
{
    sard_value *value = NULL;
    *out = NULL;
    if (!*name)
        return SARD_OK;
    for (const sard_onnx_scope *at = scope; at && !value; at = at->outer)
        value = sard_onnx_names_get(&at->values, name);
    if (!value)
        return sard_fail(error, SARD_MODEL, "%s: '%.200s' is made by nothing", what, name);
    if (value == &sard_onnx_absent)
        return SARD_OK;
    if (sard_onnx_is_sequence(value) && value->graph != scope->home->graph) {
        const sard_status status = sard_onnx_sequence_value(value, &value, error);
        if (status)
            return status;
    }
    *out = sard_onnx_is_sequence(value) ? value : bring(scope->home, value);
    return *out ? SARD_OK : sard_no_memory(error);
}

sard_status sard_onnx_bind(sard_onnx_scope *scope, const char *name, sard_value *value, sard_error *error)
{
    if (sard_onnx_names_get(&scope->values, name))
        return sard_fail(error, SARD_MODEL, "two values have the name '%.200s'", name);
    return sard_onnx_names_put(&scope->values, name, value) ? SARD_OK : sard_no_memory(error);
}

const char *sard_onnx_global_name(const sard_onnx_scope *scope, const char *name)
{
    if (!scope->call || !*name)
        return name;
    const char *result = scope->outer ? NULL : sard_onnx_names_get(&scope->call->results, name);
    return result ? result : sard_arena_printf(scope->importer->scratch, "%s/%s", scope->call->prefix, name);
}

bool sard_onnx_infer(sard_onnx_home *home)
{
    sard_node *node = home->inferred ? home->inferred->next : home->graph->first;
    for (; node; node = node->next) {
        if (sard_node_infer(node, NULL) == SARD_NOMEM)
            return false;
        home->inferred = node;
    }
    return true;
}

/* ---- versions ---- */

const char *sard_onnx_domain(const char *domain) { return !domain || !strcmp(domain, "ai.onnx") ? "" : domain; }

static const sard_onnx_opset *find_opset(sard_onnx_opset *const *opsets, size_t count, const char *domain)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(sard_onnx_domain(opsets[i]->domain), domain))
            return opsets[i];
    return NULL;
}

sard_status sard_onnx_version(const sard_onnx_scope *scope, const char *domain, int64_t *out, sard_error *error)
{
    const sard_onnx_model *model = scope->importer->model;
    const sard_onnx_opset *opset = NULL;
    if (scope->call)
        opset = find_opset(scope->call->function->opset_import, scope->call->function->n_opset_import, domain);
    if (!opset)
        opset = find_opset(model->opset_import, model->n_opset_import, domain);
    *out = opset ? opset->version : 1;
    if (*out < 1)
        return sard_fail(error, SARD_MODEL, "opset %" PRId64 " of domain '%.100s'", *out, domain);
    /* before IR version 3 there was one opset only; operators of other domains have no history here */
    if (!opset && !*domain && model->ir_version >= 3)
        return sard_fail(error, SARD_MODEL, "the model imports no opset of domain ai.onnx");
    return SARD_OK;
}

/* ---- limits ---- */

sard_status sard_onnx_spend(sard_onnx_importer *importer, size_t names, sard_error *error)
{
    enum { NAMES_PER_NODE = 16 };
    const uint64_t nodes = importer->source.limits->nodes;
    importer->name_count += names;
    if (importer->name_count / NAMES_PER_NODE <= nodes)
        return SARD_OK;
    return sard_fail(error, SARD_LIMIT, "functions and graphs have more names than %" PRIu64 " nodes can need", nodes);
}

sard_status sard_onnx_report(sard_onnx_importer *importer, const sard_error *problem)
{
    if (!importer->first && importer->error)
        *importer->error = *problem;
    importer->first = importer->first ? importer->first : problem->status;
    if (problem->status == SARD_NOMEM || problem->status == SARD_LIMIT)
        return problem->status;
    if (importer->problem)
        importer->problem(importer->user, problem);
    return SARD_OK;
}
