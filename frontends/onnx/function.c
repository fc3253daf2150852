/* Functions of the model: a node that calls one is replaced by the nodes of its body. */
#include "frontends/onnx/importer.h"

#include <inttypes.h>
#include <string.h>

static const char *key_of(sard_arena *arena, const char *domain, const char *name, const char *overload)
{
    return sard_arena_printf(arena, "%s:%s:%s", sard_onnx_domain(domain), name ? name : "", overload ? overload : "");
}

sard_status sard_onnx_list_functions(sard_onnx_importer *importer, sard_error *error)
{
    const sard_onnx_model *model = importer->model;
    for (size_t i = 0; i < model->n_functions; i++) {
        sard_onnx_function *function = model->functions[i];
        const char *key = key_of(importer->scratch, function->domain, function->name, function->overload);
        if (!key)
            return sard_no_memory(error);
        if (function->n_opset_import > 1000)
            return sard_fail(error, SARD_LIMIT, "function '%.200s' imports %zu opsets, at most 1000", key, function->n_opset_import);
        if (sard_onnx_names_get(&importer->functions, key))
            return sard_fail(error, SARD_MODEL, "two functions are called '%.200s'", key);
        if (!sard_onnx_names_put(&importer->functions, key, function))
            return sard_no_memory(error);
    }
    return SARD_OK;
}

sard_status sard_onnx_find_function(const sard_onnx_scope *scope, const sard_onnx_node *node, const sard_onnx_function **out,
                                    sard_error *error)
{
    const sard_onnx_importer *importer = scope->importer;
    *out = NULL;
    if (!importer->functions.count)
        return SARD_OK;
    const char *key = key_of(importer->scratch, node->domain, node->op_type, node->overload);
    if (!key)
        return sard_no_memory(error);
    *out = sard_onnx_names_get(&importer->functions, key);
    return SARD_OK;
}

/* ---- a call ---- */

static sard_status check_call(const sard_onnx_scope *scope, const sard_onnx_node *node, const sard_onnx_function *function,
                              const char *what, sard_error *error)
{
    const uint64_t most = sard_onnx_nesting(scope->importer->source.limits);
    for (const sard_onnx_call *call = scope->call; call; call = call->outer)
        if (call->function == function)
            return sard_fail(error, SARD_MODEL, "%s: function '%.100s' calls itself", what, function->name);
    if (scope->depth >= most)
        return sard_fail(error, SARD_LIMIT, "%s: functions and graphs nested more than %" PRIu64 " deep", what, most);
    if (node->n_input > function->n_input || node->n_output > function->n_output)
        return sard_fail(error, SARD_MODEL, "%s: %zu inputs and %zu outputs, the function has %zu and %zu", what, node->n_input,
                         node->n_output, function->n_input, function->n_output);
    return SARD_OK;
}

/* Attributes are looked for one after another. */
enum { MAX_ATTRIBUTES = 1000 };

static bool is_bound(const sard_onnx_binding *bindings, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(bindings[i].name, name))
            return true;
    return false;
}

/* What the caller gives, then defaults. */
static sard_status bind_attributes(const sard_onnx_scope *scope, const sard_onnx_node *node, const sard_onnx_function *function,
                                   sard_onnx_call *call, sard_error *error)
{
    sard_onnx_binding *bindings = SARD_NEW(scope->importer->scratch, sard_onnx_binding, node->n_attribute + function->n_attribute_proto);
    size_t count = 0;
    if (!bindings)
        return sard_no_memory(error);
    if (node->n_attribute > MAX_ATTRIBUTES || function->n_attribute_proto > MAX_ATTRIBUTES)
        return sard_fail(error, SARD_LIMIT, "function '%.100s' is called with more than %d attributes", function->name, MAX_ATTRIBUTES);
    for (size_t i = 0; i < node->n_attribute; i++) {
        const sard_onnx_attribute *given = node->attribute[i];
        sard_onnx_binding *to = &bindings[count];
        to->name = given->name ? given->name : "";
        to->attribute = sard_onnx_attribute_of(scope, given, &to->scope);
        count += to->attribute != NULL;
    }
    for (size_t i = 0; i < function->n_attribute_proto; i++) {
        const sard_onnx_attribute *given = function->attribute_proto[i];
        if (given->name && !is_bound(bindings, count, given->name))
            bindings[count++] = (sard_onnx_binding){given->name, given, scope};
    }
    call->bindings = bindings;
    call->binding_count = count;
    return SARD_OK;
}

static sard_status bind_inputs(sard_onnx_scope *outside, sard_onnx_scope *inside, const sard_onnx_node *node,
                               const sard_onnx_function *function, const char *what, sard_error *error)
{
    sard_status status = SARD_OK;
    for (size_t i = 0; !status && i < function->n_input; i++) {
        sard_value *value = NULL;
        if (i < node->n_input)
            status = sard_onnx_resolve(outside, node->input[i], what, &value, error);
        if (!status)
            status = sard_onnx_bind(inside, function->input[i], value ? value : &sard_onnx_absent, error);
    }
    return status;
}

static sard_status name_results(const sard_onnx_scope *scope, const sard_onnx_node *node, const sard_onnx_function *function,
                                sard_onnx_call *call, sard_error *error)
{
    for (size_t i = 0; i < node->n_output; i++) {
        const char *name = sard_onnx_global_name(scope, node->output[i]);
        if (!name || (*name && !sard_onnx_names_put(&call->results, function->output[i], (void *)name)))
            return sard_no_memory(error);
    }
    return SARD_OK;
}

static sard_status bind_results(sard_onnx_scope *outside, const sard_onnx_scope *inside, const sard_onnx_node *node,
                                const sard_onnx_function *function, const char *what, sard_error *error)
{
    sard_status status = SARD_OK;
    for (size_t i = 0; !status && i < node->n_output; i++) {
        sard_value *value;
        if (!*node->output[i])
            continue;
        status = sard_onnx_resolve(inside, function->output[i], what, &value, error);
        if (!status)
            status = sard_onnx_bind(outside, node->output[i], value ? value : &sard_onnx_absent, error);
    }
    return status;
}

/* The name of a call: prefix of all names that its body makes. */
static const char *prefix_of(const sard_onnx_scope *scope, const sard_onnx_node *node)
{
    const char *name = node->name && *node->name ? node->name : node->n_output ? node->output[0] : "";
    return sard_onnx_global_name(scope, *name ? name : node->op_type);
}

sard_status sard_onnx_inline(sard_onnx_scope *scope, const sard_onnx_node *node, const sard_onnx_function *function, sard_error *error)
{
    char what[256];
    sard_onnx_describe(scope, node, what);
    sard_onnx_call call = {.function = function, .outer = scope->call, .results = {.arena = scope->importer->scratch}};
    sard_onnx_scope inside = sard_onnx_scope_make(scope->importer, scope->home, NULL);
    inside.call = &call;
    inside.depth = scope->depth + 1;
    call.prefix = prefix_of(scope, node);
    if (!call.prefix)
        return sard_no_memory(error);
    sard_status status = check_call(scope, node, function, what, error);
    if (!status)
        status = sard_onnx_spend(scope->importer, function->n_input + function->n_output + function->n_attribute_proto, error);
    if (!status)
        status = bind_attributes(scope, node, function, &call, error);
    if (!status)
        status = name_results(scope, node, function, &call, error);
    if (!status)
        status = bind_inputs(scope, &inside, node, function, what, error);
    if (!status)
        status = sard_onnx_import_nodes(&inside, function->node, function->n_node, error);
    return status ? status : bind_results(scope, &inside, node, function, what, error);
}
