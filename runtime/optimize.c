/* Runs the passes of a level, in order, until none of them finds anything to do. */
#include "runtime/model.h"

#include <stdlib.h>
#include <time.h>

/* Passes feed each other: a fold makes a constant that another fold needs. More rounds than this found nothing so far. */
#define ROUNDS 3

static double milliseconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static sard_status run_pass(const sard_context *context, const sard_pass *pass, sard_graph *graph, const sard_model_options *options,
                            size_t *edits, sard_error *error)
{
    sard_pass_report report = {.struct_size = sizeof report, .name = pass->name, .reason = pass->reason, .nodes_before = graph->node_count};
    const double start = milliseconds();
    sard_status status = pass->run(graph, &report.edits, error);
    if (status)
        return status;
#ifdef SARD_DEBUG
    status = sard_graph_verify(graph, error);
    if (status) {
        sard_log(context, SARD_LOG_WARNING, "pass %s broke the graph", pass->name);
        return status;
    }
#endif
    report.nodes_after = graph->node_count;
    report.milliseconds = milliseconds() - start;
    sard_log(context, SARD_LOG_DEBUG, "pass %s: %zu edits, %zu -> %zu nodes, %.2f ms", pass->name, report.edits, report.nodes_before,
             report.nodes_after, report.milliseconds);
    if (options->pass)
        options->pass(options->pass_user, &report, graph);
    *edits += report.edits;
    return SARD_OK;
}

sard_status sard_optimize(const sard_context *context, sard_graph *graph, const sard_model_options *options, sard_error *error)
{
    const sard_level level = options->level ? options->level : SARD_O2;
    for (int round = 0; round < ROUNDS; round++) {
        size_t edits = 0;
        for (size_t i = 0; i < context->pass_count; i++) {
            const sard_pass *pass = context->passes[i];
            const sard_status status = pass->level <= level ? run_pass(context, pass, graph, options, &edits, error) : SARD_OK;
            if (status)
                return status;
        }
        if (!edits)
            break;
    }
    return SARD_OK;
}
