/* sard diff: two ways to an answer, and where they part. */
#ifndef SARD_CLI_DIFF_H
#define SARD_CLI_DIFF_H

#include "cli/compare.h"
#include "cli/json.h"
#include "cli/samples.h"

/**
 * options    of A
 * other      the second argument, B: a model, or a folder of values with --per-node; NULL: A again
 * against    words of --against, or NULL
 * tolerance  of elements; negative: what each comparison says by itself
 */
typedef struct cli_comparison {
    cli_options options;
    const char *other, *against;
    cli_sample_source source;
    double tolerance;
    bool per_node, per_pass;
    sard_context *context;
    cli_samples samples;
} cli_comparison;

/* ---- one way ---- */

/* A model as it is run on one side, with what it made of the inputs last. options: whose `model` is its name. */
typedef struct cli_side {
    cli_options options;
    sard_model *model;
    sard_session *session;
    sard_tensor *outputs;
    size_t count;
} cli_side;

/* Options of B: those of A as --against changes them; without --against and B unoptimised, on reference. */
cli_options cli_diff_against(const cli_comparison *d);
/* Options of A without any pass. backends NULL: those of A. */
cli_options cli_diff_plain(const cli_comparison *d, const char *backends, sard_precision precision);

/* Loads options->model. value and user as in sard_session_options. */
sard_status cli_side_open(const cli_comparison *d, const cli_options *options,
                          void (*value)(void *, const char *, const sard_tensor *, size_t), void *user, cli_side *out) SARD_MUST_USE;
/* The same of a graph as it stands, with no further passes. */
sard_status cli_side_open_graph(const cli_comparison *d, const sard_graph *graph, sard_precision precision, cli_side *out) SARD_MUST_USE;
sard_status cli_side_run(cli_side *side, const cli_sample *sample) SARD_MUST_USE;

/* Copies of the outputs, which outlive the session's next run. NULL in cli->error where there is no memory. */
sard_tensor *cli_side_keep(const cli_side *side);

/* ---- what the verb does; each returns the exit status ---- */

int cli_diff_outputs(cli_comparison *d);
int cli_diff_nodes(cli_comparison *d);
int cli_diff_passes(cli_comparison *d);

/* Fills d->samples with inputs for A's model. */
sard_status cli_diff_samples(cli_comparison *d, const sard_model *model) SARD_MUST_USE;

/* "seeds 0 to 7", or the names of the samples. */
const char *cli_diff_inputs(const cli_comparison *d);

/* Keys that all answers have. */
void cli_diff_head(const cli_comparison *d, cJSON *json, bool same);

#endif
