/* Drafts: inputs, attributes, nodes before them. */
#include "frontends/onnx/draft.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void sard_onnx_draft_fail(sard_onnx_draft *draft, sard_status status, const char *format, ...)
{
    char text[700];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    if (!draft->status)
        draft->status = sard_fail(draft->error, status, "%.100s '%.200s': %s", draft->op, draft->name, text);
}

/* Remembers a failure whose text is written already. */
static bool failed(sard_onnx_draft *draft, sard_status status)
{
    draft->status = draft->status ? draft->status : status;
    return draft->status != SARD_OK;
}

static void *no_memory(sard_onnx_draft *draft)
{
    sard_onnx_draft_fail(draft, SARD_NOMEM, "out of memory");
    return NULL;
}

static sard_arena *scratch(const sard_onnx_draft *draft) { return draft->scope->importer->scratch; }

/* ---- inputs ---- */

sard_value *sard_onnx_input(const sard_onnx_draft *draft, size_t i) { return i < draft->input_count ? draft->inputs[i] : NULL; }

sard_value *sard_onnx_typed(sard_onnx_draft *draft, sard_value *value)
{
    if (value && value->producer && !sard_onnx_infer(draft->scope->home))
        no_memory(draft);
    return value;
}

sard_value *sard_onnx_typed_input(sard_onnx_draft *draft, size_t i) { return sard_onnx_typed(draft, sard_onnx_input(draft, i)); }

void sard_onnx_set_input(sard_onnx_draft *draft, size_t i, sard_value *value)
{
    while (draft->input_count <= i) {
        if (!SARD_GROW(scratch(draft), draft->inputs, draft->input_count, draft->input_capacity)) {
            no_memory(draft);
            return;
        }
        draft->inputs[draft->input_count++] = NULL;
    }
    draft->inputs[i] = value;
}

void sard_onnx_cut_inputs(sard_onnx_draft *draft, size_t count)
{
    draft->input_count = draft->input_count < count ? draft->input_count : count;
}

/* ---- attributes ---- */

static sard_attr *find(const sard_onnx_draft *draft, const char *name)
{
    for (size_t i = 0; i < draft->attr_count; i++)
        if (!strcmp(draft->attrs[i].name, name))
            return &draft->attrs[i];
    return NULL;
}

const sard_attr *sard_onnx_attr(sard_onnx_draft *draft, const char *name, sard_attr_kind kind)
{
    const sard_attr *attr = find(draft, name);
    if (!attr || attr->kind == kind)
        return attr;
    sard_onnx_draft_fail(draft, SARD_MODEL, "attribute %s is of the wrong kind", name);
    return NULL;
}

void sard_onnx_drop_attr(sard_onnx_draft *draft, const char *name)
{
    sard_attr *attr = find(draft, name);
    if (attr)
        *attr = draft->attrs[--draft->attr_count];
}

bool sard_onnx_take_attr(sard_onnx_draft *draft, const char *name, sard_attr_kind kind, sard_attr *out)
{
    const sard_attr *attr = sard_onnx_attr(draft, name, kind);
    if (!attr)
        return false;
    *out = *attr;
    sard_onnx_drop_attr(draft, name);
    return true;
}

int64_t sard_onnx_take_int(sard_onnx_draft *draft, const char *name, int64_t otherwise)
{
    sard_attr attr;
    return sard_onnx_take_attr(draft, name, SARD_ATTR_INT, &attr) ? attr.i : otherwise;
}

float sard_onnx_take_float(sard_onnx_draft *draft, const char *name, float otherwise)
{
    sard_attr attr;
    return sard_onnx_take_attr(draft, name, SARD_ATTR_FLOAT, &attr) ? attr.f : otherwise;
}

void sard_onnx_set_attr(sard_onnx_draft *draft, sard_attr attr)
{
    sard_attr *old = find(draft, attr.name);
    if (!old && !SARD_GROW(scratch(draft), draft->attrs, draft->attr_count, draft->attr_capacity)) {
        no_memory(draft);
        return;
    }
    *(old ? old : &draft->attrs[draft->attr_count++]) = attr;
}

void sard_onnx_set_int(sard_onnx_draft *draft, const char *name, int64_t value)
{
    sard_onnx_set_attr(draft, (sard_attr){.name = name, .kind = SARD_ATTR_INT, .i = value});
}

void sard_onnx_set_float(sard_onnx_draft *draft, const char *name, float value)
{
    sard_onnx_set_attr(draft, (sard_attr){.name = name, .kind = SARD_ATTR_FLOAT, .f = value});
}

void sard_onnx_set_ints(sard_onnx_draft *draft, const char *name, const int64_t *values, size_t count)
{
    const int64_t *copy = sard_arena_copy(scratch(draft), values, count * sizeof *values);
    if (!copy)
        no_memory(draft);
    else
        sard_onnx_set_attr(draft, (sard_attr){.name = name, .kind = SARD_ATTR_INTS, .ints = copy, .count = count});
}

void sard_onnx_set_word(sard_onnx_draft *draft, const char *name, const char *word)
{
    sard_onnx_set_attr(draft, (sard_attr){.name = name, .kind = SARD_ATTR_STRING, .s = {word, strlen(word)}});
}

void sard_onnx_rename_attr(sard_onnx_draft *draft, const char *from, const char *to)
{
    sard_attr *attr = find(draft, from);
    if (attr && !find(draft, to))
        attr->name = to;
}

bool sard_onnx_attr_is(const sard_onnx_draft *draft, const char *name, const char *word)
{
    const sard_attr *attr = find(draft, name);
    return attr && attr->kind == SARD_ATTR_STRING && attr->s.size == strlen(word) && !memcmp(attr->s.data, word, attr->s.size);
}

/* ---- new values ---- */

static const char *name_of(const sard_onnx_draft *draft, const char *role)
{
    return sard_arena_printf(scratch(draft), "%s/%s", draft->name, role);
}

static sard_value *constant(sard_onnx_draft *draft, const char *role, sard_tensor tensor)
{
    const char *name = name_of(draft, role);
    sard_value *value = name && tensor.data ? sard_graph_add_constant(draft->scope->home->graph, name, &tensor) : NULL;
    return value ? value : no_memory(draft);
}

static sard_value *list(sard_onnx_draft *draft, const char *role, sard_dtype dtype, const void *values, size_t count)
{
    const size_t bytes = count * sard_dtype_size(dtype);
    void *copy = draft->status ? NULL : sard_graph_alloc(draft->scope->home->graph, bytes);
    if (copy && bytes)
        memcpy(copy, values, bytes);
    return draft->status ? NULL : constant(draft, role, sard_tensor_make(dtype, 1, (int64_t[]){(int64_t)count}, copy));
}

sard_value *sard_onnx_ints(sard_onnx_draft *draft, const char *role, const int64_t *values, size_t count)
{
    return list(draft, role, SARD_I64, values, count);
}

sard_value *sard_onnx_floats(sard_onnx_draft *draft, const char *role, const float *values, size_t count)
{
    return list(draft, role, SARD_F32, values, count);
}

sard_value *sard_onnx_scalar(sard_onnx_draft *draft, const char *role, sard_dtype dtype, double value)
{
    if (draft->status)
        return NULL;
    void *data = sard_graph_alloc(draft->scope->home->graph, sizeof value);
    if (data)
        sard_narrow(dtype, &value, 1, data);
    return constant(draft, role, sard_tensor_make(dtype, 0, NULL, data));
}

static sard_node *make(sard_onnx_draft *draft, const char *domain, const char *op, const char *role, sard_value *const *inputs,
                       size_t input_count, const sard_attr *attrs, size_t attr_count, size_t output_count)
{
    const sard_op *row = sard_op_table_find(draft->scope->importer->ops, domain, op);
    const char *name = name_of(draft, role);
    if (draft->status)
        return NULL;
    if (!row)
        sard_onnx_draft_fail(draft, SARD_UNSUPPORTED, "it needs operator %s, which is missing", op);
    if (!name)
        no_memory(draft);
    if (draft->status)
        return NULL;
    const sard_node_parts parts = {.op = row,
                                   .name = name,
                                   .inputs = inputs,
                                   .input_count = input_count,
                                   .attrs = attrs,
                                   .attr_count = attr_count,
                                   .output_count = output_count};
    sard_node *node;
    return failed(draft, sard_graph_make_node(draft->scope->home->graph, &parts, &node, draft->error)) ? NULL : node;
}

sard_node *sard_onnx_nodes_before(sard_onnx_draft *draft, const char *op, const char *role, sard_value *const *inputs, size_t input_count,
                                  const sard_attr *attrs, size_t attr_count, size_t output_count)
{
    return make(draft, "", op, role, inputs, input_count, attrs, attr_count, output_count);
}

sard_value *sard_onnx_node_before(sard_onnx_draft *draft, const char *op, const char *role, sard_value *const *inputs, size_t input_count,
                                  const sard_attr *attrs, size_t attr_count)
{
    const sard_node *node = make(draft, "", op, role, inputs, input_count, attrs, attr_count, 1);
    return node ? node->outputs[0] : NULL;
}

sard_value *sard_onnx_append_dims(sard_onnx_draft *draft, const char *role, sard_value *value, size_t count)
{
    int64_t axes[SARD_MAX_RANK];
    if (draft->status || !value || !count)
        return value;
    if (count > SARD_MAX_RANK || (value->constant && (size_t)value->rank + count > SARD_MAX_RANK)) {
        sard_onnx_draft_fail(draft, SARD_UNSUPPORTED, "more than %d dims", SARD_MAX_RANK);
        return NULL;
    }
    if (value->constant) {
        sard_tensor tensor = *value->constant;
        for (size_t i = 0; i < count; i++)
            tensor.dims[tensor.rank++] = 1;
        return constant(draft, role, tensor);
    }
    for (size_t i = 0; i < count; i++)
        axes[i] = (int64_t)i - (int64_t)count;
    sard_value *const inputs[] = {value, sard_onnx_ints(draft, "axes", axes, count)};
    return sard_onnx_node_before(draft, "Unsqueeze", role, inputs, 2, NULL, 0);
}

sard_value *sard_onnx_split(sard_onnx_draft *draft, const char *role)
{
    const sard_node *node =
        make(draft, draft->domain, draft->op, role, draft->inputs, draft->input_count, draft->attrs, draft->attr_count, 1);
    draft->input_count = draft->attr_count = 0;
    return node ? node->outputs[0] : NULL;
}

/* ---- the end ---- */

/* Names of outputs; those at the end that nobody wants are left out, as are such inputs. */
static void trim(sard_onnx_draft *draft)
{
    while (draft->input_count && !draft->inputs[draft->input_count - 1])
        draft->input_count--;
    while (draft->output_count && !*draft->outputs[draft->output_count - 1])
        draft->output_count--;
}

sard_status sard_onnx_draft_finish(sard_onnx_draft *draft, sard_node **out)
{
    const sard_op *op = sard_op_table_find(draft->scope->importer->ops, draft->domain, draft->op);
    if (!op)
        sard_onnx_draft_fail(draft, SARD_UNSUPPORTED, "there is no such operator%s%.100s", *draft->domain ? " in domain " : "",
                             draft->domain);
    if (draft->status)
        return draft->status;
    trim(draft);
    const sard_node_parts parts = {.op = op,
                                   .name = draft->name,
                                   .inputs = draft->inputs,
                                   .input_count = draft->input_count,
                                   .attrs = draft->attrs,
                                   .attr_count = draft->attr_count,
                                   .output_names = draft->outputs,
                                   .output_count = draft->output_count};
    draft->status = sard_graph_make_node(draft->scope->home->graph, &parts, out, draft->error);
    return draft->status;
}
