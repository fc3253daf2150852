/* With the inputs' shapes at hand: all other shapes, the constants that follow from them, and what nobody needs any more. */
#include "ir/call.h"
#include "runtime/plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Constants up to this size are folded here: shape arithmetic that the passes could not do without knowing the shapes. */
#define FOLD_BYTES 65536

static void dims_text(const sard_graph *graph, int rank, const int64_t *dims, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "[");
    for (int i = 0; i < rank && used < size; i++) {
        const char *symbol = sard_graph_symbol_name(graph, dims[i]);
        if (i)
            used += (size_t)snprintf(text + used, size - used, ",");
        if (used >= size)
            return;
        if (dims[i] >= 0)
            used += (size_t)snprintf(text + used, size - used, "%" PRId64, dims[i]);
        else
            used += (size_t)snprintf(text + used, size - used, "%.30s", symbol ? symbol : "?");
    }
    if (used < size)
        snprintf(text + used, size - used, "]");
}

static sard_status wrong_shape(const sard_value *value, const sard_tensor *given, sard_error *error)
{
    char want[300], have[300];
    dims_text(value->graph, value->rank, value->dims, want, sizeof want);
    dims_text(value->graph, given->rank, given->dims, have, sizeof have);
    return sard_fail(error, SARD_SHAPE, "input '%.200s' is %s, must be %s", value->name, have, want);
}

/* bound: the size that each symbol got, or -1. */
static sard_status set_input(sard_value *value, const sard_tensor *given, int64_t *bound, sard_error *error)
{
    if (value->dtype && value->dtype != given->dtype)
        return sard_fail(error, SARD_SHAPE, "input '%.200s' is %s, must be %s", value->name, sard_dtype_name(given->dtype),
                         sard_dtype_name(value->dtype));
    if (value->rank >= 0 && value->rank != given->rank)
        return wrong_shape(value, given, error);
    for (int i = 0; value->rank >= 0 && i < value->rank; i++) {
        const int64_t want = value->dims[i];
        if (want >= 0 && want != given->dims[i])
            return wrong_shape(value, given, error);
        if (want > SARD_FIRST_SYMBOL)
            continue;
        int64_t *size = &bound[SARD_FIRST_SYMBOL - want];
        if (*size >= 0 && *size != given->dims[i])
            return sard_fail(error, SARD_SHAPE, "input '%.200s' has %" PRId64 " for %.60s, another input has %" PRId64, value->name,
                             given->dims[i], sard_graph_symbol_name(value->graph, want), *size);
        *size = given->dims[i];
    }
    sard_value_set_type(value, given->dtype, given->rank, given->dims);
    return SARD_OK;
}

static sard_status set_inputs(sard_plan *plan, const sard_tensor *inputs, sard_error *error)
{
    const size_t symbols = plan->graph->symbols->count;
    int64_t *bound = SARD_NEW(&plan->arena, int64_t, symbols);
    if (!bound)
        return sard_fail(error, SARD_NOMEM, "out of memory");
    memset(bound, -1, symbols * sizeof *bound);
    for (size_t i = 0; i < plan->graph->input_count; i++) {
        const sard_status status = set_input(plan->graph->inputs[i], &inputs[i], bound, error);
        if (status)
            return status;
    }
    return SARD_OK;
}

/* A small integer value all of whose elements are known is a constant, whoever makes it. */
static bool fold_contents(sard_plan *plan, sard_value *value)
{
    int64_t numbers[SARD_MAX_CONTENTS];
    if (value->content_count < 0 || value->rank > 1 || !sard_value_is_static(value) || !sard_dtype_is_integral(value->dtype))
        return true;
    for (int i = 0; i < value->content_count; i++) {
        if (!value->contents[i].known)
            return true;
        numbers[i] = value->contents[i].value;
    }
    sard_tensor tensor = sard_tensor_make(value->dtype, value->rank, value->dims, NULL);
    if (sard_tensor_count(&tensor) != (size_t)value->content_count)
        return true;
    tensor.data = sard_arena_tensor(&plan->arena, tensor.bytes);
    if (!tensor.data)
        return false;
    sard_narrow_int(value->dtype, numbers, (size_t)value->content_count, tensor.data);
    return sard_value_set_constant(value, &tensor);
}

static bool is_small_and_constant(const sard_node *node)
{
    size_t bytes, sum = 0;
    for (size_t i = 0; i < node->input_count; i++)
        if (node->inputs[i] && !node->inputs[i]->constant)
            return false;
    for (size_t i = 0; i < node->output_count; i++) {
        const sard_value *value = node->outputs[i];
        if (!value)
            continue;
        if (!sard_value_is_static(value) || !sard_bytes(value->dtype, value->dims, value->rank, &bytes) || bytes > FOLD_BYTES)
            return false;
        sum += bytes;
    }
    return sum <= FOLD_BYTES && !(node->op->traits & (SARD_NO_FOLD | SARD_DATA_DEPENDENT)) && !sard_node_subgraph(node, 0);
}

/* A node that fails here fails when it runs, if it does: then with what it says to say. */
static bool fold_node(sard_plan *plan, sard_node *node)
{
    sard_value *outputs[16];
    sard_tensor tensors[16];
    const size_t count = node->output_count;
    if (count > 16 || !is_small_and_constant(node) || sard_eval_constant(node, &plan->arena, FOLD_BYTES, tensors, NULL))
        return true;
    memcpy(outputs, node->outputs, count * sizeof *outputs);
    for (size_t i = 0; i < count; i++)
        if (outputs[i] && !sard_value_set_constant(outputs[i], &tensors[i]))
            return false;
    return true;
}

static sard_status infer_and_fold(sard_plan *plan, sard_error *error)
{
    for (sard_node *node = plan->graph->first; node; node = node->next) {
        const sard_status status = sard_node_infer(node, error);
        if (status)
            return status;
        bool enough = true;
        for (size_t i = 0; enough && i < node->output_count; i++)
            enough = !node->outputs[i] || fold_contents(plan, node->outputs[i]);
        if (!enough || !fold_node(plan, node))
            return sard_fail(error, SARD_NOMEM, "out of memory");
    }
    return SARD_OK;
}

/* From the last node to the first, so that what dies with its user dies too. Results that nobody uses are not made. */
static void drop_dead(sard_graph *graph)
{
    for (sard_node *node = graph->last, *previous; node; node = previous) {
        previous = node->previous;
        if (sard_node_remove(node))
            continue;
        for (size_t i = sard_op_output_min(node->op); i < node->output_count; i++)
            if (node->outputs[i] && !sard_value_use_count(node->outputs[i])) {
                node->outputs[i]->producer = NULL;
                node->outputs[i] = NULL;
            }
    }
}

sard_status sard_plan_settle(sard_plan *plan, const sard_tensor *inputs, sard_error *error)
{
    sard_status status = set_inputs(plan, inputs, error);
    if (!status)
        status = infer_and_fold(plan, error);
    if (!status)
        drop_dead(plan->graph);
    return status;
}
