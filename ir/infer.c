/* Types and shapes: what the ports say is done here for all operators, the rest by op->infer. */
#include "ir/graph.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

sard_status sard_node_fail(const sard_node *node, sard_error *error, sard_status status, const char *format, ...)
{
    char text[700];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    if (!node)
        return sard_fail(error, status, "%s", text);
    return sard_fail(error, status, "%s '%.200s': %s", node->op->name, node->name, text);
}

sard_status sard_node_set_output(sard_node *node, size_t i, sard_dtype dtype, int rank, const int64_t *dims, sard_error *error)
{
    if (!node || (rank > 0 && !dims))
        return sard_null(error, node ? "dims" : "node");
    if (rank > SARD_MAX_RANK)
        return sard_node_fail(node, error, SARD_UNSUPPORTED, "result of rank %d, at most %d is possible", rank, SARD_MAX_RANK);
    if (i < node->output_count && node->outputs[i])
        sard_value_set_type(node->outputs[i], dtype, rank, dims);
    return SARD_OK;
}

bool sard_node_input_ints(const sard_node *node, size_t i, int64_t *out, size_t max, size_t *count)
{
    sard_content contents[SARD_MAX_CONTENTS];
    if (!node || !count || (max && !out))
        return false;
    const int found = i < node->own_count && node->inputs[i] ? sard_value_contents(node->inputs[i], contents) : -1;
    if (found < 0 || (size_t)found > max)
        return false;
    for (int k = 0; k < found; k++) {
        if (!contents[k].known)
            return false;
        out[k] = contents[k].value;
    }
    *count = (size_t)found;
    return true;
}

/* The port of the i-th input or output: the last one repeats if it is variadic. */
static const sard_port *port_of(const sard_port *ports, size_t i)
{
    size_t k = 0;
    while (k < i && ports[k + 1].name)
        k++;
    return &ports[k];
}

static void name_types(uint32_t set, char *text, size_t size)
{
    size_t used = 0;
    *text = 0;
    for (unsigned dtype = 1; dtype < 32 && used < size; dtype++)
        if (set & 1u << dtype)
            used += (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "", sard_dtype_name((sard_dtype)dtype));
}

/* bound: the type of each port letter, filled from the inputs. */
static sard_status bind_types(const sard_node *node, sard_dtype bound[128], bool *known, sard_error *error)
{
    const sard_value *first[128] = {NULL};
    *known = true;
    for (size_t i = 0; i < node->own_count; i++) {
        const sard_value *value = node->inputs[i];
        const sard_port *port = port_of(node->op->inputs, i);
        const unsigned letter = (unsigned char)port->type & 127;
        if (!value)
            continue;
        if (!value->dtype || value->rank < 0)
            *known = false;
        if (!value->dtype)
            continue;
        if (!sard_dtype_in(value->dtype, port->dtypes)) {
            char text[300];
            name_types(port->dtypes, text, sizeof text);
            return sard_node_fail(node, error, SARD_UNSUPPORTED, "input %s is %s, must be one of %s", port->name,
                                  sard_dtype_name(value->dtype), text);
        }
        if (port->flags & SARD_MIXED)
            continue;
        if (first[letter] && first[letter]->dtype != value->dtype)
            return sard_node_fail(node, error, SARD_SHAPE, "input %s is %s, but '%.100s' is %s", port->name, sard_dtype_name(value->dtype),
                                  first[letter]->name, sard_dtype_name(first[letter]->dtype));
        if (!first[letter])
            first[letter] = value;
        bound[letter] = value->dtype;
    }
    return SARD_OK;
}

/* A set of one member is that member. */
static sard_dtype only(uint32_t set)
{
    return set && !(set & (set - 1)) && !(set & SARD_SET_LIST) ? (sard_dtype)__builtin_ctz(set) : SARD_NONE;
}

static void forget_outputs(sard_node *node)
{
    for (size_t i = 0; i < node->output_count; i++)
        if (node->outputs[i]) {
            sard_value_set_type(node->outputs[i], SARD_NONE, -1, NULL);
            node->outputs[i]->content_count = -1;
        }
}

/* An operator that left the type of an output open gets it from the port. */
static sard_status finish_outputs(sard_node *node, const sard_dtype bound[128], sard_error *error)
{
    for (size_t i = 0; i < node->output_count; i++) {
        sard_value *value = node->outputs[i];
        const sard_port *port = port_of(node->op->outputs, i);
        if (!value)
            continue;
        if (!value->dtype)
            value->dtype = bound[(unsigned char)port->type & 127] ? bound[(unsigned char)port->type & 127] : only(port->dtypes);
        if (value->dtype && !sard_dtype_in(value->dtype, port->dtypes) && !only(port->dtypes)) {
            const sard_status status = sard_node_fail(node, error, SARD_UNSUPPORTED, "output %s would be %s, which is not supported",
                                                      port->name, sard_dtype_name(value->dtype));
            value->dtype = SARD_NONE;
            return status;
        }
        int64_t count;
        if (sard_value_is_static(value) && !sard_count(value->dims, value->rank, &count))
            return sard_node_fail(node, error, SARD_SHAPE, "output %s has more elements than can be counted", port->name);
    }
    return SARD_OK;
}

/* What the operator's own inputs make of its outputs. */
static sard_status infer_operator(sard_node *node, sard_error *error)
{
    sard_dtype bound[128] = {SARD_NONE};
    bool known;
    sard_status status = bind_types(node, bound, &known, error);
    if (!status && (known || node->op->traits & SARD_UNKNOWN_RANKS))
        status = node->op->infer(node, error);
    return status ? status : finish_outputs(node, bound, error);
}

/* Dims as the file orders them: those of a channels-last node with its channels behind the batch. */
static void dims_of_file(const sard_node *node, const sard_value *value, char *text, size_t size)
{
    int64_t dims[SARD_MAX_RANK];
    memcpy(dims, value->dims, sizeof dims);
    if (node->layout == SARD_NHWC && value->rank > 2) {
        memmove(dims + 2, value->dims + 1, (size_t)(value->rank - 2) * sizeof *dims);
        dims[1] = value->dims[value->rank - 1];
    }
    sard_dims_text(value->graph, value->rank, dims, text, size);
}

static sard_status wrong_result(const sard_node *node, const sard_value *running, const sard_value *result, sard_error *error)
{
    char from[300], to[300];
    dims_of_file(node, running, from, sizeof from);
    dims_of_file(node, result, to, sizeof to);
    return sard_node_fail(node, error, SARD_SHAPE, "would make %s%s of %s%s in an epilogue, which keeps types and sizes",
                          sard_dtype_name(result->dtype), to, sard_dtype_name(running->dtype), from);
}

/* Whether sizes that are both known are the same. */
static bool may_be_same(const sard_value *a, const sard_value *b)
{
    if (a->rank < 0 || b->rank < 0)
        return true;
    for (int i = 0; a->rank == b->rank && i < a->rank; i++)
        if (a->dims[i] >= 0 && b->dims[i] >= 0 && a->dims[i] != b->dims[i])
            return false;
    return a->rank == b->rank;
}

/* One entry as a node of its own, which says what is wrong with its operands. It writes where output 0 lies, so all must stay as it is but
 * the contents. */
static sard_status infer_entry(const sard_node *host, const sard_epilogue *entry, sard_value **inputs, sard_error *error)
{
    sard_value *running = host->outputs[0], result = *running, *outputs[1] = {&result};
    for (size_t i = 0, next = entry->first; i < entry->input_count; i++)
        inputs[i] = i == entry->slot ? running : host->inputs[next++];
    sard_node node = {.graph = host->graph,
                      .name = entry->name,
                      .op = entry->op,
                      .attrs = entry->attrs,
                      .layout = host->layout,
                      .inputs = inputs,
                      .own_count = entry->input_count,
                      .input_count = entry->input_count,
                      .outputs = outputs,
                      .output_count = 1};
    forget_outputs(&node);
    const sard_status status = infer_operator(&node, error);
    if (!status && ((result.dtype && running->dtype && result.dtype != running->dtype) || !may_be_same(running, &result)))
        return wrong_result(&node, running, &result, error);
    running->contents = result.contents;
    running->content_count = result.content_count;
    return status;
}

/* Every operand of an epilogue broadcasts to output 0, wherever the node comes from. */
static sard_status infer_epilogue(sard_node *node, sard_error *error)
{
    sard_value *few[8], **inputs = few;
    sard_status status = SARD_OK;
    if (node->epilogue_count && node->op->traits & SARD_DATA_DEPENDENT)
        return sard_node_fail(node, error, SARD_UNSUPPORTED, "has an epilogue, but sizes that depend on data");
    for (size_t i = 0; !status && node->outputs[0] && i < node->epilogue_count; i++) {
        const sard_epilogue *entry = &node->epilogue[i];
        if (entry->input_count > sizeof few / sizeof *few)
            inputs = SARD_NEW(node->graph->arena, sard_value *, entry->input_count);
        status = inputs ? infer_entry(node, entry, inputs, error) : sard_no_memory(error);
    }
    return status;
}

sard_status sard_node_infer(sard_node *node, sard_error *error)
{
    forget_outputs(node);
    sard_status status = infer_operator(node, error);
    if (!status)
        status = infer_epilogue(node, error);
    if (status)
        forget_outputs(node);
    return status;
}

sard_status sard_graph_infer(sard_graph *graph, void (*problem)(void *user, const sard_error *error), void *user, sard_error *error)
{
    sard_status first = SARD_OK;
    for (sard_node *node = graph->first; node; node = node->next) {
        sard_error own = {SARD_OK, ""};
        const sard_status status = sard_node_infer(node, &own);
        if (!status)
            continue;
        if (!first && error)
            *error = own;
        first = first ? first : status;
        if (!problem || status == SARD_NOMEM)
            return first;
        problem(user, &own);
    }
    return first;
}
