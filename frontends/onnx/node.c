/* One node of the file. */
#include "frontends/onnx/sequence.h"
#include "frontends/onnx/upgrade.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Many exporters give nodes no name; their outputs have one. */
static const char *name_of(const sard_onnx_node *node)
{
    const char *name = node->name ? node->name : "";
    for (size_t i = 0; !*name && i < node->n_output; i++)
        name = node->output[i];
    return name;
}

void sard_onnx_describe(const sard_onnx_scope *scope, const sard_onnx_node *node, char text[256])
{
    snprintf(text, 256, "%.60s '%.60s%s%.100s'", node->op_type && *node->op_type ? node->op_type : "a node without operator",
             scope->call ? scope->call->prefix : "", scope->call ? "/" : "", name_of(node));
}

/* ---- outputs ---- */

/* Where a node failed, values that nobody makes stand for its outputs, so that what comes after is looked at too. */
static sard_status bind_nothing(sard_onnx_scope *scope, const sard_onnx_node *node, sard_error *error)
{
    for (size_t i = 0; i < node->n_output; i++) {
        const char *name = node->output[i];
        if (!*name || sard_onnx_names_get(&scope->values, name))
            continue;
        sard_value *value = sard_graph_add_value(scope->home->graph, name);
        if (!value || !sard_onnx_names_put(&scope->values, name, value))
            return sard_no_memory(error);
    }
    return SARD_OK;
}

/* ---- Constant ---- */

static sard_status import_constant(sard_onnx_scope *scope, const sard_onnx_node *node, const char *what, sard_error *error)
{
    sard_tensor tensor;
    const sard_status status = sard_onnx_constant(scope, node, what, &tensor, error);
    if (status)
        return status;
    const char *name = sard_onnx_global_name(scope, node->output[0]);
    sard_value *value = name ? sard_graph_add_constant(scope->home->graph, name, &tensor) : NULL;
    return value ? sard_onnx_bind(scope, node->output[0], value, error) : sard_no_memory(error);
}

/* ---- any other ---- */

static sard_status read_inputs(sard_onnx_draft *draft, const sard_onnx_node *node, const char *what)
{
    sard_status status = SARD_OK;
    draft->inputs = SARD_NEW(draft->scope->importer->scratch, sard_value *, node->n_input);
    if (!draft->inputs)
        return sard_no_memory(draft->error);
    draft->input_count = draft->input_capacity = node->n_input;
    for (size_t i = 0; !status && i < node->n_input; i++) {
        sard_value **input = &draft->inputs[i];
        status = sard_onnx_resolve(draft->scope, node->input[i], what, input, draft->error);
        if (!status && sard_onnx_is_sequence(*input) && (i || !sard_onnx_takes_sequence(draft->domain, draft->op)))
            status = sard_onnx_sequence_value(*input, input, draft->error);
    }
    return status;
}

static sard_status read_outputs(sard_onnx_draft *draft, const sard_onnx_node *node)
{
    draft->outputs = SARD_NEW(draft->scope->importer->scratch, const char *, node->n_output);
    if (!draft->outputs)
        return sard_no_memory(draft->error);
    draft->output_count = node->n_output;
    for (size_t i = 0; i < node->n_output; i++) {
        draft->outputs[i] = sard_onnx_global_name(draft->scope, node->output[i]);
        if (!draft->outputs[i])
            return sard_no_memory(draft->error);
    }
    return SARD_OK;
}

static sard_status read_attrs(sard_onnx_draft *draft, const sard_onnx_node *node, const char *what)
{
    const sard_onnx_scope *where;
    sard_status status = SARD_OK;
    draft->attrs = SARD_NEW(draft->scope->importer->scratch, sard_attr, node->n_attribute);
    if (!draft->attrs)
        return sard_no_memory(draft->error);
    draft->attr_capacity = node->n_attribute;
    for (size_t i = 0; !status && i < node->n_attribute; i++) {
        const sard_onnx_attribute *attribute = node->attribute[i];
        if (!attribute->name || !*attribute->name)
            return sard_fail(draft->error, SARD_MODEL, "%s: an attribute without a name", what);
        if (sard_onnx_attribute_of(draft->scope, attribute, &where))
            status = sard_onnx_import_attribute(draft->scope, attribute, what, &draft->attrs[draft->attr_count++], draft->error);
    }
    return status;
}

static sard_status bind_outputs(sard_onnx_draft *draft, const sard_onnx_node *from, const sard_node *made)
{
    sard_status status = SARD_OK;
    for (size_t i = 0; !status && i < from->n_output; i++) {
        sard_value *value = i < made->output_count ? made->outputs[i] : NULL;
        if (i < sizeof draft->known / sizeof *draft->known && draft->known[i])
            value = draft->known[i];
        if (value && *from->output[i])
            status = sard_onnx_bind(draft->scope, from->output[i], value, draft->error);
    }
    return status;
}

static sard_status finish(sard_onnx_draft *draft, const sard_onnx_node *node)
{
    sard_node *made;
    sard_onnx_upgrade_draft(draft);
    sard_value *known = sard_onnx_apply_sequence(draft);
    if (known)
        return sard_onnx_bind(draft->scope, node->n_output ? node->output[0] : "", known, draft->error);
    const sard_status status = sard_onnx_draft_finish(draft, &made);
    if (status)
        return status;
    return sard_node_set_doc(made, node->doc_string) ? bind_outputs(draft, node, made) : sard_no_memory(draft->error);
}

static sard_status import_operator(sard_onnx_scope *scope, const sard_onnx_node *node, const char *what, sard_error *error)
{
    sard_onnx_draft draft = {.scope = scope, .domain = sard_onnx_domain(node->domain), .op = node->op_type, .error = error};
    draft.name = scope->call ? sard_onnx_global_name(scope, name_of(node)) : name_of(node);
    if (!draft.name)
        return sard_no_memory(error);
    sard_status status = sard_onnx_version(scope, draft.domain, &draft.version, error);
    if (status)
        return status;
    const sard_op *op = sard_op_table_find(scope->importer->ops, draft.domain, draft.op);
    if (op && op->upto && draft.version > op->upto) {
        sard_onnx_draft_fail(&draft, SARD_UNSUPPORTED, "opset %" PRId64 " has another one than that of up to %d", draft.version, op->upto);
        return draft.status;
    }
    if (!op && !sard_onnx_can_upgrade(draft.domain, draft.op, draft.version)) {
        const bool in_module = !*draft.domain && !strcmp(draft.op, "ImageDecoder");
        sard_onnx_draft_fail(&draft, SARD_UNSUPPORTED, "there is no such operator%s%.100s%s", *draft.domain ? " in domain " : "",
                             draft.domain, in_module ? ": sard_image_register of libsard_image adds it" : "");
        return draft.status;
    }
    status = read_inputs(&draft, node, what);
    if (!status)
        status = read_outputs(&draft, node);
    if (!status)
        status = read_attrs(&draft, node, what);
    if (status)
        return status;
    return finish(&draft, node);
}

static sard_status import_any(sard_onnx_scope *scope, const sard_onnx_node *node, sard_error *error)
{
    const sard_onnx_function *function;
    char what[256];
    const sard_status status = sard_onnx_find_function(scope, node, &function, error);
    sard_onnx_describe(scope, node, what);
    if (status)
        return status;
    if (!node->op_type || !*node->op_type)
        return sard_fail(error, SARD_MODEL, "%s", what);
    if (function)
        return sard_onnx_inline(scope, node, function, error);
    if (!strcmp(node->op_type, "Constant") && !*sard_onnx_domain(node->domain))
        return import_constant(scope, node, what, error);
    return import_operator(scope, node, what, error);
}

sard_status sard_onnx_import_node(sard_onnx_scope *scope, const sard_onnx_node *node, sard_error *error)
{
    sard_onnx_importer *importer = scope->importer;
    if (++importer->node_count > importer->source.limits->nodes)
        return sard_fail(error, SARD_LIMIT, "more than %" PRIu64 " nodes", importer->source.limits->nodes);
    sard_error problem = {.text = ""};
    sard_status status = import_any(scope, node, &problem);
    if (!status)
        return SARD_OK;
    status = sard_onnx_report(importer, &problem);
    if (status)
        return sard_fail(error, status, "%s", problem.text);
    return bind_nothing(scope, node, error);
}
