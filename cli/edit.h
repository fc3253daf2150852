/* What is changed about a model before the passes see it: which part of it, the shapes of its inputs, the order of their dims. */
#ifndef SARD_CLI_EDIT_H
#define SARD_CLI_EDIT_H

#include "cli/args.h"

#include <sard/graph.h>

/* As the options have them; all empty: nothing is changed. */
typedef struct cli_edits {
    cli_words extracts, shapes, layouts; /* "from,to"; "[name=]1x3x8x8"; "[name=]nhwc" */
    const char *batch;                   /* a number or a name */
} cli_edits;

bool cli_wants_edits(const cli_edits *edits);

/* A copy of the graph with the edits; it lives until the verb is over. Fails with ARGUMENT where one does not fit the graph. */
sard_status cli_edit(cli_state *cli, const cli_edits *edits, const sard_graph *graph, sard_graph **out) SARD_MUST_USE;

/* A number to check a batch with: the one that is asked for, or where that is a name another one than the graph's; NULL: there is nothing to
 * check. */
const char *cli_trial_batch(const cli_edits *edits, const sard_graph *graph);

/* edited: as the graph is with edits->batch, a number, and no passes. Whether the outputs of the edited model have the batch that was asked for: some graphs have theirs written into Reshapes. */
sard_status cli_check_batch(cli_state *cli, const cli_edits *edits, const sard_graph *graph, const sard_model *edited) SARD_MUST_USE;

/* ---- for the files of edits ---- */

/* An input by its name; name NULL: the only one. Fails with ARGUMENT. option: for the error. */
sard_status cli_find_input(cli_state *cli, const sard_graph *graph, const char *option, const char *name, sard_value **out) SARD_MUST_USE;

sard_status cli_extract(cli_state *cli, sard_graph *graph, const cli_words *parts) SARD_MUST_USE;
sard_status cli_set_layouts(cli_state *cli, sard_graph *graph, const cli_words *layouts) SARD_MUST_USE;

#endif
