/* Runs the passes that the options want, in order, until none of them finds anything to do. */
#include "ir/rewrite.h"
#include "runtime/model.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Passes feed each other: a fold makes a constant that another fold needs. More rounds than this found nothing so far. */
#define ROUNDS 3

/* ---- which passes ---- */

/* The word of a comma list that *list stands at, without blanks around it; *list goes on to the next one. False at its end. */
static bool next_word(const char **list, const char **word, size_t *size)
{
    *word = *list + strspn(*list, ", ");
    *size = strcspn(*word, ", ");
    *list = *word + *size;
    return *size;
}

static bool is_listed(const char *list, const char *name)
{
    const char *word;
    size_t size;
    while (list && next_word(&list, &word, &size))
        if (strlen(name) == size && !memcmp(name, word, size))
            return true;
    return false;
}

/* How many letters have to change, come or go to make one word of the other (Levenshtein). */
static size_t distance(const char *word, size_t size, const char *name)
{
    size_t row[64];
    const size_t length = strlen(name);
    if (length >= sizeof row / sizeof *row)
        return SIZE_MAX;
    for (size_t k = 0; k <= length; k++)
        row[k] = k;
    for (size_t i = 1; i <= size; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t k = 1; k <= length; k++) {
            const size_t change = diagonal + (word[i - 1] != name[k - 1]), less = row[k] < row[k - 1] ? row[k] : row[k - 1];
            diagonal = row[k];
            row[k] = change < less + 1 ? change : less + 1;
        }
    }
    return row[length];
}

/* The pass that may have been meant, or NULL. */
static const char *nearest(const sard_context *context, const char *word, size_t size)
{
    size_t best = size / 2 + 1;
    const char *name = NULL;
    for (size_t i = 0; i < context->pass_count; i++) {
        const size_t steps = distance(word, size, context->passes[i]->name);
        if (steps < best) {
            best = steps;
            name = context->passes[i]->name;
        }
    }
    return name;
}

static sard_status unknown(const sard_context *context, const char *word, size_t size, sard_error *error)
{
    const char *name = nearest(context, word, size);
    return sard_fail(error, SARD_ARGUMENT, "there is no pass '%.*s'%s%s%s", size > 64 ? 64 : (int)size, word,
                     name ? "; did you mean '" : "", name ? name : "", name ? "'?" : "");
}

sard_status sard_check_passes(const sard_context *context, const char *list, sard_error *error)
{
    const char *word;
    size_t size;
    while (list && next_word(&list, &word, &size)) {
        size_t i = 0;
        while (i < context->pass_count && (strlen(context->passes[i]->name) != size || memcmp(context->passes[i]->name, word, size)))
            i++;
        if (i == context->pass_count)
            return unknown(context, word, size, error);
    }
    return SARD_OK;
}

static bool is_wanted(const sard_pass *pass, const sard_model_options *options)
{
    const sard_level level = options->level ? options->level : SARD_O2;
    return (options->pass_filter ? is_listed(options->pass_filter, pass->name) : pass->level <= level) &&
           !is_listed(options->pass_exclude, pass->name);
}

/* ---- running them ---- */

static double milliseconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* last: the report of the pass before; where that is told to nobody, nothing is counted for it. */
static sard_status run_pass(const sard_context *context, const sard_pass *pass, sard_rewriter *rewriter, const sard_model_options *options,
                            sard_pass_report *last, sard_error *error)
{
    const sard_graph *graph = rewriter->graph;
    sard_pass_report report = {.struct_size = sizeof report,
                               .name = pass->name,
                               .reason = pass->reason,
                               .first_edit = rewriter->edits + 1,
                               .nodes_before = graph->node_count,
                               .macs_before = last->macs_after,
                               .macs_after = last->macs_after,
                               .bytes_before = last->bytes_after,
                               .bytes_after = last->bytes_after};
    const double start = milliseconds();
    const sard_status status = sard_rewriter_apply(rewriter, pass, error);
    if (status)
        return status;
    report.milliseconds = milliseconds() - start;
    report.edits = rewriter->edits + 1 - report.first_edit;
    report.node = report.edits ? rewriter->node : NULL;
    report.nodes_after = graph->node_count;
    if (report.edits && options->on_pass)
        sard_graph_work(graph, &report.macs_after, &report.bytes_after);
    sard_log(context, SARD_LOG_DEBUG, "pass %s: %zu edits, %zu -> %zu nodes, %.2f ms", pass->name, report.edits, report.nodes_before,
             report.nodes_after, report.milliseconds);
    if (options->on_pass)
        options->on_pass(options->on_pass_user, &report, graph);
    *last = report;
    return SARD_OK;
}

sard_status sard_optimize(const sard_context *context, sard_graph *graph, const sard_model_options *options, sard_error *error)
{
    sard_pass_report last = {.edits = 0};
    sard_rewriter rewriter = {.graph = graph,
                              .portable = options->portable,
                              .budget = {context->limits.fold_bytes, context->limits.fold_work},
                              .most = options->stop_after};
    if (options->on_pass)
        sard_graph_work(graph, &last.macs_after, &last.bytes_after);
    for (int round = 0; round < ROUNDS; round++) {
        const size_t edits = rewriter.edits;
        for (size_t i = 0; i < context->pass_count && sard_rewriter_may_edit(&rewriter); i++) {
            const sard_pass *pass = context->passes[i];
            const sard_status status = is_wanted(pass, options) ? run_pass(context, pass, &rewriter, options, &last, error) : SARD_OK;
            if (status)
                return status;
        }
        if (rewriter.edits == edits)
            break;
    }
    return SARD_OK;
}
