/* With the inputs' shapes at hand: all other shapes, the constants that follow from them, and what nobody needs any more. */
#include "plan/plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What one node may fold into here: shape arithmetic that the passes could not do without knowing the shapes. */
#define FOLD_BYTES 65536

static sard_status wrong_shape(const sard_value *value, const sard_tensor *given, sard_error *error)
{
    char want[300], have[300];
    sard_dims_text(value->graph, value->rank, value->dims, want, sizeof want);
    sard_dims_text(value->graph, given->rank, given->dims, have, sizeof have);
    return sard_fail(error, SARD_SHAPE, "input '%.200s' is %s, must be %s", value->name, have, want);
}

/* bound: the size that each symbol got, or -1. */
static sard_status set_input(sard_value *value, const sard_tensor *given, int64_t *bound, sard_error *error)
{
    if (value->dtype && value->dtype != given->dtype)
        return sard_fail(error, SARD_SHAPE, "input '%.200s' is %s, must be %s", value->name, sard_dtype_name(given->dtype),
                         sard_dtype_name(value->dtype));
    if (sard_dtype_is_list(given->dtype)) { /* the length is that of a run, not of the plan */
        sard_value_set_type(value, given->dtype, 1, (int64_t[]){SARD_UNKNOWN_DIM});
        return SARD_OK;
    }
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
        return sard_no_memory(error);
    memset(bound, -1, symbols * sizeof *bound);
    for (size_t i = 0; i < plan->graph->input_count; i++) {
        const sard_status status = set_input(plan->graph->inputs[i], &inputs[i], bound, error);
        if (status)
            return status;
    }
    return SARD_OK;
}

static sard_status infer_and_fold(sard_plan *plan, sard_error *error)
{
    sard_fold_budget budget = {.work = plan->source->limits->fold_work};
    for (sard_node *node = plan->graph->first; node; node = node->next) {
        budget.bytes = FOLD_BYTES;
        bool folded;
        sard_status status = sard_node_infer(node, error);
        if (!status)
            status = sard_node_fold(node, &budget, &folded, error);
        if (status)
            return status;
    }
    return SARD_OK;
}

sard_status sard_plan_settle(sard_plan *plan, const sard_tensor *inputs, sard_error *error)
{
    sard_status status = set_inputs(plan, inputs, error);
    if (!status)
        status = infer_and_fold(plan, error);
    if (!status)
        sard_graph_remove_dead(plan->graph);
    return status;
}
