/* A model: a graph that no longer changes, and what is derived from it. */
#ifndef SARD_RUNTIME_MODEL_H
#define SARD_RUNTIME_MODEL_H

#include "frontends/frontends.h"
#include "plan/source.h"
#include "runtime/context.h"

struct sard_model {
    sard_context *context;
    sard_arena arena;
    sard_origin *origin; /* NULL: made from a graph */
    sard_graph *graph;
    sard_value_info *inputs, *outputs;
    sard_plan_source source;
};

/* What a value looks like from outside; names are those of the graph. False when memory runs out. */
void sard_value_describe(const sard_value *value, const char *name, sard_value_info *out);

/* Whether each word of a list of passes (may be NULL) is one; fails with ARGUMENT and names the first that is not. */
sard_status sard_check_passes(const sard_context *context, const char *list, sard_error *error) SARD_MUST_USE;

/* Runs the passes that the options want over a graph. Fails as they do. */
sard_status sard_optimize(const sard_context *context, sard_graph *graph, const sard_model_options *options,
                          sard_error *error) SARD_MUST_USE;

/* Makes every float of the graph but its inputs float64. Fails with UNSUPPORTED where an operator has none, or as inference does. */
sard_status sard_graph_widen(sard_graph *graph, sard_error *error) SARD_MUST_USE;

#endif
