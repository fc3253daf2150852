/* A graph as JSON, for the page of `inspect --html`. */
#ifndef SARD_CLI_GRAPH_JSON_H
#define SARD_CLI_GRAPH_JSON_H

#include "cli/json.h"

/**
 * Adds {"nodes", "values", "inputs", "outputs"} at the end of `array`. Nodes name values by their place in "values"; null: left out.
 * A session (or NULL) with a plan of this graph knows more: the shapes of this plan, and each node's multiply-adds.
 */
void cli_json_graph(cli_state *cli, cJSON *array, const sard_graph *graph, const sard_session *session);

#endif
