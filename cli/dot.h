/* Graphs for Graphviz. */
#ifndef SARD_CLI_DOT_H
#define SARD_CLI_DOT_H

#include "cli/file.h"

/* A digraph: a box for every node, in the colour of its kind, and an edge with the shape for every value that another node reads.
 * Gives out->bytes and out->size. */
sard_status cli_draw_dot(cli_state *cli, const sard_graph *graph, cli_file *out) SARD_MUST_USE;

#endif
