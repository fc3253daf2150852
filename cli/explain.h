/* What the passes did to a model. */
#ifndef SARD_CLI_EXPLAIN_H
#define SARD_CLI_EXPLAIN_H

#include "cli/cli.h"
#include "cli/json.h"

/* Each run of each pass, in order; their texts are the command's own. */
typedef struct cli_explain {
    cli_state *cli;
    sard_pass_report *runs;
    size_t count, room;
} cli_explain;

/* Keeps a copy of a report: sard_model_options.on_pass, with a cli_explain as on_pass_user. */
void cli_explain_add(void *explain, const sard_pass_report *report, const sard_graph *graph);

double cli_explain_ms(const cli_explain *explain);

/* A row for each run of a pass that made edits, and for each pass that made none at all. */
void cli_print_explain(const cli_explain *explain);

/* Adds the arrays "passes", a row for each, and "edits", a row for each run that made some. */
void cli_json_explain(const cli_explain *explain, cJSON *json);

#endif
